"""Ticks (owner of apscheduler): what is to be looked at by the clock; terms themselves live in the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger


class Ticks:
    """Calls `watch` every minute. Jobs are kept in memory only: after a restart the store knows what is due."""

    def __init__(self, watch: Callable[[], None]) -> None:
        # A job that is late or slow is run once, not dropped and not piled up.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
        self._scheduler.add_job(watch, IntervalTrigger(seconds=60), id="vigilancia")

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """End the ticks; a call under way is let finish by its own thread."""
        self._scheduler.shutdown(wait=False)
