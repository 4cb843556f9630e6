"""After a restore: what came and left since the backup is gone through again in its order before anything leaves.

The store is older than the world. Mails that came since were answered and filed by the service that was lost; drafts
that wait in the store may have left. What left shows in the counting mailboxes and in Sent under Message-IDs that a
repetition gives again (reference + ordinal + key). So the mails since then are taken in the order of their arrival, by
the clock of then, and each copy of ours settles its draft. What has no copy in the end did not leave: a mail that was
sent just before to the same counting mailbox, and did arrive, proves that copies arrive (the witness).
"""

from __future__ import annotations

import heapq
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..decide.assignment import supervisors
from ..decide.course import tell_staff
from ..errors import FolderMissing, MessageGone
from ..model import ids
from ..model.decision import Disposition, Plan
from ..model.ledger import Copy, Delivery, Keys, RawMessage
from ..model.mail import Kind, Reading
from ..model.outgoing import Draft, DraftState
from ..model.petition import Clase, HistoryEntry
from ..model.rules import Carpetas
from ..ports import Mailbox, SiadeGateway
from ..reply.clean import plain_as_markdown
from ..reply.witness import compose_witness
from .agenda import Job
from .desk import Desk, Station
from .incoming import BATCH, keys_for, known_before, listed, take
from .outbox import finish_sent, moved_on
from .siade import WRITTEN
from .terms import fall_due

# The mark of a store that was restored: the instant of its backup.
RESTORED = "restaurado"
# What is held for a person, kept until the end: an interruption must not forget it.
_HELD = "restaurado:retenidas"
# As much later than a term's instant the lost service had surely acted on it.
_PROMPT = timedelta(minutes=10)
# A mailbox that was never read to its end is read again from so long before the backup.
_UNREAD = timedelta(days=7)
# The mail server's clock may be set wrong by a zone or two; what is met again was known, and changes nothing.
_SURELY = timedelta(days=1)
# So many numbers are left out when the folder of SIADE's batches does not show which were used.
_GAP = 100
_LEAVING = (DraftState.PREPARADO, DraftState.APROBADO)
_UNKNOWN = (
    "Después de la copia de seguridad salió un correo que el almacén restaurado no conoce: «{}». Lo que esperaba salir "
    "de esta petición queda a revisión: compruebe en Enviados qué se dijo"
)
_FILED_BEFORE = (
    "Se restauró una copia de seguridad, y el mensaje estaba archivado sin que acuse lo hubiera tomado: es de antes de "
    "la copia. Quizá alguien lo atendió por su cuenta: la respuesta queda a revisión"
)
_LOST = (
    "Se restauró una copia de seguridad. Después de ella salió un correo de la petición {} («{}»), que el almacén "
    "restaurado no conoce, y el mensaje de la persona ya no está en las carpetas que acuse lee: nadie la atiende.\n\n"
    "Busque el mensaje en el buzón y devuélvalo a la bandeja de entrada; acuse lo tomará como nuevo. Si no aparece, "
    "atiéndala con lo que dice el correo enviado."
)
_NOT_PROVEN = "se restauró una copia de seguridad y no se pudo comprobar si este correo ya había salido"


