"""Commands of `acuse`, one small module a group; each imports what it needs when it runs, so that help is quick."""

from daemon.cli import (
    antecedents,
    backup,
    check,
    commitments,
    connectivity,
    demo,
    init,
    people,
    privacy,
    rehearsals,
    report,
    roster,
    rules_log,
    run,
    siade,
    survival,
    trial,
)
from daemon.cli.base import app

__all__ = [
    "antecedents",
    "app",
    "backup",
    "check",
    "commitments",
    "connectivity",
    "demo",
    "init",
    "people",
    "privacy",
    "rehearsals",
    "report",
    "roster",
    "rules_log",
    "run",
    "siade",
    "survival",
    "trial",
]
