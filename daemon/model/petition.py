"""The petition: its states and events (named as the samples name them), its facts, its terms and its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from .mail import PersonData


class State(StrEnum):
    """Where a petition stands; the legal ways between them are one table in `daemon.decide.lifecycle`."""

    NUEVA = "nueva"
    MENSAJE_EN_COLA = "mensaje_en_cola"
    ESPERA_ACLARACION = "espera_aclaracion"
    ESPERA_DATOS_1 = "espera_datos_1"
    ESPERA_DATOS_2 = "espera_datos_2"
    ORIENTACION_EN_REVISION = "orientacion_en_revision"
    REVISION_CONSULTOR = "revision_consultor"
    REGISTRADA_TURNADA = "registrada_turnada"
    PROPUESTA_ORGANO_NORMATIVO = "propuesta_organo_normativo"
    ESPERA_ORGANO_NORMATIVO = "espera_organo_normativo"
    RESPUESTA_POR_ENVIAR = "respuesta_por_enviar"
    RATIFICACION_EN_REVISION = "ratificacion_en_revision"
    ESPERA_SUPERVISOR = "espera_supervisor"
    ESPERA_CONSULTA_NORMATIVA = "espera_consulta_normativa"
    CONTACTO_FALLIDO_CONSULTOR = "contacto_fallido_consultor"
    CONCLUIDA_ORIENTACION = "concluida_orientacion"
    CONCLUIDA_DESINTERES = "concluida_desinteres"
    CONCLUIDA_DESISTIMIENTO = "concluida_desistimiento"
    CONCLUIDA = "concluida"
    TURNADA_SIN_SEGUIMIENTO = "turnada_sin_seguimiento"
    # IMSS Digital, reception: a request, and a connectivity test of one office.
    SOLICITUD_EN_REVISION = "solicitud_en_revision"
    SUPERVIVENCIA_CONFIRMADA = "supervivencia_confirmada"
    SUPERVIVENCIA_RECHAZADA = "supervivencia_rechazada"
    ESPERA_ACUSE = "espera_acuse"
    PRUEBA_ACUSADA = "prueba_acusada"
    PRUEBA_SIN_ACUSE = "prueba_sin_acuse"
    # IMSS Digital, consular office: a request on its way, and what IMSS said of it.
    ESPERA_CONFIRMACION = "espera_confirmacion"
    SIN_CONFIRMACION = "sin_confirmacion"
    CONFIRMADA_POR_IMSS = "confirmada_por_imss"
    RECHAZADA_POR_IMSS = "rechazada_por_imss"
    CONFIRMACION_SIN_SOLICITUD = "confirmacion_sin_solicitud"

    @property
    def closed(self) -> bool:
        return self.value.startswith("concluida") or self in _ENDED


_ENDED = frozenset(
    {
        State.TURNADA_SIN_SEGUIMIENTO,
        State.SUPERVIVENCIA_CONFIRMADA,
        State.SUPERVIVENCIA_RECHAZADA,
        State.PRUEBA_ACUSADA,
        State.PRUEBA_SIN_ACUSE,
        State.CONFIRMADA_POR_IMSS,
        State.RECHAZADA_POR_IMSS,
    }
)


class Type(StrEnum):
    """The five types of P 5.10."""

    ORIENTACION = "orientacion"
    GESTION = "gestion"
    QUEJA = "queja"
    SUGERENCIA = "sugerencia"
    RECONOCIMIENTO = "reconocimiento"


class Clase(StrEnum):
    """What a mail that we write is for (DESIGN §9). The last three are internal: they go to our own staff."""

    ACLARACION = "aclaracion"
    DATOS_COMPLEMENTARIOS = "datos_complementarios"
    CONCLUSION_DESINTERES = "conclusion_desinteres"
    ORIENTACION = "orientacion"
    ACUSE_CDAOD = "acuse_cdaod"
    ACUSE_ORGANO_NORMATIVO = "acuse_organo_normativo"
    DERIVACION_ORGANO_NORMATIVO = "derivacion_organo_normativo"
    DERIVACION_OIC_SNTSS = "derivacion_oic_sntss"
    RESPUESTA_ORGANO_NORMATIVO = "respuesta_organo_normativo"
    RATIFICACION = "ratificacion"
    AVISO_FOLIO = "aviso_folio"
    TURNO_OIC_SNTSS = "turno_oic_sntss"
    CONFIRMACION = "confirmacion"
    RECHAZO = "rechazo"
    ACUSE_CONECTIVIDAD = "acuse_conectividad"
    PRUEBA_CONECTIVIDAD = "prueba_conectividad"
    RESPUESTA_LIBRE = "respuesta_libre"
    FICHA = "ficha"
    AVISO_INTERNO = "aviso_interno"
    INFORME = "informe"


@dataclass(frozen=True, slots=True)
class Term:
    """A term that runs: from the real sending, reception or first interaction until the end of hours of its last day.

    `skipped` names the days that did not count, with their reason, as (day, reason in Spanish). `act_at` is when the
    daemon acts: the due instant itself, or the opening of that day when a person must look first.
    """

    name: str
    numeral: str
    started_at: datetime
    due_at: datetime
    at_due: str
    skipped: tuple[tuple[date, str], ...] = ()
    act_at: datetime | None = None

    @property
    def acts_at(self) -> datetime:
        return self.act_at or self.due_at


@dataclass(frozen=True, slots=True)
class Petition:
    """One petition's facts. `folio` is our reference (shown to the person); `siade` the official folio once known.

    `account` is the mailbox it arrived at, `counting` where its mails' blind copies go. `asked` is what the last
    data request asked for. `missing` what is still missing of P 4.16. `thread` holds every Message-ID of the
    conversation, ours and theirs, oldest first. `first_message_id` and `subject` thread our answers.
    `ooad` is the state of the unit, as far as it is known: its closures lengthen the terms.
    `destination` is the kind of place where the matter goes, `destino` that place's key in rules/destinos.yaml, `lugar`
    the key of the OOAD or UMAE there where it happened. `respuesta` is what the area last answered, in its own words.
    `antecedentes` are earlier folios of the same person, ours or SIADE's. `registered_at` is when the registration was
    handed over for SIADE (P 5.19), None as long as it was not. `held` says why what is written later about it waits for
    a person, too.
    `siade_rows` are digests of the rows of SIADE that were taken in (states and answers), so that none counts twice.
    `answer` is the text of the last answer that really left to the person, at `answered_at`: what is ratified (P 5.14).
    `version` grows with every commit, so that two daemons cannot overwrite each other.
    """

    folio: str
    account: str
    counting: str
    state: State
    opened_at: datetime
    captured_on: date
    petitioner: str
    subject: str
    first_message_id: str
    type: Type | None = None
    topic: str | None = None
    data: PersonData = field(default_factory=PersonData)
    missing: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    urgent: bool = False
    sensitive: str | None = None
    destination: str = "ninguno"
    confidence: float = 0.0
    consultor: str | None = None
    siade: str | None = None
    thread: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    summary: str = ""
    ooad: str | None = None
    destino: str | None = None
    lugar: str | None = None
    respuesta: str = ""
    antecedentes: tuple[str, ...] = ()
    registered_at: datetime | None = None
    held: str = ""
    siade_rows: tuple[str, ...] = ()
    answer: str = ""
    answered_at: datetime | None = None
    version: int = 0

    def terms_but(self, *names: str) -> tuple[Term, ...]:
        """The terms that run, without those of these names: what they waited for has come, or is waited for anew."""
        return tuple(term for term in self.terms if term.name not in names)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the append-only history: what happened, when, by whose hand, under which numeral.

    `actor` is acuse, the person, or a staff address; `text` is Spanish and tells the story to a reader.
    """

    at: datetime
    action: str
    text: str
    numeral: str = ""
    actor: str = "acuse"
    state: State | None = None
