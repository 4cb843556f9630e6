"""Tables that people bring: CSV and workbooks give the same cells, each with the place that a spreadsheet shows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter

from daemon.edge.spreadsheets import write_csv, write_xlsx
from daemon.edge.tables import read_table
from daemon.errors import AcuseError
from daemon.model.tables import Table

COLUMNS = ("Número de folio", "NSS", "Respuesta")
ROWS = [["QA-1", "01907325605", "Dos líneas,\ny una coma; sí"], ["QA-2", "", "=SUMA(A1)"], ["QA-3", "1", "+52 55"]]


def cells(table: Table) -> list[list[str]]:
    return [list(row.cells.values()) for row in table.rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_we_write_reads_back_as_it_was(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"tabla.{kind}"
    if kind == "csv":
        write_csv(path, COLUMNS, ROWS)
    else:
        write_xlsx(path, "Hoja", COLUMNS, ROWS, datetime.now(UTC))
    table = read_table(path)
    assert table.columns == ("numero_de_folio", "nss", "respuesta")
    assert cells(table) == ROWS
    assert table.place(table.rows[1], "nss") == "celda B3"
    assert table.place(table.rows[1], "otra") == "fila 3"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_as_any_spreadsheet_program_saves_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = delimiter.join(("Título", "Año")) + "\r\n" + delimiter.join(("Peña", '"ñ, o; p"')) + "\r\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    table = read_table(tmp_path / "t.csv")
    assert (table.columns, cells(table)) == (("titulo", "ano"), [["Peña", "ñ, o; p"]])


def test_numbers_dates_and_answers_of_a_workbook_become_text(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "t.xlsx")
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write(1, 1, "Reporte de SIADE")
    sheet.write_row(2, 1, ["Folio", "Monto", "Fecha", "Concluyente"])
    sheet.write_row(4, 1, [2025000123456, 1.5])
    sheet.write_datetime(4, 3, datetime(2025, 9, 9), day)  # noqa: DTZ001
    sheet.write_boolean(4, 4, True)
    book.close()
    table = read_table(tmp_path / "t.xlsx")
    assert cells(table) == [["2025000123456", "1.5", "2025-09-09", "sí"]]
    assert table.place(table.rows[0], "folio") == "celda B5"


def test_rows_keep_their_number_and_say_what_stands_right_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n1,"x\ny"\n\n2\n3,4,5\n', encoding="utf-8")
    rows = read_table(tmp_path / "t.csv").rows
    assert [(row.number, dict(row.cells), row.surplus) for row in rows] == [
        (2, {"a": "1", "b": "x\ny"}, ()),
        (4, {"a": "2", "b": ""}, ()),
        (5, {"a": "3", "b": "4"}, ("5",)),
    ]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "vacío"),
        (b"una sola celda", "ninguna tabla"),
        (b"Folio,fol\xc3\xado\n1,2\n", "A1 y B1"),
        (b'a,b\n"1,2\n3,4\n', "comillas"),
        (b"\0\1\2\3", "ni en CSV"),
        (b"PK\x03\x04roto", "hoja de cálculo"),
        (b"\xd0\xcf\x11\xe0roto", "sin contraseña"),
    ],
)
def test_what_is_no_table_is_told_with_its_file_and_cure(tmp_path: Path, raw: bytes, told: str) -> None:
    (tmp_path / "t.csv").write_bytes(raw)
    with pytest.raises(AcuseError) as problem:
        read_table(tmp_path / "t.csv")
    assert told in str(problem.value) and "t.csv" in problem.value.where and problem.value.cure


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AcuseError, match="no se puede leer"):
        read_table(tmp_path / "nada.xlsx")
