"""`acuse padron`: the roster of pensioners that the requests of IMSS Digital are checked against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..count.words import counted
from ..errors import AcuseError, system_words
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .telling import AsJson, as_json, when

if TYPE_CHECKING:
    from ..read.roster import BadRow, RosterFile

padron = typer.Typer(help="Padrón de personas pensionadas.", no_args_is_help=True)
app.add_typer(padron, name="padron")

# More bad rows, or fewer pensioners than before by more than this part, and a roster is loaded only on purpose.
_ALARMING = 0.10
_BAD_SHOWN = 40


@padron.command("import")
def load(
    archivo: Annotated[Path, typer.Argument(help="CSV con encabezados.", metavar="ARCHIVO.csv")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    aunque_falle: Annotated[
        bool, typer.Option("--aunque-falle", help="Carga aunque falle más del 10 % de las filas.")
    ] = False,
    en_json: AsJson = False,
) -> None:
    """Sustituye el padrón por el del archivo; una fila mala no detiene a las buenas, y se dice cuál es y por qué."""
    from ..edge.progress import progress
    from ..read.roster import read_roster

    office = ask_office(ajustes)
    store, now = office.desk.store, office.desk.now()
    try:
        raw, day = archivo.read_bytes(), office.desk.policy.calendar.local(now).date()
        with progress("Líneas leídas", raw.count(b"\n"), programs=en_json) as tell:
            found = read_roster(raw, day, tell)
    except OSError as fault:
        raise AcuseError(
            f"no se puede leer ({system_words(fault)})", where=str(archivo), cure="revise el nombre y los permisos"
        ) from fault
    except AcuseError as fault:
        raise AcuseError(fault.what, where=str(archivo), cure=fault.cure) from fault
    bad = [{"linea": row.line, "motivo": row.reason} for row in found.bad]
    if not en_json:
        _tell_bad(found.bad)
    if why := _why_not(found, store.roster().size, anyway=aunque_falle):
        if en_json:
            # A program needs the bad rows above all when they keep the roster from being loaded.
            typer.echo(as_json({"cargado": False, "motivo": why, "filas_malas": bad}))
        cure = "corrija el archivo" + (", o cárguelo así con «--aunque-falle»" if found.rows else "")
        raise AcuseError(f"{why}: no se cargó nada", where=str(archivo), cure=cure)
    change = store.load_roster(found.rows, now, keep=[row.nss for row in found.bad if row.nss])
    if en_json:
        sums = {"nuevas": change.added, "cambiadas": change.changed, "quitadas": change.removed}
        typer.echo(
            as_json({"cargado": True, **sums, "conservadas": change.kept, "personas": change.size, "filas_malas": bad})
        )
        return
    typer.echo(f"Padrón cargado: {_people(change.size)}.")
    typer.echo(f"Nuevas: {change.added}; cambiadas: {change.changed}; quitadas: {change.removed}.")
    if change.kept:
        typer.echo(f"Se conservó como estaba a {_people(change.kept)} cuya fila no se pudo leer.")


def _why_not(found: RosterFile, before: int, *, anyway: bool) -> str:
    """Why a file is not loaded, '' when it is. `before` is how many people the roster has, `anyway` that it is wanted
    even if it looks like an accident."""
    if not found.rows:
        return "no hay ninguna fila buena"
    if not anyway and found.share_bad > _ALARMING:
        return f"falla el {found.share_bad:.0%} de las filas"
    if not anyway and len(found.rows) + len(found.bad) < before * (1 - _ALARMING):
        return f"trae {_people(len(found.rows))} y el padrón tiene {before}"
    return ""


def _tell_bad(bad: Sequence[BadRow]) -> None:
    for row in bad[:_BAD_SHOWN]:
        typer.echo(f"línea {row.line}: {row.reason}")
    if len(bad) > _BAD_SHOWN:
        typer.echo(f"… y {counted(len(bad) - _BAD_SHOWN, 'fila mala', 'filas malas')} más (todas, con --json)")


@padron.command("estado")
def state(ajustes: SettingsFile = DEFAULT_SETTINGS, en_json: AsJson = False) -> None:
    """Dice cuántas personas tiene el padrón, cuántas vigentes y desde cuándo."""
    office = ask_office(ajustes)
    roster = office.desk.store.roster()
    if en_json:
        typer.echo(as_json({"personas": roster.size, "vigentes": roster.current, "cargado": roster.loaded_at}))
    elif roster.loaded_at is None:
        typer.echo("No hay padrón cargado: las confirmaciones dicen solo lo que se recibió.")
    else:
        since = when(office, roster.loaded_at)
        typer.echo(f"{_people(roster.size)}, {counted(roster.current, 'vigente', 'vigentes')}; cargado el {since}.")


def _people(number: int) -> str:
    return counted(number, "persona", "personas")
