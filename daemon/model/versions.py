"""Versions of rules and templates that came into force, as the store remembers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One version of rules and templates: its number in `acuse rules log`, from 1, and since when it was in force.

    `rules` and `templates` are the short versions that decisions and drafts name.
    """

    number: int
    rules: str
    templates: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RuleVersion(Version):
    """A version with what it consists of (file → digest), and how many decisions it made."""

    files: Mapping[str, str]
    decisions: int = 0


def changed_files(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The names of the files that differ between two versions, by texts or digests under their names."""
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
