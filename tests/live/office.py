"""An office at work on real servers: accounts on Dovecot, SMTP that delivers into it, people with their own clients."""

from __future__ import annotations

import email.message
import imaplib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Protocol

from daemon.app import Office
from daemon.config import Settings, load_settings
from daemon.decide.calendar import OfficeCalendar
from daemon.decide.classify import Classifier
from daemon.decide.policy import Policy
from daemon.edge.oauth2 import Tokens
from daemon.edge.review_dir import DirectoryReviewFolder
from daemon.edge.rulefiles import load_rules
from daemon.edge.templatefiles import load_templates
from daemon.flow import Desk, Station, run_pass
from daemon.model.decision import Disposition
from daemon.model.ledger import Event
from daemon.model.outgoing import Draft, DraftState
from daemon.model.petition import Petition
from daemon.model.rules import Cuenta, PersonaDeCasa, RuleSet, house
from daemon.model.templates import TemplateSet
from daemon.ports import Clock, Journal
from daemon.read import read
from storage import open_store
from tests.live.servers import PASSWORD, Dovecot, SmtpServer, make_certificate

ORIENTATION = "Buenos días. ¿Cómo puedo consultar mis semanas cotizadas por internet? ¿Qué requisitos se piden?"
COMPLAINT = "Quiero presentar una queja: no hay medicamento en la UMF 27 y la farmacia no me surte la receta."
KEY = "una clave de firma para pruebas, no secreta"

_numbers = itertools.count(1)


@cache
def shipped() -> tuple[RuleSet, Classifier, TemplateSet]:
    """The shipped rules, what the classifier learnt of them, and the templates: once for all tests."""
    rules = load_rules([Path("rules")])
    return rules, Classifier(rules), load_templates([Path("templates")])


def rules_of(domain: str, consultant: str, *, trusting: bool) -> RuleSet:
    """The shipped rules with the addresses of one office."""
    base = shipped()[0]

    def moved(cuenta: Cuenta) -> Cuenta:
        names = {key: str(getattr(cuenta, key)).partition("@")[0] for key in ("correo", "cuenta_a")}
        return cuenta.model_copy(update={key: f"{name}@{domain}" for key, name in names.items()})

    people = (PersonaDeCasa(correo=consultant, nombre="Consultora Uno", papel="consultor"),)
    accounts = tuple(moved(cuenta) for cuenta in base.casa.cuentas)
    casa = base.casa.model_copy(update={"dominios": (domain,), "cuentas": accounts, "personas": people})
    if trusting:
        temas = tuple(tema.model_copy(update={"umbral": 0.0}) for tema in base.temas)
        return base.model_copy(update={"casa": casa, "temas": temas})
    held = tuple(rule.model_copy(update={"disposicion": Disposition.REVISAR}) for rule in base.disposiciones)
    return base.model_copy(update={"casa": casa, "disposiciones": held})


def assembled(settings: Settings, rules: RuleSet, clock: Clock, journal: Journal) -> Office:
    """What `daemon.app.assemble` does, with the classifier of all tests: it takes seconds to learn."""
    _, classifier, templates = shipped()
    accounts = house(rules)
    desk = Desk(
        store=open_store(settings.almacen),
        clock=clock,
        policy=Policy(rules, classifier, OfficeCalendar(rules.calendario), KEY.encode()),
        templates=templates,
        journal=journal,
        read=lambda raw, mailbox, at: read(raw, mailbox=mailbox, house=accounts, received_at=at),
        accounts=tuple(box.correo for box in settings.buzon.values()),
    )
    return Office(settings, desk, Tokens(settings.oauth2))


