"""JSON Schemas of the rule files, made from the models that check them: editors complete and underline by them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daemon.edge.rulefiles import FOLDERS, SECTIONS
from daemon.edge.schemawords import SENTENCES
from daemon.model.rules import PLAZOS_NECESARIOS

FOLDER = "esquemas"


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of every rule file, by the file's name without suffix ("casa", "temas")."""
    return {section.field: _schema(section.model, section.file) for section in (*SECTIONS, *FOLDERS.values())}


def write_schemas(folder: Path) -> list[Path]:
    """Write them below a folder of rules, where the first line of its files looks for them."""
    home = folder / FOLDER
    home.mkdir(exist_ok=True)
    return [_written(home / f"{name}.schema.json", schema) for name, schema in schemas().items()]


def _written(file: Path, schema: Mapping[str, Any]) -> Path:
    file.write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return file


def _schema(model: Any, file: str) -> dict[str, Any]:
    made: dict[str, Any] = model.model_json_schema()
    groups = made.pop("$defs", {})
    told = _told(made, file if made.get("title") == file else str(made["title"]))
    if file == "plazos.yaml":
        told["properties"]["plazos"]["required"] = list(PLAZOS_NECESARIOS)
    if groups:
        told["$defs"] = {name: _told(group, name) for name, group in groups.items()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": file, **told}


def _told(group: dict[str, Any], model: str) -> dict[str, Any]:
    """One group with what an admin reads at its keys, instead of what pydantic says of the model."""
    plain: dict[str, Any] = _plain(group)
    for key, value in plain.get("properties", {}).items():
        value["description"] = SENTENCES.get(f"{model}.{key}") or SENTENCES[key]
    return plain


def _plain(schema: Any) -> Any:
    """Without the titles, the English descriptions and the long defaults that pydantic writes."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key in ("title", "description") and isinstance(value, str):
            continue
        if key == "default" and isinstance(value, dict | list):
            continue
        # The keys of `properties` are an admin's own words: a «title» among them is no title.
        if key == "properties":
            kept[key] = {name: _plain(each) for name, each in value.items()}
        else:
            kept[key] = _plain(value)
    return kept
