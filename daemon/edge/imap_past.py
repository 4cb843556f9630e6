"""What came into an account since a day, read again wherever it lies by now; nothing of the account is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes

from ..errors import FolderMissing
from ..model.ledger import RawMessage
from .imap import ImapMailbox


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages of interest lie in one account: the folder as the server has it, and the UIDs there."""

    folder: str
    uids: tuple[int, ...]


def look(
    mailbox: ImapMailbox, folders: Sequence[str], since: datetime, ours: Callable[[str], bool]
) -> tuple[Place, ...]:
    """The messages of these folders that came in since then, without those whose Message-ID is one of `ours`.

    The ledger's UIDs are of no use here, for the daemon has filed the messages elsewhere under new ones; the day of
    arrival (INTERNALDATE) goes along with a message. A folder that is not there holds nothing. The mailbox must have
    been opened `read_only`.
    """
    found = []
    for folder in dict.fromkeys(mailbox.resolve(name) for name in folders):
        try:
            uids = mailbox.uids(folder, 0, since)
        except FolderMissing:
            continue
        heads = mailbox.headers(folder, uids, ("MESSAGE-ID",))
        found.append(Place(folder, tuple(uid for uid in uids if not ours(_message_id(heads.get(uid, b""))))))
    return tuple(found)


def fetch(mailbox: ImapMailbox, places: Sequence[Place]) -> Iterator[tuple[str, RawMessage]]:
    """(folder, message) of all that `look` found, as the daemon fetches them: by BODY.PEEK, so that none is read."""
    for place in places:
        for message in mailbox.fetch(place.folder, place.uids):
            yield place.folder, message


def _message_id(header: bytes) -> str:
    return str(message_from_bytes(header).get("Message-ID", "")).strip()
