"""`acuse score`: how the rules do on mails whose right answer is known (gold.jsonl), field by field, misses named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AcuseError
from . import score_survival
from .bench import Bench
from .explain import explain

_TYPES = {
    "orientación": "orientacion",
    "gestión": "gestion",
    "queja de servicio": "queja",
    "sugerencia": "sugerencia",
    "reconocimiento": "reconocimiento",
    "ninguna": None,
}
_STEPS = {
    "orientacion_review": {"orientacion"},
    "datos_complementarios": {"datos_complementarios"},
    "aclaracion": {"aclaracion"},
    "consultor": {"consultor", "registro"},
    "no_reply": {"sin_respuesta"},
}
_DESTINATIONS = {
    "none": "ninguno",
    "CDAOD-JDAOD": "cdaod_jdaod",
    "órgano normativo": "organo_normativo",
    "OIC-SNTSS": "oic_sntss",
}
_MISSING = {"name": "nombre", "nss": "nss", "contact": "contacto"}
# In the order in which the report has them.
FIELDS = (
    "correo_de_maquina",
    "sin_respuesta_automatica_prohibida",
    "tipo",
    "paso",
    "destino",
    "nss",
    "curp",
    "rfc",
    "nombre",
    "telefono",
    "faltantes",
    "claridad",
    "urgencia",
)


@dataclass(slots=True)
class Field:
    """One field's tally: `misses` are (file, expected, came, why)."""

    right: int = 0
    total: int = 0
    misses: list[tuple[str, str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Score:
    """The tallies of the fields that the mails have, and the precision of what would have left by itself."""

    fields: dict[str, Field] = field(default_factory=dict)
    automatic: int = 0
    automatic_right: int = 0

    @property
    def perfect(self) -> bool:
        return all(not tally.misses for tally in self.fields.values())


def score_folder(folder: Path, bench: Bench, tell: Callable[[int, int], None] = lambda _done, _total: None) -> Score:
    """Explain every mail of the folder's gold.jsonl and compare; AcuseError when there is no gold to compare with."""
    result = Score()
    known = list(_gold(folder))
    for done, gold in enumerate(known, 1):
        path = folder / str(gold["file"])
        came = explain(path.read_bytes(), path.name, bench)
        _compare(result, gold, came)
        tell(done, len(known))
    return result


def _gold(folder: Path) -> Iterator[dict[str, Any]]:
    path = folder / "gold.jsonl"
    if not path.is_file():
        raise AcuseError("no hay gold.jsonl en la carpeta", where=str(folder), cure="agregue una línea por correo")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except json.JSONDecodeError as problem:
                raise AcuseError(f"JSON inválido: {problem.msg}", where=f"{path}:{number}") from problem


def _compare(result: Score, gold: dict[str, Any], came: dict[str, Any]) -> None:
    note = _Noter(result, gold, came)
    if "from_account_status" in gold:
        right = score_survival.compare(note, gold, came)
        result.automatic += came["disposition"] == "enviar"
        result.automatic_right += came["disposition"] == "enviar" and right
        return
    machine = gold["is_new_vs_followup"] == "machine"
    steps = _names(_STEPS, gold, "expected_next_step", "next_step_alternatives")
    allowed = set().union(*steps)
    if machine:
        note("correo_de_maquina", "sin_respuesta", came["step"], came["step"] in allowed, "kind")
        return
    if gold["must_not_autoreply"]:
        silent = came["disposition"] != "enviar"
        note("sin_respuesta_automatica_prohibida", "no enviar", came["disposition"], silent, "disposicion")
    types = _names(_TYPES, gold, "category", "category_alternatives")
    places = _names(_DESTINATIONS, gold, "destination", "destination_alternatives")
    right_type, right_step = came["type"] in types, came["step"] in allowed
    note("tipo", types, came["type"], right_type, "tipo")
    note("paso", sorted(allowed), came["step"], right_step, "paso")
    note("destino", places, came["destination"]["kind"], came["destination"]["kind"] in places, "tema")
    if came["disposition"] == "enviar":
        # Right is what the person would get: the right mail, asking for just what is missing, where one may be sent.
        asked_right = set(came["missing"]) == {_MISSING[name] for name in gold["missing_minimum"]}
        result.automatic += 1
        result.automatic_right += right_step and asked_right and not gold["must_not_autoreply"]
    _compare_data(note, gold, came)
    note("claridad", gold["clear"], came["clear"], gold["clear"] == came["clear"], "claridad")
    if not gold.get("urgent_debatable"):
        note("urgencia", gold["urgent"], came["urgent"], gold["urgent"] == came["urgent"], "urgencia")


def _compare_data(note: Callable[..., None], gold: dict[str, Any], came: dict[str, Any]) -> None:
    ids, data = gold["identifiers"], came["data"]
    inside = gold.get("data_in_attachment") or {}
    for name, key in (("nss", "nss"), ("curp", "curp"), ("rfc", "rfc"), ("telefono", "phone"), ("nombre", "name")):
        right = {ids.get(key), inside.get(key) or ids.get(key)}
        if key == "name":
            right |= set(gold.get("name_alternatives") or ())
        note(name, sorted(map(str, right)), data[name], data[name] in right, name)
    missing = {_MISSING[name] for name in gold["missing_minimum"]}
    note("faltantes", sorted(missing), came["missing"], set(came["missing"]) == missing, "datos")


def _names(table: dict[str, Any], gold: dict[str, Any], key: str, more: str) -> list[Any]:
    words = [gold[key], *(gold.get(more) or ())]
    try:
        return [table[word] for word in words]
    except KeyError as unknown:
        raise AcuseError(f"palabra desconocida: {unknown}", where=f"gold.jsonl, {gold['file']}, {key}") from None


@dataclass(slots=True)
class _Noter:
    result: Score
    gold: dict[str, Any]
    came: dict[str, Any]

    def __call__(self, name: str, expected: Any, got: Any, right: bool, about: str) -> None:
        tally = self.result.fields.setdefault(name, Field())
        tally.total += 1
        if right:
            tally.right += 1
            return
        hits = [r for r in self.came["reasons"] if r["hit"] and (about in r["rule"] or r["rule"].startswith("paso"))]
        why = "; ".join(f"{r['rule']} ({r['numeral']}): {r['evidence']}" for r in hits[:3])
        tally.misses.append((str(self.gold["file"]), str(expected), str(got), why))


def report(result: Score) -> Iterator[str]:
    """A line for each field with right/total, the precision of automatic mail, then every miss and why."""
    for name in dict.fromkeys((*FIELDS, *score_survival.FIELDS)):
        tally = result.fields.get(name)
        if tally is None:
            continue
        share = f"{100 * tally.right / tally.total:5.1f} %" if tally.total else "      —"
        yield f"{name:36} {tally.right:4}/{tally.total:<4} {share}"
    precision = f"{100 * result.automatic_right / result.automatic:.1f} %" if result.automatic else "—"
    yield f"{'saldrían solos':36} {result.automatic_right:4}/{result.automatic:<4} {precision:>7}"
    for name, tally in result.fields.items():
        for file, expected, got, why in tally.misses:
            yield f"✗ {name} {file}: se esperaba {expected}; resultó {got} — {why}"