class ShiftedClock:
    """The machine's time, and what a test lets pass in one stroke."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by


@dataclass(frozen=True)
class Paper:
    """A message as a person sees it in a folder; `place` is a UID or a path."""

    folder: str
    place: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def text(self, kind: str = "plain") -> str:
        part = self.message.get_body((kind,))
        return part.get_content() if part else ""


class Hands(Protocol):
    """What a person can do with a review folder, whatever program they use."""

    def lying(self, folder: str) -> list[Paper]: ...
    def move(self, paper: Paper, folder: str) -> None: ...
    def save(self, folder: str, raw: bytes) -> None: ...
    def delete(self, paper: Paper) -> None: ...


class MailClient:
    """A mail client that knows nothing of the daemon: imaplib over a connection of its own."""

    def __init__(self, server: Dovecot, account: str) -> None:
        self._imap = imaplib.IMAP4("127.0.0.1", server.imap)
        self._imap.authenticate("PLAIN", lambda _: f"\0{account}\0{PASSWORD}".encode())

    def lying(self, folder: str) -> list[Paper]:
        answer, _ = self._imap.select(f'"{folder}"')
        if answer != "OK":
            return []
        _, data = self._imap.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
        found = ((re.search(rb"UID (\d+)", item[0]), item[1]) for item in data if isinstance(item, tuple))
        return [Paper(folder, uid[1].decode(), raw) for uid, raw in found if uid]

    def move(self, paper: Paper, folder: str) -> None:
        self._at(paper)
        assert self._imap.uid("MOVE", paper.place, f'"{folder}"')[0] == "OK"

    def save(self, folder: str, raw: bytes) -> None:
        assert self._imap.append(f'"{folder}"', r"(\Draft \Seen)", None, raw)[0] == "OK"

    def make(self, folder: str) -> None:
        """Make a folder as mail programs do; one that is there already stays."""
        self._imap.create(f'"{folder}"')

    def delete(self, paper: Paper) -> None:
        self._at(paper)
        self._imap.uid("STORE", paper.place, "+FLAGS", r"(\Deleted)")
        self._imap.uid("EXPUNGE", paper.place)

    def _at(self, paper: Paper) -> None:
        self._imap.select(f'"{paper.folder}"')


class FileManager:
    """Somebody with a file manager and an editor on the shared folder."""

    _saved = itertools.count(1)

    def __init__(self, root: Path) -> None:
        self._root = root

    def lying(self, folder: str) -> list[Paper]:
        files = sorted((self._root / folder).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [Paper(folder, str(path), path.read_bytes()) for path in files]

    def move(self, paper: Paper, folder: str) -> None:
        source = Path(paper.place)
        source.rename(self._root / folder / source.name)

    def save(self, folder: str, raw: bytes) -> None:
        (self._root / folder / f"guardado {next(self._saved)}.eml").write_bytes(raw)

    def delete(self, paper: Paper) -> None:
        Path(paper.place).unlink()


class LiveOffice:
    """The accounts of P 5.64 under domains of their own, the daemon's parts as `daemon.app` joins them, and people.

    `boxes` are the mailboxes that this installation reads; `trusting` lets whatever may leave by itself do so however
    unsure the classifier is; otherwise everything waits, however sure it is.
    """

    def __init__(
        self,
        dovecot: Dovecot,
        folder: Path,
        *,
        boxes: Sequence[str] = ("atnder",),
        review: str = "imap",
        envios: str = "normales",
        trusting: bool = False,
    ) -> None:
        number = next(_numbers)
        self.dovecot, self.folder, self.review, self.envios = dovecot, folder, review, envios
        self.house, self.people = f"oficina{number}.example", f"correo{number}.example"
        self.person = f"ana.lopez@{self.people}"
        self.consultant = f"consultora.uno@{self.house}"
        self.clock = ShiftedClock()
        self.events: list[Event] = []
        self.boxes = tuple(boxes)
        self.trusting = trusting
        self.holds: Callable[[str], bool] | None = None
        self._mails = itertools.count(1)
        (folder / "revision").mkdir(exist_ok=True)

    @contextmanager
    def servers(self) -> Iterator[LiveOffice]:
        """The office with its SMTP server, and no daemon yet."""
        make_certificate(self.folder)
        domains = (self.house, self.people)
        with SmtpServer(self.folder, lmtp=self.dovecot.lmtp, domains=domains, holds=self.holds) as self.smtp:
            yield self

    @contextmanager
    def open(self) -> Iterator[LiveOffice]:
        """The office with its SMTP server; mailboxes are read from now on."""
        with self.servers():
            self.start()
            self.settle()
            try:
                yield self
            finally:
                self.stop()

    # --- the daemon --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the daemon (again) on the same store."""
        self.office = self._assembled()
        self.desk, self.store = self.office.desk, self.office.desk.store
        self.stations = {name: self._station(name) for name in self.boxes}

    def stop(self) -> None:
        for station in self.stations.values():
            station.mailbox.close()
        self.store.close()

    def restart(self, **changes: str) -> None:
        """Stop and start with other settings, for example `envios`."""
        self.stop()
        for name, value in changes.items():
            setattr(self, name, value)
        self.start()

    def settle(self) -> None:
        """Passes over all mailboxes until nothing moves any more."""
        quiet = 0
        while quiet < 2:
            worked = [run_pass(self.desk, station) for station in self.stations.values()]
            quiet = 0 if any(worked) else quiet + 1

    def service_toml(self) -> Path:
        """The operator's file for this office, as `acuse run` would read it."""
        lines = [
            "[acuse]",
            f'almacen = "sqlite:///{self.folder / "acuse.db"}"',
            f'envios = "{self.envios}"',
        ]
        for name in self.boxes:
            lines += [
                f"[buzon.{name}]",
                f'correo = "{self.account(name)}"',
                f'revision = "{self.review}"',
                f'directorio = "{self.folder / "revision"}"',
                f"[buzon.{name}.imap]",
                f'servidor = "localhost"\npuerto = {self.dovecot.imaps}\nca = "{self.dovecot.ca_file}"',
                f"[buzon.{name}.smtp]",
                f'servidor = "localhost"\npuerto = {self.smtp.port}\nca = "{self.smtp.ca_file}"',
                'seguridad = "starttls"\npor_minuto = 1000',
            ]
        path = self.folder / "service.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def secrets(self) -> dict[str, str]:
        """The environment in which the daemon finds its secrets."""
        boxes = {f"ACUSE_BUZON__{name.upper()}__CLAVE": PASSWORD for name in self.boxes}
        return {"ACUSE_CLAVE_DE_FIRMA": KEY, **boxes}

    def rules(self) -> RuleSet:
        """The shipped rules with this office's addresses."""
        return rules_of(self.house, self.consultant, trusting=self.trusting)

    def _assembled(self) -> Office:
        settings = load_settings(self.service_toml(), self.secrets())
        return assembled(settings, self.rules(), self.clock, self._hear)

    def _hear(self, event: Event) -> None:
        self.events.append(event)

    def _station(self, name: str) -> Station:
        station = self.office.station(name)
        if self.review == "directorio":
            carpetas = self.office.rules.carpetas
            station.review = DirectoryReviewFolder(self.folder / "revision", carpetas, self.desk.shelf, settle=0)
        return station

    # --- people ------------------------------------------------------------------------------------------------

    def account(self, name: str) -> str:
        """The address of a mailbox: `atnder`, `atn_contribuyente`, `mujer_embarazada`."""
        return f"{name.replace('_', '.')}@{self.house}"

    def client(self, address: str) -> MailClient:
        """Anybody's mail client."""
        return MailClient(self.dovecot, address)

    def hands(self) -> Hands:
        """The consultant at the review folder, with a mail client or a file manager."""
        if self.review == "directorio":
            return FileManager(self.folder / "revision")
        return self.client(self.account("atnder"))

    def write(
        self,
        text: str,
        *,
        subject: str = "Semanas cotizadas",
        to: Sequence[str] = ("atnder",),
        answering: EmailMessage | None = None,
        sender: str | None = None,
        name: str = "Ana López Ruiz",
    ) -> EmailMessage:
        """A person writes to our mailboxes (or answers a mail); delivered by LMTP."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"] = f"{name} <{sender or self.person}>"
        mail["To"] = ", ".join(self.account(box) for box in to)
        mail["Subject"] = subject if answering is None else f"Re: {answering['Subject']}"
        mail["Date"] = self.clock.now()
        mail["Message-ID"] = f"<mensaje-{next(self._mails)}@{self.people}>"
        if answering is not None:
            mail["In-Reply-To"] = answering["Message-ID"]
            mail["References"] = f"{answering.get('References', '')} {answering['Message-ID']}".strip()
        mail.set_content(f"{text}\n\n{name}\n")
        for box in to:
            self.dovecot.deliver(self.account(box), mail.as_bytes(), sender or self.person)
        return mail

    def received(self, address: str | None = None) -> list[Paper]:
        """What lies in a person's inbox."""
        return self.client(address or self.person).lying("INBOX")

    # --- what a test looks at ----------------------------------------------------------------------------------

    def petition(self) -> Petition:
        """The one petition there is."""
        (found,) = self.store.petitions()
        return found

    def draft(self) -> Draft:
        """The last draft of the one petition."""
        return self.store.drafts_of(self.petition().folio)[-1]

    def states(self) -> list[DraftState]:
        return [draft.state for draft in self.store.drafts_of(self.petition().folio)]

    def told(self, action: str) -> list[Event]:
        """Everything of this sort that the journal heard."""
        return [event for event in self.events if event.action == action]


def drafts_among(papers: Sequence[Paper]) -> list[Paper]:
    return [paper for paper in papers if paper.message["X-Acuse-Borrador"]]


def fichas_among(papers: Sequence[Paper]) -> list[Paper]:
    return [paper for paper in papers if paper.message["X-Acuse-Ficha"]]


def header_names(message: email.message.Message) -> set[str]:
    return {name.lower() for name, _ in message.items()}
