"""A roster as a spreadsheet saves it: what is taken, what is not and why, and when nothing may be taken at all."""

from __future__ import annotations

from datetime import date

import pytest

from daemon.errors import AcuseError
from daemon.model.survival import Pensioner
from daemon.read.roster import RosterFile, read_roster

TODAY = date(2026, 11, 21)
HEADER = "nss,nombre,apellido_paterno,apellido_materno,fecha_nacimiento,vigente"
GOOD = "16907325605,Daniel,Núñez,Galindo,31/12/1948,sí"
DANIEL = Pensioner("16907325605", "Daniel", "Núñez", "Galindo", date(1948, 12, 31))


def read(*lines: str, encoding: str = "utf-8", end: str = "\n") -> RosterFile:
    return read_roster(end.join([*lines, ""]).encode(encoding), TODAY)


def test_a_good_row_is_a_pensioner() -> None:
    assert read(HEADER, GOOD) == RosterFile((DANIEL,), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_however_a_spreadsheet_saves_it_it_says_the_same(encoding: str, mark: str, end: str) -> None:
    assert read(HEADER.replace(",", mark), GOOD.replace(",", mark), encoding=encoding, end=end).rows == (DANIEL,)


@pytest.mark.parametrize("day", ["31/12/1948", "1948-12-31", " 31-12-1948 "])
def test_a_date_is_written_in_one_of_these_ways(day: str) -> None:
    assert read(HEADER, GOOD.replace("31/12/1948", day)).rows[0].fecha_nacimiento == date(1948, 12, 31)


def test_headers_may_have_capitals_accents_spaces_and_another_order() -> None:
    header = "Apellido Paterno;NSS;Nombre;Fecha nacimiento;Apellido Materno;Fecha_Nacimiento"
    rows = read(header, "Núñez;16907325605;Daniel;;Galindo;31/12/1948").rows
    assert rows == (DANIEL,)


def test_what_a_pensioner_may_lack() -> None:
    row = read("nss,nombre,apellido_paterno,apellido_materno,fecha_nacimiento", "16907325605,Ana,Li,,").rows[0]
    assert row == Pensioner("16907325605", "Ana", "Li", "", None)


@pytest.mark.parametrize(("said", "current"), [("", True), ("S", True), ("1", True), ("NO", False), ("0", False)])
def test_who_is_no_longer_in_force_is_known(said: str, current: bool) -> None:
    assert read(HEADER, GOOD.replace(",sí", f",{said}")).rows[0].current is current


def test_a_quoted_cell_may_hold_the_separator_and_spaces_are_made_one() -> None:
    assert read(HEADER, GOOD.replace("Daniel", '"Daniel,  hijo"')).rows[0].nombre == "Daniel, hijo"


@pytest.mark.parametrize(
    ("row", "why", "known"),
    [
        ("1690732560,Daniel,Núñez,Galindo,31/12/1948,sí", "10 dígitos en vez de 11", False),
        ("1.69073E+10,Daniel,Núñez,Galindo,31/12/1948,sí", "no es un NSS de 11 dígitos", False),
        ("16907325606,Daniel,Núñez,Galindo,31/12/1948,sí", "dígito verificador", False),
        ("16907325605,,Núñez,Galindo,31/12/1948,sí", "nombre está vacío", True),
        ("16907325605,Daniel,,Galindo,31/12/1948,sí", "apellido_paterno está vacío", True),
        ("16907325605,Daniel,Núñez,Galindo,12/31/1948,sí", "no es una fecha", True),
        ("16907325605,Daniel,Núñez,Galindo,31/12/48,sí", "no es", True),
        ("16907325605,Daniel,Núñez,Galindo,31/12/2048,sí", "no es creíble", True),
        ("16907325605,Daniel,Núñez,Galindo,31/12/1948,quizá", "se esperaba sí o no", True),
        ("16907325605,Daniel,Núñez,Galindo,31/12/1948", "5 columnas en vez de 6", True),
        (f"16907325605,{'D' * 200},Núñez,Galindo,31/12/1948,sí", "más de 120 caracteres", True),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_does_not_stop_the_good_ones(row: str, why: str, known: bool) -> None:
    found = read(HEADER, "", row, GOOD.replace("16907325605", "12345678903"))
    assert [pensioner.nss for pensioner in found.rows] == ["12345678903"]
    (bad,) = found.bad
    assert bad.line == 3
    assert why in bad.reason
    assert bad.nss == ("16907325605" if known else None)
    assert found.share_bad == 0.5


def test_who_stands_twice_is_taken_once_and_told() -> None:
    found = read(HEADER, GOOD, GOOD.replace("Daniel", "Daniela"))
    assert found.rows == (DANIEL,)
    assert [bad.reason for bad in found.bad] == ["repite el NSS de la línea 2"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "faltan las columnas nss, nombre, apellido_paterno, apellido_materno, fecha_nacimiento en la primera"),
        (b"nss,nombre\n", "apellido_paterno, apellido_materno, fecha_nacimiento"),
        (b"PK\x03\x04libro", "libro de hoja de cálculo"),
        (b"\x81\x8d\x8f", "ni Windows-1252"),
        (f'{HEADER}\n"{GOOD}\n{GOOD}\n'.encode(), "no se puede leer desde la línea"),
    ],
)
def test_of_a_file_that_is_no_roster_nothing_is_taken(raw: bytes, why: str) -> None:
    with pytest.raises(AcuseError, match=why) as refused:
        read_roster(raw, TODAY)
    assert refused.value.cure
