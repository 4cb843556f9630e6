"""A Ficha effect to an internal mail: everything a consultant needs to decide, and the form to answer with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..errors import TemplateFailed
from ..model.decision import Decision, Ficha, Reason
from ..model.mail import Attachment, Found, Kind, Reading
from ..model.outgoing import Draft, InternalMail
from ..model.petition import Clase, HistoryEntry, Petition, Term
from ..model.rules import RuleSet
from ..model.survey import survey_address
from ..model.survival import Form
from ..model.templates import TemplateSet
from ..model.words import comparable
from . import spoken
from .clean import Markdown, escape, one_line, plain_as_markdown, subject_of
from .compose import enclosed, proposed
from .duplicate import EMPTY, file_name, short_date
from .internal import Sheet, internal_mail
from .markdown import to_html, to_text
from .message import original as enclosed_mail
from .offices import LABELS, receipt_values
from .render import body, page
from .variables import PIDE, long_date, long_time, words_for_destination

_MAX_ORIGINAL = 8000
_MAX_SUBJECT = 120
# Mail servers take 25 MB and more, but a consultant's mailbox gets sixty of these a day.
_MAX_ATTACHED = 8_000_000
# What our own reading leaves where it did not fetch a large part (daemon.edge.imap_large).
_OMITTED = b"X-Acuse-Omitido"

# The form that ends a ficha, between lines that its reader (daemon.read.ficha) looks for.
FORM_START = "Inicio del formulario"
FORM_END = "Fin del formulario"
FORM_KEYS = (
    *("NSS", "nombre", "teléfono", "tipo", "destino", "tema", "concluyente", "faltan", "seguir", "nota", "concluir"),
    "consultar",
    # Last, because its text runs to the end.
    "respuesta",
)
# IMSS Digital has no topics and turns nothing over: there a person only notes and concludes.
DIGITAL_KEYS = ("nota", "concluir")
# A petitioner who writes these lines must not be able to fill in the form for the consultant.
_MARKS = ("inicio del formulario", "fin del formulario", "ficha de la peticion")

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
_FAULTS = {
    "cifrado": "está protegido con contraseña",
    "truncado": "está incompleto",
    "escaneado": "es una imagen: ábralo para leerlo",
    "enorme": "es demasiado grande para leerlo aquí",
    "no_es_pdf": "no es un PDF",
    "tiempo": "tardó demasiado en leerse",
    "memoria": "ocupa demasiada memoria",
    "xfa": "es un formulario que solo muestra Adobe Reader",
}
# Mail of these kinds is filed in the folder of IMSS Digital (DESIGN §4).
_EXCHANGED = frozenset(
    {
        Kind.SOLICITUD_SUPERVIVENCIA,
        Kind.CONFIRMACION_SUPERVIVENCIA,
        Kind.RECHAZO_SUPERVIVENCIA,
        Kind.PRUEBA_CONECTIVIDAD,
    }
)


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
    to: str | None = None,
    original: bytes | None = None,
) -> InternalMail:
    """The data sheet that lies beside a draft (DESIGN §6), from `templates/ficha.md`, addressed to its own account.

    With `to` it is a mail to one of our own people instead, with the `original` message attached (P a66).

    `ordinal` counts this petition's internal mails from 1. `reading` is the message that led here, None when a term
    or a person did; `drafts` those that it accompanies; `history` this petition's lines and its antecedents'.
    TemplateFailed when the template is missing or names what a ficha does not offer.
    """
    template = templates.get("ficha")
    if template is None:
        raise TemplateFailed("no existe la plantilla de la ficha", where="templates/ficha.md", cure="repóngala")
    tema = rules.tema(petition.topic)
    files = enclosed(ficha.receipts, rules)
    values = _values(ficha, petition, decision, reading, drafts, history, rules)
    if ficha.proposal:
        subject, text = proposed(ficha.proposal, petition=petition, rules=rules, templates=templates, key=key)
        values["propuesto_asunto"] = subject
        values["propuesto"] = Markdown(_defused(text))
        values["propuesto_formatos"] = list(ficha.proposal.files)
    values["encuesta"] = survey_address(rules.casa.encuesta, petition.folio, key)
    if to and original is not None:
        values["adjunto_original"] = _whole(original)
        files = (*files, *((enclosed_mail(original),) if len(original) <= _MAX_ATTACHED else ()))
    markdown = body(template, values)
    matter = spoken.sensitive(petition, rules)
    mark = ("URGENTE · " if ficha.urgent else "") + ("SENSIBLE · " if matter else "")
    room = _MAX_SUBJECT - len(mark) - len(petition.folio) - 9
    unnamed = "IMSS Digital" if _is_digital(petition, rules) else "sin tema reconocido"
    subject = f"{mark}Ficha [{petition.folio}] {subject_of(tema.nombre if tema else unnamed, room)}"
    if ficha.subject:
        subject = f"{mark}{subject_of(ficha.subject, room)} [{petition.folio}]"
    html = page(
        templates.layout_html,
        asunto=subject,
        preheader=matter or (spoken.in_words(ficha.why[0], rules) if ficha.why else ""),
        encabezado="Ficha interna · no se envía a la persona",
        cuerpo=to_html(markdown),
        urgente=ficha.urgent,
    )
    # A sensitive petition is flagged like an urgent one: both are what a consultant opens first.
    flagged = ficha.urgent or bool(matter)
    clase = Clase.AVISO_INTERNO if to else Clase.FICHA
    sheet = Sheet(clase, petition.account, to or petition.account, subject, to_text(markdown), html, flagged, files)
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
    digital, lugar = _is_digital(petition, rules), rules.lugar(petition.lugar)
    porque = [spoken.in_words(why, rules) for why in ficha.why]
    doubts = [*(reading.doubts if reading else ()), *(reading.faults if reading else ())]
    reasons = [reason for reason in decision.reasons if reason.hit] if decision else []
    if digital:
        # What stands above as a reason to look is not said again below.
        doubts = [doubt for doubt in doubts if not _said(doubt, ficha)]
        reasons = [reason for reason in reasons if not _said(reason.evidence, ficha)]
        porque = [_capital(why) for why in porque]
    return {
        "referencia": petition.folio,
        "tema": tema.nombre if tema else "",
        "urgente": ficha.urgent,
        "sensible": spoken.sensitive(petition, rules),
        "porque": porque,
        "estado": spoken.STATES[petition.state],
        "tipo": spoken.TYPES[petition.type] if petition.type else "",
        "destino": words_for_destination(petition.destination),
        "propuesta": spoken.STEPS[decision.step] if decision else "",
        "confianza": f"{petition.confidence:.0%}".replace("%", " %") if petition.confidence and not digital else "",
        "remitente": one_line(f"{author.name} <{author.email}>") if author else petition.petitioner,
        "recibido": long_time(reading.received_at if reading else petition.opened_at, zone),
        "original_asunto": one_line(reading.subject if reading else petition.subject),
        "datos": _data_lines(petition, reading),
        "faltan": [PIDE.get(name, name) for name in petition.missing],
        "dudas": doubts,
        "reglas": [_reason_line(reason, rules) for reason in reasons],
        "antecedentes": [_history_line(entry, rules) for entry in history],
        "plazos": [_term_line(term, zone) for term in petition.terms],
        "borradores": [_draft_line(draft) for draft in drafts],
        "aprobadas": rules.carpetas.aprobadas,
        "supervisar": rules.carpetas.por_supervisar if _supervised(drafts, petition, rules) else "",
        "rechazadas": rules.carpetas.rechazadas,
        "fichas": rules.carpetas.fichas,
        "supervivencia": rules.carpetas.supervivencia if digital and reading and reading.kind in _EXCHANGED else "",
        "digital": digital,
        "recibos": [receipt_values(receipt, zone) for receipt in ficha.receipts],
        "comprobante": file_name(ficha.receipts) if ficha.receipts else "",
        "solicitudes": [_form_lines(form, ficha) for form in (decision.forms if decision else ())],
        "adjuntos": [_attachment_line(file) for file in (reading.attachments if reading else ())],
        "original": _quoted(reading.text if reading else ""),
        "adjunto_original": "",
        "encuesta": "",
        "lugar": lugar.nombre if lugar else "",
        "atiende": rules.atiende(petition.destination, petition.destino, petition.lugar),
        "propuesto": "",
        "propuesto_asunto": "",
        "propuesto_formatos": [],
        "revision": _checklist(petition, reading, rules) if ficha.checklist else [],
        "formulario": _form_to_answer(DIGITAL_KEYS if digital else FORM_KEYS),
    }


def _whole(original: bytes) -> str:
    """What is said about the original that goes along; what the mail server kept of it is said, too."""
    if len(original) > _MAX_ATTACHED:
        return "Es demasiado grande para adjuntarlo aquí: véalo en el buzón."
    if _OMITTED in original:
        return "Va adjunto, sin sus archivos más grandes: esos véalos en el buzón."
    return "Va adjunto, tal como llegó."


def _checklist(petition: Petition, reading: Reading | None, rules: RuleSet) -> list[tuple[str, str]]:
    """What P a81 has the supervisor check, as it was captured."""
    tema, lugar = rules.tema(petition.topic), rules.lugar(petition.lugar)
    files = ", ".join(one_line(file.file) or "sin nombre" for file in (reading.attachments if reading else ()))
    others = [
        spoken.TYPES[petition.type] if petition.type else "sin tipo",
        *(["urgente (P 4.37)"] if petition.urgent else []),
        *([f"antecedentes: {', '.join(petition.antecedentes)}"] if petition.antecedentes else []),
    ]
    return [
        ("Resumen", one_line(petition.summary) or "sin resumen"),
        ("OOAD o UMAE", lugar.nombre if lugar else "no se reconoció: dígala en «destino»"),
        (
            "Área responsable",
            rules.atiende(petition.destination, petition.destino, petition.lugar)
            or words_for_destination(petition.destination),
        ),
        ("Normativa, trámite y subtrámite", tema.nombre if tema else "tema no reconocido"),
        ("Archivos adjuntos", files or "ninguno en este mensaje"),
        ("Otros", "; ".join(others)),
    ]


def _supervised(drafts: Sequence[Draft], petition: Petition, rules: RuleSet) -> bool:
    return any(rules.supervisa(draft.clase, petition.sensitive) for draft in drafts)


def _form_to_answer(keys: Sequence[str]) -> Markdown:
    return Markdown("  \n".join([FORM_START, *(f"{name}:" for name in keys), FORM_END]))


def _said(text: str, ficha: Ficha) -> bool:
    """Whether a reason of the ficha says this already."""
    return any(text in why for why in ficha.why)


def _capital(line: str) -> str:
    """A line as a sentence begins; the name of a file or an address stays as it is written."""
    return line[:1].upper() + line[1:] if line.partition(" ")[0].rstrip(",:;").isalpha() else line


def _is_digital(petition: Petition, rules: RuleSet) -> bool:
    cuenta = rules.buzon(petition.account)
    return cuenta is not None and cuenta.digital


def _data_lines(petition: Petition, reading: Reading | None) -> list[tuple[str, str, str]]:
    """(datum, value, where it stands) for what is taken, and for every other candidate that was seen."""
    lines: list[tuple[str, str, str]] = []
    found = reading.found if reading else {}
    sender = reading.author.email if reading and reading.author else petition.petitioner
    for name, label in _DATA.items():
        taken = getattr(petition.data, name)
        candidates = found.get(name, ())
        if taken:
            place = next((f for f in candidates if f.value == taken), None)
            own = name == "correo" and taken.lower() == sender.lower()
            lines.append((label, str(taken), spoken.WHERE["remitente"] if own else _place(place)))
        for other in dict.fromkeys(f for f in candidates if f.value != taken):
            note = f", {other.note}" if other.note else ""
            lines.append((f"{label} (visto, no tomado)", other.value, f"{_place(other)}{note}"))
    return lines


def _place(found: Found | None) -> str:
    if found is None:
        return "de un mensaje anterior o de la oficina"
    where = spoken.WHERE.get(found.where, found.where)
    return where if found.raw == found.value else f"{where}, escrito «{one_line(found.raw)[:60]}»"


def _reason_line(reason: Reason, rules: RuleSet) -> str:
    return f"{reason.numeral}: {spoken.in_words(reason.evidence, rules)}"


def _history_line(entry: HistoryEntry, rules: RuleSet) -> str:
    numeral = f" ({entry.numeral})" if entry.numeral else ""
    who = f" — {entry.actor}" if entry.actor != "acuse" else ""
    text = spoken.accented(spoken.in_words(entry.text, rules))
    return f"{long_time(entry.at, rules.calendario.zona)}: {text}{numeral}{who}"


def _term_line(term: Term, zone: str) -> str:
    skipped = "; ".join(f"{long_date(day)}: {why}" for day, why in term.skipped)
    tail = f". Días que no cuentan: {skipped}" if skipped else ""
    return f"{spoken.term(term.name)} ({term.numeral}): vence el {long_time(term.due_at, zone)}{tail}"


def _draft_line(draft: Draft) -> str:
    return f"«{draft.subject}», para {draft.to} ({spoken.CLASES[draft.clase]}, borrador {draft.ordinal})"


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


def _form_lines(form: Form, ficha: Ficha) -> tuple[str, list[tuple[str, str]]]:
    """A form's heading, and (field, value) as read with the doubts and faults that the ficha's reasons do not tell.

    Only a document that could not be opened was not read; any other fault is about what was.
    """
    how = {"acroform": "campos del PDF", "ocr": "imagen leída por OCR: compárela", "text": "texto del PDF"}
    heading = f"{one_line(form.file)}, página {form.page} ({how.get(form.readable, 'no se pudo leer')})"
    shown = {key: short_date(value) if key.startswith("fecha_") else value for key, value in form.fields.items()}
    lines = [(LABELS.get(key, key), one_line(value or "") or EMPTY) for key, value in shown.items()]
    lines += [("Duda", one_line(doubt)) for doubt in form.unsure if not _said(doubt, ficha)]
    faults = [fault for fault in form.faults if not _said(fault.text, ficha)]
    return heading, lines + [
        ("No se leyó" if fault.code in _FAULTS else "Motivo", one_line(fault.text)) for fault in faults
    ]


def _defused(text: str) -> str:
    """The text with a dot before each line that the form's reader could take for one of its own, however written."""
    lines = text.splitlines()
    return "\n".join(f"· {line.strip()}" if comparable(line).startswith(_MARKS) else line for line in lines)


def _quoted(text: str) -> Markdown:
    """The person's words as a quotation, complete up to the limit; their links are not made clickable."""
    if not text.strip():
        return Markdown("")
    cut = _defused(text[:_MAX_ORIGINAL])
    lines = plain_as_markdown(cut, links=False).split("\n")
    if len(text) > _MAX_ORIGINAL:
        lines += ["", escape(f"[…] Faltan {len(text) - _MAX_ORIGINAL} caracteres: véalos en el mensaje original.")]
    return Markdown("\n".join(f"> {line}".rstrip(" ") + ("  " if line.endswith("  ") else "") for line in lines))
