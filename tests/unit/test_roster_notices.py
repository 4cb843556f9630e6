"""What `acuse check` says of a roster without a fault: what it leaves without anybody."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from daemon.edge.rulebook import roster_notices
from daemon.edge.rulefiles import load_rules
from daemon.model.office_rules import Ausencia, Consultor
from daemon.model.rules import RuleSet

# A Monday; the week after it has no day of rest.
TODAY = date(2025, 10, 13)


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    return load_rules([Path("rules")])


def notices(shipped: RuleSet, *consultores: Consultor) -> str:
    return "\n".join(roster_notices(shipped.model_copy(update={"consultores": consultores}), TODAY))


def one(**more: object) -> Consultor:
    return Consultor.model_validate(
        {"correo": "uno@imss.gob.mx", "nombre": "Uno", "supervisor": "s@imss.gob.mx"} | more
    )


def test_without_a_roster_nobody_is_assigned_and_it_is_said(shipped: RuleSet) -> None:
    assert "vacío" in notices(shipped)


def test_a_whole_roster_leaves_nothing_to_say(shipped: RuleSet) -> None:
    assert notices(shipped, one()) == ""


def test_topics_that_nobody_has_are_counted_and_some_named(shipped: RuleSet) -> None:
    first = shipped.temas[0].clave
    told = notices(shipped, one(temas=[first]))
    assert f"{len(shipped.temas) - 1} temas no son de ningún consultor" in told
    assert "y otros" in told


def test_days_of_next_week_without_anybody_are_named(shipped: RuleSet) -> None:
    absence = Ausencia(desde=date(2025, 10, 16), hasta=date(2025, 10, 19))
    assert "ausentes en la próxima semana: 16/10/2025, 17/10/2025." in notices(shipped, one(ausencias=[absence]))


def test_whoever_has_no_supervisor_has_nobody_to_ask(shipped: RuleSet) -> None:
    assert "(P a71)" in notices(shipped, one(supervisor=None))
