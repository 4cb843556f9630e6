"""The state table is the only way in which a petition moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.decide.lifecycle import SURVIVAL_ROWS, TABLE, Happening, as_mermaid, on_sending, step
from daemon.errors import IllegalTransition
from daemon.model.petition import Clase, State


def test_the_prescribed_way_leads_from_the_first_request_to_the_conclusion() -> None:
    state = State.NUEVA
    for happening in (
        Happening.PIDE_DATOS,
        Happening.SALE_SOLICITUD_1,
        Happening.VENCE_PLAZO,
        Happening.SALE_SOLICITUD_2,
        Happening.VENCE_PLAZO,
        Happening.SALE_CONCLUSION,
    ):
        state, numeral = step(state, happening)
        assert numeral.startswith("P a")
    assert state is State.CONCLUIDA_DESINTERES


def test_an_illegal_event_changes_nothing_and_says_so() -> None:
    with pytest.raises(IllegalTransition, match="no procede"):
        step(State.CONCLUIDA, Happening.VENCE_PLAZO)


def test_a_conclusion_is_never_sent_for_a_petition_that_was_answered() -> None:
    assert (State.REVISION_CONSULTOR, Happening.SALE_CONCLUSION) not in TABLE
    assert (State.REVISION_CONSULTOR, Happening.VENCE_PLAZO) not in TABLE


def test_every_closed_state_can_be_reopened_by_its_person() -> None:
    closed = [state for state in State if state.closed]
    assert closed
    assert all(step(state, Happening.REABRE)[0] is State.REVISION_CONSULTOR for state in closed)


def test_every_row_names_its_numeral() -> None:
    assert all(numeral.startswith("P ") or numeral == "C" for _, numeral in TABLE.values())


def test_the_second_request_is_another_event_than_the_first() -> None:
    assert on_sending(Clase.DATOS_COMPLEMENTARIOS, 1) is Happening.SALE_SOLICITUD_1
    assert on_sending(Clase.DATOS_COMPLEMENTARIOS, 2) is Happening.SALE_SOLICITUD_2
    assert on_sending(Clase.FICHA, 1) is None


def test_the_diagram_is_made_from_the_table() -> None:
    diagram = as_mermaid()
    assert diagram.startswith("stateDiagram-v2")
    assert "espera_datos_2 --> mensaje_en_cola" in diagram
    assert "vence_plazo" in diagram


def test_the_diagram_in_the_docs_is_the_table() -> None:
    told = (Path(__file__).parents[3] / "docs" / "estados.md").read_text(encoding="utf-8")
    assert as_mermaid() in told
    assert as_mermaid(SURVIVAL_ROWS) in told
