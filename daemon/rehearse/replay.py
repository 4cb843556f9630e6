"""`acuse replay`: a folder of mails, or a scenario, through the real flow under a virtual clock, one event a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import Header
from heapq import merge
from pathlib import Path
from typing import Any

from storage import open_store

from ..decide.outcomes import StaffWord, on_staff
from ..decide.supervision import Seen
from ..edge.clock import VirtualClock
from ..edge.memory import MemoryWorld
from ..errors import AcuseError, Unreadable
from ..flow import Desk, Station, run_pass
from ..flow.siade import take_row
from ..model.decision import Decision
from ..model.ledger import Event, History
from ..model.mail import Reading
from ..model.outgoing import Draft, DraftState, InternalMail, Place
from ..model.petition import Clase, Petition, Term
from ..model.rules import RuleSet
from ..model.siade import Record, RecordClase, SiadeRow
from ..ports import Store
from .bench import Bench
from .explain import as_object, no_mails
from .placeholders import fill_in
from .sample_office import sample_office

# What "--approve seguras" approves at once (DESIGN §9); the others wait for a staff action.
_SAFE = frozenset(
    {
        Clase.ACLARACION,
        Clase.DATOS_COMPLEMENTARIOS,
        Clase.CONCLUSION_DESINTERES,
        Clase.ACUSE_CDAOD,
        Clase.ACUSE_ORGANO_NORMATIVO,
        Clase.ACUSE_CONECTIVIDAD,
        Clase.AVISO_FOLIO,
        Clase.TURNO_OIC_SNTSS,
    }
)
_STAFF = {
    "aprueba_orientacion": Clase.ORIENTACION,
    "aprueba_propuesta": Clase.DERIVACION_ORGANO_NORMATIVO,
    "envia_respuesta": Clase.RESPUESTA_ORGANO_NORMATIVO,
}


@dataclass(slots=True)
class Sent:
    """One mail that left, as later mails may refer to it."""

    draft: Draft
    at: datetime


@dataclass
class Replay:
    """A whole office in memory: accounts, review folders, store and virtual clock, driven step by step.

    `accounts` are the mailboxes that it reads; empty for those of rules/casa.yaml.
    """

    bench: Bench
    approve: str = "seguras"
    accounts: tuple[str, ...] = ()
    events: list[dict[str, Any]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(datetime(2000, 1, 1, tzinfo=UTC)))
    _delivering: str = ""
    _reading: Reading | None = None

    def __post_init__(self) -> None:
        self.store = open_store("sqlite://")
        self.accounts = self.accounts or tuple(cuenta.correo for cuenta in self.bench.rules.casa.cuentas)
        self.world = MemoryWorld(self.accounts, self.clock)
        self.start()

    def start(self) -> None:
        """Start the daemon (again): everything but the store, the mail servers and the clock is new."""
        carpetas = self.bench.rules.carpetas
        self.desk = Desk(
            store=self.store,
            clock=self.clock,
            policy=self.bench.policy,
            templates=self.bench.templates,
            journal=self._hear,
            read=self.bench.read,
            accounts=self.accounts,
        )
        self.stations = [
            Station(
                self.world.mailbox(account),
                self.world.review(account, carpetas, self.desk.shelf),
                self.world.sender(),
                since=datetime(1970, 1, 1, tzinfo=UTC),
            )
            for account in self.accounts
        ]

    # --- time ---------------------------------------------------------------------------------------------------

    def until(self, at: datetime) -> None:
        """Let time pass up to `at`, stopping at every instant at which a term acts."""
        while (due := self.store.next_due(self.accounts)) is not None and due <= at:
            self.clock.set(max(due, self.clock.now()))
            before = len(self.events)
            self.settle()
            if len(self.events) == before and self.store.next_due(self.accounts) == due:
                break
        self.clock.set(max(at, self.clock.now()))
        self.settle()

    def settle(self) -> None:
        """Run passes until nothing moves any more, approving what `approve` says as a consultant would.

        Two quiet rounds end it: in the first one each mailbox learns only how far the others were read before it.
        """
        quiet = 0
        while quiet < 2:
            worked = [run_pass(self.desk, station) for station in self.stations]
            quiet = 0 if any(worked) or self._approve_waiting() or self._answer_as_siade() else quiet + 1

    def _answer_as_siade(self) -> bool:
        """A stand-in SIADE answers each registration at once with a folio (DESIGN §9)."""
        batch = self.store.export_records(self.clock.now())
        if batch is None:
            return False
        for record in batch.records:
            if record.clase is RecordClase.REGISTRO:
                take_row(self.desk, SiadeRow(0, record.folio, folio=f"SIADE{record.folio.removeprefix('AC-')}"))
        return True

    def _approve_waiting(self) -> bool:
        if self.approve == "ninguna":
            return False
        classes = _SAFE if self.approve == "seguras" else frozenset(Clase)
        moved = [self.approve_class(account, classes) for account in self.accounts]
        return any(moved)

    def approve_class(self, account: str, classes: frozenset[Clase]) -> bool:
        """Move the waiting drafts of these classes to Aprobadas, as people do in the mail client.

        What needs second eyes goes to the supervisor first, and on from there once the daemon has seen it lie there.
        """
        waiting = [d for d in self.store.waiting(account, (DraftState.EN_REVISION,)) if d.clase in classes]
        if not waiting:
            return False
        review = self.world.review(account, self.bench.rules.carpetas, self.desk.shelf)
        early = {draft.id for draft in waiting if self._too_early(draft)}
        for item in review.survey():
            if item.draft_id in early and item.place is Place.PENDIENTES:
                review.relocate(item.handle, Place.POR_SUPERVISAR)
        if early:
            run_pass(self.desk, self.stations[self.accounts.index(account)])
        ids, still = {draft.id for draft in waiting}, (Place.PENDIENTES, Place.POR_SUPERVISAR)
        mine = [item for item in review.survey() if item.draft_id in ids and item.place in still]
        for item in mine:
            review.relocate(item.handle, Place.APROBADAS)
        return bool(mine)

    def _too_early(self, draft: Draft) -> bool:
        petition = self.store.petition(draft.folio)
        return petition is not None and Seen(draft, petition, self.bench.rules, self.clock.now()).too_early

    # --- what happens -------------------------------------------------------------------------------------------

    def deliver(self, raw: bytes, account: str, at: datetime, name: str) -> None:
        """A mail arrives: its references to our mails are filled in, then everything runs that follows."""
        self.until(at)
        self._delivering = name
        self.world.deliver(account, fill_in(raw, [sent.draft for sent in self.sent]), at)
        self.settle()

    def staff(self, step: dict[str, Any]) -> None:
        """A person of the office acts, as the samples describe it."""
        action = str(step["action"])
        if action in _STAFF:
            moved = [self.approve_class(account, frozenset({_STAFF[action]})) for account in self.accounts]
            if not any(moved):
                raise AcuseError(f"«{action}»: no hay un borrador de esa clase en revisión", where=str(step.get("n")))
        elif action == "responde_y_concluye":
            self._answer_and_conclude(str(step["text"]))
        else:
            raise AcuseError(f"acción desconocida: {action}", where=str(step.get("n")))
        self.settle()

    def _answer_and_conclude(self, text: str) -> None:
        """The consultant writes to the person from the own client (its copy is counted) and closes the petition."""
        petition = self.store.petitions(open_only=True, limit=1)[0]
        staff = [p.correo for p in self.bench.rules.casa.personas if p.papel == "consultor"]
        sender = petition.consultor or (staff[0] if staff else f"consultor@{self.bench.rules.casa.dominios[0]}")
        mail = _plain_mail(sender, petition, text, self.clock.now())
        self.world.deliver(petition.counting, mail, self.clock.now())
        self.settle()
        current = self.store.petition(petition.folio)
        if current is not None and not current.state.closed:
            word = StaffWord(actor=sender, concluir="conclusion")
            plan = on_staff(current, word, self.bench.policy, History(), self.clock.now())
            self.desk.commit(plan, before=current)

    # --- events -------------------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        line: dict[str, Any] = {
            "at": self.desk.policy.calendar.local(event.at).isoformat(),
            "event": event.action,
            "petition": event.petition,
            "state": event.state,
        }
        fields = self._fields(event)
        if fields is not None:
            self.events.append(line | fields)

    def _fields(self, event: Event) -> dict[str, Any] | None:
        given = event.fields
        match event.action:
            case "recibido":
                reading: Reading = given["reading"]
                self._reading = reading
                if any(reading.message_id == sent.draft.message_id for sent in self.sent):
                    return None
                return {"file": self._delivering, "buzon": given["buzon"], "kind": given["kind"]}
            case "decidido":
                decision: Decision = given["decision"]
                assert self._reading is not None
                return as_object(decision, self._delivering, self._reading)
            case "borrador":
                return self._mail(given["borrador"])
            case "enviado":
                draft: Draft = given["borrador"]
                self.sent.append(Sent(draft, event.at))
                return {"n": len(self.sent)} | self._mail(draft) | {"por": given.get("por", "acuse")}
            case "plazo":
                return self._term(given["plazo"])
            case "siade":
                return self._record(given["registro"])
            case "interno":
                mail: InternalMail = given["interno"]
                return {"para": mail.to, "clase": mail.clase.value, "asunto": mail.subject}
            case "estado":
                return {"from": given["de"], "to": given["a"], "numeral": given["numeral"]}
            case "contado":
                return {"message_id": given["message_id"], "por": given["por"]}
            case "cuarentena":
                return {"motivo": given["motivo"], "buzon": given["buzon"], "file": self._delivering}
            case "error":
                return {"detalle": given["detalle"], "buzon": given["buzon"], "file": self._delivering}
        return {name: value for name, value in given.items() if isinstance(value, str | int | float)}

    def _mail(self, draft: Draft) -> dict[str, Any]:
        return {
            "clase": draft.clase.value,
            "vez": draft.turn,
            "para": draft.to,
            "conteo": draft.counting,
            "asunto": draft.subject,
            "texto": draft.text,
            "message_id": draft.message_id,
            "in_reply_to": draft.in_reply_to,
            "pide": list(draft.asks),
            "disposicion": draft.disposition.value,
        }

    def _record(self, record: Record) -> dict[str, Any]:
        """`record` names what was captured in SIADE: all notes on one petition speak of the same registration."""
        told = {"id": record.id, "texto": record.texto, "motivo": record.motivo, "numeral": record.numeral}
        return {"clase": record.clase.value, "record": record.folio, **told}

    def _term(self, term: Term) -> dict[str, Any]:
        local = self.desk.policy.calendar.local
        return {
            "name": term.name,
            "numeral": term.numeral,
            "desde": local(term.started_at).isoformat(),
            "due": local(term.due_at).isoformat(),
            "skipped": [{"day": day.isoformat(), "why": why} for day, why in term.skipped],
        }


def _plain_mail(sender: str, petition: Petition, text: str, at: datetime) -> bytes:
    """A consultant's own mail to the person, as its blind copy reaches us."""
    subject = Header(f"RE: {petition.subject}", "utf-8").encode()
    head = (
        f"From: {sender}\r\nTo: {petition.petitioner}\r\nSubject: {subject}\r\n"
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}\r\nMessage-ID: <mano-{at:%Y%m%d%H%M%S}@replay.invalid>\r\n"
        f"In-Reply-To: {petition.first_message_id}\r\nReferences: {petition.first_message_id}\r\n"
        f"Delivered-To: {petition.counting}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode("ascii") + text.encode("utf-8") + b"\r\n"


