"""`acuse compromisos`: the follow-up table of commitments with its average, and progress noted by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AcuseError, system_words
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .telling import AsJson, as_json, tell_table, today

if TYPE_CHECKING:
    from ..app import Office
    from ..model.commitments import Row

compromisos = typer.Typer(help="Seguimiento de compromisos.", no_args_is_help=True)
app.add_typer(compromisos, name="compromisos")


@compromisos.command("list")
def list_rows(ajustes: SettingsFile = DEFAULT_SETTINGS, en_json: AsJson = False) -> None:
    """Enumera los compromisos: área, fecha de término, avance, y si están en tiempo."""
    from ..count.commitments import COLUMNS, average, cells, percent

    office, rows = _table(ajustes)
    if en_json:
        named = [dict(zip(COLUMNS, cells(row, rows), strict=True)) for row in rows]
        typer.echo(as_json({"compromisos": named, "promedio": average(rows)}))
        return
    if not rows:
        typer.echo("No hay compromisos: escríbalos en compromisos.yaml.")
        return
    told = [
        (
            str(row.compromiso.no),
            _short(row.compromiso.aspecto),
            _short(row.compromiso.area_responsable),
            f"{row.compromiso.fecha_de_termino:%d/%m/%Y}",
            f"{row.avance:g} %",
            str(len(row.documentos)),
            _standing(office, row),
        )
        for row in rows
    ]
    tell_table(("No.", "aspecto", "área responsable", "término", "avance", "documentos", "situación"), told)
    typer.echo(f"Promedio: {percent(average(rows))}")


@compromisos.command("print")
def print_table(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    html: Annotated[
        Path | None, typer.Option(help="Página que se escribe, lista para imprimir.", metavar="ARCHIVO")
    ] = None,
) -> None:
    """Muestra la tabla completa, con todas las columnas del formato y su promedio; o la escribe como página."""
    from ..count.commitments import COLUMNS, average, cells, percent
    from ..reply.commitments import as_page, as_text

    office, rows = _table(ajustes)
    told, total = office.rules.compromisos, percent(average(rows)) or "sin compromisos"
    whole = [cells(row, rows) for row in rows]
    if html is None:
        typer.echo(as_text(told, COLUMNS, whole, total))
        return
    _must_be_free(html)
    try:
        html.write_text(as_page(told, COLUMNS, whole, total), encoding="utf-8")
    except OSError as fault:
        raise _unwritable(html, fault) from fault
    typer.echo(f"Escrito: {html}")


@compromisos.command("export")
def export(
    xlsx: Annotated[Path, typer.Option(help="Libro XLSX que se escribe.", metavar="ARCHIVO")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Escribe la tabla, con todas las columnas del formato y su promedio, como libro de cálculo."""
    from ..count.commitments import COLUMNS, average, cells, percent
    from ..edge.spreadsheets import write_xlsx

    office, rows = _table(ajustes)
    _must_be_free(xlsx)
    last = ("",) * (len(COLUMNS) - 2) + ("Promedio", percent(average(rows)))
    try:
        write_xlsx(xlsx, "Compromisos", COLUMNS, [*(cells(row, rows) for row in rows), last], office.desk.now())
    except OSError as fault:
        raise _unwritable(xlsx, fault) from fault
    typer.echo(f"Escrito: {xlsx}")


@compromisos.command("anotar")
def note(
    no: Annotated[int, typer.Argument(help="Número del compromiso.", metavar="NÚMERO")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    avance: Annotated[float | None, typer.Option(help="Porcentaje.", min=0, max=100)] = None,
    documento: Annotated[list[str] | None, typer.Option(help="Nombre de un documento probatorio.")] = None,
    ubicacion: Annotated[str, typer.Option(help="Dónde está el documento.")] = "",
    observaciones: Annotated[str, typer.Option(help="Qué más debe decir la tabla.")] = "",
    mes: Annotated[str, typer.Option(help="Mes y año que se informa, como Marzo-2016; si no, el de hoy.")] = "",
    quien: Annotated[str, typer.Option(help="Quién lo informa.")] = "terminal",
) -> None:
    """Anota en un compromiso lo que el área informó por otro medio: por teléfono, en una reunión, por oficio."""
    from ..flow.commitments import note_by_hand
    from ..model.commitments import Evidence
    from ..read.progress import month_of, read_progress

    office, rows = _table(ajustes)
    row = next((row for row in rows if row.compromiso.no == no), None)
    if row is None:
        raise AcuseError("no existe ese compromiso", where=str(no), cure="vea los números con «acuse compromisos list»")
    if avance is None and not (documento or ubicacion or observaciones or mes):
        raise AcuseError("no se dijo qué anotar", where=f"compromiso {no}", cure="agregue --avance o --documento")
    said = read_progress(f"mes y año: {mes}")
    if said.problems:
        raise AcuseError(said.problems[0], where="--mes", cure="escriba el mes y el año")
    documents = tuple(Evidence(name) for name in documento or ())
    month = said.mes_y_anio or month_of(today(office))
    note_by_hand(office.desk, row, quien, avance, documents, ubicacion, observaciones, month)
    typer.echo(f"Anotado en el compromiso {no}.")


def _table(ajustes: Path) -> tuple[Office, tuple[Row, ...]]:
    from ..flow.commitments import rows

    office = ask_office(ajustes)
    return office, rows(office.desk)


def _standing(office: Office, row: Row) -> str:
    """Whether a commitment is on time, in business days of the office."""
    from ..decide.commitments import DONE

    end, now, calendar = row.compromiso.fecha_de_termino, today(office), office.desk.policy.calendar
    if row.avance >= DONE:
        return "cumplido"
    if now > end:
        return f"vencido hace {calendar.business_days(end, now)} días hábiles"
    return "vence hoy" if now == end else f"faltan {calendar.business_days(now, end)} días hábiles"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"


def _must_be_free(path: Path) -> None:
    if path.exists():
        raise AcuseError("ese archivo ya existe", where=str(path), cure="elija otro nombre, o retire el que está")


def _unwritable(path: Path, fault: OSError) -> AcuseError:
    return AcuseError(
        f"no se puede escribir ({system_words(fault)})", where=str(path), cure="revise la carpeta y los permisos"
    )
