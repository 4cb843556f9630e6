"""JSON Schemas of the rule files: in step with the models, in Spanish, and of one mind with the loader."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from daemon.edge.rulefaults import rule_faults
from daemon.edge.rulefiles import FOLDERS, SECTIONS, rule_files
from daemon.edge.schemas import schemas, write_schemas
from daemon.edge.schemawords import SENTENCES
from daemon.edge.yamltext import read_yaml
from daemon.resources import shipped

RULES = shipped("rules")
FILES = sorted(file for pattern in ("*.yaml", "*/*.yaml") for file in RULES.glob(pattern))
SCHEMAS = schemas()


def schema_of(file: Path) -> dict[str, Any]:
    return SCHEMAS[file.parent.name if file.parent != RULES else file.stem]


def as_an_editor_reads(text: str) -> Any:
    """YAML 1.2 as editors read it: a date stays the text that was written."""

    def dates_as_text(value: Any) -> Any:
        match value:
            case dict():
                return {key: dates_as_text(each) for key, each in value.items()}
            case list():
                return [dates_as_text(each) for each in value]
            case date():
                return value.isoformat()
        return value

    return dates_as_text(YAML(typ="safe", pure=True).load(text))


def first_deep_key(text: str) -> str:
    """The file with its first key below the top one misspelt, or the top one where there is no other."""
    lines = text.split("\n")
    keys = [n for n, line in enumerate(lines) if ":" in line and not line.lstrip().startswith("#")]
    deep = [
        n for n in keys if lines[n].startswith((" ", "-")) and lines[n].rstrip().endswith((":", *"abcdefg0123456789"))
    ]
    at = next(iter(deep or keys))
    before, _, after = lines[at].partition(":")
    lines[at] = f"{before}zz:{after}"
    return "\n".join(lines)


def refused(file: Path, text: str) -> bool:
    """Whether the loader finds a fault in this file, were this its text."""
    name = file.parent.name if file.parent != RULES else file.stem
    document = read_yaml(text, file.name)
    document.check(next(each.model for each in (*SECTIONS, *FOLDERS.values()) if each.field == name))
    return bool(document.faults or rule_faults({file.name: document}))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_that_ships_is_the_one_that_the_models_make(name: str) -> None:
    written = json.loads((RULES / "esquemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert written == SCHEMAS[name], "acuse rules schema rules"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(RULES).as_posix())
def test_every_rule_file_names_its_schema_and_satisfies_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    named = text.split("\n")[0].removeprefix("# yaml-language-server: $schema=")
    assert json.loads((file.parent / named).read_text(encoding="utf-8")) == schema_of(file)
    errors = list(Draft202012Validator(schema_of(file)).iter_errors(as_an_editor_reads(text)))
    assert not errors, errors[0]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(RULES).as_posix())
def test_a_misspelt_key_is_refused_by_the_editor_and_by_the_loader(file: Path) -> None:
    broken = first_deep_key(file.read_text(encoding="utf-8"))
    assert not Draft202012Validator(schema_of(file)).is_valid(as_an_editor_reads(broken))
    assert refused(file, broken)


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("carpetas", "carpetas: {por_consultor: No}", True),
        ("carpetas", "carpetas: {por_consultor: quizá}", False),
        ("calendario", "calendario: {horario: {abre: 08:30, cierra: 18:00}}", True),
        ("calendario", "calendario: {horario: {abre: 8:30, cierra: 18:00}}", False),
        ("calendario", "calendario: {dias_propios: [{nombre: x, fecha: 2026-04-02}]}", True),
        ("topes", "topes: {por_peticion: seis}", False),
        ("topes", 'topes: {por_peticion: "6"}', False),
        ("informe", "informe: {tambien: [ana]}", False),
        ("informe", "informe: {hora: null}", True),
    ],
)
def test_the_editor_takes_what_the_loader_takes(name: str, text: str, right: bool) -> None:
    assert Draft202012Validator(SCHEMAS[name]).is_valid(as_an_editor_reads(text)) is right
    assert refused(RULES / f"{name}.yaml", text) is not right


def test_every_key_has_a_spanish_sentence_and_no_sentence_is_left_over() -> None:
    told = [
        value["description"]
        for schema in SCHEMAS.values()
        for group in (schema, *schema.get("$defs", {}).values())
        for value in group.get("properties", {}).values()
    ]
    assert len(told) > 250 and all(sentence.endswith(".") for sentence in told)
    assert set(SENTENCES.values()) == set(told)


def test_an_own_folder_gets_its_schemas_where_its_files_look_for_them(tmp_path: Path) -> None:
    written = write_schemas(tmp_path)
    assert tmp_path / "esquemas" / "temas.schema.json" in written
    assert not rule_files([tmp_path])
