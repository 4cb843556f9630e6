"""The service itself: one at a time on a store, and a mailbox's thread that no trouble ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.app import Office
from daemon.config import load_settings
from daemon.edge.oauth2 import Tokens
from daemon.errors import StoreUnavailable
from daemon.flow import Station
from daemon.model.rules import RuleSet
from daemon.service import Worker
from storage import sole
from tests.flow.memory_office import ATNDER, MemoryOffice

SETTINGS = """
[acuse]
sondeo_segundos = 10
[buzon.atnder]
correo = "atnder@imss.gob.mx"
perfil = "medios_electronicos"
[buzon.atnder.imap]
servidor = "127.0.0.1"
[buzon.atnder.smtp]
servidor = "127.0.0.1"
"""
SECRETS = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma para pruebas", "ACUSE_BUZON__ATNDER__CLAVE": "x"}


class Ailing:
    """A store, or another part, whose method `name` fails so many times and then works."""

    def __init__(self, healthy: Any, name: str, fault: Exception, times: int = 1) -> None:
        self._healthy, self._name, self._fault, self._times = healthy, name, fault, times

    def __getattr__(self, name: str) -> Any:
        if name == self._name and self._times:
            self._times -= 1
            return self._fail
        return getattr(self._healthy, name)

    def _fail(self, *_args: object, **_named: object) -> None:
        raise self._fault


class MemoryPost(Office):
    """An office whose stations are in memory."""

    stations: dict[str, Station]

    def station(self, name: str, rules: RuleSet | None = None) -> Station:
        return self.stations[self.settings.buzon[name].correo]


def at_work(memory: MemoryOffice, tmp_path: Path, store: Any) -> tuple[Worker, threading.Event]:
    file = tmp_path / "service.toml"
    file.write_text(SETTINGS)
    office = MemoryPost(load_settings(file, SECRETS), replace(memory.desk, store=store), Tokens({}))
    object.__setattr__(office, "stations", memory.stations)
    stopping = threading.Event()
    worker = Worker(office, "atnder", stopping, backoff=(0.01,))
    worker.start()
    return worker, stopping


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not happened():
        time.sleep(0.02)
    return happened()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("next_due", StoreUnavailable("la base de datos está ocupada")),
        ("due", StoreUnavailable("el disco está lleno")),
        ("waiting", RuntimeError("algo que nadie previó")),
        ("horizon", KeyError("Guadalupe")),
    ],
)
def test_no_trouble_ends_the_thread_of_a_mailbox(tmp_path: Path, name: str, fault: Exception) -> None:
    memory = MemoryOffice()
    memory.run()
    worker, stopping = at_work(memory, tmp_path, Ailing(memory.store, name, fault))
    try:
        assert within(10, lambda: memory.alarms() == [f"buzon:{ATNDER}", f"-buzon:{ATNDER}"])
        memory.write()
        assert within(10, lambda: len(memory.mails()) == 1)
        assert worker.is_alive()
    finally:
        stopping.set()
        memory.world.deliver(ATNDER, b"From: x@y.example\r\n\r\n.\r\n", memory.clock.now())
        worker.join(10)


def test_a_second_daemon_on_the_same_store_does_not_start_and_says_why(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/acuse.db"
    with sole(url), pytest.raises(StoreUnavailable, match="otro «acuse run»"), sole(url):
        raise AssertionError
    with sole(url):
        assert (tmp_path / "acuse.db.lock").stat().st_mode & 0o077 == 0


def test_a_store_in_memory_needs_no_lock() -> None:
    held = []
    for url in ("sqlite://", "sqlite:///:memory:"):
        with sole(url), sole(url):
            held.append(url)
    assert len(held) == 2
