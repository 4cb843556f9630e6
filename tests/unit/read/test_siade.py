"""Files from SIADE: columns by any of their names, good rows taken, every bad cell named; files of a mail, safely."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.count.siade import file_name
from daemon.edge.spreadsheets import write_csv
from daemon.edge.tables import read_table
from daemon.errors import AcuseError
from daemon.model.office_rules import ColumnasSiade
from daemon.read.files import files_in
from daemon.read.siade import SiadeFile, read_siade

OURS = "AC-251013-7K3FQ"


def file(tmp_path: Path, columns: list[str], *rows: list[str]) -> SiadeFile:
    write_csv(tmp_path / "siade.csv", columns, rows)
    return read_siade(read_table(tmp_path / "siade.csv"), ColumnasSiade())


@pytest.mark.parametrize(
    "columns",
    [
        ["Referencia", "Folio SIADE", "Estado", "Respuesta", "Área que responde"],
        ["REFERENCIA ACUSE", "No. Folio", "Estatus", "Contestación", "area"],
        ["nuestra_referencia", "Número de folio", "situacion", "RESPUESTA CDAOD", "Área responsable"],
    ],
)
def test_columns_are_known_by_any_of_their_names(tmp_path: Path, columns: list[str]) -> None:
    found = file(tmp_path, columns, [OURS.lower(), "2025-Q-1", "Atendida", "Ya está", "CDAOD Jalisco"])
    (row,) = found.rows
    assert (row.row, row.referencia, row.folio, row.estado, row.respuesta, row.area) == (
        2, OURS, "2025-Q-1", "Atendida", "Ya está", "CDAOD Jalisco",
    )  # fmt: skip


def test_our_own_export_filled_in_comes_back(tmp_path: Path) -> None:
    columns = ["lote", "registro", "referencia", "folio_siade", "texto", "area_responsable"]
    (row,) = file(tmp_path, columns, ["1", f"{OURS}/s1", OURS, "Q123", "lo que pide", "una Coordinación"]).rows
    assert (row.referencia, row.folio, row.respuesta) == (OURS, "Q123", "")


@pytest.mark.parametrize("columns", [["nombre", "respuesta"], ["referencia", "nombre"]])
def test_a_file_with_other_columns_is_refused_with_the_names_that_would_do(tmp_path: Path, columns: list[str]) -> None:
    with pytest.raises(AcuseError, match="no se reconocen sus columnas") as refused:
        file(tmp_path, columns, ["x", "y"])
    assert "folio siade" in refused.value.cure and "rules/siade.yaml" in refused.value.cure


def test_each_bad_cell_is_named_and_the_good_rows_stay(tmp_path: Path) -> None:
    found = file(
        tmp_path,
        ["folio", "referencia", "estado"],
        ["Q101", "AC-1", "x"],
        ["Q101", OURS, "x"],
        [OURS, OURS, "x"],
        ["pendiente", OURS, "x"],
        ["", "", "Atendida"],
        ["", "", ""],
        ["Q102", "", "Atendida"],
        ["Q103", OURS, "x", "de más"],
    )
    assert [(row.row, row.folio) for row in found.rows] == [(3, "Q101"), (8, "Q102")]
    assert [str(each).partition(":")[0] for each in found.bad] == [
        "celda B2", "celda A4", "celda A5", "celda B6", "fila 9",
    ]  # fmt: skip
    assert found.misfit(found.rows[0], "folio", "ya es de otra").place == "celda A3"


def mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ana <ana@correo.example>", "Mi receta"
    mail.set_content("Adjunto mi receta.")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="../../etc/receta «única».png")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="C:\\docs\\estudio.pdf")
    mail.add_attachment(b"", maintype="application", subtype="octet-stream")
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "Lo anterior", "x@correo.example"
    inner.set_content("hola")
    mail.add_attachment(inner)
    return mail


def test_the_files_of_a_mail_are_everything_but_its_own_words() -> None:
    found = files_in(mail().as_bytes())
    assert [each.content[:4] for each in found[:3]] == [b"\x89PNG", b"%PDF", b""]
    assert found[3].name == "Lo anterior.eml" and b"hola" in found[3].content
    assert files_in(b"") == () and files_in(b"Subject: x\n\nsolo texto") == ()


def test_no_name_of_a_file_is_ever_a_path() -> None:
    names = [file_name(n, each.name) for n, each in enumerate(files_in(mail().as_bytes()), 1)]
    assert names == ["01_etc_receta_unica.png", "02_C_docs_estudio.pdf", "03_adjunto", "04_Lo_anterior.eml"]
    for hostile in ("..", "/", "a/../b", "con", "-rf", ".bashrc", "a\0b.pdf", "x" * 400 + ".pdf", "nul.", "=1+1.csv"):
        name = file_name(7, hostile)
        assert name.startswith("07_") and "/" not in name and "\\" not in name and ".." not in name and len(name) < 100
