"""Which messages of a folder are new? UIDVALIDITY and UIDs tell, never \\Seen (RFC 9051 §2.3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..model.ledger import Cursor, FolderStatus


@dataclass(frozen=True, slots=True)
class Window:
    """What to list: UIDs above `cursor.last_uid`, received from `since` on if given.

    `begins` says that the folder has no cursor of use yet (first run, or the server numbered it anew); `renumbered`
    that it was the latter: what is listed again is told by Message-ID and digest. `empty` says that there is nothing
    above the cursor, so that idle cost does not grow with the mailbox.
    """

    cursor: Cursor
    since: datetime | None = None
    begins: bool = False
    renumbered: bool = False
    empty: bool = False


def window(status: FolderStatus, known: Cursor | None, since: datetime | None) -> Window:
    """Where to list from. `since` is when mail begins to be new in a folder whose numbers tell nothing.

    Without it a first run starts from now: it never takes the whole past by accident.
    """
    if known is None:
        start = Cursor(status.uidvalidity, 0 if since else status.uidnext - 1)
        return Window(start, since, begins=True, empty=status.uidnext <= start.last_uid + 1)
    if known.uidvalidity != status.uidvalidity:
        return Window(Cursor(status.uidvalidity, 0), since, begins=True, renumbered=True, empty=status.uidnext <= 1)
    return Window(known, empty=status.uidnext <= known.last_uid + 1)
