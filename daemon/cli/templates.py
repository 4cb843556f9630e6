"""`acuse template preview`: a template as its reader will see it."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office, petition_of

if TYPE_CHECKING:
    from ..rehearse.preview import Preview

template = typer.Typer(help="Plantillas: cómo se ve lo que escriben.", no_args_is_help=True)
app.add_typer(template, name="template")


@template.callback()
def group() -> None:
    """Plantillas: cómo se ve lo que escriben."""


@template.command("preview")
def preview(
    nombre: Annotated[
        str, typer.Argument(help="Plantilla, por ejemplo aclaracion o semanas_cotizadas.", metavar="NOMBRE")
    ],
    petition: Annotated[
        str | None, typer.Option(help="Con los datos de esta petición, en vez de una inventada.", metavar="FOLIO")
    ] = None,
    abrir: Annotated[bool, typer.Option("--open", help="Abre la página en el navegador.")] = False,
    plantillas: Annotated[
        list[Path] | None, typer.Option("--plantillas", help="Carpeta de plantillas que se ponen sobre las demás.")
    ] = None,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Escribe el correo de una plantilla: muestra el texto y guarda la página (HTML). No envía nada."""
    shown = _written(nombre, petition, tuple(plantillas or ()), ajustes)
    file = Path(shown.template.file)
    typer.echo(f"Plantilla: {file.relative_to(here) if file.is_relative_to(here := Path.cwd()) else file}")
    typer.echo(f"Para:      {shown.to}")
    typer.echo(f"Asunto:    {shown.subject}")
    for name in shown.files:
        typer.echo(f"Adjunto:   {name}")
    typer.echo(f"\n{shown.text.rstrip()}\n")
    page = _saved(shown)
    typer.echo(f"Página: {page}")
    if abrir and not webbrowser.open(page.as_uri()):
        typer.echo("No se encontró un navegador: abra la página a mano.", err=True)


def _written(name: str, folio: str | None, over: tuple[Path, ...], ajustes: Path) -> Preview:
    from ..config import folders
    from ..edge.rulefiles import load_rules
    from ..edge.templatefiles import load_templates
    from ..rehearse.preview import preview as write

    reglas, plantillas = folders(ajustes)
    templates = load_templates([*plantillas, *over])
    if folio is None:
        return write(name, load_rules(reglas), templates)
    office = ask_office(ajustes)
    petition = petition_of(office, folio)
    return write(name, office.rules, templates, petition=petition, now=office.desk.now(), key=office.desk.policy.key)


def _saved(shown: Preview) -> Path:
    """The page in a file that only this user may read: a real petition's data may stand in it."""
    name = shown.template.name.replace("/", "-")
    handle, path = tempfile.mkstemp(prefix=f"acuse-{name}-", suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(shown.html)
    return Path(path)
