"""A Write effect to a Draft: the one place where a mail to a person is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..errors import TemplateFailed
from ..model import ids
from ..model.decision import Disposition, Write
from ..model.outgoing import Draft
from ..model.petition import Clase, Petition
from ..model.rules import RuleSet
from ..model.survival import Receipt
from ..model.templates import Template, TemplateSet
from . import render
from .clean import Markdown, subject_of
from .duplicate import file_name, print_ready
from .markdown import to_html, to_text
from .message import File, address, assemble, is_message_id
from .offices import CLASES, office_values
from .variables import values_for

_MAX_SUBJECT = 120
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MIMES = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
# These go to other offices: the person's own words are no subject for them.
_TO_ORGANOS = (Clase.DERIVACION_ORGANO_NORMATIVO, Clase.DERIVACION_OIC_SNTSS)
_TO_OFFICES = (*_TO_ORGANOS, *CLASES)

# Without these a mail of the clase would say nothing.
_NEEDS = {
    Clase.DATOS_COMPLEMENTARIOS: "faltante",
    Clase.AVISO_FOLIO: "siade",
    Clase.CONFIRMACION: "recibos",
    Clase.PRUEBA_CONECTIVIDAD: "limite",
    Clase.ACUSE_CONECTIVIDAD: "recibida",
    Clase.RECHAZO: "rechazos",
    Clase.RESPUESTA_LIBRE: "texto_libre",
    Clase.RESPUESTA_ORGANO_NORMATIVO: "texto_libre",
}


def compose(
    write: Write,
    *,
    petition: Petition,
    rules: RuleSet,
    templates: TemplateSet,
    now: datetime,
    ordinal: int,
    key: bytes,
) -> Draft:
    """Write one mail in the thread of its petition; `ordinal` counts this petition's drafts from 1.

    Everything is resolved before the draft exists: TemplateFailed when there is no such template, when a variable
    is missing, or when the address cannot be written to. The same input gives the same bytes.
    """
    template = choose(templates, write)
    to_office = write.clase in CLASES
    values = office_values(write, petition, rules) if to_office else values_for(write, petition, rules, key)
    _require(write.clase, values, template)
    subject = subject_line(write, petition, render.line(template, values))
    text, html = _parts(_body(template, templates, values), subject, values["area"], templates.layout_html)
    in_reply_to = write.in_reply_to if is_message_id(write.in_reply_to) else None
    message_id = ids.message_id(petition.folio, ordinal, petition.account.rpartition("@")[2], key)
    raw = assemble(
        sender=address(petition.account, values["area"]),
        to=address(write.to),
        subject=subject,
        now=now,
        zone=rules.calendario.zona,
        message_id=message_id,
        text=text,
        html=html,
        in_reply_to=in_reply_to,
        # An Órgano's thread is its own: it never leads into the person's, nor the person's into it.
        thread=() if write.clase in _TO_ORGANOS else petition.thread,
        extra=_automatic(write),
        files=(*enclosed(write.receipts, rules), *_formats(write, templates)),
    )
    return Draft(
        id=f"{petition.folio}/{ordinal}",
        folio=petition.folio,
        ordinal=ordinal,
        clase=write.clase,
        turn=write.turn,
        account=petition.account,
        counting=petition.counting,
        to=write.to,
        subject=subject,
        text=text,
        html=html,
        raw=raw,
        message_id=message_id,
        in_reply_to=in_reply_to,
        disposition=write.disposition,
        template=template.name,
        rules_version=rules.version,
        templates_version=templates.version,
        created_at=now,
        asks=tuple(write.asks),
        urgent=write.urgent,
        consultor=petition.consultor,
    )


def proposed(
    write: Write, *, petition: Petition, rules: RuleSet, templates: TemplateSet, key: bytes
) -> tuple[str, Markdown]:
    """(subject, text) of a mail that nobody can send for us: as `compose` writes it, without an address."""
    template = choose(templates, write)
    values = values_for(write, petition, rules, key)
    return subject_line(write, petition, render.line(template, values)), _body(template, templates, values)


def _formats(write: Write, templates: TemplateSet) -> tuple[File, ...]:
    """The Órgano's own forms, as they lie in templates/formatos/ (P 5.27)."""
    absent = [name for name in write.files if name not in templates.formats]
    if absent:
        raise TemplateFailed(
            f"no existe el formato «{absent[0]}»",
            where="templates/formatos/",
            cure="agréguelo o quítelo de rules/destinos.yaml",
        )
    return tuple(File(name, templates.formats[name], _MIMES[name.rpartition(".")[2].lower()]) for name in write.files)