@dataclass(slots=True)
class _ClockOfThen:
    """daemon.ports.Clock: it stands still until the next thing that happened."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def reach(self, at: datetime) -> None:
        """Go on to `at`; never back."""
        self.at = max(self.at, at)


@dataclass(slots=True)
class _Then:
    """The desk by the clock of then, and what was learnt on the way."""

    desk: Desk
    clock: _ClockOfThen
    stations: Sequence[Station]
    backup_at: datetime
    lived_until: datetime | None = None
    # Mails that left and that nothing here explains: their subject by petition.
    unknown: dict[str, str] = field(default_factory=dict)
    # Messages that people had filed before the backup, as (Message-ID, digest).
    filed_before: list[tuple[str, str]] = field(default_factory=list)

    def remember(self) -> None:
        """Take up what an interrupted recovery had found."""
        kept = json.loads(self.desk.store.mark(_HELD) or "{}")
        self.unknown |= kept.get("desconocidos", {})
        self.filed_before += [(message_id, digest) for message_id, digest in kept.get("archivados", ())]

    def keep(self) -> None:
        """Keep what was found, before anything follows from it."""
        kept = {"desconocidos": self.unknown, "archivados": self.filed_before}
        self.desk.store.set_mark(_HELD, json.dumps(kept, ensure_ascii=False), self.clock.now())

    def held(self) -> dict[str, str]:
        """Why what waits to leave needs a person first, by petition."""
        store, midnight = self.desk.store, self.desk.policy.calendar.midnight(self.clock.now())
        taken = (store.history_for(Keys(*each), midnight).already for each in self.filed_before)
        why = {folio: _FILED_BEFORE for folio in taken if folio and self._waits(folio)}
        return why | {folio: _UNKNOWN.format(subject) for folio, subject in self.unknown.items()}

    def _waits(self, folio: str) -> bool:
        """Whether something of this petition that was written since the backup has not left."""
        drafts = self.desk.store.drafts_of(folio)
        return any(draft.state is DraftState.PREPARADO and draft.created_at >= self.backup_at for draft in drafts)


@dataclass(frozen=True, slots=True)
class _Found:
    """A message to be gone through: where it lies, whether it was filed there, and whether that was `before` its
    mailbox was last read to its end, when everything that the service takes in was known."""

    station: Station
    delivery: Delivery
    message: RawMessage
    filed: bool
    before: bool


def recover(
    desk: Desk,
    stations: Sequence[Station],
    jobs: Sequence[Job] = (),
    gateway: SiadeGateway | None = None,
    patience: float = 300.0,
) -> bool:
    """Bring a restored store up to what happened since its backup; False when there is nothing to bring up.

    Must be done before the first pass, with all mailboxes that this office reads. `jobs` are those of the day that
    tell people; `patience` is how many seconds a witness may take to arrive. May be repeated after any error.
    """
    mark = desk.store.mark(RESTORED)
    if mark is None:
        return False
    backup_at = datetime.fromisoformat(mark)
    desk.tell("recuperacion", desde=mark)
    proven = _send_witnesses(desk, stations, patience)
    clock = _ClockOfThen(min(backup_at, desk.now()))
    then = _Then(replace(desk, clock=clock), clock, stations, backup_at)
    then.remember()
    for found in _in_order(desk, stations, backup_at):
        _go_through(desk, then, found)
    counting = {cuenta.cuenta_a for station in stations if (cuenta := desk.policy.rules.buzon(station.account))}
    if not counting <= proven:
        # What a term led to since may have left without a trace: it is made now, to wait for a person like the rest.
        _live_until(then, desk.now())
    held = then.held()
    for station in stations:
        _settle_waiting(desk, station, held, proven)
        _lay_again(desk, station)
    for folio, why in held.items():
        _tell_held(desk, folio, why, then.unknown.get(folio, ""))
    _note_told(desk, then, jobs)
    if gateway is not None:
        _take_over_batches(desk, gateway)
    desk.store.set_mark(RESTORED, None, desk.now())
    desk.store.set_mark(_HELD, None, desk.now())
    desk.tell("recuperacion_fin", desde=mark)
    return True


# --- the witness ---------------------------------------------------------------------------------------------------


def _send_witnesses(desk: Desk, stations: Sequence[Station], patience: float) -> frozenset[str]:
    """The counting accounts whose copies are proven to arrive and to stay: a mail sent just now did arrive, and the
    last one that this store had counted still lies there.

    Somebody may have emptied the mailbox or filed its copies elsewhere: then nothing there tells what left. Where this
    store had counted none, nothing tells whether somebody does; who has nothing to send needs no proof, so no alarm.
    """
    mailboxes = {station.account: station.mailbox for station in stations}
    for station in stations:
        # A mailbox out of reach ends this at once: before, each try would send its witnesses again.
        station.mailbox.status("INBOX")
    proven = set()
    for station in stations:
        token = uuid.uuid4().hex
        mail = compose_witness(station.account, token, rules=desk.policy.rules, now=desk.now(), key=desk.policy.key)
        if mail is None or station.envios == "detenidos" or mail.counting not in mailboxes:
            continue
        station.sender.send(mail)
        counting = mailboxes[mail.counting]
        if not await_witness(counting, desk.policy.rules.carpetas.no_deseado, mail.message_id, patience):
            text = "no llegó la copia de un correo de prueba: lo que no se sabe si salió espera a una persona"
            desk.alarm_once(f"testigo:{mail.counting}", text, buzon=station.account)
        elif (last := desk.store.last_copy(mail.counting)) is None:
            desk.calm(f"testigo:{mail.counting}")
        elif not _stays(desk, counting, last):
            text = "ya no están las copias de antes: lo que no se sabe si salió espera a una persona"
            desk.alarm_once(f"testigo:{mail.counting}", text, buzon=station.account)
        else:
            proven.add(mail.counting)
            desk.calm(f"testigo:{mail.counting}")
        for account in {station.account, mail.counting}:
            tidy_witness(mailboxes[account], desk.policy.rules.carpetas, mail.message_id)
    return frozenset(proven)


def _stays(desk: Desk, mailbox: Mailbox, last: Copy) -> bool:
    """Whether the last copy that this mailbox counted before the backup still lies in it."""
    carpetas = desk.policy.rules.carpetas
    folders = (carpetas.copias, "INBOX", mailbox.resolve(carpetas.no_deseado))
    return any(_lies(mailbox, folder, last.message_id) for folder in folders)


def _lies(mailbox: Mailbox, folder: str, message_id: str) -> bool:
    try:
        return bool(mailbox.find(folder, "Message-ID", message_id))
    except FolderMissing:
        return False


def await_witness(
    mailbox: Mailbox, junk: str, message_id: str, patience: float, sleep: Callable[[float], None] = time.sleep
) -> tuple[str, int] | None:
    """Where the witness lies in its counting mailbox (folder, UID), looked for during `patience` seconds; else None."""
    end = time.monotonic() + patience
    while True:
        for folder in ("INBOX", mailbox.resolve(junk)):
            if found := mailbox.find(folder, "Message-ID", message_id):
                return folder, found[-1]
        if time.monotonic() >= end:
            return None
        sleep(min(0.5, patience))


def tidy_witness(mailbox: Mailbox, carpetas: Carpetas, message_id: str) -> None:
    """Put the witness where copies are kept."""
    for folder in ("INBOX", mailbox.resolve(carpetas.no_deseado)):
        for uid in mailbox.find(folder, "Message-ID", message_id):
            try:
                mailbox.move(folder, uid, carpetas.copias)
            except MessageGone:
                continue


# --- going through -------------------------------------------------------------------------------------------------


def _in_order(desk: Desk, stations: Sequence[Station], backup_at: datetime) -> Iterator[_Found]:
    """Everything that came or was filed since, of all mailboxes, as it arrived; few at a time in memory."""
    streams = [stream for station in stations for stream in _streams(desk, station, backup_at)]
    return heapq.merge(*streams, key=lambda found: found.message.received_at)


def _streams(desk: Desk, station: Station, backup_at: datetime) -> Iterator[Iterator[_Found]]:
    carpetas, mailbox = desk.policy.rules.carpetas, station.mailbox
    junk, sent = mailbox.resolve(carpetas.no_deseado), mailbox.resolve(carpetas.enviados)
    seen = desk.store.horizon((station.account,))
    since = min(backup_at, seen or backup_at - _UNREAD) - _SURELY
    read_until = min(backup_at, seen) if seen else station.since
    open_before = desk.store.unfinished(station.account)
    for folder in dict.fromkeys(("INBOX", junk, sent)):
        try:
            new = listed(desk, station, folder)
        except FolderMissing:
            if folder == "INBOX":
                raise
            continue
        old = [delivery for delivery in open_before if delivery.folder == folder]
        yield _messages(station, folder, [*old, *(each for each in new if each not in old)], filed=False)
    filing = (
        carpetas.peticiones,
        carpetas.supervivencia,
        carpetas.copias,
        carpetas.rebotes,
        carpetas.automaticos,
        carpetas.compromisos,
        carpetas.ajenos,
        carpetas.fichas,
    )
    for folder in dict.fromkeys(filing):
        try:
            uidvalidity = mailbox.status(folder).uidvalidity
            uids = mailbox.uids(folder, 0, since)
        except FolderMissing:
            continue
        deliveries = [Delivery(station.account, folder, uidvalidity, uid) for uid in uids]
        yield _messages(station, folder, deliveries, filed=True, read_until=read_until)


def _messages(
    station: Station,
    folder: str,
    deliveries: Sequence[Delivery],
    *,
    filed: bool,
    read_until: datetime | None = None,
) -> Iterator[_Found]:
    for start in range(0, len(deliveries), BATCH):
        wanted = {delivery.uid: delivery for delivery in deliveries[start : start + BATCH]}
        if station.mailbox.status(folder).uidvalidity != deliveries[start].uidvalidity:
            return
        fetched = list(station.mailbox.fetch(folder, sorted(wanted)))
        for message in sorted(fetched, key=lambda message: message.received_at):
            before = filed and read_until is not None and message.received_at < read_until
            yield _Found(station, wanted[message.uid], message, filed, before)


def _go_through(desk: Desk, then: _Then, found: _Found) -> None:
    """One message by the clock of then. What was known before the backup changes nothing."""
    at = max(then.clock.now(), min(found.message.received_at, desk.now()))
    try:
        reading = desk.read(found.message.raw, found.station.account, found.message.received_at)
    except Exception:  # noqa: BLE001  (whatever is wrong with it, taking it in finds and quarantines it)
        if not found.filed:
            take(then.desk, found.station, found.delivery, found.message)
        return
    if found.filed and known_before(desk, found.station, reading):
        return
    folio = _left_from(then, found, reading)
    if folio is not None:
        unknown = then.desk.store.draft(_draft_id(folio, reading)) is None
        _live_until(then, at if unknown else at - _PROMPT)
        _note_unknown(then, folio, reading, found.message.raw, at)
    if found.before:
        keys = keys_for(reading, desk)
        then.filed_before.append((keys.message_id, keys.digest))
        then.keep()
    then.clock.reach(at)
    take(then.desk, found.station, found.delivery, found.message)
    if folio is not None:
        if then.desk.store.petition(folio) is None:
            then.unknown[folio] = reading.subject
        draft = then.desk.store.draft(_draft_id(folio, reading))
        if draft is not None and not draft.state.sent:
            finish_sent(then.desk, draft, at)
        then.lived_until = at
    if folio is not None or found.filed:
        # Who filed a mail or sent one had told our own people before; the next look finds nothing to tell again.
        then.desk.store.internals_told(then.clock.now(), desk.now())


def _left_from(then: _Then, found: _Found, reading: Reading) -> str | None:
    """The petition of a mail of ours that left, as its copy proves."""
    desk = then.desk
    in_sent = found.delivery.folder == found.station.mailbox.resolve(desk.policy.rules.carpetas.enviados)
    if not (in_sent or reading.kind is Kind.COPIA_DE_CONTEO) or ids.is_internal(reading.message_id, desk.policy.key):
        return None
    if not in_sent and reading.authentic == "fail":
        return None
    return desk.folio_of(reading.message_id)


def _draft_id(folio: str, reading: Reading) -> str:
    return f"{folio}/{ids.ordinal_of(reading.message_id)}"


def _live_until(then: _Then, at: datetime) -> None:
    """The service was alive at `at`, so each term that fell due before was acted on: what it led to is made again."""
    store, accounts = then.desk.store, then.desk.accounts
    while (due := store.next_due(accounts)) is not None and due <= at:
        then.clock.reach(due)
        for account in accounts:
            store.read_to_end(account, then.clock.now())
        for station in then.stations:
            fall_due(then.desk, station)
        if store.next_due(accounts) == due:
            return


def _note_unknown(then: _Then, folio: str, reading: Reading, raw: bytes, at: datetime) -> None:
    """Keep a mail that left and that nothing in this store explains, under its own number, so that none is given twice.

    A person had asked for it (`acuse peticion`, an answer to a ficha) or the rules were others.
    """
    store, ordinal = then.desk.store, ids.ordinal_of(reading.message_id)
    petition = store.petition(folio)
    if petition is None or store.draft(_draft_id(folio, reading)) is not None:
        return
    draft = Draft(
        id=f"{folio}/{ordinal}",
        folio=folio,
        ordinal=ordinal,
        clase=Clase.RESPUESTA_LIBRE,
        turn=1,
        account=petition.account,
        counting=petition.counting,
        to=next((each.email for each in reading.to), petition.petitioner),
        subject=reading.subject,
        text=reading.text,
        html="",
        raw=raw,
        message_id=reading.message_id,
        in_reply_to=next(iter(reading.thread), None),
        disposition=Disposition.NINGUNA,
        template="",
        rules_version=then.desk.policy.rules.version,
        created_at=at,
        state=DraftState.ACEPTADO,
        sent_at=at,
        attempted_at=at,
    )
    text = _UNKNOWN.format(reading.subject)
    entry = HistoryEntry(at, "enviado_desconocido", text, "P 5.65", state=petition.state)
    then.unknown[folio] = reading.subject
    then.keep()
    store.commit(Plan(petition=petition, history=(entry,)), now=at, drafts=(draft,))


# --- afterwards ----------------------------------------------------------------------------------------------------


def _settle_waiting(desk: Desk, station: Station, held: Mapping[str, str], proven: frozenset[str]) -> None:
    """What has no copy did not leave, where copies are proven to arrive; elsewhere a person must say."""
    store, now = desk.store, desk.now()
    for draft in store.waiting(station.account, (DraftState.ENVIANDO, DraftState.INCIERTO)):
        since = draft.attempted_at or draft.created_at
        store.settled(draft.id, DraftState.INCIERTO, _NOT_PROVEN, now)
        if draft.counting in proven and not store.copies(draft.message_id) and not moved_on(desk, draft, since):
            store.resend(draft.id, now)
    for draft in store.waiting(station.account, _LEAVING):
        by_itself = draft.state is DraftState.PREPARADO and draft.disposition is Disposition.ENVIAR
        if draft.state is DraftState.PREPARADO and not by_itself:
            continue
        if by_itself and draft.folio in held:
            station.review.lay(draft)
            store.mark_laid(draft.id, now)
        elif draft.counting not in proven:
            store.settled(draft.id, DraftState.INCIERTO, _NOT_PROVEN, now)


def _lay_again(desk: Desk, station: Station) -> None:
    """A draft that waits for a person and lies nowhere was approved or deleted since: a person sees it once more.

    Were it taken for deleted, an approval that the lost service had taken and not sent would be lost.
    """
    for draft in desk.store.waiting(station.account, (DraftState.EN_REVISION,)):
        station.review.lay(draft)


def _tell_held(desk: Desk, folio: str, why: str, subject: str) -> None:
    petition = desk.store.petition(folio)
    if petition is None:
        # Its mail was deleted, or moved where nobody reads it again: only people can take it up.
        for to in supervisors(desk.policy.rules):
            body = plain_as_markdown(_LOST.format(folio, subject))
            desk.tell_people(f"perdida/{folio}/{to}", to, f"Falta una petición: {folio}", body)
        return
    if petition.state.closed:
        return
    effects = tuple(tell_staff(petition, desk.policy, why))
    entry = HistoryEntry(desk.now(), "restaurada", why, "P 5.65", state=petition.state)
    desk.commit(Plan(petition=petition, history=(entry,), effects=effects), before=petition)


def _note_told(desk: Desk, then: _Then, jobs: Sequence[Job]) -> None:
    """What the lost service told our people today is not told again."""
    if then.lived_until is None:
        return
    lived, today = (desk.policy.calendar.local(at) for at in (then.lived_until, desk.now()))
    for job in jobs:
        if lived.date() == today.date() and lived.time() >= job.at:
            desk.store.set_mark(f"agenda:{job.name}", today.date().isoformat(), desk.now())


def _take_over_batches(desk: Desk, gateway: SiadeGateway) -> None:
    """Batches that were handed over since keep their numbers and their records; what follows is numbered after them.

    A folder that lacks the last batch that this store wrote was lost, too: some numbers are left out then.
    """
    store, now = desk.store, desk.now()
    written = int(store.mark(WRITTEN) or 0)
    handed = gateway.handed()
    for number, records in handed.items():
        if number > written:
            store.adopt_batch(number, records, now)
    last = max((written, *handed))
    if written and written not in handed:
        last += _GAP
        text = f"la carpeta de SIADE no tiene el lote {written}: los siguientes se numeran desde el {last + 1}"
        desk.alarm_once("siade_restaurado", text)
    store.set_mark(WRITTEN, str(last), now)


__all__ = ["RESTORED", "await_witness", "recover", "tidy_witness"]
