"""Our own words in an answer: some mail programs quote without any mark, and what we wrote is not what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..model.ledger import History
from ..model.mail import Reading
from ..model.words import comparable

_WORD = re.compile(r"[^\W_]+")
# So many words in a row are no coincidence; fewer between two such places are what a mail program put in.
_RUN, _CRUMB = 8, 4


def without_ours(reading: Reading, history: History) -> Reading:
    """The message with only its writer's new words: what stands word for word in a mail of ours to them is taken out,
    wherever it was quoted. So no Órgano's answer carries our mail to it on to the person (5.28).

    Mails to others are not meant: a mail to an Órgano holds the person's own words, which they may well repeat.
    """
    mails = (*((history.draft,) if history.draft else ()), *history.drafts)
    writer = reading.author.email if reading.author else None
    fresh = _rest(reading.fresh, (draft.text for draft in mails if draft.to == writer))
    return reading if fresh == reading.fresh else replace(reading, fresh=fresh)


def _rest(text: str, ours: Iterable[str]) -> str:
    runs = {run for mail in ours for run in _runs([comparable(word) for word in _WORD.findall(mail)])}
    found = list(_WORD.finditer(text)) if runs else []
    words = [comparable(match[0]) for match in found]
    taken = [False] * len(words)
    for start, run in enumerate(_runs(words)):
        if run in runs:
            taken[start : start + _RUN] = [True] * _RUN
    if not any(taken):
        return text
    kept, end = [], 0
    for first, last in _spans(taken):
        kept.append(text[end : found[first].start()])
        end = found[last].end()
    kept.append(text[end:])
    lines = "\n".join(kept).split("\n")
    return re.sub(
        r"\n{3,}", "\n\n", "\n".join(line for line in lines if not line.strip() or _WORD.search(line))
    ).strip()


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]


def _spans(taken: list[bool]) -> list[tuple[int, int]]:
    """First and last word of each stretch that is ours, with the crumbs in between."""
    spans: list[tuple[int, int]] = []
    for place, ours in enumerate(taken):
        if not ours:
            continue
        if spans and place - spans[-1][1] <= _CRUMB:
            spans[-1] = (spans[-1][0], place)
        else:
            spans.append((place, place))
    return spans
