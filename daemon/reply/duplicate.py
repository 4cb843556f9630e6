"""The print-ready duplicate (C): one letter page for each receipt, two copies and a cut line (owner of reportlab).

Black on white, with the font in the file, so that any printer and any Latin letter will do. No clock and no random
number goes in: the same receipts give the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from copy import copy
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace
from reportlab.pdfgen.canvas import Canvas

from ..model.survival import Receipt, whole_name
from .clean import one_line
from .variables import long_date

TITLE = "Confirmación de recepción — comprobación de supervivencia"
PENSIONER_COPY = "EJEMPLAR PARA LA PERSONA PENSIONADA"
OFFICE_COPY = "ACUSE — EJEMPLAR QUE FIRMA LA PERSONA PENSIONADA Y CONSERVA LA OFICINA CONSULAR"
RECEIVED_ONLY = "Solo acredita la recepción de los datos."
VERIFIED = "Datos cotejados con el padrón."
REPEATED = "REPETICIÓN"
EMPTY = "—"
_NO_GLYPH = "□"

_PLAIN, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_FONTS = __file__.rpartition("duplicate")[0] + "fonts/"
for _name in (_PLAIN, _BOLD):
    _font = TTFont(_name, f"{_FONTS}{_name}.ttf")
    # A face reads its glyphs through one position of its own; mailboxes that print at once need one for each document.
    _font.face.makeSubset = partial(lambda face, subset: TTFontFace.makeSubset(copy(face), subset), _font.face)
    registerFont(_font)
_GLYPHS = frozenset(getFont(_PLAIN).face.charToGlyph) & frozenset(getFont(_BOLD).face.charToGlyph)

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")

# All lengths are points from the lower left corner of a letter page (612 x 792).
_WIDTH, _HEIGHT = letter
_LEFT, _RIGHT = 45.0, _WIDTH - 45.0
_COPY = _HEIGHT / 2
_SMALLEST, _TWO_LINES = 6.5, 8.0
# Longer than anybody's name: no need to look at what cannot fit.
_LONGEST = 400
# Label, key of the value, share of the row's width.
_Row = tuple[tuple[str, str, float], ...]
_ROWS: tuple[_Row, ...] = (
    (("Nombre de la persona pensionada", "nombre", 1.0),),
    (
        ("NSS (Número de Seguridad Social)", "nss", 0.36),
        ("Fecha de nacimiento", "nacimiento", 0.28),
        ("Ex trabajador IMSS (jubilaciones y pensiones)", "ex_trabajador", 0.36),
    ),
    (("Oficina consular", "oficina", 0.64), ("ID Trámite", "id_tramite", 0.36)),
    (("Identificación", "identificacion", 0.5), ("Fecha de recepción", "recibida", 0.5)),
)


def print_ready(receipts: Sequence[Receipt], zone: str) -> bytes:
    """The PDF with one page for each receipt; instants are told in the office's `zone` (an IANA name).

    A value that is None prints as a dash, a letter that the font lacks as an empty box with a note below.
    """
    canvas = Canvas("", pagesize=letter, invariant=1, pageCompression=1, lang="es-MX")
    canvas.setTitle(f"Comprobante de supervivencia {', '.join(filter(None, (r.number for r in receipts)))}".strip())
    canvas.setSubject(TITLE)
    # A consular office prints it too: the file is of the program that made it.
    canvas.setAuthor("acuse")
    canvas.setCreator("acuse")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for receipt in receipts:
        values = _values(receipt, zone)
        _copy(canvas, _HEIGHT, receipt, values, PENSIONER_COPY)
        _copy(canvas, _COPY, receipt, values, OFFICE_COPY)
        _cut_line(canvas)
        canvas.showPage()
    data = canvas.getpdfdata()
    return data if isinstance(data, bytes) else str(data).encode("latin-1")


def file_name(receipts: Sequence[Receipt]) -> str:
    """How the attachment is called: after the first receipt's number, else its ID Trámite."""
    names = (re.sub(r"[^A-Za-z0-9-]+", "", receipt.number) for receipt in receipts)
    tramites = (re.sub(r"[^A-Za-z0-9-]+", "", receipt.fields.get("id_tramite") or "") for receipt in receipts)
    name = next((name for name in (*names, *tramites) if name), "")
    return f"comprobante_{name[:60]}.pdf" if name else "comprobante.pdf"


