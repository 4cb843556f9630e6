"""Tables that people bring as CSV or as a workbook (owner of python-calamine): every cell as text, its place known."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from ..errors import AcuseError, system_words
from ..model.tables import Table, TableRow
from ..model.words import comparable

# ZIP (xlsx, ods) and the older compound file (xls, and any workbook with a password).
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
# A table of a hundred thousand petitions is a tenth of this; more is another kind of file.
_LARGEST = 64 * 1024 * 1024
_SAVE_AGAIN = "guárdelo de nuevo como XLSX o como «CSV UTF-8»"

Cells = Sequence[str]


def read_table(path: Path) -> Table:
    """The table in this file: CSV (UTF-8 or Windows-1252; commas, semicolons or tabs) or the first sheet of a workbook.

    The first row with two cells or more is the heading: lines above it are a title. Empty rows are left out but
    counted. An integer is digits alone, a date is ISO. AcuseError when there is no such file or no table in it.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as fault:
        cure = "revise el nombre y los permisos"
        raise AcuseError(f"no se puede leer ({system_words(fault)})", where=str(path), cure=cure) from fault
    try:
        if len(raw) > _LARGEST or not raw.strip():
            raise AcuseError("pesa más de 64 MiB" if raw.strip() else "está vacío", cure=_SAVE_AGAIN)
        return _table(list(_workbook(raw) if raw.startswith(_WORKBOOKS) else _csv(raw)))
    except AcuseError as fault:
        raise AcuseError(fault.what, where=str(path), cure=fault.cure) from fault


def _table(records: Sequence[Cells]) -> Table:
    """The heading by its keys, and what lies below."""
    at = next((at for at, cells in enumerate(records) if sum(bool(cell) for cell in cells) > 1), None)
    if at is None:
        raise AcuseError("no contiene ninguna tabla", cure="la primera fila debe llevar los nombres de las columnas")
    heading = [comparable(cell).replace(" ", "_") for cell in records[at]]
    letters: dict[str, str] = {}
    for place, key in enumerate(heading):
        if key in letters:
            found = f"dos columnas se llaman igual: {letters[key]}{at + 1} y {_letter(place)}{at + 1} («{key}»)"
            raise AcuseError(found, cure="deje una de las dos, o cámbiele el nombre a la que no corresponda")
        if key:
            letters[key] = _letter(place)
    rows = []
    for number, cells in enumerate(records[at + 1 :], at + 2):
        if any(cells):
            padded = [*cells, *[""] * (len(heading) - len(cells))]
            found_cells = {key: cell for key, cell in zip(heading, padded, strict=False) if key}
            rows.append(TableRow(number, found_cells, tuple(cell for cell in cells[len(heading) :] if cell)))
    return Table(tuple(letters), tuple(rows), letters)


def _letter(place: int) -> str:
    """How a spreadsheet calls its column of that place: A, B … Z, AA."""
    before, last = divmod(place, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)


def _csv(raw: bytes) -> Iterator[Cells]:
    text = _text(raw)
    # Not `splitlines`, which would also break a text at a separator that no spreadsheet takes for a line's end.
    lines = [f"{line}\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    first = next((line for line in lines if line.strip(" \n,;\t")), "")
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count), strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            # What follows an open quotation mark would be lost without a word, so nothing of the file is taken.
            what = f"no se puede leer desde la línea {reader.line_num} ({fault})"
            raise AcuseError(what, cure=f"revise las comillas de esa línea y {_SAVE_AGAIN}") from fault
        yield [_unquoted(cell.strip()) for cell in record]


def _text(raw: bytes) -> str:
    for charset in ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(charset)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise AcuseError("no es una tabla en XLSX ni en CSV", cure=_SAVE_AGAIN)


def _unquoted(cell: str) -> str:
    """A text without the mark that our own CSV puts before what a spreadsheet would run (edge.spreadsheets)."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _workbook(raw: bytes) -> Iterator[Cells]:
    try:
        with CalamineWorkbook.from_filelike(BytesIO(raw)) as book:
            # Nothing above or left of the table is skipped, so that rows and columns keep their names.
            for cells in book.get_sheet_by_index(0).to_python(skip_empty_area=False):
                yield [_as_text(cell) for cell in cells]
    except (CalamineError, ValueError, OSError) as fault:
        raise AcuseError(
            "no se puede abrir como libro de hoja de cálculo", cure=f"{_SAVE_AGAIN}, sin contraseña"
        ) from fault


def _as_text(cell: object) -> str:
    if isinstance(cell, bool):
        return "sí" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ", "minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()
