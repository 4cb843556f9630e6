"""`acuse init`: the folder of a new installation, with everything that a person has to fill in."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from .base import app

_NEXT = """
Qué sigue:
  1. Ponga sus buzones y sus servidores en {folder}/service.toml.
  2. Llene {folder}/rules: casa.yaml, consultores.yaml, calendario.yaml y destinos.yaml.
  3. Escriba la contraseña de cada buzón en un archivo de {folder}/secretos, por ejemplo buzon__atnder__clave.
  4. Revise:  {program} check --ajustes {folder}/service.toml
  5. Instale el servicio de systemd, que está en {folder}/systemd (docs/operacion.md, «Instalar en un servidor»).
{folder}/LEEME.txt lo explica."""


@app.command()
def init(
    carpeta: Annotated[Path, typer.Argument(help="Carpeta de la instalación: /etc/acuse.", metavar="CARPETA")],
    datos: Annotated[
        Path, typer.Option(help="Carpeta donde se guarda lo que debe sobrevivir a un reinicio.", metavar="CARPETA")
    ] = Path("/var/lib/acuse"),
    forzar: Annotated[
        bool, typer.Option("--forzar", help="Escribe de nuevo lo que ya está; lo anterior queda como *.anterior.")
    ] = False,
) -> None:
    """Prepara la carpeta de una instalación: ajustes comentados, reglas por llenar, secretos y la unidad de systemd.

    Lo que ya está no se toca. La clave de firma se hace una sola vez.
    """
    from ..edge.founding import lay_down, program

    folder = carpeta.absolute()
    laid = lay_down(folder, datos.absolute(), force=forzar)
    schemas = [path for path in laid.written if path.parent.name == "esquemas"]
    for path in laid.written:
        if path not in schemas:
            typer.echo(f"se escribió   {path}")
    if schemas:
        # They are for the editor; nobody reads a list of them.
        typer.echo(f"se escribieron {len(schemas)} esquemas en {schemas[0].parent}")
    for path in laid.replaced:
        typer.echo(f"se cambió     {path} (lo anterior: {path.name}.anterior)")
    if laid.kept:
        typer.echo(f"ya estaban y no se tocaron: {', '.join(str(path.relative_to(folder)) for path in laid.kept)}")
    typer.echo(_NEXT.format(folder=shlex.quote(str(folder)), program=program()))
