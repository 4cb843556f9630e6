"""Bytes to text when the declared charset may lie: declared, UTF-8, Windows-1252, Latin-1, and mojibake repaired."""

from __future__ import annotations

import re
import unicodedata

from ftfy import fix_encoding

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Labels under which programs send UTF-8 by mistake: bytes that are good UTF-8 by chance hardly exist in Spanish.
_ONE_BYTE = re.compile(r"^(us-ascii|ascii|ansi.*|iso-?8859.*|latin.*|l1|cp125\d|windows-125\d|x-user-defined)$", re.I)
_WIDE = re.compile(r"^utf-?(16|32)", re.IGNORECASE)
_MOJIBAKE = re.compile("[ÃÂâð][\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]|ï¿½|Ã|â€")
# Control characters, and the invisible ones that programs put inside numbers and words.
_UNSEEN = [
    *range(0, 9),
    11,
    12,
    *range(14, 32),
    127,
    0xAD,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    0x2060,
    *range(0x2066, 0x206A),
    0x034F,
    0x061C,
    0x180E,
    0x20E3,
    *range(0xFE00, 0xFE10),
    0xFEFF,
]
_CONTROLS = dict.fromkeys(_UNSEEN, None)


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of `data`, as its writer saw it, whatever the label says. Never raises; line ends become '\\n'."""
    return clean(_repaired(_decoded(data, (declared or "").strip().strip("\"'"))))


def head(data: bytes, most: int, declared: str = "") -> bytes:
    """The first `most` bytes, a few less where that would part a letter of UTF-8."""
    if len(data) <= most or _WIDE.match(declared):
        return data
    end = next((end for end in range(most, most - 4, -1) if data[end] & 0xC0 != 0x80), most)
    return data[:end]


def clean(text: str) -> str:
    """Text fit for storing: no lone surrogates, no control characters, composed accents, '\\n' line ends."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text.translate(_CONTROLS))


def _decoded(data: bytes, declared: str) -> str:
    for mark, charset in _BOMS:
        if data.startswith(mark) and (text := _strict(data, charset)) is not None:
            return text
    utf8 = _strict(data, "utf-8")
    if utf8 is not None and (not declared or _ONE_BYTE.match(declared)):
        return utf8
    if _ONE_BYTE.match(declared) and re.match(r"(?i)iso-?8859-1$|latin-?1$|us-ascii$|ascii$", declared):
        # Everybody who says Latin-1 means Windows-1252, as browsers know; the bytes 80 to 9f say so.
        declared = "cp1252"
    text = _strict(data, declared) if declared else None
    if text is not None and utf8 is not None and _WIDE.match(declared) and not _latin(text):
        return utf8
    for candidate in (text, utf8, _strict(data, "cp1252")):
        if candidate is not None:
            return candidate
    return data.decode("latin-1")


def _strict(data: bytes, charset: str) -> str | None:
    """The text if the bytes are good in this charset; None for unknown charsets and for codecs that are none."""
    try:
        return data.decode(charset)
    except (LookupError, ValueError):
        return None


def _latin(text: str) -> bool:
    """Whether most letters are of Latin script, as they are in all our mail."""
    letters = [c for c in text[:2000] if c.isalpha()]
    return not letters or sum(c < "\u0250" for c in letters) * 2 > len(letters)


def _repaired(text: str) -> str:
    """'ComprobaciÃ³n' becomes 'Comprobación'; good lines stay as they are, also beside bad ones."""
    if not _MOJIBAKE.search(text):
        return text
    return "\n".join(fix_encoding(line) if _MOJIBAKE.search(line) else line for line in text.split("\n"))
