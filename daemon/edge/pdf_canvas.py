"""What a page of a PDF draws, in the order of drawing, with places from its top left corner as people see it.

One pass of pdfminer's interpreter collects it: the objects of pdfplumber's pages would cost three times as much, and
do not tell hidden text from seen.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.layout import LTCurve, LTLine, LTRect
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfpage import PDFPage
from pdfminer.utils import apply_matrix_rect, mult_matrix

from .pdf_words import OBLIQUE, UNKNOWN, Box, Letter


class Shape(NamedTuple):
    """A drawn rectangle, line or picture, in the same places as the letters. `cover` hides what was drawn before."""

    kind: str
    box: Box
    order: int
    cover: bool
    dark: bool


class Canvas(PDFLayoutAnalyzer):
    """Collects what a page draws: `letters` and `shapes`, and the page's `width` and `height`."""

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

    def begin_figure(self, name: str, bbox: Any, matrix: Any) -> None:  # noqa: ARG002
        """Remember the figure's box for pictures, and the matrix, which pdfminer does not give back afterwards."""
        self.figures.append((self.ctm, apply_matrix_rect(mult_matrix(matrix, self.ctm), bbox)))

    def end_figure(self, _: str) -> None:
        """Go on with the matrix from before the figure."""
        self.ctm = self.figures.pop()[0]

    def seen(self, box: Any) -> Box:
        """A box of the drawing as seen: from the top left corner of the page."""
        return (box[0] - self.left, self.high - box[3], box[2] - self.left, self.high - box[1])

    def render_image(self, name: str, stream: Any) -> None:  # noqa: ARG002
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
        ncs: Any,  # noqa: ARG002
        graphicstate: Any,  # noqa: ARG002
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
                self.letters.append(Letter(text, box, size, turn, self.order, spacing, self.invisible, self.white))
                x += advance
                if cid == 32 and wordspace:
                    x += wordspace
        return (x, y)

    def glyph(self, known: dict[int, tuple[str, float]], font: Any, cid: int) -> tuple[str, float]:
        """What a letter of a font is and how wide, looked up once a page."""
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = UNKNOWN
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
        ncs: Any,  # noqa: ARG002
        graphicstate: Any,  # noqa: ARG002
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
    return bool(max(parts) <= 0.04) if len(parts) == 4 else bool(min(parts) >= 0.95)
