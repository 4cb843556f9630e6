"""The command line's trunk: the application that command modules register on, and the options they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="acuse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SettingsFile = Annotated[Path, typer.Option("--ajustes", "-a", help="Archivo de ajustes.", metavar="ARCHIVO")]
DEFAULT_SETTINGS = Path("service.toml")


@app.callback()
def acuse() -> None:
    """Servicio de los buzones institucionales: lee peticiones, prepara respuestas, cuenta cada correo."""
