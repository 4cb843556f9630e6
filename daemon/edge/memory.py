"""A mail world in memory: mailboxes, review folders and a sender for `acuse replay` and tests; no socket, no file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes

from ..errors import FolderMissing, MessageGone
from ..model.ledger import FolderStatus, RawMessage
from ..model.outgoing import Envelope, InternalEnvelope, SendOutcome, SendResult
from ..model.rules import Carpetas
from ..ports import Clock
from .review_imap import ImapReviewFolder, Shelf, local_part

_ALWAYS_THERE = ("INBOX", "Drafts", "Sent", "Junk", "Trash")


@dataclass(slots=True)
class _Stored:
    raw: bytes
    at: datetime
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Folder:
    uidvalidity: int
    uidnext: int = 1
    messages: dict[int, _Stored] = field(default_factory=dict)

    def add(self, message: _Stored) -> int:
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.messages[uid] = message
        return uid


class MemoryWorld:
    """Accounts with folders with messages, and everything that was sent.

    `clock` dates what is sent; without one, time stands at the latest delivery. `sent` holds (instant, envelope) in
    order. A sent mail is delivered to those of its recipients that are accounts here: so the blind copy of an
    Envelope arrives in the counting account. `answer` may be set to decide what the SMTP server says.
    """

    def __init__(self, accounts: Iterable[str] = (), clock: Clock | None = None) -> None:
        self.sent: list[tuple[datetime, Envelope | InternalEnvelope]] = []
        self.answer: Callable[[Envelope | InternalEnvelope], SendResult] | None = None
        self._clock = clock
        self._latest = datetime.fromtimestamp(0, UTC)
        self._validity = 0
        self._accounts: dict[str, dict[str, _Folder]] = {}
        self._arrived = threading.Condition()
        for account in accounts:
            self._open(account)

    def mailbox(self, account: str) -> MemoryMailbox:
        """The account's folders as a Mailbox; the account comes into being when asked for."""
        self._open(account)
        return MemoryMailbox(self, account)

    def review(self, account: str, carpetas: Carpetas, shelf: Shelf = local_part) -> ImapReviewFolder:
        """The account's review folder, by the same code as over IMAP."""
        return ImapReviewFolder(self.mailbox(account), carpetas, shelf)

    def sender(self) -> MemorySender:
        return MemorySender(self)

    def deliver(self, account: str, raw: bytes, at: datetime, folder: str = "INBOX") -> int:
        """Put a message into an account's folder; returns its UID."""
        self._latest = max(self._latest, at)
        with self._arrived:
            uid = self.folder(account, folder, make=True).add(_Stored(raw, at))
            self._arrived.notify_all()
        return uid

    def stand(self, account: str) -> int:
        """Rises with whatever is put into a folder of the account or moved there: the same means the same mail."""
        return sum(folder.uidnext for folder in self._open(account).values())

    def now(self) -> datetime:
        return self._clock.now() if self._clock else self._latest

    def accept(self, envelope: Envelope | InternalEnvelope) -> SendResult:
        """What the SMTP server does with a mail: answer, note, deliver inside."""
        result = self.answer(envelope) if self.answer else SendResult(SendOutcome.ACEPTADO, "250 2.0.0 en memoria")
        if result.outcome is SendOutcome.ACEPTADO:
            self.sent.append((self.now(), envelope))
            for recipient in dict.fromkeys(address.lower() for address in envelope.recipients):
                if recipient in self._accounts and recipient not in result.refused:
                    self.deliver(recipient, envelope.raw, self.now())
        return result

    def folders(self, account: str) -> dict[str, _Folder]:
        return self._open(account)

    def folder(self, account: str, name: str, *, make: bool = False) -> _Folder:
        folders = self._open(account)
        if name not in folders:
            if not make:
                raise FolderMissing(f"no existe la carpeta «{name}»", where=f"buzón {account} (memoria)")
            self._validity += 1
            folders[name] = _Folder(self._validity)
        return folders[name]

    def wait(self, account: str, known: int, seconds: float) -> bool:
        """Until the inbox has more than it had when its next UID was `known`."""
        inbox = self.folder(account, "INBOX")
        with self._arrived:
            return self._arrived.wait_for(lambda: inbox.uidnext != known, seconds)

    def _open(self, account: str) -> dict[str, _Folder]:
        if account not in self._accounts:
            self._accounts[account] = {}
            for name in _ALWAYS_THERE:
                self.folder(account, name, make=True)
        return self._accounts[account]


