"""`acuse antecedentes`: the history that SIADE keeps, taken in from a file, and what is known of a person (P 5.11)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..count.words import counted
from ..errors import AcuseError
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .telling import AsJson, as_json

if TYPE_CHECKING:
    from ..model.ledger import Keys, Past
    from ..model.petition import Petition

antecedentes = typer.Typer(help="Antecedentes de las personas (P 5.11, 5.67).", no_args_is_help=True)
app.add_typer(antecedentes, name="antecedentes")

# As many bad rows as are worth reading at a terminal.
_BAD_SHOWN = 40


@antecedentes.command("import")
def load(
    archivo: Annotated[Path, typer.Argument(help="CSV o libro XLSX con el historial.", metavar="ARCHIVO")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    sin_consultor: Annotated[
        bool, typer.Option("--sin-consultor", help="Toma sin consultor las filas de quien ya no está en la lista.")
    ] = False,
    en_json: AsJson = False,
) -> None:
    """Toma del archivo el historial de SIADE: folio, persona, consultor, estado, respuesta y fechas.

    Una fila mala no detiene a las buenas, y se dice cuál celda es y por qué. Tomarlo dos veces no cambia nada; una fila
    corregida sustituye a la anterior.
    """
    from ..edge.progress import progress
    from ..edge.tables import read_table
    from ..read.past import read_past

    office = ask_office(ajustes)
    desk, now = office.desk, office.desk.now()
    rules, today = desk.policy.rules, desk.policy.calendar.local(now).date()
    table = read_table(archivo)
    try:
        columns = rules.antecedentes.columnas
        with progress("Filas leídas", len(table.rows), programs=en_json) as tell:
            file = read_past(table, columns, rules.consultores, today, unknown_left_out=sin_consultor, tell=tell)
    except AcuseError as fault:
        raise AcuseError(fault.what, where=str(archivo), cure=fault.cure) from fault
    change = desk.store.load_past(file.rows, now)
    if en_json:
        told = [{"lugar": each.place, "motivo": each.reason} for each in file.bad]
        sums = {"nuevas": change.added, "cambiadas": change.changed, "iguales": change.same, "en_total": change.size}
        typer.echo(as_json({**sums, "no_tomadas": told}))
        return
    typer.echo(
        f"Filas nuevas: {change.added}; cambiadas: {change.changed}; iguales: {change.same}; "
        f"no tomadas: {len(file.bad)}. Hay {counted(change.size, 'antecedente', 'antecedentes')}."
    )
    if file.bad:
        typer.echo("No se tomaron:")
    for each in file.bad[:_BAD_SHOWN]:
        typer.echo(f"  {each}")
    if len(file.bad) > _BAD_SHOWN:
        typer.echo(f"  … y {counted(len(file.bad) - _BAD_SHOWN, 'fila más', 'filas más')} (todas, con --json)")


@antecedentes.command("buscar")
def find(
    que: Annotated[list[str], typer.Argument(help="NSS, CURP, nombre, correo, teléfono o folio.", metavar="DATO")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    en_json: AsJson = False,
) -> None:
    """Dice qué peticiones hay de una persona, en todos los buzones y en el historial de SIADE, de la más nueva a la
    más antigua."""
    office = ask_office(ajustes)
    store, calendar = office.desk.store, office.desk.policy.calendar
    asked = " ".join(que).strip()
    own = store.petition(asked.upper())
    history = store.history_for(_keys(asked), calendar.midnight(office.desk.now()))
    found = [own] if own else list(history.kin)
    if en_json:
        typer.echo(as_json([*map(_ours, found), *map(_imported, history.past)]))
        return
    if not found and not history.past:
        typer.echo("No hay antecedentes con ese dato.")
    for petition in found:
        opened = calendar.local(petition.opened_at)
        about = office.rules.tema(petition.topic)
        facts = [
            petition.state.value,
            about.nombre if about else petition.subject,
            petition.consultor or "sin consultor",
        ]
        official = f" (SIADE {petition.siade})" if petition.siade else ""
        typer.echo(f"{petition.folio}{official}  {opened:%d/%m/%Y}  {petition.data.nombre or 'sin nombre'}")
        typer.echo(f"    {'; '.join(facts)}")
    for past in history.past:
        days = [f"{day:%d/%m/%Y}" for day in (past.abierta, past.cerrada) if day]
        typer.echo(f"{past.folio}  (historial de SIADE)  {' a '.join(days)}  {past.nombre or 'sin nombre'}")
        typer.echo(
            f"    {'; '.join(each for each in (past.estado, past.tema, past.consultor or 'sin consultor') if each)}"
        )
        if past.respuesta:
            typer.echo(f"    respuesta: {' '.join(past.respuesta.split())[:300]}")


def _keys(asked: str) -> Keys:
    """What was asked for, by its looks: an address, an NSS, a CURP, a telephone, a folio, else a name."""
    from ..model.ledger import Keys
    from ..read.identifiers import is_curp

    bare = asked.replace(" ", "").replace("-", "").replace(".", "")
    if "@" in asked:
        return Keys("", "", address=asked.lower())
    if is_curp(bare.upper()):
        return Keys("", "", curp=bare.upper())
    if bare.isdigit() and len(bare) in (10, 11):
        return Keys("", "", telefono=bare) if len(bare) == 10 else Keys("", "", nss=bare)
    if any(letter.isdigit() for letter in asked):
        return Keys("", "", siade=asked)
    return Keys("", "", nombre=asked)


def _ours(petition: Petition) -> dict[str, Any]:
    return {
        "folio": petition.folio,
        "siade": petition.siade,
        "estado": petition.state.value,
        "nombre": petition.data.nombre,
        "tema": petition.topic,
        "consultor": petition.consultor,
        "recibida": petition.opened_at,
        "antecedentes": list(petition.antecedentes),
    }


def _imported(past: Past) -> dict[str, Any]:
    return {
        "folio": past.folio,
        "siade": past.folio,
        "estado": past.estado,
        "nombre": past.nombre,
        "tema": past.tema,
        "consultor": past.consultor,
        "recibida": past.abierta,
        "cerrada": past.cerrada,
        "respuesta": past.respuesta,
    }
