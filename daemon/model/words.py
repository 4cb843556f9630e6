"""Words as people compare them, whatever their accents, capitals, punctuation and spaces."""

from __future__ import annotations

import re
import unicodedata


def comparable(text: str) -> str:
    """The text's letters and digits lower-case without accents, words parted by single spaces."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", letters.casefold()))
