"""`acuse rules log`: which versions of rules and templates were in force when, and what changed between two."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..count.words import counted
from ..errors import AcuseError
from ..model.versions import changed_files
from .base import DEFAULT_SETTINGS, SettingsFile, ask_office, rules
from .telling import AsJson, as_json, tell_table, when

if TYPE_CHECKING:
    from ..app import Office
    from ..model.versions import RuleVersion


@rules.command("log")
def log(
    numeros: Annotated[
        list[int] | None,
        typer.Argument(help="Con --diff, las dos versiones que se comparan; si no, las dos últimas.", metavar="N.º"),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Muestra qué cambió, archivo por archivo.")] = False,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    en_json: AsJson = False,
) -> None:
    """Enumera las versiones de reglas y plantillas que han regido: desde cuándo, qué archivos cambiaron, y cuántas
    decisiones se tomaron con cada una."""
    office = ask_office(ajustes)
    versions = office.desk.store.rule_versions()
    if diff:
        _tell_difference(office, _pair(versions, numeros or []))
        return
    changes = [len(changed_files(before, after)) for before, after in _steps(versions)]
    if en_json:
        typer.echo(as_json([_plain(each, count) for each, count in zip(versions, changes, strict=True)]))
        return
    if not versions:
        typer.echo("Todavía no ha regido ninguna: el servicio no se ha iniciado.")
        return
    rows = [
        (
            str(each.number),
            when(office, each.since),
            each.rules,
            each.templates,
            "todos" if place == 0 else str(count),
            str(each.decisions),
        )
        for place, (each, count) in enumerate(zip(versions, changes, strict=True))
    ]
    tell_table(("n.º", "rige desde", "reglas", "plantillas", "archivos cambiados", "decisiones"), rows)


def _steps(versions: Sequence[RuleVersion]) -> list[tuple[Mapping[str, str], Mapping[str, str]]]:
    """The files of each version, with those of the one before."""
    before: list[Mapping[str, str]] = [{}, *(each.files for each in versions)]
    return [(old, each.files) for old, each in zip(before, versions, strict=False)]


def _plain(version: RuleVersion, changed: int) -> dict[str, object]:
    return {
        "numero": version.number,
        "rige_desde": version.since,
        "reglas": version.rules,
        "plantillas": version.templates,
        "archivos_cambiados": changed,
        "decisiones": version.decisions,
    }


def _pair(versions: Sequence[RuleVersion], numbers: Sequence[int]) -> tuple[RuleVersion, RuleVersion]:
    """The two versions asked for, the last two unless said; one number is compared with the version before it."""
    by_number = {each.number: each for each in versions}
    if not numbers:
        numbers = [each.number for each in versions[-2:]]
    if len(numbers) == 1:
        numbers = [numbers[0] - 1, numbers[0]]
    missing = [str(number) for number in numbers if number not in by_number]
    if missing or len(numbers) != 2:
        found = f"la versión {', '.join(missing)} no está guardada" if missing else "se comparan dos versiones"
        raise AcuseError(found, where="--diff", cure="vea los números con «acuse rules log»")
    return by_number[numbers[0]], by_number[numbers[1]]


def _tell_difference(office: Office, pair: tuple[RuleVersion, RuleVersion]) -> None:
    old, new = pair
    texts = [office.desk.store.rule_texts(each.number) for each in pair]
    names = changed_files(old.files, new.files)
    typer.echo(
        f"De la versión {old.number} ({when(office, old.since)}) a la {new.number} ({when(office, new.since)}): "
        f"{counted(len(names), 'archivo cambió', 'archivos cambiaron')}."
    )
    for name in names:
        what = "se quitó" if name not in new.files else "es nuevo" if name not in old.files else "cambió"
        typer.echo(f"\n{name} {what}")
        before, after = texts[0].get(name), texts[1].get(name)
        if (name in old.files and before is None) or (name in new.files and after is None):
            typer.echo("  (no es texto: solo se sabe que es otro)")
            continue
        for line in _lines(before or "", after or "", pair):
            typer.echo(f"  {line}")


def _lines(before: str, after: str, pair: tuple[RuleVersion, RuleVersion]) -> Iterator[str]:
    """What differs, as programmers and their tools write it, with the places told in Spanish."""
    old, new = (f"versión {each.number}" for each in pair)
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="", n=2):
        yield f"… renglón {line.split()[2].removeprefix('+').partition(',')[0]} …" if line.startswith("@@") else line
