"""The outbox: effects written with their decision, offered until done; and the drafts' way from composed to sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from daemon.model.decision import Disposition
from daemon.model.ledger import Delivery, OutboxRow, Task
from daemon.model.outgoing import Draft, DraftState, InternalMail
from daemon.model.petition import Clase

from .codec import pack, unpack
from .engine import Database
from .tables import Instant, Row, drafts, internals, outbox, records

# A draft in one of these states has not begun to leave: it can be taken back.
RECALLABLE = (DraftState.PREPARADO, DraftState.EN_REVISION, DraftState.APROBADO)
# A draft in one of these states has not been decided about.
_WAITING = (DraftState.PREPARADO, DraftState.EN_REVISION)
SENT = tuple(state for state in DraftState if state.sent)
# What every pass asks is built only once: to build it costs more than to ask it.
_TASKS = (
    select(outbox)
    .where(
        outbox.c.account == bindparam("account"),
        outbox.c.state == Row.PENDING,
        outbox.c.not_before <= bindparam("now"),
        outbox.c.task.in_(bindparam("tasks", expanding=True)),
    )
    .order_by(outbox.c.urgent.desc(), outbox.c.id)
    .limit(bindparam("limit"))
)
_IN_STATES = (
    select(drafts)
    .where(drafts.c.account == bindparam("account"), drafts.c.state.in_(bindparam("states", expanding=True)))
    .order_by(drafts.c.created_at, drafts.c.folio, drafts.c.ordinal)
)


# --- pieces of a larger transaction ----------------------------------------------------------------------------------


def add_row(
    db: Connection,
    task: Task,
    account: str,
    now: datetime,
    *,
    folio: str | None = None,
    urgent: bool = False,
    payload: dict[str, Any],
    draft_id: str | None = None,
    internal_id: str | None = None,
    delivery_id: int | None = None,
) -> None:
    """Write one effect, to be carried out from `now` on."""
    values = {
        "task": task,
        "account": account,
        "state": Row.PENDING,
        "folio": folio,
        "urgent": urgent,
        "not_before": now,
        "created_at": now,
        "draft_id": draft_id,
        "internal_id": internal_id,
        "delivery_id": delivery_id,
        "payload": payload,
    }
    db.execute(insert(outbox), values)


def add_draft_row(db: Connection, task: Task, draft: Draft, now: datetime, **more: Any) -> None:
    payload = {"draft_id": draft.id, **more}
    add_row(db, task, draft.account, now, folio=draft.folio, urgent=draft.urgent, payload=payload, draft_id=draft.id)


def add_internal_row(db: Connection, task: Task, mail: InternalMail, now: datetime) -> None:
    payload = {"internal_id": mail.id}
    add_row(db, task, mail.account, now, folio=mail.folio, urgent=mail.urgent, payload=payload, internal_id=mail.id)


def add_move(db: Connection, delivery: Delivery, delivery_id: int, target: str, now: datetime) -> None:
    """Plan a message's move; a delivery has at most one open move."""
    cancel(db, (Task.MOVER,), now, outbox.c.delivery_id == delivery_id)
    payload = {
        "folder": delivery.folder,
        "uidvalidity": delivery.uidvalidity,
        "uid": delivery.uid,
        "target": target,
    }
    add_row(db, Task.MOVER, delivery.account, now, payload=payload, delivery_id=delivery_id)


def cancel(db: Connection, tasks: Iterable[Task], now: datetime, which: ColumnElement[bool]) -> None:
    """Call off the open rows of these tasks."""
    db.execute(
        update(outbox)
        .where(outbox.c.state == Row.PENDING, outbox.c.task.in_(list(tasks)), which)
        .values(state=Row.CANCELLED, finished_at=now)
    )


def read_drafts(db: Connection, query: Select[Any]) -> tuple[Draft, ...]:
    return tuple(unpack(Draft, row) for row in db.execute(query).mappings())


def draft_by_id(db: Connection, draft_id: str) -> Draft | None:
    return next(iter(read_drafts(db, select(drafts).where(drafts.c.id == draft_id))), None)


