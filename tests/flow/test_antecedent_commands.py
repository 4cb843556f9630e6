"""The history that SIADE keeps comes in by a file, once, and whoever asks finds a person's petitions in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.errors import AcuseError
from daemon.ports import Store
from storage import open_store
from tests.contract.store_samples import a_petition, opened

from .test_people_commands import SETTINGS, acuse

NSS = "12816177971"
ROWS = f"""\
Folio SIADE,NSS,Nombre,Estatus,Asunto,Respuesta,Fecha de registro,Fecha de cierre
2025A001,{NSS},Ana López Ruiz,Concluida,Falta de medicamento,Ya hay metformina.,01/09/2025,20/09/2025
2025A002,12816177972,Luis Mora Paz,Abierta,Cita,,31/02/2025,
2025A003,,Luis Mora Paz,Abierta,Cita,,01/10/2025,
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "una clave de firma larga")
    (tmp_path / "historial.csv").write_text(ROWS, encoding="utf-8")
    path = tmp_path / "service.toml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def store(settings: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{settings.parent}/oficina.db")
    yield store
    store.close()


def test_the_good_rows_go_in_the_bad_cell_is_named_and_twice_is_once(settings: Path) -> None:
    file = str(settings.parent / "historial.csv")
    first = acuse(settings, "antecedentes", "import", file)
    assert "Filas nuevas: 2; cambiadas: 0; iguales: 0; no tomadas: 1. Hay 2 antecedentes." in first
    assert "celda G3" in first
    again = json.loads(acuse(settings, "antecedentes", "import", file, "--json"))
    assert (again["nuevas"], again["iguales"], len(again["no_tomadas"])) == (0, 2, 1)


@pytest.mark.parametrize("asked", [[NSS], ["1281-61-7797-1"], ["lopez", "ruiz", "ana"], ["Ana", "López"], ["2025a001"]])
def test_a_person_is_found_by_what_is_known(settings: Path, asked: list[str]) -> None:
    acuse(settings, "antecedentes", "import", str(settings.parent / "historial.csv"))
    said = acuse(settings, "antecedentes", "buscar", *asked)
    assert "2025A001" in said
    assert "Ya hay metformina." in said
    assert "2025A003" not in said


def test_our_own_petitions_are_found_by_address_and_by_reference(settings: Path, store: Store) -> None:
    petition = opened(store, a_petition())
    for asked in (petition.petitioner, petition.folio.lower()):
        assert petition.folio in acuse(settings, "antecedentes", "buscar", asked)
    assert "No hay antecedentes" in acuse(settings, "antecedentes", "buscar", "nadie@correo.example")


def test_a_file_that_is_no_history_is_refused_and_nothing_goes_in(settings: Path) -> None:
    wrong = settings.parent / "otra.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(AcuseError, match="falta la columna folio"):
        acuse(settings, "antecedentes", "import", str(wrong))
