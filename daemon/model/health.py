"""How an installation fares, in figures that name nobody: is mail coming in, going out, is something stuck or due?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .figures import AlarmFact
from .versions import Version


@dataclass(frozen=True, slots=True)
class Room:
    """What is left where something is written: megabytes, and whether writing is possible at all."""

    name: str
    free_mb: int
    writable: bool = True


@dataclass(frozen=True, slots=True)
class BoxHealth:
    """One mailbox: when it was last read to its end, when the last message was taken in, what waits of it.

    `sending` counts mails that wait to leave, `oldest` is since when the first of them does.
    """

    account: str
    last_pass: datetime | None = None
    last_received: datetime | None = None
    unfinished: int = 0
    sending: int = 0
    oldest: datetime | None = None
    # Mails of the last week that left long enough ago and whose copy was not seen (P 5.65).
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A step of ours that was given up, with its reason: perhaps a server's words, which may name somebody."""

    task: str
    account: str
    folio: str | None
    at: datetime | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A mail of which nobody knows whether it left."""

    draft: str
    folio: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class NextTerm:
    """A petition's term that acts next."""

    folio: str
    account: str
    state: str
    acts_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The figures of one instant. Lists hold the 20 most pressing; `failed`, `uncertain`, `overdue` count them all.

    `petitions`, `drafts`, `checks` and `tasks` (those still to do) are counts by state or kind.
    """

    at: datetime
    boxes: tuple[BoxHealth, ...] = ()
    petitions: Mapping[str, int] = field(default_factory=dict)
    drafts: Mapping[str, int] = field(default_factory=dict)
    checks: Mapping[str, int] = field(default_factory=dict)
    tasks: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    failed_tasks: tuple[FailedTask, ...] = ()
    uncertain: int = 0
    uncertain_mails: tuple[Uncertain, ...] = ()
    quarantine: int = 0
    overdue: int = 0
    terms: tuple[NextTerm, ...] = ()
    alarms: tuple[AlarmFact, ...] = ()
    contingencia: bool = False
    rules: Version | None = None

    def box(self, account: str) -> BoxHealth:
        """This account's figures; without any when it was never read."""
        return next((box for box in self.boxes if box.account == account), BoxHealth(account))
