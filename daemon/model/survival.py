"""Nouns of IMSS Digital (C): the form, what it lacks, the registered check, its receipt, IMSS's notices, the roster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

# The keys of a form's `fields`, in the order in which the printed form has them.
CAMPOS = (
    "fecha_solicitud",
    "oficina_consular",
    "id_tramite",
    "nss",
    "fecha_nacimiento",
    "ex_trabajador_imss",
    "nombre",
    "apellido_paterno",
    "apellido_materno",
    "identificacion_tipo",
    "identificacion_folio",
    "contacto",
)
# Beside them, at a consular office: the number of the receipt that IMSS gave.
RECIBO = "recibo"


def whole_name(fields: Mapping[str, str | None]) -> str:
    """The pensioner's name of a form's fields in the order in which it is said, '' when none is given."""
    parts = (fields.get(key) for key in ("nombre", "apellido_paterno", "apellido_materno"))
    return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class FormFault:
    """What is wrong with a form: `code` is stable, `text` and `cure` Spanish sentences for the office that sent it.

    `field` is one of CAMPOS, or None when it concerns the whole document; `numeral` the numeral or rule.
    """

    code: str
    field: str | None
    text: str
    cure: str = ""
    numeral: str = "C"


@dataclass(frozen=True, slots=True)
class Form:
    """One *Solicitud de comprobación de supervivencia* as read from a PDF, or the document that could not be read.

    `form` is the key of its description in rules/formularios; None when the document is no known form. `fields` maps
    each of CAMPOS (and `curp` when the form has it) to its normalised value, None when empty: dates ISO (as printed
    when they are no date), NSS digits only, the rest as printed. `readable` is text|acroform|ocr|no. `unsure` names,
    in Spanish, what the reader could not settle (two values for one label, a label found twice): such a form is
    never confirmed by itself. `faults` of the reader say why a document could not be read (cifrado, truncado, ...).
    `fingerprint` tells identical forms apart from different ones.
    """

    file: str
    form: str | None
    readable: str
    page: int = 1
    fields: dict[str, str | None] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    faults: tuple[FormFault, ...] = ()
    fingerprint: str = ""


class Said(StrEnum):
    """What a mail of IMSS tells a consular office about one request, or that it is a connectivity test."""

    CONFIRMACION = "confirmacion"
    RECHAZO = "rechazo"
    PRUEBA = "prueba"
    DUDOSO = "dudoso"


@dataclass(frozen=True, slots=True)
class Notice:
    """One confirmation, refusal or connectivity test of IMSS, as read from a body or an attached PDF.

    DUDOSO: it speaks of a request, and of it both ways; `reasons` then say what is doubtful (Spanish), for a person.

    `received` is when IMSS says it received the request, `next_due` the limit date of the next check, `deadline` until
    when a test must be answered; `reasons` those of a refusal, as written. None: not said.
    """

    said: Said
    id_tramite: str | None = None
    nss: str | None = None
    nombre: str | None = None
    receipt: str | None = None
    received: str | None = None
    next_due: date | None = None
    deadline: date | None = None
    reasons: tuple[str, ...] = ()


class CheckState(StrEnum):
    """Where a registered survival check stands, on either side of the exchange."""

    RECIBIDA = "recibida"
    CONFIRMADA = "confirmada"
    RECHAZADA = "rechazada"
    ENVIADA = "enviada"
    SIN_CONFIRMACION = "sin_confirmacion"
    SIN_SOLICITUD = "sin_solicitud"


@dataclass(frozen=True, slots=True)
class Check:
    """One survival check: at reception one received request, at a consular office one sent request.

    `id` is our receipt number at reception ("CS-251201-7K3FQ-1"), and unique. `account` is the mailbox that keeps it,
    `office` the enabled account of the consular office. `folio` names the petition that carries its mails. `fields`
    are the form's. `next_due` is the limit date of the next check. `exported_at` is when it went to the pension
    system (reception only), None before. `repeats` counts later identical requests.
    """

    id: str
    folio: str
    account: str
    office: str
    id_tramite: str
    nss: str
    state: CheckState
    received_at: datetime
    fields: dict[str, str | None] = field(default_factory=dict)
    message_id: str = ""
    next_due: date | None = None
    verified: bool = False
    exported_at: datetime | None = None
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the print-ready duplicate says: one page with the pensioner's copy and the copy to sign.

    `office` is the office as people read it ("Dallas, Texas, Estados Unidos"). `verified`: the data agreed with the
    roster; without a roster the receipt says only what was received. `repeated`: this confirmation was sent before.
    `received_at` is an instant (reception) or, at the office, what IMSS wrote; `note` a line to print below.
    """

    number: str
    office: str
    fields: dict[str, str | None]
    received_at: datetime | str | None
    next_due: date | None
    verified: bool = False
    repeated: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pensioner:
    """One row of the roster (padron). `current` False: no longer a pensioner in force."""

    nss: str
    nombre: str
    apellido_paterno: str
    apellido_materno: str = ""
    fecha_nacimiento: date | None = None
    current: bool = True


@dataclass(frozen=True, slots=True)
class Roster:
    """What the store knows of the roster: how many pensioners, how many in force, when it was loaded (None: never)."""

    size: int = 0
    current: int = 0
    loaded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What a load did to the roster, in numbers of pensioners. `kept` are those whose new row could not be read."""

    added: int
    changed: int
    removed: int
    kept: int
    size: int


@dataclass(frozen=True, slots=True)
class Export:
    """One batch of confirmed checks for the pension system, numbered from 1 for each account, in order of reception."""

    number: int
    at: datetime
    checks: tuple[Check, ...]
