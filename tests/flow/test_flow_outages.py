"""A server that vanishes: one alarm when it starts and one when it ends, and what waited is then done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from daemon.app import Office
from daemon.config import load_settings
from daemon.edge.oauth2 import Tokens
from daemon.flow import Station
from daemon.model.rules import RuleSet
from daemon.service import Worker
from tests.flow.memory_office import ATNDER, MemoryOffice
from tests.live.servers import wait_until

SETTINGS = f"""
[acuse]
[buzon.atnder]
correo = "{ATNDER}"
[buzon.atnder.imap]
servidor = "localhost"
[buzon.atnder.smtp]
servidor = "localhost"
"""


class Impatient(threading.Event):
    """The stop signal of workers whose pauses are written down and not waited out."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0.0)
        return super().wait(0.005)


@dataclass(frozen=True, slots=True)
class OfficeInMemory(Office):
    """An office whose stations are made here."""

    made: Callable[[str], Station] = field(kw_only=True)

    def station(self, name: str, rules: RuleSet | None = None) -> Station:
        return self.made(ATNDER)


@contextmanager
def at_work(memory: MemoryOffice, folder: Path) -> Iterator[Impatient]:
    """The mailbox's thread, as the daemon runs it."""
    file = folder / "service.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    secrets = {"ACUSE_CLAVE_DE_FIRMA": "clave de firma de prueba", "ACUSE_BUZON__ATNDER__CLAVE": "secreta"}
    office = OfficeInMemory(load_settings(file, secrets), memory.desk, Tokens({}), made=memory.station)
    stopping = Impatient()
    worker = Worker(office, "atnder", stopping)
    worker.start()
    try:
        yield stopping
    finally:
        stopping.set()
        memory.world.deliver(ATNDER, b"Subject: despierta\r\n\r\n\r\n", memory.clock.now())
        worker.join(10)
        assert not worker.is_alive()


@pytest.fixture
def memory() -> MemoryOffice:
    opened = MemoryOffice()
    opened.run()
    return opened


def test_a_vanished_mailbox_is_one_alarm_and_its_return_another_and_the_mail_is_answered(
    memory: MemoryOffice, tmp_path: Path
) -> None:
    memory.cut.add(ATNDER)
    with at_work(memory, tmp_path) as stopping:
        assert wait_until(lambda: len(stopping.pauses) > 5)
        assert memory.alarms() == [f"buzon:{ATNDER}"]
        assert stopping.pauses[:4] == sorted(set(stopping.pauses[:4]))
        memory.write()
        memory.cut.clear()
        assert wait_until(lambda: bool(memory.mails()))
        assert wait_until(lambda: memory.alarms() == [f"buzon:{ATNDER}", f"-buzon:{ATNDER}"])


def test_a_refused_login_is_an_alarm_of_its_own_and_is_not_tried_in_a_loop(
    memory: MemoryOffice, tmp_path: Path
) -> None:
    memory.cut.add("login")
    with at_work(memory, tmp_path) as stopping:
        assert wait_until(lambda: len(stopping.pauses) > 2)
        assert memory.alarms() == [f"acceso:{ATNDER}"]
        assert min(stopping.pauses) >= 3600
        memory.cut.clear()
        assert wait_until(lambda: memory.alarms() == [f"acceso:{ATNDER}", f"-acceso:{ATNDER}"])
