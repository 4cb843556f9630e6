"""Terms are counted in Mexican business days, from the real sending, to the end of hours of the last day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.calendar import OfficeCalendar
from daemon.model.rules import Calendario, CierreRegional, DiaPropio, Plazo

ZONE = ZoneInfo("America/Mexico_City")
TWO_DAYS = Plazo(desde="envio", unidad="habiles", n=2, al_vencer="correo", numeral="P a77")
CALENDAR = OfficeCalendar(Calendario(dias_propios=(DiaPropio(nombre="Aniversario", mes=9, dia=15),)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due_day(sent: str, rule: Plazo = TWO_DAYS, calendar: OfficeCalendar = CALENDAR) -> date:
    return calendar.local(calendar.term("x", rule, at(sent)).due_at).date()


def test_the_first_business_day_after_the_sending_is_day_one() -> None:
    assert due_day("2025-10-13T10:30") == date(2025, 10, 15)


def test_a_long_weekend_does_not_count_and_says_why() -> None:
    term = CALENDAR.term("segunda_solicitud", TWO_DAYS, at("2026-03-13T14:10"))
    assert CALENDAR.local(term.due_at).date() == date(2026, 3, 18)
    assert [day for day, _ in term.skipped] == [date(2026, 3, 14), date(2026, 3, 15), date(2026, 3, 16)]
    assert dict(term.skipped)[date(2026, 3, 14)] == "fin de semana"
    assert "Juárez" in dict(term.skipped)[date(2026, 3, 16)]


def test_days_are_counted_forward_and_looked_back_over_a_long_weekend() -> None:
    assert CALENDAR.business_days(date(2026, 3, 13), date(2026, 3, 17)) == 1
    assert CALENDAR.last_open(date(2026, 3, 17)) == date(2026, 3, 13)


def test_a_term_falls_due_at_the_end_of_office_hours() -> None:
    term = CALENDAR.term("x", TWO_DAYS, at("2025-10-13T10:30"))
    assert CALENDAR.local(term.due_at).strftime("%H:%M") == "18:00"


def test_the_institutions_own_days_do_not_count() -> None:
    assert due_day("2025-09-12T12:00") == date(2025, 9, 18)  # 13–14 weekend, 15 own day, 16 federal day


def test_the_day_of_the_transfer_of_power_is_a_federal_day_of_rest() -> None:
    assert CALENDAR.why_closed(date(2024, 10, 1)) is not None
    assert CALENDAR.why_closed(date(2024, 12, 2)) is None


def test_a_regional_closure_counts_only_for_its_own_state() -> None:
    closure = CierreRegional(desde=date(2025, 10, 14), hasta=date(2025, 10, 14), ooad=("OAXACA",), motivo="sismo")
    calendar = OfficeCalendar(Calendario(cierres=(closure,)))
    here = calendar.term("x", TWO_DAYS, at("2025-10-13T10:30"), "Oaxaca")
    elsewhere = calendar.term("x", TWO_DAYS, at("2025-10-13T10:30"), "Jalisco")
    assert here.due_at - elsewhere.due_at == timedelta(days=1)


def test_listed_holidays_replace_the_federal_ones_wholesale() -> None:
    calendar = OfficeCalendar(Calendario(feriados=(date(2025, 10, 14),)))
    assert calendar.why_closed(date(2025, 10, 14)) == "día inhábil"
    assert calendar.why_closed(date(2025, 9, 16)) is None


def test_calendar_days_skip_nothing() -> None:
    rule = TWO_DAYS.model_copy(update={"unidad": "naturales", "n": 3})
    assert due_day("2026-03-13T14:10", rule) == date(2026, 3, 16)


@pytest.mark.parametrize(
    ("received", "day"),
    [
        ("2025-09-12T12:00", date(2025, 9, 12)),
        ("2025-09-12T19:00", date(2025, 9, 17)),  # Friday night before the weekend, the own day and the 16th
        ("2025-09-13T10:00", date(2025, 9, 17)),
        ("2025-10-14T03:00", date(2025, 10, 14)),
    ],
)
def test_mail_after_hours_is_captured_the_next_business_day(received: str, day: date) -> None:
    assert CALENDAR.capture_day(at(received)) == day


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)),  # noqa: DTZ001
    st.integers(1, 15),
)
def test_a_term_always_ends_on_a_business_day_with_the_right_number_of_them(start: datetime, days: int) -> None:
    begun = start.replace(tzinfo=UTC)
    term = CALENDAR.term("x", TWO_DAYS.model_copy(update={"n": days}), begun)
    last = CALENDAR.local(term.due_at).date()
    assert CALENDAR.why_closed(last) is None
    first = CALENDAR.local(begun).date()
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(CALENDAR.why_closed(day) is None for day in between) == days
    assert all(CALENDAR.why_closed(day) for day, _ in term.skipped)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)))  # noqa: DTZ001
def test_a_later_sending_never_falls_due_earlier(start: datetime) -> None:
    begun = start.replace(tzinfo=UTC)
    first = CALENDAR.term("x", TWO_DAYS, begun)
    assert CALENDAR.term("x", TWO_DAYS, begun + timedelta(hours=7)).due_at >= first.due_at
