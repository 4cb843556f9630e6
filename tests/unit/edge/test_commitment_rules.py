"""rules/compromisos.yaml and rules/areas.yaml: each slip is told with its file, line and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.edge.rulefiles import load_rules
from daemon.errors import Fault, FileFaults

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "docs" / "compromisos_ejemplo.yaml").read_text(encoding="utf-8")


def fault_after(folder: Path, name: str, text: str, old: str, new: str) -> Fault:
    """The one fault of the shipped rules with this file after one edit."""
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FileFaults) as caught:
        load_rules([ROOT / "rules", folder])
    (fault,) = caught.value.faults
    assert fault.file.endswith(name)
    return fault


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_example_of_the_guide_is_without_fault_and_the_shipped_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "compromisos.yaml").write_text(EXAMPLE, encoding="utf-8")
    assert [one.no for one in load_rules([ROOT / "rules", tmp_path]).compromisos.compromisos] == [1, 2, 3]
    assert load_rules([ROOT / "rules"]).compromisos.compromisos == ()


def test_a_commitment_without_a_date(tmp_path: Path) -> None:
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, "    fecha_de_termino: 2015-10-30\n", "")
    assert (fault.path, fault.expected) == ("compromisos[1].fecha_de_termino", "la clave «fecha_de_termino»")
    assert fault.line == line_of(EXAMPLE, "- no: 2")
    assert fault.cure


def test_a_date_that_does_not_exist(tmp_path: Path) -> None:
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, "2015-10-30", "2015-10-32")
    assert fault.line == line_of(EXAMPLE, "2015-10-30")
    assert fault.expected.startswith("una fecha que exista")


def test_a_number_twice(tmp_path: Path) -> None:
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, "- no: 2", "- no: 1")
    assert (fault.path, fault.line) == ("compromisos[1].no", line_of(EXAMPLE, "- no: 2"))
    assert "por segunda vez" in fault.found


def test_an_area_without_an_address(tmp_path: Path) -> None:
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, "    correo: unidad.incorporacion@imss.gob.mx\n", "")
    assert (fault.path, fault.expected) == ("areas[0].correo", "la clave «correo»")


def test_an_area_that_is_not_listed_has_no_address(tmp_path: Path) -> None:
    old = "area_responsable: Unidad de Incorporación al Seguro Social"
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, old, old.replace("Incorporación", "Incorporacion"))
    assert fault.path == "compromisos[0].area_responsable"
    assert "que no tiene dirección" in fault.found
    assert fault.cure == "¿quiso decir «Unidad de Incorporación al Seguro Social»?"


def test_an_address_outside_the_house_would_never_get_its_reminder(tmp_path: Path) -> None:
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, "cobranza@imss.gob.mx", "cobranza@correo.example")
    assert (fault.path, fault.line) == ("areas[1].correo", line_of(EXAMPLE, "coordinacion.cobranza@"))
    assert "imss.gob.mx" in fault.expected


@pytest.mark.parametrize("value", ["120", "-1", "80%"])
def test_a_percentage_out_of_range(tmp_path: Path, value: str) -> None:
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, "avance: 100", f"avance: {value}")
    assert (fault.path, fault.line) == ("compromisos[0].avance", line_of(EXAMPLE, "avance: 100"))


def test_commitments_without_a_period_would_be_taken_for_another_years(tmp_path: Path) -> None:
    fault = fault_after(tmp_path, "compromisos.yaml", EXAMPLE, "periodo: 2014-2015\n", "")
    assert "periodo" in fault.expected


def test_a_mailbox_under_an_area_that_is_not_there(tmp_path: Path) -> None:
    text = (ROOT / "rules" / "casa.yaml").read_text(encoding="utf-8")
    old = "nombre: Atención a Derechohabientes IMSS\n"
    fault = fault_after(tmp_path, "casa.yaml", text, old, f"{old}      area_de_plazos: gestio\n")
    assert (fault.path, fault.cure) == ("casa.cuentas[0].area_de_plazos", "¿quiso decir «gestion»?")


def test_a_mailbox_is_put_under_an_area_by_one_line(tmp_path: Path) -> None:
    text = (ROOT / "rules" / "casa.yaml").read_text(encoding="utf-8")
    old = "nombre: Atención a Derechohabientes IMSS\n"
    (tmp_path / "casa.yaml").write_text(text.replace(old, f"{old}      area_de_plazos: gestion\n"), encoding="utf-8")
    rules = load_rules([ROOT / "rules", tmp_path])
    found = rules.espera("atnder@imss.gob.mx", None)
    assert found is not None and found.numeral == "P a27–a28"
    assert rules.espera("mujer.embarazada@imss.gob.mx", None) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("llamadas: [2, 4, 6]", "llamadas: [2, 4, 8]"),
        ("al_vencer: nada\n        concluye", "al_vencer: correo\n        concluye"),
    ],
)
def test_an_area_that_contradicts_itself_is_a_fault(tmp_path: Path, old: str, new: str) -> None:
    text = (ROOT / "rules" / "areas.yaml").read_text(encoding="utf-8")
    assert fault_after(tmp_path, "areas.yaml", text, old, new).expected.startswith("«")
