"""Alarms: what is asked each minute, what ends by itself, and the mail that tells people, once at the start and once at
the end.

WATCHES is the table of questions; an alarm's name for people, its cure and what goes on meanwhile stand under the
same word in `count/alarms.py`. Whatever is noticed where it happens (a login refused, a blind copy refused) is raised
there by `desk.alarm_once` and needs no watch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config import Alarmas
from ..count import PATIENCE
from ..count.alarms import DAY, OFTEN, kind_of, mail_about, to_tell, word_of
from ..count.health import HELD_UP
from ..errors import AcuseError, LoginRefused, StoreUnavailable
from ..model.figures import ALARM_MAIL, AlarmFact
from ..model.health import Health, Room
from ..model.masks import masked
from ..model.outgoing import DraftState, InternalEnvelope, SendOutcome
from ..ports import Sender
from ..reply.clean import plain_as_markdown
from ..reply.house import compose_house
from .desk import Desk
from .outbox import LOGIN_PAUSE

# A clock may be set back by so much without harm: time servers correct it by less.
_HARMLESS = timedelta(minutes=2)
# After this long the time that the clock was set back to is taken for the right one.
_SETTLED = timedelta(hours=1)
# When no account could send the mail, it is tried again after this.
_AGAIN = timedelta(minutes=5)
_ON_THEIR_WAY = frozenset({DraftState.EN_REVISION, DraftState.APROBADO})
# Alarms about one of our mailboxes: they end with it when it is no longer served.
_OF_A_MAILBOX = frozenset({"acceso", "buzon", "silencio", "envio", "tarea", "vacia", "aprobadas"})

Found = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a watch looks at. `passes`: when each mailbox was last read whole; `behind`: how far the clock went back."""

    desk: Desk
    limits: Alarmas
    now: datetime
    health: Health
    passes: Mapping[str, datetime]
    rooms: Sequence[Room] = ()
    behind: timedelta = timedelta(0)

    def clock(self, instant: datetime) -> str:
        return f"{self.desk.policy.calendar.local(instant):%d/%m/%Y %H:%M}"


