"""A table that somebody saved from a spreadsheet: its columns and its rows, each cell named as the spreadsheet does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number in the spreadsheet (the heading is usually 1) and its cells by the key of their column.

    Every column has its cell, "" when it is empty. `surplus` is what stands right of the last column: with a CSV a sign
    that a comma within a text was taken for the end of a cell, so that the other cells may be shifted.
    """

    number: int
    cells: Mapping[str, str]
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `columns` are keys: the headings in small letters without accents, words joined by «_»."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    letters: Mapping[str, str]

    def place(self, row: TableRow, column: str) -> str:
        """The cell as a spreadsheet calls it («C7»), or its row alone when there is no such column."""
        letter = self.letters.get(column)
        return f"celda {letter}{row.number}" if letter else f"fila {row.number}"
