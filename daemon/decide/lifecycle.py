"""The life of a petition as one table: in which state which event leads where, and under which numeral."""

from __future__ import annotations

from enum import StrEnum

from ..errors import IllegalTransition
from ..model.petition import Clase, State


class Happening(StrEnum):
    """What may happen to a petition of Medios Electrónicos, or to a request or test of IMSS Digital."""

    PIDE_ACLARACION = "pide_aclaracion"
    PIDE_DATOS = "pide_datos"
    PROPONE_ORIENTACION = "propone_orientacion"
    PASA_A_CONSULTOR = "pasa_a_consultor"
    VENCE_PLAZO = "vence_plazo"
    SALE_ACLARACION = "sale_aclaracion"
    SALE_SOLICITUD_1 = "sale_solicitud_1"
    SALE_SOLICITUD_2 = "sale_solicitud_2"
    SALE_CONCLUSION = "sale_conclusion"
    SALE_ORIENTACION = "sale_orientacion"
    LLEGA_RESPUESTA = "llega_respuesta"
    REBOTA = "rebota"
    RECHAZAN_BORRADOR = "rechazan_borrador"
    CONCLUYE_CONSULTOR = "concluye_consultor"
    DESISTE = "desiste"
    CONCLUYE_COMO_ORIENTACION = "concluye_como_orientacion"
    CONCLUYE_SIN_CORREO = "concluye_sin_correo"
    REABRE = "reabre"
    REGISTRA = "registra"
    PROPONE_DERIVACION = "propone_derivacion"
    SALE_DERIVACION = "sale_derivacion"
    RESPONDE_AREA = "responde_area"
    NO_CONCLUYENTE = "no_concluyente"
    PIDE_COMPLEMENTO = "pide_complemento"
    SALE_RESPUESTA = "sale_respuesta"
    TURNA = "turna"
    SALE_TURNO = "sale_turno"
    PIDE_RATIFICAR = "pide_ratificar"
    SALE_RATIFICACION = "sale_ratificacion"
    CONSULTA_SUPERVISOR = "consulta_supervisor"
    SALE_CONSULTA = "sale_consulta"
    PROPONE_RESPUESTA = "propone_respuesta"
    CONFIRMA = "confirma"
    SALE_CONFIRMACION = "sale_confirmacion"
    SALE_RECHAZO = "sale_rechazo"
    CONVOCA_PRUEBA = "convoca_prueba"
    SALE_PRUEBA = "sale_prueba"
    LLEGA_ACUSE = "llega_acuse"
    ACUSA_PRUEBA = "acusa_prueba"
    SALE_ACUSE = "sale_acuse"
    ENVIA_SOLICITUD = "envia_solicitud"
    LLEGA_CONFIRMACION = "llega_confirmacion"
    LLEGA_RECHAZO = "llega_rechazo"


_S, _H = State, Happening
_WAITING = (_S.ESPERA_ACLARACION, _S.ESPERA_DATOS_1, _S.ESPERA_DATOS_2)
_WITH_STAFF = (_S.REVISION_CONSULTOR, _S.ORIENTACION_EN_REVISION, _S.CONTACTO_FALLIDO_CONSULTOR)
_HANDED = (_S.REGISTRADA_TURNADA, _S.PROPUESTA_ORGANO_NORMATIVO, _S.ESPERA_ORGANO_NORMATIVO, _S.RESPUESTA_POR_ENVIAR)
_AT_THE_ORGANO = (_S.ESPERA_ORGANO_NORMATIVO, _S.RESPUESTA_POR_ENVIAR)
_ASKED = (_S.ESPERA_SUPERVISOR, _S.ESPERA_CONSULTA_NORMATIVA)
_OPEN = (_S.MENSAJE_EN_COLA, *_WAITING, *_WITH_STAFF, *_HANDED, *_ASKED, _S.RATIFICACION_EN_REVISION)
_PROPOSED = (_S.SOLICITUD_EN_REVISION, _S.REVISION_CONSULTOR)
_AT_THE_OFFICE = (_S.ESPERA_CONFIRMACION, _S.SIN_CONFIRMACION, _S.CONFIRMACION_SIN_SOLICITUD)
_OPEN_SURVIVAL = (_S.SOLICITUD_EN_REVISION, _S.ESPERA_ACUSE, *_AT_THE_OFFICE)
_CLOSED_SURVIVAL = (
    _S.SUPERVIVENCIA_CONFIRMADA,
    _S.SUPERVIVENCIA_RECHAZADA,
    _S.PRUEBA_ACUSADA,
    _S.PRUEBA_SIN_ACUSE,
    _S.CONFIRMADA_POR_IMSS,
    _S.RECHAZADA_POR_IMSS,
)
_CLOSED = (
    _S.CONCLUIDA,
    _S.CONCLUIDA_ORIENTACION,
    _S.CONCLUIDA_DESINTERES,
    _S.CONCLUIDA_DESISTIMIENTO,
    _S.TURNADA_SIN_SEGUIMIENTO,
)

