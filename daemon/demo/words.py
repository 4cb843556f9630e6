"""How the demo's screen names things: kinds, steps, dispositions, states and kinds of mail, in a few Spanish words."""

from __future__ import annotations

import re

from ..model.decision import Decision, Disposition, Reason, Step
from ..model.mail import Kind, Reading
from ..model.petition import Clase, State, Type

KIND = {
    Kind.PETICION: "petición",
    Kind.SEGUIMIENTO: "seguimiento",
    Kind.COPIA_DE_CONTEO: "copia de conteo",
    Kind.REBOTE: "rebote",
    Kind.RESPUESTA_AUTOMATICA: "automático",
    Kind.LISTA: "lista o boletín",
    Kind.PERSONAL: "de la oficina",
    Kind.ENLACE: "de un enlace",
    Kind.NO_SOLICITADO: "publicidad",
    Kind.SOSPECHOSO: "sospechoso",
    Kind.SOLICITUD_SUPERVIVENCIA: "supervivencia",
    Kind.CONFIRMACION_SUPERVIVENCIA: "confirmación",
    Kind.RECHAZO_SUPERVIVENCIA: "rechazo",
    Kind.PRUEBA_CONECTIVIDAD: "conectividad",
}
TYPE = {
    Type.ORIENTACION: "orientación",
    Type.GESTION: "gestión",
    Type.QUEJA: "queja",
    Type.SUGERENCIA: "sugerencia",
    Type.RECONOCIMIENTO: "reconocimiento",
}
STEP = {
    Step.ACLARACION: "aclarar",
    Step.DATOS_COMPLEMENTARIOS: "datos",
    Step.ORIENTACION: "orientar",
    Step.CONSULTOR: "consultor",
    Step.REGISTRO: "registrar",
    Step.RATIFICAR: "ratificar",
    Step.CONFIRMAR: "confirmar",
    Step.RECHAZAR: "rechazar",
    Step.ACUSAR: "acusar",
    Step.SIN_RESPUESTA: "ninguno",
}
STEP_TOLD = {
    Step.ACLARACION: "pedir que aclare qué solicita",
    Step.DATOS_COMPLEMENTARIOS: "pedir los datos que faltan",
    Step.ORIENTACION: "orientar con la plantilla del tema",
    Step.CONSULTOR: "pasa a un consultor; no se escribe a la persona",
    Step.REGISTRO: "se registra en SIADE y se turna",
    Step.RATIFICAR: "ratificar la respuesta que ya se dio",
    Step.CONFIRMAR: "confirmar la recepción, con el comprobante en duplicado",
    Step.RECHAZAR: "rechazar, con todos los motivos a la vez y cómo corregirlos",
    Step.ACUSAR: "acusar recibo",
    Step.SIN_RESPUESTA: "no se contesta",
}
DISPOSITION = {
    Disposition.ENVIAR: "sale solo",
    Disposition.REVISAR: "se revisa",
    Disposition.NINGUNA: "sin correo",
}
CLASE = {
    Clase.ACLARACION: "aclaración",
    Clase.DATOS_COMPLEMENTARIOS: "solicitud de datos",
    Clase.CONCLUSION_DESINTERES: "conclusión",
    Clase.ORIENTACION: "orientación",
    Clase.ACUSE_CDAOD: "acuse con folio",
    Clase.ACUSE_ORGANO_NORMATIVO: "acuse con folio",
    Clase.DERIVACION_ORGANO_NORMATIVO: "propuesta al Órgano",
    Clase.RESPUESTA_ORGANO_NORMATIVO: "respuesta del Órgano",
    Clase.RATIFICACION: "ratificación",
    Clase.AVISO_FOLIO: "aviso del folio",
    Clase.RESPUESTA_LIBRE: "respuesta",
    Clase.CONFIRMACION: "confirmación",
    Clase.ACUSE_CONECTIVIDAD: "acuse de recibo",
    Clase.PRUEBA_CONECTIVIDAD: "prueba de conectividad",
}
STATE = {
    State.MENSAJE_EN_COLA: "correo por salir",
    State.ESPERA_ACLARACION: "espera aclaración",
    State.ESPERA_DATOS_1: "espera datos",
    State.ESPERA_DATOS_2: "espera datos, 2.ª vez",
    State.ORIENTACION_EN_REVISION: "orientación en revisión",
    State.REVISION_CONSULTOR: "con un consultor",
    State.REGISTRADA_TURNADA: "turnada por SIADE",
    State.PROPUESTA_ORGANO_NORMATIVO: "propuesta al Órgano",
    State.ESPERA_ORGANO_NORMATIVO: "espera al Órgano",
    State.RESPUESTA_POR_ENVIAR: "respuesta en revisión",
    State.CONTACTO_FALLIDO_CONSULTOR: "contacto fallido",
    State.CONCLUIDA_ORIENTACION: "concluida",
    State.CONCLUIDA_DESINTERES: "concluida sin datos",
    State.SOLICITUD_EN_REVISION: "respuesta en revisión",
    State.SUPERVIVENCIA_CONFIRMADA: "confirmada",
    State.SUPERVIVENCIA_RECHAZADA: "rechazada",
    State.PRUEBA_ACUSADA: "con acuse",
    State.ESPERA_CONFIRMACION: "espera confirmación",
    State.SIN_CONFIRMACION: "sin confirmación",
    State.CONFIRMADA_POR_IMSS: "confirmada por el IMSS",
    State.RECHAZADA_POR_IMSS: "rechazada por el IMSS",
}
TERM = {
    "segunda_solicitud": "segunda solicitud",
    "conclusion_desinteres": "conclusión por desinterés",
    "aclaracion_sin_plazo": "aparece en el informe diario",
    "acuse_sin_folio": "el acuse sale sin folio, si no llega",
    "respuesta_cdaod": "contesta la CDAOD o JDAOD",
    "respuesta_organo_normativo": "contesta el Órgano normativo",
    "limite_acuse": "fecha límite del acuse",
    "recordatorio_acuse": "recordatorio, si no hay acuse",
    "confirmacion_supervivencia": "alarma, si el IMSS no confirma",
}

