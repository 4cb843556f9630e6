"""A report as plain tables and charts, the same for a mail, a workbook, a terminal and a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

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


class BusinessCalendar(Protocol):
    """What figures need of the office's calendar."""

    def local(self, at: datetime) -> datetime: ...
    def midnight(self, at: datetime) -> datetime: ...
    def why_closed(self, day: date, ooad: str | None = None) -> str | None: ...
    def advance(self, day: date, count: int, ooad: str | None = None) -> tuple[date, tuple[tuple[date, str], ...]]: ...
    def business_days(self, first: date, last: date) -> int: ...
    def worked(self, start: datetime, end: datetime, ooad: str | None = None) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class Names:
    """How people call what facts name by a key. `norm` says of a term «plazo propio, no normado» where it is so.

    `counts` says whether petitions of an account are among the figures (those of IMSS Digital have their own),
    `outside` whether mail to an address is to be counted (P 5.65): that to our own people is not.
    """

    topic: Callable[[str], str]
    person: Callable[[str], str]
    account: Callable[[str], str]
    term: Callable[[str], str]
    norm: Callable[[str], str]
    types: dict[str, str]
    clases: dict[str, str]
    states: dict[str, str]
    counts: Callable[[str], bool]
    outside: Callable[[str], bool]
