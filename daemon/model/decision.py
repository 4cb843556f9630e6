"""What was decided and what is to be done about it: the Decision with its trail, the Plan with its effects."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .mail import Attachment, Kind, PersonData
from .petition import Clase, HistoryEntry, Petition, Type
from .siade import RecordClase
from .survival import Check, Form, Receipt


class Step(StrEnum):
    """The next step (DESIGN §9)."""

    ACLARACION = "aclaracion"
    DATOS_COMPLEMENTARIOS = "datos_complementarios"
    ORIENTACION = "orientacion"
    CONSULTOR = "consultor"
    REGISTRO = "registro"
    RATIFICAR = "ratificar"
    CONFIRMAR = "confirmar"
    RECHAZAR = "rechazar"
    ACUSAR = "acusar"
    SIN_RESPUESTA = "sin_respuesta"


class Disposition(StrEnum):
    """What happens to the mail to the person: leaves by itself, waits for a person, or there is none."""

    ENVIAR = "enviar"
    REVISAR = "revisar"
    NINGUNA = "ninguna"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that was asked: its name, its numeral, the words that matched (or what was looked for), hit or miss."""

    rule: str
    numeral: str
    evidence: str
    hit: bool = True


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a matter goes: ninguno|cdaod_jdaod|organo_normativo|oic_sntss, and its name when known."""

    kind: str = "ninguno"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """What the content is about, from the topics' phrases and examples. `margin` separates first from second topic."""

    type: Type | None
    topic: str | None
    clear: bool
    urgent: bool
    sensitive: str | None
    destination: Destination
    confidence: float
    margin: float = 0.0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The judgement on one message, as `acuse explain` shows it; see DESIGN §9 for the words."""

    kind: Kind
    step: Step
    disposition: Disposition
    type: Type | None = None
    topic: str | None = None
    clear: bool = True
    urgent: bool = False
    sensitive: str | None = None
    data: PersonData = field(default_factory=PersonData)
    missing: tuple[str, ...] = ()
    destination: Destination = field(default_factory=Destination)
    template: str | None = None
    attachments: tuple[Attachment, ...] = ()
    forms: tuple[Form, ...] = ()
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    rules_version: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """Effect: compose the mail `clase` from `template` with `values` and hand it on under `disposition`.

    `values` are those that the petition and the rules do not give. `turn` counts requests of one clase (vez: 1 first
    request, 2 the request en alcance). `to` is an address, `asks` what it asks for (nombre|nss|contacto|...).
    `in_reply_to` threads it. `receipts` go along as one print-ready PDF, each in duplicate (C), `files` are names of
    templates/formatos/ that go along as they are (P 5.27).
    """

    clase: Clase
    template: str
    to: str
    disposition: Disposition
    values: dict[str, Any] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    turn: int = 1
    in_reply_to: str | None = None
    urgent: bool = False
    receipts: tuple[Receipt, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ficha:
    """Effect: lay an internal data sheet in the review folder: why a person must look, and what is known.

    `receipts` are attached to it as a print-ready duplicate; `subject` replaces the usual one. `proposal` is a mail
    that cannot leave for want of an address: its text is shown, so that a person sends it. `checklist`: it lists what
    the supervisor checks of a registration (P a81).
    """

    why: tuple[str, ...]
    urgent: bool = False
    receipts: tuple[Receipt, ...] = ()
    subject: str = ""
    proposal: Write | None = None
    checklist: bool = False


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Effect: take back drafts that have become stale (the person wrote again, the term was cancelled)."""

    why: str
    clases: tuple[Clase, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """Effect: tell one of our own people, by internal mail (never counted: DOMAIN, 5.65).

    `change` are a mail's words before and after: what differs is shown below the text. `personal`: it goes to that very
    person, also while somebody stands in for them.
    """

    clase: Clase
    to: str
    subject: str
    text: str
    urgent: bool = False
    change: tuple[str, str] | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class SendFicha:
    """Effect: send a data sheet to one of our own people as mail, with the original message attached (P a66, a71).

    `checklist`: it lists what the supervisor checks of a registration (P a81).
    """

    to: str
    why: tuple[str, ...]
    urgent: bool = False
    subject: str = ""
    checklist: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """Effect: one record for SIADE (P 5.19, 5.73), exported with the next batch; `texto` is what is written there.

    `message_ids` are the mails whose attachments go along (P 5.20).
    """

    clase: RecordClase
    texto: str
    motivo: str = ""
    numeral: str = ""
    message_ids: tuple[str, ...] = ()


Effect = Write | Ficha | SendFicha | Withdraw | Notify | Register


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from one event: the petition as it will stand, history lines, effects; nothing has acted yet.

    `petition` is None when the event concerns none. `closes_fichas` files the petition's data sheets away.
    `checks` are survival checks as they will stand (stored by `id`); `flag` an alarm's key and its Spanish text.
    `others` is what follows for further petitions from the same event (a mail of IMSS about several requests): each
    is committed by itself before this one, so that what is interrupted is done again, and must be safe to repeat.
    """

    decision: Decision | None = None
    petition: Petition | None = None
    history: tuple[HistoryEntry, ...] = ()
    effects: tuple[Effect, ...] = ()
    quarantine: str | None = None
    closes_fichas: bool = False
    checks: tuple[Check, ...] = ()
    flag: tuple[str, str] | None = None
    others: tuple[Plan, ...] = ()
