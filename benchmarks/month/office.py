"""The office under the virtual clock: the daemon's own composition and flow over mail servers in memory that may fail.

The store is a real SQLite file; agenda and jobs are those of `daemon.app`.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

from daemon.app import Office, assemble, jobs
from daemon.config import Settings
from daemon.decide.profiles import name_of_profile
from daemon.edge.clock import VirtualClock
from daemon.edge.memory import MemoryMailbox, MemoryWorld
from daemon.edge.siade_folder import SiadeFolder
from daemon.errors import AcuseError, MailboxUnavailable, SenderUnavailable
from daemon.flow import Station, run_pass
from daemon.flow.agenda import Job, work_agenda
from daemon.flow.siade import export_of_the_day
from daemon.model.ledger import Event, FolderStatus
from daemon.model.office_rules import Ausencia, Consultor
from daemon.model.outgoing import Envelope, InternalEnvelope, SendOutcome, SendResult
from daemon.model.rules import PersonaDeCasa, RuleSet
from storage import open_store

from .people import ATNDER, EMPLOYERS, MEXICO, PREGNANT, Mail

ACCOUNTS = (ATNDER, EMPLOYERS, PREGNANT)
SUPERVISORS = ("supervision.uno@imss.gob.mx", "supervision.dos@imss.gob.mx")
# A worker in trouble looks again after this at the latest (daemon.service).
BACKOFF = timedelta(minutes=5)
# The daemon's minute hand turns each minute; here in larger steps, since nothing that it does needs the minute.
TICK = timedelta(minutes=30)
SIADE_HOURS = (10, 12, 14, 16, 17)


def roster(first: date) -> tuple[Consultor, ...]:
    """Twelve consultants: four with topics of their own, two on half time, five away, one with nobody to stand in."""
    topics: dict[int, tuple[str, ...]] = {
        1: ("pension_cesantia_vejez", "pension_viudez_orfandad", "pension_invalidez", "pension_pago"),
        2: ("falta_medicamento", "receta_vencida_o_farmacia"),
        3: ("semanas_cotizadas",),
        4: ("guarderia_servicio", "guarderia_inscripcion"),
    }
    away = {
        2: (1, 5, 5),
        5: (3, 9, 6),
        6: (8, 12, 7),
        9: (14, 30, 10),
        11: (16, 18, 0),
    }
    made = []
    for number in range(1, 13):
        absences: tuple[Ausencia, ...] = ()
        if number in away:
            start, end, stand_in = away[number]
            suple = _address(stand_in) if stand_in else None
            days = (first + timedelta(days=start), first + timedelta(days=end))
            absences = (Ausencia(desde=days[0], hasta=days[1], suple=suple, motivo="vacaciones"),)
        made.append(
            Consultor(
                correo=_address(number),
                nombre=f"Consultora {number:02}",
                supervisor=SUPERVISORS[number % 2],
                temas=topics.get(number, ()),
                carga=0.5 if number in (7, 12) else 1.0,
                ausencias=absences,
            )
        )
    return tuple(made)


def _address(number: int) -> str:
    return f"consultora.{number:02}@imss.gob.mx"


def with_people(rules: RuleSet, first: date) -> RuleSet:
    """The shipped rules with this office's people, enlaces and survey, as an admin would write them."""
    known = {tema.clave for tema in rules.temas}
    people = tuple(one.model_copy(update={"temas": tuple(t for t in one.temas if t in known)}) for one in roster(first))
    personas = tuple(PersonaDeCasa(correo=s, nombre="Supervisión", papel="supervisor") for s in SUPERVISORS)
    organos = tuple(
        organo.model_copy(update={"enlace": f"enlace.{organo.clave.replace('_', '.')}@imss.gob.mx"})
        if organo.tipo == "organo_normativo"
        else organo
        for organo in rules.destinos.organos
    )
    casa = rules.casa.model_copy(
        update={"personas": personas, "encuesta": "https://encuesta.imss.example/satisfaccion"}
    )
    return rules.model_copy(
        update={
            "casa": casa,
            "consultores": people,
            "destinos": rules.destinos.model_copy(update={"organos": organos}),
        }
    )


class _Line(MemoryMailbox):
    """A mailbox whose server is sometimes out of reach."""

    def __init__(self, world: MemoryWorld, account: str, month: Month) -> None:
        super().__init__(world, account)
        self._month = month

    def status(self, folder: str) -> FolderStatus:
        if self._month.mail_is_down:
            raise MailboxUnavailable("el servidor no responde", where=self.account)
        return super().status(folder)


