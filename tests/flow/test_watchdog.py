"""What systemd hears on a real socket: ready, alive while every mailbox moves, silent when one is stuck, stopping."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.app import Office
from daemon.config import load_settings
from daemon.edge.imap import ImapMailbox
from daemon.edge.oauth2 import Tokens
from daemon.edge.pdf import PdfReader
from daemon.edge.systemd import Pulse, Systemd
from daemon.errors import LoginRefused
from daemon.flow import Station
from daemon.service import Service
from tests.flow.memory_office import ATNDER, MemoryOffice

SETTINGS = """
[acuse]
sondeo_segundos = 5
almacen = "sqlite:///acuse.db"
[buzon.atnder]
correo = "atnder@imss.gob.mx"
[buzon.atnder.imap]
servidor = "127.0.0.1"
puerto = {port}
seguridad = "ninguna"
[buzon.atnder.smtp]
servidor = "127.0.0.1"
"""
SECRETS = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma para pruebas", "ACUSE_BUZON__ATNDER__CLAVE": "x"}
# A third of it is the pace at which the watchdog is fed.
WATCHDOG = 0.15


class Listener:
    """Stands for systemd: everything that it is told, in the order in which it comes."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "notify")
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while word := self._socket.recv(4096).decode():
            self.heard.append(word)

    def environ(self, watchdog: float = WATCHDOG) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": str(int(watchdog * 1_000_000))}

    def count(self, word: str) -> int:
        return sum(word in told.splitlines() for told in self.heard)

    def fed(self, seconds: float = 0.4) -> int:
        """How often the watchdog is fed in the coming seconds."""
        before = self.count("WATCHDOG=1")
        time.sleep(seconds)
        return self.count("WATCHDOG=1") - before


class Post(Office):
    """An office whose only station is given."""

    given: Station

    def station(self, name: str, rules: object = None) -> Station:
        return self.given


class Held:
    """A mailbox whose `status` hangs like a call that never comes back, until it is let go."""

    def __init__(self, mailbox: Any) -> None:
        self._mailbox, self.go = mailbox, threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mailbox, name)

    def status(self, folder: str) -> Any:
        self.go.wait(20)
        return self._mailbox.status(folder)


