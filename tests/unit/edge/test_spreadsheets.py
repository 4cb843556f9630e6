"""Tables that leave for other programs: no cell is a formula, the file is whole or not there, and is nobody else's."""

from __future__ import annotations

import csv
import re
import stat
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from daemon.count.survival import EXPORT_COLUMNS, export_rows
from daemon.edge import spreadsheets
from daemon.edge.siade_folder import SiadeFolder
from daemon.edge.spreadsheets import report_book, still, write_csv, write_xlsx
from daemon.edge.tables import read_table
from daemon.model.report import Report, Section, Table
from daemon.model.survival import Check, CheckState, Export

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


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_sign_that_begins_a_formula_is_let_through_even_behind_spaces(sign: str) -> None:
    for text in (f"{sign}1+1", f"  {sign}cmd|' /C calc'!A0", f"\u00a0{sign}A1"):
        assert still(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-5", "+5", "-12.50", "-3,5", "55 5555 0101", "01907325605", "", "a=b", "ana@correo.example"]
)
def test_numbers_telephones_and_addresses_stay_as_they_are(text: str) -> None:
    assert still(text) == text


def test_a_telephone_with_its_country_is_read_back_as_it_was(tmp_path: Path) -> None:
    write_csv(tmp_path / "lote.csv", COLUMNS, [["1", "Ana", "+52 55 5555 0101"]])
    (row,) = read_table(tmp_path / "lote.csv").rows
    assert row.cells["contacto"] == "+52 55 5555 0101"


def test_a_heading_is_no_formula_either(tmp_path: Path) -> None:
    write_csv(tmp_path / "lote.csv", ["=1+1", "b"], [])
    assert "'=1+1" in (tmp_path / "lote.csv").read_text(encoding="utf-8-sig")


def test_whoever_writes_a_table_for_spreadsheets_writes_it_here() -> None:
    """One place makes cells harmless, so nothing else of the program may write them."""
    source = Path(spreadsheets.__file__).parents[1]
    writers = re.compile(r"csv\.(?:writer|DictWriter)|xlsxwriter|openpyxl|write_formula|to_csv")
    found = {file.name for file in source.rglob("*.py") if writers.search(file.read_text(encoding="utf-8"))}
    assert found == {"spreadsheets.py"}
    here = Path(spreadsheets.__file__).read_text(encoding="utf-8")
    # Only texts and numbers are written, never by a call that guesses what a text means.
    assert not re.search(r"page\.write\(|write_formula|write_url|write_row|write_column", here)


def test_each_export_of_acuse_is_harmless(tmp_path: Path) -> None:
    """SIADE's batch, survival's, the commitments' and the report's: the same text in each of them."""
    evil = '=HYPERLINK("http://x.example";"ver")'
    folder = tmp_path / "siade"
    folder.mkdir()
    with SiadeFolder(folder).parcel(1) as parcel:
        parcel.finish(["referencia", "resumen"], [["AC-1", evil]], AT)
    (batch,) = folder.glob("*/*.xlsx")
    assert cells(batch)[1] == ["AC-1", evil]
    (plain,) = folder.glob("*/*.csv")
    with plain.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["AC-1", f"'{evil}"]
    fields: dict[str, str | None] = {"nombre": evil, "contacto": "+52 55 5555 0101"}
    check = Check("CS-1", "AC-1", "a@imss.example", "b@sre.example", "T1", "1", CheckState.CONFIRMADA, AT, fields)
    rows = export_rows(Export(1, AT, (check,)), {}, lambda at: at)
    write_csv(tmp_path / "s.csv", EXPORT_COLUMNS, rows)
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file))[1]
    assert f"'{evil}" in found
    assert evil not in found
    told = Report("Informe", (Section("uno", evil, "", (Table("t", evil, (("a", evil),), ((evil,),)),)),))
    (tmp_path / "r.xlsx").write_bytes(report_book(told, AT))
    assert evil in cells(tmp_path / "r.xlsx")[-1]


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
