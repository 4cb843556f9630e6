"""Composition root: the only place that joins settings, edges, storage and flow, and runs one thread a mailbox."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

from storage import open_store, sole

from .check import account_faults
from .config import Buzon, Servidor, Settings, load_settings
from .decide.calendar import OfficeCalendar
from .decide.classify import Classifier
from .decide.policy import Policy
from .edge.charts import draw
from .edge.clock import SystemClock
from .edge.imap import ImapMailbox
from .edge.pdf import PdfReader
from .edge.review_dir import DirectoryReviewFolder
from .edge.review_imap import ImapReviewFolder
from .edge.rulefiles import load_rules
from .edge.siade_folder import SiadeFolder
from .edge.smtp import SmtpSender
from .edge.spreadsheets import report_book
from .edge.systemd import Pulse, Systemd, Watchdog
from .edge.templatefiles import load_templates
from .edge.ticks import Ticks
from .errors import AcuseError, FileFaults, LoginRefused
from .flow import Desk, Station, colleagues, morning, run_pass
from .flow.agenda import Job, work_agenda
from .flow.commitments import remind
from .flow.outbox import LOGIN_PAUSE
from .flow.siade import export_of_the_day
from .flow.siade import watch as watch_siade
from .model.decision import Classification
from .model.rules import Carpetas, RuleSet, house
from .ports import Clock, Journal, ReviewFolder, Store
from .read import read

_BACKOFF = (5.0, 15.0, 60.0, 300.0)
_BUG = "error del programa ({}): se reintenta; mande el registro a quien mantiene acuse"
# How often to look whether an overdue term may act now.
_OVERDUE = 5.0
# Seconds between two looks at the clock.
_TICK = 60.0
# Longer without a successful pass is an alarm.
SILENCE = timedelta(minutes=15)


class TrainedLater:
    """The classifier, trained at its first mail: commands that judge nothing (`acuse show`) start at once."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules, self._lock = rules, threading.Lock()
        self._classifier: Classifier | None = None

    def classify(
        self, subject: str, text: str, *, patron: bool = False, attachments: int = 0, copies: Sequence[str] = ()
    ) -> Classification:
        with self._lock:
            self._classifier = self._classifier or Classifier(self._rules)
        return self._classifier.classify(subject, text, patron=patron, attachments=attachments, copies=copies)


@dataclass(frozen=True, slots=True)
class Office:
    """An installation put together: the desk, what each mailbox needs, and its settings."""

    settings: Settings
    rules: RuleSet
    desk: Desk

    def mailbox(self, account: str) -> ImapMailbox:
        """A connection of its own to one of our accounts, for whoever looks for a mail beside the passes."""
        return _mailbox(next(box for box in self.settings.buzon.values() if box.correo == account))

    def station(self, name: str) -> Station:
        """A fresh station for the mailbox `[buzon.<name>]`, with connections of its own."""
        box = self.settings.buzon[name]
        mailbox = _mailbox(box)
        return Station(
            mailbox=mailbox,
            review=_review(box, mailbox, self.rules.carpetas, self.desk.shelf),
            sender=_sender(box),
            envios=self.settings.envios_de(name),
            since=_since(self.settings, self.rules),
        )


def open_office(settings_file: Path, journal: Journal, clock: Clock | None = None, *, passwords: bool = True) -> Office:
    """Load everything whole (FileFaults names every fault) and open the store (StoreUnavailable).

    Without `passwords` the office can ask and tell the store, but not reach its mailboxes.
    """
    settings = load_settings(settings_file, passwords=passwords)
    rules = load_rules(settings.reglas)
    if faults := account_faults(settings, rules, settings_file):
        raise FileFaults(faults)
    return assemble(settings, rules, open_store(settings.almacen), journal, clock or SystemClock())


def assemble(settings: Settings, rules: RuleSet, store: Store, journal: Journal, clock: Clock) -> Office:
    """Join the parts that are already there; the demo and the tests bring their own."""
    key = settings.clave_de_firma.get_secret_value().encode()
    policy = Policy(rules, TrainedLater(rules), OfficeCalendar(rules.calendario), key)
    accounts, pdf = house(rules), PdfReader()
    desk = Desk(
        store=store,
        clock=clock,
        policy=policy,
        templates=load_templates(settings.plantillas),
        journal=journal,
        read=lambda raw, mailbox, at: read(raw, mailbox=mailbox, house=accounts, received_at=at, read_pdf=pdf),
        accounts=tuple(box.correo for box in settings.buzon.values()),
        shadow=frozenset(
            box.correo for name, box in settings.buzon.items() if settings.envios_de(name) == "solo_borradores"
        ),
        attempts=settings.reintentos,
    )
    return Office(settings, rules, desk)


def past_mailbox(box: Buzon) -> ImapMailbox:
    """A connection that only looks: whatever would change the mailbox, the server itself refuses."""
    return _mailbox(box, read_only=True)


