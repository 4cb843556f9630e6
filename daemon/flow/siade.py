"""SIADE by its gateway: batches go out with their attachments, rows come back, the day's registrations are watched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime

from ..count.siade import COLUMNS, Attached, batch_rows, file_name, folder_name, missing_in
from ..decide.registration import misfit, on_siade
from ..errors import AcuseError, FolderMissing, IllegalTransition, LoginRefused, MailboxUnavailable, MessageGone
from ..model.ledger import History, Keys
from ..model.petition import Petition
from ..model.siade import (
    CONTINGENCIA,
    CONTINGENCIA_FIN,
    CONTINGENCIA_MOTIVO,
    Record,
    RecordClase,
    SiadeBatch,
    SiadeRow,
)
from ..model.tables import Table
from ..ports import Mailbox, SiadeGateway, SiadeParcel
from ..read.files import files_in
from ..read.siade import Misfit, read_siade
from ..reply.clean import plain_as_markdown
from .desk import Desk

# Opens the mailbox of one of our accounts, for this thread alone.
OpenMailbox = Callable[[str], Mailbox]

# The mark of the last batch that was written.
WRITTEN = "siade_escrito"
# The daemon may store something newer about the same petition at this very moment.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a row: the petition that it is about, whether it told anything new, or why it does not fit.

    `misfit` is (datum of the row, reason in Spanish).
    """

    petition: Petition | None
    new: bool = False
    misfit: tuple[str, str] | None = None


def take_row(desk: Desk, row: SiadeRow) -> Taken:
    """Take one row in, or say why it does not fit; twice is once."""
    for _ in range(_TRIES - 1):
        with suppress(IllegalTransition):
            return _take(desk, row)
    return _take(desk, row)


def _take(desk: Desk, row: SiadeRow) -> Taken:
    owner = desk.store.by_siade(row.folio) if row.folio else None
    petition = desk.store.petition(row.referencia) if row.referencia else owner
    if (why := misfit(petition, row, owner)) or petition is None:
        return Taken(petition, misfit=why)
    keys = Keys(message_id="", digest="", tokens=(petition.folio,), address=petition.petitioner)
    history = desk.history_for(keys, petition.account)
    plan = on_siade(petition, row, desk.policy, _about(desk, petition, history), desk.now())
    if plan.petition is None:
        return Taken(petition)
    desk.commit(plan, before=petition)
    return Taken(plan.petition, new=True)


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What became of a file's rows: how many told something new, how many nothing new, and which do not fit."""

    new: int
    same: int
    bad: tuple[Misfit, ...]


def take_table(desk: Desk, table: Table) -> TakenFile:
    """Take in a table that came from SIADE; a bad row does not stop the good ones. AcuseError when its columns cannot
    be told apart."""
    file = read_siade(table, desk.policy.rules.siade.columnas)
    bad, new = list(file.bad), 0
    for row in file.rows:
        try:
            taken = take_row(desk, row)
        except AcuseError as fault:
            bad.append(Misfit(f"fila {row.row}", f"no se pudo tomar: {fault}"))
            continue
        new += taken.new
        if taken.misfit:
            bad.append(file.misfit(row, *taken.misfit))
    return TakenFile(new, len(file.rows) + len(file.bad) - new - len(bad), tuple(bad))


def _about(desk: Desk, petition: Petition, history: History) -> History:
    """The history with all drafts of this petition, and of no other."""
    return replace(history, drafts=desk.store.drafts_of(petition.folio))


# --- out: batches and their attachments --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handed:
    """A batch that was handed over: how many records and files, and which mails or files are missing, with why."""

    number: int
    records: int
    files: int
    missing: tuple[str, ...]


def export(desk: Desk, gateway: SiadeGateway, mail: OpenMailbox | None) -> tuple[Handed, ...]:
    """Hand over all that SIADE was not told yet, as one batch; and before it any batch that an interruption left
    unwritten. `mail` opens an account's mailbox for the attachments (P 5.20); None: none are fetched.

    A record belongs to one batch for good: it is marked first and written afterwards. AcuseError when a batch cannot
    be written; the next call writes it.
    """
    store = desk.store
    store.export_records(desk.now(), after=int(store.mark(WRITTEN) or 0))
    newest = store.exported_records()
    handed = []
    for number in range(int(store.mark(WRITTEN) or 0) + 1, newest.number + 1 if newest else 0):
        batch = store.exported_records(number)
        if batch is not None and not gateway.has(number):
            handed.append(hand_over(desk, gateway, mail, batch))
        store.set_mark(WRITTEN, str(number), desk.now())
    return tuple(handed)


