"""`acuse backup` and `acuse restore`: a copy while the daemon works, and an empty machine that goes on from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daemon.cli.base import DEFAULT_SETTINGS, SettingsFile, app
from daemon.errors import AcuseError

_APART = (
    "No van en la copia, guárdelos aparte: la clave de firma, las contraseñas y demás secretos, y la carpeta de los "
    "lotes de SIADE."
)
_NEXT = (
    "Antes de enviar nada, el servicio repasará lo que llegó y salió desde entonces: cada cuenta se envía un correo de "
    "prueba a sí misma, y lo que ya salió no se repite. Compruebe con «acuse check» y arranque con «acuse run»."
)


@app.command()
def backup(
    archivo: Annotated[
        Path, typer.Argument(help="Archivo nuevo, por ejemplo acuse-2026-11-22.zip.", metavar="ARCHIVO")
    ],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Hace una copia de seguridad del almacén, los ajustes y las reglas propias, aunque el servicio esté en marcha."""
    from daemon import backups
    from daemon.config import load_settings
    from daemon.edge.clock import SystemClock
    from daemon.edge.progress import progress

    settings = load_settings(ajustes, passwords=False)
    with progress("Páginas copiadas") as tell:
        made = backups.backup(ajustes, settings, archivo, SystemClock().now(), tell)
    typer.echo(f"{archivo}: {backups.summary(made.facts.counts)} (esquema {made.facts.revision}).")
    typer.echo("Se leyó de nuevo entera y está completa. Contiene datos personales: guárdela como el buzón mismo.")
    typer.echo(_APART)


@app.command()
def restore(
    archivo: Annotated[Path | None, typer.Argument(help="Archivo que hizo «acuse backup».", metavar="ARCHIVO")] = None,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    reemplazar: Annotated[
        bool, typer.Option("--reemplazar", help="Aunque haya un almacén; el que hay se conserva con otro nombre.")
    ] = False,
    otra_clave: Annotated[
        bool, typer.Option("--otra-clave", help="Aunque la clave de firma sea otra que cuando se hizo la copia.")
    ] = False,
    marcar: Annotated[
        str | None,
        typer.Option(
            "--marcar",
            metavar="FECHA",
            help="Sin archivo: el almacén ya se repuso por otro medio (pg_restore), de una copia de esa fecha y hora.",
        ),
    ] = None,
) -> None:
    """Rehace el almacén desde una copia de seguridad, en una máquina vacía o con el servicio detenido."""
    from daemon import backups
    from daemon.edge.clock import SystemClock

    now = SystemClock().now()
    if (archivo is None) == (marcar is None):
        raise AcuseError("indique un archivo, o --marcar con una fecha", cure="por ejemplo: acuse restore copia.zip")
    if archivo is None:
        at = backups.mark_restored(ajustes, str(marcar), now)
        typer.echo(f"Anotado: el almacén es una copia del {at:%d/%m/%Y %H:%M} UTC.\n{_NEXT}")
        return
    done = backups.restore(archivo, ajustes, now, replace=reemplazar, other_key=otra_clave)
    typer.echo(f"{done.store}: {backups.summary(done.archive.facts.counts)}.")
    typer.echo(f"Es la copia del {done.archive.made_at:%d/%m/%Y %H:%M} UTC (acuse {done.archive.program}).")
    if done.aside:
        typer.echo(f"El almacén que había quedó en {done.aside}.")
    for path in done.laid:
        typer.echo(f"Se repuso {path}.")
    typer.echo(_NEXT)
