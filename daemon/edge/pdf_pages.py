"""What the pages of a PDF show: words, widgets and boxes with their places as people see them, and what is hidden.

Only the child of pdf_worker runs this, under its limits. One pass of pdfminer's interpreter over each page collects
the letters; the objects of pdfplumber's pages would cost three times as much and do not tell hidden text from seen.
"""

from __future__ import annotations

import io
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any, NamedTuple

import pdfplumber
from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.layout import LTCurve, LTLine, LTRect
from pdfminer.pdfdocument import PDFXRefFallback
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import MATRIX_IDENTITY, apply_matrix_rect, mult_matrix
from pdfplumber.table import edges_to_intersections, intersections_to_cells, merge_edges
from pdfplumber.utils.pdfinternals import decode_text

TEXT_PAGES = 3
SHEETS = 20
CPU_FOR_SHEETS = 6.0
MAX_PAGES_COUNTED = 5_000
MAX_TEXT = 200_000
MAX_FIELDS = 500
MAX_WORDS = 6_000
MAX_BOXES = 400
MAX_RULES = 300
MAX_ANNOTATIONS = 2_000

_MARKS = {"FreeText", "Stamp", "Ink", "Square", "Circle", "Polygon", "PolyLine", "Line", "StrikeOut", "Redact"}
_TABLE = re.compile(rb"startxref\s+\d+")
_UNKNOWN = "\ufffd"
OBLIQUE = 4
# So many letters in a row are one word and not, say, the heads of columns.
COMB = 4
# Smaller letters (in points) are not read by people.
SMALLEST = 2.0

# The flags of form fields that matter here.
_MULTILINE, _PASSWORD, _PUSH, _COMBO = 1 << 12, 1 << 13, 1 << 16, 1 << 17

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


class Shape(NamedTuple):
    """A drawn rectangle, line or picture, in the same places as the letters. `cover` hides what was drawn before."""

    kind: str
    box: Box
    order: int
    cover: bool
    dark: bool


