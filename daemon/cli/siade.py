"""`acuse siade`: what SIADE is told and what comes back from it, as files; what to do while it cannot be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..count.words import counted
from ..errors import AcuseError
from ..model.siade import CONTINGENCIA, CONTINGENCIA_MOTIVO
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .telling import AsJson, as_json, when

if TYPE_CHECKING:
    from ..app import Office
    from ..flow.siade import Handed

siade = typer.Typer(help="Intercambio con SIADE por archivos.", no_args_is_help=True)
contingencia = typer.Typer(help="Cuando no se puede registrar en SIADE.", no_args_is_help=True)
app.add_typer(siade, name="siade")
siade.add_typer(contingencia, name="contingencia")

# As many bad rows as are worth reading at a terminal.
_BAD_SHOWN = 40


@siade.command("export")
def export(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    carpeta: Annotated[
        Path | None, typer.Option(help="Dónde se escribe; sin ella, la de service.toml.", metavar="CARPETA")
    ] = None,
    lote: Annotated[int | None, typer.Option(help="Escribe otra vez ese lote.", min=1, metavar="N")] = None,
    sin_adjuntos: Annotated[bool, typer.Option("--sin-adjuntos", help="No abre los buzones: solo las tablas.")] = False,
) -> None:
    """Escribe lo que debe capturarse en SIADE: cada registro una sola vez, en lotes con número.

    Cada lote es una carpeta con su tabla en CSV y en XLSX y sus adjuntos. Si algo se interrumpe, la siguiente vez se
    escribe completo; «--lote N» repite uno que se perdió.
    """
    from ..app import open_office
    from ..edge.siade_folder import SiadeFolder
    from ..flow.siade import export as export_new
    from ..flow.siade import hand_over

    office = ask_office(ajustes) if sin_adjuntos else open_office(ajustes, lambda _event: None)
    gateway = SiadeFolder(_folder(office, carpeta))
    mail = None if sin_adjuntos else office.mailbox
    if lote is None:
        handed = export_new(office.desk, gateway, mail)
        if not handed:
            typer.echo("No hay nada por entregar a SIADE.")
            _tell_last(office)
        for each in handed:
            _tell(each, gateway.place(each.number))
        return
    batch = office.desk.store.exported_records(lote)
    if batch is None:
        raise AcuseError("no hay un lote con ese número", where=f"lote {lote}", cure="revise el número")
    if gateway.has(lote):
        raise AcuseError(
            "ese lote ya está ahí", where=str(gateway.place(lote)), cure="retírelo, o elija otra carpeta con --carpeta"
        )
    _tell(hand_over(office.desk, gateway, mail, batch), gateway.place(lote))


def _folder(office: Office, carpeta: Path | None) -> Path:
    """Where to write: a folder that exists, before anything is marked."""
    settings = office.settings.siade
    chosen = carpeta or (settings.carpeta if settings else None)
    if chosen is None:
        raise AcuseError(
            "falta decir en qué carpeta",
            where="acuse siade export",
            cure="agregue --carpeta, o [acuse.siade] en service.toml",
        )
    if not chosen.is_dir():
        raise AcuseError("esa carpeta no existe", where=str(chosen), cure="créela, o elija otra")
    return chosen


def _tell(handed: Handed, place: Path) -> None:
    records, files = (
        counted(handed.records, "registro", "registros"),
        counted(handed.files, "archivo adjunto", "archivos adjuntos"),
    )
    typer.echo(f"Lote {handed.number}: {records}, {files}, en {place}.")
    _tell_bad("No se encontraron estos correos (columna adjuntos_faltantes):", handed.missing)


def _tell_last(office: Office) -> None:
    """Which batch was the last, since its folder may have been lost."""
    if last := office.desk.store.exported_records():
        told = f"El último lote es el {last.number}, del {when(office, last.exported_at)}, con {len(last.records)}"
        typer.echo(f"{told}; «--lote {last.number}» lo escribe otra vez.")


def _tell_bad(heading: str, lines: Sequence[str]) -> None:
    if lines:
        typer.echo(heading)
    for line in lines[:_BAD_SHOWN]:
        typer.echo(f"  {line}")
    if len(lines) > _BAD_SHOWN:
        typer.echo(f"  … y {len(lines) - _BAD_SHOWN} más")


@siade.command("import")
def load(
    archivo: Annotated[Path, typer.Argument(help="CSV o libro XLSX.", metavar="ARCHIVO")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    en_json: AsJson = False,
) -> None:
    """Toma los folios, estados y respuestas que trae el archivo; una fila mala no detiene a las buenas.

    Tomarlo dos veces no cambia nada. Termina con error (1) si alguna fila no se pudo tomar.
    """
    from ..edge.tables import read_table
    from ..flow.siade import take_table

    office = ask_office(ajustes)
    try:
        taken = take_table(office.desk, read_table(archivo))
    except AcuseError as fault:
        raise AcuseError(fault.what, where=str(archivo), cure=fault.cure) from fault
    if en_json:
        told = [{"lugar": each.place, "motivo": each.reason} for each in taken.bad]
        typer.echo(as_json({"con_novedad": taken.new, "sin_novedad": taken.same, "no_tomadas": told}))
    else:
        typer.echo(f"Filas con novedad: {taken.new}; sin novedad: {taken.same}; no tomadas: {len(taken.bad)}.")
        _tell_bad("No se tomaron:", [str(each) for each in taken.bad])
    if taken.bad:
        # Whoever runs this by a timer must learn that somebody has to look.
        raise typer.Exit(1)


@contingencia.command("start")
def start(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    motivo: Annotated[str, typer.Option(help="Qué ocurre, en pocas palabras.", metavar="TEXTO")] = "",
) -> None:
    """Anota que no se puede registrar en SIADE y lo avisa al superior jerárquico (P 5.21)."""
    from ..flow.siade import start_contingencia, superiors

    office = ask_office(ajustes)
    if not start_contingencia(office.desk, motivo):
        raise AcuseError(
            "ya hay una contingencia", where="SIADE", cure="véala con «status»; termínela con «end» cuando se resuelva"
        )
    typer.echo(
        "Contingencia anotada: los registros de hoy pasan al siguiente día hábil o a cuando se resuelva (P 5.21)."
    )
    _tell_superiors(superiors(office.desk))


@contingencia.command("end")
def end(ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Anota que SIADE funciona de nuevo y lo avisa al superior jerárquico."""
    from ..flow.siade import end_contingencia, superiors

    office = ask_office(ajustes)
    waiting = end_contingencia(office.desk)
    if waiting is None:
        raise AcuseError("no hay ninguna contingencia", where="SIADE", cure="no hace falta terminarla")
    typer.echo(f"Contingencia terminada. Por entregar a SIADE: {counted(waiting, 'registro', 'registros')}.")
    _tell_superiors(superiors(office.desk))


def _tell_superiors(people: Sequence[str]) -> None:
    if people:
        typer.echo(f"Se avisa a {', '.join(people)}.")
    else:
        typer.echo("rules/casa.yaml no nombra jefatura ni supervisión: avise usted a su superior jerárquico (P 5.21).")


@contingencia.command("status")
def status(ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Dice si hay una contingencia, desde cuándo, y cuánto espera por entregarse."""
    office = ask_office(ajustes)
    store = office.desk.store
    since, motivo = store.mark(CONTINGENCIA), store.mark(CONTINGENCIA_MOTIVO)
    if since is None:
        typer.echo("SIADE sin contingencia.")
    else:
        told = f"SIADE en contingencia desde el {when(office, datetime.fromisoformat(since))}"
        typer.echo(f"{told}: {motivo}." if motivo else f"{told}.")
    typer.echo(f"Por entregar: {counted(len(store.unexported()), 'registro', 'registros')}.")
