"""Reminders of commitments: on the business day that the rules say, the latest one only, none for what is done."""

from __future__ import annotations

from datetime import date

import pytest

from daemon.decide.calendar import OfficeCalendar
from daemon.decide.commitments import reminder
from daemon.model.commitments import Avisos, Compromiso, Row
from daemon.model.rules import Calendario

CALENDAR = OfficeCalendar(Calendario())
AVISOS = Avisos(antes=(10, 3, 0), despues=(1, 5))


def row(end: date = date(2026, 3, 31), avance: float = 60) -> Row:
    one = Compromiso(no=3, aspecto="a", actividades="b", area_responsable="c", fecha_de_termino=end)
    return Row("2026/3", "area@imss.gob.mx", one, avance, (), "", "", "")


@pytest.mark.parametrize(
    ("today", "name", "days"),
    [
        # The 16th of March 2026 is a holiday, so that ten business days before the 31st is the 17th.
        (date(2026, 3, 13), None, 0),
        (date(2026, 3, 17), "antes-10", 10),
        (date(2026, 3, 25), "antes-10", 4),
        (date(2026, 3, 26), "antes-3", 3),
        (date(2026, 3, 30), "antes-3", 1),
        (date(2026, 3, 31), "antes-0", 0),
        (date(2026, 4, 1), "despues-1", 1),
        (date(2026, 4, 7), "despues-5", 5),
        (date(2027, 4, 7), "despues-5", None),
    ],
)
def test_the_reminder_of_a_day(today: date, name: str | None, days: int | None) -> None:
    due = reminder(row(), AVISOS, today, CALENDAR)
    assert (due.name if due else None) == name
    if due and days is not None:
        assert (due.days, due.late) == (days, today > date(2026, 3, 31))


def test_what_is_done_is_left_alone() -> None:
    assert reminder(row(avance=100), AVISOS, date(2026, 4, 7), CALENDAR) is None
    assert reminder(row(avance=99.5), AVISOS, date(2026, 4, 7), CALENDAR) is not None
