"""What other people wrote, made harmless before it stands in a mail of ours: no Markdown, HTML, headers or secrets."""

from __future__ import annotations

import re
import unicodedata

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_PREFIX = re.compile(
    r"^\s*(?:(?:re|rv|fw|fwd|rm|res|resp|respuesta|aw|enc)\s*(?:\[\d+\])?\s*:|\[(?:externo|external|ext)\])\s*",
    re.IGNORECASE,
)
_OWN_TOKEN = re.compile(r"\[?\bAC-\d{6}-[0-9A-Z]{5}\b\]?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NSS = re.compile(r"(?<![\w-])\d(?:[ .\-]?\d){9,10}(?![\w-])")
_CURP = re.compile(r"\b[A-Z]{4}\d{6}[A-Z]{6}[A-Z0-9]\d\b", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_]+(?:[.'’\- ]+[^\W\d_]+)*\.?")
# As wide as mail programs let lines become.
_WRAPS = (60, 80)
_ITEM = re.compile(r"\s*(?:[-*•·–]|\d{1,2}[.)]|[a-z]\))\s|\s")
_LINK = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:)»])")


class Markdown(str):
    """Text that is Markdown already; every other value is escaped when a template prints it."""

    __slots__ = ()


def escape(text: str) -> str:
    """Plain text as Markdown that shows exactly that text, on one line."""
    return _PUNCTUATION.sub(r"\\\1", one_line(text))


def one_line(text: str) -> str:
    """Without control and direction characters, line breaks or double spaces."""
    visible = "".join(" " if _breaks(c) else c for c in text if unicodedata.category(c) not in ("Cf", "Cs", "Co"))
    return " ".join(visible.split())


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Zs")


def lines_of(text: str) -> list[str]:
    """The lines of a text of several lines, each without control characters, indents kept out."""
    return [one_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def plain_as_markdown(text: str, *, links: bool = True) -> Markdown:
    """Plain text of several paragraphs as Markdown that shows it so: line breaks kept, addresses made links."""
    paragraphs: list[list[str]] = [[]]
    for line in lines_of(text):
        if line:
            paragraphs[-1].append("".join(map(_piece, _LINK.split(line))) if links else _piece(line))
        elif paragraphs[-1]:
            paragraphs.append([])
    return Markdown("\n\n".join("  \n".join(lines) for lines in paragraphs if lines))


def unwrapped(text: str) -> str:
    """Text without the line breaks that a mail program put in to keep lines short; those that somebody meant stay.

    A program breaks a line where the next word would not fit any more, at 60 to 80 characters (RFC 3676 §4.2); a line
    with room left for that word was ended by a person.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    width = max(map(len, lines), default=0)
    if not _WRAPS[0] <= width <= _WRAPS[1]:
        return text
    kept: list[str] = []
    last = ""
    for line in lines:
        first = line.split(" ", 1)[0]
        full = bool(last and line) and len(last) + 1 + len(first) > width
        if full and not _ITEM.match(line):
            kept[-1] += f" {line}"
        else:
            kept.append(line)
        last = line
    return "\n".join(kept)


def _piece(piece: str) -> str:
    return f"<{piece}>" if _LINK.fullmatch(piece) else _PUNCTUATION.sub(r"\\\1", piece)


def last_four(text: str) -> str:
    """Text with every NSS-like number and CURP reduced to its last four characters (P 5.22: they never travel)."""
    for pattern in (_NSS, _CURP):
        text = pattern.sub(lambda m: "…" + re.sub(r"[ .\-]", "", m[0])[-4:], text)
    return text


def subject_of(subject: str, limit: int) -> str:
    """A person's subject as we may repeat it: no «Re:», reference, web address, NSS or line break; cut at a word."""
    text = last_four(_ADDRESS.sub("…", _OWN_TOKEN.sub(" ", one_line(subject))))
    while (shorter := _PREFIX.sub("", text)) != text:
        text = shorter
    text = text.strip(" -–:|")
    if len(text) <= limit:
        return text
    return (
        text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.-–") + "…" if " " in text[:limit] else text[: limit - 1] + "…"
    )


def person_name(text: str) -> str:
    """A name as it was written, or '' when it is not one (digits, addresses, marks, too long): then nobody is named."""
    name = one_line(text)
    return name if len(name) <= 80 and _NAME.fullmatch(name) else ""
