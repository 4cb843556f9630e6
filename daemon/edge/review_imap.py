"""The review folder in the mailbox itself: drafts and fichas as messages that consultants handle with their client."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from ..errors import FolderMissing, MailboxUnavailable, MessageGone
from ..model.outgoing import Draft, InternalMail, Lying, Place
from ..model.rules import Carpetas
from ..send import private

# A consultant's address to the name of their sub-folder today; '' for the pending folder itself.
Shelf = Callable[[str], str]
# Where drafts wait for a person: while such a folder is another than before, nothing counts as deleted from it.
_WAIT = (Place.PENDIENTES, Place.POR_SUPERVISAR)


def local_part(address: str) -> str:
    """The sub-folder of a consultant whose name nobody told."""
    return address.partition("@")[0]


class Folders(Protocol):
    """What is asked of a mailbox here; `daemon.edge.imap` and `daemon.edge.memory` have it."""

    def resolve(self, name: str) -> str: ...
    def ensure(self, folder: str) -> None: ...
    def subfolders(self, folder: str) -> list[str]: ...
    def listing(self, folder: str) -> tuple[int, list[int]]: ...
    def headers(self, folder: str, uids: Sequence[int], names: Sequence[str]) -> dict[int, bytes]: ...
    def whole(self, folder: str, uidvalidity: int, uid: int) -> bytes: ...
    def append(self, folder: str, raw: bytes, flags: Sequence[str], at: datetime) -> None: ...
    def remove(self, folder: str, uidvalidity: int, uid: int) -> None: ...
    def move(self, folder: str, uid: int, target: str) -> None: ...


class ImapReviewFolder:
    """daemon.ports.ReviewFolder over a mailbox's folders, in the thread of that mailbox.

    `shelf` names the sub-folder into which a consultant's drafts are laid. What lies is never moved to another one,
    since a consultant may have it open. Handles are "place|uidvalidity|uid|folder".
    """

    def __init__(self, mailbox: Folders, carpetas: Carpetas, shelf: Shelf = local_part) -> None:
        self._box = mailbox
        self._carpetas = carpetas
        self._shelf = shelf
        # Headers do not change under one UID, so that each message is asked for them, and read, once.
        self._seen: dict[tuple[str, int, int], Lying | None] = {}
        # Ids known to lie here or to have lain here; None until surveyed, and after an append of unknown end.
        self._laid: set[str] | None = None
        self._identities = dict.fromkeys(_WAIT, 0)

    def lay(self, draft: Draft) -> None:
        self._lay(
            {draft.id, draft.message_id},
            draft.consultor,
            private.for_folder(draft),
            _flags(draft),
            draft.created_at,
        )

    def lay_ficha(self, ficha: InternalMail) -> None:
        self._lay(
            {ficha.id, ficha.message_id},
            ficha.consultor,
            private.ficha_for_folder(ficha),
            [r"\Flagged"] if ficha.urgent else [],
            ficha.created_at,
        )

    def survey(self) -> tuple[Lying, ...]:
        # Where a person is to move drafts to must be there before the first one wants to.
        for place in (*_WAIT, Place.APROBADAS, Place.RECHAZADAS):
            self._box.ensure(self._folder(place))
        found = tuple(
            lying for place, folder in self._places() for lying in self._look(place, folder) if _worth_it(place, lying)
        )
        seen = {name for lying in found for name in (lying.draft_id, lying.ficha_id, lying.message_id) if name}
        self._laid = (self._laid or set()) | seen
        return found

    def identity(self, place: Place = Place.PENDIENTES) -> int:
        return self._identities[place]

    def take(self, handle: str) -> bytes:
        _, uidvalidity, uid, folder = _opened(handle)
        return self._box.whole(folder, uidvalidity, uid)

    def clear(self, handle: str) -> None:
        _, uidvalidity, uid, folder = _opened(handle)
        self._box.remove(folder, uidvalidity, uid)

    def replace(self, handle: str, draft: Draft) -> None:
        # An interruption leaves both, and the older one is known as a leftover.
        _, uidvalidity, uid, folder = _opened(handle)
        self._box.append(folder, private.for_folder(draft), _flags(draft), draft.created_at)
        self._box.remove(folder, uidvalidity, uid)

    def file_ficha(self, handle: str) -> None:
        self._move(handle, self._carpetas.fichas)

    def relocate(self, handle: str, place: Place) -> None:
        """Move one message to the folder of `place`, as people do with the mouse; gone already is fine."""
        self._move(handle, self._folder(place))

    def _move(self, handle: str, target: str) -> None:
        _, uidvalidity, uid, folder = _opened(handle)
        if self._box.listing(folder)[0] == uidvalidity:
            try:
                self._box.move(folder, uid, target)
            except MessageGone:
                return

    def _lay(self, names: set[str], consultor: str | None, raw: bytes, flags: Sequence[str], at: datetime) -> None:
        if self._laid is None:
            self.survey()
        if self._laid is None or names & self._laid:
            return
        try:
            try:
                self._box.append(self._pending(consultor), raw, flags, at)
            except FolderMissing:
                # Some servers take no folder below one that holds mail: better among everybody's than nowhere.
                self._box.append(self._carpetas.pendientes, raw, flags, at)
        except MailboxUnavailable:
            # The answer got lost, perhaps not the message: look before trying again.
            self._laid = None
            raise
        self._laid |= names

    def _pending(self, consultor: str | None) -> str:
        name = folder_name(self._shelf(consultor)) if consultor else ""
        return f"{self._carpetas.pendientes}/{name}" if name else self._carpetas.pendientes

    def _folder(self, place: Place) -> str:
        names = {
            Place.PENDIENTES: self._carpetas.pendientes,
            Place.POR_SUPERVISAR: self._carpetas.por_supervisar,
            Place.APROBADAS: self._carpetas.aprobadas,
            Place.RECHAZADAS: self._carpetas.rechazadas,
            Place.BORRADORES: self._box.resolve(self._carpetas.borradores),
        }
        return names[place]

    def _places(self) -> list[tuple[Place, str]]:
        below = self._box.subfolders(self._carpetas.pendientes)
        single = {place: self._folder(place) for place in Place}
        # Another folder of review may lie below the pending one: what lies there does not wait among the pending.
        pending = [(Place.PENDIENTES, folder) for folder in below if folder not in single.values()]
        return [(Place.PENDIENTES, single.pop(Place.PENDIENTES)), *pending, *single.items()]

    def _look(self, place: Place, folder: str) -> list[Lying]:
        uidvalidity, uids = self._box.listing(folder)
        if place in _WAIT and folder == self._folder(place):
            self._identities[place] = uidvalidity
        new = [uid for uid in uids if (folder, uidvalidity, uid) not in self._seen]
        if new:
            for uid, header in self._box.headers(folder, new, private.SURVEY_HEADERS).items():
                found = private.lying(place, f"{place}|{uidvalidity}|{uid}|{folder}", header) if header else None
                self._seen[folder, uidvalidity, uid] = found
        known = (self._seen.get((folder, uidvalidity, uid)) for uid in uids)
        return [lying for lying in known if lying]


def _flags(draft: Draft) -> list[str]:
    return [r"\Draft", *([r"\Flagged"] if draft.urgent else [])]


def folder_name(shelf: str) -> str:
    """A sub-folder's name as every server takes it: those that keep folders as files (Maildir++) take no dot in a
    name, others part levels with it, and some give "%" and "*" a meaning."""
    return " ".join(re.sub(r"[./\\%*]", " ", shelf).split())


def _worth_it(place: Place, lying: Lying) -> bool:
    return place is not Place.BORRADORES or private.may_be_ours(lying)


def _opened(handle: str) -> tuple[Place, int, int, str]:
    place, uidvalidity, uid, folder = handle.split("|", 3)
    return Place(place), int(uidvalidity), int(uid), folder
