"""What the office does once a day by the clock: the export for SIADE, the morning mail, reminders of commitments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from ..errors import AcuseError
from .desk import Desk


@dataclass(frozen=True, slots=True)
class Job:
    """One thing a day, at or after `at` on the office's clock; only on business days unless `always`.

    `run` is given the day; what it answers with False is asked again until it is done. It may be repeated when the
    process ends in its midst, so it must be safe to repeat.
    """

    name: str
    at: time
    run: Callable[[Desk, date], bool | None]
    always: bool = False


def work_agenda(desk: Desk, jobs: Sequence[Job], now: datetime) -> None:
    """Do every job whose hour has come today and that was not done today; a failure is an alarm and is tried again."""
    local = desk.policy.calendar.local(now)
    day = local.date()
    closed = desk.policy.calendar.why_closed(day) is not None
    for job in jobs:
        key = f"agenda:{job.name}"
        if local.time() < job.at or (closed and not job.always) or desk.store.mark(key) == day.isoformat():
            continue
        try:
            put_off = job.run(desk.fresh(), day) is False
        except AcuseError as problem:
            desk.alarm_once(key, str(problem))
            continue
        if not put_off:
            desk.store.set_mark(key, day.isoformat(), now)
        desk.calm(key)
