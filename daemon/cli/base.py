"""The command line's trunk: the application that command modules register on, and the options they share."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AcuseError, FileFaults

if TYPE_CHECKING:
    from ..app import Office
    from ..check import Report
    from ..model.petition import Petition

app = typer.Typer(
    name="acuse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SettingsFile = Annotated[
    Path,
    typer.Option(
        "--ajustes",
        "-a",
        help="Archivo de ajustes; si no hay service.toml aquí, /etc/acuse/service.toml.",
        metavar="ARCHIVO",
    ),
]


def _usual_settings() -> Path:
    """service.toml of the folder in which one stands, else that of the server."""
    # A folder that the user may not look into (`sudo -u acuse` in another's home) holds none.
    here, server = "service.toml", "/etc/acuse/service.toml"
    return Path(server if not os.access(here, os.F_OK) and os.access(server, os.F_OK) else here)


DEFAULT_SETTINGS = _usual_settings()

# `acuse rules …` is served by several modules: what checks, what tries, what tells versions.
rules = typer.Typer(help="Reglas: se revisan, se prueban y se sabe qué cambió.", no_args_is_help=True)
app.add_typer(rules, name="rules")


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"acuse {metadata.version('acuse')}")
        raise typer.Exit


@app.callback()
def acuse(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Muestra la versión instalada.")
    ] = False,
) -> None:
    """Servicio de los buzones institucionales: lee peticiones, prepara respuestas, cuenta cada correo."""


def ask_office(ajustes: Path) -> Office:
    """The office put together to ask its store and tell it something, without passwords and in silence."""
    from ..app import open_office

    office = open_office(ajustes, lambda _event: None, passwords=False)
    if office.watch and office.watch.refused:
        typer.echo(
            "aviso: las reglas o plantillas guardadas tienen faltas; se usan las últimas buenas (vea «acuse check»).",
            err=True,
        )
    return office


def petition_of(office: Office, folio: str) -> Petition:
    """The petition of this reference, in whatever letters; AcuseError when there is none."""
    found = office.desk.store.petition(folio.upper())
    if found is None:
        raise AcuseError("no hay ninguna petición con esa referencia", where=folio, cure="revise que esté completa")
    return found


def tell_report(report: Report) -> None:
    """What a look at settings, rules and templates found; FileFaults with its faults, if there are any."""
    for line in report.sums:
        typer.echo(line)
    for notice in report.notices:
        typer.echo(f"aviso: {notice}")
    if report.faults:
        raise FileFaults(report.faults)
