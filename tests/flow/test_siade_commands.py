"""`acuse siade` at a terminal: batches, imports with their report, contingencias, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.config import load_settings
from daemon.edge.spreadsheets import write_csv, write_xlsx
from daemon.edge.tables import read_table
from daemon.errors import AcuseError, FileFaults
from daemon.model.decision import Plan
from daemon.model.petition import State, Type
from daemon.model.siade import Record, RecordClase
from daemon.ports import Store
from storage import open_store
from tests.contract.store_samples import a_petition
from tests.flow.test_survival_commands import TOPIC

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
ATNDER = "atnder@imss.gob.mx"
FIRST, SECOND = "AC-250909-7K3FQ", "AC-250910-3M8TZ"
COLUMNS = ("Referencia", "Folio SIADE", "Estado", "Respuesta")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rules with one topic instead of all, and a head of area."""
    folder = tmp_path_factory.mktemp("reglas")
    shutil.copytree(ROOT / "rules", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("temas", "destinos.yaml"))
    (folder / "temas").mkdir()
    (folder / "temas" / "uno.yaml").write_text(TOPIC)
    casa = (folder / "casa.yaml").read_text()
    boss = "personas:\n    - {correo: jefatura@imss.gob.mx, nombre: Jefatura, papel: jefatura}"
    (folder / "casa.yaml").write_text(casa.replace("personas: []", boss))
    return folder


@pytest.fixture
def settings(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "una clave de firma larga")
    path = tmp_path / "service.toml"
    path.write_text(
        f'[acuse]\nalmacen = "sqlite:///oficina.db"\nreglas = ["{rules}"]\n'
        '[acuse.siade]\ncarpeta = "siade"\nhoras = [11:30:00]\n'
        f'[buzon.atnder]\ncorreo = "{ATNDER}"\n'
        '[buzon.atnder.imap]\nservidor = "imap.example.org"\n[buzon.atnder.smtp]\nservidor = "smtp.example.org"\n'
    )
    (tmp_path / "siade").mkdir()
    return path


@pytest.fixture
def store(settings: Path) -> Iterator[Store]:
    """Two petitions that were registered and wait for their folio."""
    store = open_store(f"sqlite:///{settings.parent}/oficina.db")
    for folio in (FIRST, SECOND):
        found = a_petition(folio, account=ATNDER, counting=ATNDER, state=State.REGISTRADA_TURNADA, type=Type.QUEJA,
                           topic=None, missing=(), destination="cdaod_jdaod", registered_at=NOW)  # fmt: skip
        record = Record(f"{folio}/s1", folio, RecordClase.REGISTRO, ATNDER, NOW, "No me surten", numeral="P a79")
        store.commit(Plan(petition=found), now=NOW, records=(record,))
    yield store
    store.close()


def acuse(settings: Path, *words: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["siade", *map(str, words), "-a", str(settings)])
    if isinstance(done.exception, AcuseError):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def refusal(settings: Path, *words: str | Path) -> str:
    with pytest.raises(AcuseError) as refused:
        acuse(settings, *words)
    assert refused.value.cure
    return str(refused.value)


def test_a_batch_is_written_once_and_again_on_demand(settings: Path, store: Store, tmp_path: Path) -> None:
    assert "Lote 1: 2 registros, 0 archivos adjuntos" in acuse(settings, "export", "--sin-adjuntos")
    table = read_table(tmp_path / "siade" / "lote_0001" / "lote_0001.xlsx")
    assert [row.cells["registro"] for row in table.rows] == [f"{FIRST}/s1", f"{SECOND}/s1"]
    again = acuse(settings, "export", "--sin-adjuntos")
    assert "No hay nada por entregar" in again and "«--lote 1»" in again
    assert "ya está ahí" in refusal(settings, "export", "--sin-adjuntos", "--lote", "1")
    (tmp_path / "otra").mkdir()
    assert "Lote 1" in acuse(settings, "export", "--sin-adjuntos", "--lote", "1", "--carpeta", tmp_path / "otra")
    names = ("siade/lote_0001/lote_0001.csv", "otra/lote_0001/lote_0001.csv")
    first, second = ((tmp_path / name).read_bytes() for name in names)
    assert first == second


def test_what_cannot_be_exported_is_refused_before_anything_is_marked(
    settings: Path, store: Store, tmp_path: Path
) -> None:
    assert "esa carpeta no existe" in refusal(settings, "export", "--sin-adjuntos", "--carpeta", tmp_path / "nada")
    assert "no hay un lote" in refusal(settings, "export", "--sin-adjuntos", "--lote", "9")
    with pytest.raises(FileFaults, match="contraseña"):
        acuse(settings, "export")
    assert len(store.unexported()) == 2


