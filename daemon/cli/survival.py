"""`acuse supervivencia`: the survival checks of IMSS Digital, their export, who is due, what misses its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..count.words import counted
from ..errors import AcuseError, system_words
from ..model.survival import RECIBO, Check, CheckState, Export, Pensioner, whole_name
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .digital import DAY_FORMATS, office_name, reception
from .telling import AsJson, as_json, tell_table, today, when

if TYPE_CHECKING:
    from ..app import Office

supervivencia = typer.Typer(help="Comprobaciones de supervivencia.", no_args_is_help=True)
app.add_typer(supervivencia, name="supervivencia")

Buzon = Annotated[str | None, typer.Option(help="Solo esta cuenta.", metavar="CORREO")]
_SOON = timedelta(days=30)
# What an office waits for, and under which words it is told.
_WAITING = {
    CheckState.SIN_CONFIRMACION: "Solicitudes sin confirmación, con el plazo vencido",
    CheckState.SIN_SOLICITUD: "Confirmaciones sin solicitud",
    CheckState.ENVIADA: "Solicitudes que esperan su confirmación, en plazo",
}


@supervivencia.command("list")
def list_checks(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    estado: Annotated[list[CheckState] | None, typer.Option(help="Solo estos estados.")] = None,
    buzon: Buzon = None,
    limite: Annotated[int, typer.Option(help="Cuántas, las más recientes.", min=1, metavar="N")] = 500,
    en_json: AsJson = False,
) -> None:
    """Enumera las comprobaciones, de la más reciente a la más antigua."""
    office = ask_office(ajustes)
    store, states = office.desk.store, tuple(estado or ())
    found = [c for account in _accounts(office, buzon) for c in store.checks(account, states=states, limit=limite + 1)]
    found.sort(key=lambda check: check.received_at, reverse=True)
    if en_json:
        typer.echo(as_json([_facts(check, office) for check in found[:limite]]))
        return
    rows = [
        (
            when(office, check.received_at),
            f"{check.state}{f' (+{check.repeats})' if check.repeats else ''}",
            check.id_tramite,
            check.nss,
            _name(check),
            office_name(office, check.office),
            # At an office people have the paper before them, which says the number that IMSS gave.
            check.fields.get(RECIBO) or check.id,
        )
        for check in found[:limite]
    ]
    if not rows:
        typer.echo("Ninguna.")
    tell_table(("recibida", "estado", "trámite", "NSS", "nombre", "oficina", "comprobante"), rows)
    if len(found) > limite:
        typer.echo(f"Hay más: se muestran {limite} (--limite).")


@supervivencia.command("export")
def export(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    csv: Annotated[Path | None, typer.Option(help="Archivo CSV que se escribe.", metavar="ARCHIVO")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Libro XLSX que se escribe.", metavar="ARCHIVO")] = None,
    de_nuevo: Annotated[int | None, typer.Option(help="Escribe otra vez ese lote.", min=1, metavar="N")] = None,
) -> None:
    """Escribe para el sistema de pensiones las comprobaciones confirmadas, cada una una sola vez, en lotes con número.

    Primero se registra el lote y después se escribe el archivo: si algo se interrumpe entre ambos, ninguna comprobación
    sale dos veces ni se pierde, porque «--de-nuevo N» escribe el mismo lote.
    """
    office = ask_office(ajustes)
    store, account = office.desk.store, reception(office)
    if not (csv or xlsx):
        if de_nuevo:
            raise AcuseError("falta decir a qué archivo", where=f"lote {de_nuevo}", cure="agregue --csv o --xlsx")
        _tell_waiting(office, account)
        return
    for path in (csv, xlsx):
        _must_be_free(path)
    batch = store.exported(account, de_nuevo) if de_nuevo else store.export_checks(account, office.desk.now())
    if batch:
        _write(batch, office, csv, xlsx)
        typer.echo(f"Lote {batch.number}: {counted(len(batch.checks), 'comprobación', 'comprobaciones')}.")
    elif de_nuevo:
        raise AcuseError("no hay un lote con ese número", where=f"lote {de_nuevo}", cure="revise el número")
    else:
        _tell_waiting(office, account)


def _tell_waiting(office: Office, account: str) -> None:
    """What an export would take; without any, which batch was the last, since its file may have been lost."""
    waiting = office.desk.store.export_checks(account, office.desk.now(), mark=False)
    last = office.desk.store.exported(account)
    if waiting:
        typer.echo(f"Por exportar: {len(waiting.checks)}. Diga a qué archivo con --csv o --xlsx.")
    else:
        typer.echo("No hay comprobaciones confirmadas por exportar.")
    if last:
        told = f"El último lote es el {last.number}, del {when(office, last.at)}, con {len(last.checks)}"
        typer.echo(f"{told}; «--de-nuevo {last.number}» lo escribe otra vez.")


def _must_be_free(path: Path | None) -> None:
    """Before anything is marked: an export overwrites no file, and goes to a folder that exists."""
    if path and path.exists():
        raise AcuseError("ese archivo ya existe", where=str(path), cure="elija otro nombre, o retire el que está")
    if path and not path.parent.is_dir():
        raise AcuseError("esa carpeta no existe", where=str(path.parent), cure="créela, o elija otra")


def _write(batch: Export, office: Office, csv: Path | None, xlsx: Path | None) -> None:
    """Write the batch to the files that were asked for; what fails now can be written later."""
    from ..count.survival import EXPORT_COLUMNS, export_rows
    from ..edge.spreadsheets import write_csv, write_xlsx

    names = {oficina.cuenta: oficina.nombre for oficina in office.rules.oficinas_consulares}
    rows = export_rows(batch, names, office.desk.policy.calendar.local)
    try:
        if csv:
            write_csv(csv, EXPORT_COLUMNS, rows)
        if xlsx:
            write_xlsx(xlsx, f"Lote {batch.number}", EXPORT_COLUMNS, rows, batch.at)
    except OSError as fault:
        raise AcuseError(
            f"el lote {batch.number} quedó registrado, pero no se pudo escribir ({system_words(fault)})",
            where=str(csv or xlsx),
            cure=f"remédielo y escríbalo con «acuse supervivencia export --de-nuevo {batch.number}»",
        ) from fault


@supervivencia.command("proximas")
def due(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    hasta: Annotated[
        datetime | None,
        typer.Option(help="Hasta qué fecha límite; sin ella, 30 días.", formats=DAY_FORMATS, metavar="FECHA"),
    ] = None,
    buzon: Buzon = None,
    sin_ninguna: Annotated[
        bool, typer.Option("--sin-ninguna", help="En vez de eso, quién del padrón no tiene ninguna confirmada.")
    ] = False,
    en_json: AsJson = False,
) -> None:
    """Enumera a quién le toca la siguiente comprobación, según la última confirmada de cada NSS."""
    office = ask_office(ajustes)
    accounts = _accounts(office, buzon)
    never = _never_checked(office, accounts)
    if sin_ninguna:
        _tell_never(never, en_json=en_json)
        return
    day = today(office)
    until = hasta.date() if hasta else day + _SOON
    store = office.desk.store
    found = [check for account in accounts for check in store.checks(account, due_before=until)]
    found.sort(key=lambda check: (check.next_due or until, check.nss))
    if en_json:
        typer.echo(as_json([{**_facts(check, office), "vencida": _overdue(check, day)} for check in found]))
        return
    overdue = sum(_overdue(check, day) for check in found)
    typer.echo(f"Con fecha límite hasta el {until:%d/%m/%Y}: {len(found)}, de ellas vencidas {overdue}.")
    rows = [
        (
            f"{check.next_due:%d/%m/%Y}" if check.next_due else "",
            "VENCIDA" if _overdue(check, day) else "",
            check.nss,
            _name(check),
            when(office, check.received_at),
            office_name(office, check.office),
        )
        for check in found
    ]
    tell_table(("fecha límite", "", "NSS", "nombre", "última", "oficina"), rows)
    if never:
        typer.echo(f"Vigentes del padrón sin ninguna comprobación confirmada: {len(never)} (--sin-ninguna).")


def _never_checked(office: Office, accounts: Sequence[str]) -> list[Pensioner]:
    """Who of the roster has no confirmed check at any of these mailboxes: an office knows only of its own."""
    missing = [office.desk.store.never_checked(account) for account in accounts]
    others = [frozenset(never) for never in missing[1:]]
    return [who for never in missing[:1] for who in never if all(who in other for other in others)]


def _tell_never(never: Sequence[Pensioner], *, en_json: bool) -> None:
    """Who was never checked is due as well, but has no date."""
    rows = [(who.nss, f"{who.nombre} {who.apellido_paterno} {who.apellido_materno}".strip()) for who in never]
    if en_json:
        typer.echo(as_json([{"nss": number, "nombre": name} for number, name in rows]))
        return
    typer.echo(f"Vigentes del padrón sin ninguna comprobación confirmada: {len(rows)}.")
    tell_table(("NSS", "nombre"), rows)


@supervivencia.command("pendientes")
def waiting(ajustes: SettingsFile = DEFAULT_SETTINGS, buzon: Buzon = None, en_json: AsJson = False) -> None:
    """En una oficina consular: solicitudes sin confirmación del IMSS y confirmaciones sin solicitud."""
    office = ask_office(ajustes)
    store = office.desk.store
    found = [check for account in _accounts(office, buzon) for check in store.checks(account, states=tuple(_WAITING))]
    if en_json:
        typer.echo(as_json([_facts(check, office) for check in found]))
        return
    for state, title in _WAITING.items():
        here = sorted((check for check in found if check.state is state), key=lambda check: check.received_at)
        typer.echo(f"{title}: {len(here) or 'ninguna'}")
        rows = [
            (when(office, check.received_at), check.id_tramite, check.nss, _name(check), check.folio) for check in here
        ]
        tell_table(("desde", "trámite", "NSS", "nombre", "referencia"), rows)


def _accounts(office: Office, buzon: str | None) -> tuple[str, ...]:
    """The mailboxes of IMSS Digital that this service reads, or the one that was asked for."""
    boxes = ((account, office.rules.buzon(account)) for account in office.desk.accounts)
    ours = tuple(account for account, cuenta in boxes if cuenta and cuenta.digital)
    if buzon and buzon not in ours:
        cure = f"use {' o '.join(ours) or 'uno que esté en service.toml'}"
        raise AcuseError("no es un buzón de IMSS Digital de este servicio", where=buzon, cure=cure)
    return (buzon,) if buzon else ours


def _facts(check: Check, office: Office) -> dict[str, Any]:
    """A check for programs."""
    return {
        "comprobante": check.id,
        "recibo": check.fields.get(RECIBO),
        "buzon": check.account,
        "estado": check.state.value,
        "recibida": check.received_at,
        "oficina": office_name(office, check.office),
        "cuenta": check.office,
        "id_tramite": check.id_tramite,
        "nss": check.nss,
        "datos": {key: value for key, value in check.fields.items() if key != RECIBO},
        "proxima_comprobacion": check.next_due,
        "cotejada_con_padron": check.verified,
        "repeticiones": check.repeats,
        "exportada": check.exported_at,
        "referencia": check.folio,
    }


def _name(check: Check) -> str:
    return whole_name(check.fields) or "—"


def _overdue(check: Check, today: date) -> bool:
    return check.next_due is not None and check.next_due < today
