"""`acuse demo`: the real daemon on mail servers of its own, with a sample mailbox, for whoever wants to see it work."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..errors import AcuseError
from .base import app

_EXTRA = frozenset({"pymap", "aiosmtpd", "pysasl", "proxyprotocol"})


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Atiende todo, muestra el resumen y termina.")] = False,
    puerto_imap: Annotated[int, typer.Option(help="Puerto IMAP; 0: uno libre.", min=0, max=65535, metavar="N")] = 0,
    puerto_smtp: Annotated[int, typer.Option(help="Puerto SMTP; 0: uno libre.", min=0, max=65535, metavar="N")] = 0,
) -> None:
    """Muestra el servicio completo con servidores de correo de prueba y un buzón de muestra."""
    from rich.console import Console

    try:
        from ..demo.run import run_demo
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise AcuseError(
            f"faltan los servidores de correo de prueba ({missing.name})",
            cure="instálelos con «make venv», o con «pip install 'acuse[demo]'»",
        ) from missing
    console = Console(highlight=False)
    unattended = once or not sys.stdout.isatty()
    if not run_demo(console, once=unattended, imap_port=puerto_imap, smtp_port=puerto_smtp):
        raise typer.Exit(1)