class Canvas(PDFLayoutAnalyzer):
    """Collects what a page draws, in the order of drawing."""

    def begin_page(self, page: PDFPage, ctm: Any) -> None:
        """Take the page as it is seen: turned as /Rotate says, cut to its crop box."""
        media = apply_matrix_rect(ctm, page.mediabox)
        crop = apply_matrix_rect(ctm, page.cropbox)
        self.left, low = max(media[0], crop[0]), max(media[1], crop[1])
        right, self.high = min(media[2], crop[2]), min(media[3], crop[3])
        if right <= self.left or self.high <= low:
            self.left, low, right, self.high = media
        self.width, self.height = right - self.left, self.high - low
        self.page_ctm = ctm
        self.letters: list[Letter] = []
        self.shapes: list[Shape] = []
        self.cur_item: Any = self
        self.order = 0
        self.figures: list[tuple[Any, Box]] = []
        self.glyphs: dict[int, dict[int, tuple[str, float]]] = {}

    def end_page(self, page: PDFPage) -> None:
        """Nothing to lay out: the letters are already there."""

    def begin_figure(self, name: str, bbox: Any, matrix: Any) -> None:
        """Remember the figure's box for pictures, and the matrix, which pdfminer does not give back afterwards."""
        self.figures.append((self.ctm, apply_matrix_rect(mult_matrix(matrix, self.ctm), bbox)))

    def end_figure(self, _: str) -> None:
        """Go on with the matrix from before the figure."""
        self.ctm = self.figures.pop()[0]

    def seen(self, box: Any) -> Box:
        """A box of the drawing as seen: from the top left corner of the page."""
        return (box[0] - self.left, self.high - box[3], box[2] - self.left, self.high - box[1])

    def render_image(self, name: str, stream: Any) -> None:
        """A picture hides what lies under it, unless it is a mask or has one."""
        clear = any(key in stream.attrs for key in ("SMask", "Mask", "ImageMask", "IM"))
        self.order += 1
        self.shapes.append(Shape("image", self.seen(self.figures[-1][1]), self.order, not clear, not clear))

    def add(self, item: Any) -> None:
        """What paint_path drew."""
        self.order += 1
        white = _is_white(item.non_stroking_color)
        box = self.seen(item.bbox)
        if isinstance(item, LTRect):
            self.shapes.append(Shape("rect", box, self.order, bool(item.fill), bool(item.fill) and not white))
        elif isinstance(item, LTLine):
            self.shapes.append(Shape("line", box, self.order, False, False))
        elif isinstance(item, LTCurve) and item.fill and not white:
            self.shapes.append(Shape("curve", box, self.order, False, True))

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        """Note how the letters of this string are drawn, then draw them."""
        self.order += 1
        self.spacing = textstate.charspace * textstate.scaling * 0.01
        self.invisible = textstate.render in (3, 7)
        painted = textstate.render in (0, 4) and getattr(ncs, "name", "") not in ("Separation", "Indexed", "Pattern")
        self.white = painted and _is_white(graphicstate.ncolor)
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_string_horizontal(
        self,
        seq: Any,
        matrix: Any,
        pos: Any,
        font: Any,
        fontsize: float,
        scaling: float,
        charspace: float,
        wordspace: float,
        rise: float,
        dxscale: float,
        ncs: Any,
        graphicstate: Any,
    ) -> Any:
        """The same as in pdfminer, with what stays the same for all letters of a string reckoned once."""
        a, b, c, d, e, f = matrix
        x, y = pos
        low = font.get_descent() * fontsize + rise
        high = low + fontsize
        turn = _turn(a, b) if fontsize * scaling >= 0 else _turn(-a, -b)
        spacing = self.spacing * max(abs(a), abs(b))
        straight = b == 0 and c == 0
        # The letter's box without its place and without its width.
        y0, y1 = sorted((d * (low + y) + f, d * (high + y) + f))
        top, bottom, left = self.high - y1, self.high - y0, self.left
        known = self.glyphs.setdefault(id(font), {})
        after_first = False
        for part in seq:
            if isinstance(part, (int, float)):
                x -= part * dxscale
                after_first = True
                continue
            if not isinstance(part, bytes):
                continue
            for cid in font.decode(part):
                if after_first:
                    x += charspace
                after_first = True
                text, width = known.get(cid) or self.glyph(known, font, cid)
                advance = width * fontsize * scaling
                if straight:
                    x0, x1 = a * x + e - left, a * (x + advance) + e - left
                    box = (x0, top, x1, bottom) if x0 <= x1 else (x1, top, x0, bottom)
                else:
                    box = self.seen(apply_matrix_rect(matrix, (x, y + low, x + advance, y + high)))
                size = box[2] - box[0] if turn % 2 else box[3] - box[1]
                self.letters.append(
                    Letter(text, box, size, turn, self.order, spacing, self.invisible, self.white)
                )
                x += advance
                if cid == 32 and wordspace:
                    x += wordspace
        return (x, y)

    def glyph(self, known: dict[int, tuple[str, float]], font: Any, cid: int) -> tuple[str, float]:
        """What a letter of a font is and how wide, looked up once a page."""
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = _UNKNOWN
        known[cid] = (text, font.char_width(cid))
        return known[cid]

    def render_char(
        self,
        matrix: Any,
        font: Any,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,
        graphicstate: Any,
    ) -> float:
        """One letter of a vertical font, and how far it advances."""
        text, width = self.glyph({}, font, cid)
        advance = width * fontsize * scaling
        box = self.seen(apply_matrix_rect(matrix, (-fontsize / 2, rise + advance, fontsize / 2, rise)))
        size = box[2] - box[0]
        self.letters.append(Letter(text, box, size, 0, self.order, self.spacing, self.invisible, self.white))
        return advance


def _turn(a: float, b: float) -> int:
    """How many quarters against the clock a line runs that goes this far right and up; OBLIQUE as a stamp may run."""
    if min(abs(a), abs(b)) > 0.07 * max(abs(a), abs(b)):
        return OBLIQUE
    if abs(a) >= abs(b):
        return 0 if a >= 0 else 2
    return 1 if b > 0 else 3


def _is_white(color: Any) -> bool:
    """White or nearly, as gray, RGB or CMYK."""
    parts = color if isinstance(color, (tuple, list)) else (color,)
    if not parts or not all(isinstance(part, (int, float)) for part in parts):
        return False
    return max(parts) <= 0.04 if len(parts) == 4 else min(parts) >= 0.95