Rows = tuple[tuple[tuple[State, ...], Happening, State, str], ...]

# Each row: from these states, on this event, to that state, under that numeral. The diagram in docs/ is made from it.
ROWS: Rows = (
    ((_S.NUEVA, *_OPEN), _H.PIDE_ACLARACION, _S.MENSAJE_EN_COLA, "P a65"),
    ((_S.NUEVA, *_OPEN), _H.PIDE_DATOS, _S.MENSAJE_EN_COLA, "P a75–a76"),
    ((_S.NUEVA, *_OPEN), _H.PROPONE_ORIENTACION, _S.ORIENTACION_EN_REVISION, "P a68–a69"),
    ((_S.NUEVA, *_OPEN), _H.PASA_A_CONSULTOR, _S.REVISION_CONSULTOR, "P a66"),
    ((_S.ESPERA_DATOS_1,), _H.VENCE_PLAZO, _S.MENSAJE_EN_COLA, "P a77"),
    ((_S.ESPERA_DATOS_2,), _H.VENCE_PLAZO, _S.MENSAJE_EN_COLA, "P a78"),
    ((_S.ESPERA_DATOS_1,), _H.CONCLUYE_COMO_ORIENTACION, _S.CONCLUIDA_ORIENTACION, "P a28"),
    ((_S.ESPERA_DATOS_1,), _H.CONCLUYE_SIN_CORREO, _S.CONCLUIDA_DESINTERES, "P a37, a42"),
    ((_S.MENSAJE_EN_COLA, _S.REVISION_CONSULTOR), _H.SALE_ACLARACION, _S.ESPERA_ACLARACION, "P a65"),
    ((_S.MENSAJE_EN_COLA, _S.REVISION_CONSULTOR), _H.SALE_SOLICITUD_1, _S.ESPERA_DATOS_1, "P a76"),
    ((_S.MENSAJE_EN_COLA, _S.REVISION_CONSULTOR), _H.SALE_SOLICITUD_2, _S.ESPERA_DATOS_2, "P a77"),
    ((_S.MENSAJE_EN_COLA,), _H.SALE_CONCLUSION, _S.CONCLUIDA_DESINTERES, "P a78"),
    ((_S.ORIENTACION_EN_REVISION, _S.REVISION_CONSULTOR), _H.SALE_ORIENTACION, _S.CONCLUIDA_ORIENTACION, "P a70"),
    (_OPEN, _H.LLEGA_RESPUESTA, _S.REVISION_CONSULTOR, "P a79"),
    ((_S.MENSAJE_EN_COLA, *_WAITING, _S.REVISION_CONSULTOR), _H.REBOTA, _S.CONTACTO_FALLIDO_CONSULTOR, "P a66"),
    ((_S.ORIENTACION_EN_REVISION, *_CLOSED), _H.REBOTA, _S.CONTACTO_FALLIDO_CONSULTOR, "P a66"),
    # The area goes on working; only the person is out of reach.
    ((*_HANDED, *_ASKED, _S.RATIFICACION_EN_REVISION), _H.REBOTA, _S.CONTACTO_FALLIDO_CONSULTOR, "P a66"),
    (_OPEN, _H.RECHAZAN_BORRADOR, _S.REVISION_CONSULTOR, "P a66"),
    (_OPEN, _H.CONCLUYE_CONSULTOR, _S.CONCLUIDA, "P a85, a92"),
    (_OPEN, _H.DESISTE, _S.CONCLUIDA_DESISTIMIENTO, "P a85"),
    (_CLOSED, _H.REABRE, _S.REVISION_CONSULTOR, "P 5.66, 5.67"),
    ((_S.NUEVA, *_OPEN), _H.REGISTRA, _S.REGISTRADA_TURNADA, "P a79–a80"),
    ((_S.NUEVA, *_OPEN), _H.PROPONE_DERIVACION, _S.PROPUESTA_ORGANO_NORMATIVO, "P a87"),
    ((_S.PROPUESTA_ORGANO_NORMATIVO, _S.REVISION_CONSULTOR), _H.SALE_DERIVACION, _S.ESPERA_ORGANO_NORMATIVO, "P a90"),
    # A reminder leaves while the answer is awaited.
    ((_S.ESPERA_ORGANO_NORMATIVO,), _H.SALE_DERIVACION, _S.ESPERA_ORGANO_NORMATIVO, "P a91"),
    ((_S.REGISTRADA_TURNADA, *_WITH_STAFF), _H.RESPONDE_AREA, _S.RESPUESTA_POR_ENVIAR, "P a84"),
    ((_S.ESPERA_ORGANO_NORMATIVO, _S.RESPUESTA_POR_ENVIAR), _H.RESPONDE_AREA, _S.RESPUESTA_POR_ENVIAR, "P a91"),
    ((_S.PROPUESTA_ORGANO_NORMATIVO,), _H.RESPONDE_AREA, _S.RESPUESTA_POR_ENVIAR, "P a91"),
    ((*_AT_THE_ORGANO, *_WITH_STAFF), _H.NO_CONCLUYENTE, _S.PROPUESTA_ORGANO_NORMATIVO, "P 5.26, a91"),
    ((_S.RESPUESTA_POR_ENVIAR, _S.REVISION_CONSULTOR), _H.SALE_RESPUESTA, _S.CONCLUIDA, "P a85, a92"),
    ((_S.RESPUESTA_POR_ENVIAR, *_WITH_STAFF), _H.PIDE_COMPLEMENTO, _S.REGISTRADA_TURNADA, "P a86, 5.26"),
    ((_S.NUEVA, *_OPEN), _H.TURNA, _S.MENSAJE_EN_COLA, "P a123"),
    ((_S.MENSAJE_EN_COLA, _S.REVISION_CONSULTOR), _H.SALE_TURNO, _S.TURNADA_SIN_SEGUIMIENTO, "P a123"),
    ((_S.NUEVA, *_OPEN, *_CLOSED), _H.PIDE_RATIFICAR, _S.RATIFICACION_EN_REVISION, "P 5.14"),
    ((_S.RATIFICACION_EN_REVISION, _S.REVISION_CONSULTOR), _H.SALE_RATIFICACION, _S.CONCLUIDA, "P 5.14"),
    ((_S.NUEVA, *_OPEN), _H.CONSULTA_SUPERVISOR, _S.ESPERA_SUPERVISOR, "P a71"),
    ((_S.ESPERA_SUPERVISOR, _S.REVISION_CONSULTOR), _H.SALE_CONSULTA, _S.ESPERA_CONSULTA_NORMATIVA, "P a73"),
)