class Month:
    """Events in the order of time. Whoever acts puts what will happen on the agenda with `at`."""

    def __init__(
        self, rules: RuleSet, folder: Path, begin: datetime, random: Random, outage: tuple[datetime, datetime]
    ) -> None:
        self.random, self.outage = random, outage
        self.clock = VirtualClock(begin)
        self.world = MemoryWorld(ACCOUNTS, self.clock)
        self.world.answer = self._smtp
        self.events: list[Event] = []
        self.heard: list[Callable[[Event], None]] = []
        self.delivered: list[Mail] = []
        self.passes: Counter[str] = Counter()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._all = True
        settings = _settings(folder, rules)
        self.office: Office = assemble(settings, rules, open_store(settings.almacen), self._hear, self.clock)
        self.desk, self.store, self.rules = self.office.desk, self.office.desk.store, rules
        # The agenda of `service.toml`'s [siade], over the mailboxes in memory.
        (folder / "siade").mkdir(exist_ok=True)
        hand_over = partial(export_of_the_day, gateway=SiadeFolder(folder / "siade"), mail=self.world.mailbox)
        self._jobs = (*jobs(self.office), *(Job(f"siade {hour}", time(hour), hand_over) for hour in SIADE_HOURS))
        self.stations = {
            account: Station(
                _Line(self.world, account, self),
                self.world.review(account, rules.carpetas, self.desk.shelf),
                self.world.sender(),
                since=begin - timedelta(days=1),
            )
            for account in ACCOUNTS
        }

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def mail_is_down(self) -> bool:
        return self.outage[0] <= self.now < self.outage[1]

    def at(self, when: datetime, what: Callable[[], None]) -> None:
        """Let something happen later; what lies in the past happens next."""
        heapq.heappush(self._agenda, (max(when, self.now), next(self._order), what))

    def deliver(self, mail: Mail) -> None:
        """A mail arrives in its accounts' inboxes, also while the daemon cannot reach them."""
        mail.at = self.now
        self.delivered.append(mail)
        for account in mail.accounts:
            self.world.deliver(account, mail.raw, self.now)

    def run(self, until: datetime) -> None:
        """Let time pass, waking the daemon as its mail servers, its terms and its minute hand do."""
        tick = self.now
        while True:
            due = self.store.next_due(ACCOUNTS)
            coming = [until, tick]
            coming += [self._agenda[0][0]] if self._agenda else []
            # What is overdue waits for a mailbox that cannot be read, and the minute hand looks again.
            coming += [due] if due is not None and due > self.now else []
            self.clock.set(max(self.now, min(coming)))
            if self.now >= until:
                return
            if self.now >= tick:
                self._tick()
                tick += TICK if 8 <= self.now.astimezone(MEXICO).hour < 20 else 2 * TICK
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
            self.wake()

    def _tick(self) -> None:
        """The daemon's minute hand."""
        if not self.mail_is_down:
            self.desk.calm("simulacion:correo")
        work_agenda(self.desk, self._jobs, self.now)
        self.wake_all()

    def wake(self) -> None:
        """Passes until nothing moves, as the workers make them; a dead server ends a pass.

        Mail wakes the mailbox that it reached, as IDLE does; a term, a person or the minute hand wakes all of them.
        A due term acts once every inbox was read up to it, so that those who were read first look again.
        """
        due = self.store.next_due(ACCOUNTS)
        overdue = due is not None and due <= self.now
        calls = set(ACCOUNTS) if overdue or self._all else {a for a in ACCOUNTS if self._grew(a)}
        rounds = 2 if overdue else 1
        self._all = False
        while calls and rounds:
            worked = {account for account in ACCOUNTS if account in calls and self._pass(account)}
            calls = {*worked, *(account for account in ACCOUNTS if self._grew(account))}
            if not calls and overdue:
                rounds -= 1
                calls = set(ACCOUNTS) if rounds else set()

    def wake_all(self) -> None:
        """Somebody did something that no server tells: every mailbox is looked at when its turn comes."""
        self._all = True

    def _grew(self, account: str) -> bool:
        if self.mail_is_down:
            return False
        return self.stations[account].mailbox.wait(0)

    def _pass(self, account: str) -> bool:
        self.passes[account] += 1
        try:
            return run_pass(self.desk, self.stations[account])
        except AcuseError:
            self.desk.alarm_once("simulacion:correo", "el servidor de correo no responde")
            return False

    def _smtp(self, envelope: Envelope | InternalEnvelope) -> SendResult:
        if self.mail_is_down:
            raise SenderUnavailable("el servidor de salida no responde")
        chance = self.random.random() if isinstance(envelope, Envelope) else 1.0
        if chance < 0.004:
            return SendResult(SendOutcome.APLAZADO, "451 4.7.1 intente más tarde")
        if chance < 0.006:
            # The answer to DATA gets lost, though the mail was taken: only its copy tells.
            for recipient in envelope.recipients:
                if recipient in ACCOUNTS:
                    self.world.deliver(recipient, envelope.raw, self.now)
            self.world.sent.append((self.now, envelope))
            return SendResult(SendOutcome.INCIERTO, "se perdió la conexión")
        return SendResult(SendOutcome.ACEPTADO, "250 2.0.0 aceptado")

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        for listener in self.heard:
            listener(event)


def _settings(folder: Path, rules: RuleSet) -> Settings:
    server = {"servidor": "127.0.0.1", "puerto": 9, "seguridad": "ninguna", "clave": "sin uso"}
    boxes = {
        account.partition("@")[0].replace(".", "_"): {
            "correo": account,
            "perfil": name_of_profile(rules, account),
            "imap": server,
            "smtp": {**server, "por_minuto": 600},
        }
        for account in ACCOUNTS
    }
    return Settings.model_validate(
        {
            "almacen": f"sqlite:///{folder / 'mes.db'}",
            "clave_de_firma": "una clave de firma para el mes simulado",
            "buzon": boxes,
        },
        context={"folder": folder},
    )


def is_open(at: datetime, closed: frozenset[date]) -> bool:
    """Whether people are at work."""
    local = at.astimezone(MEXICO)
    return local.weekday() < 5 and local.date() not in closed and 9 <= local.hour < 18


def utc(day: date, hour: float) -> datetime:
    """That hour of the day in Mexico City."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour + 6)