def settle(db: Connection, draft_id: str, state: DraftState, now: datetime, detail: str = "") -> None:
    """Set a draft's state. A mail known as sent stays sent: evidence outranks a lost answer that is noted later.

    In a settled state nothing of it remains to be laid or sent. A mail that was uncertain and did leave left when its
    sending began; terms and letters count from that instant, not from the one at which we learned of it.
    """
    values: dict[str, Any] = {"state": state, "changed_at": now}
    if detail:
        values["detail"] = detail
    which = (drafts.c.id == draft_id, drafts.c.state.not_in(SENT))
    if state.sent:
        uncertain = and_(drafts.c.state == DraftState.INCIERTO, drafts.c.attempted_at.is_not(None))
        values["sent_at"] = case((uncertain, drafts.c.attempted_at), else_=literal(now, Instant))
    changed = db.execute(update(drafts).where(*which).values(values)).rowcount
    if changed and state.settled:
        cancel(db, (Task.PRESENTAR, Task.ENVIAR), now, outbox.c.draft_id == draft_id)


def note_review(db: Connection, draft: Draft, now: datetime) -> None:
    """Take a waiting draft as a person left it: its words, whether it is proposed, and when approved, its ENVIAR row.

    Only a waiting draft can be approved: an approved one already has its row, and one that was withdrawn or sent
    meanwhile must not leave. The caller sees its state when it looks at the folder again.
    """
    approved = draft.state is DraftState.APROBADO
    values: dict[str, Any] = {"raw": draft.raw, "text": draft.text, "proposed_at": draft.proposed_at, "changed_at": now}
    if approved:
        values |= {"state": DraftState.APROBADO, "missing_since": None}
    which = (drafts.c.id == draft.id, drafts.c.state.in_(_WAITING))
    if db.execute(update(drafts).where(*which).values(values)).rowcount and approved:
        cancel(db, (Task.PRESENTAR, Task.ENVIAR), now, outbox.c.draft_id == draft.id)
        add_draft_row(db, Task.ENVIAR, draft, now)


def withdraw(db: Connection, folio: str, clases: Sequence[Clase], why: str, now: datetime) -> None:
    """Take back the petition's drafts of these clases (all when empty) that have not begun to leave."""
    query = select(drafts).where(drafts.c.folio == folio, drafts.c.state.in_(RECALLABLE))
    if clases:
        query = query.where(drafts.c.clase.in_(clases))
    for draft in read_drafts(db, query.order_by(drafts.c.ordinal)):
        settle(db, draft.id, DraftState.RETIRADO, now, why)
        add_draft_row(db, Task.RETIRAR, draft, now, why=why)


def close_fichas(db: Connection, folio: str, now: datetime) -> None:
    """File the petition's data sheets away; one that was not laid yet is laid no more."""
    which = (internals.c.folio == folio, internals.c.clase == Clase.FICHA, internals.c.filed.is_(False))
    for row in db.execute(select(internals).where(*which).order_by(internals.c.created_at, internals.c.id)).mappings():
        cancel(db, (Task.PRESENTAR_FICHA,), now, outbox.c.internal_id == row["id"])
        add_internal_row(db, Task.ARCHIVAR_FICHA, unpack(InternalMail, row), now)
    db.execute(update(internals).where(*which).values(filed=True))


def add_internal(db: Connection, mail: InternalMail, now: datetime) -> None:
    db.execute(insert(internals), pack(mail, internals.c.keys()))
    add_internal_row(db, Task.PRESENTAR_FICHA if mail.clase is Clase.FICHA else Task.ENVIAR_INTERNO, mail, now)


# --- the store's methods ---------------------------------------------------------------------------------------------


