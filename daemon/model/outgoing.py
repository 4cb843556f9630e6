"""Mail on its way out: drafts with their life, envelopes that cannot lack their blind copy, results of sending."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .decision import Disposition
from .petition import Clase


class DraftState(StrEnum):
    """A draft's life: from composed to sent, or to one of the ways of not being sent (DESIGN §6, §7).

    `incierto` is the only open end: the server's answer to DATA was lost, evidence must settle it.
    """

    PREPARADO = "preparado"
    EN_REVISION = "en_revision"
    APROBADO = "aprobado"
    ENVIANDO = "enviando"
    ACEPTADO = "aceptado"
    INCIERTO = "incierto"
    RECHAZADO_POR_SERVIDOR = "rechazado_por_servidor"
    RECHAZADO_POR_CONSULTOR = "rechazado_por_consultor"
    BORRADO = "borrado"
    RETIRADO = "retirado"
    ENVIADO_POR_CONSULTOR = "enviado_por_consultor"

    @property
    def settled(self) -> bool:
        open_states = (self.PREPARADO, self.EN_REVISION, self.APROBADO, self.ENVIANDO, self.INCIERTO)
        return self not in open_states

    @property
    def sent(self) -> bool:
        return self in (self.ACEPTADO, self.ENVIADO_POR_CONSULTOR)


@dataclass(frozen=True, slots=True)
class Draft:
    """One mail that we wrote. `id` is unique and stable ("AC-250909-7K3FQ/2"), `account` the mailbox it leaves from.

    `raw` is exactly what would be sent (no Bcc, no private header), `message_id` is fixed before the first attempt.
    `ordinal` counts this petition's drafts from 1, `turn` the requests of its clase (vez). `to` is one address.
    `attempted_at` is when its last sending began, `sent_at` when it was known to have left. `proposed_at` is when it
    was seen to lie with the supervisor (P a87): from then on `raw` and `text` are what the consultant proposed.
    `rules_version` and `templates_version` name what it was written under.
    """

    id: str
    folio: str
    ordinal: int
    clase: Clase
    turn: int
    account: str
    counting: str
    to: str
    subject: str
    text: str
    html: str
    raw: bytes
    message_id: str
    in_reply_to: str | None
    disposition: Disposition
    template: str
    rules_version: str
    created_at: datetime
    asks: tuple[str, ...] = ()
    urgent: bool = False
    consultor: str | None = None
    state: DraftState = DraftState.PREPARADO
    attempts: int = 0
    sent_at: datetime | None = None
    laid_at: datetime | None = None
    missing_since: datetime | None = None
    attempted_at: datetime | None = None
    proposed_at: datetime | None = None
    templates_version: str = ""


@dataclass(frozen=True, slots=True)
class InternalMail:
    """A mail to our own people: a ficha laid in the review folder, a notice or an alarm sent. Never counted."""

    id: str
    folio: str | None
    clase: Clase
    account: str
    to: str
    subject: str
    raw: bytes
    message_id: str
    created_at: datetime
    consultor: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """A counted mail as SMTP sees it. The blind copy is part of the type (P 5.65): without it nothing can be built.

    `counting` goes to RCPT TO and never into the headers of `raw`.
    """

    sender: str
    to: tuple[str, ...]
    counting: str
    message_id: str
    raw: bytes

    def __post_init__(self) -> None:
        if "@" not in self.counting or not self.to:
            raise ValueError("un correo saliente lleva destinatario y copia oculta de conteo (5.65)")

    @property
    def recipients(self) -> tuple[str, ...]:
        return (*self.to, *(() if self.counting in self.to else (self.counting,)))


@dataclass(frozen=True, slots=True)
class InternalEnvelope:
    """An uncounted mail to our own staff; the flow refuses any address outside the house's domains."""

    sender: str
    to: tuple[str, ...]
    message_id: str
    raw: bytes

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.to


class SendOutcome(StrEnum):
    """What one attempt came to. `no_entregado` is surely not delivered (before DATA); `incierto` is unknown."""

    ACEPTADO = "aceptado"
    RECHAZADO = "rechazado"
    APLAZADO = "aplazado"
    NO_ENTREGADO = "no_entregado"
    INCIERTO = "incierto"


@dataclass(frozen=True, slots=True)
class SendResult:
    """Each recipient's answer: `refused` maps address to (code, text); `detail` is the server's last word."""

    outcome: SendOutcome
    detail: str = ""
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)


class Place(StrEnum):
    """Where a message lies in the review folder as a person sees it."""

    PENDIENTES = "pendientes"
    POR_SUPERVISAR = "por_supervisar"
    APROBADAS = "aprobadas"
    RECHAZADAS = "rechazadas"
    BORRADORES = "borradores"


@dataclass(frozen=True, slots=True)
class Lying:
    """One message found in the review folder: `handle` is opaque to everyone but the folder that made it.

    `draft_id` and `ficha_id` are the private headers when a client left them; the rest serves recognition after a
    client rewrote the message. `senders` are the addresses in From; `travelled` says that it came by mail, as nothing
    does that was written here.
    """

    place: Place
    handle: str
    message_id: str
    draft_id: str | None
    ficha_id: str | None
    to: tuple[str, ...]
    subject: str
    thread: tuple[str, ...]
    senders: tuple[str, ...] = ()
    travelled: bool = False


class ReviewOutcome(StrEnum):
    """What people did with a draft in the review folder; `propuesto` goes to the supervisor, `devuelto` comes back."""

    PROPUESTO = "propuesto"
    DEVUELTO = "devuelto"
    APROBADO = "aprobado"
    RECHAZADO = "rechazado"
    BORRADO = "borrado"
