"""What an admin writes in destinos.yaml is checked against topics, terms, places and the house, with place and cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from daemon.edge.rulefiles import load_rules
from daemon.errors import Fault, FileFaults

SHIPPED = Path(__file__).parents[3] / "rules"


def faults(folder: Path, old: str, new: str) -> tuple[Fault, ...]:
    rules = folder / "rules"
    shutil.copytree(SHIPPED, rules)
    file = rules / "destinos.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(FileFaults) as caught:
        load_rules([rules])
    return caught.value.faults


@pytest.mark.parametrize(
    ("old", "new", "found", "path"),
    [
        ("temas: [falla_sistema,", "temas: [fallas_sistema,", "«fallas_sistema»", "organos[3].temas[0]"),
        ("temas: [falla_sistema,", "temas: [falla_sistema, sipare,", "ya atiende", "organos[4].temas[0]"),
        ("enlace: null", "enlace: enlace@otra.example", "otra.example", "organos[0].enlace"),
        ("enlace: null", "plazo: respuesta_organo", "«respuesta_organo»", "organos[0].plazo"),
        ("enlace: null", "ooad: [jalisko]", "«jalisko»", "organos[0].ooad[0]"),
        ("tambien: [Ciudad del Carmen]", "tambien: [Guadalajara]", "también nombra", "tambien[0]"),
        ("clave: sntss", "clave: oic", "por segunda vez", "organos[12].clave"),
    ],
)
def test_a_slip_in_the_matrix_is_told_with_its_place(tmp_path: Path, old: str, new: str, found: str, path: str) -> None:
    (fault,) = faults(tmp_path, old, new)
    assert found in fault.found and path in fault.path
    assert fault.file.endswith("destinos.yaml") and fault.line