# The same for IMSS Digital, both sides: requests and tests at reception, requests and notices at a consular office.
SURVIVAL_ROWS: Rows = (
    ((_S.NUEVA,), _H.CONFIRMA, _S.MENSAJE_EN_COLA, "C"),
    ((_S.NUEVA,), _H.PROPONE_RESPUESTA, _S.SOLICITUD_EN_REVISION, "C"),
    ((_S.MENSAJE_EN_COLA, *_PROPOSED), _H.SALE_CONFIRMACION, _S.SUPERVIVENCIA_CONFIRMADA, "C"),
    ((_S.MENSAJE_EN_COLA, *_PROPOSED), _H.SALE_RECHAZO, _S.SUPERVIVENCIA_RECHAZADA, "C"),
    ((_S.SOLICITUD_EN_REVISION,), _H.SALE_ORIENTACION, _S.CONCLUIDA_ORIENTACION, "C"),
    ((_S.NUEVA,), _H.CONVOCA_PRUEBA, _S.MENSAJE_EN_COLA, "C"),
    ((_S.MENSAJE_EN_COLA,), _H.SALE_PRUEBA, _S.ESPERA_ACUSE, "C"),
    ((_S.ESPERA_ACUSE,), _H.VENCE_PLAZO, _S.PRUEBA_SIN_ACUSE, "C"),
    ((_S.MENSAJE_EN_COLA, _S.ESPERA_ACUSE, _S.PRUEBA_SIN_ACUSE), _H.LLEGA_ACUSE, _S.PRUEBA_ACUSADA, "C"),
    ((_S.NUEVA,), _H.ACUSA_PRUEBA, _S.MENSAJE_EN_COLA, "C"),
    ((_S.MENSAJE_EN_COLA, *_PROPOSED), _H.SALE_ACUSE, _S.PRUEBA_ACUSADA, "C"),
    ((_S.NUEVA,), _H.ENVIA_SOLICITUD, _S.ESPERA_CONFIRMACION, "C"),
    ((_S.CONFIRMACION_SIN_SOLICITUD,), _H.ENVIA_SOLICITUD, _S.CONFIRMADA_POR_IMSS, "C"),
    ((_S.ESPERA_CONFIRMACION,), _H.VENCE_PLAZO, _S.SIN_CONFIRMACION, "C"),
    ((_S.ESPERA_CONFIRMACION, _S.SIN_CONFIRMACION), _H.LLEGA_CONFIRMACION, _S.CONFIRMADA_POR_IMSS, "C"),
    ((_S.NUEVA,), _H.LLEGA_CONFIRMACION, _S.CONFIRMACION_SIN_SOLICITUD, "C"),
    ((_S.ESPERA_CONFIRMACION, _S.SIN_CONFIRMACION, _S.NUEVA), _H.LLEGA_RECHAZO, _S.RECHAZADA_POR_IMSS, "C"),
    (_OPEN_SURVIVAL, _H.PASA_A_CONSULTOR, _S.REVISION_CONSULTOR, "C"),
    (_OPEN_SURVIVAL, _H.RECHAZAN_BORRADOR, _S.REVISION_CONSULTOR, "C"),
    (_OPEN_SURVIVAL, _H.CONCLUYE_CONSULTOR, _S.CONCLUIDA, "C"),
    ((*_OPEN_SURVIVAL, *_CLOSED_SURVIVAL), _H.REBOTA, _S.CONTACTO_FALLIDO_CONSULTOR, "C"),
    (_CLOSED_SURVIVAL, _H.REABRE, _S.REVISION_CONSULTOR, "C"),
)