# --- folders and scenarios -----------------------------------------------------------------------------------------


def settings_over(rules: RuleSet, settings: dict[str, Any]) -> RuleSet:
    """The rules with a scenario's `settings`: terms and holidays are replaced wholesale (samples README)."""
    plazos = dict(rules.plazos)
    for key, name in (
        ("second_request_business_days", "segunda_solicitud"),
        ("conclusion_business_days", "conclusion_desinteres"),
    ):
        if key in settings:
            plazos[name] = plazos[name].model_copy(update={"n": int(settings[key])})
    calendario = rules.calendario
    if "holidays" in settings:
        days = tuple(datetime.fromisoformat(day).date() for day in settings["holidays"])
        calendario = calendario.model_copy(update={"feriados": days, "dias_propios": (), "cierres": ()})
    casa = rules.casa
    if area := settings.get("area_de_plazos"):
        casa = casa.model_copy(
            update={"cuentas": tuple(each.model_copy(update={"area_de_plazos": area}) for each in casa.cuentas)}
        )
    return rules.model_copy(update={"plazos": plazos, "calendario": calendario, "casa": casa})


def replay_folder(
    folder: Path, bench: Bench, *, approve: str = "seguras", until: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """All events of a folder of mails, or of the scenario that its scenario.json tells. AcuseError without mails."""
    scenario = folder / "scenario.json"
    if scenario.is_file():
        yield from _drain(replay_scenario(folder, load_scenario(scenario), bench, approve))
        return
    mails = in_order(folder, bench)
    if not mails:
        raise no_mails(folder)
    if len(offices := _installations(mails, bench, approve)) == 1:
        yield from _one_office(next(iter(offices.values())), mails, until)
        return
    # Each office has a clock of its own; told together, what happened comes in the order in which it happened.
    told = [
        _one_office(replay, [mail for mail in mails if _installation(mail[2], bench) == name], until)
        for name, replay in offices.items()
    ]
    yield from merge(*told, key=lambda event: datetime.fromisoformat(event["at"]))


def _one_office(
    replay: Replay, mails: Sequence[tuple[datetime, Path, str]], until: datetime | None
) -> Iterator[dict[str, Any]]:
    done = 0
    for at, path, mailbox in mails:
        if until and at > until:
            break
        replay.deliver(path.read_bytes(), mailbox, at, path.name)
        yield from replay.events[done:]
        done = len(replay.events)
    replay.until(until or replay.clock.now() + timedelta(days=30))
    yield from replay.events[done:]


def _installation(account: str, bench: Bench) -> str:
    """Which installation reads a mailbox: the institute's own ("") reads its accounts, a consular office its one."""
    return "" if bench.rules.cuenta(account) else account


def _installations(mails: Sequence[tuple[datetime, Path, str]], bench: Bench, approve: str) -> dict[str, Replay]:
    names = dict.fromkeys(_installation(account, bench) for _, _, account in mails) or {"": None}
    return {name: Replay(bench, approve, (name,) if name else ()) for name in names}


def history_of(folder: Path, bench: Bench) -> dict[str, Store]:
    """The stores as they stand after a folder of mails, by mailbox, for `acuse explain --historial`."""
    mails = in_order(folder, bench)
    offices = _installations(mails, bench, "seguras")
    for at, path, mailbox in mails:
        offices[_installation(mailbox, bench)].deliver(path.read_bytes(), mailbox, at, path.name)
    return {account: replay.store for replay in offices.values() for account in replay.accounts}


def in_order(folder: Path, bench: Bench) -> list[tuple[datetime, Path, str]]:
    """The folder's mails in order of reception, each with the account of ours that it reached."""
    found = []
    for path in sorted(folder.rglob("*.eml")):
        try:
            reading = bench.read(path.read_bytes(), None)
            found.append((reading.received_at, path, bench.rules.buzon(reading.mailbox) and reading.mailbox))
        except Unreadable:
            found.append((datetime(2000, 1, 1, tzinfo=UTC), path, None))
    first = bench.rules.casa.cuentas[0].correo
    return sorted(((at, path, mailbox or first) for at, path, mailbox in found), key=lambda item: (item[0], item[1]))


def load_scenario(path: Path) -> dict[str, Any]:
    """A scenario.json, checked for what every step must say; AcuseError names the file and the step."""
    try:
        scenario = json.loads(path.read_text(encoding="utf-8"))
        steps = scenario["steps"]
    except (json.JSONDecodeError, KeyError, TypeError) as problem:
        raise AcuseError(f"no es un guion con «steps»: {problem}", where=str(path)) from problem
    for number, step in enumerate(steps, 1):
        needed = {"event"} | ({"at"} if "at_relative_to" not in step else set())
        needed |= {"file", "mailbox"} if step.get("event") == "inbound" else set()
        if absent := sorted(needed - set(step)):
            raise AcuseError(f"al paso {number} le falta {', '.join(absent)}", where=str(path))
    return dict(scenario)


def replay_scenario(
    folder: Path, scenario: dict[str, Any], bench: Bench, approve: str = "seguras"
) -> Iterator[tuple[dict[str, Any], Replay, int]]:
    """Run a scenario step by step; after each step: (step, the replay as it stands, where its events begin)."""
    rules = sample_office(settings_over(bench.rules, scenario.get("settings", {})))
    replay = Replay(bench.under(rules), approve)
    for step in scenario["steps"]:
        begin = len(replay.events)
        at = _instant(step, replay)
        match step["event"]:
            case "inbound":
                replay.deliver((folder / step["file"]).read_bytes(), step["mailbox"], at, step["file"])
            case "tick":
                replay.until(at)
            case "restart":
                replay.until(at)
                replay.start()
                replay.settle()
            case "staff":
                replay.until(at)
                replay.staff(step)
            case other:
                raise AcuseError(f"evento desconocido: {other}", where=f"{folder}/scenario.json, paso {step.get('n')}")
        yield step, replay, begin


def _drain(steps: Iterator[tuple[dict[str, Any], Replay, int]]) -> Iterator[dict[str, Any]]:
    for _, replay, begin in steps:
        yield from replay.events[begin:]


def _instant(step: dict[str, Any], replay: Replay) -> datetime:
    """When a step happens: `at`, or `at_relative_to` seconds before or after a term as the daemon keeps it."""
    relative = step.get("at_relative_to")
    if relative is None:
        return datetime.fromisoformat(step["at"])
    due = replay.store.next_due(replay.accounts)
    if due is None:
        raise AcuseError("no corre ningún plazo", where=f"paso {step.get('n')}")
    return due + timedelta(seconds=_seconds(relative))


def _seconds(relative: Any) -> float:
    if isinstance(relative, dict):
        numbers = [value for value in relative.values() if isinstance(value, int | float)]
        return float(numbers[0]) if numbers else 0.0
    return float(relative)


def as_lines(events: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Events as JSON lines, keys in their order, so that the same input gives the same bytes."""
    for event in events:
        yield json.dumps(event, ensure_ascii=False, default=str)
