"""The form fields of a PDF, what else lies over its pages, and what it carries beside them."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from typing import Any

from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import MATRIX_IDENTITY, apply_matrix_rect
from pdfplumber.utils.pdfinternals import decode_text

from .pdf_canvas import Canvas
from .pdf_words import UNKNOWN, Box

MAX_FIELDS = 500
MAX_ANNOTATIONS = 2_000

# Annotations by which somebody wrote or drew over the page.
_MARKS = {"FreeText", "Stamp", "Ink", "Square", "Circle", "Polygon", "PolyLine", "Line", "StrikeOut", "Redact"}
# The flags of form fields that matter here.
_MULTILINE, _PASSWORD, _PUSH, _COMBO = 1 << 12, 1 << 13, 1 << 16, 1 << 17


def widgets(page: PDFPage, canvas: Canvas, notes: set[str]) -> Iterator[tuple[str, str, Box, bool]]:
    """The form fields that stand on a page: name, value, box, whether it is one to tick; what lies over it is noted."""
    annotations = _list(page.annots)
    if _runs_script(as_dict(page.attrs.get("AA"))):
        notes.add("javascript")
    for reference in annotations[:MAX_ANNOTATIONS]:
        annotation = as_dict(reference)
        kind = _leaf(annotation.get("Subtype"))
        flags = int(_number(annotation.get("F")))
        if kind in _MARKS:
            notes.add("anotaciones")
        if kind == "FileAttachment":
            notes.add("incrustados")
        if _runs_script({"A": annotation.get("A")}) or _runs_script(as_dict(annotation.get("AA"))):
            notes.add("javascript")
        if kind != "Widget" or flags & 0x22:
            continue
        rect = [_number(part) for part in _list(annotation.get("Rect"))]
        if len(rect) != 4:
            continue
        x0, y0, x1, y1 = rect
        box = canvas.seen(apply_matrix_rect(canvas.page_ctm, (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))))
        name, value, check = _named_value(annotation, page, canvas.rsrcmgr, notes)
        if box[2] - box[0] >= 1 and box[3] - box[1] >= 1 and value is not None:
            yield name, value, box, check


def _named_value(
    widget: dict[str, Any], page: PDFPage, manager: PDFResourceManager, notes: set[str]
) -> tuple[str, str | None, bool]:
    """A widget's full name and value, with what it inherits from the fields above it, and whether it is one to tick.

    The value is None for what holds none. One that is not what the widget's picture shows is noted: a person saw the
    picture.
    """
    names: list[str] = []
    inherited: dict[str, Any] = {}
    field = widget
    for _ in range(32):
        names += [part for part in (_leaf(field.get("T")),) if part]
        for key in ("FT", "V", "Ff", "Opt"):
            if key not in inherited and field.get(key) is not None:
                inherited[key] = field[key]
        if not (field := as_dict(field.get("Parent"))):
            break
    name = ".".join(reversed(names))
    kind, flags = _leaf(inherited.get("FT")), int(_number(inherited.get("Ff")))
    if kind == "Sig":
        if inherited.get("V") is not None:
            notes.add("firma")
        return name, None, False
    value = _leaf(inherited.get("V"))
    if kind == "Btn":
        if flags & _PUSH:
            return name, None, False
        state = _leaf(widget.get("AS"))
        states = set(as_dict(as_dict(widget.get("AP")).get("N"))) - {"Off"}
        return name, state or (value if value in states else "Off"), True
    if kind == "Ch":
        pairs = (_list(option) for option in _list(inherited.get("Opt")))
        shown = {_leaf(pair[0]): _leaf(pair[1]) for pair in pairs if len(pair) == 2}
        value = shown.get(value, value)
    if (kind == "Tx" and not flags & _PASSWORD) or (kind == "Ch" and flags & _COMBO):
        drawn = _drawn(widget, page, manager)
        # Of several lines the picture may show the first ones only.
        same = drawn is None or (drawn in _bare(value) if flags & _MULTILINE else drawn == _bare(value))
        if drawn and not same and UNKNOWN not in drawn:
            notes.add("valor_distinto")
    return name, value, False


def _drawn(widget: dict[str, Any], page: PDFPage, manager: PDFResourceManager) -> str | None:
    """What the picture of a widget says, without blanks; None when it has none and each program draws its own."""
    stream = resolve1(as_dict(widget.get("AP")).get("N"))
    if not hasattr(stream, "get_data"):
        return None
    canvas = Canvas(manager)
    canvas.begin_page(page, MATRIX_IDENTITY)
    resources: Any = as_dict(stream.get("Resources"))
    try:
        PDFPageInterpreter(manager, canvas).render_contents(resources, [stream], ctm=MATRIX_IDENTITY)
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a broken picture must not cost the page its words.
        return None
    return _bare("".join(letter.text for letter in canvas.letters))


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


def catalog_notes(catalog: dict[str, Any], form: dict[str, Any]) -> set[str]:
    """What the whole file carries beside its pages: scripts, files, signatures."""
    notes = set()
    names = as_dict(catalog.get("Names"))
    at_opening = {"A": catalog.get("OpenAction"), **as_dict(catalog.get("AA"))}
    if names.get("JavaScript") or _runs_script(at_opening):
        notes.add("javascript")
    if names.get("EmbeddedFiles") or catalog.get("Collection") or catalog.get("AF"):
        notes.add("incrustados")
    layers = as_dict(as_dict(catalog.get("OCProperties")).get("D"))
    if _list(layers.get("OFF")) or _leaf(layers.get("BaseState")) == "OFF":
        notes.add("texto_oculto")
    if int(_number(form.get("SigFlags"))) & 1:
        notes.add("firma")
    return notes


def _runs_script(actions: dict[str, Any]) -> bool:
    """Whether one of these actions, or one that follows it, is JavaScript."""
    todo = list(actions.values())[:50]
    for _ in range(100):
        if not todo:
            return False
        action = as_dict(todo.pop())
        if _leaf(action.get("S")) == "JavaScript":
            return True
        if (following := resolve1(action.get("Next"))) is not None:
            todo += following if isinstance(following, list) else [following]
    return True


def values(form: dict[str, Any]) -> dict[str, str]:
    """AcroForm values by full name; they are not in the page's text.

    Only leaves are decoded: a field points to its page, which points back, and decoding that whole never ends.
    """
    found: dict[str, str] = {}
    todo = [("", field) for field in _list(form.get("Fields"))]
    for _ in range(MAX_FIELDS):
        if not todo:
            break
        prefix, reference = todo.pop(0)
        field = as_dict(reference)
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
    if isinstance(thing, bytes) and thing.startswith(codecs.BOM_UTF8):
        return thing[len(codecs.BOM_UTF8) :].decode("utf-8", "replace")[:2000]
    return decode_text(thing)[:2000] if isinstance(thing, (str, bytes)) else ""


def as_dict(thing: Any) -> dict[str, Any]:
    thing = resolve1(thing)
    return thing if isinstance(thing, dict) else {}


def _list(thing: Any) -> list[Any]:
    thing = resolve1(thing)
    return thing if isinstance(thing, list) else []


def _number(thing: Any) -> Any:
    thing = resolve1(thing)
    return thing if isinstance(thing, (int, float)) else 0