def within(seconds: float, happened: Callable[[], object]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not happened():
        time.sleep(0.02)
    return bool(happened())


@pytest.fixture
def systemd(tmp_path: Path) -> Listener:
    return Listener(tmp_path)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def service(tmp_path: Path, systemd: Listener, station: Station, memory: MemoryOffice, patience: float) -> Service:
    file = tmp_path / "service.toml"
    file.write_text(SETTINGS.format(port=143))
    office = Post(load_settings(file, SECRETS), memory.desk, Tokens({}))
    object.__setattr__(office, "given", station)
    return Service(office, Systemd(systemd.environ()), Pulse(patience))


def test_the_watchdog_is_fed_while_mail_is_handled_and_waited_for(tmp_path: Path, systemd: Listener) -> None:
    memory = MemoryOffice()
    memory.run()
    work = service(tmp_path, systemd, memory.stations[ATNDER], memory, patience=0.5)
    work.start()
    try:
        assert within(5, lambda: systemd.count("WATCHDOG=1"))
        assert systemd.heard[0] == "READY=1\nSTATUS=Atiende 1 buzón."
        assert systemd.fed(1.0) >= 5
    finally:
        work.stopping.set()
        memory.write()
        work.stop(5)
    assert systemd.count("STOPPING=1") == 1


def test_a_mailbox_that_hangs_ends_the_feeding_and_is_named(tmp_path: Path, systemd: Listener) -> None:
    memory = MemoryOffice()
    memory.run()
    held = Held(memory.stations[ATNDER].mailbox)
    work = service(tmp_path, systemd, replace(memory.stations[ATNDER], mailbox=held), memory, patience=0.3)
    work.start()
    try:
        assert within(5, lambda: systemd.count("STATUS=No avanza: buzon-atnder."))
        assert systemd.fed() == 0
        assert [event.fields for event in memory.events if event.action == "sin_avance"] == [{"hilos": "buzon-atnder"}]
        held.go.set()
        assert within(5, lambda: systemd.heard[-1].startswith("WATCHDOG=1"))
    finally:
        held.go.set()
        work.stopping.set()
        memory.write()
        work.stop(5)


def test_a_server_that_never_answers_is_trouble_that_we_handle_and_no_hanging(
    tmp_path: Path, systemd: Listener, silent: int
) -> None:
    memory = MemoryOffice()
    mailbox = ImapMailbox(ATNDER, "127.0.0.1", silent, "ninguna", "x", lambda: "x", timeout=0.3)
    work = service(tmp_path, systemd, replace(memory.stations[ATNDER], mailbox=mailbox), memory, patience=1.0)
    work.start()
    try:
        assert within(5, lambda: memory.alarms() == [f"buzon:{ATNDER}"])
        # It waits for five seconds now, longer than a step may take, and is not taken for stuck.
        assert systemd.fed(1.5) >= 8
    finally:
        work.stop(5)


def test_an_account_that_waits_for_people_is_not_stuck(tmp_path: Path, systemd: Listener) -> None:
    class Refusing(Held):
        def status(self, folder: str) -> Any:
            raise LoginRefused("la contraseña no vale")

    memory = MemoryOffice()
    refusing = Refusing(memory.stations[ATNDER].mailbox)
    work = service(tmp_path, systemd, replace(memory.stations[ATNDER], mailbox=refusing), memory, patience=0.2)
    work.start()
    try:
        assert within(5, lambda: memory.alarms() == [f"acceso:{ATNDER}"])
        assert systemd.fed(0.6) >= 3
    finally:
        work.stop(5)


def test_a_clock_that_stands_still_ends_the_feeding_too() -> None:
    pulse = Pulse(patience=0.05)
    pulse.expect("reloj", 0.05)
    pulse.expect("buzon-atnder", None)
    assert pulse.late() == ()
    time.sleep(0.15)
    assert pulse.late() == ("reloj",)


def test_only_the_thread_that_did_something_is_heard() -> None:
    pulse = Pulse(patience=0.1)
    pulse.expect("buzon-atnder")
    pulse.expect("buzon-otro")
    time.sleep(0.12)
    thread = threading.Thread(target=pulse.heard, name="buzon-atnder")
    thread.start()
    thread.join()
    pulse.heard()
    assert pulse.late() == ("buzon-otro",)


def test_a_mail_with_many_attached_files_moves_with_each_of_them() -> None:
    heard: list[str] = []
    reader = PdfReader(moving=lambda: heard.append(threading.current_thread().name))
    for _ in range(2):
        reader(b"%PDF-1.4 truncado")
    reader.close()
    assert heard == [threading.current_thread().name] * 2


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "mucho"}, None),
    ],
)
def test_the_interval_is_the_one_that_systemd_asks_of_this_process(
    environ: dict[str, str], seconds: float | None, tmp_path: Path
) -> None:
    assert Systemd({"NOTIFY_SOCKET": str(tmp_path / "nadie"), **environ}).watchdog == seconds


def test_without_systemd_or_when_it_is_gone_nothing_is_told_and_nothing_fails(
    tmp_path: Path, systemd: Listener
) -> None:
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nadie")}, {"NOTIFY_SOCKET": "@acuse-nadie-escucha"}):
        Systemd(environ).ready("Atiende 1 buzón.")
    assert systemd.count("READY=1") == 0
    Systemd(systemd.environ()).ready("Atiende 1 buzón.")
    assert within(5, lambda: systemd.count("READY=1") == 1)


def test_the_daemon_itself_says_when_it_is_ready_and_stops_in_order(tmp_path: Path, systemd: Listener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    (tmp_path / "service.toml").write_text(SETTINGS.format(port=port))
    daemon = subprocess.Popen(
        [sys.executable, "-m", "daemon", "run", "--ajustes", str(tmp_path / "service.toml")],
        env={**os.environ, **SECRETS, **systemd.environ()},
        stderr=subprocess.PIPE,
    )
    try:
        assert within(30, lambda: systemd.count("WATCHDOG=1"))
        assert systemd.count("READY=1") == 1
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=60)
    finally:
        daemon.kill()
        daemon.wait()
    assert systemd.count("STOPPING=1") == 1
    assert daemon.returncode == 0, log
