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


def changed_files(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The names of the files that differ between two versions, by texts or digests under their names."""
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
