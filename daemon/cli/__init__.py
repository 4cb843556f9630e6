"""Commands of `acuse`, one small module a group; each imports what it needs when it runs, so that help is quick."""

from daemon.cli import (
    antecedents,
    check,
    commitments,
    connectivity,
    demo,
    people,
    rehearsals,
    report,
    roster,
    run,
    siade,
    survival,
)
from daemon.cli.base import app

__all__ = [
    "antecedents",
    "app",
    "check",
    "commitments",
    "connectivity",
    "demo",
    "people",
    "rehearsals",
    "report",
    "roster",
    "run",
    "siade",
    "survival",
]
