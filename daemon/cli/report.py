"""`acuse report`: the office's figures of a time (P 5.23, 5.48, 5.65) as text, page, workbook or data."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import AcuseError, system_words
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .telling import AsJson, as_json, today

if TYPE_CHECKING:
    from ..app import Office
    from ..model.figures import Facts
    from ..model.report import Report

_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}))")
_WORDS = re.compile(r"(?:(\d{1,2})\s*(?:de\s+)?)?([a-zé]{3,10})\.?\s*(?:del?\s+)?(\d{4})?", re.IGNORECASE)
_MONTH = re.compile(r"(?:(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4}))")
_CURE = "escriba, por ejemplo, 01/11/2026, 2026-11-01, «1 de noviembre de 2026» o solo «noviembre 2026»"

When = Annotated[str | None, typer.Option(metavar="DÍA", help="Primer día, o un mes: 01/11/2026, «noviembre 2026».")]


@app.command()
def report(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    desde: When = None,
    hasta: Annotated[str | None, typer.Option(metavar="DÍA", help="Último día, incluido; sin él, hoy.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Página con gráficas, en un solo archivo.")] = False,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="Libro de cálculo; pide --salida.")] = False,
    en_json: AsJson = False,
    salida: Annotated[Path | None, typer.Option(help="Archivo que se escribe.", metavar="ARCHIVO")] = None,
) -> None:
    """Cifras de un periodo: recibidas, contestadas, tiempos, plazos, copias de conteo, registro en SIADE, encuestas.

    Sin fechas, del primero de este mes a hoy.
    """
    from ..count.report import report as figures
    from ..reply.informe import names_of

    if html + xlsx + en_json > 1:
        raise AcuseError("se pidieron varias formas a la vez", cure="use solo una de --html, --xlsx y --json")
    if xlsx and salida is None:
        raise AcuseError("un libro de cálculo no se muestra en pantalla", cure="agregue --salida informe.xlsx")
    office = ask_office(ajustes)
    now = today(office)
    first, end_of_first = span(desde, now) if desde else (now.replace(day=1), now)
    last = span(hasta, now)[1] if hasta else (end_of_first if desde and end_of_first != first else now)
    last = min(last, now)
    if last < first:
        raise AcuseError("el periodo termina antes de empezar", where=f"{first:%d/%m/%Y}", cure="revise las fechas")
    facts = _facts(office, first, last)
    found = figures(facts, office.desk.policy.calendar, names_of(office.rules))
    content = _content(office, found, first, last, html=html, xlsx=xlsx, en_json=en_json)
    if salida is None:
        typer.echo(content, nl=not isinstance(content, bytes))
        return
    _save(salida, content if isinstance(content, bytes) else content.encode() + b"\n")
    typer.echo(f"Escrito: {salida}")


def _facts(office: Office, first: date, last: date) -> Facts:
    """From the beginning of the first day to the end of the last one, or until now while that lasts."""
    desk = office.desk
    calendar = desk.policy.calendar
    since = calendar.midnight(calendar.opens(first))
    until = calendar.midnight(calendar.opens(last + timedelta(days=1)))
    return desk.store.facts(since, min(until, desk.now()), office.rules.casa.encuesta)


def _content(
    office: Office, found: Report, first: date, last: date, *, html: bool, xlsx: bool, en_json: bool
) -> str | bytes:
    if en_json:
        return as_json(as_object(found, first, last))
    if xlsx:
        from ..edge.spreadsheets import report_book

        return report_book(found, office.desk.policy.calendar.opens(last))
    if html:
        from ..edge.charts import draw
        from ..reply.informe import report_page

        pictures = {chart.key: draw(chart) for section in found.sections for chart in section.charts}
        return report_page(found, office.desk.templates, pictures)
    from ..reply.tables import as_lines

    return "\n".join(as_lines(found))


def as_object(found: Report, first: date, last: date) -> dict[str, Any]:
    """A report for programs: section → table → rows by column."""
    return {
        "desde": first,
        "hasta": last,
        **{
            section.key: {
                "numeral": section.numeral,
                **{
                    table.key: [dict(zip((key for key, _ in table.columns), row, strict=True)) for row in table.rows]
                    for table in section.tables
                },
            }
            for section in found.sections
        },
    }


def span(words: str, now: date) -> tuple[date, date]:
    """The first and last day of what a person calls a day or a month; AcuseError when it is none."""
    from ..model.dates import MONTHS

    text = words.strip().lower()
    try:
        if day := _DAY.fullmatch(text):
            year, month, number = day.group(1, 2, 3) if day[1] else day.group(6, 5, 4)
            return (whole := date(int(year), int(month), int(number))), whole
        if month_ := _MONTH.fullmatch(text):
            year, month = month_.group(1, 2) if month_[1] else month_.group(4, 3)
            return _month(int(year), int(month))
        if said := _WORDS.fullmatch(text):
            place = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(said[2][:3]) and
                         name.startswith(said[2]))  # fmt: skip
            year_ = int(said[3] or now.year)
            return ((whole := date(year_, place, int(said[1]))), whole) if said[1] else _month(year_, place)
    except (ValueError, StopIteration):
        pass
    raise AcuseError("no se entiende la fecha", where=words, cure=_CURE)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _save(path: Path, content: bytes) -> None:
    from ..edge.spreadsheets import write_whole

    try:
        write_whole(path, content)
    except OSError as fault:
        raise AcuseError(
            f"no se puede escribir ({system_words(fault)})", where=str(path), cure="revise la carpeta y sus permisos"
        ) from fault