def export_of_the_day(desk: Desk, _day: date, *, gateway: SiadeGateway, mail: OpenMailbox | None) -> bool:
    """The job of the agenda. During a contingencia it is put off until SIADE is back: the superior was told of that."""
    if desk.store.mark(CONTINGENCIA):
        return False
    export(desk, gateway, mail)
    return True


def hand_over(desk: Desk, gateway: SiadeGateway, mail: OpenMailbox | None, batch: SiadeBatch) -> Handed:
    """Write one batch, whole or not at all: its table and the files of its mails. What cannot be found is named."""
    petitions = {record.folio: desk.store.petition(record.folio) for record in batch.records}
    with gateway.parcel(batch.number) as parcel, _Post(desk, mail) as post:
        attached = {record.id: _attach(record, parcel, post) for record in batch.records}
        known = {folio: petition for folio, petition in petitions.items() if petition}
        rows = batch_rows(batch, known, attached, desk.policy.rules, desk.policy.calendar.local)
        parcel.finish(COLUMNS, rows, batch.exported_at)
    files, missing = sum(len(each.files) for each in attached.values()), tuple(missing_in(attached))
    handed = Handed(batch.number, len(batch.records), files, missing)
    desk.tell("siade_exportado", lote=handed.number, registros=handed.records, archivos=files, faltan=len(missing))
    return handed


def _attach(record: Record, parcel: SiadeParcel, post: _Post) -> Attached:
    """The mails that a record names, each whole (5.73: the writing itself) and with what was attached to it."""
    files: list[str] = []
    missing: list[str] = []
    for message_id in record.message_ids:
        found = post.message(message_id, record.account)
        if isinstance(found, str):
            missing.append(f"{message_id} ({found})")
            continue
        for name, content in (("mensaje.eml", found), *((each.name, each.content) for each in files_in(found))):
            files.append(parcel.add(folder_name(record), file_name(len(files) + 1, name), content))
    return Attached(tuple(files), tuple(missing))


class _Post:
    """Finds mails again by their Message-ID: ours in the store, others' in the accounts where they were filed.

    An account that cannot be reached is asked once and then left alone: what is to be registered today must not wait
    for it (5.19), and its files can be fetched later by writing the batch again.
    """

    def __init__(self, desk: Desk, mail: OpenMailbox | None) -> None:
        self._desk, self._mail = desk, mail
        self._open: dict[str, Mailbox | None] = {}

    def __enter__(self) -> _Post:
        return self

    def __exit__(self, *_: object) -> None:
        for account in self._open:
            self._close(account)

    def message(self, message_id: str, account: str) -> bytes | str:
        """The mail byte for byte, or why it is missing (Spanish). Any account of ours may hold it, `account` first."""
        desk = self._desk
        if folio := desk.folio_of(message_id):
            ours = (draft.raw for draft in desk.store.drafts_of(folio) if draft.message_id == message_id)
            return next(ours, "no se encontró")
        if self._mail is None:
            return "no se pidieron los adjuntos"
        if not (message_id.isascii() and message_id.isprintable()):
            return "su Message-ID no se puede buscar"
        silent = []
        for name in dict.fromkeys((account, *desk.accounts)):
            try:
                mailbox = self._mailbox(name)
                raw = self._find(mailbox, message_id) if mailbox else None
            except (MailboxUnavailable, LoginRefused):
                self._close(name)
                raw = None
            if raw is not None:
                return raw
            if self._open[name] is None:
                silent.append(name)
        return f"no se pudo leer {', '.join(silent)}" if silent else "ya no está en el buzón"

    def _mailbox(self, account: str) -> Mailbox | None:
        if account not in self._open and self._mail is not None:
            self._open[account] = self._mail(account)
        return self._open.get(account)

    def _close(self, account: str) -> None:
        """Be done with an account; it is not asked again."""
        if mailbox := self._open.get(account):
            mailbox.close()
        self._open[account] = None

    def _find(self, mailbox: Mailbox, message_id: str) -> bytes | None:
        carpetas = self._desk.policy.rules.carpetas
        named = (carpetas.peticiones, "INBOX", carpetas.ajenos, carpetas.copias, carpetas.no_deseado, carpetas.enviados)
        for folder in dict.fromkeys(map(mailbox.resolve, named)):
            for uid in mailbox.find(folder, "Message-ID", message_id)[:1]:
                try:
                    return mailbox.whole(folder, mailbox.status(folder).uidvalidity, uid)
                except (MessageGone, FolderMissing):
                    # Somebody moved it just now: maybe to the next folder.
                    continue
        return None


