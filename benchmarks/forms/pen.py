"""A pen that draws a form on a page as people see it, however the page is turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from reportlab.lib.colors import black, blue, red, white
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from .people import Case

# Vera comes with reportlab, so an embedded TrueType font is at hand on every machine.
for _name in ("Vera", "VeraBd"):
    pdfmetrics.registerFont(TTFont(_name, f"{_name}.ttf"))
FONTS = {
    "Helvetica": "Helvetica-Bold",
    "Times-Roman": "Times-Bold",
    "Courier": "Courier-Bold",
    "Vera": "VeraBd",
}
COLOURS = {"black": black, "white": white, "red": red, "blue": blue}
INVISIBLE = 3


@dataclass
class Habits:
    """How a program writes a page: font and sizes, letters one by one, twice for bold, drawing in no reading order."""

    font: str = "Helvetica"
    size: float = 9.0
    label_size: float = 7.5
    bold_labels: bool = True
    colon: str = ":"
    doubled: bool = False
    letter_by_letter: bool = False
    spacing: float = 0.0
    shuffled: bool = False


class Pen:
    """Draws on one page in points from the visible page's top left corner; nothing is on the page before `lift`.

    `turn` is the page's /Rotate, which is undone by what is drawn; `lying` turns the drawing alone, so that people
    see it lying. `layer` draws invisible text only, as an OCR program does. `acro` makes widgets instead of values.
    """

    def __init__(
        self, canvas: Canvas, rng: Random, habits: Habits, size: tuple[float, float] = (612, 792), *,
        turn: int = 0, lying: int = 0, layer: bool = False, acro: Callable[..., None] | None = None,
    ) -> None:  # fmt: skip
        self.canvas, self.rng, self.habits, self.layer, self.acro = canvas, rng, habits, layer, acro
        self.width, self.height = size
        self.turn, self.angle = turn, (turn + lying) % 360
        self._waiting: list[Callable[[], None]] = []
        self._late: list[Callable[[], None]] = []

    def bold(self) -> str:
        return FONTS[self.habits.font]

    def text_width(self, text: str, size: float, font: str | None = None) -> float:
        return float(pdfmetrics.stringWidth(text, font or self.habits.font, size)) + self.habits.spacing * len(text)

    def text(
        self, x: float, y: float, text: str, size: float | None = None, font: str | None = None, *,
        colour: str = "black", late: bool = False, mode: int = 0, angle: float = 0,
    ) -> None:  # fmt: skip
        """One line of text with its base line at `y`; a late one comes last in the file, whatever the habits."""
        size, font = size or self.habits.size, font or self.habits.font
        (self._late if late else self._waiting).append(
            lambda: self._write(x, y, text, size, font, COLOURS[colour], INVISIBLE if self.layer else mode, angle)
        )

    def line(self, x0: float, y0: float, x1: float, y1: float, *, late: bool = False) -> None:
        if not self.layer:
            queue = self._late if late else self._waiting
            queue.append(lambda: self.canvas.line(x0, self.height - y0, x1, self.height - y1))

    def rect(self, x: float, y: float, width: float, height: float, *, blank: bool = False, late: bool = False) -> None:
        """A box by its top left corner; a blank one is white without a border and hides what lies under it."""

        def draw() -> None:
            self.canvas.setFillColor(white)
            self.canvas.rect(x, self.height - y - height, width, height, stroke=int(not blank), fill=int(blank))

        if not self.layer:
            (self._late if late else self._waiting).append(draw)

    def image(self, picture: ImageReader, x: float, y: float, width: float, height: float) -> None:
        """A picture by its top left corner, over all else."""
        self._late.append(lambda: self.canvas.drawImage(picture, x, self.height - y - height, width, height))

    def label(
        self, x: float, y: float, text: str, width: float, *, size: float | None = None, colon: bool = True
    ) -> float:
        """A label, smaller when it does not fit; returns where it ends."""
        text, size = text + self.habits.colon * colon, size or self.habits.label_size
        font = self.bold() if self.habits.bold_labels else self.habits.font
        size = min(size, size * width / max(1, self.text_width(text, size, font)))
        self.text(x, y, text, size, font)
        return x + self.text_width(text, size, font)

    def value(self, case: Case, key: str, x: float, y: float, width: float) -> int:
        """A field's value in as many lines as it needs, with all that is hidden at it; returns how many, at least 1."""
        size, printed = self.habits.size, case.printed[key]
        if self.acro is not None:
            self.acro(self, case, key, x, y, width)
            return 1
        if key in case.under:
            old = case.under[key]
            self.text(x, y, old)
            self.rect(x - 1, y - size, self.text_width(old, size) + 2, size * 1.3, blank=True, late=True)
        if key in case.hidden:
            how, text = case.hidden[key]
            mode, colour = (INVISIBLE if how == "invisible" else 0), ("white" if how == "white" else "black")
            self.text(x + 1, y + 1, text, 0.8 if how == "tiny" else size, colour=colour, mode=mode)
        lines = [printed] if key in case.wide else self.wrapped(printed, width)
        if lines and self.text_width(max(lines, key=len), size) > width and key not in case.wide:
            size *= width / max(self.text_width(line, size) for line in lines)
        for number, line in enumerate(lines):
            self.text(x, y + number * self.habits.size * 1.2, line, size, late=key in case.under)
        if key in case.struck:
            self.line(x - 1, y - size * 0.3, x + self.text_width(printed, size) + 1, y - size * 0.3)
            self.text(x + 2, y - size * 0.95, case.struck[key], size * 0.9)
        if key in case.patched:
            wide = self.text_width(printed, size) + 6
            self.image(lettered(case.patched[key]), x - 2, y - size, wide, size * 1.35)
        return max(1, len(lines))

    def wrapped(self, text: str, width: float) -> list[str]:
        """The text in lines that fit, parted between words only."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.text_width(f"{lines[-1]} {word}", self.habits.size) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def lift(self) -> None:
        """Put everything on the page, in the order in which the program at hand would write it, and end the page."""
        canvas, wide, high = self.canvas, self.width, self.height
        # The canvas itself changes width and height of a page with /Rotate 90 or 270.
        lies = (self.angle in (90, 270)) != (self.turn in (90, 270))
        canvas.setPageSize((high, wide) if lies else (wide, high))
        canvas.setPageRotation(self.turn)
        matrix = {90: (0, 1, -1, 0, high, 0), 180: (-1, 0, 0, -1, wide, high), 270: (0, -1, 1, 0, 0, wide)}
        if self.angle:
            canvas.transform(*matrix[self.angle])
        if self.habits.shuffled:
            self.rng.shuffle(self._waiting)
        for draw in self._waiting + self._late:
            draw()
        canvas.showPage()

    def _write(
        self, x: float, y: float, text: str, size: float, font: str, colour: object, mode: int, angle: float
    ) -> None:
        canvas, habits = self.canvas, self.habits
        canvas.saveState()
        canvas.translate(x, self.height - y)
        canvas.rotate(angle)
        canvas.setFillColor(colour)
        canvas.setFont(font, size)
        for shift in (0, 0.25) if habits.doubled and mode == 0 else (0,):
            if habits.letter_by_letter:
                for place, letter in enumerate(text):
                    before = float(pdfmetrics.stringWidth(text[:place], font, size)) + habits.spacing * place
                    canvas.drawString(shift + before, 0, letter, mode=mode)
            else:
                canvas.drawString(shift, 0, text, mode=mode, charSpace=habits.spacing)
        canvas.restoreState()


def lettered(text: str) -> ImageReader:
    """The text as a picture on white, as someone pastes a correction over a page."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(pdfmetrics.getFont("Vera").face.filename, 40)
    picture = Image.new("RGB", (int(font.getlength(text)) + 20, 56), "white")
    ImageDraw.Draw(picture).text((8, 4), text, fill="black", font=font)
    return ImageReader(picture)