class Outgoing:
    """The part of the store that the outbox, the review folder and the sender work with."""

    _db: Database

    def tasks(self, account: str, now: datetime, limit: int = 100, only: Sequence[Task] = ()) -> list[OutboxRow]:
        asked = {"account": account, "now": now, "tasks": list(only or Task), "limit": limit}
        with self._db.reading() as db:
            return [unpack(OutboxRow, row) for row in db.execute(_TASKS, asked).mappings()]

    def task_done(self, row: int, now: datetime) -> None:
        with self._db.writing() as db:
            db.execute(update(outbox).where(outbox.c.id == row).values(state=Row.DONE, finished_at=now))

    def task_failed(self, row: int, error: str, retry_at: datetime | None, now: datetime) -> None:
        values: dict[str, Any] = {"attempts": outbox.c.attempts + 1, "error": error}
        if retry_at is None:
            values |= {"state": Row.FAILED, "finished_at": now}
        else:
            values["not_before"] = retry_at
        with self._db.writing() as db:
            db.execute(update(outbox).where(outbox.c.id == row, outbox.c.state == Row.PENDING).values(values))

    def internals_told(self, until: datetime, now: datetime) -> None:
        which = (outbox.c.task == Task.ENVIAR_INTERNO, outbox.c.state == Row.PENDING, outbox.c.created_at <= until)
        with self._db.writing() as db:
            db.execute(update(outbox).where(*which).values(state=Row.DONE, finished_at=now))

    def draft(self, draft_id: str) -> Draft | None:
        with self._db.reading() as db:
            return draft_by_id(db, draft_id)

    def internal(self, internal_id: str) -> InternalMail | None:
        with self._db.reading() as db:
            row = db.execute(select(internals).where(internals.c.id == internal_id)).mappings().first()
            return None if row is None else unpack(InternalMail, row)

    def drafts_of(self, folio: str) -> tuple[Draft, ...]:
        query = select(drafts).where(drafts.c.folio == folio).order_by(drafts.c.created_at, drafts.c.ordinal)
        with self._db.reading() as db:
            return read_drafts(db, query)

    def waiting(self, account: str, states: Sequence[DraftState]) -> tuple[Draft, ...]:
        with self._db.reading() as db:
            rows = db.execute(_IN_STATES, {"account": account, "states": list(states)}).mappings()
            return tuple(unpack(Draft, row) for row in rows)

    def interrupted(self, account: str) -> tuple[Draft, ...]:
        return self.waiting(account, (DraftState.ENVIANDO,))

    def decided_since(self, account: str, since: datetime) -> tuple[Draft, ...]:
        # One that was laid just before a crash has no `laid_at`, but it was meant for review.
        reviewed = or_(drafts.c.laid_at.is_not(None), drafts.c.disposition == Disposition.REVISAR)
        query = select(drafts).where(
            drafts.c.account == account, drafts.c.state.not_in(_WAITING), drafts.c.changed_at >= since, reviewed
        )
        with self._db.reading() as db:
            return read_drafts(db, query.order_by(drafts.c.changed_at, drafts.c.id))

    def add_internal(self, mail: InternalMail, now: datetime) -> bool:
        with self._db.writing() as db:
            if db.execute(select(internals.c.id).where(internals.c.id == mail.id)).first() is not None:
                return False
            add_internal(db, mail, now)
            return True

    def ordinals(self, folio: str) -> tuple[int, int, int]:
        with self._db.reading() as db:
            written = db.execute(select(func.max(drafts.c.ordinal)).where(drafts.c.folio == folio)).scalar() or 0
            internal = db.execute(select(func.count()).where(internals.c.folio == folio)).scalar_one()
            told = db.execute(select(func.count()).where(records.c.folio == folio)).scalar_one()
            return int(written), int(internal), int(told)

    def mark_laid(self, draft_id: str, now: datetime) -> None:
        with self._db.writing() as db:
            db.execute(
                update(drafts)
                .where(drafts.c.id == draft_id, drafts.c.state.in_(_WAITING))
                .values(state=DraftState.EN_REVISION, laid_at=now, missing_since=None, changed_at=now)
            )

    def mark_missing(self, draft_id: str, since: datetime | None) -> None:
        with self._db.writing() as db:
            db.execute(update(drafts).where(drafts.c.id == draft_id).values(missing_since=since))

    def approve(self, draft_id: str, raw: bytes, text: str, now: datetime) -> None:
        with self._db.writing() as db:
            draft = draft_by_id(db, draft_id)
            if draft:
                note_review(db, replace(draft, state=DraftState.APROBADO, raw=raw, text=text), now)

    def sending(self, draft_id: str, now: datetime) -> bool:
        may_leave = (DraftState.PREPARADO, DraftState.APROBADO)
        with self._db.writing() as db:
            changed = db.execute(
                update(drafts)
                .where(drafts.c.id == draft_id, drafts.c.state.in_(may_leave))
                .values(state=DraftState.ENVIANDO, attempts=drafts.c.attempts + 1, attempted_at=now, changed_at=now)
            ).rowcount
            return changed == 1

    def resend(self, draft_id: str, now: datetime) -> None:
        with self._db.writing() as db:
            changed = db.execute(
                update(drafts)
                .where(drafts.c.id == draft_id, drafts.c.state == DraftState.INCIERTO)
                .values(state=DraftState.APROBADO, changed_at=now)
            ).rowcount
            draft = draft_by_id(db, draft_id) if changed else None
            if draft:
                cancel(db, (Task.ENVIAR,), now, outbox.c.draft_id == draft_id)
                add_draft_row(db, Task.ENVIAR, draft, now)

    def settled(self, draft_id: str, state: DraftState, detail: str, now: datetime) -> None:
        with self._db.writing() as db:
            settle(db, draft_id, state, now, detail)
