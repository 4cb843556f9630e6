"""How alike names and texts are, as people write them: in any order, by ear, a surname left out, in other words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ..model.words import comparable, name_words
from .words import key, plain, read_words

# A text with fewer words of its own says too little to be compared by them.
_FEW = 4


@lru_cache(maxsize=4096)
def _sounds(name: str) -> frozenset[str]:
    return frozenset(key(plain(word)) for word in name_words(name))


@lru_cache(maxsize=8)
def _given(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(key(plain(name)) for name in names)


def same_name(one: str | None, other: str | None, given_names: tuple[str, ...] = ()) -> bool | None:
    """Whether two names are one person's: True, False, or None when they cannot tell.

    Symmetric, whatever the order, accents, capitals and spelling by ear (Gonzáles, González). One of them may leave
    words out. When each has a word that the other lacks but they share a given name (rules/nombres.yaml) and another
    word, nothing is told: «Ana María López» may be «Ana López Ruiz». A single word tells nothing.
    """
    a, b = _sounds(one or ""), _sounds(other or "")
    if min(len(a), len(b)) < 2:
        return None
    if a <= b or b <= a:
        return True
    shared = a & b
    return None if len(shared) >= 2 and shared & _given(given_names) else False


def telling(text: str, leave_out: Iterable[str] = ()) -> frozenset[str]:
    """The stems of the words that say what a text is about, without names, numbers and courtesies."""
    names = {sound for name in leave_out for sound in _sounds(name)}
    return frozenset(
        word.stem
        for word in read_words(text).words
        if not word.stop and len(word.stem) > 2 and word.key not in names and not word.plain.isdigit()
    )


def likeness(one: frozenset[str], other: frozenset[str], least: int = _FEW) -> float:
    """Which share of the shorter text's words stands in the other, from 0 to 1; of few words only all or nothing."""
    shorter = min(len(one), len(other))
    if shorter < least:
        return float(one == other and bool(one))
    return len(one & other) / shorter


def says_one_of(text: str, phrases: Iterable[str]) -> str:
    """The first of these phrases that stands in the text, whatever its capitals and accents; '' when none does."""
    words = f" {comparable(text)} "
    return next((phrase for phrase in phrases if f" {comparable(phrase)} " in words), "")