def _silence(scene: Scene) -> Found:
    """Was every mailbox read whole within the last minutes? («Login refused» is another alarm.)"""
    for account, last in scene.passes.items():
        quiet = scene.now - last
        if quiet > timedelta(minutes=scene.limits.silencio_minutos):
            minutes = int(quiet.total_seconds() // 60)
            yield f"silencio:{account}", f"{account}: sin una revisión completa desde hace {minutes} minutos"


def _copies(scene: Scene) -> Found:
    """Has every mail of the last week its copy, where the account that counts it is one of ours?"""
    rules, accounts = scene.desk.policy.rules, scene.desk.accounts
    for box in scene.health.boxes:
        cuenta = rules.buzon(box.account)
        if box.uncounted and cuenta and cuenta.cuenta_a in accounts:
            some = (
                "falta la copia de 1 correo" if box.uncounted == 1 else f"faltan las copias de {box.uncounted} correos"
            )
            yield f"copias:{box.account}", f"{some} que salieron de {box.account} en los últimos siete días"


def _quarantine(scene: Scene) -> Found:
    """Is there mail that could not be processed? Each is told, since each may be somebody's petition."""
    if not scene.health.quarantine:
        return
    for held in scene.desk.store.quarantined():
        where = f"un mensaje de {held.delivery.account}, en «{held.delivery.folder}»"
        yield f"cuarentena:{held.number}", f"{where}, quedó apartado (n.º {held.number} de «acuse quarantine list»)"


def _terms(scene: Scene) -> Found:
    """Can every term that acts soon act in time? It waits until all mailboxes were read up to its instant."""
    desk, now = scene.desk, scene.now
    soon = len(desk.store.due(now + timedelta(hours=scene.limits.plazo_horas), desk.accounts))
    if not soon:
        return
    late = len(desk.store.due(now - HELD_UP, desk.accounts))
    read = desk.store.horizon(desk.accounts)
    unread = read is None or now - read > timedelta(minutes=scene.limits.silencio_minutos)
    if unread:
        since = f"desde el {scene.clock(read)}" if read else "ninguna vez"
        terms = "1 plazo vence" if soon == 1 else f"{soon} plazos vencen"
        hours = f"en las próximas {scene.limits.plazo_horas} horas, o ya venció,"
        yield "riesgo", f"{terms} {hours} y no todos los buzones se han leído por completo ({since})"
    elif late:
        terms = "1 plazo vencido no se ha podido" if late == 1 else f"{late} plazos vencidos no se han podido"
        yield "riesgo", f"{terms} atender en más de {int(HELD_UP.total_seconds() // 60)} minutos"


def _rooms(scene: Scene) -> Found:
    """Is there room left where something is written, and can it be written?"""
    return crowded(scene.rooms, scene.limits)


def crowded(rooms: Iterable[Room], limits: Alarmas) -> Found:
    """The alarms, by key, of disks that have little room left or cannot be written."""
    for room in rooms:
        if not room.writable:
            yield f"disco:{room.name}", f"no se puede escribir en la carpeta de {room.name}"
        elif room.free_mb < limits.disco_libre_mb:
            yield f"disco:{room.name}", f"quedan {room.free_mb} MB donde está {room.name}"


def _clock(scene: Scene) -> Found:
    """Did the clock jump back? Terms and dates rest on it."""
    if scene.behind > _HARMLESS:
        minutes = int(scene.behind.total_seconds() // 60)
        yield "reloj", f"la hora de esta máquina va {minutes} minutos por detrás de la que ya había marcado"


@dataclass(frozen=True, slots=True)
class Watch:
    """One question asked each minute; it answers with the alarms that are on, each by a key that begins with `word`."""

    word: str
    ask: Callable[[Scene], Found]


WATCHES = (
    Watch("silencio", _silence),
    Watch("copias", _copies),
    Watch("cuarentena", _quarantine),
    Watch("riesgo", _terms),
    Watch("disco", _rooms),
    Watch("reloj", _clock),
)


def _over(scene: Scene) -> Iterator[str]:
    """Alarms raised where they happened whose matter was settled elsewhere: by a person's command, say."""
    store = scene.desk.store
    for key in tuple(scene.desk.alarmed):
        word, _, about = key.partition(":")
        match word:
            case "incierto":
                draft = store.draft(about)
                settled = draft is None or draft.state is not DraftState.INCIERTO
            case "aprobado":
                draft = store.draft(about)
                settled = draft is None or draft.state not in _ON_THEIR_WAY
            case "plazo" | "supervivencia":
                petition = store.petition(about)
                settled = petition is None or petition.state.closed
            case "tarea":
                settled = not scene.health.tasks.get(about.partition(":")[0])
            case "envio":
                settled = not scene.health.box(about).sending
            case _:
                settled = False
        if settled:
            yield key


def take_up(desk: Desk) -> None:
    """At the start: the alarms of the run before go on, so that none is told twice; those of mailboxes that are not
    served any more end."""
    for alarm in desk.store.alarms(desk.now()):
        if alarm.until is not None:
            continue
        desk.alarmed.add(alarm.key)
        word, *about = alarm.key.split(":")
        if word in _OF_A_MAILBOX and not any(each in desk.accounts for each in about):
            desk.calm(alarm.key)


@dataclass(frozen=True, slots=True)
class Voice:
    """A way to send a mail on alarms: as which address, and by which sender (made when it is needed)."""

    account: str
    sender: Callable[[], Sender]


class Guard:
    """Asks the watches each minute and tells people; used by one thread.

    `passes` gives when each mailbox was last read whole, `rooms` what is left on the disks. The mail goes by the first
    of `voices` that can send: not by the outbox, whose mailbox may be the one that is in trouble.
    """

    def __init__(
        self,
        limits: Alarmas,
        passes: Callable[[], Mapping[str, datetime]],
        rooms: Callable[[], Iterable[Room]],
        voices: Sequence[Voice],
    ) -> None:
        self._limits, self._passes, self._rooms, self._voices = limits, passes, rooms, tuple(voices)
        self._latest: datetime | None = None
        self._back_since: datetime | None = None
        self._resting: dict[str, datetime] = {}
        self._store_out: AlarmFact | None = None

    def look(self, desk: Desk) -> None:
        """One round. A store out of reach is itself an alarm, told without the store's help."""
        now = desk.now()
        try:
            self._ask(desk, now)
            # A store that can be read and not written is out of order as well: a full disk, a folder made read-only.
            desk.keep_alarms()
            self._tell(desk, now)
        except StoreUnavailable as problem:
            self._store_is_out(desk, now, str(problem))
        else:
            self._store_is_back(desk, now)

    def _ask(self, desk: Desk, now: datetime) -> None:
        health = desk.store.health(now, PATIENCE)
        scene = Scene(desk, self._limits, now, health, self._passes(), tuple(self._rooms()), self._behind(health, now))
        for watch in WATCHES:
            found = dict(watch.ask(scene))
            for key, text in found.items():
                desk.alarm_once(key, text)
            for key in [each for each in desk.alarmed if word_of(each) == watch.word and each not in found]:
                desk.calm(key)
        for key in list(_over(scene)):
            desk.calm(key)

    def _behind(self, health: Health, now: datetime) -> timedelta:
        """How far the clock is behind the latest time it is known to have shown, by us or by the run before."""
        seen = (box.last_pass for box in health.boxes if box.last_pass)
        latest = max((*seen, *([self._latest] if self._latest else ())), default=now)
        if latest - now <= _HARMLESS:
            self._latest, self._back_since = max(latest, now), None
            return timedelta(0)
        self._back_since = self._back_since if self._back_since and self._back_since <= now else now
        if now - self._back_since > _SETTLED:
            return timedelta(0)
        self._latest = latest
        return latest - now

    # --- the mail ----------------------------------------------------------------------------------------------

    def _to(self, desk: Desk) -> tuple[str, ...]:
        """Internal mail goes to our own domains and nowhere else; `acuse check` names any other address."""
        return tuple(each for each in self._limits.para if desk.policy.rules.casa.de_casa(each))

    def _tell(self, desk: Desk, now: datetime) -> None:
        """Fix what the next mail tells, then send it. A mail once fixed stays the same to the byte until it has left:
        after a crash in between it is sent again under the same Message-ID, and no other tells the same."""
        to = self._to(desk)
        if not to or now < self._resting.get("", now):
            return
        pending = desk.store.mark(ALARM_MAIL)
        if pending is None:
            began, ended = to_tell(desk.store.alarms(now - DAY), now, timedelta(minutes=self._limits.espera_minutos))
            if not began and not ended:
                return
            desk.store.tell_alarms(began, ended, now)
            pending = now.isoformat()
        mail = datetime.fromisoformat(pending)
        alarms = desk.store.alarms(mail - 2 * DAY)
        began = tuple(each for each in alarms if each.told == mail)
        ended = tuple(each for each in alarms if each.told_over == mail)
        times = {
            each.key: sum(mail - DAY < a.told <= mail for a in alarms if a.told and a.key == each.key) for each in began
        }
        often = frozenset(key for key, number in times.items() if number >= OFTEN)
        if (not began and not ended) or self._send(desk, to, mail, began, ended, often):
            desk.store.set_mark(ALARM_MAIL, None, now)
            desk.tell("aviso", empiezan=len(began), terminan=len(ended))
        else:
            self._resting[""] = now + _AGAIN

    def _send(
        self,
        desk: Desk,
        to: tuple[str, ...],
        mail: datetime,
        began: Sequence[AlarmFact],
        ended: Sequence[AlarmFact],
        often: frozenset[str] = frozenset(),
    ) -> bool:
        """Hand the mail over by the first account that can; whether one could."""
        policy = desk.policy
        subject, text = mail_about(
            began, ended, policy.calendar, lambda words: masked(words, policy.rules.casa.de_casa), often
        )
        for voice in self._able(desk):
            letter = compose_house(
                f"alarmas/{mail.isoformat()}",
                to[0],
                subject,
                plain_as_markdown(text, links=False),
                account=voice.account,
                rules=policy.rules,
                templates=desk.templates,
                now=mail,
                key=policy.key,
                urgent=any(kind_of(each.key).grave for each in began),
            )
            try:
                result = voice.sender().send(InternalEnvelope(voice.account, to, letter.message_id, letter.raw))
            except LoginRefused:
                # Tried no more for a while, lest the account gets locked.
                self._resting[voice.account] = desk.now() + LOGIN_PAUSE
                continue
            except AcuseError:
                continue
            if result.outcome in (SendOutcome.ACEPTADO, SendOutcome.INCIERTO):
                return True
        return False

    def _able(self, desk: Desk) -> Iterator[Voice]:
        """The voices, those without a known trouble first; an account whose login was refused is left alone."""
        now = desk.now()
        well = [each for each in self._voices if f"acceso:{each.account}" not in desk.alarmed]
        well = [each for each in well if self._resting.get(each.account, now) <= now]
        yield from sorted(well, key=lambda each: f"envio:{each.account}" in desk.alarmed)

    # --- when the store itself is the trouble ------------------------------------------------------------------

    def _store_is_out(self, desk: Desk, now: datetime, why: str) -> None:
        """Told from memory, once; the words of the data base stay in the log."""
        if self._store_out is None:
            disks = [each.text for each in desk.unkept.values() if word_of(each.key) == "disco"]
            told = "; ".join(("la base de datos no responde o no se puede escribir en ella", *disks))
            self._store_out = AlarmFact("almacen", told, now)
            desk.tell("alarma", clave="almacen", detalle=why)
        out, to = self._store_out, self._to(desk)
        if (
            to
            and out.told is None
            and now - out.since >= timedelta(minutes=1)
            and self._send(desk, to, now, (out,), ())
        ):
            self._store_out = AlarmFact(out.key, out.text, out.since, told=now)

    def _store_is_back(self, desk: Desk, now: datetime) -> None:
        """Keep it for the morning mail, and tell the end to whom the beginning was told."""
        out, self._store_out = self._store_out, None
        if out is None:
            return
        desk.store.alarm_on(out.key, out.text, out.since)
        desk.store.alarm_off(out.key, now)
        desk.tell("alarma_fin", clave=out.key)
        over = AlarmFact(out.key, out.text, out.since, now, out.told)
        if out.told and (to := self._to(desk)):
            self._send(desk, to, now, (), (over,))
