"""Words without accents: `plain` to compare whole texts, `fold` to search in a text without moving its offsets."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def plain(text: str) -> str:
    """The text without accents, case-folded, with single spaces: equal for people means equal here."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(letters.casefold().split())


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    """One character for one character: 'Á' is 'a', any dash is '-', any space ' ', a full-width digit its digit."""
    category = unicodedata.category(char)
    if category == "Pd":
        return "-"
    if category == "Zs":
        return " "
    base = unicodedata.normalize("NFKD", char)[:1].lower()
    if len(base) != 1:
        return char
    if category == "Nd" and not base.isascii():
        return str(unicodedata.digit(char))
    return base


def fold(text: str) -> str:
    """The text lower-case and without accents, of the same length: a match in it has its place in the original."""
    if text.isascii():
        return text.lower()
    return "".join(_folded(char) for char in text)
