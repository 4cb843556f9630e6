"""`acuse check`: every fault of settings, rules and templates at once; with --online, of servers and machine, too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from daemon.cli.base import DEFAULT_SETTINGS, SettingsFile, app, tell_report
from daemon.errors import AcuseError


@app.command()
def check(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    online: Annotated[
        bool, typer.Option("--online", help="Entra a cada buzón, prueba el envío y revisa esta máquina.")
    ] = False,
    crear: Annotated[bool, typer.Option("--crear", help="Con --online: crea las carpetas que falten.")] = False,
    buzon: Annotated[
        list[str] | None,
        typer.Option("--buzon", metavar="NOMBRE", help="Con --online: solo este buzón (nombre o correo)."),
    ] = None,
    sin_correo: Annotated[
        bool, typer.Option("--sin-correo", help="Con --online: sin enviar el correo de prueba de cada cuenta.")
    ] = False,
    espera: Annotated[
        float, typer.Option("--espera", metavar="SEGUNDOS", help="Con --online: cuánto esperar la copia de conteo.")
    ] = 60.0,
) -> None:
    """Revisa ajustes, reglas y plantillas: todas las faltas a la vez, cada una con su lugar y su remedio."""
    from daemon.check import check as look

    tell_report(look(ajustes))
    if online:
        _look_online(ajustes, buzon or [], create=crear, mail=not sin_correo, patience=espera)
    elif crear or buzon or sin_correo:
        raise AcuseError("--crear, --buzon y --sin-correo van con --online", cure="añada --online")
    typer.echo("Todo en orden.")


def _look_online(ajustes: Path, only: list[str], *, create: bool, mail: bool, patience: float) -> None:
    from daemon.config import load_settings
    from daemon.edge.rulefiles import load_rules
    from daemon.online import machine, mailboxes

    settings = load_settings(ajustes)
    rules = load_rules(settings.reglas)
    names = [name for name, box in settings.buzon.items() if not only or name in only or box.correo in only]
    known = {*settings.buzon, *(box.correo for box in settings.buzon.values())}
    if strangers := [each for each in only if each not in known]:
        cure = f"los buzones son: {', '.join(settings.buzon)}"
        raise AcuseError("no hay un buzón así en service.toml", where=", ".join(strangers), cure=cure)
    faults = 0
    for line in machine(settings, rules, ajustes, os.environ):
        typer.echo(str(line))
        faults += line.mark == "✗"
    for line in mailboxes(settings, rules, names, create=create, mail=mail, patience=patience):
        typer.echo(str(line))
        faults += line.mark == "✗"
    if faults:
        number = "una falta" if faults == 1 else f"{faults} faltas"
        raise AcuseError(f"hay {number}, señaladas con ✗", cure="corríjalas y ejecute de nuevo «acuse check --online»")
