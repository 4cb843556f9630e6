"""What happened in the demo, put together: the journal's events as arrivals with all that followed, and a tally."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

from ..model.decision import Decision, Step
from ..model.ledger import Event
from ..model.mail import Kind, Reading
from ..model.outgoing import Draft, InternalMail
from ..model.petition import Clase, State
from ..model.siade import Record

# What a message leads to is told, in its mailbox's thread, right after the message itself.
_FOLLOWS = frozenset({"decidido", "estado", "asignado", "siade", "borrador", "plazo", "interno", "cuarentena", "error"})
# Seconds without news after which a decided message is whole; and after which one without a decision is told, too: a
# busy machine takes its time for the first one, and one that was seen before is never decided.
_QUIET, _PATIENCE = 0.2, 30.0


class Feed:
    """The demo's Journal: the daemon's threads put in what happens, the screen takes it out."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[str, Event]] = queue.Queue()

    def __call__(self, event: Event) -> None:
        self._queue.put((threading.current_thread().name, event))

    def next(self, seconds: float) -> tuple[str, Event] | None:
        """The next event with its thread, or None when none came in that time."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None


@dataclass(slots=True)
class Arrival:
    """A message and everything that followed from it at once."""

    first: Event
    decision: Decision | None = None
    folio: str | None = None
    state: State | None = None
    consultor: str | None = None
    records: list[Record] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    internals: list[InternalMail] = field(default_factory=list)
    quarantine: str | None = None
    error: str | None = None
    last_at: float = field(default_factory=time.monotonic)

    @property
    def reading(self) -> Reading:
        found: Reading = self.first.fields["reading"]
        return found

    @property
    def whole(self) -> bool:
        return self.decision is not None or self.quarantine is not None or self.error is not None

    def add(self, event: Event) -> None:
        self.last_at = time.monotonic()
        self.folio = event.petition or self.folio
        match event.action:
            case "decidido":
                self.decision = event.fields["decision"]
            case "estado":
                self.state = State(event.fields["a"])
            case "asignado":
                self.consultor = str(event.fields["consultor"])
            case "siade":
                self.records.append(event.fields["registro"])
            case "borrador":
                self.drafts.append(event.fields["borrador"])
            case "interno":
                self.internals.append(event.fields["interno"])
            case "cuarentena":
                self.quarantine = str(event.fields["motivo"])
            case "error":
                self.error = str(event.fields["detalle"])


def laid(mail: InternalMail) -> bool:
    """Whether it is a data sheet that lies beside its draft; everything else is a mail to one of our people."""
    return mail.clase is Clase.FICHA and mail.to == mail.account


def printable(mail: InternalMail) -> bool:
    """Whether a data sheet brings the print-ready duplicate of a confirmation."""
    attached = message_from_bytes(mail.raw, policy=default).iter_attachments()
    return any(part.get_content_type() == "application/pdf" for part in attached)


class Tale:
    """Takes events as they come and gives them back as things to tell: an Arrival once it is whole, or an Event."""

    def __init__(self) -> None:
        self._open: dict[str, Arrival | None] = {}
        self.arrivals: list[Arrival] = []
        self.sent: dict[str, Draft] = {}
        self.counted: list[str] = []
        self.internals: list[InternalMail] = []
        self.errors: list[str] = []

    def take(self, thread: str, event: Event) -> Iterator[Arrival | Event]:
        """What can be told now that this event is known."""
        self._note(event)
        if event.action not in _FOLLOWS:
            yield from self._close(thread)
        if event.action == "recibido":
            # A blind copy is told when it is counted, an office's request in Sent when it is decided on.
            copy = event.fields["reading"].kind is Kind.COPIA_DE_CONTEO
            self._open[thread] = None if copy else Arrival(event)
        elif (arrival := self._open.get(thread)) is not None:
            arrival.add(event)
        else:
            yield event

    def rest(self, *, all_of_it: bool = False) -> Iterator[Arrival]:
        """Arrivals after which nothing more came for a moment."""
        now = time.monotonic()
        for thread, arrival in list(self._open.items()):
            if arrival is not None:
                age = now - arrival.last_at
                if all_of_it or (arrival.whole and age > _QUIET) or age > _PATIENCE:
                    yield from self._close(thread)

    def waiting(self) -> int:
        """How many arrivals are not told yet."""
        return sum(1 for arrival in self._open.values() if arrival is not None)

    def unanswered(self) -> int:
        """Messages that nobody is to answer: bounces, automatic mail, lists, forged mail."""
        decisions = (arrival.decision for arrival in self.arrivals)
        return sum(1 for decision in decisions if decision and decision.step is Step.SIN_RESPUESTA)

    def _close(self, thread: str) -> Iterator[Arrival]:
        arrival = self._open.pop(thread, None)
        if arrival is not None:
            self.arrivals.append(arrival)
            yield arrival

    def _note(self, event: Event) -> None:
        match event.action:
            case "interno":
                self.internals.append(event.fields["interno"])
            case "enviado":
                draft: Draft = event.fields["borrador"]
                self.sent[draft.message_id] = draft
            case "contado":
                self.counted.append(str(event.fields["message_id"]))
            case "error" | "alarma":
                self.errors.append(str(event.fields.get("detalle", "")))
