"""The bench that explain, replay, score and scenarios work on: one rule set, one reader, one policy, a fixed key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from ..decide.calendar import OfficeCalendar
from ..decide.classify import Classifier, lessons
from ..decide.policy import Judge, Policy
from ..edge.pdf import PdfReader
from ..edge.rulefiles import load_rules
from ..edge.templatefiles import load_templates
from ..model.mail import Accounts, Reading
from ..model.rules import RuleSet, house
from ..model.templates import TemplateSet
from ..read import read
from ..resources import shipped

# Rehearsals must give the same bytes on every machine, so their key is no secret; the daemon's own comes in only
# with mail that it has signed (`acuse rules try`).
REHEARSAL_KEY = b"acuse: clave de ensayo, no secreta"


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything a rehearsal needs besides the mails."""

    policy: Policy
    templates: TemplateSet
    accounts: Accounts

    @property
    def rules(self) -> RuleSet:
        return self.policy.rules

    def read(self, raw: bytes, mailbox: str | None, received_at: datetime | None = None) -> Reading:
        """Read one message as the daemon would; Unreadable when nothing can be read at all."""
        return read(raw, mailbox=mailbox, house=self.accounts, received_at=received_at, read_pdf=_pdf())

    def under(self, rules: RuleSet) -> Bench:
        """The same bench under changed rules (a scenario's settings); topics stay, so the classifier is kept."""
        policy = replace(self.policy, rules=rules, calendar=OfficeCalendar(rules.calendario))
        return Bench(policy, self.templates, house(rules))


@lru_cache(maxsize=1)
def _pdf() -> PdfReader:
    return PdfReader()


def make_bench(overlays: Sequence[Path] = (), templates: Sequence[Path] = (), *, like: Bench | None = None) -> Bench:
    """The shipped rules and templates with `overlays` and `templates` on top; FileFaults names every fault of them."""
    return bench_of([shipped("rules"), *overlays], [shipped("templates"), *templates], like=like)


def bench_of(
    rules: Sequence[Path], templates: Sequence[Path], key: bytes = REHEARSAL_KEY, *, like: Bench | None = None
) -> Bench:
    """A bench on these folders, later ones over earlier ones. With an office's own `key` its mails are known again.

    Learning takes seconds: it is spared when `like` has learnt from the same topics and matters.
    """
    loaded = load_rules(rules)
    same = like is not None and lessons(loaded) == lessons(like.rules)
    judge: Judge = like.policy.judge if like is not None and same else Classifier(loaded)
    policy = Policy(loaded, judge, OfficeCalendar(loaded.calendario), key)
    return Bench(policy, load_templates(templates), house(loaded))
