"""Composition root: the only place that joins settings, edges, storage and flow, and runs one thread a mailbox."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

from storage import at_work, open_store, sole, store_file

from .books import Books, Texts, last_good, read_texts
from .config import Buzon, Servidor, Settings, SmtpDeAlarmas, load_settings
from .count.health import Answer, answers
from .decide.calendar import OfficeCalendar
from .edge.charts import draw
from .edge.clock import SystemClock
from .edge.disk import rooms
from .edge.imap import ImapMailbox
from .edge.metrics import Figures, Metrics
from .edge.oauth2 import Tokens
from .edge.review_dir import DirectoryReviewFolder
from .edge.review_imap import ImapReviewFolder
from .edge.siade_folder import SiadeFolder
from .edge.smtp import SmtpSender
from .edge.spreadsheets import report_book
from .edge.systemd import Pulse, Systemd, Watchdog
from .edge.templatefiles import load_templates
from .edge.ticks import Ticks
from .errors import AcuseError, FileFaults, LoginRefused
from .flow import Desk, Station, colleagues, morning, retention, run_pass
from .flow.agenda import Job, work_agenda
from .flow.alarms import Guard, Voice, crowded, take_up
from .flow.commitments import remind
from .flow.outbox import LOGIN_PAUSE
from .flow.recovery import RESTORED, recover
from .flow.siade import export_of_the_day
from .flow.siade import watch as watch_siade
from .model.figures import AlarmFact
from .model.health import Health
from .model.ledger import Event
from .model.rules import Carpetas, RuleSet
from .ports import Clock, Journal, ReviewFolder, Store
from .reload import RuleWatch

_BACKOFF = (5.0, 15.0, 60.0, 300.0)
_BUG = "error del programa ({}): se reintenta; mande el registro a quien mantiene acuse"
# How often to look whether an overdue term may act now.
_OVERDUE = 5.0
# Seconds that a thread computes before another that waits for its turn gets it.
_TURN = 0.001
# Seconds between two looks at the clock.
_TICK = 60.0


@dataclass(frozen=True, slots=True)
class Office:
    """An installation put together: the desk, what each mailbox needs, and its settings.

    `watch` takes what is saved in the folders of rules and templates, where the office was opened from folders.
    """

    settings: Settings
    desk: Desk
    tokens: Tokens
    watch: RuleWatch | None = None

    @property
    def rules(self) -> RuleSet:
        """The newest rules."""
        return self.desk.fresh(folders=True).policy.rules

    @property
    def envios(self) -> dict[str, str]:
        """What each account may send."""
        return {box.correo: self.settings.envios_de(name) for name, box in self.settings.buzon.items()}

    def fares(self, *, running: bool | None) -> tuple[Health, tuple[Answer, ...]]:
        """How the installation stands, and what that comes to."""
        desk = self.desk
        health = desk.store.health(desk.now())
        # A full disk keeps no alarm: that it is full must be seen here.
        kept, now = {alarm.key for alarm in health.alarms}, desk.now()
        found = crowded(rooms(places(self.settings)), self.settings.alarmas)
        seen = (AlarmFact(key, text, now) for key, text in found if key not in kept)
        health = replace(health, alarms=(*health.alarms, *seen))
        silence = timedelta(minutes=self.settings.alarmas.silencio_minutos)
        return health, answers(health, desk.accounts, self.envios, running, desk.policy.calendar, silence)

    def running(self) -> bool | None:
        """Whether a daemon works on this store now; None when that cannot be told from here."""
        return at_work(self.settings.almacen)

    def mailbox(self, account: str) -> ImapMailbox:
        """A connection of its own to one of our accounts, for whoever looks for a mail beside the passes."""
        return mailbox_of(next(box for box in self.settings.buzon.values() if box.correo == account), self.tokens)

    def station(self, name: str, rules: RuleSet | None = None) -> Station:
        """A fresh station for the mailbox `[buzon.<name>]`, with connections of its own and the folders of `rules`."""
        box, rules = self.settings.buzon[name], rules or self.rules
        mailbox = mailbox_of(box, self.tokens)
        return Station(
            mailbox=mailbox,
            review=_review(box, mailbox, rules.carpetas, lambda consultor: self.desk.fresh().shelf(consultor)),
            sender=sender_of(box, self.tokens),
            envios=self.settings.envios_de(name),
            since=_since(self.settings, rules),
        )


def open_office(
    settings_file: Path,
    journal: Journal,
    clock: Clock | None = None,
    *,
    passwords: bool = True,
    moving: Callable[[], None] = lambda: None,
) -> Office:
    """Load everything whole (FileFaults names every fault) and open the store (StoreUnavailable).

    Where the saved rules or templates have faults, the office works by those that were in force last, if there are any:
    a power cut after a bad save must not leave the mailboxes alone until somebody comes. Without `passwords` the office
    can ask and tell the store, but not reach its mailboxes. `moving` hears of each attached file that was read.
    """
    settings = load_settings(settings_file, passwords=passwords)
    refused: FileFaults | None = None
    try:
        texts = read_texts(settings, settings_file)
    except FileFaults as faults:
        refused = faults
    store = open_store(settings.almacen)
    if refused:
        found = last_good(store, settings, settings_file)
        if found is None:
            store.close()
            raise refused
        texts = found
    books = Books(_signing(settings), texts, moving)
    desk = _desk(settings, books, store, journal, clock or SystemClock())
    watch = RuleWatch(settings, settings_file, books, desk, texts, refused)
    return Office(settings, desk, Tokens(settings.oauth2), watch)


def assemble(settings: Settings, rules: RuleSet, store: Store, journal: Journal, clock: Clock) -> Office:
    """Join the parts that are already there; the demo and the tests bring their own."""
    books = Books(_signing(settings), Texts(rules, load_templates(settings.plantillas), {}))
    return Office(settings, _desk(settings, books, store, journal, clock), Tokens(settings.oauth2))


def _signing(settings: Settings) -> bytes:
    return settings.clave_de_firma.get_secret_value().encode()


def _desk(settings: Settings, books: Books, store: Store, journal: Journal, clock: Clock) -> Desk:
    book = books.newest
    return Desk(
        store=store,
        clock=clock,
        policy=book.policy,
        templates=book.templates,
        journal=journal,
        read=book.read,
        newest=lambda: books.newest,
        accounts=tuple(box.correo for box in settings.buzon.values()),
        shadow=frozenset(
            box.correo for name, box in settings.buzon.items() if settings.envios_de(name) == "solo_borradores"
        ),
        attempts=settings.reintentos,
    )


def past_mailbox(settings: Settings, box: Buzon) -> ImapMailbox:
    """A connection that only looks: whatever would change the mailbox, the server itself refuses."""
    return mailbox_of(box, Tokens(settings.oauth2), read_only=True)


def mailbox_of(box: Buzon, tokens: Tokens, *, read_only: bool = False) -> ImapMailbox:
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
        tokens=tokens.of(box, box.imap),
    )


def sender_of(box: Buzon, tokens: Tokens) -> SmtpSender:
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
        tokens=tokens.of(box, box.smtp),
    )


def _login(box: Buzon, server: Servidor) -> tuple[str, Callable[[], str]]:
    login = box.login(server)
    if login is None:
        return (box.user(server) if box.by_token(server) else ""), lambda: ""
    return login.user, lambda: login.password


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
        Job(retention.JOB, rules.retencion.hora, retention.erase_old, always=True),
        *_siade_jobs(office),
    )


def _siade_jobs(office: Office) -> tuple[Job, ...]:
    """What SIADE is to be told, laid out at each hour that service.toml names (P 5.19)."""
    siade = office.settings.siade
    if siade is None:
        return ()
    run = partial(export_of_the_day, gateway=SiadeFolder(siade.carpeta), mail=office.mailbox)
    return tuple(Job(f"siade {hora:%H:%M}", hora, run) for hora in siade.horas)


def voices(office: Office) -> tuple[Voice, ...]:
    """Who can tell people of alarms: the account that is there for it, then any mailbox that may send."""
    settings, own = office.settings, office.settings.alarmas.smtp
    boxes = [name for name in settings.buzon if settings.envios_de(name) != "detenidos"]
    return (
        *([Voice(own.remitente, partial(_own_sender, own))] if own else []),
        *(Voice(box.correo, partial(sender_of, box, office.tokens)) for box in map(settings.buzon.__getitem__, boxes)),
    )


def _own_sender(own: SmtpDeAlarmas) -> SmtpSender:
    user, password = own.login() or ("", "")
    ca = str(own.ca) if own.ca else None
    return SmtpSender(own.servidor, own.puerto, own.seguridad, user, lambda: password, ca_file=ca)


def file_of_store(settings: Settings) -> Path | None:
    """Where the store lies; None when a data base server keeps it, or nobody."""
    return store_file(settings.almacen)


def places(settings: Settings) -> tuple[tuple[str, Path], ...]:
    """Where this installation writes, by names that people understand."""
    file = file_of_store(settings)
    return (
        *([("la base de datos", file.parent)] if file else []),
        *([("los lotes para SIADE", settings.siade.carpeta)] if settings.siade else []),
        *((f"los borradores de {box.correo}", box.directorio) for box in settings.buzon.values() if box.directorio),
    )


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

    def start(self) -> None:
        """Begin; StoreUnavailable when another daemon works on the same store."""
        # Whoever waits for a file or a server must not wait five times as long for threads that compute.
        sys.setswitchinterval(_TURN)
        self._held.enter_context(sole(self.office.settings.almacen, self._lose_store))
        take_up(self.office.desk)
        if self.office.watch:
            self.office.watch.begin()
        self.pulse.expect("reloj", _TICK)
        if self.office.desk.store.mark(RESTORED):
            Recovery(self.office, self.stopping, self._begin).start()
        else:
            self._begin()
        self._ticks.start()
        self._serve_metrics()
        self.office.desk.tell("inicio", buzones=len(self.workers), reglas=self.office.rules.version)
        self.systemd.ready(self._all_well)
        Watchdog(self.systemd, self.pulse, self.stopping, self._all_well, self._tell_stuck).start()

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
        """Let each worker finish what it holds; whatever is cut off is safe to repeat."""
        self.systemd.stopping()
        self.stopping.set()
        self._ticks.stop()
        if self._metrics:
            self._metrics.stop()
        if self.office.watch:
            self.office.watch.stop()
        for worker in self.workers:
            worker.halt()
        for worker in self.workers:
            if worker.is_alive():
                worker.join(patience)
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
