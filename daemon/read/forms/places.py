"""Where words stand on a page: atoms (words cut where a label may end), lines of them, and how far apart they are.

Every distance is measured in heights of the letters, never in points: a scaled or moved page reads the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from daemon.model.mail import Word

# Ruling made of characters: "....", "____", "|". It parts words and is nobody's value.
_RULING = re.compile(r"[+*=~_.…·‗–—-]{3,}|_{2,}|[|¦│]+")
_BARS = re.compile(r"[|¦│]+")
# Where one word may be a label and its value, or two labels: "NSS:066…", "solicitud(dd/mm/aaaa):", "Nombre/Name".
_CUTS = re.compile(
    r"(?<=[^\d\s]:)(?=[^/\s])|(?<=\))(?=\w)|(?<=[^\s(])(?=\()|(?<=[^\W\d_][^\W\d_])(?=/[^\W\d_]{2})|(?<=[\]\[])(?=\w)"
)
# How far apart the words of one phrase may stand, and from where on a gap parts two cells, in heights of letters.
PHRASE = 0.75
CELL = 1.1
_SAME_PLACE = 0.2


@dataclass(slots=True, eq=False)
class Atom:
    """A piece of a printed word with its place; `key` compares labels; `glued` continues the word before it.

    What was or may be filled in on screen is one atom as large as its AcroForm field, which `widget` names; it has no
    key, since it is no label, and no text while nothing is filled in.
    """

    text: str
    key: str
    x0: float
    top: float
    x1: float
    bottom: float
    height: float
    sure: float
    glued: bool = False
    widget: str = ""

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


Line = list[Atom]


@dataclass(slots=True, eq=False)
class Page:
    """The lines of a page, or of the part of it that one form takes, and where in them each atom is (by identity)."""

    lines: list[Line]
    where: dict[int, tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.where = {id(atom): (row, at) for row, line in enumerate(self.lines) for at, atom in enumerate(line)}


@lru_cache(maxsize=4096)
def key_of(text: str) -> str:
    """What is compared of a label: letters and digits without accents or case, and '#', nothing else."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if c.isalnum() or c == "#")


def atoms_of(words: Iterable[Word]) -> list[Atom]:
    """The words of a page as atoms, in an order of place alone; words printed twice to look bold are one."""
    ordered = sorted(
        (w for w in words if w.text.strip() and w.x1 > w.x0 and w.bottom > w.top), key=lambda w: (w.top, w.x0, w.text)
    )
    atoms: list[Atom] = []
    seen: dict[str, list[Word]] = {}
    for word in ordered:
        twins = seen.setdefault(word.text, [])
        near = _SAME_PLACE * (word.bottom - word.top)
        if any(abs(word.x0 - twin.x0) < near and abs(word.top - twin.top) < near for twin in twins):
            continue
        twins.append(word)
        atoms += _cut(word)
    return atoms


def _cut(word: Word) -> list[Atom]:
    """The pieces of one word; their places are shared out by the number of characters."""
    text = unicodedata.normalize("NFC", word.text)
    spans = _between(text, (_BARS if "@" in text else _RULING).finditer(text))
    pieces: list[tuple[int, int, bool]] = []
    for start, end in spans:
        cuts = [start, *(start + cut.start() for cut in _CUTS.finditer(text[start:end])), end]
        pieces += [(a, b, a != start) for a, b in pairwise(cuts) if b > a]
    step = (word.x1 - word.x0) / len(text)
    return [
        Atom(
            text[a:b],
            key_of(text[a:b]),
            word.x0 + step * a,
            word.top,
            word.x0 + step * b if b < len(text) else word.x1,
            word.bottom,
            word.bottom - word.top,
            word.sure,
            glued,
        )
        for a, b, glued in pieces
    ]


def _between(text: str, gaps: Iterable[re.Match[str]]) -> list[tuple[int, int]]:
    spans = []
    start = 0
    for gap in gaps:
        spans.append((start, gap.start()))
        start = gap.end()
    return [(a, b) for a, b in (*spans, (start, len(text))) if b > a]


def lines_of(atoms: Sequence[Atom]) -> list[Line]:
    """The atoms in lines from top to bottom, each from left to right."""
    lines: list[Line] = []
    middle = 0.0
    for atom in sorted(atoms, key=lambda a: (a.middle, a.x0, a.text)):
        if lines and atom.middle - middle <= 0.4 * min(atom.height, lines[-1][-1].height):
            lines[-1].append(atom)
        else:
            lines.append([atom])
            middle = atom.middle
    for line in lines:
        line.sort(key=lambda a: (a.x0, a.x1, a.text))
    return lines


def gap(left: Atom, right: Atom) -> float:
    """How far the right atom stands from the left one, in heights of their letters."""
    return (right.x0 - left.x1) / (0.5 * (left.height + right.height))


def text_of(atoms: Sequence[Atom]) -> str:
    """What is printed there, with single spaces; pieces of one word stay together, and the letters of a comb."""
    if len(atoms) >= 3 and all(len(atom.text) == 1 for atom in atoms):
        return _combed(atoms)
    out = ""
    for atom in atoms:
        out += atom.text if atom.glued or not out else f" {atom.text}"
    return " ".join(out.split())


def _combed(atoms: Sequence[Atom]) -> str:
    """Letters in boxes of their own: an empty box is a space."""
    steps = [(b.x0 + b.x1 - a.x0 - a.x1) / 2 for a, b in pairwise(atoms)]
    usual = sorted(steps)[len(steps) // 2]
    letters = [(" " if step > 1.5 * usual else "") + atom.text for step, atom in zip(steps, atoms[1:], strict=True)]
    return atoms[0].text + "".join(letters)
