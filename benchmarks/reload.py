"""How long after a save the first mail is decided by the new rules, while many are being worked off; and no mixture.

    .venv/bin/python benchmarks/reload.py --mails 1000

The real service on a real store, its mailboxes in memory: two threads work the mails off, each of which leads to a
request of data. Midway one save changes a term (which the mail tells in words) and the text of the template. For every
mail what was decided, what was written and the versions that both name are held against each other.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from daemon.app import Office, open_office
from daemon.edge.clock import SystemClock
from daemon.edge.memory import MemoryWorld
from daemon.flow import Station
from daemon.model.ledger import Event
from daemon.model.outgoing import Draft
from daemon.model.rules import RuleSet
from daemon.service import Service

ATNDER, PREGNANT = "atnder@imss.gob.mx", "mujer.embarazada@imss.gob.mx"
_SETTINGS = """
[acuse]
almacen = "sqlite:///acuse.db"
reglas = ["reglas"]
plantillas = ["plantillas"]
sondeo_segundos = 10
desde = {desde}
[buzon.atnder]
correo = "atnder@imss.gob.mx"
[buzon.atnder.imap]
servidor = "127.0.0.1"
[buzon.atnder.smtp]
servidor = "127.0.0.1"
[buzon.embarazo]
correo = "mujer.embarazada@imss.gob.mx"
[buzon.embarazo.imap]
servidor = "127.0.0.1"
[buzon.embarazo.smtp]
servidor = "127.0.0.1"
"""
_SECRETS = {
    "ACUSE_CLAVE_DE_FIRMA": "una clave de firma para pruebas",
    "ACUSE_BUZON__ATNDER__CLAVE": "x",
    "ACUSE_BUZON__EMBARAZO__CLAVE": "x",
}
_COMPLAINTS = (
    "Quiero presentar una queja: no hay medicamento en la UMF 27 y la farmacia no me surte la receta.",
    "Me quejo porque en la clínica 14 me trataron mal en la ventanilla y no me dieron mi cita.",
    "Llevo dos meses esperando la cirugía y no me dan fecha, exijo que me atiendan en el hospital.",
    "No me pagan mi incapacidad desde hace semanas, solicito que revisen mi caso.",
)
TEMPLATE, TERMS = "datos_complementarios.md", "plazos.yaml"
_MARK = "Esta es la redacción {}."
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MemoryOffice(Office):
    """The real office, its mailboxes in memory."""

    world: MemoryWorld = field(kw_only=True)

    def station(self, name: str, rules: RuleSet | None = None) -> Station:
        account, rules = self.settings.buzon[name].correo, rules or self.rules
        review = self.world.review(account, rules.carpetas, self.desk.shelf)
        return Station(self.world.mailbox(account), review, self.world.sender(), "normales", _LONG_AGO)


class Bench:
    """An installation in a folder: its own copies of rules and templates, its service, and what it told."""

    def __init__(self, folder: Path) -> None:
        self._stand(folder)
        shutil.copytree("rules", self.rules)
        shutil.copytree("templates", self.templates)
        self.file.write_text(_SETTINGS.format(desde=f"{_LONG_AGO:%Y-%m-%d}"), encoding="utf-8")
        write_rules(self, days=2, words="primera")

    @classmethod
    def again(cls, folder: Path) -> Bench:
        """The installation that is already in this folder."""
        bench = cls.__new__(cls)
        bench._stand(folder)
        return bench

    def _stand(self, folder: Path) -> None:
        self.folder, self.events, self.delivered = folder, list[tuple[float, Event]](), 0
        self.rules, self.templates, self.file = folder / "reglas", folder / "plantillas", folder / "service.toml"
        self.clock = SystemClock()
        self.world = MemoryWorld((ATNDER, PREGNANT), self.clock)

    def open(self) -> MemoryOffice:
        from unittest.mock import patch

        with patch.dict("os.environ", _SECRETS):
            office = open_office(self.file, self.hear, self.clock)
        return MemoryOffice(office.settings, office.desk, office.tokens, office.watch, world=self.world)

    @contextmanager
    def at_work(self) -> Iterator[Service]:
        """The service with its threads, until the end of the block."""
        service = Service(self.open())
        service.start()
        try:
            yield service
        finally:
            for account in (ATNDER, PREGNANT):
                # Whoever waits for mail is woken, and sees that it is over.
                service.stopping.set()
                self.world.deliver(account, b"Subject: fin\r\n\r\n\r\n", self.clock.now())
            service.stop()

    def hear(self, event: Event) -> None:
        self.events.append((time.monotonic(), event))

    def told(self, action: str) -> list[Event]:
        return [event for _, event in self.events if event.action == action]

    def deliver(self, count: int) -> None:
        """So many petitions, each of another person, by turns in both mailboxes."""
        for number in range(self.delivered, self.delivered + count):
            mail = EmailMessage()
            account = (ATNDER, PREGNANT)[number % 2]
            mail["From"] = f"persona{number}@correo.example"
            mail["To"] = account
            mail["Subject"] = f"Mi asunto {number}"
            mail["Date"] = self.clock.now()
            mail["Message-ID"] = f"<mensaje-{number}-{time.monotonic_ns()}@correo.example>"
            mail.set_content(f"{_COMPLAINTS[number % len(_COMPLAINTS)]}\n")
            self.world.deliver(account, mail.as_bytes(), self.clock.now())
        self.delivered += count

    def wait(self, seconds: float, happened: object) -> bool:
        """Until `happened()`, for so long at most."""
        assert callable(happened)
        end = time.monotonic() + seconds
        while not (found := bool(happened())) and time.monotonic() < end:
            time.sleep(0.02)
        return found


def write_rules(bench: Bench, days: int, words: str) -> None:
    """One save: the term of the second request, and words in the template that asks for data."""
    terms = (bench.rules / TERMS).read_text(encoding="utf-8")
    head, name, tail = terms.partition("segunda_solicitud:")
    (bench.rules / TERMS).write_text(head + name + re.sub(r"\bn: \d+", f"n: {days}", tail, count=1), encoding="utf-8")
    template = (bench.templates / TEMPLATE).read_text(encoding="utf-8")
    if "Esta es la redacción" not in template:
        template = template.rstrip() + f"\n\n{_MARK.format('ninguna')} El plazo es de {{{{ plazo }}}}.\n"
    template = re.sub(r"Esta es la redacción \w+\.", _MARK.format(words), template)
    (bench.templates / TEMPLATE).write_text(template, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: seconds from the save to the first decision under it, mails by version, what was mixed."""

    seconds: float
    mails: int
    by_version: dict[str, int]
    mixed: list[str]
    rate: float