def _mailbox(box: Buzon, *, read_only: bool = False) -> ImapMailbox:
    user, password = _login(box, box.imap)
    ca = str(box.imap.ca) if box.imap.ca else None
    return ImapMailbox(
        box.correo,
        box.imap.servidor,
        box.imap.puerto,
        box.imap.seguridad,
        user,
        password,
        ca_file=ca,
        read_only=read_only,
    )


def _sender(box: Buzon) -> SmtpSender:
    user, password = _login(box, box.smtp)
    ca = str(box.smtp.ca) if box.smtp.ca else None
    return SmtpSender(
        box.smtp.servidor,
        box.smtp.puerto,
        box.smtp.seguridad,
        user,
        password,
        rate_per_minute=box.smtp.por_minuto,
        ca_file=ca,
    )


def _login(box: Buzon, server: Servidor) -> tuple[str, Callable[[], str]]:
    login = box.login(server)
    return (login.user, lambda: login.password) if login else ("", lambda: "")


def _review(box: Buzon, mailbox: ImapMailbox, carpetas: Carpetas, shelf: Callable[[str], str]) -> ReviewFolder:
    if box.revision == "directorio" and box.directorio is not None:
        return DirectoryReviewFolder(box.directorio, carpetas, shelf)
    return ImapReviewFolder(mailbox, carpetas, shelf)


def _since(settings: Settings, rules: RuleSet) -> datetime | None:
    if settings.desde is None:
        return None
    zone = OfficeCalendar(rules.calendario).zone
    return datetime.combine(settings.desde, time(0), zone).astimezone(UTC)


def jobs(office: Office) -> tuple[Job, ...]:
    """What this office does once a day, in the order in which it is done."""
    rules = office.rules
    report_at = rules.informe.hora or rules.calendario.horario.abre
    return (
        Job(morning.JOB, report_at, partial(morning.tell_morning, draw=draw, book=report_book)),
        Job(colleagues.JOB, rules.calendario.horario.abre, colleagues.hand_over),
        Job("compromisos", time(9), remind),
        *_siade_jobs(office),
    )


def _siade_jobs(office: Office) -> tuple[Job, ...]:
    """What SIADE is to be told, laid out at each hour that service.toml names (P 5.19)."""
    siade = office.settings.siade
    if siade is None:
        return ()
    run = partial(export_of_the_day, gateway=SiadeFolder(siade.carpeta), mail=office.mailbox)
    return tuple(Job(f"siade {hora:%H:%M}", hora, run) for hora in siade.horas)


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
        self._office, self._name, self._stopping = office, name, stopping
        self._pulse = pulse or Pulse()
        self._station: Station | None = None
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
        self._station = self._station or self._office.station(self._name)
        while run_pass(desk, self._station) and not self._stopping.is_set():
            self._pulse.expect(self.name)
        self.last_pass = desk.now()
        for key in ("acceso", "buzon", "silencio"):
            desk.calm(f"{key}:{self.account}")

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
        self._ticks = Ticks(office.rules.calendario.zona, self._tick)
        self._jobs = jobs(office)
        self._held = ExitStack()

    def start(self) -> None:
        """Begin; StoreUnavailable when another daemon works on the same store."""
        self._held.enter_context(sole(self.office.settings.almacen))
        # Who raised them is gone; whatever is still wrong is raised again.
        self.office.desk.store.alarm_off(None, self.started)
        self.pulse.expect("reloj", _TICK)
        for worker in self.workers:
            self.pulse.expect(worker.name)
            worker.start()
        self._ticks.start()
        self.office.desk.tell("inicio", buzones=len(self.workers), reglas=self.office.rules.version)
        self.systemd.ready(self._all_well)
        Watchdog(self.systemd, self.pulse, self.stopping, self._all_well, self._tell_stuck).start()

    def _tell_stuck(self, names: Sequence[str]) -> None:
        self.office.desk.tell("sin_avance", hilos=", ".join(names))

    def _tick(self) -> None:
        """Each minute: who is silent, and what the day's agenda asks for."""
        self.pulse.expect("reloj", _TICK)
        self._watch()
        work_agenda(self.office.desk, self._jobs, self.office.desk.now())
        watch_siade(self.office.desk)

    def _watch(self) -> None:
        """«No successful pass for N minutes» is another alarm than «login refused»."""
        desk = self.office.desk
        for worker in self.workers:
            quiet_since = worker.last_pass or self.started
            if desk.now() - quiet_since > SILENCE:
                minutes = int((desk.now() - quiet_since).total_seconds() // 60)
                text = f"sin una revisión completa desde hace {minutes} minutos"
                desk.alarm_once(f"silencio:{worker.account}", text, buzon=worker.account)

    def stop(self, patience: float = 20.0) -> None:
        """Let each worker finish what it holds; whatever is cut off is safe to repeat."""
        self.systemd.stopping()
        self.stopping.set()
        self._ticks.stop()
        for worker in self.workers:
            worker.halt()
        for worker in self.workers:
            worker.join(patience)
        self.office.desk.tell("fin")
        self.office.desk.store.close()
        self._held.close()

    def run_until_signal(self) -> None:
        """Run until SIGTERM or SIGINT; must be called from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        self.start()
        self.stopping.wait()
        self.stop()
