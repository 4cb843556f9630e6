"""Words as people compare them, whatever their accents, capitals, punctuation and spaces."""

from __future__ import annotations

import re
import unicodedata


def comparable(text: str) -> str:
    """The text's letters and digits lower-case without accents, words parted by single spaces."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", letters.casefold()))


# Little words within names, and how people shorten given names on forms.
_PARTICLES = frozenset(
    {
        *("de", "del", "la", "las", "los", "y", "e", "da", "do", "di", "san", "santa", "vda", "viuda"),
        *("sr", "sra", "srita", "c", "lic", "ing", "dr", "dra"),
    }
)
_SHORT = {"ma": "maria", "fco": "francisco", "fca": "francisca", "gpe": "guadalupe", "jse": "jose"}


def name_words(name: str | None) -> frozenset[str]:
    """The words of a person's name without accents, little words and order; «Ma.» is María."""
    words = (_SHORT.get(word, word) for word in comparable(name or "").split())
    return frozenset(word for word in words if word not in _PARTICLES and not word.isdigit())