def short_date(value: date | str | None) -> str:
    """A day as the form writes it, dd/mm/aaaa; an ISO text becomes one too, other text passes, None is ''."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    found = _ISO.fullmatch(value or "")
    return f"{found[3]}/{found[2]}/{found[1]}" if found else value or ""


def short_time(value: datetime | str | None, zone: str) -> str:
    """An instant in the office's time, dd/mm/aaaa hh:mm; text passes as IMSS wrote it, None is ''."""
    return f"{value.astimezone(ZoneInfo(zone)):%d/%m/%Y %H:%M}" if isinstance(value, datetime) else value or ""


def _values(receipt: Receipt, zone: str) -> dict[str, str]:
    fields = receipt.fields
    received = short_time(receipt.received_at, zone)
    if isinstance(receipt.received_at, datetime):
        place = "hora de la Ciudad de México" if zone == "America/Mexico_City" else f"hora de {zone}"
        received = f"{received} ({place})"
    kind_and_folio = (fields.get("identificacion_tipo"), fields.get("identificacion_folio"))
    due = receipt.next_due
    notes = [receipt.note] if receipt.note else []
    values: dict[str, str | None] = {
        "numero": receipt.number,
        "oficina": receipt.office,
        "id_tramite": fields.get("id_tramite"),
        "nss": fields.get("nss"),
        "nombre": whole_name(fields),
        "nacimiento": short_date(fields.get("fecha_nacimiento")),
        "ex_trabajador": fields.get("ex_trabajador_imss"),
        "identificacion": " · ".join(part for part in kind_and_folio if part),
        "recibida": received,
        "proxima": f"{long_date(due).partition(' ')[2]} ({due:%d/%m/%Y})" if due else None,
    }
    printable = {key: _printable(value or "") or EMPTY for key, value in values.items()}
    if any(_NO_GLYPH in value for value in printable.values()):
        notes.insert(0, f"{_NO_GLYPH} es una letra que no se pudo imprimir: véala en el correo.")
    return {**printable, "nota": _printable(" ".join(notes))}


def _printable(text: str) -> str:
    """One line in composed letters; those without a glyph become a box that nobody can take for a letter."""
    composed = unicodedata.normalize("NFC", one_line(text))
    return "".join(c if ord(c) in _GLYPHS else _NO_GLYPH for c in composed)


def _copy(canvas: Any, top: float, receipt: Receipt, values: dict[str, str], banner: str) -> None:
    """One of the two copies, downwards from `top`."""
    width = _RIGHT - _LEFT
    canvas.setFont(_BOLD, 10.5)
    canvas.drawString(_LEFT, top - 40, "INSTITUTO MEXICANO DEL SEGURO SOCIAL")
    _text(canvas, f"Recibo {values['numero']}", (_LEFT + 290, top - 40), width - 290, (_BOLD, 10.5), right=True)
    canvas.setFont(_PLAIN, 10.5)
    canvas.drawString(_LEFT, top - 55, TITLE)
    canvas.setLineWidth(1.4)
    canvas.line(_LEFT, top - 62, _RIGHT, top - 62)
    mark = 92.0 if receipt.repeated else 0.0
    _boxed(canvas, banner, _LEFT, top - 86, width - (mark + 8 if mark else 0))
    if mark:
        _boxed(canvas, REPEATED, _RIGHT - mark, top - 86, mark)
    y = top - 100
    for row in _ROWS:
        y = _row(canvas, row, values, y)
    canvas.setLineWidth(1.4)
    canvas.rect(_LEFT, y - 45, width, 41)
    canvas.setFont(_PLAIN, 8)
    canvas.drawString(_LEFT + 10, y - 16, "PRÓXIMA COMPROBACIÓN, A MÁS TARDAR EL")
    _text(canvas, values["proxima"], (_LEFT + 10, y - 37), width - 20, (_BOLD, 17))
    y -= 58
    canvas.setFont(_BOLD, 9)
    canvas.drawString(_LEFT, y, VERIFIED if receipt.verified else RECEIVED_ONLY)
    if values["nota"]:
        _text(canvas, values["nota"], (_LEFT, y - 12), width, (_BOLD, 8), lines=2)
    if banner == OFFICE_COPY:
        _signature(canvas, y - 62)
    else:
        canvas.setFont(_PLAIN, 9)
        canvas.drawString(
            _LEFT, y - 40, "Conserve este ejemplar: es su comprobante de que el Instituto recibió sus datos."
        )