# --- the day's registrations (5.19), and when SIADE is out of reach (5.21) -----------------------------------------


def watch(desk: Desk) -> None:
    """Raise an alarm while a registration is not handed over by the end of hours of the day it was captured (5.19).

    During a contingencia nothing is late; afterwards what it held up has until the end of the next business day.
    """
    late = [record for record in desk.store.unexported() if _late(record, desk)]
    if late:
        since = f"{desk.policy.calendar.local(late[0].created_at):%d/%m/%Y %H:%M}"
        text = f"{len(late)} registro(s) sin entregar a SIADE el día de su captación (P 5.19), el primero del {since}"
        desk.alarm_once("siade_registro", text, folio=late[0].folio)
    else:
        desk.calm("siade_registro")


def _late(record: Record, desk: Desk) -> bool:
    calendar, store = desk.policy.calendar, desk.store
    if record.clase is not RecordClase.REGISTRO or store.mark(CONTINGENCIA):
        return False
    day = calendar.capture_day(record.created_at)
    ended = store.mark(CONTINGENCIA_FIN)
    if ended and record.created_at <= (end := datetime.fromisoformat(ended)):
        day = max(day, calendar.advance(calendar.local(end).date(), 1)[0])
    return desk.now() > calendar.closes(day)


def start_contingencia(desk: Desk, motivo: str = "") -> bool:
    """SIADE cannot be reached: remember since when, and tell the superiors (P 5.21). False when it was so already."""
    store, now = desk.store, desk.now()
    if store.mark(CONTINGENCIA):
        return False
    store.set_mark(CONTINGENCIA_MOTIVO, motivo or None, now)
    store.set_mark(CONTINGENCIA, now.isoformat(), now)
    why = f" Motivo: {motivo}." if motivo else ""
    _tell_superiors(
        desk,
        f"contingencia-{now:%Y%m%d%H%M%S}-inicio",
        "SIADE en contingencia",
        f"Desde el {_clock(desk, now)} no es posible registrar en SIADE.{why} Las peticiones de hoy se registran el "
        "siguiente día hábil o en cuanto se resuelva (P 5.21). Nada se pierde: cada registro espera en su lote.",
    )
    desk.tell("contingencia", desde=now.isoformat(), motivo=motivo)
    return True


def end_contingencia(desk: Desk) -> int | None:
    """SIADE is back: tell the superiors. How many records wait to be handed over; None when there was no outage."""
    store, now = desk.store, desk.now()
    since = store.mark(CONTINGENCIA)
    if since is None:
        return None
    waiting = len(store.unexported())
    store.set_mark(CONTINGENCIA_FIN, now.isoformat(), now)
    store.set_mark(CONTINGENCIA, None, now)
    store.set_mark(CONTINGENCIA_MOTIVO, None, now)
    _tell_superiors(
        desk,
        f"contingencia-{now:%Y%m%d%H%M%S}-fin",
        "SIADE funciona de nuevo",
        f"La contingencia que empezó el {_clock(desk, datetime.fromisoformat(since))} terminó el {_clock(desk, now)}. "
        f"Registros por entregar: {waiting}. Se registran a más tardar el siguiente día hábil (P 5.21).",
    )
    desk.tell("contingencia_fin", desde=since, esperan=waiting)
    return waiting


def superiors(desk: Desk) -> tuple[str, ...]:
    """Who is told of an outage (P 5.21): the heads of area, and the supervisors."""
    return desk.policy.rules.casa.con_papel("jefatura", "supervisor")


def _tell_superiors(desk: Desk, name: str, subject: str, text: str) -> None:
    for address in superiors(desk):
        desk.tell_people(name, address, subject, plain_as_markdown(text))


def _clock(desk: Desk, at: datetime) -> str:
    return f"{desk.policy.calendar.local(at):%d/%m/%Y a las %H:%M}"