TABLE: dict[tuple[State, Happening], tuple[State, str]] = {
    (state, happening): (target, numeral)
    for states, happening, target, numeral in (*ROWS, *SURVIVAL_ROWS)
    for state in states
}

_SENT: dict[tuple[Clase, int], Happening] = {
    (Clase.ACLARACION, 1): _H.SALE_ACLARACION,
    (Clase.DATOS_COMPLEMENTARIOS, 1): _H.SALE_SOLICITUD_1,
    (Clase.DATOS_COMPLEMENTARIOS, 2): _H.SALE_SOLICITUD_2,
    (Clase.CONCLUSION_DESINTERES, 1): _H.SALE_CONCLUSION,
    (Clase.ORIENTACION, 1): _H.SALE_ORIENTACION,
    (Clase.DERIVACION_ORGANO_NORMATIVO, 1): _H.SALE_DERIVACION,
    (Clase.RESPUESTA_ORGANO_NORMATIVO, 1): _H.SALE_RESPUESTA,
    (Clase.RESPUESTA_LIBRE, 1): _H.SALE_RESPUESTA,
    (Clase.TURNO_OIC_SNTSS, 1): _H.SALE_TURNO,
    (Clase.RATIFICACION, 1): _H.SALE_RATIFICACION,
    (Clase.CONFIRMACION, 1): _H.SALE_CONFIRMACION,
    (Clase.RECHAZO, 1): _H.SALE_RECHAZO,
    (Clase.PRUEBA_CONECTIVIDAD, 1): _H.SALE_PRUEBA,
    (Clase.ACUSE_CONECTIVIDAD, 1): _H.SALE_ACUSE,
}


def step(state: State, happening: Happening) -> tuple[State, str]:
    """The next state and its numeral; IllegalTransition when the table has no such pair (the state stays)."""
    try:
        return TABLE[state, happening]
    except KeyError:
        raise IllegalTransition(
            f"«{happening}» no procede en el estado «{state}»",
            cure="revise la historia de la petición con «acuse show»; el estado quedó como estaba",
        ) from None


def on_sending(clase: Clase, turn: int) -> Happening | None:
    """What the real sending of a mail of this clase means for its petition, or None when it means nothing.

    An Órgano is asked as often as needed (P 5.26), so every one of those mails counts.
    """
    if clase is Clase.DERIVACION_ORGANO_NORMATIVO:
        return _H.SALE_DERIVACION
    return _SENT.get((clase, turn))


def as_mermaid(rows: Rows = ROWS) -> str:
    """One table as a state diagram, for docs/."""
    lines = ["stateDiagram-v2", "    [*] --> nueva"]
    pairs: dict[tuple[State, State], list[str]] = {}
    for states, happening, target, _ in rows:
        for state in states:
            pairs.setdefault((state, target), []).append(happening.value)
    lines += [f"    {a} --> {b}: {', '.join(sorted(set(names)))}" for (a, b), names in pairs.items()]
    return "\n".join(lines) + "\n"
