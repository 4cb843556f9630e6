"""A file of SIADE's history: good rows are taken, each bad cell is named, nothing is guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from daemon.edge.tables import read_table
from daemon.errors import AcuseError
from daemon.model.antecedent_rules import ColumnasAntecedentes
from daemon.model.office_rules import Consultor
from daemon.read.past import PastFile, read_past

NSS = "12816177971"
TODAY = date(2026, 4, 13)
ROSTER = (Consultor(correo="consultora.uno@imss.gob.mx", nombre="Consultora Uno"),)
HEAD = "Folio SIADE,NSS,Nombre,Consultor,Estatus,Respuesta,Fecha de registro,Fecha de cierre,Resumen"
GOOD = "2025A001,1281-61-7797-1,Ana López Ruiz,CONSULTORA UNO,Concluida,Ya hay.,01/09/2025,2025-09-20,No hay medicina"


def told(tmp_path: Path, *rows: str, head: str = HEAD, lenient: bool = False) -> PastFile:
    path = tmp_path / "historial.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return read_past(read_table(path), ColumnasAntecedentes(), ROSTER, TODAY, unknown_left_out=lenient)


def test_a_row_is_read_whatever_its_headings_and_dates_look_like(tmp_path: Path) -> None:
    (row,) = told(tmp_path, GOOD).rows
    assert (row.folio, row.nss, row.nombre, row.consultor) == ("2025A001", NSS, "Ana López Ruiz", ROSTER[0].correo)
    assert (row.abierta, row.cerrada, row.respuesta) == (date(2025, 9, 1), date(2025, 9, 20), "Ya hay.")
    assert row.fields == {"resumen": "No hay medicina"}


@pytest.mark.parametrize(
    ("bad", "place", "reason"),
    [
        (GOOD.replace("7797-1", "7797-2"), "celda B3", "no es un NSS"),
        (GOOD.replace("01/09/2025", "31/02/2025"), "celda G3", "no es una fecha que exista"),
        (GOOD.replace("2025-09-20", "2027-09-20"), "celda H3", "futura"),
        (GOOD.replace("2025-09-20", "2025-08-20"), "celda H3", "antes de abrirse"),
        (GOOD.replace("CONSULTORA UNO", "Quien Sea"), "celda D3", "no está en consultores.yaml"),
        (GOOD.replace("2025A001", ""), "celda A3", "no dice el folio"),
        (GOOD.replace("2025A001", "pendiente"), "celda A3", "no parece un folio"),
        (GOOD.replace("2025A001", "2025a009"), "celda A3", "repite el folio de la celda A2"),
        ("2025A002,,,,Abierta,,,,", "celda B3", "no dice de quién es"),
        (GOOD + ",de más", "fila 3", "más celdas"),
    ],
)
def test_each_bad_cell_is_named_and_the_good_rows_go_in(tmp_path: Path, bad: str, place: str, reason: str) -> None:
    file = told(tmp_path, GOOD.replace("2025A001", "2025A009"), bad)
    assert [row.folio for row in file.rows] == ["2025A009"]
    assert [each.place for each in file.bad] == [place]
    assert reason in file.bad[0].reason


def test_who_left_the_office_is_left_out_only_when_asked_for(tmp_path: Path) -> None:
    (row,) = told(tmp_path, GOOD.replace("CONSULTORA UNO", "Quien Sea"), lenient=True).rows
    assert row.consultor is None


@pytest.mark.parametrize("head", ["NSS,Nombre", "Folio,Estado"])
def test_a_file_without_folio_or_person_is_refused_with_its_columns(tmp_path: Path, head: str) -> None:
    with pytest.raises(AcuseError, match="falta la columna"):
        told(tmp_path, "1,2", head=head)
