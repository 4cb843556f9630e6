"""The command line speaks Spanish: every help page, each sort of error, and whole sentences in lists of commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from daemon.cli import app
from daemon.cli.spanish import in_spanish, run, spoken

ROOT = spoken(typer.main.get_command(app))
ENGLISH = re.compile(
    r"\b(usage|options|commands|arguments|default|required|show|message|exit|invalid|missing|such|value|should|help"
    r"|path|datetime|integer|text)\b(?!\.)",
    re.IGNORECASE,
)


def pages(command: Any, name: str = "acuse") -> Iterator[tuple[str, str]]:
    """The help page of each command, by the words that call it."""
    yield name, command.context_class(command, info_name=name).get_help()
    for part, below in getattr(command, "commands", {}).items():
        yield from pages(below, f"{name} {part}")


PAGES = dict(pages(ROOT))


@pytest.mark.parametrize("name", PAGES)
def test_a_help_page_has_no_english_word_of_typers_own(name: str) -> None:
    # The names of options and commands are ours, and some are English; so is the folder that a person may name.
    prose = re.sub(r"(?m)--?[\w-]+|^  \w+ |«[^»]*»|^Uso: acuse.*|\S*[/.]\S*", "", PAGES[name])
    assert ENGLISH.findall(prose) == []
    assert not re.search(r"<\w|list\[|\w\.\.\.(?:\s|$)", PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_no_sentence_of_a_help_page_is_cut(name: str) -> None:
    assert "..." not in PAGES[name].replace("[...", "")
    assert all(len(line) <= 80 or "|" in line for line in PAGES[name].splitlines())


@pytest.mark.parametrize("name", PAGES)
def test_a_help_page_names_its_arguments_in_capitals_and_once_and_closes_its_brackets(name: str) -> None:
    usage = PAGES[name].partition("\n\n")[0].removeprefix(f"Uso: {name}")
    assert not re.search(r"[{}]|……|\[\[|\b[a-z]{3,}\b(?<!csv)", usage)
    assert PAGES[name].count("[") == PAGES[name].count("]")
    assert not re.search(r" de \[\d|\.0[\];]", PAGES[name])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("rplay", "No hay ninguna orden «rplay». ¿Quiso decir «replay»?"),
        ("replay a --untl 3", "No hay ninguna opción «--untl». ¿Quiso decir «--until»?"),
        ("replay a --until xx", "«--until»: no es una fecha como 2026-12-31."),
        ("replay a --approve nada", "«--approve»: «nada» no es ninguno de: seguras, todas, ninguna."),
        ("replay a --until", "A la opción «--until» le falta su valor."),
        ("replay --json=3 a", "La opción «--json» no lleva valor."),
        ("replay a b", "Sobra «b»."),
        ("replay", "Falta «CARPETA»."),
        ("rules try a --dias 0", "«--dias»: debe ser 1 o más."),
        ("rules try a --dias 999", "«--dias»: debe ser 366 o menos."),
        ("supervivencia list --limite z", "«--limite»: no es un número entero."),
    ],
)
def test_wrong_usage_is_told_in_spanish_and_ends_with_two(
    words: str, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["acuse", *words.split()])
    assert run(app) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""
    assert "Error" not in said.err and "Try" not in said.err


def test_what_the_table_does_not_know_is_not_told_in_english() -> None:
    assert in_spanish("Something that a later release says.") == "no es un valor de los que se esperan; vea la ayuda."
