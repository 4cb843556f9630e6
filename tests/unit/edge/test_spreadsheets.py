"""Tables that leave for other programs: no cell is a formula, the file is whole or not there, and is nobody else's."""

from __future__ import annotations

import csv
import stat
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from daemon.edge.spreadsheets import write_csv, write_xlsx

AT = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
COLUMNS = ("nss", "nombre", "contacto")
LIVE = ['=HYPERLINK("http://x.example")', "+52 55 1234", "-1+2", "@SUM(A1)", "\t=1", "http://x.example", "ñandú"]
ROWS = [["01907325605", "Núñez, hijo", text] for text in LIVE]
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(path: Path) -> list[list[str]]:
    """The text cells of a workbook's one sheet; anything else in it is a failure."""
    with ZipFile(path) as book:
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        texts = ["".join(each.itertext()) for each in strings]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert {cell.get("t") for cell in sheet.iter(f"{SPREADSHEET}c")} == {"s"}
    assert not list(sheet.iter(f"{SPREADSHEET}f"))
    assert not list(sheet.iter(f"{SPREADSHEET}hyperlink"))
    return [[texts[int("".join(cell.itertext()))] for cell in row] for row in sheet.iter(f"{SPREADSHEET}row")]


def test_every_cell_of_a_workbook_is_text(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "lote.xlsx", "Lote 1", COLUMNS, ROWS, AT)
    assert cells(tmp_path / "lote.xlsx") == [list(COLUMNS), *ROWS]


def test_a_long_cell_is_cut_and_not_left_out(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "lote.xlsx", "Lote 1", COLUMNS, [["1", "2", "x" * 40_000]], AT)
    assert len(cells(tmp_path / "lote.xlsx")[1][2]) == 32_767


def test_a_csv_holds_no_value_that_a_spreadsheet_would_run(tmp_path: Path) -> None:
    write_csv(tmp_path / "lote.csv", COLUMNS, ROWS)
    with (tmp_path / "lote.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file))
    assert found[0] == list(COLUMNS)
    assert [row[2] for row in found[1:]] == [f"'{text}" for text in LIVE[:5]] + LIVE[5:]
    assert {tuple(row[:2]) for row in found[1:]} == {("01907325605", "Núñez, hijo")}


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_xlsx(tmp_path / f"{name}.xlsx", "Lote 1", COLUMNS, ROWS, AT)
        write_csv(tmp_path / f"{name}.csv", COLUMNS, ROWS)
    for kind in ("xlsx", "csv"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_only_its_owner_can_read_what_is_about_people(tmp_path: Path) -> None:
    write_csv(tmp_path / "lote.csv", COLUMNS, ROWS)
    assert stat.S_IMODE((tmp_path / "lote.csv").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["lote.csv"]


def test_what_cannot_be_written_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "lote.csv").write_text("antes")
    (tmp_path / ".lote.csv.parte").symlink_to(tmp_path / "otro")
    with pytest.raises(OSError):
        write_csv(tmp_path / "lote.csv", COLUMNS, ROWS)
    assert (tmp_path / "lote.csv").read_text() == "antes"
    assert not (tmp_path / "otro").exists()
