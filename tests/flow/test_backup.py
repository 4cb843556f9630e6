"""Backups are whole or absent, tell what they hold, and come back only where nothing is lost by it."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon import backups
from daemon.cli import app
from daemon.config import Settings, load_settings
from daemon.edge.progress import untold
from daemon.errors import AcuseError
from daemon.flow.recovery import RESTORED
from daemon.model.decision import Plan
from storage import open_store, sole, tables
from storage.backup import look_at
from tests.contract.store_samples import NOW, a_line, a_petition

KEY = "una clave de firma para pruebas"
TOML = """
[acuse]
almacen = "sqlite:///datos/acuse.db"
reglas = ["reglas"]
plantillas = ["plantillas"]
[buzon.atnder]
correo = "atnder@imss.gob.mx"
[buzon.atnder.imap]
servidor = "127.0.0.1"
seguridad = "ninguna"
[buzon.atnder.smtp]
servidor = "127.0.0.1"
seguridad = "ninguna"
usuario = ""
"""
OWN_RULE = "informe:\n  hora: 07:30\n"


class Machine:
    """A folder with settings; `store` opens its store."""

    def __init__(self, folder: Path, *, empty: bool = False) -> None:
        self.toml, self.data = folder / "service.toml", folder / "datos"
        folder.mkdir()
        if not empty:
            self.toml.write_text(TOML, encoding="utf-8")
            (folder / "reglas").mkdir()
            (folder / "reglas" / "informe.yaml").write_text(OWN_RULE, encoding="utf-8")
            (folder / "plantillas").mkdir()
            self.data.mkdir()

    @property
    def settings(self) -> Settings:
        return load_settings(self.toml, {"ACUSE_CLAVE_DE_FIRMA": KEY}, passwords=False)

    def back_up(self, to: Path) -> backups.Archive:
        return backups.backup(self.toml, self.settings, to, NOW, untold)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", KEY)
    made = Machine(tmp_path / "maquina")
    store = open_store(made.settings.almacen)
    store.commit(Plan(petition=a_petition(), history=(a_line(),)), now=NOW)
    store.close()
    return made


@pytest.fixture
def archive(machine: Machine, tmp_path: Path) -> Path:
    machine.back_up(tmp_path / "copia.zip")
    return tmp_path / "copia.zip"


def refusal(archive: Path, machine: Machine, **asked: bool) -> str:
    with pytest.raises(AcuseError) as refused:
        backups.restore(archive, machine.toml, NOW, **asked)
    assert refused.value.cure
    return str(refused.value)


def test_an_empty_machine_gets_store_settings_and_own_rules_and_knows_since_when(
    machine: Machine, archive: Path, tmp_path: Path
) -> None:
    empty = Machine(tmp_path / "vacia", empty=True)
    done = backups.restore(archive, empty.toml, NOW)
    assert empty.toml.read_text(encoding="utf-8") == TOML
    assert (tmp_path / "vacia" / "reglas" / "informe.yaml").read_text(encoding="utf-8") == OWN_RULE
    assert (tmp_path / "vacia" / "plantillas").is_dir()  # The settings name it, though it holds nothing yet.
    assert done.store == empty.data / "acuse.db" and done.aside is None
    assert stat.S_IMODE(done.store.stat().st_mode) == 0o600
    store = open_store(empty.settings.almacen)
    assert [petition.folio for petition in store.petitions()] == [a_petition().folio]
    assert store.mark(RESTORED) == NOW.isoformat()
    store.close()


def test_an_archive_is_private_tells_what_it_holds_and_holds_no_secret(machine: Machine, archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with zipfile.ZipFile(archive) as packed:
        told = json.loads(packed.read("manifiesto.json"))
        everything = b"".join(packed.read(name) for name in packed.namelist())
    assert told["esquema"] == tables.REVISION and told["filas"]["peticiones"] == 1 and told["programa"]
    assert KEY.encode() not in everything
    assert sorted(path.name for path in archive.parent.iterdir()) == ["copia.zip", "maquina"], "nothing half made"


def test_a_copy_made_while_others_write_is_of_one_instant(machine: Machine, tmp_path: Path) -> None:
    stop, wrote = threading.Event(), threading.Event()

    def write() -> None:
        store, number = open_store(machine.settings.almacen), 0
        while not stop.is_set():
            number += 1
            folio = f"AC-250909-{number:05}"
            store.commit(Plan(petition=a_petition(folio), history=(a_line(),) * 3), now=NOW)
            wrote.set()
        store.close()

    writer = threading.Thread(target=write)
    writer.start()
    wrote.wait(10)
    try:
        for number in range(3):
            machine.back_up(tmp_path / f"{number}.zip")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        with zipfile.ZipFile(tmp_path / f"{number}.zip") as packed:
            packed.extract("acuse.db", tmp_path / str(number))
        with sqlite3.connect(tmp_path / str(number) / "acuse.db") as copy:
            petitions = copy.execute("SELECT count(*) FROM petitions").fetchone()[0]
            lines = copy.execute("SELECT count(*) FROM history").fetchone()[0]
        assert petitions > 1 and lines == 3 * (petitions - 1) + 1


def test_nothing_is_overwritten_by_a_backup(machine: Machine, archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(AcuseError, match="ya existe"):
        machine.back_up(archive)
    assert archive.read_bytes() == before


def test_a_place_that_cannot_be_looked_at_is_told_and_is_no_bug(machine: Machine, tmp_path: Path) -> None:
    # As when `runuser` stands in a folder of root's; a name too long is refused to root as well.
    with pytest.raises(AcuseError, match="no se puede escribir") as told:
        machine.back_up(tmp_path / ("copia" * 60))
    assert "ruta entera" in told.value.cure


def test_a_store_that_is_there_is_refused_or_kept_under_another_name(machine: Machine, archive: Path) -> None:
    store = open_store(machine.settings.almacen)
    store.commit(Plan(petition=a_petition("AC-250909-NUEVA")), now=NOW)
    store.close()
    assert "--reemplazar" in refusal(archive, machine)
    done = backups.restore(archive, machine.toml, NOW, replace=True)
    assert done.aside is not None and look_at(done.aside).counts["peticiones"] == 2
    assert look_at(done.store).counts["peticiones"] == 1
    assert done.laid == ()


def test_a_store_at_work_is_not_replaced(machine: Machine, archive: Path) -> None:
    with sole(machine.settings.almacen):
        assert "acuse run" in refusal(archive, machine, replace=True)
    assert look_at(machine.data / "acuse.db").counts["peticiones"] == 1


@pytest.mark.parametrize("at", [0.1, 0.5, 0.8, None])
def test_a_damaged_archive_is_refused_and_lays_down_nothing(archive: Path, tmp_path: Path, at: float | None) -> None:
    raw = bytearray(archive.read_bytes())
    if at is None:
        del raw[len(raw) // 2 :]
    else:
        place = int(len(raw) * at)
        raw[place : place + 20] = b"\xff" * 20
    archive.write_bytes(raw)
    empty = Machine(tmp_path / "vacia", empty=True)
    assert "dañada" in refusal(archive, empty)
    assert list((tmp_path / "vacia").iterdir()) == []


def test_a_file_that_was_exchanged_is_noticed(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "otra.zip"
    with zipfile.ZipFile(archive) as packed, zipfile.ZipFile(other, "w") as forged:
        for name in packed.namelist():
            forged.writestr(name, b"otra cosa" if name == "service.toml" else packed.read(name))
    assert "service.toml" in refusal(other, Machine(tmp_path / "vacia", empty=True))


def test_what_is_no_archive_is_refused(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "nada.zip").write_text("Estimada Rosa")
    assert "dañada" in refusal(tmp_path / "nada.zip", machine)
    assert "no existe" in refusal(tmp_path / "otra.zip", machine)


def test_another_signing_key_is_refused_unless_told(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "otra clave de firma distinta")
    empty = Machine(tmp_path / "vacia", empty=True)
    assert "clave de firma" in refusal(archive, empty)
    assert not (empty.data / "acuse.db").exists()
    backups.restore(archive, empty.toml, NOW, other_key=True)
    assert (empty.data / "acuse.db").exists()


def test_an_archive_of_a_newer_program_is_refused(machine: Machine, tmp_path: Path) -> None:
    with sqlite3.connect(machine.data / "acuse.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    machine.back_up(tmp_path / "nueva.zip")
    said = refusal(tmp_path / "nueva.zip", Machine(tmp_path / "vacia", empty=True))
    assert "más nueva" in said and "9999" in said


def test_an_archive_of_an_older_program_is_brought_up_to_date(tmp_path: Path, machine: Machine) -> None:
    (machine.data / "acuse.db").unlink()
    with sqlite3.connect(machine.data / "acuse.db") as store:
        store.executescript(Path("tests/golden/almacenes/0001.sql").read_text(encoding="utf-8"))
    assert machine.back_up(tmp_path / "vieja.zip").facts.revision == "0001"
    empty = Machine(tmp_path / "vacia", empty=True)
    done = backups.restore(tmp_path / "vieja.zip", empty.toml, NOW)
    assert look_at(done.store).revision == tables.REVISION
    assert sorted(path.name for path in empty.data.iterdir() if "lock" not in path.name) == ["acuse.db"]


def test_the_commands_say_what_they_did_and_what_is_kept_apart(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = CliRunner().invoke
    made = run(app, ["backup", str(tmp_path / "c.zip"), "-a", str(machine.toml)])
    assert made.exit_code == 0 and "peticiones 1" in made.output and "clave de firma" in made.output
    done = run(app, ["restore", str(tmp_path / "c.zip"), "-a", str(tmp_path / "otra" / "service.toml")])
    assert done.exit_code == 0, done.exception
    assert "no se repite" in done.output and "Se repuso" in done.output


def test_a_store_restored_by_other_means_is_marked(machine: Machine) -> None:
    done = CliRunner().invoke(app, ["restore", "--marcar", "2025-09-08T03:00+00:00", "-a", str(machine.toml)])
    assert done.exit_code == 0, done.exception
    store = open_store(machine.settings.almacen)
    assert store.mark(RESTORED) == "2025-09-08T03:00:00+00:00"
    store.close()
