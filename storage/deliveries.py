"""The ledger of deliveries: claimed before work, decided or quarantined once; how far each folder has been listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, update

from daemon.model.ledger import Cursor, Delivery, Keys, Quarantined

from .engine import Database, insert_once
from .personal import disguised
from .tables import Ledger, cursors, deliveries, mailboxes

_KEY = (deliveries.c.account, deliveries.c.folder, deliveries.c.uidvalidity, deliveries.c.uid)
# What every pass asks is built only once: to build it costs more than to ask it.
_CURSOR = select(cursors).where(cursors.c.account == bindparam("account"), cursors.c.folder == bindparam("folder"))
_UNFINISHED = (
    select(*_KEY)
    .where(deliveries.c.account == bindparam("account"), deliveries.c.state == Ledger.CLAIMED)
    .order_by(deliveries.c.id)
)


# --- pieces of a larger transaction ----------------------------------------------------------------------------------


def _is(delivery: Delivery) -> ColumnElement[bool]:
    return and_(
        deliveries.c.account == delivery.account,
        deliveries.c.folder == delivery.folder,
        deliveries.c.uidvalidity == delivery.uidvalidity,
        deliveries.c.uid == delivery.uid,
    )


def _new(delivery: Delivery, now: datetime) -> dict[str, Any]:
    return {
        "account": delivery.account,
        "folder": delivery.folder,
        "uidvalidity": delivery.uidvalidity,
        "uid": delivery.uid,
        "state": Ledger.CLAIMED,
        "attempts": 0,
        "claimed_at": now,
    }


def hold(db: Connection, delivery: Delivery, now: datetime) -> tuple[int, Ledger]:
    """The delivery's row, kept from others until the transaction ends, and where it stands; claimed if it was not."""
    query = select(deliveries.c.id, deliveries.c.state).where(_is(delivery)).with_for_update()
    found = db.execute(query).first()
    if found is None:
        insert_once(db, deliveries, [_new(delivery, now)])
        found = db.execute(query).one()
    return found.id, found.state


def finish(
    db: Connection, delivery_id: int, now: datetime, *, keys: Keys | None, folio: str | None, quarantine: str | None
) -> None:
    """Mark the delivery as decided, or as quarantined when that is what was decided."""
    values: dict[str, Any] = {
        "state": Ledger.QUARANTINED if quarantine else Ledger.DECIDED,
        "finished_at": now,
        "folio": folio,
        "reason": quarantine,
        "detail": "",
    }
    if keys:
        values |= {"message_id": keys.message_id, "digest": keys.digest}
    db.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))


def taken_before(db: Connection, keys: Keys) -> tuple[bool, str | None]:
    """Whether this very message was decided through another delivery, and under which folio.

    A quarantined delivery does not count: whoever moves its message back to the inbox wants it read.
    """
    query = (
        select(deliveries.c.folio)
        .where(
            # Of what was erased (P 5.22) the ledger has a digest in place of the Message-ID.
            deliveries.c.message_id.in_([keys.message_id, disguised(keys.message_id)]),
            deliveries.c.digest == keys.digest,
            deliveries.c.state == Ledger.DECIDED,
        )
        .order_by(deliveries.c.folio.is_(None), deliveries.c.id)
        .limit(1)
    )
    found = db.execute(query).first() if keys.message_id else None
    return found is not None, found.folio if found else None


# --- the store's methods ---------------------------------------------------------------------------------------------


