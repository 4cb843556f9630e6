"""The guides and the README tell the truth: what they name exists, what is complete loads, what exists is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup, TyperOption

from daemon.cli import app
from daemon.edge.rulefiles import load_rules
from daemon.edge.templatefiles import load_templates
from daemon.reply.render import FILTERS
from daemon.reply.variables import VARIABLES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
WHOLE = "\n".join(TEXTS.values())
ADMIN = TEXTS["docs/administradores.md"]


def commands(command: Any, name: str = "acuse") -> Iterator[tuple[str, Any]]:
    """Every command by the words that call it."""
    if isinstance(command, TyperGroup):
        for part, child in command.commands.items():
            yield from commands(child, f"{name} {part}")
    else:
        yield name, command


TRUNK = typer.main.get_command(app)
COMMANDS = dict(commands(TRUNK))
OPTIONS = {
    option
    for command in (TRUNK, *COMMANDS.values())
    for parameter in command.params
    if isinstance(parameter, TyperOption)
    for option in parameter.opts
}


def code(text: str) -> str:
    """What stands in backticks or in code blocks, where commands are told from prose."""
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", prose)])


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_that_a_page_names_exists(page: str) -> None:
    words = {name.split(" ")[1] for name in COMMANDS}
    named = re.findall(r"^(?:\$ )?(?:\S+/)?acuse ([a-z]+)", code(TEXTS[page]), re.MULTILINE)
    assert set(named) <= words


@pytest.mark.parametrize("page", TEXTS)
def test_every_option_that_a_page_names_exists(page: str) -> None:
    # A line of a block that calls the machine's own tools has their options.
    ours = re.sub(r"^ *(?:\S*/)?(?:systemctl|systemd-|journalctl|pip\b|pg_).*$", "", TEXTS[page], flags=re.MULTILINE)
    # `--once` is an option; the rules of tables and of front matter are dashes alone.
    named = re.findall(r"(?<![\w-])--[a-z][a-z-]*", ours)
    assert set(named) <= OPTIONS


def test_the_command_line_was_found_whole() -> None:
    assert {"acuse check", "acuse quarantine retry"} <= set(COMMANDS)
    assert {"--ajustes", "--once"} <= OPTIONS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_somewhere(name: str) -> None:
    assert name in WHOLE or re.search(rf"`{name.rpartition(' ')[0]} [^`]*\b{name.rpartition(' ')[2]}\b", WHOLE)


@pytest.mark.parametrize("option", sorted(OPTIONS - {"-h", "--help"}))
def test_every_option_is_told_somewhere(option: str) -> None:
    assert f"`{option}" in WHOLE


@pytest.mark.parametrize("page", TEXTS)
def test_every_file_and_folder_that_a_page_names_exists(page: str) -> None:
    roots = r"(?:rules|templates|daemon|storage|tests|docs|benchmarks|\.ci)"
    # What a page copies to an office's own folder is named by where it comes from.
    named = re.findall(rf"(?<![\w/.-]){roots}/[\w./*-]*", code(TEXTS[page]))
    named += re.findall(r"(?<![\w/.-])(?:service\.toml|Makefile|pyproject\.toml)\b", TEXTS[page])
    assert not [name for name in set(named) if not list(ROOT.glob(name.rstrip("/.")))]


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_and_picture_leads_somewhere(page: str) -> None:
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", TEXTS[page], flags=re.MULTILINE | re.DOTALL)
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        place, _, anchor = target.partition("#")
        if "://" in place:
            continue
        assert (folder / place).exists() if place else anchor in anchors(TEXTS[page]), target


def anchors(text: str) -> set[str]:
    """The names that headings get on GitHub: lower case, without marks, spaces as hyphens."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def snippets(mark: str) -> list[tuple[str, str]]:
    """(name, text) of the code blocks below a comment such as «archivo completo: plazos.yaml»."""
    return re.findall(rf"<!-- {mark}: (\S+) -->\n```\w+\n(.*?)^```$", ADMIN, re.MULTILINE | re.DOTALL)


def test_every_snippet_that_is_a_complete_rule_file_loads(tmp_path: Path) -> None:
    files = snippets("archivo completo")
    assert len(files) >= 3
    for name, text in files:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    rules = load_rules([ROOT / "rules", tmp_path])
    assert rules.tema("unidad_movil") is not None
    assert rules.plazos["segunda_solicitud"].n == 3


def test_every_snippet_that_is_a_complete_template_loads_and_its_topic_finds_it(tmp_path: Path) -> None:
    files = snippets("plantilla completa")
    assert files
    for name, text in files:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    templates = load_templates([ROOT / "templates", tmp_path])
    topics = dict(snippets("archivo completo"))["temas/unidad_movil.yaml"]
    assert any(f"plantilla: {name}" in topics and templates.get(name) for name in templates.templates)


def test_every_rule_file_has_its_place_in_the_tour() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").glob("*.yaml")}
    assert {name for name in files if f"`{name}`" in ADMIN} == files


def test_the_list_of_template_variables_is_whole_and_names_nothing_else() -> None:
    table = ADMIN.split("| Variable | Qué pone |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(VARIABLES)


def test_the_list_of_template_filters_is_whole_and_names_nothing_else() -> None:
    listed = ADMIN.split("estos **filtros**")[1].split("Lo demás")[0].split("):")[1]
    assert set(re.findall(r"`(\w+)`", listed)) == set(FILTERS)