def measure(folder: Path, mails: int) -> Outcome:
    """Work `mails` off and save once midway."""
    bench = Bench(folder)
    with bench.at_work() as service:
        bench.deliver(4)
        assert bench.wait(60, lambda: len(bench.told("decidido")) == 4), "the office does not decide"
        began = time.monotonic()
        bench.deliver(mails)
        assert bench.wait(120, lambda: len(bench.told("decidido")) > mails // 4)
        old = service.office.rules.version
        saved = time.monotonic()
        write_rules(bench, days=3, words="segunda")
        decided = lambda: len(bench.told("decidido")) == mails + 4  # noqa: E731
        assert bench.wait(600, decided), "not all mails were decided"
        rate = mails / (time.monotonic() - began)
        new = service.office.rules.version
        assert new != old
        drafts = [draft for petition in service.office.desk.store.petitions(limit=100_000)
                  for draft in service.office.desk.store.drafts_of(petition.folio)]  # fmt: skip
        first = min(at for at, event in bench.events if event.action == "decidido" and _version(event) == new)
        left = Counter(_version(event) for _, event in bench.events if event.action == "decidido")
        decisions = {str(event.petition): _version(event) for event in bench.told("decidido")}
        sets = {each.rules: each for each in service.office.desk.store.rule_versions()}
        counts = {each.number: each.decisions for each in sets.values()}
    mixed = [draft.id for draft in drafts if not _whole(draft, decisions, old, new, sets)]
    assert set(left) == {old, new}, left
    assert sum(counts.values()) == mails + 4, counts
    assert len(drafts) == mails + 4, Counter((d.template, d.disposition) for d in drafts)
    return Outcome(first - saved, mails, dict(left), mixed, rate)


def _version(event: Event) -> str:
    return str(event.fields["decision"].rules_version)


def _whole(draft: Draft, decisions: dict[str, str], old: str, new: str, sets: dict[str, object]) -> bool:
    """Whether the decision, the words of the term, the words of the template and both named versions are of one set."""
    text = " ".join(draft.text.split())
    told = {old: ("redacción primera", "dos días hábiles"), new: ("redacción segunda", "tres días hábiles")}
    mine, other = told[draft.rules_version], told[new if draft.rules_version == old else old]
    return (
        decisions[draft.folio] == draft.rules_version
        and draft.templates_version == sets[draft.rules_version].templates  # type: ignore[attr-defined]
        and all(words in text for words in mine)
        and not any(words in text for words in other)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), asked.mails)
    print(f"mails {found.mails}, {found.rate:.1f} a second; by version {found.by_version}")
    print(f"from the save to the first decision under it: {found.seconds:.2f} s; mixtures: {len(found.mixed)}")


if __name__ == "__main__":
    main()
