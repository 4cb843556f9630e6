"""`acuse replay`: a folder of mails, or a scenario, through the real flow under a virtual clock, one event a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from heapq import merge
from pathlib import Path
from typing import Any

from storage import open_store

from ..decide.assignment import on_duty
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
from ..model.siade import Record, RecordClase, SiadeRow
from ..ports import Store
from ..send.review import strange
from .bench import Bench
from .explain import as_object, no_mails
from .placeholders import fill_in
from .sample_office import sample_office
from .settings import TERMS, settings_over

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
_UNKNOWN = (DraftState.ENVIANDO, DraftState.INCIERTO)
_EVER = datetime.max.replace(tzinfo=UTC)
_STAFF = {
    "aprueba_orientacion": Clase.ORIENTACION,
    "aprueba_propuesta": Clase.DERIVACION_ORGANO_NORMATIVO,
    "envia_respuesta": Clase.RESPUESTA_ORGANO_NORMATIVO,
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail that came in: when, under which name it is told of, at which account of ours; `mail` holds its bytes.

    `own` says that it is the account's own, as it lies in its folder of sent mail.
    """

    at: datetime
    name: str
    account: str
    mail: Path | bytes
    own: bool = False

    @property
    def raw(self) -> bytes:
        return self.mail if isinstance(self.mail, bytes) else self.mail.read_bytes()


@dataclass(slots=True)
class Sent:
    """One mail that left, as later mails may refer to it."""

    draft: Draft
    at: datetime