class Receiving:
    """The part of the store that the receiving step works with."""

    _db: Database

    def cursor(self, account: str, folder: str) -> Cursor | None:
        with self._db.reading() as db:
            row = db.execute(_CURSOR, {"account": account, "folder": folder}).first()
        return None if row is None else Cursor(row.uidvalidity, row.last_uid)

    def claim(self, account: str, folder: str, uidvalidity: int, uids: Sequence[int], now: datetime) -> list[Delivery]:
        if not uids:
            return []
        asked = [Delivery(account, folder, uidvalidity, uid) for uid in sorted(set(uids))]
        with self._db.writing() as db:
            insert_once(db, deliveries, [_new(delivery, now) for delivery in asked])
            query = select(deliveries.c.uid).where(
                deliveries.c.account == account,
                deliveries.c.folder == folder,
                deliveries.c.uidvalidity == uidvalidity,
                deliveries.c.uid.between(asked[0].uid, asked[-1].uid),
                deliveries.c.state == Ledger.CLAIMED,
            )
            open_uids = set(db.execute(query).scalars())
            _advance(db, account, folder, Cursor(uidvalidity, asked[-1].uid))
        return [delivery for delivery in asked if delivery.uid in open_uids]

    def start_cursor(self, account: str, folder: str, cursor: Cursor) -> None:
        with self._db.writing() as db:
            _set_cursor(db, account, folder, cursor)

    def unfinished(self, account: str) -> list[Delivery]:
        with self._db.reading() as db:
            return [Delivery(*row) for row in db.execute(_UNFINISHED, {"account": account})]

    def attempt(self, delivery: Delivery, now: datetime) -> int:
        with self._db.writing() as db:
            delivery_id, _ = hold(db, delivery, now)
            counted = (
                update(deliveries)
                .where(deliveries.c.id == delivery_id)
                .values(attempts=deliveries.c.attempts + 1, attempted_at=now)
                .returning(deliveries.c.attempts)
            )
            return int(db.execute(counted).scalar_one())

    def quarantine(self, delivery: Delivery, reason: str, detail: str, now: datetime) -> None:
        with self._db.writing() as db:
            delivery_id, state = hold(db, delivery, now)
            # A failure after its decision was stored does not undo the decision.
            if state is not Ledger.CLAIMED:
                return
            db.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery_id)
                .values(state=Ledger.QUARANTINED, finished_at=now, reason=reason, detail=detail)
            )

    def quarantined(self) -> list[Quarantined]:
        query = select(deliveries).where(deliveries.c.state == Ledger.QUARANTINED)
        with self._db.reading() as db:
            return [
                Quarantined(
                    row.id,
                    Delivery(row.account, row.folder, row.uidvalidity, row.uid),
                    row.reason,
                    row.detail,
                    row.finished_at,
                    row.attempts,
                )
                for row in db.execute(query.order_by(deliveries.c.finished_at, deliveries.c.id))
            ]

    def release(self, delivery: Delivery, now: datetime) -> None:
        with self._db.writing() as db:
            delivery_id, state = hold(db, delivery, now)
            if state is not Ledger.QUARANTINED:
                return
            db.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery_id)
                .values(state=Ledger.CLAIMED, attempts=0, finished_at=None, message_id=None, digest=None)
            )

    def read_to_end(self, account: str, at: datetime) -> None:
        row = {"account": account, "read_to_end": at}
        with self._db.writing() as db:
            insert_once(db, mailboxes, [row])
            later = and_(mailboxes.c.account == account, mailboxes.c.read_to_end < at)
            db.execute(update(mailboxes).where(later).values(read_to_end=at))

    def horizon(self, accounts: Sequence[str]) -> datetime | None:
        wanted = set(accounts)
        query = select(mailboxes.c.read_to_end).where(mailboxes.c.account.in_(wanted))
        with self._db.reading() as db:
            ends: list[datetime] = list(db.execute(query).scalars())
        return min(ends) if ends and len(ends) == len(wanted) else None


def _set_cursor(db: Connection, account: str, folder: str, cursor: Cursor) -> None:
    values = {"uidvalidity": cursor.uidvalidity, "last_uid": cursor.last_uid}
    insert_once(db, cursors, [{"account": account, "folder": folder, **values}])
    db.execute(update(cursors).where(cursors.c.account == account, cursors.c.folder == folder).values(values))


def _advance(db: Connection, account: str, folder: str, reached: Cursor) -> None:
    """Move the cursor on; within one UIDVALIDITY it never goes back, because a late claimer knows less."""
    which = (cursors.c.account == account, cursors.c.folder == folder, cursors.c.uidvalidity == reached.uidvalidity)
    known = db.execute(select(func.max(cursors.c.last_uid)).where(*which)).scalar()
    if known is None or known < reached.last_uid:
        _set_cursor(db, account, folder, reached)
