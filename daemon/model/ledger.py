"""What the daemon remembers about its work: deliveries and claims, the outbox, history asked for, journal events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from .outgoing import Draft
from .petition import Petition
from .survival import Check, Pensioner


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message in one folder of one mailbox: the ledger's first key (RFC 9051 §2.3.1.1)."""

    account: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder has been listed. `uidvalidity` must equal the server's, else everything is listed again."""

    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A fetched message: `raw` the bytes as the server holds them, `received_at` the server's INTERNALDATE."""

    uid: int
    raw: bytes
    received_at: datetime
    size: int = 0


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """A folder's UIDVALIDITY and the UID that its next message will get."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Keys:
    """By what a message may belong to something we know: thread ids, our tokens, the writer's address, its own id.

    `tramites` and `survival_nss` are those of the survival forms or notices in it.
    """

    message_id: str
    digest: str
    thread: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    address: str | None = None
    nss: str | None = None
    curp: str | None = None
    telefono: str | None = None
    nombre: str | None = None
    siade: str | None = None
    tramites: tuple[str, ...] = ()
    survival_nss: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """A petition from before our time, as it was imported from SIADE: folio, person, consultant, state, answer, dates.

    `nombre` as written, `cerrada` None while it is open there. `fields` holds the other columns of the file.
    """

    folio: str
    nss: str | None = None
    nombre: str | None = None
    curp: str | None = None
    telefono: str | None = None
    correo: str | None = None
    consultor: str | None = None
    estado: str = ""
    tema: str = ""
    respuesta: str = ""
    abierta: date | None = None
    cerrada: date | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastChange:
    """What an import of antecedents did: rows new, changed, the same as before, and how many there are now."""

    added: int
    changed: int
    same: int
    size: int


@dataclass(frozen=True, slots=True)
class History:
    """What the store knows that bears on one message.

    `by_thread` the petition whose conversation the message continues; `by_token` those whose reference it names
    or whose survival checks are among `checks`;
    `by_address` all petitions of its writer, newest first; `draft` the mail of ours that it answers or is a copy of;
    `seen_before` says that this very message (Message-ID and digest) was taken through another delivery, `already`
    under which folio. `sent_today` counts automatic mails to the writer since local midnight, `sent_lately` those of
    the account in an hour. `drafts` are all those of the petition that the message may continue. `checks` are the
    survival checks with an ID Trámite or NSS of the message, or of its thread's petition, newest first; `pensioners`
    the roster's rows with such an NSS, None when no roster is loaded.
    `kin` are petitions of all mailboxes that share an NSS, CURP, telephone, name or address with the message, newest
    first, `past` the imported ones of SIADE that do (P 5.11, 5.19). `load` counts the open petitions of each
    consultant. `contingencia` says that SIADE is out of reach just now (P 5.21).
    """

    by_thread: Petition | None = None
    by_token: tuple[Petition, ...] = ()
    by_address: tuple[Petition, ...] = ()
    draft: Draft | None = None
    already: str | None = None
    seen_before: bool = False
    sent_today: int = 0
    sent_lately: int = 0
    drafts: tuple[Draft, ...] = ()
    checks: tuple[Check, ...] = ()
    pensioners: tuple[Pensioner, ...] | None = None
    kin: tuple[Petition, ...] = ()
    past: tuple[Past, ...] = ()
    load: dict[str, int] = field(default_factory=dict)
    contingencia: bool = False


class Task(StrEnum):
    """Kinds of outbox rows; each is safe to repeat."""

    MOVER = "mover"
    PRESENTAR = "presentar"
    PRESENTAR_FICHA = "presentar_ficha"
    RETIRAR = "retirar"
    ARCHIVAR_FICHA = "archivar_ficha"
    ENVIAR = "enviar"
    ENVIAR_INTERNO = "enviar_interno"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One effect to carry out: written with its decision, done afterwards, safe to repeat.

    `payload` holds what the task needs: a delivery and target folder for `mover`, a draft or internal mail id else.
    """

    id: int
    account: str
    task: Task
    folio: str | None
    payload: dict[str, Any]
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """A blind copy seen in a counting mailbox, or a sent mail seen in a Sent folder (`origin` conteo|enviados)."""

    message_id: str
    account: str
    origin: str
    seen_at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, for logs, `acuse replay`, `acuse demo` and alarms; `action` is a constant word."""

    at: datetime
    action: str
    petition: str | None = None
    state: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that could not be processed: where it is, why, since when. `number` names it for people, for good."""

    number: int
    delivery: Delivery
    reason: str
    detail: str
    since: datetime
    attempts: int
