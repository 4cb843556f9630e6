"""Bar charts as PNG, because mail programs show no SVG: drawn with Pillow at twice the size for sharp screens."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from ..model.report import Chart

# Read also by who does not tell red from green, and in black and white.
_COLOURS = ("#0e7c66", "#e0a030", "#5b6b8c")
_INK, _PALE, _LINE = "#1d2321", "#5a6661", "#dfe5e2"
_SCALE = 2
_WIDTH = 420
# Drawn larger and shrunk, so that edges are smooth.
_FINE = 2


def draw(chart: Chart) -> bytes:
    """The chart as PNG, the same bytes for the same chart. Every bar has its number beside it."""
    pen = _Lying(chart) if chart.lying else _Standing(chart)
    picture = pen.draw().resize((_WIDTH * _SCALE, pen.height * _SCALE), Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


@lru_cache(maxsize=16)
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    content = pkgutil.get_data("daemon.reply", f"fonts/{name}") or b""
    return ImageFont.truetype(BytesIO(content), size * _SCALE * _FINE)


class _Pen:
    """A sheet in units of the mail's pixels, with title and legend."""

    height = 0
    top = 62

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.most = max([1, *(number for _, numbers in chart.series for number in numbers)])

    def draw(self) -> Image.Image:
        self.sheet = Image.new("RGB", (self._px(_WIDTH), self._px(self.height)), "#ffffff")
        self.on = ImageDraw.Draw(self.sheet)
        self.text(12, 8, self.chart.title, 15, bold=True)
        left = 12.0
        for number, (name, _) in enumerate(self.chart.series):
            self.bar(left, 36, 11, 11, number)
            self.text(left + 16, 33, name, 12, colour=_PALE)
            left += 34 + self.width(name, 12)
        self.bars()
        return self.sheet

    def bars(self) -> None: ...

    def _px(self, units: float) -> int:
        return round(units * _SCALE * _FINE)

    def text(self, x: float, y: float, words: str, size: int, *, colour: str = _INK, anchor: str = "la",
             bold: bool = False) -> None:  # fmt: skip
        self.on.text((self._px(x), self._px(y)), words, fill=colour, font=_font(size, bold), anchor=anchor)

    def width(self, words: str, size: int) -> float:
        return float(_font(size).getlength(words)) / (_SCALE * _FINE)

    def bar(self, x: float, y: float, wide: float, high: float, series: int) -> None:
        box = (self._px(x), self._px(y), self._px(x + wide), self._px(y + high))
        self.on.rounded_rectangle(box, radius=self._px(2), fill=_COLOURS[series % len(_COLOURS)])


class _Standing(_Pen):
    """Groups of standing bars, one a label."""

    height = 250

    def bars(self) -> None:
        floor, room = self.height - 26, self.height - 26 - self.top - 16
        self.on.line((self._px(12), self._px(floor), self._px(_WIDTH - 12), self._px(floor)), fill=_LINE, width=4)
        labels, count = self.chart.labels, len(self.chart.series)
        group = (_WIDTH - 24) / max(1, len(labels))
        wide = min(26.0, (group - 8) / max(1, count))
        for place, label in enumerate(labels):
            middle = 12 + group * (place + 0.5)
            self.text(middle, floor + 6, label, 11, colour=_PALE, anchor="ma")
            for series, (_, numbers) in enumerate(self.chart.series):
                high = room * numbers[place] / self.most
                left = middle + (series - count / 2) * wide
                if numbers[place]:
                    self.bar(left, floor - high, wide - 2, high, series)
                self.text(left + wide / 2 - 1, floor - high - 3, str(numbers[place]), 9, colour=_PALE, anchor="ms")


class _Lying(_Pen):
    """Lying bars below each other, for labels that are names."""

    _row = 15

    def __init__(self, chart: Chart) -> None:
        super().__init__(chart)
        self._group = self._row * len(chart.series) + 10
        self.height = self.top + self._group * len(chart.labels) + 6

    def bars(self) -> None:
        names = min(150.0, max([self.width(label, 12) for label in self.chart.labels], default=0.0))
        left, room = 12 + names + 10, _WIDTH - names - 70
        for place, label in enumerate(self.chart.labels):
            top = self.top + place * self._group
            middle = top + self._row * len(self.chart.series) / 2 - 1
            self.text(left - 10, middle, self._fitting(label, names), 12, anchor="rm")
            for series, (_, numbers) in enumerate(self.chart.series):
                y, wide = top + series * self._row, room * numbers[place] / self.most
                if numbers[place]:
                    self.bar(left, y, max(wide, 2), self._row - 3, series)
                self.text(left + wide + 6, y + self._row / 2 - 1, str(numbers[place]), 11, colour=_PALE, anchor="lm")

    def _fitting(self, label: str, room: float) -> str:
        while len(label) > 2 and self.width(label, 12) > room + 1:
            label = label.rstrip("…")[:-1].rstrip() + "…"
        return label
