"""Clocks: the real one, and one that stands still until it is told to go on (replay, tests, demo)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A time that only moves when told, and only forward: what was sent cannot become unsent."""

    def __init__(self, start: datetime) -> None:
        self._now = _in_utc(start)

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        """Go to `instant`; ValueError when it lies in the past."""
        instant = _in_utc(instant)
        if instant < self._now:
            raise ValueError(f"el reloj no vuelve atrás: {instant} es anterior a {self._now}")
        self._now = instant

    def advance(self, by: timedelta) -> None:
        """Go on by this much."""
        self.set(self._now + by)


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"hora sin zona: {instant}")
    return instant.astimezone(UTC)
