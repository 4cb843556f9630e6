"""Tables of text as CSV and XLSX files (owner of xlsxwriter), written whole or not at all, with no live formula."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path

import xlsxwriter

Rows = Sequence[Sequence[str]]

# A spreadsheet that opens a CSV takes a value that begins so for a formula, and a formula may fetch and send data.
_LIVE = ("=", "+", "-", "@", "\t", "\r")
# What Excel takes in one cell; xlsxwriter would leave a longer text out without a word.
_CELL = 32_767


def write_csv(path: Path, columns: Sequence[str], rows: Rows) -> None:
    """Write a CSV with commas, in UTF-8 with its mark, so that spreadsheets show accents right. OSError if it can't."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_still(cell) for cell in row] for row in rows)
    _write_whole(path, text.getvalue().encode("utf-8-sig"))


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
    for place, name in enumerate(columns):
        page.write_string(0, place, name, bold)
        page.set_column(place, place, max(len(name), *(min(len(row[place]), 40) for row in rows), 8) + 2)
    for line, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            page.write_string(line, place, cell[:_CELL])
    page.freeze_panes(1, 0)
    book.close()
    _write_whole(path, file.getvalue())


def _still(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_LIVE) else cell


def _write_whole(path: Path, content: bytes) -> None:
    """Whoever looks at `path` finds all of it or nothing, whenever the power goes. Only its owner can read it."""
    part = path.with_name(f".{path.name}.parte")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
