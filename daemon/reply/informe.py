"""The morning mail: the office's wording (templates/informe.md) around the report's blocks; and reports as pages."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from ..model.report import Names, Report
from ..model.rules import RuleSet, enlaces
from ..model.templates import TemplateSet
from . import spoken
from .blocks import BLOCKS
from .clean import Markdown, one_line
from .markdown import to_html
from .render import body, line, page
from .tables import as_html, as_markdown

TEMPLATE = "informe"
_TOKEN = "BLOQUE{}BLOQUE"


def morning_mail(report: Report, templates: TemplateSet, pictures: Mapping[str, str]) -> tuple[str, Markdown, str]:
    """Subject, text as Markdown, and the whole HTML page of the morning mail.

    `pictures` gives the address («cid:…») of each chart by its key. TemplateFailed when the wording cannot be rendered.
    """
    template = templates.templates[TEMPLATE]
    sections = {section.key: section for section in report.sections}
    tiles = sections["semaforo"].tiles
    values = {
        "titulo": report.title,
        **dict(zip(("vencidos", "vencen_hoy", "proximos", "sin_plazo"), (tile.number for tile in tiles), strict=True)),
    }
    texts = {key: as_markdown(sections[key]) if key in sections else "" for key in BLOCKS}
    marks = {key: Markdown(_TOKEN.format(key)) if key in sections else "" for key in BLOCKS}
    subject = line(template, values | dict.fromkeys(BLOCKS, ""))
    html = to_html(body(template, values | marks))
    for key, section in sections.items():
        token, block = _TOKEN.format(key), as_html(section, pictures)
        # As a rule a block is a paragraph of its own; in the midst of another it is put there all the same.
        html = re.sub(rf"<p[^>]*>{token}</p>", token, html).replace(token, block)
    whole = page(
        templates.layout_html,
        asunto=subject,
        preheader=_glance(report),
        encabezado="Informe interno · no se envía a ninguna persona usuaria",
        cuerpo=html,
        urgente=False,
    )
    return subject, body(template, values | texts), whole


def _glance(report: Report) -> str:
    light = report.sections[0]
    return one_line(", ".join(f"{tile.label.lower()}: {tile.number}" for tile in light.tiles))


def report_page(report: Report, templates: TemplateSet, pictures: Mapping[str, bytes]) -> str:
    """A report as one HTML file that needs nothing else: its pictures (PNG, by the chart's key) are in it."""
    inside = {key: f"data:image/png;base64,{base64.b64encode(content).decode()}" for key, content in pictures.items()}
    sections = "\n".join(as_html(section, inside, whole=True) for section in report.sections)
    title = report.title.replace("&", "&amp;").replace("<", "&lt;")
    return page(
        templates.layout_html,
        asunto=report.title,
        preheader="",
        encabezado="Informe interno de la oficina",
        cuerpo=f'<h1 style="margin:0 0 4px;font-size:23px;line-height:1.3">{title}</h1>\n{sections}',
        urgente=False,
    )


def names_of(rules: RuleSet) -> Names:
    """How this office calls topics, people, accounts and terms."""
    people = {each.correo: each.nombre for each in rules.consultores}
    people |= {each.correo: each.nombre for each in rules.casa.personas}
    own = {cuenta.correo for cuenta in rules.casa.cuentas if cuenta.perfil == "medios_electronicos"}

    outside = enlaces(rules)

    def topic(key: str) -> str:
        found = rules.tema(key) if key else None
        return found.nombre if found else key.replace("_", " ")

    def norm(name: str) -> str:
        plazo = rules.plazos.get(name)
        return "plazo propio, no normado" if plazo and "no normado" in plazo.nota.lower() else ""

    return Names(
        topic=topic,
        person=lambda address: people.get(address, address),
        account=lambda address: next((c.nombre for c in rules.casa.cuentas if c.correo == address), address),
        term=spoken.term,
        norm=norm,
        types={str(key): words for key, words in spoken.TYPES.items()},
        clases={str(key): words for key, words in spoken.CLASES.items()},
        states={str(key): words for key, words in spoken.STATES.items()},
        counts=lambda account: account in own,
        outside=lambda address: address in outside or not rules.casa.de_casa(address),
    )


__all__ = ["TEMPLATE", "morning_mail", "names_of", "report_page"]
