"""Phrases of the rules found in a text.

`*` at a word's end means 'begins so', `_` alone stands for up to three words, `^` first means 'opens its sentence',
`(no hay|sin) insulina` is two phrases written as one, and `quimio* + suspend*` wants both near each other in one
sentence, in either order.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .words import Word, key, plain, read_words

GAP = "_"
OPENING = "^"
JOIN = " + "
_LONGEST_GAP = 3
_NEAR = 20  # words between the beginnings of joined parts: people write whole mails without a full stop
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


@dataclass(frozen=True, slots=True, order=True)
class _End:
    """What ends at a node: `part` of the `parts` that the phrase joins, `length` words without gaps."""

    owner: str
    phrase: str
    part: int
    parts: int
    length: int


@dataclass(slots=True)
class _Node:
    """A place in the tree of phrases. Prefixes are kept by first letter, in both spellings of the word.

    A prefix may end where the sound depends on what follows ('reconoc*'), so either spelling may begin so.
    """

    after: dict[str, _Node] = field(default_factory=dict)
    prefixes: dict[str, list[tuple[str, str, _Node]]] = field(default_factory=dict)
    gap: _Node | None = None
    ends: list[_End] = field(default_factory=list)

    def leads(self, written: str, sounding: str) -> tuple[_Node, ...]:
        """The nodes that a word leads to, given as `plain` and `key`."""
        exact = self.after.get(sounding)
        found = [exact] if exact else []
        for begins, sounds, node in self.prefixes.get(written[:1], ()):
            if written.startswith(begins) or sounding.startswith(sounds):
                found.append(node)
        return tuple(found)


class PhraseBook:
    """All phrases of one kind of rule, as (owner, phrase); `find` returns the hits in the order of the text."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._anywhere, self._opening = _Node(), _Node()
        for owner, phrase in phrases:
            parts = phrase.split(JOIN)
            for place, part in enumerate(parts):
                for form in expand(part):
                    self._learn(owner, phrase, form, place, len(parts))
        # Any word may begin a phrase, and people use the same words: where they lead is looked up once.
        self._starts = lru_cache(maxsize=20_000)(self._anywhere.leads)

    def _learn(self, owner: str, phrase: str, form: str, part: int, parts: int) -> None:
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
            node.ends.append(_End(owner, phrase, part, parts, length))

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Every place where a phrase stands; a phrase never reaches over the end of its sentence."""
        hits: list[Hit] = []
        joined: dict[tuple[str, str, int], list[tuple[int, Hit]]] = defaultdict(list)
        for start, word in enumerate(words):
            found: dict[_End, int] = {}
            for begun in self._starts(word.plain, word.key):
                _walk(begun, words, start + 1, word.sentence, found)
            if _opens(words, start):
                _walk(self._opening, words, start, word.sentence, found)
            if not found:
                continue
            shortest: dict[tuple[str, str, int], tuple[int, _End]] = {}
            for ending, end in sorted(found.items()):
                same = (ending.owner, ending.phrase, ending.part)
                if same not in shortest or end < shortest[same][0]:
                    shortest[same] = (end, ending)
            for end, ending in shortest.values():
                said = " ".join(w.raw for w in words[start:end])
                hit = Hit(ending.owner, ending.phrase, said, word.sentence, start, end, ending.length)
                if ending.parts == 1:
                    hits.append(hit)
                else:
                    joined[ending.owner, ending.phrase, ending.parts].append((ending.part, hit))
        hits.extend(hit for key_, parts in joined.items() for hit in _joined(key_[2], parts))
        return sorted(hits, key=lambda h: (h.start, h.owner, h.phrase))


def _joined(parts: int, found: Sequence[tuple[int, Hit]]) -> Iterator[Hit]:
    """One hit a sentence in which every part stands, the parts no further apart than people keep one thought."""
    for _, first in (hit for hit in found if hit[0] == 0):
        near = [first]
        for part in range(1, parts):
            fits = [
                hit
                for place, hit in found
                if place == part and hit.sentence == first.sentence and abs(hit.start - first.start) <= _NEAR
            ]
            if not fits:
                break
            near.append(min(fits, key=lambda hit: abs(hit.start - first.start)))
        else:
            near.sort(key=lambda hit: hit.start)
            yield Hit(
                first.owner,
                first.phrase,
                " … ".join(hit.words for hit in near),
                first.sentence,
                near[0].start,
                max(hit.end for hit in near),
                sum(hit.length for hit in near),
            )
            return


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
        child = node.after.get(sounds)
        if child is None:
            child = node.after[sounds] = _Node()
        return child
    for known, _, child in node.prefixes.get(begins[:1], ()):
        if known == begins:
            return child
    child = _Node()
    for letter in _letters(begins[:2]):
        node.prefixes.setdefault(letter, []).append((begins, sounds, child))
    return child


@lru_cache(maxsize=1_000)
def _letters(begins: str) -> tuple[str, ...]:
    """The letters with which people may begin a word on `begins`: what sounds alike ('hemo', 'emo'; 'vaca', 'baca')."""
    alike = ("bv", "kcq", "szc", "yl", "gj")
    first = begins[:1]
    letters = {first} | {letter for group in alike if first in group for letter in group}
    silent = {begins[1:2]} if first == "h" else {"h"} if first in "aeiou" else set()
    return tuple(sorted(letters | silent))


def _walk(
    node: _Node,
    words: Sequence[Word],
    place: int,
    sentence: int,
    found: dict[_End, int],
) -> None:
    """Collects the phrases that end after each word that fits; of one phrase the shortest match is kept."""
    for ending in node.ends:
        found[ending] = min(place, found.get(ending, place))
    if place >= len(words) or words[place].sentence != sentence:
        return
    for following in node.leads(words[place].plain, words[place].key):
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
