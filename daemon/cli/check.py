"""`acuse check`: every fault of settings, rules and templates at once, before anything starts."""

from __future__ import annotations

import typer

from daemon.cli.base import DEFAULT_SETTINGS, SettingsFile, app
from daemon.errors import FileFaults


@app.command()
def check(ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Revisa ajustes, reglas y plantillas: todas las faltas a la vez, cada una con su lugar y su remedio."""
    from daemon.check import check as look

    report = look(ajustes)
    for line in report.sums:
        typer.echo(line)
    for notice in report.notices:
        typer.echo(f"aviso: {notice}")
    if report.faults:
        raise FileFaults(report.faults)
    typer.echo("Todo en orden.")
