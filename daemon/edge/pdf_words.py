"""Letters become words: pure geometry, in points from the top left corner of the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

UNKNOWN = "\ufffd"
OBLIQUE = 4
# So many letters in a row are one word and not, say, the heads of columns.
COMB = 4

Box = tuple[float, float, float, float]


class Letter(NamedTuple):
    """One drawn letter. The box is in points from the top left of the page; `turn` counts the quarters that its line
    is turned against the clock; `order` says when it was drawn, `spacing` how much its line is spaced out on purpose.
    """

    text: str
    box: Box
    size: float
    turn: int
    order: int
    spacing: float
    invisible: bool
    white: bool


class Word(NamedTuple):
    """Letters that stand together."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float


def turned(box: Box, turn: int, width: float, height: float) -> Box:
    """A box of a page of this size after the page was turned clockwise by so many quarters."""
    x0, top, x1, bottom = box
    if turn == 1:
        return (height - bottom, x0, height - top, x1)
    if turn == 2:
        return (width - x1, height - bottom, width - x0, height - top)
    if turn == 3:
        return (top, width - x1, bottom, width - x0)
    return box


def words_of(letters: list[Letter], main: int, width: float, height: float) -> list[Word]:
    """The words in the places of the page turned by `main`; lines in other directions are read in their own."""
    words: list[Word] = []
    for turn in sorted({letter.turn for letter in letters}, key=lambda turn: (turn != main, turn)):
        group = [letter for letter in letters if letter.turn == turn]
        if turn:
            group = [letter._replace(box=turned(letter.box, turn, width, height)) for letter in group]
        found = _words(group)
        if turn != main:
            sides = (height, width) if turn % 2 else (width, height)
            for word in found:
                box = turned(turned(word[1:5], -turn % 4, *sides), main, width, height)
                words.append(Word(word.text, *box, word.size))
        else:
            words += found
    return words


def _words(letters: list[Letter]) -> list[Word]:
    """Words in the order of drawing, which keeps a text that runs over its cell apart from the next cell's text.

    A page that is drawn letter by letter in no order is put in lines first.
    """
    letters = _undoubled(letters)
    words = _in_flow(letters)
    if len(words) > 20 and sum(len(word.text) for word in words) < 1.6 * len(words):
        tidy = _in_flow(sorted(letters, key=lambda one: (round(one.box[3] / max(1.0, one.size / 2)), one.box[0])))
        words = min(words, tidy, key=len)
    return _joined(words)


def _undoubled(letters: list[Letter]) -> list[Letter]:
    """Without the second print of letters that are drawn twice, a little aside, to look bold."""
    if len({(one.text, round(one.box[0]), round(one.box[1])) for one in letters}) == len(letters):
        return letters
    kept: list[Letter] = []
    places: dict[tuple[str, int, int], list[Box]] = {}
    for letter in letters:
        near = min(1.0, 0.12 * letter.size)
        x, y = letter.box[0], letter.box[1]
        cells = {(letter.text, int((x + dx) // 2), int((y + dy) // 2)) for dx in (-near, near) for dy in (-near, near)}
        if any(
            abs(x - other[0]) <= near and abs(y - other[1]) <= near for cell in cells for other in places.get(cell, ())
        ):
            continue
        places.setdefault((letter.text, int(x // 2), int(y // 2)), []).append(letter.box)
        kept.append(letter)
    return kept


def _in_flow(letters: Sequence[Letter]) -> list[Word]:
    """A word ends at a space, at a gap of a fifth of the letters' size, and where drawing goes back or changes line."""
    words: list[Word] = []
    parts: list[str] = []
    left = top = right = bottom = size = last_x0 = last_bottom = 0.0

    def close() -> None:
        if parts:
            text = "".join(parts)
            text = text if text.isascii() else unicodedata.normalize("NFC", _without_ligatures(text))
            words.append(Word(text, left, top, right, bottom, size))
            parts.clear()

    for letter in letters:
        text = letter.text
        if not text.strip():
            close()
            continue
        if text == "\u00ad":
            # Word writes its hyphens so, and they are seen.
            text = "-"
        elif not text.isprintable() and len(text) == 1:
            continue
        x0, y0, x1, y1 = letter.box
        if parts and (
            x0 - right - max(letter.spacing, 0.0) > 0.2 * letter.size
            or x0 < last_x0 - 0.05 * letter.size
            or abs(y1 - last_bottom) > 0.35 * max(letter.size, size)
        ):
            close()
        if parts:
            top, right, bottom = min(top, y0), max(right, x1), max(bottom, y1)
        else:
            left, top, right, bottom, size = x0, y0, x1, y1, letter.size
        parts.append(text)
        last_x0, last_bottom = x0, y1
    close()
    return words


def _without_ligatures(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", one) if "\ufb00" <= one <= "\ufb06" else one for one in text)


def _joined(words: list[Word]) -> list[Word]:
    """Single letters at one even distance (a spaced title, an NSS in eleven cells) as the word that they make.

    They are joined as they stand, not as they were drawn, and the word takes the turn of the letter drawn first.
    """
    singles = [number for number, word in enumerate(words) if len(word.text) == 1]
    if len(singles) < COMB:
        return words
    rows: list[list[int]] = []
    for number in sorted(singles, key=lambda number: (round(words[number].bottom), words[number].x0)):
        if rows and _follows([words[other] for other in rows[-1][-2:]], words[number]):
            rows[-1].append(number)
        else:
            rows.append([number])
    joined: dict[int, Word | None] = {}
    for row in rows:
        if len(row) >= COMB:
            joined |= dict.fromkeys(row)
            joined[min(row)] = _as_one([words[number] for number in row])
    return [word for number, old in enumerate(words) if (word := joined.get(number, old))]


def _follows(row: list[Word], word: Word) -> bool:
    last = row[-1]
    pitch = (word.x0 + word.x1 - last.x0 - last.x1) / 2
    if not 0 < pitch <= 2.2 * word.size or abs(word.bottom - last.bottom) > 0.3 * word.size:
        return False
    if len(row) == 1:
        return True
    before = row[-2]
    return (
        abs(pitch - (last.x0 + last.x1 - before.x0 - before.x1) / 2) <= 0.12 * word.size
        or abs((word.x0 - last.x1) - (last.x0 - before.x1)) <= 0.06 * word.size
    )


def _as_one(row: list[Word]) -> Word:
    text = "".join(word.text for word in row)
    top, bottom = min(word.top for word in row), max(word.bottom for word in row)
    return Word(text, row[0].x0, top, row[-1].x1, bottom, row[0].size)


def in_lines(words: list[Word]) -> str:
    """The words in lines: a word that stands lower or further left than the one before begins a new line."""
    lines: list[list[str]] = []
    last_top = last_x = 0.0
    for word in words:
        if not lines or abs(word.top - last_top) > 4 or word.x0 < last_x - 1:
            lines.append([])
        lines[-1].append(word.text)
        last_top, last_x = word.top, word.x0
    return "\n".join(" ".join(line) for line in lines)


def oblique(letters: list[Letter]) -> list[str]:
    """The strings that run obliquely, each as it was drawn."""
    strings: dict[int, str] = {}
    for letter in letters:
        if letter.turn == OBLIQUE:
            strings[letter.order] = strings.get(letter.order, "") + letter.text
    return [string.strip() for string in strings.values()]
