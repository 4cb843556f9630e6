"""A Ficha effect to an internal mail: everything a consultant needs to decide, and the form to answer with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..errors import TemplateFailed
from ..model.decision import Decision, Ficha, Step
from ..model.mail import Attachment, Found, PersonData, Reading
from ..model.outgoing import Draft, InternalMail
from ..model.petition import Clase, HistoryEntry, Petition, State, Term, Type
from ..model.rules import RuleSet
from ..model.templates import TemplateSet
from .clean import Markdown, escape, one_line, plain_as_markdown, subject_of
from .internal import Sheet, internal_mail
from .markdown import to_html, to_text
from .render import body, page
from .variables import PIDE, long_date, long_time, words_for_destination

_MAX_ORIGINAL = 8000
_MAX_SUBJECT = 120

# The form that ends a ficha, between lines that its reader (daemon.read.ficha) looks for.
FORM_START = "Inicio del formulario"
FORM_END = "Fin del formulario"
FORM_KEYS = ("NSS", "nombre", "teléfono", "tipo", "destino", "tema", "concluyente", "nota", "concluir")
# A petitioner who writes these lines must not be able to fill in the form for the consultant.
_MARKS = re.compile(r"(?im)^[ \t>|*#]*((?:inicio|fin) del formulario|ficha de la petici[oó]n)")

_TYPES = {
    Type.ORIENTACION: "orientación",
    Type.GESTION: "gestión",
    Type.QUEJA: "queja de servicio",
    Type.SUGERENCIA: "sugerencia",
    Type.RECONOCIMIENTO: "reconocimiento",
}
_STEPS = {
    Step.ACLARACION: "pedir una aclaración (a65)",
    Step.DATOS_COMPLEMENTARIOS: "pedir los datos que faltan (a75–a76)",
    Step.ORIENTACION: "contestar con la orientación propuesta (a69)",
    Step.CONSULTOR: "que la atienda un consultor (a66)",
    Step.REGISTRO: "registrar en SIADE (a79)",
    Step.RATIFICAR: "ratificar la respuesta ya dada (5.14)",
    Step.CONFIRMAR: "confirmar la recepción",
    Step.RECHAZAR: "rechazar la solicitud, con sus motivos",
    Step.ACUSAR: "acusar recibo",
    Step.SIN_RESPUESTA: "no contestar",
}
_STATES = {
    State.MENSAJE_EN_COLA: "mensaje por salir",
    State.ESPERA_ACLARACION: "en espera de que la persona aclare",
    State.ESPERA_DATOS_1: "en espera de datos (primera solicitud)",
    State.ESPERA_DATOS_2: "en espera de datos (segunda solicitud)",
    State.ORIENTACION_EN_REVISION: "orientación en revisión",
    State.REVISION_CONSULTOR: "la revisa un consultor",
    State.PROPUESTA_ORGANO_NORMATIVO: "propuesta al Órgano normativo en revisión",
    State.ESPERA_ORGANO_NORMATIVO: "en espera del Órgano normativo",
    State.RATIFICACION_EN_REVISION: "ratificación en revisión",
    State.CONCLUIDA_ORIENTACION: "concluida con orientación",
    State.CONCLUIDA_DESINTERES: "concluida por desinterés o falta de información",
}
_DATA = {
    "nombre": "Nombre",
    "nss": "NSS",
    "curp": "CURP",
    "rfc": "RFC",
    "registro_patronal": "Registro patronal",
    "telefono": "Teléfono",
    "correo": "Correo",
    "unidad": "Unidad",
    "folio": "Folio de SIADE",
}
_WHERE = {
    "asunto": "en el asunto",
    "cuerpo": "en el texto",
    "cita": "en el texto citado",
    "adjunto": "en un adjunto",
    "remitente": "del remitente",
}
_FAULTS = {
    "cifrado": "está protegido con contraseña",
    "truncado": "está incompleto",
    "escaneado": "es una imagen: ábralo para leerlo",
    "enorme": "es demasiado grande para leerlo aquí",
    "no_es_pdf": "no es un PDF",
    "tiempo": "tardó demasiado en leerse",
    "memoria": "ocupa demasiada memoria",
}


def compose_ficha(
    ficha: Ficha,
    *,
    petition: Petition,
    decision: Decision | None,
    reading: Reading | None,
    drafts: Sequence[Draft],
    history: Sequence[HistoryEntry],
    rules: RuleSet,
    templates: TemplateSet,
    now: datetime,
    ordinal: int,
    key: bytes,
) -> InternalMail:
    """The data sheet that lies beside a draft (DESIGN §6), from `templates/ficha.md`, addressed to its own account.

    `ordinal` counts this petition's internal mails from 1. `reading` is the message that led here, None when a term
    or a person did; `drafts` those that it accompanies; `history` this petition's lines and its antecedents'.
    TemplateFailed when the template is missing or names what a ficha does not offer.
    """
    template = templates.get("ficha")
    if template is None:
        raise TemplateFailed("no existe la plantilla de la ficha", where="templates/ficha.md", cure="repóngala")
    tema = rules.tema(petition.topic)
    values = _values(ficha, petition, decision, reading, drafts, history, rules)
    markdown = body(template, values)
    mark = "URGENTE · " if ficha.urgent else ""
    room = _MAX_SUBJECT - len(mark) - len(petition.folio) - 9
    subject = f"{mark}Ficha [{petition.folio}] {subject_of(tema.nombre if tema else 'sin tema reconocido', room)}"
    html = page(
        templates.layout_html,
        asunto=subject,
        preheader=ficha.why[0] if ficha.why else "",
        encabezado="Ficha interna · no se envía a la persona",
        cuerpo=to_html(markdown),
        urgente=ficha.urgent,
    )
    sheet = Sheet(Clase.FICHA, petition.account, petition.account, subject, to_text(markdown), html, ficha.urgent)
    return internal_mail(sheet, petition=petition, rules=rules, now=now, ordinal=ordinal, key=key)


def _values(
    ficha: Ficha,
    petition: Petition,
    decision: Decision | None,
    reading: Reading | None,
    drafts: Sequence[Draft],
    history: Sequence[HistoryEntry],
    rules: RuleSet,
) -> dict[str, Any]:
    zone = rules.calendario.zona
    tema = rules.tema(petition.topic)
    author = reading.author if reading else None
    return {
        "referencia": petition.folio,
        "tema": tema.nombre if tema else "",
        "urgente": ficha.urgent,
        "sensible": _sensitive(petition, rules),
        "porque": list(ficha.why),
        "estado": _STATES.get(petition.state, petition.state.value.replace("_", " ")),
        "tipo": _TYPES[petition.type] if petition.type else "",
        "destino": words_for_destination(petition.destination),
        "propuesta": _STEPS[decision.step] if decision else "",
        "confianza": f"{petition.confidence:.0%}".replace("%", " %") if petition.confidence else "",
        "remitente": one_line(f"{author.name} <{author.email}>") if author else petition.petitioner,
        "recibido": long_time(reading.received_at if reading else petition.opened_at, zone),
        "original_asunto": one_line(reading.subject if reading else petition.subject),
        "datos": _data_lines(petition.data, reading),
        "faltan": [PIDE.get(name, name) for name in petition.missing],
        "dudas": [*(reading.doubts if reading else ()), *(reading.faults if reading else ())],
        "reglas": [f"{r.numeral}: {r.evidence}" for r in decision.reasons if r.hit] if decision else [],
        "antecedentes": [_history_line(entry, zone) for entry in history],
        "plazos": [_term_line(term, zone) for term in petition.terms],
        "borradores": [_draft_line(draft) for draft in drafts],
        "aprobadas": rules.carpetas.aprobadas,
        "rechazadas": rules.carpetas.rechazadas,
        "adjuntos": [_attachment_line(file) for file in (reading.attachments if reading else ())],
        "original": _quoted(reading.text if reading else ""),
        "formulario": Markdown("  \n".join([FORM_START, *(f"{name}:" for name in FORM_KEYS), FORM_END])),
    }


def _sensitive(petition: Petition, rules: RuleSet) -> str:
    named = next((rule.nombre for rule in rules.sensibles if rule.clave == petition.sensitive), None)
    return named or petition.sensitive or ""


def _data_lines(data: PersonData, reading: Reading | None) -> list[tuple[str, str, str]]:
    """(datum, value, where it stands) for what is taken, and for every other candidate that was seen."""
    lines: list[tuple[str, str, str]] = []
    found = reading.found if reading else {}
    for name, label in _DATA.items():
        taken = getattr(data, name)
        candidates = found.get(name, ())
        if taken:
            place = next((f for f in candidates if f.value == taken), None)
            lines.append((label, str(taken), _place(place)))
        for other in dict.fromkeys(f for f in candidates if f.value != taken):
            note = f", {other.note}" if other.note else ""
            lines.append((f"{label} (visto, no tomado)", other.value, f"{_place(other)}{note}"))
    return lines


def _place(found: Found | None) -> str:
    if found is None:
        return "de un mensaje anterior o de la oficina"
    where = _WHERE.get(found.where, found.where)
    return where if found.raw == found.value else f"{where}, escrito «{one_line(found.raw)[:60]}»"


def _history_line(entry: HistoryEntry, zone: str) -> str:
    numeral = f" ({entry.numeral})" if entry.numeral else ""
    who = f" — {entry.actor}" if entry.actor != "acuse" else ""
    return f"{long_time(entry.at, zone)}: {entry.text}{numeral}{who}"


def _term_line(term: Term, zone: str) -> str:
    skipped = "; ".join(f"{long_date(day)}: {why}" for day, why in term.skipped)
    tail = f". Días que no cuentan: {skipped}" if skipped else ""
    return f"{term.name.replace('_', ' ')} ({term.numeral}): vence el {long_time(term.due_at, zone)}{tail}"


def _draft_line(draft: Draft) -> str:
    return f"«{draft.subject}», para {draft.to} ({draft.clase.value.replace('_', ' ')}, borrador {draft.ordinal})"


def _attachment_line(file: Attachment) -> str:
    size = f"{max(1, file.size // 1024):,} KB".replace(",", " ")
    if file.fault:
        read = f"no se leyó: {_FAULTS.get(file.fault, file.fault)}"
    elif file.text.strip():
        words = one_line(file.text)
        read = "se leyó: «" + (words if len(words) <= 300 else words[:299] + "…") + "»"
    else:
        read = "no se leyó: ábralo en el mensaje original"
    return f"{one_line(file.file) or 'sin nombre'} ({file.content_type}, {size}): {read}"


def _quoted(text: str) -> Markdown:
    """The person's words as a quotation, complete up to the limit; their links are not made clickable."""
    if not text.strip():
        return Markdown("")
    cut = _MARKS.sub(r"· \1", text[:_MAX_ORIGINAL])
    lines = plain_as_markdown(cut, links=False).split("\n")
    if len(text) > _MAX_ORIGINAL:
        lines += ["", escape(f"[…] Faltan {len(text) - _MAX_ORIGINAL} caracteres: véalos en el mensaje original.")]
    return Markdown("\n".join(f"> {line}".rstrip(" ") + ("  " if line.endswith("  ") else "") for line in lines))
