"""What is written about commitments: the reminder to the area, what is said back to its answer, the table to print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as html_escape
from textwrap import fill

from ..errors import TemplateFailed
from ..model.commitments import Compromisos, Note, Progress, Reminder, Row
from ..model.templates import TemplateSet
from . import render
from .clean import Markdown, plain_as_markdown
from .variables import long_date

TEMPLATE = "compromiso"
_FORM = Markdown(
    "Inicio del formulario (puede llenarlo aquí mismo)  \n"
    "avance:  \ndocumento probatorio:  \nubicación:  \nmes y año:  \nobservaciones:  \n"
    "Fin del formulario"
)
_LABELS = {
    "avance": "avance",
    "documentos": "documentos probatorios",
    "ubicacion": "ubicación",
    "mes_y_anio": "mes y año",
    "observaciones": "observaciones",
}


def compose_reminder(
    row: Row, due: Reminder, told: Compromisos, templates: TemplateSet, *, lead: bool
) -> tuple[str, Markdown]:
    """Subject and text of a reminder; `lead` says that it goes to the jefatura. TemplateFailed without its template."""
    template = templates.get(TEMPLATE)
    if template is None:
        raise TemplateFailed("falta la plantilla", where=f"{TEMPLATE}.md", cure="cópiela de las plantillas de fábrica")
    one, count = row.compromiso, len(row.documentos)
    values = {
        "no": one.no,
        "programa": told.programa,
        "periodo": told.periodo,
        "area": one.area_responsable,
        "correo": row.correo,
        "fecha": long_date(one.fecha_de_termino),
        "fecha_corta": f"{one.fecha_de_termino:%d/%m/%Y}",
        "vencido": due.late,
        "hoy": not due.late and due.days == 0,
        "dias": "un día hábil" if due.days == 1 else f"{due.days} días hábiles",
        "aspecto": one.aspecto,
        "actividades": one.actividades,
        "resultados": one.resultados_esperados,
        "productos": one.productos_evidencias,
        "registrado": f"{row.avance:g}",
        "documentos": "" if not count else "un documento" if count == 1 else f"{count} documentos",
        "jefatura": lead,
        "formulario": _FORM,
    }
    return render.line(template, values), render.body(template, values)


def compose_taken(row: Row, note: Note, progress: Progress) -> tuple[str, Markdown]:
    """What is said back to an area that reported: what was noted, what could not be taken, and the form again."""
    values = {
        "avance": "" if note.avance is None else f"{note.avance:g} %",
        "documentos": "; ".join(map(str, note.documentos)),
        "ubicacion": note.ubicacion,
        "mes_y_anio": note.mes_y_anio,
        "observaciones": note.observaciones,
    }
    lines = [f"{_LABELS[name]}: {value}" for name, value in values.items() if value]
    text = "Se anotó en el compromiso:\n\n" + "\n".join(f"– {line}" for line in lines)
    if note.avance is None:
        text += f"\n\nNo se indicó un avance que se pueda tomar: sigue registrado {row.avance:g} %."
    if progress.problems:
        text += "\n\n" + _problems(progress)
    return f"Anotado en el compromiso {row.compromiso.no}", _with_form(text)


def compose_nothing_taken(row: Row, progress: Progress) -> tuple[str, Markdown]:
    """What is said back when an answer reports nothing that can be noted."""
    text = "En su respuesta no se encontró ningún avance ni documento: no se anotó nada."
    if progress.problems:
        text = "No se anotó nada de su respuesta.\n\n" + _problems(progress)
    text += "\n\nEscriba, por ejemplo, «avance: 80 %», y adjunte los documentos probatorios."
    return f"No se anotó nada en el compromiso {row.compromiso.no}", _with_form(text)


def compose_not_theirs(row: Row, why: str) -> tuple[str, Markdown]:
    """What is said back when an answer may not be noted, whatever it says: `why` in a Spanish sentence."""
    text = f"No se anotó nada. {why}"
    return f"No se anotó nada en el compromiso {row.compromiso.no}", plain_as_markdown(text)


def _problems(progress: Progress) -> str:
    return "No se pudo tomar:\n\n" + "\n".join(f"– {problem}." for problem in progress.problems)


def _with_form(text: str) -> Markdown:
    """With the form below, so that the nearest form of a further answer is never an older one."""
    return Markdown(f"{plain_as_markdown(text)}\n\nPara corregir o añadir algo, responda a este mensaje.\n\n{_FORM}")


def as_text(told: Compromisos, columns: Sequence[str], rows: Sequence[Sequence[str]], total: str) -> str:
    """The table for a terminal or a plain printer: a block for each row, its columns below each other."""
    lines = [_heading(told), ""]
    for row in rows:
        lines.append(fill(f"{row[0]}. {row[1]}", 100, subsequent_indent="   "))
        for name, value in zip(columns[2:], row[2:], strict=True):
            if value:
                parts = value.split("\n")
                lines += [fill(f"{name}: {parts[0]}", 100, initial_indent="   ", subsequent_indent="     ")]
                lines += [fill(part, 100, initial_indent="     ", subsequent_indent="     ") for part in parts[1:]]
        lines.append("")
    return "\n".join([*lines, f"Promedio: {total}"])


def as_page(told: Compromisos, columns: Sequence[str], rows: Sequence[Sequence[str]], total: str) -> str:
    """The table as a page of HTML that prints on landscape paper, its headings on every sheet."""
    head = "".join(f"<th>{html_escape(name)}</th>" for name in columns)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html_escape(cell).replace(chr(10), '<br>')}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    title = html_escape(_heading(told))
    return f"""<!doctype html>
<html lang="es"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: letter landscape; margin: 12mm }}
body {{ font: 13px/1.4 sans-serif; margin: 16px; color: #1a1f1d }}
h1 {{ font-size: 17px }}
.tabla {{ overflow-x: auto }}
table {{ border-collapse: collapse; width: 100%; font-size: 11px }}
th, td {{ border: 1px solid #8a9a94; padding: 4px 6px; text-align: left; vertical-align: top }}
th {{ background: #e8efec }}
td:nth-child(5), td:nth-child(12) {{ white-space: nowrap }}
td:nth-child(9), td:nth-child(10) {{ overflow-wrap: anywhere }}
thead {{ display: table-header-group }}
tr {{ break-inside: avoid }}
</style></head><body>
<h1>{title}</h1>
<div class="tabla"><table><thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody></table></div>
<p><strong>Promedio: {html_escape(total)}</strong></p>
</body></html>
"""


def _heading(told: Compromisos) -> str:
    named = " · ".join(filter(None, [told.programa, told.periodo and f"Periodo {told.periodo}"]))
    return "Seguimiento de compromisos" + (f" · {named}" if named else "")