_MISSING = {"nombre": "el nombre completo", "nss": "el NSS", "contacto": "un medio de contacto"}


def plain(name: str) -> str:
    """A key of the program as words, for what has no entry above."""
    return name.replace("_", " ")


def clase(name: Clase) -> str:
    return CLASE.get(name, plain(name.value))


def state(name: State | None) -> str:
    return "—" if name is None else STATE.get(name, plain(name.value))


def requests(decision: Decision, reading: Reading | None = None) -> list[str]:
    """Each survival request that a mail brings or answers, in a line; of an NSS only its end is shown."""
    forms = [(form.fields.get("oficina_consular"), form.fields, None) for form in decision.forms]
    told = [(None, {"id_tramite": n.id_tramite, "nss": n.nss}, n.receipt) for n in reading.notices] if reading else []
    lines = []
    for office, fields, receipt in (*forms, *told):
        tramite, nss = fields.get("id_tramite"), fields.get("nss")
        parts = (
            office,
            f"ID Trámite {tramite}" if tramite else None,
            f"NSS ***…{nss[-2:]}" if nss else None,
            f"recibo {receipt}" if receipt else None,
        )
        lines.append(" · ".join(part for part in parts if part))
    return [line for line in lines if line]


def step(decision: Decision) -> str:
    """What follows, told; what an enlace answers goes to a person who decides about it (P 5.26)."""
    if decision.kind is Kind.ENLACE:
        return "un consultor ve si la respuesta es concluyente"
    return STEP_TOLD.get(decision.step, plain(decision.step))


def why(decision: Decision, reading: Reading) -> list[tuple[str, str]]:
    """What decided, as (numeral, what was found): every fault of a survival request, the motives that IMSS gives of
    its refusal; of anything else the one or two reasons of what it is about and of the step."""
    if decision.kind is Kind.SOLICITUD_SUPERVIVENCIA:
        aside = ("disposicion_", "guarda_")
        return [(r.numeral, r.evidence) for r in decision.reasons if not r.rule.startswith(aside)]
    if decision.kind in (Kind.CONFIRMACION_SUPERVIVENCIA, Kind.RECHAZO_SUPERVIVENCIA):
        return [("C", motive) for notice in reading.notices for motive in notice.reasons]
    hits = [reason for reason in decision.reasons if reason.hit]
    causes = [r for r in hits if r.rule.startswith(("sensible:", "urgencia", "claridad", "pertenencia_"))]
    topic = [r for r in hits if decision.topic and r.rule == f"tema:{decision.topic}" and decision.clear]
    ours = ("tipo:", "tema:", "disposicion_", "guarda_")
    steps = [r for r in hits if r not in causes and not r.rule.startswith(ours)]
    chosen = [*(causes or topic)[:1], *steps[-1:]]
    return [(reason.numeral, _evidence(reason, decision)) for reason in chosen]


def held(decision: Decision, clase: Clase) -> tuple[str, str] | None:
    """Why a mail of this kind leaves by itself or waits: the guard that held it, else the rule of its kind; (numeral,
    reason). None when the decision was about another mail."""
    rules = [
        r for r in decision.reasons if r.hit and (r.rule.startswith("guarda_") or r.rule == f"disposicion_{clase}")
    ]
    rules.sort(key=lambda reason: not reason.rule.startswith("guarda_"))
    return (rules[0].numeral, rules[0].evidence) if rules else None


def _evidence(reason: Reason, decision: Decision) -> str:
    """What a person can check in the mail: of a topic's evidence only the words that stand there."""
    if reason.rule == "paso_datos_complementarios":
        return "falta " + " y ".join(_MISSING.get(name, plain(name)) for name in decision.missing)
    if reason.rule == "paso_sensible":
        return "un asunto sensible nunca recibe respuesta automática"
    if not reason.rule.startswith("tema:"):
        return reason.evidence
    quoted = list(dict.fromkeys(re.findall(r"«[^»]+»", reason.evidence)))
    name = reason.evidence.partition(" (")[0]
    return f"{name}: {', '.join(quoted[:3])}" if quoted else f"{name}, por parecido con los ejemplos de la regla"