def choose(templates: TemplateSet, write: Write) -> Template:
    """The template that is asked for; from the second request on, its variant `<name>_2` when there is one."""
    variant = templates.get(f"{write.template}_2") if write.turn > 1 else None
    template = variant or templates.get(write.template)
    if template is None:
        raise TemplateFailed(
            f"no existe la plantilla «{write.template}»",
            where="templates/",
            cure=f"agregue templates/{write.template}.md o corrija la regla que la nombra",
        )
    return template


def subject_line(write: Write, petition: Petition, own: str) -> str:
    """The subject: the person's own, readable, with our reference at the end; without one, the template's."""
    token = f" [{petition.folio}]"
    room = _MAX_SUBJECT - len(token)
    theirs = "" if write.clase in _TO_OFFICES else subject_of(petition.subject, room - len("Re: "))
    return (f"Re: {theirs}" if theirs else subject_of(own, room)) + token


def enclosed(receipts: Sequence[Receipt], rules: RuleSet) -> tuple[File, ...]:
    """The one PDF that goes along with a mail about these receipts; nothing without any."""
    return (File(file_name(receipts), print_ready(receipts, rules.calendario.zona)),) if receipts else ()


def preheader(text: str) -> str:
    """What a telephone shows beside the subject: the first sentence after the greeting."""
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n") if p.strip()]
    return (paragraphs[1] if len(paragraphs) > 1 else paragraphs[0])[:140]


def _parts(markdown: Markdown, subject: str, area: str, layout: str) -> tuple[str, str]:
    text = to_text(markdown)
    html = render.page(
        layout,
        asunto=subject,
        preheader=preheader(text),
        encabezado=area,
        cuerpo=to_html(markdown),
        urgente=False,
    )
    return text, html


def _require(clase: Clase, values: dict[str, Any], template: Template) -> None:
    name = _NEEDS.get(clase)
    if name and not values[name]:
        raise TemplateFailed(
            f"falta «{name}» para un correo de {clase}", where=template.file or template.name, cure="complete ese dato"
        )


def _body(template: Template, templates: TemplateSet, values: dict[str, Any]) -> Markdown:
    """The Markdown of the mail; an orientation stands inside the frame `orientacion`.

    Its text is the topic's template, or what the consultant wrote when the frame itself is asked for.
    """
    if template.name == "orientacion":
        inner: Markdown = values["texto_libre"]
    else:
        inner = render.body(template, {**values, "cuerpo_orientacion": Markdown("")})
        if not template.name.startswith("orientacion/"):
            return inner
    frame = templates.get("orientacion")
    if frame is None or not inner:
        raise TemplateFailed(
            "la orientación necesita su marco y un texto", where="templates/orientacion.md", cure="indique el tema"
        )
    return render.body(frame, {**values, "cuerpo_orientacion": inner})


def _automatic(write: Write) -> list[tuple[str, str]]:
    """RFC 3834: what leaves without a person's hand says so; nobody's machine shall answer ours.

    Save the acuse of a connectivity test: the other side waits for it, and sets aside what calls itself automatic.
    """
    suppress = [("X-Auto-Response-Suppress", "All")]
    if write.disposition is not Disposition.ENVIAR or write.clase is Clase.ACUSE_CONECTIVIDAD:
        return suppress
    unasked = write.clase is Clase.PRUEBA_CONECTIVIDAD
    return [("Auto-Submitted", "auto-generated" if unasked else "auto-replied"), *suppress]
