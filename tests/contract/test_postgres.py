"""What is PostgreSQL's own: one daemon at a time by a lock in the server, ended connections, passwords kept apart."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from daemon.config import load_settings
from daemon.errors import FileFaults, StoreUnavailable
from storage import open_store, sole
from tests.contract.store_samples import FOLIO, opened
from tests.contract.store_workers import PROCESSES, open_together, run
from tests.live.postgres import Postgres
from tests.live.servers import free_port, wait_until


def test_an_address_without_a_driver_means_the_one_that_comes_with_us(postgres: Postgres) -> None:
    store = open_store(postgres.emptied().replace("postgresql+psycopg://", "postgresql://"))
    assert store.petitions() == ()
    store.close()


def test_four_processes_that_open_an_empty_data_base_together_make_it_once(postgres: Postgres) -> None:
    assert run(open_together, postgres.new()) == [0] * PROCESSES


def test_a_second_daemon_is_refused_while_the_first_works(postgres: Postgres) -> None:
    url = postgres.emptied()
    with sole(url), pytest.raises(StoreUnavailable, match="ya atiende"):
        sole(url).__enter__()
    with sole(url):
        pass


def test_a_store_goes_on_after_the_server_ended_its_connections(postgres: Postgres) -> None:
    url = postgres.emptied()
    store = open_store(url)
    opened(store)
    postgres.end_connections(url)
    assert store.petition(FOLIO) is not None
    store.close()


def test_a_lost_lock_is_taken_again(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["storage.sole"], "LOOK_AFTER", 0.3)
    url, lost = postgres.emptied(), threading.Event()
    with sole(url, lost.set):
        first = postgres.lock_holders()
        postgres.end_connections(url)
        # Whoever tried to take the lock here, only to see, would be the other daemon.
        assert wait_until(lambda: postgres.lock_holders() not in ([], first), 20) and not lost.is_set()


def test_a_daemon_that_lost_its_lock_to_another_ends(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    # After the loss the first daemon waits so long before it tries again; the other tries all the time.
    monkeypatch.setattr(sys.modules["storage.sole"], "LOOK_AFTER", 1.5)
    url, lost = postgres.emptied(), threading.Event()
    with sole(url, lost.set):
        other = sole(url)
        postgres.end_connections(url)
        assert wait_until(lambda: _entered(other), 20)
        assert lost.wait(20)
        other.__exit__(None, None, None)


def _entered(lock: object) -> bool:
    try:
        lock.__enter__()  # type: ignore[attr-defined]
    except StoreUnavailable:
        return False
    return True


def test_a_server_that_is_away_is_told_in_words() -> None:
    with pytest.raises(StoreUnavailable, match="no responde") as told:
        open_store(f"postgresql+psycopg://acuse:secreta@127.0.0.1:{free_port()}/acuse", patience=1)
    assert "secreta" not in str(told.value) and told.value.cure


def test_a_password_of_the_store_stands_in_no_file(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text('[acuse]\nalmacen = "postgresql://acuse:secreta@db.example/acuse"\n[buzon]\n', encoding="utf-8")
    with pytest.raises(FileFaults) as told:
        load_settings(file, {})
    assert f"{file}:2" in str(told.value) and "secreta" not in str(told.value) and "PGPASSFILE" in str(told.value)
