"""What a received message is and what was read in it: addresses, attachments, identifiers, the Reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .survival import Form, Notice
from .survival_rules import SurvivalHouse


class Kind(StrEnum):
    """What sort of message this is, before its content matters (DESIGN §4, §9)."""

    PETICION = "peticion"
    SEGUIMIENTO = "seguimiento"
    COPIA_DE_CONTEO = "copia_de_conteo"
    REBOTE = "rebote"
    RESPUESTA_AUTOMATICA = "respuesta_automatica"
    LISTA = "lista"
    PERSONAL = "personal"
    ENLACE = "enlace"
    SOLICITUD_SUPERVIVENCIA = "solicitud_supervivencia"
    CONFIRMACION_SUPERVIVENCIA = "confirmacion_supervivencia"
    RECHAZO_SUPERVIVENCIA = "rechazo_supervivencia"
    PRUEBA_CONECTIVIDAD = "prueba_conectividad"
    NO_SOLICITADO = "no_solicitado"
    SOSPECHOSO = "sospechoso"
    OTRO = "otro"


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header: `email` lower-cased, `name` decoded and trimmed ('' when absent)."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier with its place: `value` normalised, `raw` as written, `where` asunto|cuerpo|cita|adjunto|remitente.

    `start` is the offset in that text (characters); `note` says how it was judged, for the person who asks why.
    """

    value: str
    raw: str
    where: str
    start: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the mail's own text. `size` in bytes; `text` what could be read of it.

    `readable` is text|acroform|ocr|no; `fault` a named reason (cifrado, truncado, escaneado, enorme, no_es_pdf,
    tiempo, memoria, xfa), `sha256` of the decoded bytes.
    """

    file: str
    content_type: str
    size: int
    readable: str = "no"
    text: str = ""
    fault: str | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class PersonData:
    """Whose data the mail gives: those of the insured person whose matter it is, null when unknown or doubtful.

    `nombre` as written; `nss` 11 digits with a right check digit; `telefono` digits only; `correo` the address
    to answer to; `folio` a SIADE folio. `registro_patronal` and `patron` say that an employer writes.
    """

    nombre: str | None = None
    nss: str | None = None
    curp: str | None = None
    rfc: str | None = None
    telefono: str | None = None
    correo: str | None = None
    folio: str | None = None
    registro_patronal: str | None = None
    unidad: str | None = None
    patron: bool = False
    tercero: bool = False

    def merged_with(self, newer: PersonData) -> PersonData:
        """The same person after a further mail: what the newer mail gives wins, what it lacks stays.

        A name only grows: the newer form is taken when it says the known one and more; another person's name (the
        daughter who writes) does not replace it. The address to answer to stays the one of the first mail: a later
        address in a body is only a suggestion.
        """
        chosen = {
            name: getattr(newer, name) or getattr(self, name)
            for name in ("nss", "curp", "rfc", "telefono", "folio", "registro_patronal", "unidad")
        }
        return PersonData(
            **chosen,
            nombre=_fuller(self.nombre, newer.nombre),
            correo=self.correo or newer.correo,
            patron=self.patron or newer.patron,
            tercero=self.tercero or newer.tercero,
        )


def _fuller(known: str | None, newer: str | None) -> str | None:
    if not known or not newer:
        return known or newer
    old, new = set(known.casefold().split()), set(newer.casefold().split())
    return newer if old < new else known


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery failure: who was not reached, for good or for now, and which of our mails it answers."""

    recipient: str | None
    permanent: bool
    original_message_id: str | None
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that one message says, without judging what follows from it. Pure data.

    `text` is the whole text for people (own words, quotes, signature); `fresh` only the writer's new words, used to
    classify; `quoted` what they quote. `digest` is a SHA-256 of the normalised text: with the Message-ID it is the
    second key of a delivery. `sender` is who is answered (the petitioner inside a supervisor's forward); `author` is
    who sent this very message. `authentic` is pass|fail|none, from the configured receiving server only.
    `tokens` are our references seen in subject or body, `ours` the Message-IDs of In-Reply-To and References.
    `found` maps nss|curp|rfc|telefono|correo|folio|registro_patronal|unidad|nombre to every candidate with its place.
    `doubts` are Spanish sentences for the consultant (two NSS, repaired NSS, relative's data).
    `origin` is propio|reenviado|adjunto: where the petition's words stand.
    `forms` and `notices` are read for the profiles of IMSS Digital only.
    """

    message_id: str
    digest: str
    mailbox: str
    received_at: datetime
    kind: Kind
    kind_reason: str
    author: Address | None
    sender: Address | None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    fresh: str = ""
    quoted: str = ""
    origin: str = "propio"
    authentic: str = "none"
    automatic: bool = False
    attachments: tuple[Attachment, ...] = ()
    data: PersonData = field(default_factory=PersonData)
    found: dict[str, tuple[Found, ...]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    bounce: Bounce | None = None
    faults: tuple[str, ...] = ()
    language: str = "es"
    forms: tuple[Form, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def thread(self) -> tuple[str, ...]:
        """Message-IDs this message answers, nearest first."""
        ids = (self.in_reply_to,) if self.in_reply_to else ()
        return ids + tuple(r for r in reversed(self.references) if r not in ids)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a reader must know of the house to tell kinds apart; built from settings and rules.

    `own` are our accounts, `counting` those that receive blind copies, `staff` consultants and supervisors by
    address, `enlaces` the liaison addresses, `domains` the institution's own mail domains, `authserv` the names of
    the receiving servers whose Authentication-Results count, `given_names` and `surnames` lower-case without accents,
    `phishing` and `commercial` the phrases (rules/correo_ajeno.yaml) that mark forged and unsolicited mail.
    `profiles` names the profile of each own account; `survival` is what the profiles of IMSS Digital read by.
    """

    own: frozenset[str] = frozenset()
    counting: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    enlaces: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset({"imss.gob.mx"})
    authserv: frozenset[str] = frozenset({"mx1.imss.gob.mx"})
    given_names: frozenset[str] = frozenset()
    surnames: frozenset[str] = frozenset()
    phishing: tuple[str, ...] = ()
    commercial: tuple[str, ...] = ()
    profiles: dict[str, str] = field(default_factory=dict)
    survival: SurvivalHouse | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a page. Coordinates in points from the top left corner of the page as people see it (turned pages
    are turned back); `size` the font's in points; `sure` the confidence 0..100 (100 unless OCR read it).
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float = 0.0
    sure: float = 100.0


@dataclass(frozen=True, slots=True)
class FormField:
    """An AcroForm widget with its value and its place on the page.

    `check` says that it is a box to tick: its value is "Off", or the name of its state when it is ticked.
    """

    name: str
    value: str
    x0: float
    top: float
    x1: float
    bottom: float
    check: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as a form reader needs it: words with places, widgets, and the boxes that ruling lines draw.

    `number` counts from 1. `boxes` are (x0, top, x1, bottom) of drawn rectangles, largest first.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...] = ()
    fields: tuple[FormField, ...] = ()
    boxes: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class PdfText:
    """What a PDF says, read under limits of time and memory: `fault` names why it could not be read (no crash ever).

    `readable` is text|acroform|ocr|no; `fields` the AcroForm values by full name; `pages` how many there are in all.
    `sheets` are the pages with the places of everything, for who reads forms; empty when it was not asked for. `notes`
    name what a person should know of the file: texto_oculto (invisible, covered or tiny), tachado, anotaciones (drawn
    over the page), valor_distinto (a widget's value is not what its picture shows), javascript, incrustados, firma,
    reparado (perhaps an earlier state of the file), paginas_sin_leer.
    """

    readable: str
    text: str = ""
    pages: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    sheets: tuple[Sheet, ...] = ()
    notes: tuple[str, ...] = ()
