"""When the area that answers for a commitment is to be reminded: business days before and after its date."""

from __future__ import annotations

from datetime import date, timedelta

from ..model.commitments import Avisos, Reminder, Row
from .calendar import OfficeCalendar

DONE = 100


def reminder(row: Row, avisos: Avisos, today: date, calendar: OfficeCalendar) -> Reminder | None:
    """The reminder whose day has come, None when there is none; who sends it sees to it that it goes once.

    Of several whose day has passed (the daemon was down, the file is new) only the latest is due. What is done to
    100 % is left alone.
    """
    end = row.compromiso.fecha_de_termino
    if row.avance >= DONE:
        return None
    if today <= end:
        left = business_days(today, end, calendar)
        reached = [days for days in avisos.antes if left <= days]
        return Reminder(f"antes-{min(reached)}", left, late=False) if reached else None
    gone = business_days(end, today, calendar)
    reached = [days for days in avisos.despues if gone >= days]
    return Reminder(f"despues-{max(reached)}", gone, late=True) if reached else None


def business_days(first: date, last: date, calendar: OfficeCalendar) -> int:
    """How many business days lie after `first`, up to and with `last`."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(calendar.why_closed(day) is None for day in days)