def read(raw: bytes) -> dict[str, Any]:
    """Everything of a PDF: pages, text, fields, sheets, notes; or the fault's name. A damaged file table is mended."""
    answer = _attempt(raw)
    if answer.get("fault") == "cifrado" or answer.get("sheets_with_words"):
        return answer
    # pdfminer follows a wrong table of places into nothing; told no table, it looks for the objects themselves.
    without_table = _TABLE.sub(b"startxref -", raw)
    mended = _attempt(without_table) if without_table != raw else {}
    return mended if mended.get("sheets_with_words") else answer


def _attempt(raw: bytes) -> dict[str, Any]:
    try:
        return _read(raw)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - the parser raises anything on damaged files; the parent needs its name.
        inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
        if isinstance(inner, MemoryError):
            return {"fault": "memoria"}
        return {"fault": "cifrado" if type(inner).__name__ in _LOCKED else "truncado"}


_LOCKED = ("PDFPasswordIncorrect", "PDFEncryptionError")


def _read(raw: bytes) -> dict[str, Any]:
    began = time.process_time()
    pdf = pdfplumber.open(io.BytesIO(raw), raise_unicode_errors=False)
    catalog = pdf.doc.catalog
    form = _dict(catalog.get("AcroForm"))
    notes = _catalog_notes(catalog, form)
    if any(isinstance(xref, PDFXRefFallback) for xref in pdf.doc.xrefs):
        # Looking for the objects finds the first state of a file that was changed later, so a person must look.
        notes.add("reparado")
    manager = PDFResourceManager()
    canvas = Canvas(manager)
    interpreter = PDFPageInterpreter(manager, canvas)
    text, sheets, pages = "", [], 0
    for number, page in enumerate(islice(PDFPage.create_pages(pdf.doc), MAX_PAGES_COUNTED), 1):
        pages = number
        if number > SHEETS or time.process_time() - began > CPU_FOR_SHEETS:
            notes.add("paginas_sin_leer")
            continue
        try:
            interpreter.process_page(page)
            sheet, lines = _sheet(number, page, canvas, notes)
        except (MemoryError, RecursionError):
            raise
        except Exception:  # noqa: BLE001 - a later page that cannot be read must not cost the ones before it.
            if not sheets:
                raise
            notes.add("paginas_sin_leer")
            continue
        sheets.append(sheet)
        if number <= TEXT_PAGES:
            text = f"{text}\n{lines}".strip()[:MAX_TEXT]
    fields = _fields(form)
    if not pages:
        return {"fault": "truncado"}
    full = any(sheet["words"] or sheet["fields"] for sheet in sheets)
    if form.get("XFA") and not any(sheet["fields"] for sheet in sheets):
        return {"fault": "xfa", "pages": pages, "notes": sorted(notes)}
    return {
        "pages": pages,
        "text": text,
        "fields": fields,
        "sheets": sheets,
        "notes": sorted(notes),
        "sheets_with_words": full,
    }


def _sheet(number: int, page: PDFPage, canvas: Canvas, notes: set[str]) -> tuple[dict[str, Any], str]:
    """One page for a form reader, upright, with what is seen only; and its text in lines, hidden text included.

    Text that runs obliquely, as stamps and watermarks do, stands on the values of other cells: it is no word of the
    sheet, but part of the text.
    """
    width, height = canvas.width, canvas.height
    within = [letter for letter in canvas.letters if _inside(letter.box, (0, 0, width, height))]
    shown = [letter for letter in within if not letter.text.isspace()]
    if sum(map(_is_unknown, shown)) > 0.3 * len(shown):
        # A font without names for its letters: what it says can be seen, but not read.
        within, shown = [], []
    hidden = _hidden(within, canvas.shapes)
    if hidden:
        notes.add("texto_oculto")
    straight = [letter for letter in within if letter.turn != OBLIQUE]
    visible = [letter for letter in straight if letter.order not in hidden] if hidden else straight
    turn = Counter(letter.turn for letter in (visible or straight)).most_common(1)[0][0] if straight else 0
    words = _words_of_all(visible, turn, width, height)
    everything = _words_of_all(straight, turn, width, height) if hidden else words
    stamps = _oblique(within) if len(straight) < len(within) else []

    def upright(box: Box) -> Box:
        return _turned(box, turn, width, height)

    if _struck([word for word in words if len(word.text) > 1], [upright(shape.box) for shape in canvas.shapes]):
        notes.add("tachado")
    sheet = {
        "number": number,
        "width": round(height if turn % 2 else width, 1),
        "height": round(width if turn % 2 else height, 1),
        "words": [(w.text, *(round(n, 1) for n in w[1:])) for w in words[:MAX_WORDS]],
        "fields": [(name, value, *_rounded(upright(box))) for name, value, box in _widgets(page, canvas, notes)],
        "boxes": _boxes([shape for shape in canvas.shapes if shape.kind in ("rect", "line")], upright),
    }
    return sheet, "\n".join(filter(None, (_lines(everything), *stamps)))


