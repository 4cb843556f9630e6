"""The command line's trunk: the application that command modules register on, and the options they share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..app import Office

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


def ask_office(ajustes: Path) -> Office:
    """The office put together to ask its store and tell it something, without passwords and in silence."""
    from ..app import open_office

    return open_office(ajustes, lambda _event: None, passwords=False)
