"""Tables of text as CSV and XLSX files (owner of xlsxwriter), written whole or not at all, with no live formula."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import xlsxwriter

from ..model.report import Report, Section, Table

Rows = Sequence[Sequence[str]]

# A spreadsheet that opens a CSV takes a value that begins so for a formula, and a formula may fetch and send data. Some
# take the wide signs of other alphabets for the same, and some pass over spaces before them.
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What is a number and nothing else computes nothing: «-5» stays as it is.
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
# What Excel takes in one cell; xlsxwriter would leave a longer text out without a word.
_CELL = 32_767
# Excel refuses these in the name of a sheet.
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']+")
_WIDEST = 62
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 15, "font_color": "#0E7C66"},
    "small": {"font_size": 9, "font_color": "#5A6661"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "heading": {"bold": True, "font_size": 12},
    "column": {"bold": True, "bg_color": "#E4F1EC", "bottom": 1, "text_wrap": True, "valign": "vcenter"},
    "number_column": {"bold": True, "bg_color": "#E4F1EC", "bottom": 1, "align": "right", "valign": "vcenter"},
    "text": {"text_wrap": True, "valign": "top", "bottom": 4, "bottom_color": "#C9D2CE"},
    "quoted": {"text_wrap": True, "valign": "top", "bottom": 4, "bottom_color": "#C9D2CE", "quote_prefix": True},
    "number": {"num_format": "#,##0", "valign": "top", "bottom": 4, "bottom_color": "#C9D2CE"},
    "decimal": {"num_format": "#,##0.0", "valign": "top", "bottom": 4, "bottom_color": "#C9D2CE"},
}


def write_csv(path: Path, columns: Sequence[str], rows: Rows) -> None:
    """Write a CSV with commas, in UTF-8 with its mark, so that spreadsheets show accents right. OSError if it can't."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([still(cell) for cell in row] for row in (columns, *rows))
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def write_xlsx(path: Path, sheet: str, columns: Sequence[str], rows: Rows, created: datetime) -> None:
    """Write a workbook of one sheet whose cells are all text: an NSS keeps its zeros. OSError if it can't.

    `created` is what the file says of itself, so that the same table gives the same bytes.
    """
    file = BytesIO()
    # In memory, because xlsxwriter would otherwise leave people's data in the machine's folder of temporary files.
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"created": created.replace(tzinfo=None)})
    page = book.add_worksheet(sheet)
    bold = book.add_format({"bold": True})
    # It stays a text, too, when somebody opens the cell and leaves it again, or saves the book as CSV and opens that.
    quoted = book.add_format({"quote_prefix": True})
    for place, name in enumerate(columns):
        page.write_string(0, place, name, bold)
        page.set_column(place, place, max(len(name), *(min(len(row[place]), 40) for row in rows), 8) + 2)
    for line, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            page.write_string(line, place, cell[:_CELL], quoted if _is_live(cell) else None)
    page.freeze_panes(1, 0)
    book.close()
    write_whole(path, file.getvalue())


def report_book(report: Report, created: datetime) -> bytes:
    """A workbook of a report: a sheet a section, its tables below each other, numbers as numbers.

    The same report gives the same bytes. Texts stay texts, whatever sign they begin with.
    """
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"created": created.replace(tzinfo=None), "title": report.title})
    style = {name: book.add_format(look) for name, look in _LOOKS.items()}
    for section in report.sections:
        page = book.add_worksheet(_SHEET_NAME.sub(" ", section.title)[:31])
        page.hide_gridlines(2)
        page.write_string(0, 0, section.title, style["title"])
        page.write_string(1, 0, " · ".join(filter(None, (report.title, section.numeral))), style["small"])
        widths = _widths(section)
        for place, wide in enumerate(widths):
            page.set_column(place, place, wide)
        line = 3
        if section.text:
            page.merge_range(2, 0, 2, 5, section.text, style["wrapped"])
            page.set_row(2, 15 * (1 + len(section.text) // 95))
        for tile in section.tiles:
            page.write_string(line, 0, tile.label, style["text"])
            page.write_number(line, 1, tile.number, style["number"])
            line += 1
        for table in section.tables:
            line = _write_table(page, line + 1, table, style, widths)
        page.set_landscape()
        page.fit_to_pages(1, 0)
    book.close()
    return file.getvalue()


def _widths(section: Section) -> list[int]:
    """How wide each column of the sheet must be for what stands in it, up to what a screen shows."""
    columns = max([2, *(len(table.columns) for table in section.tables)])
    wide = [14] * columns
    for table in section.tables:
        for row in (tuple(title for _, title in table.columns), *table.rows):
            for place, cell in enumerate(row):
                wide[place] = max(wide[place], min(_WIDEST, len(str(cell)) + 2))
    return wide


def _write_table(page: Any, line: int, table: Table, style: Mapping[str, Any], widths: Sequence[int]) -> int:
    """Write one table from this line on; returns the next free line."""
    page.write_string(line, 0, table.title, style["heading"])
    for place, (_, title) in enumerate(table.columns):
        number = any(isinstance(row[place], int | float) for row in table.rows)
        page.write_string(line + 1, place, title, style["number_column" if number else "column"])
    line += 2
    for row in table.rows:
        lines = max(-(-len(str(cell)) // wide) for cell, wide in zip(row, widths, strict=False))
        page.set_row(line, 16 * lines)
        for place, cell in enumerate(row):
            if cell is None:
                page.write_blank(line, place, None, style["text"])
            elif isinstance(cell, str):
                page.write_string(line, place, cell[:_CELL], style["quoted" if _is_live(cell) else "text"])
            else:
                page.write_number(line, place, cell, style["decimal" if isinstance(cell, float) else "number"])
        line += 1
    return line + 1


def still(cell: str) -> str:
    """A text that no spreadsheet runs: with an apostrophe before it when it looks like a formula, else as it is.

    «+52 55…» gets one, too, or a spreadsheet would add it up; people still read it.
    """
    return f"'{cell}" if _is_live(cell) else cell


def _is_live(cell: str) -> bool:
    return cell.lstrip(" \u00a0").startswith(_LIVE) and not _NUMBER.fullmatch(cell)


def write_whole(path: Path, content: bytes) -> None:
    """Whoever looks at `path` finds all of it or nothing, whenever the power goes. Only its owner can read it."""
    part = path.with_name(f".{path.name}.parte")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
