"""A report as plain tables and charts, the same for a mail, a workbook, a terminal and a program."""

from __future__ import annotations

from dataclasses import dataclass, field

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `key` names it for programs, `columns` are (key, heading). `tone` colours its left edge.

    `tone` is rojo, ambar, verde, gris or "". `limit` is how many rows a mail shows; the workbook holds all of them.
    """

    key: str
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    tone: str = ""
    limit: int = 12


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart: one group of bars a label, one bar a series. `alt` says in words what it shows, numbers included."""

    key: str
    title: str
    alt: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    lying: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that is to be seen first."""

    number: int
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Section:
    """Tables that belong together, with the numeral that asks for them; `text` is a sentence before them."""

    key: str
    title: str
    numeral: str
    tables: tuple[Table, ...] = ()
    text: str = ""
    tiles: tuple[Tile, ...] = ()
    charts: tuple[Chart, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Report:
    """What one reader gets, in the order of reading."""

    title: str
    sections: tuple[Section, ...]

    def section(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)
