"""A few days of a whole office under the virtual clock: everything that the month promises holds in the small, too."""

from __future__ import annotations

import pytest

from benchmarks.month.audit import audit, figures
from benchmarks.month.office import Month
from benchmarks.month.run import CLOSED, simulate


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Month, dict[str, list[str]]]:
    month, staff, siade, enlaces = simulate(tmp_path_factory.mktemp("mes"), mails=40, days=4, seed=7, tail=2)
    told = "\n".join(figures(month, staff, siade, enlaces, 1.0))
    assert f"Correos recibidos: {len(month.delivered)} " in told
    return month, audit(month, staff, CLOSED)


def test_nothing_of_what_is_promised_breaks_in_some_days_of_the_office(
    days: tuple[Month, dict[str, list[str]]],
) -> None:
    _, faults = days
    assert {name: found for name, found in faults.items() if found} == {}


def test_the_days_are_busy_enough_to_say_something(days: tuple[Month, dict[str, list[str]]]) -> None:
    month, _ = days
    sent = {str(event.fields["borrador"].clase) for event in month.events if event.action == "enviado"}
    assert {"datos_complementarios", "acuse_cdaod", "aviso_folio", "orientacion"} <= sent
    assert len(month.delivered) > 80