def _oblique(letters: list[Letter]) -> list[str]:
    """The strings that run obliquely, each as it was drawn."""
    strings: dict[int, str] = {}
    for letter in letters:
        if letter.turn == OBLIQUE:
            strings[letter.order] = strings.get(letter.order, "") + letter.text
    return [string.strip() for string in strings.values()]


def _struck(words: list[Word], boxes: list[Box]) -> bool:
    """Whether a thin level line runs through the middle of a word."""
    lines = [box for box in boxes if box[3] - box[1] < 2 and box[2] - box[0] >= 8]
    for word in words:
        third = (word.bottom - word.top) / 3
        for x0, top, x1, bottom in lines:
            if word.top + third < (top + bottom) / 2 < word.bottom - third * 0.9:
                if min(x1, word.x1) - max(x0, word.x0) > 0.6 * (word.x1 - word.x0):
                    return True
    return False


def _inside(box: Box, outer: Box) -> bool:
    """Whether the middle of a box lies within another."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _is_unknown(letter: Letter) -> bool:
    return letter.text == _UNKNOWN or "\ue000" <= letter.text[:1] <= "\uf8ff"


def _hidden(letters: list[Letter], shapes: list[Shape]) -> set[int]:
    """The drawing order of strings that nobody sees: invisible, tiny, white on white, or covered by something later.

    Orders name whole strings, because a string is hidden as a whole or partly, and then a person should look anyway.
    """
    hidden: set[int] = set()
    covers = [shape for shape in shapes if shape.cover and letters and shape.order > letters[0].order]
    grounds = [shape for shape in shapes if shape.dark]
    for letter in letters:
        if letter.order in hidden or letter.text.isspace():
            continue
        if (
            letter.invisible
            or letter.size < SMALLEST
            or (letter.white and not any(g.order < letter.order and _inside(letter.box, g.box) for g in grounds))
            or any(cover.order > letter.order and _inside(letter.box, cover.box) for cover in covers)
        ):
            hidden.add(letter.order)
    return hidden


def _turned(box: Box, turn: int, width: float, height: float) -> Box:
    """A box of a page of this size after the page was turned clockwise by so many quarters."""
    x0, top, x1, bottom = box
    if turn == 1:
        return (height - bottom, x0, height - top, x1)
    if turn == 2:
        return (width - x1, height - bottom, width - x0, height - top)
    if turn == 3:
        return (top, width - x1, bottom, width - x0)
    return box


def _words_of_all(letters: list[Letter], main: int, width: float, height: float) -> list[Word]:
    """The words in the places of the page turned by `main`; lines in other directions are read in their own."""
    words: list[Word] = []
    for turn in sorted({letter.turn for letter in letters}, key=lambda turn: (turn != main, turn)):
        group = [letter for letter in letters if letter.turn == turn]
        if turn:
            group = [letter._replace(box=_turned(letter.box, turn, width, height)) for letter in group]
        found = _words(group)
        if turn != main:
            turned = (height, width) if turn % 2 else (width, height)
            for word in found:
                box = _turned(_turned(word[1:5], -turn % 4, *turned), main, width, height)
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
        if not text.isprintable() and len(text) == 1:
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


def _lines(words: list[Word]) -> str:
    """The words in lines: a word that stands lower or further left than the one before begins a new line."""
    lines: list[list[str]] = []
    last_top = last_x = 0.0
    for word in words:
        if not lines or abs(word.top - last_top) > 4 or word.x0 < last_x - 1:
            lines.append([])
        lines[-1].append(word.text)
        last_top, last_x = word.top, word.x0
    return "\n".join(" ".join(line) for line in lines)


def _rounded(box: Box) -> Box:
    x0, top, x1, bottom = box
    return (round(x0, 1), round(top, 1), round(x1, 1), round(bottom, 1))


def _boxes(shapes: list[Shape], upright: Any) -> list[Box]:
    """Drawn rectangles big enough to hold a value, and the cells that ruling lines (or thin bars) make, largest first."""
    boxes: set[Box] = set()
    rules: list[dict[str, Any]] = []
    for shape in shapes:
        x0, top, x1, bottom = box = upright(shape.box)
        if x1 - x0 >= 30 and bottom - top >= 12:
            if shape.kind == "rect":
                boxes.add(_rounded(box))
        elif bottom - top < 3 and x1 - x0 >= 8:
            middle = (top + bottom) / 2
            rules.append({"orientation": "h", "x0": x0, "x1": x1, "top": middle, "bottom": middle})
        elif x1 - x0 < 3 and bottom - top >= 8:
            middle = (x0 + x1) / 2
            rules.append({"orientation": "v", "x0": middle, "x1": middle, "top": top, "bottom": bottom})
    if len({rule["orientation"] for rule in rules}) == 2 and len(rules) <= MAX_RULES * 4:
        edges = merge_edges(rules, 2, 2, 2, 2)
        if len(edges) <= MAX_RULES:
            cells = intersections_to_cells(edges_to_intersections(edges, 2, 2))
            boxes.update(_rounded(c) for c in cells if c[2] - c[0] >= 30 and c[3] - c[1] >= 12)
    return sorted(boxes, key=lambda b: (-(b[2] - b[0]) * (b[3] - b[1]), b))[:MAX_BOXES]


def _widgets(page: PDFPage, canvas: Canvas, notes: set[str]) -> Iterator[tuple[str, str, Box]]:
    """The form fields that stand on a page, with name, value and box; what is laid over the page is noted."""
    annotations = _list(page.annots)
    if _runs_script(_dict(page.attrs.get("AA"))):
        notes.add("javascript")
    for reference in annotations[:MAX_ANNOTATIONS]:
        annotation = _dict(reference)
        kind = _leaf(annotation.get("Subtype"))
        flags = int(_number(annotation.get("F")))
        if kind in _MARKS:
            notes.add("anotaciones")
        if kind == "FileAttachment":
            notes.add("incrustados")
        if _runs_script({"A": annotation.get("A")}) or _runs_script(_dict(annotation.get("AA"))):
            notes.add("javascript")
        if kind != "Widget" or flags & 0x22:
            continue
        rect = [_number(part) for part in _list(annotation.get("Rect"))]
        if len(rect) != 4:
            continue
        x0, y0, x1, y1 = rect
        box = canvas.seen(apply_matrix_rect(canvas.page_ctm, (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))))
        name, value = _named_value(annotation, page, canvas.rsrcmgr, notes)
        if name and box[2] - box[0] >= 1 and box[3] - box[1] >= 1 and value is not None:
            yield name, value, box


def _named_value(
    widget: dict[str, Any], page: PDFPage, manager: PDFResourceManager, notes: set[str]
) -> tuple[str, str | None]:
    """A widget's full name and value, with what it inherits from the fields above it; None for what holds no value.

    A value that is not the one that the widget's picture shows is noted: a person saw the picture.
    """
    names: list[str] = []
    inherited: dict[str, Any] = {}
    field = widget
    for _ in range(32):
        names += [part for part in (_leaf(field.get("T")),) if part]
        for key in ("FT", "V", "Ff", "Opt"):
            if key not in inherited and field.get(key) is not None:
                inherited[key] = field[key]
        if not (field := _dict(field.get("Parent"))):
            break
    name = ".".join(reversed(names))
    kind, flags = _leaf(inherited.get("FT")), int(_number(inherited.get("Ff")))
    if kind == "Sig":
        if inherited.get("V") is not None:
            notes.add("firma")
        return name, None
    value = _leaf(inherited.get("V"))
    if kind == "Btn":
        if flags & _PUSH:
            return name, None
        state = _leaf(widget.get("AS"))
        states = set(_dict(_dict(widget.get("AP")).get("N"))) - {"Off"}
        return name, state or (value if value in states else "Off")
    if kind == "Ch":
        pairs = (_list(option) for option in _list(inherited.get("Opt")))
        shown = {_leaf(pair[0]): _leaf(pair[1]) for pair in pairs if len(pair) == 2}
        value = shown.get(value, value)
    if kind == "Tx" and not flags & _PASSWORD or kind == "Ch" and flags & _COMBO:
        drawn = _drawn(widget, page, manager)
        same = drawn in _bare(value) if flags & _MULTILINE else drawn == _bare(value)
        if drawn is not None and not same and _UNKNOWN not in drawn:
            notes.add("valor_distinto")
    return name, value


def _drawn(widget: dict[str, Any], page: PDFPage, manager: PDFResourceManager) -> str | None:
    """What the picture of a widget says, without blanks; None when it has none and each program draws its own."""
    stream = resolve1(_dict(widget.get("AP")).get("N"))
    if not hasattr(stream, "get_data"):
        return None
    canvas = Canvas(manager)
    canvas.begin_page(page, MATRIX_IDENTITY)
    interpreter = PDFPageInterpreter(manager, canvas)
    interpreter.render_contents(_dict(stream.get("Resources")), [stream], ctm=MATRIX_IDENTITY)
    return _bare("".join(letter.text for letter in canvas.letters))


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


def _catalog_notes(catalog: dict[str, Any], form: dict[str, Any]) -> set[str]:
    """What the whole file carries beside its pages: scripts, files, signatures."""
    notes = set()
    names = _dict(catalog.get("Names"))
    if names.get("JavaScript") or _runs_script({"A": catalog.get("OpenAction")}) or _runs_script(_dict(catalog.get("AA"))):
        notes.add("javascript")
    if names.get("EmbeddedFiles") or catalog.get("Collection") or catalog.get("AF"):
        notes.add("incrustados")
    if int(_number(form.get("SigFlags"))) & 1:
        notes.add("firma")
    return notes


def _runs_script(actions: dict[str, Any]) -> bool:
    """Whether one of these actions, or one that follows it, is JavaScript."""
    todo = list(actions.values())[:50]
    for _ in range(100):
        if not todo:
            return False
        action = _dict(todo.pop())
        if _leaf(action.get("S")) == "JavaScript":
            return True
        if (following := resolve1(action.get("Next"))) is not None:
            todo += following if isinstance(following, list) else [following]
    return True


def _fields(form: dict[str, Any]) -> dict[str, str]:
    """AcroForm values by full name; they are not in the page's text.

    Only leaves are decoded: a field points to its page, which points back, and decoding that whole never ends.
    """
    found: dict[str, str] = {}
    todo = [("", field) for field in _list(form.get("Fields"))]
    for _ in range(MAX_FIELDS):
        if not todo:
            break
        prefix, reference = todo.pop(0)
        field = _dict(reference)
        name = ".".join(part for part in (prefix, _leaf(field.get("T"))) if part)
        todo += [(name, kid) for kid in _list(field.get("Kids"))]
        if name and (value := _leaf(field.get("V"))):
            found[name] = value
    return found


def _leaf(thing: Any) -> str:
    """A string or a name of a PDF as text; '' for anything bigger."""
    thing = resolve1(thing)
    if isinstance(thing, PSLiteral):
        thing = thing.name
    if isinstance(thing, list):
        return ", ".join(filter(None, (_leaf(item) for item in thing[:20] if not isinstance(resolve1(item), list))))
    return decode_text(thing)[:2000] if isinstance(thing, (str, bytes)) else ""


def _dict(thing: Any) -> dict[str, Any]:
    thing = resolve1(thing)
    return thing if isinstance(thing, dict) else {}


def _list(thing: Any) -> list[Any]:
    thing = resolve1(thing)
    return thing if isinstance(thing, list) else []


def _number(thing: Any) -> Any:
    thing = resolve1(thing)
    return thing if isinstance(thing, (int, float)) else 0
