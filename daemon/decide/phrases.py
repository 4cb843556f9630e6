"""Phrases of the rules found in a text.

`*` at a word's end means 'begins so', `_` alone stands for up to three words, `^` first means 'opens its sentence',
and `(no hay|sin) insulina` is two phrases written as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .words import Word, key, plain, read_words

GAP = "_"
OPENING = "^"
_LONGEST_GAP = 3
_CHOICE = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found: `owner` and `phrase` name the rule, `words` what the person wrote, with its place.

    `start` and `end` are places in the words of the text, `length` the words of the phrase without its gaps.
    """

    owner: str
    phrase: str
    words: str
    sentence: int
    start: int
    end: int
    length: int


@dataclass(slots=True)
class _Node:
    """A place in the tree of phrases. Prefixes are kept by first letter, in both spellings of the word.

    A prefix may end where the sound depends on what follows ('reconoc*'), so either spelling may begin so.
    """

    after: dict[str, _Node] = field(default_factory=dict)
    prefixes: dict[str, list[tuple[str, str, _Node]]] = field(default_factory=dict)
    gap: _Node | None = None
    ends: list[tuple[str, str, int]] = field(default_factory=list)  # owner, phrase, length

    def following(self, word: Word) -> Iterator[_Node]:
        """The nodes that `word` leads to."""
        if word.key in self.after:
            yield self.after[word.key]
        if self.prefixes:
            for begins, sounds, node in self.prefixes.get(word.plain[:1], ()):
                if word.plain.startswith(begins) or word.key.startswith(sounds):
                    yield node


class PhraseBook:
    """All phrases of one kind of rule, as (owner, phrase); `find` returns the hits in the order of the text."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._anywhere, self._opening = _Node(), _Node()
        for owner, phrase in phrases:
            for form in expand(phrase):
                self._learn(owner, phrase, form)

    def _learn(self, owner: str, phrase: str, form: str) -> None:
        pieces = form.removeprefix(OPENING).split()
        while pieces and pieces[-1] == GAP:
            pieces.pop()
        node = self._opening if form.startswith(OPENING) else self._anywhere
        length = 0
        for piece in pieces:
            if piece == GAP:
                if length:
                    node.gap = node.gap or _Node()
                    node = node.gap
                continue
            for begins, sounds, prefix in _literals(piece):
                length += 1
                node = _child(node, begins, sounds, prefix)
        if length:
            node.ends.append((owner, phrase, length))

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Every place where a phrase stands; a phrase never reaches over the end of its sentence."""
        hits: list[Hit] = []
        for start, word in enumerate(words):
            found: dict[tuple[str, str], tuple[int, int]] = {}
            _walk(self._anywhere, words, start, word.sentence, found)
            if _opens(words, start):
                _walk(self._opening, words, start, word.sentence, found)
            for (owner, phrase), (end, length) in sorted(found.items()):
                said = " ".join(w.raw for w in words[start:end])
                hits.append(Hit(owner, phrase, said, word.sentence, start, end, length))
        return hits


def expand(phrase: str) -> list[str]:
    """The phrases that `phrase` stands for: every choice of its `(a|b)` groups, in the order written."""
    group = _CHOICE.search(phrase)
    if group is None:
        return [phrase]
    before, after = phrase[: group.start()], phrase[group.end() :]
    return [form for choice in group.group(1).split("|") for form in expand(before + choice + after)]


@lru_cache(maxsize=20_000)
def _literals(piece: str) -> tuple[tuple[str, str, bool], ...]:
    """A piece of a phrase as (plain, key, is a prefix); 'c.c.p' and the like may be several words."""
    if piece.endswith("*"):
        folded = plain(piece.rstrip("*"))
        return ((folded, key(folded), True),)
    return tuple((word.plain, word.key, False) for word in read_words(piece).words)


def _child(node: _Node, begins: str, sounds: str, prefix: bool) -> _Node:
    if not prefix:
        return node.after.setdefault(sounds, _Node())
    for known, _, child in node.prefixes.get(begins[:1], ()):
        if known == begins:
            return child
    child = _Node()
    for letter in sorted(_letters(begins)):
        node.prefixes.setdefault(letter, []).append((begins, sounds, child))
    return child


def _letters(begins: str) -> set[str]:
    """The letters with which people may begin the word: those that sound alike ('hemo', 'emo'; 'vacuna', 'bacuna')."""
    alike = ("bv", "kcq", "szc", "yl", "gj")
    first = begins[:1]
    letters = {first} | {letter for group in alike if first in group for letter in group}
    return letters | {begins[1:2]} if first == "h" else letters | {"h"} if first in "aeiou" else letters


def _walk(
    node: _Node,
    words: Sequence[Word],
    place: int,
    sentence: int,
    found: dict[tuple[str, str], tuple[int, int]],
) -> None:
    """Collects the phrases that end after each word that fits; of one phrase the shortest match is kept."""
    for owner, phrase, length in node.ends:
        if (owner, phrase) not in found or place < found[owner, phrase][0]:
            found[owner, phrase] = (place, length)
    if place >= len(words) or words[place].sentence != sentence:
        return
    for following in node.following(words[place]):
        _walk(following, words, place + 1, sentence, found)
    if node.gap is not None:
        for skipped in range(_LONGEST_GAP + 1):
            if place + skipped < len(words):
                _walk(node.gap, words, place + skipped, sentence, found)


def _opens(words: Sequence[Word], start: int) -> bool:
    """Whether the word opens its sentence; an opening question mark before it does not count."""
    before = start - 1
    if before >= 0 and words[before].raw == "¿":
        return True
    return before < 0 or words[before].sentence != words[start].sentence
