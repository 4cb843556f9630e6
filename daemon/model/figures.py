"""Facts from which the office's figures are computed (P 5.23, 5.48, 5.65): small rows, without texts or identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .outgoing import DraftState
from .petition import Clase, State
from .siade import RecordClase


@dataclass(frozen=True, slots=True)
class PetitionFact:
    """One petition as figures see it: whose, about what, since when, how far. `missing` counts data of P 4.16."""

    folio: str
    account: str
    state: State
    opened_at: datetime
    captured_on: date
    type: str | None = None
    topic: str | None = None
    consultor: str | None = None
    ooad: str | None = None
    destination: str = "ninguno"
    registered_at: datetime | None = None
    siade: str | None = None
    urgent: bool = False
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """One line of a petition's history without its text; `state` is the one it stood in afterwards."""

    folio: str
    at: datetime
    action: str
    state: State | None = None


@dataclass(frozen=True, slots=True)
class MailFact:
    """One draft: what it is for and how far it came. `survey` says that it carries our survey's address (P 5.68)."""

    id: str
    folio: str
    clase: Clase
    turn: int
    account: str
    state: DraftState
    created_at: datetime
    message_id: str
    consultor: str | None = None
    laid_at: datetime | None = None
    sent_at: datetime | None = None
    survey: bool = False

    @property
    def waiting(self) -> bool:
        """Whether a person has still to decide about it."""
        return self.state is DraftState.EN_REVISION


@dataclass(frozen=True, slots=True)
class CopyFact:
    """A mail seen in a counting mailbox or a Sent folder. `times` is how often it lay there, `draft` whose copy it is.

    `internal` marks mail to our own people, which is not counted (P 5.65 is about mail to persons).
    """

    message_id: str
    account: str
    origin: str
    seen_at: datetime
    sender: str
    to: tuple[str, ...]
    draft: str | None = None
    times: int = 1
    internal: bool = False


@dataclass(frozen=True, slots=True)
class TermFact:
    """A term that ran or runs; `ended_at` is when the petition was rid of it, in whatever way, None while it runs."""

    folio: str
    name: str
    numeral: str
    at_due: str
    started_at: datetime
    due_at: datetime
    acts_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordFact:
    """One record for SIADE: when it was decided, and when a batch took it along."""

    folio: str
    clase: RecordClase
    created_at: datetime
    exported_at: datetime | None = None


# The mark that names the mail on alarms that is still to be handed over.
ALARM_MAIL = "alarmas_por_enviar"


@dataclass(frozen=True, slots=True)
class AlarmFact:
    """An alarm that was raised: since when, and until when (None: it is on).

    `told` and `told_over` are the instants of the mails that told its beginning and its end, by which they are named.
    """

    key: str
    text: str
    since: datetime
    until: datetime | None = None
    told: datetime | None = None
    told_over: datetime | None = None


class Verdict(StrEnum):
    """What became of a term, and through whom: only the last two may be laid at the service's door."""

    CUMPLIDO = "cumplido"
    CORRE = "corre"
    SIN_PLAZO = "sin_plazo"
    ESPERA_PERSONA = "espera_persona"
    ESPERA_AREA = "espera_area"
    TARDE_SERVIDOR = "tarde_servidor"
    TARDE_SERVICIO = "tarde_servicio"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that bears on the figures of the time from `since` to before `until`, and on how things stand.

    `petitions` are those opened before `until` that were opened or moved since `since`, or are open; `moves` (in their
    order), `terms` and `mails` are theirs; `mails` also holds any other that left in that time. `copies` were seen in
    it, or belong to its mails. `records` were made in it, or wait for a batch. `contingencia` is since when SIADE is
    out of reach (P 5.21).
    """

    since: datetime
    until: datetime
    petitions: tuple[PetitionFact, ...] = ()
    moves: tuple[Move, ...] = ()
    mails: tuple[MailFact, ...] = ()
    copies: tuple[CopyFact, ...] = ()
    terms: tuple[TermFact, ...] = ()
    records: tuple[RecordFact, ...] = ()
    alarms: tuple[AlarmFact, ...] = ()
    contingencia: str | None = None
