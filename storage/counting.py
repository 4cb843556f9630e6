"""Copies seen in counting mailboxes and Sent folders, and which mail of ours each belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, select, update

from daemon.model.ledger import Copy
from daemon.model.outgoing import Draft, DraftState

from .codec import pack, unpack
from .engine import Database, insert_once
from .outbox import SENT, read_drafts
from .tables import copies, drafts, internals

# The origin word of a blind copy in a counting mailbox (the other origin is `enviados`, a Sent folder).
_COUNTED = "conteo"


def note_copy(db: Connection, copy: Copy, settled_draft: str | None) -> None:
    """Keep a copy once per place, and join it to its draft.

    A consultant's mail program gives the mail its own Message-ID; then the draft that the copy settles says whose
    copy it is, and every other copy of that Message-ID follows.
    """
    query = select(drafts.c.id).where(drafts.c.message_id == copy.message_id)
    known = select(copies.c.draft_id).where(copies.c.message_id == copy.message_id, copies.c.draft_id.is_not(None))
    draft_id = db.execute(query).scalar() or settled_draft or db.execute(known.limit(1)).scalar()
    insert_once(db, copies, [{**pack(copy, copies.c.keys()), "draft_id": draft_id}])
    if draft_id:
        unjoined = (copies.c.message_id == copy.message_id, copies.c.draft_id.is_(None))
        db.execute(update(copies).where(*unjoined).values(draft_id=draft_id))


class Counting:
    """The part of the store that the counting step works with."""

    _db: Database

    def copies(self, message_id: str) -> tuple[Copy, ...]:
        query = select(copies).where(copies.c.message_id == message_id).order_by(copies.c.seen_at, copies.c.id)
        with self._db.reading() as db:
            return tuple(unpack(Copy, row) for row in db.execute(query).mappings())

    def copy_after(self, account: str, at: datetime) -> bool:
        # Only a mail of ours whose sending began later proves that the line to the counting mailbox works by now; when
        # a consultant's own mail left is not known well enough.
        query = (
            select(copies.c.id)
            .join(drafts, copies.c.draft_id == drafts.c.id)
            .where(
                copies.c.account == account,
                copies.c.origin == _COUNTED,
                drafts.c.state == DraftState.ACEPTADO,
                drafts.c.attempted_at > at,
            )
        )
        with self._db.reading() as db:
            return db.execute(query.limit(1)).first() is not None

    def last_copy(self, account: str) -> Copy | None:
        query = select(copies).where(copies.c.account == account, copies.c.origin == _COUNTED)
        with self._db.reading() as db:
            row = db.execute(query.order_by(copies.c.seen_at.desc(), copies.c.id.desc()).limit(1)).mappings().first()
            return unpack(Copy, row) if row else None

    def missing_copies(self, before: datetime) -> tuple[Draft, ...]:
        seen = exists().where(copies.c.draft_id == drafts.c.id, copies.c.origin == _COUNTED)
        query = select(drafts).where(drafts.c.state.in_(SENT), drafts.c.sent_at < before, ~seen)
        with self._db.reading() as db:
            return read_drafts(db, query.order_by(drafts.c.sent_at, drafts.c.id))

    def foreign_copies(self, since: datetime) -> tuple[Copy, ...]:
        # Notices to our own people are uncounted, but a server may keep them in its Sent folder all the same.
        internal = exists().where(internals.c.message_id == copies.c.message_id)
        query = select(copies).where(copies.c.draft_id.is_(None), copies.c.seen_at >= since, ~internal)
        with self._db.reading() as db:
            rows = db.execute(query.order_by(copies.c.seen_at.desc(), copies.c.id.desc())).mappings()
            return tuple(unpack(Copy, row) for row in rows)
