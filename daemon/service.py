"""The threads of `acuse run`: one a mailbox, one that goes through a restored store, and the clock beside them."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime

from .app import Office, jobs, places, voices
from .edge.disk import rooms
from .edge.imap import ImapMailbox
from .edge.metrics import Figures, Metrics
from .edge.siade_folder import SiadeFolder
from .edge.systemd import Pulse, Systemd, Watchdog
from .edge.ticks import Ticks
from .errors import AcuseError, LoginRefused
from .flow import Station, colleagues, morning, run_pass
from .flow.agenda import work_agenda
from .flow.alarms import Guard, take_up
from .flow.outbox import LOGIN_PAUSE
from .flow.recovery import RESTORED, recover
from .flow.siade import watch as watch_siade
from .model.ledger import Event
from .model.rules import Carpetas

_BACKOFF = (5.0, 15.0, 60.0, 300.0)
_BUG = "error del programa ({}): se reintenta; mande el registro a quien mantiene acuse"
# How often to look whether an overdue term may act now.
_OVERDUE = 5.0
# Seconds that a thread computes before another that waits for its turn gets it.
_TURN = 0.001
# Seconds between two looks at the clock.
_TICK = 60.0


class Worker(threading.Thread):
    """One mailbox, one thread: passes when mail or a due term wakes it; trouble is told once and waited out."""

    def __init__(
        self,
        office: Office,
        name: str,
        stopping: threading.Event,
        backoff: Sequence[float] = _BACKOFF,
        pulse: Pulse | None = None,
    ) -> None:
        super().__init__(name=f"buzon-{name}", daemon=True)
        self._office, self._box_name, self._stopping = office, name, stopping
        self._pulse = pulse or Pulse()
        self._station: Station | None = None
        self._folders: Carpetas | None = None
        self._backoff = backoff
        self.last_pass: datetime | None = None
        self.account = office.settings.buzon[name].correo

    def halt(self) -> None:
        """Called from another thread when the daemon stops: end the wait for mail at once."""
        mailbox = self._station.mailbox if self._station else None
        if isinstance(mailbox, ImapMailbox):
            mailbox.interrupt()

    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self._pass()
                failures = 0
                self._rest()
            except LoginRefused as problem:
                urgent = self._office.rules.acceso_rechazado(self.account)
                self._tell_trouble(f"acceso:{self.account}", f"{urgent} {problem}".strip())
                # An office's account is for people to mend: only a restart tries again.
                self._pause(None if urgent else LOGIN_PAUSE.total_seconds())
            except AcuseError as problem:
                self._tell_trouble(f"buzon:{self.account}", str(problem))
                self._pause(self._backoff[min(failures, len(self._backoff) - 1)])
                failures += 1
            except Exception as bug:  # noqa: BLE001  (the thread's last frame: without it the mailbox is read no more)
                self._office.desk.tell("error", buzon=self.account, detalle=type(bug).__name__, exc=bug)
                self._tell_trouble(f"buzon:{self.account}", _BUG.format(type(bug).__name__))
                self._pause(self._backoff[min(failures, len(self._backoff) - 1)])
                failures += 1

    def _pass(self) -> None:
        """All that can be done now; afterwards whatever was wrong is over."""
        self._pulse.expect(self.name)
        desk = self._office.desk
        while self._pass_once() and not self._stopping.is_set():
            self._pulse.expect(self.name)
        self.last_pass = desk.now()
        for key in ("acceso", "buzon", "silencio"):
            desk.calm(f"{key}:{self.account}")

    def _pass_once(self) -> bool:
        """A pass under the newest rules; where they name other folders, on a station that has those open."""
        desk = self._office.desk.fresh(folders=True)
        rules = desk.policy.rules
        if self._station is not None and self._folders != rules.carpetas:
            self._station.mailbox.close()
            self._station = None
        self._folders = rules.carpetas
        self._station = self._station or self._office.station(self._box_name, rules)
        return run_pass(desk, self._station)

    def _tell_trouble(self, key: str, text: str) -> None:
        self._office.desk.alarm_once(key, text, buzon=self.account)

    def _rest(self) -> None:
        """Until mail wakes the server's IDLE, a term is about to act, or `sondeo_segundos` are over.

        Any mailbox's term wakes all of them: it acts only once every inbox has been read up to its instant. What is
        overdue waits for a mailbox that cannot be read, perhaps for long.
        """
        assert self._station is not None
        desk = self._office.desk
        seconds = float(self._office.settings.sondeo_segundos)
        due = desk.store.next_due(desk.accounts)
        if due is not None:
            left = (due - desk.now()).total_seconds()
            seconds = min(seconds, left if left > 0 else _OVERDUE)
        self._pulse.expect(self.name, seconds)
        try:
            self._station.mailbox.wait(seconds)
        except AcuseError:
            # The next pass meets the same trouble and tells it.
            return

    def _pause(self, seconds: float | None) -> None:
        """Wait out trouble with a new connection afterwards; only a stop shortens it, and None waits for it alone."""
        self._pulse.expect(self.name, seconds)
        if self._station is not None:
            self._station.mailbox.close()
            self._station = None
        self._stopping.wait(seconds)


class Recovery(threading.Thread):
    """On a restored store, before the first pass: what came and left since its backup; then `begin` is called."""

    def __init__(
        self,
        office: Office,
        stopping: threading.Event,
        begin: Callable[[], None],
        backoff: Sequence[float] = _BACKOFF,
    ) -> None:
        super().__init__(name="recuperacion", daemon=True)
        self._office, self._stopping, self._begin, self._backoff = office, stopping, begin, backoff

    def run(self) -> None:
        desk, failures = self._office.desk, 0
        while not self._stopping.is_set():
            try:
                self._recover()
            except LoginRefused as problem:
                desk.alarm_once("recuperacion", f"no se envía nada hasta repasar todos los buzones. {problem}")
                self._stopping.wait(LOGIN_PAUSE.total_seconds())
            except AcuseError as problem:
                desk.alarm_once("recuperacion", f"no se envía nada hasta repasar todos los buzones. {problem}")
                self._stopping.wait(self._backoff[min(failures, len(self._backoff) - 1)])
                failures += 1
            except Exception as bug:  # noqa: BLE001  (the thread's last frame: without it nothing would ever begin)
                desk.tell("error", detalle=type(bug).__name__, exc=bug)
                desk.alarm_once("recuperacion", _BUG.format(type(bug).__name__))
                self._stopping.wait(self._backoff[min(failures, len(self._backoff) - 1)])
                failures += 1
            else:
                desk.calm("recuperacion")
                self._begin()
                return

    def _recover(self) -> None:
        settings = self._office.settings
        stations = [self._office.station(name) for name in settings.buzon]
        telling = [job for job in jobs(self._office) if job.name in (morning.JOB, colleagues.JOB, "compromisos")]
        gateway = SiadeFolder(settings.siade.carpeta) if settings.siade else None
        try:
            recover(self._office.desk, stations, telling, gateway)
        finally:
            for station in stations:
                station.mailbox.close()


class Service:
    """All mailboxes of an office at work, until somebody stops it."""

    def __init__(self, office: Office, systemd: Systemd | None = None, pulse: Pulse | None = None) -> None:
        self.office = office
        self.stopping = threading.Event()
        self.started = office.desk.now()
        self.pulse = pulse or Pulse()
        self.workers = [Worker(office, name, self.stopping, pulse=self.pulse) for name in office.settings.buzon]
        boxes = len(self.workers)
        self.systemd, self._all_well = systemd or Systemd(), f"Atiende {boxes} {'buzón' if boxes == 1 else 'buzones'}."
        self._ticks = Ticks(self._tick)
        written = places(office.settings)
        self._guard = Guard(office.settings.alarmas, self._passes, lambda: rooms(written), voices(office))
        self._held = ExitStack()
        self._metrics = self._counted() if office.settings.metricas else None
        self._begun = threading.Event()
        self._beside: list[threading.Thread] = []

    def start(self) -> None:
        """Begin; StoreUnavailable when another daemon works on the same store."""
        # Whoever waits for a file or a server must not wait five times as long for threads that compute.
        sys.setswitchinterval(_TURN)
        self._held.enter_context(self.office.alone(self._lose_store))
        take_up(self.office.desk)
        if self.office.watch:
            self._beside.append(self.office.watch)
            self.office.watch.begin()
        self.pulse.expect("reloj", _TICK)
        if self.office.desk.store.mark(RESTORED):
            recovery = Recovery(self.office, self.stopping, self._begin)
            self._beside.append(recovery)
            recovery.start()
        else:
            self._begin()
        self._ticks.start()
        self._serve_metrics()
        self.office.desk.tell("inicio", buzones=len(self.workers), reglas=self.office.rules.version)
        self.systemd.ready(self._all_well)
        watchdog = Watchdog(self.systemd, self.pulse, self.stopping, self._all_well, self._tell_stuck)
        self._beside.append(watchdog)
        watchdog.start()

    def _begin(self) -> None:
        for worker in self.workers:
            self.pulse.expect(worker.name)
            worker.start()
        self._begun.set()

    def _lose_store(self) -> None:
        """Another daemon has the store: two would send twice, so this one ends."""
        self.office.desk.tell("alarma", clave="almacen", detalle="otro «acuse run» atiende con esta base de datos")
        self.stopping.set()

    def _tell_stuck(self, names: Sequence[str]) -> None:
        self.office.desk.tell("sin_avance", hilos=", ".join(names))

    def _tick(self) -> None:
        """Each minute: what is wrong, and what the day's agenda asks for."""
        self.pulse.expect("reloj", _TICK)
        desk = self.office.desk.fresh(folders=True)
        self._guard.look(desk)
        if not self._begun.is_set():
            return
        work_agenda(desk, jobs(self.office), desk.now())
        watch_siade(desk.fresh(folders=True))

    def _passes(self) -> dict[str, datetime]:
        """When each mailbox was last read whole; at the latest when the service began."""
        return {worker.account: worker.last_pass or self.started for worker in self.workers}

    def _counted(self) -> Metrics:
        """The figures for Prometheus, which hear of every event besides the journal."""
        desk = self.office.desk
        metrics, journal = Metrics(self._figures), desk.journal

        def both(event: Event) -> None:
            journal(event)
            metrics.heard(event)

        desk.journal = both
        return metrics

    def _figures(self) -> Figures:
        health, told = self.office.fares(running=True)
        return Figures(health, told, self.office.envios)

    def _serve_metrics(self) -> None:
        """A port that is taken is no reason to leave the mail alone."""
        wanted = self.office.settings.metricas
        if wanted and self._metrics:
            try:
                self._metrics.serve(wanted.puerto, wanted.direccion)
            except AcuseError as problem:
                self.office.desk.alarm_once("metricas", str(problem))
            else:
                self.office.desk.calm("metricas")

    def stop(self, patience: float = 20.0) -> None:
        """Let every thread finish what it holds, for `patience` seconds in all; whatever is cut off is safe to repeat.

        A thread that still runs when the interpreter ends is torn out of whatever library it is in, and that may abort
        the process.
        """
        self.systemd.stopping()
        self.stopping.set()
        self._ticks.stop()
        if self._metrics:
            self._metrics.stop()
        if self.office.watch:
            self.office.watch.stop()
        for worker in self.workers:
            worker.halt()
        until = time.monotonic() + patience
        for thread in (*self.workers, *self._beside):
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        self.office.desk.tell("fin")
        self.office.desk.store.close()
        self._held.close()

    def run_until_signal(self) -> None:
        """Run until SIGTERM or SIGINT; SIGHUP takes the saved rules at once. Must be called from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        if watch := self.office.watch:
            signal.signal(signal.SIGHUP, lambda *_: watch.look_now())
        self.start()
        self.stopping.wait()
        self.stop()
