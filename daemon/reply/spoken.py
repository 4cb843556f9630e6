"""Keys of the procedure in words that a person reads: states, steps, classes of mail, types, terms, places of data."""

from __future__ import annotations

import re

from ..model.decision import Step
from ..model.petition import Clase, Petition, State, Type
from ..model.rules import RuleSet
from .variables import words_for_destination

TYPES = {
    Type.ORIENTACION: "orientación",
    Type.GESTION: "gestión",
    Type.QUEJA: "queja de servicio",
    Type.SUGERENCIA: "sugerencia",
    Type.RECONOCIMIENTO: "reconocimiento",
}
STEPS = {
    Step.ACLARACION: "pedir una aclaración (a65)",
    Step.DATOS_COMPLEMENTARIOS: "pedir los datos que faltan (a75–a76)",
    Step.ORIENTACION: "contestar con la orientación propuesta (a69)",
    Step.CONSULTOR: "que la atienda un consultor (a66)",
    Step.REGISTRO: "registrar en SIADE (a79)",
    Step.RATIFICAR: "ratificar la respuesta ya dada (5.14)",
    Step.CONFIRMAR: "confirmar la recepción",
    Step.RECHAZAR: "rechazar la solicitud, con sus motivos",
    Step.ACUSAR: "acusar recibo",
    # A ficha beside a step that answers nobody (a bounce) says in its reasons what a person is to do.
    Step.SIN_RESPUESTA: "",
}
STATES = {
    State.NUEVA: "nueva",
    State.MENSAJE_EN_COLA: "mensaje por salir",
    State.ESPERA_ACLARACION: "en espera de que la persona aclare",
    State.ESPERA_DATOS_1: "en espera de datos (primera solicitud)",
    State.ESPERA_DATOS_2: "en espera de datos (segunda solicitud)",
    State.ORIENTACION_EN_REVISION: "orientación en revisión",
    State.REVISION_CONSULTOR: "la revisa un consultor",
    State.REGISTRADA_TURNADA: "registrada en SIADE y turnada a su área",
    State.PROPUESTA_ORGANO_NORMATIVO: "propuesta al Órgano normativo en revisión",
    State.ESPERA_ORGANO_NORMATIVO: "en espera del Órgano normativo",
    State.RESPUESTA_POR_ENVIAR: "la respuesta está por enviarse",
    State.RATIFICACION_EN_REVISION: "ratificación en revisión",
    State.ESPERA_SUPERVISOR: "en espera del supervisor",
    State.ESPERA_CONSULTA_NORMATIVA: "en espera de lo que se consultó al Órgano normativo",
    State.CONTACTO_FALLIDO_CONSULTOR: "contacto fallido: busque otro medio",
    State.CONCLUIDA_ORIENTACION: "concluida con orientación",
    State.CONCLUIDA_DESINTERES: "concluida por desinterés o falta de información",
    State.CONCLUIDA_DESISTIMIENTO: "concluida porque la persona desistió",
    State.CONCLUIDA: "concluida",
    State.TURNADA_SIN_SEGUIMIENTO: "turnada a otra instancia, sin seguimiento",
    State.SOLICITUD_EN_REVISION: "la respuesta a la oficina consular está en revisión",
    State.SUPERVIVENCIA_CONFIRMADA: "confirmada a la oficina consular",
    State.SUPERVIVENCIA_RECHAZADA: "no procesada: se dijo a la oficina consular por qué",
    State.ESPERA_ACUSE: "en espera del acuse de la prueba de conectividad",
    State.PRUEBA_ACUSADA: "prueba de conectividad con acuse",
    State.PRUEBA_SIN_ACUSE: "prueba de conectividad sin acuse a su fecha",
    State.ESPERA_CONFIRMACION: "en espera de la confirmación del IMSS",
    State.SIN_CONFIRMACION: "sin confirmación del IMSS en su plazo",
    State.CONFIRMADA_POR_IMSS: "confirmada por el IMSS",
    State.RECHAZADA_POR_IMSS: "no procesada por el IMSS",
    State.CONFIRMACION_SIN_SOLICITUD: "el IMSS confirmó una solicitud que no está en este buzón",
}
CLASES = {
    Clase.ACLARACION: "aclaración",
    Clase.DATOS_COMPLEMENTARIOS: "solicitud de datos",
    Clase.CONCLUSION_DESINTERES: "conclusión por desinterés o falta de información",
    Clase.ORIENTACION: "orientación",
    Clase.ACUSE_CDAOD: "acuse de turno a CDAOD o JDAOD",
    Clase.ACUSE_ORGANO_NORMATIVO: "acuse de turno al Órgano normativo",
    Clase.DERIVACION_ORGANO_NORMATIVO: "derivación al Órgano normativo",
    Clase.DERIVACION_OIC_SNTSS: "turno al OIC o al SNTSS, para su enlace",
    Clase.RESPUESTA_ORGANO_NORMATIVO: "respuesta del Órgano normativo",
    Clase.RATIFICACION: "ratificación de la respuesta",
    Clase.AVISO_FOLIO: "aviso del folio de SIADE",
    Clase.TURNO_OIC_SNTSS: "turno al OIC o al SNTSS",
    Clase.CONFIRMACION: "confirmación de recepción",
    Clase.RECHAZO: "rechazo de la solicitud",
    Clase.ACUSE_CONECTIVIDAD: "acuse de la prueba de conectividad",
    Clase.PRUEBA_CONECTIVIDAD: "prueba de conectividad",
    Clase.RESPUESTA_LIBRE: "respuesta escrita por un consultor",
    Clase.FICHA: "ficha",
    Clase.AVISO_INTERNO: "aviso interno",
    Clase.INFORME: "informe de la mañana",
}
TERMS = {
    "segunda_solicitud": "segunda solicitud",
    "conclusion_desinteres": "conclusión por desinterés o falta de información",
    "aclaracion_sin_plazo": "aclaración, sin plazo normado",
    "confirmacion_supervivencia": "confirmación de supervivencia",
    "consulta_sin_plazo": "consulta, sin plazo normado",
    "acuse_sin_folio": "acuse sin el folio de SIADE",
    "respuesta_cdaod": "respuesta de la CDAOD o JDAOD",
    "respuesta_organo_normativo": "respuesta del Órgano normativo",
    "recordatorio_area": "respuesta al recordatorio",
}
WHERE = {
    "asunto": "en el asunto",
    "cuerpo": "en el texto",
    "cita": "en el texto citado",
    "adjunto": "en un adjunto",
    "remitente": "remitente",
}