def _row(canvas: Any, row: _Row, values: dict[str, str], top: float) -> float:
    """A row of labels with their values below; gives the place of the next row."""
    x = _LEFT
    for label, key, share in row:
        room = (_RIGHT - _LEFT) * share - 10
        canvas.setFont(_PLAIN, 7.5)
        canvas.drawString(x, top - 7.5, label)
        _text(canvas, values[key], (x, top - 21.5), room, (_BOLD, 11), lines=2)
        x += (_RIGHT - _LEFT) * share
    canvas.setLineWidth(0.4)
    canvas.line(_LEFT, top - 29, _RIGHT, top - 29)
    return top - 34


def _text(
    canvas: Any,
    text: str,
    at: tuple[float, float],
    width: float,
    font: tuple[str, float],
    *,
    lines: int = 1,
    right: bool = False,
) -> None:
    """Text that never leaves its place: smaller first, then on `lines` lines, at last cut with an ellipsis."""
    name, size = font
    broken = _broken(text, name, size, width)
    while size > _SMALLEST and len(broken) > (lines if size <= _TWO_LINES else 1):
        size -= 0.25
        broken = _broken(text, name, size, width)
    if len(broken) > lines:
        broken = [*broken[: lines - 1], _cut(" ".join(broken[lines - 1 :]), name, size, width)]
    canvas.setFont(name, size)
    first = at[1] + (len(broken) - 1) * size * 0.5
    for number, line in enumerate(broken):
        y = first - number * size * 1.1
        if right:
            canvas.drawRightString(at[0] + width, y, line)
        else:
            canvas.drawString(at[0], y, line)


def _broken(text: str, name: str, size: float, width: float) -> list[str]:
    """The text in lines no wider than `width`: between words, and within a word that fills a line alone."""
    lines = [""]
    for word in text[:_LONGEST].split(" "):
        joined = f"{lines[-1]} {word}".strip()
        if stringWidth(joined, name, size) <= width:
            lines[-1] = joined
            continue
        lines += [""] if lines[-1] else []
        for letter_ in word:
            if stringWidth(lines[-1] + letter_, name, size) > width:
                lines.append("")
            lines[-1] += letter_
    return lines


def _cut(text: str, name: str, size: float, width: float) -> str:
    if stringWidth(text, name, size) <= width:
        return text
    while text and stringWidth(f"{text}…", name, size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _boxed(canvas: Any, text: str, x: float, y: float, width: float) -> None:
    canvas.setLineWidth(0.8)
    canvas.rect(x, y, width, 17)
    # Beside the mark of a repetition the box is narrower than its words at their usual size.
    size = min(9.0, 9.0 * (width - 8) / stringWidth(text, _BOLD, 9))
    canvas.setFont(_BOLD, size)
    canvas.drawCentredString(x + width / 2, y + 8.5 - size * 0.365, text)


def _signature(canvas: Any, y: float) -> None:
    """Where the pensioner signs for having received the other copy."""
    canvas.setLineWidth(0.8)
    canvas.setFont(_PLAIN, 7.5)
    for label, x, width in (
        ("Firma de la persona pensionada", _LEFT, 250.0),
        ("Lugar", _LEFT + 264, 138.0),
        ("Fecha", _LEFT + 416, _RIGHT - _LEFT - 416),
    ):
        canvas.line(x, y, x + width, y)
        canvas.drawString(x, y - 10, label)


def _cut_line(canvas: Any) -> None:
    canvas.setLineWidth(0.6)
    canvas.setDash(4, 3)
    canvas.line(38, _COPY, _WIDTH - 18, _COPY)
    canvas.setDash()
    canvas.setFont(_PLAIN, 11)
    canvas.drawString(25, _COPY - 3.6, "✂")