@dataclass(slots=True)
class Rest:
    """A mailbox in which nothing was left to do, as its folders stood at `stand` and the office after `deeds`.

    Before `due` (None: ever) time alone changes nothing about it. It was read to its end at `read`.
    """

    stand: int
    deeds: int
    due: datetime | None
    read: datetime


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
    labels: dict[str, str] = field(default_factory=dict)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(datetime(2000, 1, 1, tzinfo=UTC)))
    _delivering: str = ""
    _fichas: dict[str, str] = field(default_factory=dict)
    _by_hand: int = 0
    _reading: Reading | None = None
    _resting: dict[str, Rest] = field(default_factory=dict)
    _deeds: int = 0

    def __post_init__(self) -> None:
        self.store = open_store("sqlite://")
        self.accounts = self.accounts or tuple(cuenta.correo for cuenta in self.bench.rules.casa.cuentas)
        self.world = MemoryWorld(self.accounts, self.clock)
        self.start()

    def start(self) -> None:
        """Start the daemon (again): everything but the store, the mail servers and the clock is new."""
        carpetas = self.bench.rules.carpetas
        self._resting.clear()
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
        self._pass_terms(at)
        self.settle()

    def _pass_terms(self, at: datetime) -> None:
        while (due := self.store.next_due(self.accounts)) is not None and due <= at:
            self.clock.set(max(due, self.clock.now()))
            before = len(self.events)
            self.settle()
            if len(self.events) == before and self.store.next_due(self.accounts) == due:
                break
        self.clock.set(max(at, self.clock.now()))

    def settle(self) -> None:
        """Run passes until nothing moves any more, approving what `approve` says as a consultant would.

        Two quiet rounds end it: in the first one each mailbox learns only how far the others were read before it.
        """
        quiet = 0
        while quiet < 2:
            worked = [self._pass(station) for station in self.stations]
            quiet = 0 if any(worked) or self._approve_waiting() or self._answer_as_siade() else quiet + 1
            self._deeds += not quiet

    def _pass(self, station: Station) -> bool:
        """One pass over a mailbox; over one that rests only what it would note: that all has been read.

        A pass asks the store twenty things, and each mail is followed by dozens of passes that would find nothing.
        """
        account, now = station.account, self.clock.now()
        rest, stand = self._resting.pop(account, None), self.world.stand(account)
        if rest and rest.stand == stand and self._still(rest, account):
            if rest.read < now:
                self.store.read_to_end(account, now)
                rest.read = now
            self._resting[account] = rest
            return False
        worked = run_pass(self.desk, station)
        self._deeds += worked
        if not worked and not self._watches(station):
            self._resting[account] = Rest(stand, self._deeds, self.store.next_due((account,)), now)
        return worked

    def _still(self, rest: Rest, account: str) -> bool:
        """Whether nothing is to be done in a mailbox that rested, whatever was done elsewhere and however late."""
        if rest.deeds != self._deeds:
            if self.store.tasks(account, _EVER, limit=1):
                return False
            rest.deeds, rest.due = self._deeds, self.store.next_due((account,))
        return rest.due is None or self.clock.now() < rest.due

    def _watches(self, station: Station) -> bool:
        """Whether something besides its terms may happen in a mailbox by time alone.

        What waits to be tried again, a sending of unknown end, a draft that is missing or lies where none should.
        """
        if self.store.tasks(station.account, _EVER, limit=1):
            return True
        drafts = self.store.waiting(station.account, (DraftState.EN_REVISION, *_UNKNOWN))
        if any(draft.state in _UNKNOWN or draft.missing_since for draft in drafts):
            return True
        return strange(station.review.survey(), drafts)

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

    def approve_class(self, account: str, classes: frozenset[Clase], folio: str | None = None) -> bool:
        """Move the waiting drafts of these classes to Aprobadas, as people do in the mail client.

        Of all petitions, or of `folio` alone. What needs second eyes goes to the supervisor first, and on from there
        once the daemon has seen it lie there.
        """
        waiting = [d for d in self.store.waiting(account, (DraftState.EN_REVISION,)) if d.clase in classes]
        waiting = [d for d in waiting if folio in (None, d.folio)]
        if not waiting:
            return False
        review = self.world.review(account, self.bench.rules.carpetas, self.desk.shelf)
        early = {draft.id for draft in waiting if self._too_early(draft)}
        for item in review.survey():
            if item.draft_id in early and item.place is Place.PENDIENTES:
                review.relocate(item.handle, Place.POR_SUPERVISAR)
        if early:
            run_pass(self.desk, self.stations[self.accounts.index(account)])
            self._resting.clear()
        ids, still = {draft.id for draft in waiting}, (Place.PENDIENTES, Place.POR_SUPERVISAR)
        mine = [item for item in review.survey() if item.draft_id in ids and item.place in still]
        for item in mine:
            review.relocate(item.handle, Place.APROBADAS)
        return bool(mine)

    def _too_early(self, draft: Draft) -> bool:
        petition = self.store.petition(draft.folio)
        return petition is not None and Seen(draft, petition, self.bench.rules, self.clock.now()).too_early

    # --- what happens -------------------------------------------------------------------------------------------

    def deliver(self, raw: bytes, account: str, at: datetime, name: str, folder: str = "INBOX") -> None:
        """A mail arrives: its references to our mails are filled in, then everything runs that follows."""
        self._pass_terms(at)
        self._delivering = name
        self.world.deliver(account, fill_in(raw, [sent.draft for sent in self.sent]), at, folder)
        self.settle()

    def staff(self, step: dict[str, Any], folio: str | None = None) -> None:
        """A person of the office acts, as the samples describe it; on the petition `folio` when the step names one."""
        action = str(step["action"])
        if action in _STAFF:
            classes = frozenset({_STAFF[action]})
            moved = [self.approve_class(account, classes, folio) for account in self.accounts]
            if not any(moved):
                raise AcuseError(f"«{action}»: no hay un borrador de esa clase en revisión", where=str(step.get("n")))
        elif action == "responde_y_concluye":
            petition = self.store.petition(folio) if folio else None
            petition = petition or next(iter(self.store.petitions(open_only=True, limit=1)), None)
            if petition is None:
                raise AcuseError(f"«{action}»: no hay una petición abierta", where=str(step.get("n")))
            self._answer_and_conclude(petition, str(step.get("text", "")))
        else:
            raise AcuseError(f"acción desconocida: {action}", where=str(step.get("n")))
        self.settle()

    def _answer_and_conclude(self, petition: Petition, text: str) -> None:
        """The consultant writes to the person from the own client, whose copy is counted, and answers the ficha."""
        now = self.clock.now()
        today = self.desk.policy.calendar.local(now).date()
        rules = self.bench.rules
        first = rules.consultores[0].correo if rules.consultores else f"consultor@{rules.casa.dominios[0]}"
        sender = on_duty(petition.consultor, rules, today) or first
        copy = self._from_colleague(sender, petition.petitioner, petition.counting, petition.subject)
        self._hand_in(petition.counting, copy, [petition.first_message_id], text)
        current = self.store.petition(petition.folio)
        if current is None or current.state.closed:
            return
        ficha = self._fichas.get(petition.folio)
        if ficha is None:
            # Nothing of it was ever shown to a person in a ficha: what remains is «acuse peticion».
            word = StaffWord(actor=sender, concluir="conclusion")
            history = History(drafts=self.store.drafts_of(petition.folio))
            self.desk.commit(on_staff(current, word, self.desk.policy, history, now), before=current)
            self._deeds += 1
            return
        answer = self._from_colleague(sender, petition.account, petition.account, f"Ficha {petition.folio}")
        self._hand_in(petition.account, answer, [ficha], "concluir: sí")

    def _from_colleague(self, sender: str, to: str, account: str, subject: str) -> EmailMessage:
        """A mail of a colleague without its words, as our receiving server takes it in and vouches for it."""
        now, server = self.clock.now(), next(iter(self.bench.rules.casa.servidores_de_recepcion), "localhost")
        self._by_hand += 1
        domain = sender.rpartition("@")[2]
        mail = EmailMessage(policy=SMTP)
        mail["Received"] = f"from correo.{domain} by {server} with ESMTPS; {format_datetime(now)}"
        mail["Authentication-Results"] = f"{server}; spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"
        mail["Delivered-To"], mail["From"], mail["To"] = account, sender, to
        mail["Subject"], mail["Date"] = f"RE: {' '.join(subject.split())}", now
        mail["Message-ID"] = f"<mano-{self._by_hand}@replay.invalid>"
        return mail

    def _hand_in(self, account: str, mail: EmailMessage, answering: Sequence[str], text: str) -> None:
        if any(answering):
            mail["In-Reply-To"] = mail["References"] = " ".join(filter(None, answering))
        mail.set_content(f"{text}\n")
        self._delivering = str(mail["Message-ID"])
        self.world.deliver(account, mail.as_bytes(), self.clock.now())
        self.settle()

    def tell_fault(self, text: str, scenario: dict[str, Any]) -> None:
        """An `error` line about the scenario itself, at the instant of its first step."""
        at = next((step["at"] for step in scenario["steps"] if "at" in step), self.clock.now().isoformat())
        self.events.append({"at": at, "event": "error", "petition": None, "state": None, "detalle": text})

    def label(self, name: str) -> None:
        """Remember the petition that opened last under the scenario's name for it, unless either has one already."""
        opened = (str(e["petition"]) for e in self.events if e["event"] == "estado" and e["from"] == "nueva")
        unnamed = next((folio for folio in opened if folio not in self.labels.values()), None)
        if unnamed and name not in self.labels:
            self.labels[name] = unnamed

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
                return self._left(given["borrador"], event.at, given.get("por", "acuse"))
            case "plazo":
                return self._term(given["plazo"])
            case "siade":
                return self._record(given["registro"])
            case "interno":
                mail: InternalMail = given["interno"]
                self._fichas |= {str(mail.folio): mail.message_id} if mail.clase is Clase.FICHA else {}
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

    def _left(self, draft: Draft, at: datetime, by: str) -> dict[str, Any]:
        self.sent.append(Sent(draft, at))
        if by != "acuse":
            # Its draft lies in a review folder still, perhaps of a mailbox that rests.
            self._resting.clear()
        return {"n": len(self.sent)} | self._mail(draft) | {"por": by}

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


