"""`acuse rules check`, `test`, `schema`: what who writes rules asks before anything takes effect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AcuseError, FileFaults
from .base import DEFAULT_SETTINGS, SettingsFile, rules, tell_report

if TYPE_CHECKING:
    from ..rehearse.examples import Miss, Outcome, Sum

Carpetas = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Carpetas de reglas o de plantillas que se ponen sobre las de fábrica, en vez de las de service.toml.",
        metavar="CARPETA",
    ),
]
_WEAKEST = 10


@rules.command("check")
def check_command(carpetas: Carpetas = None, ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Revisa reglas y plantillas: todas las faltas a la vez, cada una con su lugar y su remedio.

    Con carpetas no hace falta service.toml. Los avisos no impiden que el servicio trabaje; una falta, sí.
    """
    from ..check import check_rules

    tell_report(check_rules(*_folders(carpetas, ajustes)))
    typer.echo("Todo en orden.")


@rules.command("test")
def test_command(
    carpetas: Carpetas = None,
    tema: Annotated[
        list[str] | None,
        typer.Option(help="Muestra cada falla de este tema o asunto (se puede repetir).", metavar="CLAVE"),
    ] = None,
    detalle: Annotated[bool, typer.Option("--detalle", help="Muestra cada falla de todos.")] = False,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Prueba las reglas con sus propios ejemplos, de dos modos: ya aprendidos, como juzgaría hoy el servicio ese mismo
    correo, y sin haberlos aprendido, que es lo que cabe esperar de un correo nuevo.

    Falla si un tema reconoce menos de tres cuartas partes de sus ejemplos ya aprendidos o menos de una cuarta parte sin
    aprender, o si un asunto sensible o la urgencia reconocen menos de tres cuartas partes de los suyos sin aprender.
    """
    from ..decide.classify import Classifier
    from ..edge.rulefiles import read_rules
    from ..rehearse.examples import run_examples
    from ..resources import shipped

    dirs, _ = _folders(carpetas, ajustes)
    files = read_rules(dirs)
    if files.rules is None:
        raise FileFaults(files.faults)
    base = [folder for folder in dirs if folder.resolve() == shipped("rules").resolve()]
    before = read_rules(base).rules if base and len(base) < len(dirs) else None
    outcome = run_examples(files.rules, files.documents, Classifier(before) if before else None)
    known = {each.name for each in (*outcome.topics, *outcome.matters)}
    if unknown := set(tema or ()) - known:
        raise AcuseError(f"no hay un tema ni un asunto «{min(unknown)}»", cure="vea las claves en rules/temas")
    own = {each.name for each in outcome.topics if before and before.tema(each.name) is None}
    _tell(outcome, own, set(tema or ()), everything=detalle)
    if outcome.failing:
        raise typer.Exit(1)


@rules.command("schema")
def schema_command(
    carpeta: Annotated[Path, typer.Argument(help="Carpeta de reglas.", metavar="CARPETA")],
) -> None:
    """Escribe en CARPETA/esquemas lo que un editor necesita para completar las claves y subrayar las faltas."""
    from ..edge.schemas import write_schemas

    if not carpeta.is_dir():
        raise AcuseError("no existe esa carpeta", where=str(carpeta), cure="revise la ruta")
    written = write_schemas(carpeta)
    typer.echo(f"{len(written)} esquemas en {written[0].parent}")


def _folders(carpetas: Sequence[Path] | None, ajustes: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Rule and template folders: those of service.toml, or the shipped ones with the named ones over them."""
    from ..config import folders
    from ..resources import shipped
    from .trial import folders_in

    if not carpetas:
        if not ajustes.is_file():
            cure = "indique otro con --ajustes, o nombre las carpetas: acuse rules check CARPETA…"
            raise AcuseError("no existe el archivo de ajustes", where=str(ajustes), cure=cure)
        return folders(ajustes)
    named = [folders_in(folder) for folder in carpetas]
    base = shipped("rules"), shipped("templates")
    more = [tuple(dict.fromkeys(path for each in named for path in each[kind])) for kind in (0, 1)]
    same = [[path for path in more[kind] if path.resolve() == base[kind].resolve()] for kind in (0, 1)]
    return tuple(
        (*(same[kind] or [base[kind]]), *(path for path in more[kind] if path not in same[kind])) for kind in (0, 1)
    )  # type: ignore[return-value]


def _tell(outcome: Outcome, own: set[str], named: set[str], *, everything: bool) -> None:
    topics = [each for each in outcome.topics if not named or each.name in named]
    matters = [each for each in outcome.matters if not named or each.name in named]
    asked = named | own | {each.name for each in outcome.failing}
    for title, misses, always in (
        ("Ni habiéndolos aprendido se reconocen: otra regla los gana", outcome.contradictions, True),
        ("Se reconoce el tema, y no el tipo", outcome.types, False),
        ("Sin haberlos aprendido se toman por otra cosa", outcome.unlearned, False),
        ("Se reconocían con las reglas de fábrica, y ya no (sin haberlos aprendido)", outcome.worse, True),
    ):
        _tell_misses(title, [each for each in misses if _shown(each, named, asked, everything=everything or always)])
    for line in outcome.without:
        typer.echo(f"aviso: {line}")
    weak = sorted(topics, key=lambda each: (each.works, each.unlearned / max(1, each.examples), each.name))
    shown = weak if named or everything else weak[:_WEAKEST]
    shown = [*[each for each in topics if each.name in own], *[each for each in shown if each.name not in own]]
    if shown:
        _tell_sums("Tema", shown)
    if len(shown) < len(topics):
        typer.echo(f"… y {len(topics) - len(shown)} temas que reconocen más (--detalle los muestra todos).")
    if matters:
        _tell_sums("Asunto", matters)
    _tell_total(outcome)


def _shown(miss: Miss, named: set[str], asked: set[str], *, everything: bool) -> bool:
    return miss.rule in asked or (everything and not named)


def _tell_misses(title: str, misses: Sequence[Miss]) -> None:
    if misses:
        typer.echo(f"{title} ({len(misses)}):")
        for miss in misses:
            typer.echo(f"  {miss}")
        typer.echo("")


def _tell_sums(kind: str, sums: Sequence[Sum]) -> None:
    matter = sums[0].matter
    typer.echo(f"{kind:42}{'ejemplos':>9}{'alarmas en casi' if matter else 'aprendidos':>17}{'sin aprender':>14}")
    for each in sums:
        second = f"{each.alarmed} de {each.near}" if matter else str(each.learned)
        mark = "" if each.works else "  ✗ no basta"
        typer.echo(f"{each.name:42}{each.examples:>9}{second:>17}{each.unlearned:>14}{mark}")
    typer.echo("")


def _tell_total(outcome: Outcome) -> None:
    examples = sum(each.examples for each in outcome.topics)
    learned, unlearned = (sum(getattr(each, name) for each in outcome.topics) for name in ("learned", "unlearned"))
    told = f"ya aprendidos se reconocen {learned}; sin aprender, {unlearned}"
    typer.echo(f"{len(outcome.topics)} temas, {examples} ejemplos: {told}.")
    if outcome.failing:
        names = ", ".join(each.name for each in outcome.failing)
        typer.echo(f"No bastan sus ejemplos o sus frases: {names}.")
    else:
        typer.echo("Todos los temas y asuntos reconocen lo suyo.")
