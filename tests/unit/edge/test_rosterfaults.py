"""consultores.yaml: every slip between its entries, the house and the topics is told with its line and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.edge.rulefiles import load_rules
from daemon.errors import Fault, FileFaults
from tests.unit.edge.test_rulefiles import edit, only_fault_of, rules

__all__ = ["rules"]

ROSTER = """\
consultores:
  - correo: consultora.uno@imss.gob.mx
    nombre: Consultora Uno
    supervisor: supervision.dac@imss.gob.mx
    temas: [citas]
    ausencias:
      - desde: 2026-12-21
        hasta: 2027-01-05
        suple: consultor.dos@imss.gob.mx
  - correo: consultor.dos@imss.gob.mx
    nombre: Consultor Dos
    supervisor: consultora.uno@imss.gob.mx
"""
SUPERVISOR = "  personas:\n    - {correo: supervision.dac@imss.gob.mx, nombre: Supervisión, papel: supervisor}\n"


@pytest.fixture
def roster(rules: Path) -> Path:
    """A roster without a fault, in a folder of rules without a fault."""
    edit(rules / "casa.yaml", "  personas: []\n", SUPERVISOR)
    (rules / "consultores.yaml").write_text(ROSTER)
    load_rules([rules])
    return rules


def slip(roster: Path, old: str, new: str) -> Fault:
    """The one fault that this change of the roster makes."""
    edit(roster / "consultores.yaml", old, new)
    return only_fault_of(roster)


def test_a_topic_that_does_not_exist_is_told_with_the_one_that_was_meant(roster: Path) -> None:
    fault = slip(roster, "temas: [citas]", "temas: [cita]")
    assert (fault.line, fault.path) == (5, "consultores[0].temas[0]")
    assert fault.found == "«cita»"
    assert "citas" in fault.cure


def test_a_consultant_stands_there_once(roster: Path) -> None:
    entry = "  - correo: Consultor.Dos@imss.gob.mx\n    nombre: El mismo\n"
    edit(roster / "consultores.yaml", "    supervisor: consultora.uno@imss.gob.mx\n", entry)
    fault = only_fault_of(roster)
    assert fault.line == 12
    assert "por segunda vez (línea 10)" in fault.found


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("suple: consultor.dos", "suple: consultor.tres", "consultores[0].ausencias[0].suple"),
        ("supervisor: supervision.dac", "supervisor: supervision.otra", "consultores[0].supervisor"),
        ("supervisor: consultora.uno", "supervisor: consultor.dos", "consultores[1].supervisor"),
    ],
)
def test_whoever_supervises_or_stands_in_is_known(roster: Path, old: str, new: str, field: str) -> None:
    fault = slip(roster, old, new)
    assert fault.path == field
    assert "otro consultor" in fault.expected
    assert fault.cure


def test_nobody_stands_in_for_themselves(roster: Path) -> None:
    assert "a sí mismo" in slip(roster, "suple: consultor.dos", "suple: consultora.uno").found


def test_an_absence_ends_after_it_begins(roster: Path) -> None:
    fault = slip(roster, "hasta: 2027-01-05", "hasta: 2026-12-05")
    assert (fault.line, fault.path) == (7, "consultores[0].ausencias[0]")
    assert "anterior" in fault.expected


def test_absences_of_one_person_do_not_overlap(roster: Path) -> None:
    more = "        suple: consultor.dos@imss.gob.mx\n      - {desde: 2027-01-05, hasta: 2027-01-09}\n"
    fault = slip(roster, "        suple: consultor.dos@imss.gob.mx\n", more)
    assert (fault.line, fault.path) == (10, "consultores[0].ausencias[1].desde")
    assert "21/12/2026 al 05/01/2027" in fault.found


def test_stand_ins_who_stand_in_for_each_other_are_told_once(roster: Path) -> None:
    away = (
        "    supervisor: consultora.uno@imss.gob.mx\n    ausencias:\n"
        "      - {desde: 2027-01-05, hasta: 2027-01-09, suple: consultora.uno@imss.gob.mx}\n"
    )
    fault = slip(roster, "    supervisor: consultora.uno@imss.gob.mx\n", away)
    assert fault.path == "consultores[1].ausencias[0].suple"
    assert "05/01/2027" in fault.found
    assert "→" in fault.found


def test_stand_ins_who_are_away_on_other_days_are_no_fault(roster: Path) -> None:
    away = (
        "    supervisor: consultora.uno@imss.gob.mx\n    ausencias:\n"
        "      - {desde: 2027-01-06, hasta: 2027-01-09, suple: consultora.uno@imss.gob.mx}\n"
    )
    edit(roster / "consultores.yaml", "    supervisor: consultora.uno@imss.gob.mx\n", away)
    assert len(load_rules([roster]).consultores) == 2


def test_mail_to_our_people_stays_in_the_house(roster: Path) -> None:
    text = (roster / "consultores.yaml").read_text().replace("consultor.dos@imss.gob.mx", "dos@correo.example")
    (roster / "consultores.yaml").write_text(text)
    fault = only_fault_of(roster)
    assert (fault.line, fault.path) == (10, "consultores[1].correo")
    assert "imss.gob.mx" in fault.expected


def test_all_slips_are_told_at_once(roster: Path) -> None:
    edit(roster / "consultores.yaml", "temas: [citas]", "temas: [cita]")
    edit(roster / "consultores.yaml", "suple: consultor.dos", "suple: nadie")
    with pytest.raises(FileFaults) as caught:
        load_rules([roster])
    assert len(caught.value.faults) == 2
