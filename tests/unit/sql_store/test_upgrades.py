"""Stores of every released schema, written by the programs of then (tests/golden/almacenes), go on with today's."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from daemon.errors import StoreUnavailable
from daemon.model.decision import Plan
from daemon.model.outgoing import DraftState
from daemon.model.petition import HistoryEntry, State
from storage import open_store, sole, tables
from storage.backup import look_at
from tests.contract.store_samples import NOW

RELEASED = sorted(Path("tests/golden/almacenes").glob("*.sql"))


def old_store(folder: Path, dump: Path) -> Path:
    file = folder / "acuse.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return file


def test_every_released_schema_has_a_store_here() -> None:
    assert [path.stem for path in RELEASED] == [f"{number:04d}" for number in range(1, int(tables.REVISION))]


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_an_old_store_comes_up_with_all_that_was_in_it_and_goes_on(tmp_path: Path, dump: Path) -> None:
    file = old_store(tmp_path, dump)
    store = open_store(f"sqlite:///{file}")
    asked, guided = sorted(store.petitions(), key=lambda petition: petition.state)
    assert (asked.state, guided.state) == (State.ESPERA_DATOS_1, State.ORIENTACION_EN_REVISION)
    assert [draft.state for draft in store.drafts_of(asked.folio)] == [DraftState.ACEPTADO]
    assert [draft.state for draft in store.drafts_of(guided.folio)] == [DraftState.EN_REVISION]
    assert [term.name for term in asked.terms] == ["segunda_solicitud"]
    assert store.copies(store.drafts_of(asked.folio)[0].message_id)
    assert store.due(asked.terms[0].acts_at, (asked.account,)) == [asked.folio]
    entry = HistoryEntry(NOW, "nota", "sigue", state=asked.state)
    store.commit(Plan(petition=asked, history=(entry,)), now=NOW)
    assert store.story(asked.folio)[-1].text == "sigue"
    store.close()


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_before_an_old_store_is_changed_a_copy_of_it_is_kept_beside(tmp_path: Path, dump: Path) -> None:
    file = old_store(tmp_path, dump)
    open_store(f"sqlite:///{file}").close()
    copy = tmp_path / f"acuse.db.esquema-{dump.stem}"
    assert look_at(copy).revision == dump.stem
    assert look_at(copy).counts["peticiones"] == 2
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert look_at(file).revision == tables.REVISION
    open_store(f"sqlite:///{file}").close()
    assert {path.name for path in tmp_path.iterdir()} == {file.name, copy.name}


def test_a_new_store_needs_no_copy(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'acuse.db'}").close()
    assert [path.name for path in tmp_path.iterdir()] == ["acuse.db"]


def test_an_old_store_is_not_changed_under_a_daemon_of_the_old_program(tmp_path: Path) -> None:
    url = f"sqlite:///{old_store(tmp_path, RELEASED[-1])}"
    with sole(url), pytest.raises(StoreUnavailable, match="sigue en marcha"):
        open_store(url)
    open_store(url).close()


def test_a_program_killed_while_it_changes_a_store_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """It is killed later and later, until one comes through."""
    revisions = set()
    for turn in range(12):
        folder = tmp_path / str(turn)
        folder.mkdir()
        file = old_store(folder, RELEASED[0])
        script = f"print('listo', flush=True)\nfrom storage import open_store\nopen_store('sqlite:///{file}').close()"
        worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        assert worker.stdout is not None and worker.stdout.readline()
        _await_copy(folder, worker)
        time.sleep(turn * 0.02)
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        found = look_at(file)
        assert found.counts["peticiones"] == 2
        revisions.add(found.revision)
        store = open_store(f"sqlite:///{file}")
        assert len(store.petitions()) == 2
        store.close()
        if found.revision == tables.REVISION:
            break
    assert revisions <= {"0001", tables.REVISION}


def _await_copy(folder: Path, worker: subprocess.Popen[bytes]) -> None:
    """Until it is about to change the store: the copy is there."""
    end = time.monotonic() + 20
    while worker.poll() is None and time.monotonic() < end and not list(folder.glob("*.esquema-*")):
        time.sleep(0.005)