def test_an_import_takes_the_good_rows_and_names_every_bad_cell(settings: Path, store: Store, tmp_path: Path) -> None:
    rows = [
        [FIRST, "2025-Q-001", "", ""],
        [SECOND, "2025-Q-001", "", ""],
        ["AC-250909-00000", "2025-Q-003", "", ""],
        [SECOND, "pendiente", "", ""],
        [SECOND, "2025-Q-002", "Atendida", "Ya está su medicamento."],
        [FIRST, "2025-Q-009", "", ""],
    ]
    write_xlsx(tmp_path / "siade.xlsx", "SIADE", COLUMNS, rows, NOW)
    # The good ones are taken all the same; that some are not ends with 1, for whoever runs it by a timer.
    told = acuse(settings, "import", tmp_path / "siade.xlsx", code=1)
    assert "Filas con novedad: 2; sin novedad: 0; no tomadas: 4." in told
    cells = ("celda B3: el folio «2025-Q-001» ya es de", "celda A4: no hay", "celda B5: «pendiente»", "celda B7:")
    assert all(cell in told for cell in cells)
    first, second = store.petition(FIRST), store.petition(SECOND)
    assert first is not None and (first.siade, first.state) == ("2025-Q-001", State.REGISTRADA_TURNADA)
    assert second is not None and (second.siade, second.state) == ("2025-Q-002", State.RESPUESTA_POR_ENVIAR)
    assert len(store.drafts_of(FIRST)) == 1 and len(store.drafts_of(SECOND)) == 2
    again = json.loads(acuse(settings, "import", tmp_path / "siade.xlsx", "--json", code=1))
    assert (again["con_novedad"], again["sin_novedad"], len(again["no_tomadas"])) == (0, 2, 4)
    assert (store.petition(FIRST), store.petition(SECOND)) == (first, second)
    assert len(store.drafts_of(FIRST)) == 1 and len(store.drafts_of(SECOND)) == 2


def test_the_exported_table_with_its_folios_filled_in_is_taken_back(
    settings: Path, store: Store, tmp_path: Path
) -> None:
    acuse(settings, "export", "--sin-adjuntos")
    table = read_table(tmp_path / "siade" / "lote_0001" / "lote_0001.csv")
    filled = [[*(row.cells | {"folio_siade": f"Q-{row.number}00"}).values()] for row in table.rows]
    write_csv(tmp_path / "capturado.csv", table.columns, filled)
    assert "con novedad: 2" in acuse(settings, "import", tmp_path / "capturado.csv")
    found = store.petition(SECOND)
    assert found is not None and found.siade == "Q-300"


def test_a_file_that_is_none_of_siades_is_refused_by_name(settings: Path, store: Store, tmp_path: Path) -> None:
    write_csv(tmp_path / "otra.csv", ("Nombre", "Edad"), [["Ana", "7"]])
    told = refusal(settings, "import", tmp_path / "otra.csv")
    assert "otra.csv" in told and "nombre, edad" in told and "rules/siade.yaml" in told
    assert "no se puede leer" in refusal(settings, "import", tmp_path / "nada.csv")


def test_a_contingencia_begins_and_ends_once_and_tells_the_superior(settings: Path, store: Store) -> None:
    assert "sin contingencia" in acuse(settings, "contingencia", "status")
    assert "jefatura@imss.gob.mx" in acuse(settings, "contingencia", "start", "--motivo", "mantenimiento")
    told = acuse(settings, "contingencia", "status")
    assert "mantenimiento" in told and "Por entregar: 2 registros" in told
    assert "ya hay una contingencia" in refusal(settings, "contingencia", "start")
    assert "Por entregar a SIADE: 2 registros" in acuse(settings, "contingencia", "end")
    assert "no hay ninguna contingencia" in refusal(settings, "contingencia", "end")
    mails = [store.internal(row.payload["internal_id"]) for row in store.tasks(ATNDER, datetime.now(UTC))
             if "internal_id" in row.payload]  # fmt: skip
    assert [mail.to for mail in mails if mail] == ["jefatura@imss.gob.mx"] * 2


def test_the_settings_name_folder_and_hours_and_faults_are_told(settings: Path) -> None:
    found = load_settings(settings, passwords=False).siade
    assert found is not None
    assert (found.carpeta, [hora.isoformat() for hora in found.horas]) == (settings.parent / "siade", ["11:30:00"])
    settings.write_text(settings.read_text().replace("[11:30:00]", "[]").replace('carpeta = "siade"', ""))
    with pytest.raises(FileFaults) as faults:
        load_settings(settings, passwords=False)
    assert {fault.path for fault in faults.value.faults} == {"acuse.siade.carpeta", "acuse.siade.horas"}
