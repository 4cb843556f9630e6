"""What IMSS tells a consular office (C)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from daemon.model.mail import Accounts
from daemon.model.survival import Notice
from daemon.model.survival_rules import Palabras

from . import kind
from .kind import Seen, Verdict


def read_notices(subject: str, texts: Sequence[str], palabras: Palabras, received_on: date) -> tuple[Notice, ...]:
    """Stub until the reader lands."""
    return ()


def judge_office(seen: Seen, house: Accounts) -> Verdict:
    """Stub until the reader lands."""
    return kind.judge(seen)
