"""Composition root: the only place that joins settings, edges, storage and flow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
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
from .edge.oauth2 import Tokens
from .edge.review_dir import DirectoryReviewFolder
from .edge.review_imap import ImapReviewFolder
from .edge.siade_folder import SiadeFolder
from .edge.smtp import SmtpSender
from .edge.spreadsheets import report_book
from .edge.templatefiles import load_templates
from .errors import FileFaults
from .flow import Desk, Station, colleagues, morning, retention
from .flow.agenda import Job
from .flow.alarms import Voice, crowded
from .flow.commitments import remind
from .flow.siade import export_of_the_day
from .model.figures import AlarmFact
from .model.health import Health
from .model.rules import Carpetas, RuleSet
from .ports import Clock, Journal, ReviewFolder, Store
from .reload import RuleWatch


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

    def alone(self, lost: Callable[[], None]) -> AbstractContextManager[None]:
        """While it is held, no other daemon works on this store; `lost` is called if one does all the same."""
        return sole(self.settings.almacen, lost)

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
