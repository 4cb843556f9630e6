"""Phrases of the rules found in a text.

`*` at a word's end means 'begins so', `_` alone stands for up to three words, `^` first means 'opens its sentence',
and `(no hay|sin) insulina` is two phrases written as one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .words import Word, key, plain, read_words

GAP = "_"
OPENING = "^"
_CHOICE = re.compile(r"\(([^()]*)\)")
_LONGEST_GAP = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found: `owner` and `phrase` name the rule, `words` what the person wrote, with its place."""

    owner: str
    phrase: str
    words: str
    sentence: int
    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class _Literal:
    """One word of a phrase. Both spellings are compared: a prefix may end where the sound depends on what follows."""

    plain: str
    key: str
    prefix: bool

    def matches(self, word: Word) -> bool:
        if self.prefix:
            return word.plain.startswith(self.plain) or word.key.startswith(self.key)
        return word.key == self.key


@dataclass(frozen=True, slots=True)
class _Pattern:
    owner: str
    phrase: str
    parts: tuple[_Literal | None, ...]  # None is a gap
    opening: bool


class PhraseBook:
    """All phrases of one kind of rule, as (owner, phrase); `find` returns the hits in the order of the text."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._by_key: dict[str, list[_Pattern]] = defaultdict(list)
        self._by_letter: dict[str, list[_Pattern]] = defaultdict(list)
        written = ((owner, phrase, form) for owner, phrase in phrases for form in expand(phrase))
        for owner, phrase, form in written:
            pattern = _compile(owner, phrase, form)
            if pattern is None:
                continue
            first = pattern.parts[0]
            assert first is not None
            if first.prefix:
                for letter in sorted({first.plain[:1], first.key[:1]}):
                    self._by_letter[letter].append(pattern)
            else:
                self._by_key[first.key].append(pattern)

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Every place where a phrase stands; a phrase never reaches over the end of its sentence."""
        hits: list[Hit] = []
        seen: set[tuple[str, str, int]] = set()
        for start, word in enumerate(words):
            letters = sorted({word.plain[:1], word.key[:1]})
            candidates = self._by_key.get(word.key, []) + [
                pattern for letter in letters for pattern in self._by_letter.get(letter, [])
            ]
            for pattern in candidates:
                if pattern.opening and not _opens(words, start):
                    continue
                identity = (pattern.owner, pattern.phrase, start)
                end = _match(pattern.parts, words, start)
                if end is None or identity in seen:
                    continue
                seen.add(identity)
                hits.append(
                    Hit(
                        owner=pattern.owner,
                        phrase=pattern.phrase,
                        words=" ".join(w.raw for w in words[start:end]),
                        sentence=word.sentence,
                        start=start,
                        end=end,
                        length=sum(part is not None for part in pattern.parts),
                    )
                )
        return hits


def expand(phrase: str) -> list[str]:
    """The phrases that `phrase` stands for: every choice of its `(a|b)` groups, in the order written."""
    group = _CHOICE.search(phrase)
    if group is None:
        return [phrase]
    before, after = phrase[: group.start()], phrase[group.end() :]
    return [form for choice in group.group(1).split("|") for form in expand(before + choice + after)]


def _compile(owner: str, phrase: str, form: str) -> _Pattern | None:
    parts: list[_Literal | None] = []
    opening = form.startswith(OPENING)
    for piece in form.removeprefix(OPENING).split():
        if piece == GAP:
            if parts and parts[-1] is not None:
                parts.append(None)
            continue
        prefix = piece.endswith("*")
        if prefix:
            folded = plain(piece.rstrip("*"))
            parts.append(_Literal(folded, key(folded), True))
            continue
        parts.extend(_Literal(word.plain, word.key, False) for word in read_words(piece).words)
    while parts and parts[-1] is None:
        parts.pop()
    return _Pattern(owner, phrase, tuple(parts), opening) if parts else None


def _opens(words: Sequence[Word], start: int) -> bool:
    """Whether the word opens its sentence; an opening question mark before it does not count."""
    before = start - 1
    if before >= 0 and words[before].raw == "¿":
        return True
    return before < 0 or words[before].sentence != words[start].sentence


def _match(parts: Sequence[_Literal | None], words: Sequence[Word], start: int) -> int | None:
    """Where the match that begins at `start` ends, or None. Gaps take as few words as they can."""
    if not parts:
        return start
    part = parts[0]
    if part is None:
        for skipped in range(_LONGEST_GAP + 1):
            end = _match(parts[1:], words, start + skipped)
            if end is not None:
                same = all(w.sentence == words[start - 1].sentence for w in words[start : start + skipped + 1])
                return end if same else None
        return None
    if start >= len(words) or not part.matches(words[start]):
        return None
    if len(parts) > 1 and start + 1 < len(words) and words[start + 1].sentence != words[start].sentence:
        return None
    return _match(parts[1:], words, start + 1)
