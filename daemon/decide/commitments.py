"""When the area that answers for a commitment is to be reminded: business days before and after its date."""

from __future__ import annotations

from datetime import date

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
        left = calendar.business_days(today, end)
        reached = [days for days in avisos.antes if left <= days]
        return Reminder(f"antes-{min(reached)}", left, late=False) if reached else None
    gone = calendar.business_days(end, today)
    reached = [days for days in avisos.despues if gone >= days]
    return Reminder(f"despues-{max(reached)}", gone, late=True) if reached else None