class MemoryMailbox:
    """daemon.ports.Mailbox, and what the review folder asks of a mailbox."""

    def __init__(self, world: MemoryWorld, account: str) -> None:
        self._world = world
        self._account = account
        self._known = world.folder(account, "INBOX").uidnext

    @property
    def account(self) -> str:
        return self._account

    def status(self, folder: str) -> FolderStatus:
        found = self._world.folder(self._account, folder)
        if folder == "INBOX":
            self._known = found.uidnext
        return FolderStatus(found.uidvalidity, found.uidnext)

    def uids(self, folder: str, after: int, since: datetime | None = None) -> list[int]:
        messages = self._world.folder(self._account, folder).messages
        return sorted(uid for uid, stored in messages.items() if uid > after and (since is None or stored.at >= since))

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterable[RawMessage]:
        messages = self._world.folder(self._account, folder).messages
        for uid in uids:
            if stored := messages.get(uid):
                yield RawMessage(uid, stored.raw, stored.at, len(stored.raw))

    def move(self, folder: str, uid: int, target: str) -> None:
        messages = self._world.folder(self._account, folder).messages
        if uid not in messages:
            raise self._gone(folder, uid)
        self._world.folder(self._account, target, make=True).add(messages.pop(uid))

    def ensure(self, folder: str) -> None:
        self._world.folder(self._account, folder, make=True)

    def wait(self, seconds: float) -> bool:
        grew = self._world.wait(self._account, self._known, seconds)
        self._known = self._world.folder(self._account, "INBOX").uidnext
        return grew

    def close(self) -> None:
        """There is no connection to close."""

    def resolve(self, name: str) -> str:
        return name

    def subfolders(self, folder: str) -> list[str]:
        return sorted(name for name in self._world.folders(self._account) if name.startswith(f"{folder}/"))

    def listing(self, folder: str) -> tuple[int, list[int]]:
        found = self._world.folders(self._account).get(folder)
        return (found.uidvalidity, sorted(found.messages)) if found else (0, [])

    def headers(self, folder: str, uids: Sequence[int], _names: Sequence[str]) -> dict[int, bytes]:
        messages = self._world.folder(self._account, folder).messages
        return {uid: messages[uid].raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for uid in uids if uid in messages}

    def whole(self, folder: str, uidvalidity: int, uid: int) -> bytes:
        found = self._world.folders(self._account).get(folder)
        if found is None or found.uidvalidity != uidvalidity or uid not in found.messages:
            raise self._gone(folder, uid)
        return found.messages[uid].raw

    def append(self, folder: str, raw: bytes, flags: Sequence[str], at: datetime) -> None:
        self._world.folder(self._account, folder, make=True).add(_Stored(raw, at, set(flags)))

    def find(self, folder: str, header: str, value: str) -> list[int]:
        messages = self._world.folders(self._account).get(folder, _Folder(0)).messages
        return sorted(
            uid
            for uid, stored in messages.items()
            if value.lower() in str(message_from_bytes(stored.raw).get(header, "")).lower()
        )

    def remove(self, folder: str, uidvalidity: int, uid: int) -> None:
        if self.listing(folder)[0] == uidvalidity and uid in self.listing(folder)[1]:
            self.move(folder, uid, "Trash")

    def flags(self, folder: str, uid: int) -> set[str]:
        """The flags of one message, for whoever looks on."""
        return self._world.folder(self._account, folder).messages[uid].flags

    def _gone(self, folder: str, uid: int) -> MessageGone:
        return MessageGone(f"el mensaje {uid} ya no está en «{folder}»", where=f"buzón {self._account} (memoria)")


class MemorySender:
    """daemon.ports.Sender that hands everything to its world."""

    def __init__(self, world: MemoryWorld) -> None:
        self._world = world

    def send(self, envelope: Envelope | InternalEnvelope) -> SendResult:
        return self._world.accept(envelope)

    def ready_in(self) -> float:
        return 0.0
