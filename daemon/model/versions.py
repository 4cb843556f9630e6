"""Versions of rules and templates that came into force, as the store remembers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version: what it consists of (file → digest), since when it is in force, how many decisions it made.

    `rules` and `templates` are the short versions that decisions and drafts name. `number` counts from 1.
    """

    number: int
    rules: str
    templates: str
    since: datetime
    files: Mapping[str, str]
    decisions: int = 0
