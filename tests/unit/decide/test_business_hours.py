"""Business hours between two instants: only while the office is open, whatever lies between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.calendar import OfficeCalendar
from daemon.model.rules import Calendario, DiaPropio

OWN_DAY = date(2026, 11, 12)
OFFICE = OfficeCalendar(Calendario(dias_propios=(DiaPropio(nombre="Día propio", fecha=OWN_DAY),)))
INSTANTS = st.datetimes(datetime(2026, 10, 20), datetime(2026, 12, 10), timezones=st.just(UTC))  # noqa: DTZ001


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 on the office's clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=OFFICE.zone)


def test_a_day_that_is_worked_through_has_nine_hours() -> None:
    assert OFFICE.worked(at(10, 0), at(11, 0)) == timedelta(hours=9)


def test_evening_night_and_weekend_do_not_count() -> None:
    # Friday 17:00 to Monday 10:30: one hour, and one and a half.
    assert OFFICE.worked(at(6, 17), at(9, 10, 30)) == timedelta(hours=2, minutes=30)


def test_days_of_rest_do_not_count_federal_or_own() -> None:
    # Monday the 16th is a federal day of rest; Thursday the 12th is the institution's own.
    assert OFFICE.worked(at(13, 17), at(17, 10)) == timedelta(hours=2)
    assert OFFICE.worked(at(11, 17), at(13, 10)) == timedelta(hours=2)


@given(INSTANTS, INSTANTS, INSTANTS)
def test_hours_add_up_wherever_the_time_is_cut(one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    assert OFFICE.worked(first, middle) + OFFICE.worked(middle, last) == OFFICE.worked(first, last)


@given(INSTANTS, INSTANTS)
def test_business_time_is_never_negative_and_never_longer_than_the_time_itself(one: datetime, two: datetime) -> None:
    first, last = sorted((one, two))
    assert timedelta() <= OFFICE.worked(first, last) <= last - first
    assert OFFICE.worked(last, first) == timedelta() or first == last


@given(INSTANTS)
def test_a_whole_term_day_is_worth_a_day_of_hours(start: datetime) -> None:
    day = OFFICE.advance(OFFICE.local(start).date(), 1)[0]
    assert OFFICE.worked(OFFICE.opens(day), OFFICE.closes(day)) == timedelta(hours=9)