MISSING = {"nss": "NSS", "contacto": "medio de contacto"}

_KEY = re.compile(r"(?<![\w./@-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w@-]|\.\w)")
_MISSING = re.compile(r"(?<=falta: )[a-z]+(?:, [a-z]+)*")
_NAMED = re.compile(r"\b(asunto sensible|tema): ([a-z0-9_]+)")
# These keys are words but for their accent.
_UNACCENTED = re.compile(r"\b(aclarac|orientac|ratificac|confirmac|gest)ion\b")
_UNNAMED = "asunto que debe ver una persona"


def sensitive(petition: Petition, rules: RuleSet) -> str:
    """The sensitive matter by the name that rules/sensibles.yaml gives it; '' when there is none."""
    return _matter(petition.sensitive, rules) if petition.sensitive else ""


def in_words(line: str, rules: RuleSet) -> str:
    """A line of a reason or of the history with keys replaced by their words; whatever is no key of ours stays."""
    named = _NAMED.sub(lambda match: f"{match[1]}: {_name(match[1], match[2], rules)}", line)
    missing = _MISSING.sub(lambda match: ", ".join(MISSING.get(key, key) for key in match[0].split(", ")), named)
    return _KEY.sub(lambda match: _key(match[0], rules), missing)


def accented(line: str) -> str:
    """A line of our own history, where single keys lack their accent."""
    return _UNACCENTED.sub(r"\1ión", line)


def term(name: str) -> str:
    """How a term is called."""
    return TERMS.get(name, name.replace("_", " "))


def _matter(key: str, rules: RuleSet) -> str:
    return next((rule.nombre for rule in rules.sensibles if rule.clave == key), _UNNAMED)


def _name(label: str, key: str, rules: RuleSet) -> str:
    if label != "tema":
        return _matter(key, rules)
    tema = rules.tema(key)
    return tema.nombre if tema else key.replace("_", " ")


def _key(key: str, rules: RuleSet) -> str:
    words = {**{str(named): said for named, said in (*CLASES.items(), *STATES.items())}, **TERMS}
    destination = words_for_destination(key)
    tema = rules.tema(key)
    return words.get(key) or (destination if destination != "ninguno" else "") or (tema.nombre if tema else key)
