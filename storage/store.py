"""The Store port on SQLAlchemy: its parts joined, and the one transaction in which a decision is stored whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from daemon.model.decision import Disposition, Plan, Withdraw
from daemon.model.ledger import Copy, Delivery, Keys, Task
from daemon.model.outgoing import Draft, DraftState, InternalMail
from daemon.model.siade import Record

from . import (
    commitments,
    counting,
    deliveries,
    figures,
    outbox,
    people,
    petitions,
    privacy,
    siade,
    survival,
    versions,
    views,
)
from .codec import pack
from .engine import Database, open_database
from .tables import Ledger, drafts


class SqlStore(
    deliveries.Receiving,
    petitions.Deciding,
    survival.Surviving,
    siade.Siade,
    people.Antecedents,
    commitments.Commitments,
    versions.Versions,
    outbox.Outgoing,
    counting.Counting,
    figures.Figures,
    privacy.Privacy,
    views.Views,
):
    """What survives, in SQLite or PostgreSQL. Made by `open_store`; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def commit(
        self,
        plan: Plan,
        *,
        now: datetime,
        delivery: Delivery | None = None,
        keys: Keys | None = None,
        drafts: Sequence[Draft] = (),
        internals: Sequence[InternalMail] = (),
        move_to: str | None = None,
        records: Sequence[Record] = (),
        copy: Copy | None = None,
        settle: tuple[str, DraftState] | None = None,
        reviewed: Draft | None = None,
    ) -> None:
        folio = plan.petition.folio if plan.petition else None
        with self._db.writing() as db:
            delivery_id = None
            if delivery:
                delivery_id, stands = deliveries.hold(db, delivery, now)
                # A crash after the commit, before the caller knew of it: the work is done and is not done twice.
                if stands is not Ledger.CLAIMED:
                    return
                deliveries.finish(db, delivery_id, now, keys=keys, folio=folio, quarantine=plan.quarantine)
                if move_to:
                    outbox.add_move(db, delivery, delivery_id, move_to, now)
            _store_petition(db, plan, keys, now)
            survival.save(db, plan.checks)
            siade.save(db, records)
            if settle:
                outbox.settle(db, *settle, now)
            if reviewed:
                outbox.note_review(db, reviewed, now)
            if copy:
                counting.note_copy(db, copy, settle[0] if settle else None)
            _take_back(db, plan, now)
            for draft in drafts:
                _add_draft(db, draft, now)
            for mail in internals:
                outbox.add_internal(db, mail, now)
            about = folio or _concerned(db, settle, drafts)
            petitions.write_history(db, about, plan.history)
            if plan.decision:
                petitions.write_decision(db, plan.decision, now, delivery_id, about)

    def close(self) -> None:
        self._db.close()


def _store_petition(db: Connection, plan: Plan, keys: Keys | None, now: datetime) -> None:
    if plan.petition:
        petitions.save(db, plan.petition, now)
        if keys:
            petitions.join(db, plan.petition.folio, (keys.message_id,))


def _take_back(db: Connection, plan: Plan, now: datetime) -> None:
    """What the plan makes stale, before what it makes new: its own drafts and fichas are not meant."""
    if plan.petition is None:
        return
    for effect in plan.effects:
        if isinstance(effect, Withdraw):
            outbox.withdraw(db, plan.petition.folio, effect.clases, effect.why, now)
    if plan.closes_fichas:
        outbox.close_fichas(db, plan.petition.folio, now)


def _add_draft(db: Connection, draft: Draft, now: datetime) -> None:
    """Store a draft with its first task; its Message-ID joins the conversation, so that the answer to it is known."""
    db.execute(insert(drafts), pack(draft, drafts.c.keys()))
    petitions.join(db, draft.folio, (draft.message_id,))
    tasks = {Disposition.ENVIAR: Task.ENVIAR, Disposition.REVISAR: Task.PRESENTAR}
    if draft.disposition in tasks:
        outbox.add_draft_row(db, tasks[draft.disposition], draft, now)


def _concerned(db: Connection, settle: tuple[str, DraftState] | None, new: Sequence[Draft]) -> str | None:
    """The folio of an event that moves no petition: that of the draft it settles or writes."""
    settled = outbox.draft_by_id(db, settle[0]) if settle else None
    return next((draft.folio for draft in (settled, *new) if draft), None)


def open_store(url: str, *, migrate: bool = True, patience: float = 10.0) -> SqlStore:
    """Open the store at a SQLAlchemy URL: `sqlite:///file`, `sqlite://` (in memory), `postgresql+psycopg://…`.

    `migrate` brings the schema up to date first; without it an old schema is refused. `patience` is how many seconds
    a transaction waits for another process's. StoreUnavailable when it cannot be opened or its schema is newer.
    """
    return SqlStore(open_database(url, migrate=migrate, patience=patience))
