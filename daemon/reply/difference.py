"""What a correction changed, shown to people: paragraphs before and after, the words that went and came marked."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest

# A run of words and what became of it.
Piece = tuple[str, str]
KEPT, REMOVED, ADDED = "igual", "quitado", "agregado"

# Mail programs part lines anew and add marks for bold or targets of links; nobody corrected those.
_MARKS = re.compile(r"[*_|<>]|^[-•]$")
_TARGETS = re.compile(r"<(?:https?:|mailto:)[^<>\s]*>")
# Beyond this many pairs of words their order is not compared: a paragraph is shown as removed and added whole.
_PAIRS = 1_000_000
_WIDTH = 76
_STYLES = {
    REMOVED: ("del", "background:#fbe3e0;color:#8c1d18;text-decoration:line-through"),
    ADDED: ("ins", "background:#dff1e4;color:#14532d;text-decoration:underline"),
}
_BOX = "margin:0 0 16px;padding:2px 0 2px 14px;border-left:3px solid #8a9a94"


def changed(before: str, after: str) -> tuple[tuple[Piece, ...], ...]:
    """The paragraphs that differ, in order, each as runs of words; line ends and a program's own marks do not count."""
    old, new = _paragraphs(before), _paragraphs(after)
    found: list[tuple[Piece, ...]] = []
    for what, a, b, c, d in SequenceMatcher(None, _keys(old), _keys(new), autojunk=False).get_opcodes():
        if what == "replace" and b - a != d - c:
            # Somebody joined or parted paragraphs: then they are read as one.
            found.append(_compared(" ".join(old[a:b]), " ".join(new[c:d])))
        elif what != "equal":
            found += [_compared(one, other) for one, other in zip_longest(old[a:b], new[c:d], fillvalue="")]
    return tuple(each for each in found if any(kind != KEPT for kind, _ in each))


def as_text(paragraphs: Sequence[Sequence[Piece]]) -> str:
    """For mail programs without HTML: each paragraph as it was and as it is."""
    blocks = []
    for pieces in paragraphs:
        was = " ".join(words for kind, words in pieces if kind != ADDED)
        now = " ".join(words for kind, words in pieces if kind != REMOVED)
        blocks += [("Decía", was), ("Dice", now)] if was and now else [("Se quitó", was)] if was else []
        blocks += [("Se agregó", now)] if now and not was else []
    return "\n\n".join(textwrap.fill(f"{label}: {words}", _WIDTH, subsequent_indent="  ") for label, words in blocks)


def as_html(paragraphs: Sequence[Sequence[Piece]]) -> str:
    """The paragraphs with what was removed struck through and what was added underlined, each also in its colour."""
    return "\n".join(f'<p style="{_BOX}">{" ".join(map(_marked, pieces))}</p>' for pieces in paragraphs)


def _marked(piece: Piece) -> str:
    kind, words = piece
    if kind == KEPT:
        return escape(words)
    tag, style = _STYLES[kind]
    return f'<{tag} style="{style}">{escape(words)}</{tag}>'


def _compared(before: str, after: str) -> tuple[Piece, ...]:
    old, new = before.split(), after.split()
    if not old or not new or len(old) * len(new) > _PAIRS:
        return tuple((kind, " ".join(words)) for kind, words in ((REMOVED, old), (ADDED, new)) if words)
    matcher = SequenceMatcher(None, [_key(word) for word in old], [_key(word) for word in new], autojunk=False)
    return tuple(_runs(matcher, old, new))


def _runs(matcher: SequenceMatcher[str], old: list[str], new: list[str]) -> Iterator[Piece]:
    """Runs of words. A short word alone between two changes belongs to them: «la» kept in the middle tells nothing."""
    removed: list[str] = []
    added: list[str] = []
    codes = matcher.get_opcodes()
    for number, (what, a, b, c, d) in enumerate(codes):
        alone = what == "equal" and b - a == 1 and len(old[a]) <= 3 and 0 < number < len(codes) - 1
        if what != "equal" or alone:
            removed += old[a:b]
            added += new[c:d]
            continue
        yield from _pair(removed, added)
        removed, added = [], []
        yield KEPT, " ".join(new[c:d])
    yield from _pair(removed, added)


def _pair(removed: list[str], added: list[str]) -> Iterator[Piece]:
    if removed:
        yield REMOVED, " ".join(removed)
    if added:
        yield ADDED, " ".join(added)


def _paragraphs(text: str) -> list[str]:
    parts = re.split(r"\n\s*\n", _TARGETS.sub("", text.replace("\r\n", "\n")))
    return [" ".join(part.split()) for part in parts if part.strip()]


def _keys(paragraphs: Sequence[str]) -> list[str]:
    return [" ".join(filter(None, map(_key, each.split()))) for each in paragraphs]


def _key(word: str) -> str:
    return _MARKS.sub("", word)
