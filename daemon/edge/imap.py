"""One account's folders over IMAP: list, fetch, file, wait; never marks as read, expunges only single UIDs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from imap_tools import BaseMailBox
from imap_tools.errors import MailboxAppendError, MailboxFolderCreateError, MailboxFolderSelectError
from imap_tools.utils import encode_folder

from ..config import Seguridad
from ..errors import FolderMissing, MailboxUnavailable, MessageGone
from ..model.ledger import FolderStatus, RawMessage
from . import imap_large
from .imap_connection import Access, Connection
from .imap_folders import FolderNames
from .imap_syntax import internal_date, number, responses, structure
from .imap_wait import wait_for_mail
from .oauth2 import TokenSource

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHOLE_UP_TO = 1024 * 1024
_BATCH_MESSAGES = 50
_BATCH_OCTETS = 8 * 1024 * 1024
# A wake-up that got lost costs at most this long.
_SLICE = 60.0


class ImapMailbox:
    """daemon.ports.Mailbox, and the few verbs more that the review folder needs. One connection, one thread.

    Folder names are as people see them, levels parted by "/"; the account's prefix and separator are added here.
    Raises MailboxUnavailable (try later) and LoginRefused (alarm) from every verb. `read_only` opens folders by
    EXAMINE: then the server itself refuses whatever would change one, and not even \\Recent is taken away.
    """

    def __init__(
        self,
        account: str,
        host: str,
        port: int,
        security: Seguridad,
        user: str,
        password: Callable[[], str],
        timeout: float = 30.0,
        ca_file: str | None = None,
        *,
        read_only: bool = False,
        tokens: TokenSource | None = None,
    ) -> None:
        self._read_only = read_only
        self._line = Connection(Access(account, host, port, security, user, password, timeout, ca_file, tokens))
        self._generation = 0
        self._selected: str | None = None
        self._uidvalidity = 0
        self._told_next: int | None = None
        self._names: FolderNames | None = None

    @property
    def account(self) -> str:
        return self._line.access.account

    # --- the port ----------------------------------------------------------------------------------------------

    def status(self, folder: str) -> FolderStatus:
        with self._line.talk(f"abrir la carpeta «{folder}»") as box:
            status = self._select(box, folder)
        if folder == "INBOX":
            self._told_next = status.uidnext
        return status

    def uids(self, folder: str, after: int, since: datetime | None = None) -> list[int]:
        with self._line.talk(f"listar la carpeta «{folder}»") as box:
            self._at(box, folder)
            # A search right after somebody's delivery may still show the old view.
            box.client.noop()
            criteria = f"UID {after + 1}:*" + (f" SINCE {_day(since)}" if since else "")
            # RFC 9051 §9: "n:*" always holds the last message, even when its UID is below n.
            found = sorted(uid for uid in map(int, box.uids(criteria, charset=None)) if uid > after)
            if since is None:
                return found
            facts = self._facts(box, found)
            return [uid for uid in found if uid in facts and facts[uid][1] >= since]

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterable[RawMessage]:
        """Small messages whole, byte for byte; from big ones (over 1 MiB) header, texts and PDFs (imap_large)."""
        with self._line.talk(f"leer la carpeta «{folder}»") as box:
            self._at(box, folder)
            facts = self._facts(box, uids)
        for batch in _batches(uids, facts):
            with self._line.talk(f"leer mensajes de «{folder}»") as box:
                self._at(box, folder)
                messages = self._fetch_batch(box, batch, facts)
            yield from messages

    def move(self, folder: str, uid: int, target: str) -> None:
        with self._line.talk(f"mover un mensaje de «{folder}» a «{target}»") as box:
            self._ensure(box, target)
            self._at(box, folder)
            self._move(box, uid, target)

    def ensure(self, folder: str) -> None:
        with self._line.talk(f"crear la carpeta «{folder}»") as box:
            self._ensure(box, folder)

    def wait(self, seconds: float) -> bool:
        """IDLE in slices; after each the inbox is looked at anew, because servers and clients lose wake-ups."""
        end = time.monotonic() + seconds
        while not self._line.interrupted.is_set():
            rest = min(end - time.monotonic(), _SLICE)
            try:
                with self._line.talk("esperar correo nuevo") as box:
                    if self._inbox_grew(box):
                        return True
                    if rest <= 0:
                        return False
                    idle = "IDLE" in box.client.capabilities
                    if idle and wait_for_mail(box, rest):
                        return not self._line.interrupted.is_set()
            except MailboxUnavailable:
                if not self._line.interrupted.is_set():
                    raise
                return False
            if not idle:
                self._line.interrupted.wait(rest)
        return False

    def interrupt(self) -> None:
        """From another thread, when the daemon stops: `wait` returns False at once, now and ever after."""
        self._line.interrupt()

    def close(self) -> None:
        self._line.close()

    # --- what the review folder needs ---------------------------------------------------------------------------

    def resolve(self, name: str) -> str:
        """The folder meant by a name of the rules: itself when it exists, else the one of that use (\\Drafts ...)."""
        with self._line.talk("consultar las carpetas") as box:
            return self._folders(box).resolve(name)

    def has(self, folder: str) -> bool:
        """Whether there is a folder of that name."""
        with self._line.talk("consultar las carpetas") as box:
            return self._folders(box).exists(folder)

    def capabilities(self) -> frozenset[str]:
        """What the server says that it can, after login, in capitals."""
        with self._line.talk("consultar lo que ofrece el servidor") as box:
            return frozenset(box.client.capabilities)

    def subfolders(self, folder: str) -> list[str]:
        """All folders below `folder`, at any depth, as the server lists them now."""
        with self._line.talk("consultar las carpetas") as box:
            names = self._folders(box)
            names.refresh()
            return names.below(folder)

    def listing(self, folder: str) -> tuple[int, list[int]]:
        """UIDVALIDITY and the UIDs not marked as deleted, ascending; (0, []) when there is no such folder."""
        with self._line.talk(f"listar la carpeta «{folder}»") as box:
            try:
                status = self._select(box, folder)
            except FolderMissing:
                return 0, []
            # A client that cannot move copies and marks as deleted; for its user the message has left.
            return status.uidvalidity, sorted(map(int, box.uids("UNDELETED", charset=None)))

    def headers(self, folder: str, uids: Sequence[int], names: Sequence[str]) -> dict[int, bytes]:
        """These header fields of each message."""
        if not uids:
            return {}
        with self._line.talk(f"leer encabezados de «{folder}»") as box:
            self._at(box, folder)
            found: dict[int, bytes] = {}
            for chunk in _chunks(list(uids), 500):
                items = f"(UID BODY.PEEK[HEADER.FIELDS ({' '.join(names)})])"
                for answer in self._ask(box, chunk, items):
                    head = next((text for name, text in answer.items() if name.startswith("BODY[HEADER")), None)
                    if "UID" in answer and isinstance(head, bytes):
                        found[number(answer["UID"])] = head
            return found

    def whole(self, folder: str, uidvalidity: int, uid: int) -> bytes:
        """One message byte for byte, whatever its size; MessageGone when it is no longer there."""
        with self._line.talk(f"leer un mensaje de «{folder}»") as box:
            self._same_folder(box, folder, uidvalidity, uid)
            for answer in self._ask(box, [uid], "(UID BODY.PEEK[])"):
                if number(answer.get("UID")) == uid and isinstance(answer.get("BODY[]"), bytes):
                    return cast(bytes, answer["BODY[]"])
            raise self._gone(folder, uid)

    def append(self, folder: str, raw: bytes, flags: Sequence[str], at: datetime) -> None:
        """Put a message into a folder, made when missing; `at` becomes its INTERNALDATE."""
        with self._line.talk(f"guardar un mensaje en «{folder}»") as box:
            self._ensure(box, folder)
            try:
                box.append(raw, self._wire(box, folder), dt=at, flag_set=list(flags))
            except MailboxAppendError:
                # Somebody removed the folder since we looked; one more try makes it anew.
                self._folders(box).refresh()
                self._ensure(box, folder)
                box.append(raw, self._wire(box, folder), dt=at, flag_set=list(flags))

    def find(self, folder: str, header: str, value: str) -> list[int]:
        """UIDs, ascending, of messages whose header field holds this text (RFC 9051 SEARCH HEADER)."""
        with self._line.talk(f"buscar en la carpeta «{folder}»") as box:
            if not self._folders(box).exists(folder):
                return []
            self._at(box, folder)
            box.client.noop()
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            return sorted(map(int, box.uids(f'UNDELETED HEADER {header} "{quoted}"', charset=None)))

    def remove(self, folder: str, uidvalidity: int, uid: int) -> None:
        """Take one message of ours away: into the trash if the account has one, else for good. Gone is fine."""
        with self._line.talk(f"retirar un mensaje de «{folder}»") as box:
            try:
                self._same_folder(box, folder, uidvalidity, uid)
                trash = self._folders(box).resolve("Trash")
                if trash != folder and self._folders(box).exists(trash):
                    self._move(box, uid, trash)
                else:
                    self._expunge(box, uid)
            except MessageGone:
                return

    # --- one command each ---------------------------------------------------------------------------------------

    def _inbox_grew(self, box: BaseMailBox) -> bool:
        """Whether mail has come since `status` or this was last asked."""
        known, self._told_next = self._told_next, self._select(box, "INBOX").uidnext
        return known is not None and known != self._told_next

    def _folders(self, box: BaseMailBox) -> FolderNames:
        if self._names is None or self._generation != self._line.generation:
            self._generation = self._line.generation
            self._selected = None
            self._names = FolderNames(box)
        return self._names

    def _wire(self, box: BaseMailBox, folder: str) -> str:
        return self._folders(box).wire(folder)

    def _select(self, box: BaseMailBox, folder: str) -> FolderStatus:
        self._folders(box)
        self._selected = None
        try:
            box.folder.set(self._wire(box, folder), readonly=self._read_only)
        except MailboxFolderSelectError as error:
            self._folders(box).refresh()
            if self._folders(box).exists(folder):
                raise
            raise FolderMissing(
                f"no existe la carpeta «{folder}»",
                where=self._line.access.where,
                cure="créela en el buzón o corrija su nombre en rules/carpetas.yaml",
            ) from error
        self._selected = folder
        self._uidvalidity = _told(box, "UIDVALIDITY")
        return FolderStatus(self._uidvalidity, _told(box, "UIDNEXT"))

    def _at(self, box: BaseMailBox, folder: str) -> None:
        self._folders(box)
        if self._selected != folder:
            self._select(box, folder)

    def _same_folder(self, box: BaseMailBox, folder: str, uidvalidity: int, uid: int) -> None:
        try:
            now = self._select(box, folder).uidvalidity
        except FolderMissing as error:
            raise self._gone(folder, uid) from error
        if now != uidvalidity:
            raise self._gone(folder, uid)

    def _gone(self, folder: str, uid: int) -> MessageGone:
        return MessageGone(
            f"el mensaje {uid} ya no está en «{folder}»",
            where=self._line.access.where,
            cure="alguien lo movió o lo borró; no hay nada que hacer",
        )

    def _ensure(self, box: BaseMailBox, folder: str) -> None:
        names = self._folders(box)
        if names.exists(folder):
            return
        names.refresh()
        if names.exists(folder):
            return
        wire = names.wire(folder)
        try:
            box.folder.create(wire)
        except MailboxFolderCreateError as error:
            names.refresh()
            if not names.exists(folder):
                raise FolderMissing(
                    f"no se pudo crear la carpeta «{folder}»",
                    where=self._line.access.where,
                    cure="créela a mano en el buzón, o dé permiso para crear carpetas",
                ) from error
        box.folder.subscribe(wire, True)
        names.refresh()

    def _ask(self, box: BaseMailBox, uids: Sequence[int], items: str) -> Iterator[dict[str, Any]]:
        if not uids:
            return iter(())
        status, data = box.client.uid("FETCH", ",".join(map(str, uids)), items)
        if status != "OK":
            raise box.client.error(data[-1] if data else b"FETCH")
        return responses(data)

    def _facts(self, box: BaseMailBox, uids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
        """Size and arrival of those that are still there."""
        facts = {}
        for chunk in _chunks(list(uids), 500):
            for answer in self._ask(box, chunk, "(UID RFC822.SIZE INTERNALDATE)"):
                if "UID" in answer and "RFC822.SIZE" in answer:
                    arrived = internal_date(answer.get("INTERNALDATE"))
                    facts[number(answer["UID"])] = (number(answer["RFC822.SIZE"]), arrived)
        return facts

    def _fetch_batch(
        self, box: BaseMailBox, batch: Sequence[int], facts: dict[int, tuple[int, datetime]]
    ) -> list[RawMessage]:
        if len(batch) == 1 and facts[batch[0]][0] > _WHOLE_UP_TO:
            large = self._large(box, batch[0])
            raws = {} if large is None else {batch[0]: large}
        else:
            # Lines about other messages that slip in between carry no body, and are not taken for messages.
            raws = {
                number(answer["UID"]): answer["BODY[]"]
                for answer in self._ask(box, batch, "(UID BODY.PEEK[])")
                if isinstance(answer.get("BODY[]"), bytes) and "UID" in answer
            }
        return [RawMessage(uid, raws[uid], facts[uid][1], facts[uid][0]) for uid in batch if uid in raws]

    def _large(self, box: BaseMailBox, uid: int) -> bytes | None:
        try:
            answer = next((a for a in self._ask(box, [uid], "(UID BODYSTRUCTURE)") if "BODYSTRUCTURE" in a), None)
            if answer is None:
                return None
            top = structure(answer["BODYSTRUCTURE"])
            items = " ".join(f"BODY.PEEK[{section}]" for section in imap_large.sections(top))
            fetched = {
                name.removeprefix("BODY[").removesuffix("]"): text
                for parts in self._ask(box, [uid], f"(UID {items})")
                for name, text in parts.items()
                if name.startswith("BODY[") and isinstance(text, bytes)
            }
            return imap_large.rebuild(top, fetched)
        except ValueError:
            # Servers describe broken MIME in broken ways; then its beginning is read as it stands.
            partial = self._ask(box, [uid], f"(UID BODY.PEEK[]<0.{_WHOLE_UP_TO}>)")
            return next((answer["BODY[]<0>"] for answer in partial if "BODY[]<0>" in answer), None)

    def _move(self, box: BaseMailBox, uid: int, target: str) -> None:
        client = box.client
        if str(uid) not in box.uids(f"UID {uid}", charset=None):
            raise self._gone(self._selected or "", uid)
        if "MOVE" in client.capabilities:
            self._uid(box, "MOVE", uid, _quoted(self._wire(box, target)))
            return
        self._uid(box, "COPY", uid, _quoted(self._wire(box, target)))
        self._expunge(box, uid)

    def _expunge(self, box: BaseMailBox, uid: int) -> None:
        """Only this UID. Without UIDPLUS it stays marked as deleted: a folder-wide EXPUNGE would take others' mail."""
        self._uid(box, "STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in box.client.capabilities:
            self._uid(box, "EXPUNGE", uid)

    def _uid(self, box: BaseMailBox, command: str, uid: int, *arguments: Any) -> None:
        status, data = box.client.uid(command, str(uid), *arguments)
        if status != "OK":
            raise box.client.error(data[-1] if data else command)


def _quoted(wire: str) -> str:
    return encode_folder(wire).decode("ascii")


def _told(box: BaseMailBox, name: str) -> int:
    """A number of the last SELECT's answer; 0 when the server did not say."""
    _, data = box.client.response(name)
    return int(data[-1]) if data and data[-1] else 0


def _day(moment: datetime) -> str:
    """SINCE compares days of the server's own zone; one day earlier is surely early enough."""
    day = moment - timedelta(days=1)
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def _chunks(uids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def _batches(uids: Sequence[int], facts: dict[int, tuple[int, datetime]]) -> Iterator[list[int]]:
    """UIDs in their order, so many at once as stay within limits; a big one alone."""
    batch: list[int] = []
    octets = 0
    for uid in (uid for uid in uids if uid in facts):
        size = facts[uid][0]
        full = len(batch) >= _BATCH_MESSAGES or octets + size > _BATCH_OCTETS or size > _WHOLE_UP_TO
        if batch and (full or facts[batch[-1]][0] > _WHOLE_UP_TO):
            yield batch
            batch, octets = [], 0
        batch.append(uid)
        octets += size
    if batch:
        yield batch
