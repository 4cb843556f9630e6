"""What a PDF says, page by page: words, widgets and boxes where people see them, and what is hidden from them.

Only the child of pdf_worker runs this, under its limits.
"""

from __future__ import annotations

import io
import re
import time
from collections import Counter
from itertools import islice
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFXRefFallback
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfplumber.table import edges_to_intersections, intersections_to_cells, merge_edges

from .pdf_canvas import Canvas, Shape
from .pdf_fields import as_dict, catalog_notes, values, widgets
from .pdf_words import OBLIQUE, UNKNOWN, Box, Letter, Word, in_lines, oblique, turned, words_of

TEXT_PAGES = 3
SHEETS = 20
CPU_FOR_SHEETS = 6.0
MAX_PAGES_COUNTED = 5_000
MAX_TEXT = 200_000
MAX_WORDS = 6_000
MAX_BOXES = 400
MAX_RULES = 300
# Smaller letters (in points) are not read by people.
SMALLEST = 2.0

_TABLE = re.compile(rb"startxref\s+\d+")
_LOCKED = ("PDFPasswordIncorrect", "PDFEncryptionError")


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


def _read(raw: bytes) -> dict[str, Any]:
    began = time.process_time()
    pdf = pdfplumber.open(io.BytesIO(raw), raise_unicode_errors=False)
    catalog = pdf.doc.catalog
    form = as_dict(catalog.get("AcroForm"))
    notes = catalog_notes(catalog, form)
    if any(isinstance(xref, PDFXRefFallback) for xref in pdf.doc.xrefs):
        # Looking for the objects finds the first state of a file that was changed later, so a person must look.
        notes.add("reparado")
    manager = PDFResourceManager()
    canvas = Canvas(manager)
    interpreter = PDFPageInterpreter(manager, canvas)
    text, pages = "", 0
    sheets: list[dict[str, Any]] = []
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
        except Exception:
            # A later page that cannot be read must not cost the ones before it.
            if not sheets:
                raise
            notes.add("paginas_sin_leer")
            continue
        sheets.append(sheet)
        if number <= TEXT_PAGES:
            text = f"{text}\n{lines}".strip()[:MAX_TEXT]
    fields = values(form)
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
    words = words_of(visible, turn, width, height)
    everything = words_of(straight, turn, width, height) if hidden else words
    stamps = oblique(within) if len(straight) < len(within) else []

    def upright(box: Box) -> Box:
        return turned(box, turn, width, height)

    if _struck([word for word in words if len(word.text) > 1], [upright(shape.box) for shape in canvas.shapes]):
        notes.add("tachado")
    sheet = {
        "number": number,
        "width": round(height if turn % 2 else width, 1),
        "height": round(width if turn % 2 else height, 1),
        "words": [(w.text, *(round(n, 1) for n in w[1:])) for w in words[:MAX_WORDS]],
        "fields": [
            (name, value, _rounded(upright(box)), check) for name, value, box, check in widgets(page, canvas, notes)
        ],
        "boxes": _boxes([shape for shape in canvas.shapes if shape.kind in ("rect", "line")], upright),
    }
    return sheet, "\n".join(filter(None, (in_lines(everything), *stamps)))


def _struck(words: list[Word], boxes: list[Box]) -> bool:
    """Whether a thin level line runs through the middle of a word."""
    lines = [box for box in boxes if box[3] - box[1] < 2 and box[2] - box[0] >= 8]
    for word in words:
        third = (word.bottom - word.top) / 3
        for x0, top, x1, bottom in lines:
            along = min(x1, word.x1) - max(x0, word.x0) > 0.6 * (word.x1 - word.x0)
            if along and word.top + third < (top + bottom) / 2 < word.bottom - third * 0.9:
                return True
    return False


def _inside(box: Box, outer: Box) -> bool:
    """Whether the middle of a box lies within another."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _is_unknown(letter: Letter) -> bool:
    return letter.text == UNKNOWN or "\ue000" <= letter.text[:1] <= "\uf8ff"


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


def _rounded(box: Box) -> Box:
    x0, top, x1, bottom = box
    return (round(x0, 1), round(top, 1), round(x1, 1), round(bottom, 1))


def _rule(way: str, x0: float, top: float, x1: float, bottom: float) -> dict[str, Any]:
    """A ruling line as pdfplumber's tables want it."""
    sides = {"x0": x0, "x1": x1, "top": top, "bottom": bottom, "doctop": top}
    return {"orientation": way, **sides, "width": x1 - x0, "height": bottom - top}


def _boxes(shapes: list[Shape], upright: Any) -> list[Box]:
    """Drawn rectangles big enough for a value, and the cells that ruling lines (or thin bars) make, largest first."""
    boxes: set[Box] = set()
    rules: list[dict[str, Any]] = []
    for shape in shapes:
        x0, top, x1, bottom = box = upright(shape.box)
        if x1 - x0 >= 30 and bottom - top >= 12:
            if shape.kind == "rect":
                boxes.add(_rounded(box))
        elif bottom - top < 3 and x1 - x0 >= 8:
            rules.append(_rule("h", x0, (top + bottom) / 2, x1, (top + bottom) / 2))
        elif x1 - x0 < 3 and bottom - top >= 8:
            rules.append(_rule("v", (x0 + x1) / 2, top, (x0 + x1) / 2, bottom))
    if len({rule["orientation"] for rule in rules}) == 2 and len(rules) <= MAX_RULES * 4:
        edges = merge_edges(rules, 2, 2, 2, 2)
        if len(edges) <= MAX_RULES:
            cells = intersections_to_cells(edges_to_intersections(edges, 2, 2))
            boxes.update(_rounded(c) for c in cells if c[2] - c[0] >= 30 and c[3] - c[1] >= 12)
    return sorted(boxes, key=lambda b: (-(b[2] - b[0]) * (b[3] - b[1]), b))[:MAX_BOXES]