# --- folders and scenarios -----------------------------------------------------------------------------------------


def replay_folder(
    folder: Path,
    bench: Bench,
    *,
    approve: str = "seguras",
    until: datetime | None = None,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[dict[str, Any]]:
    """All events of a folder of mails, or of the scenario that its scenario.json tells. AcuseError without mails."""
    scenario = folder / "scenario.json"
    if scenario.is_file():
        yield from _drain(replay_scenario(folder, load_scenario(scenario), bench, approve))
        return
    mails = in_order(folder, bench)
    yield from replay_mails(mails, bench, approve=approve, until=until, tell=lambda done: tell(done, len(mails)))


def replay_mails(
    mails: Sequence[Arrived],
    bench: Bench,
    *,
    approve: str = "seguras",
    until: datetime | None = None,
    accounts: tuple[str, ...] = (),
    tell: Callable[[int], None] = lambda _done: None,
) -> Iterator[dict[str, Any]]:
    """All events of mails in the order in which they came in; `tell` hears how many have been worked off.

    `accounts` are the mailboxes of the one installation that read them; without, the rules tell whose they are.
    """
    offices = {"": Replay(bench, approve, accounts)} if accounts else _installations(mails, bench, approve)
    if len(offices) == 1:
        yield from _one_office(next(iter(offices.values())), mails, until, tell)
        return
    # Each office has a clock of its own; told together, what happened comes in the order in which it happened.
    told, before = [], 0
    for name, replay in offices.items():
        mine = [mail for mail in mails if _installation(mail.account, bench) == name]
        told.append(_one_office(replay, mine, until, partial(_further, tell, before)))
        before += len(mine)
    yield from merge(*map(list, told), key=lambda event: datetime.fromisoformat(event["at"]))


def _further(tell: Callable[[int], None], before: int, done: int) -> None:
    tell(before + done)


def _one_office(
    replay: Replay, mails: Sequence[Arrived], until: datetime | None, tell: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    done, sent = 0, replay.bench.rules.carpetas.enviados
    for number, mail in enumerate(mails, 1):
        if until and mail.at > until:
            break
        replay.deliver(mail.raw, mail.account, mail.at, mail.name, sent if mail.own else "INBOX")
        tell(number)
        yield from replay.events[done:]
        done = len(replay.events)
    replay.until(until or replay.clock.now() + timedelta(days=30))
    yield from replay.events[done:]


def _installation(account: str, bench: Bench) -> str:
    """Which installation reads a mailbox: the institute's own ("") reads its accounts, a consular office its one."""
    return "" if bench.rules.cuenta(account) else account


def _installations(mails: Sequence[Arrived], bench: Bench, approve: str) -> dict[str, Replay]:
    names = dict.fromkeys(_installation(mail.account, bench) for mail in mails) or {"": None}
    return {name: Replay(bench, approve, (name,) if name else ()) for name in names}


def history_of(folder: Path, bench: Bench) -> dict[str, Store]:
    """The stores as they stand after a folder of mails, by mailbox, for `acuse explain --historial`."""
    mails = in_order(folder, bench)
    offices = _installations(mails, bench, "seguras")
    for mail in mails:
        offices[_installation(mail.account, bench)].deliver(mail.raw, mail.account, mail.at, mail.name)
    return {account: replay.store for replay in offices.values() for account in replay.accounts}


def in_order(folder: Path, bench: Bench) -> list[Arrived]:
    """The folder's mails in order of reception, each with the account of ours that it reached; AcuseError for none."""
    found, first = [], bench.rules.casa.cuentas[0].correo
    for path in sorted(folder.rglob("*.eml")):
        name = path.relative_to(folder).as_posix()
        try:
            reading = bench.read(path.read_bytes(), None)
            known = bench.rules.buzon(reading.mailbox) is not None
            found.append(Arrived(reading.received_at, name, reading.mailbox if known else first, path))
        except Unreadable:
            found.append(Arrived(datetime(2000, 1, 1, tzinfo=UTC), name, first, path))
    if not found:
        raise no_mails(folder)
    return sorted(found, key=lambda mail: (mail.at, mail.name))


def load_scenario(path: Path) -> dict[str, Any]:
    """A scenario.json, checked for what every step must say; AcuseError names the file and the step."""
    try:
        scenario = json.loads(path.read_text(encoding="utf-8"))
        steps = scenario["steps"]
    except (json.JSONDecodeError, KeyError, TypeError) as problem:
        raise AcuseError(f"no es un guion con «steps»: {problem}", where=str(path)) from problem
    for number, step in enumerate(steps, 1):
        needed = {"event"} | ({"at"} if "at_relative_to" not in step else set())
        needed |= {"file"} if step.get("event") == "inbound" else set()
        needed |= {"action"} if step.get("event") == "staff" else set()
        if absent := sorted(needed - set(step)):
            raise AcuseError(f"al paso {number} le falta {', '.join(absent)}", where=str(path))
    return dict(scenario)


def replay_scenario(
    folder: Path, scenario: dict[str, Any], bench: Bench, approve: str = "seguras"
) -> Iterator[tuple[dict[str, Any], Replay, int]]:
    """Run a scenario step by step; after each step: (step, the replay as it stands, where its events begin).

    AcuseError for settings or steps that cannot be read. A setting that nobody knows is told as an `error` first.
    """
    where = f"{folder}/scenario.json"
    try:
        rules, unknown = settings_over(sample_office(bench.rules), scenario.get("settings") or {})
    except (ValueError, TypeError, AttributeError, LookupError) as problem:
        raise AcuseError(f"no se entienden los ajustes («settings»): {problem}", where=where) from problem
    replay = Replay(bench.under(rules), approve)
    for key in unknown:
        replay.tell_fault(f"ajuste desconocido en «settings»: {key}", scenario)
    for number, step in enumerate(scenario["steps"], 1):
        begin = len(replay.events) if number > 1 else 0
        at = _instant(step, replay)
        match step["event"]:
            case "inbound":
                raw = (folder / step["file"]).read_bytes()
                replay.deliver(raw, step.get("mailbox") or _mailbox(raw, bench), at, step["file"])
            case "tick":
                replay.until(at)
            case "restart":
                replay.until(at)
                replay.start()
                replay.settle()
            case "staff":
                replay.until(at)
                replay.staff(step, replay.labels.get(label_of(step)))
            case other:
                raise AcuseError(f"evento desconocido: {other}", where=f"{where}, paso {step.get('n', number)}")
        replay.label(label_of(step))
        yield step, replay, begin


def label_of(step: dict[str, Any]) -> str:
    """The label of the petition that a step speaks of: its own, or that of its expectation; else A."""
    expect = step.get("expect") or {}
    named = step.get("petition") or expect.get("petition") or next(iter(expect.get("petition_any_of") or ()), None)
    return str(named or "A").split()[0]


def _mailbox(raw: bytes, bench: Bench) -> str:
    return bench.read(raw, None).mailbox or bench.rules.casa.cuentas[0].correo


def _drain(steps: Iterator[tuple[dict[str, Any], Replay, int]]) -> Iterator[dict[str, Any]]:
    for _, replay, begin in steps:
        yield from replay.events[begin:]


def _instant(step: dict[str, Any], replay: Replay) -> datetime:
    """When a step happens: `at`, or `at_relative_to` seconds before or after a term as the daemon keeps it."""
    relative = step.get("at_relative_to")
    if relative is None:
        return datetime.fromisoformat(step["at"])
    term = relative.get("term") or relative.get("plazo") if isinstance(relative, dict) else None
    due = _term_due(str(term), label_of(step), replay) if term else replay.store.next_due(replay.accounts)
    if due is None:
        raise AcuseError(f"no corre ningún plazo «{term or ''}»", where=f"paso {step.get('n')}")
    return due + timedelta(seconds=_seconds(relative))


def _term_due(name: str, label: str, replay: Replay) -> datetime | None:
    """When the term of that name that began last falls due: of the step's petition, if it had one."""
    stem = name.removeprefix("deadline_")
    begun = [e for e in replay.events if e["event"] == "plazo" and e["name"] == TERMS.get(stem, stem)]
    mine = [e for e in begun if e["petition"] == replay.labels.get(label)]
    return datetime.fromisoformat((mine or begun)[-1]["due"]) if begun else None


_UNITS = {"seconds": 1, "segundos": 1, "minutes": 60, "minutos": 60, "hours": 3600, "horas": 3600}


def _seconds(relative: Any) -> float:
    """How long before (negative) or after the term; a number alone counts seconds."""
    if not isinstance(relative, dict):
        return float(relative)
    total = 0.0
    for key, value in relative.items():
        if isinstance(value, int | float):
            unit = next((each for each in _UNITS if each in key), "seconds")
            total += value * _UNITS[unit]
    return total


def as_lines(events: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Events as JSON lines, keys in their order, so that the same input gives the same bytes."""
    for event in events:
        yield json.dumps(event, ensure_ascii=False, default=str)
