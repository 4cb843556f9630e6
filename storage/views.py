"""How things stand: what was read, what waits, what failed, what is due; cheap enough to be asked every minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, exists, func, select

from daemon.model.health import BoxHealth, FailedTask, Health, NextTerm, Uncertain
from daemon.model.ledger import Task
from daemon.model.outgoing import DraftState
from daemon.model.versions import Version

from .engine import Database
from .figures import alarms_since, contingencia
from .outbox import SENT
from .tables import Ledger, Row, checks, copies, deliveries, drafts, mailboxes, outbox, petitions, rule_sets

_SHOWN = 20
_WEEK = timedelta(days=7)
_SENDING = (Task.ENVIAR, Task.ENVIAR_INTERNO)


# Named by account, so that the index over account and state finds them: the rows themselves hold whole mails.
_IN_DOUBT = and_(drafts.c.account.in_(select(mailboxes.c.account)), drafts.c.state == DraftState.INCIERTO)


class Views:
    """The part of the store that answers how things stand."""

    _db: Database

    def health(self, now: datetime, patience: timedelta = timedelta(minutes=30)) -> Health:
        with self._db.reading() as db:
            failed = outbox.c.state == Row.FAILED
            return Health(
                at=now,
                boxes=_boxes(db, now - patience, now - _WEEK),
                petitions=_by_state(db, petitions),
                drafts=_by_state(db, drafts),
                checks=_by_state(db, checks),
                tasks=_open_tasks(db),
                failed=_count(db, outbox, failed),
                failed_tasks=_failed_tasks(db),
                uncertain=_count(db, drafts, _IN_DOUBT),
                uncertain_mails=_uncertain(db),
                quarantine=_count(db, deliveries, deliveries.c.state == Ledger.QUARANTINED),
                overdue=_count(db, petitions, petitions.c.acts_at <= now),
                terms=_next_terms(db),
                alarms=tuple(alarm for alarm in alarms_since(db, now) if alarm.until is None),
                contingencia=contingencia(db) is not None,
                rules=_in_force(db),
            )


def _count(db: Connection, table: Table, which: Any) -> int:
    return int(db.execute(select(func.count()).select_from(table).where(which)).scalar_one())


def _boxes(db: Connection, before: datetime, since: datetime) -> tuple[BoxHealth, ...]:
    """Every account that was ever read or has something to do. Copies are missed of mails sent between the two."""
    boxes = {row.account: BoxHealth(row.account, last_pass=row.read_to_end) for row in db.execute(select(mailboxes))}

    def note(account: str, **figures: Any) -> None:
        boxes[account] = replace(boxes.get(account, BoxHealth(account)), **figures)

    for account in list(boxes):
        # Numbers only grow, so the newest row is the last one received.
        latest = select(deliveries.c.claimed_at).where(deliveries.c.account == account, deliveries.c.folder == "INBOX")
        note(account, last_received=db.execute(latest.order_by(deliveries.c.id.desc()).limit(1)).scalar())
    open_work = select(deliveries.c.account, func.count()).where(deliveries.c.state == Ledger.CLAIMED)
    for account, number in db.execute(open_work.group_by(deliveries.c.account)):
        note(account, unfinished=int(number))
    waiting = select(outbox.c.account, func.count(), func.min(outbox.c.created_at)).where(
        outbox.c.state == Row.PENDING, outbox.c.task.in_(_SENDING)
    )
    for account, number, oldest in db.execute(waiting.group_by(outbox.c.account)):
        note(account, sending=int(number), oldest=oldest)
    seen = exists().where(copies.c.draft_id == drafts.c.id, copies.c.origin == "conteo")
    left = (drafts.c.sent_at >= since, drafts.c.sent_at < before, drafts.c.state.in_(SENT))
    uncounted = select(drafts.c.account, func.count()).where(*left, ~seen)
    for account, number in db.execute(uncounted.group_by(drafts.c.account)):
        note(account, uncounted=int(number))
    return tuple(boxes[account] for account in sorted(boxes))


def _in_force(db: Connection) -> Version | None:
    columns = (rule_sets.c.number, rule_sets.c.rules, rule_sets.c.templates, rule_sets.c.since)
    row = db.execute(select(*columns).order_by(rule_sets.c.number.desc()).limit(1)).first()
    return Version(**row._mapping) if row else None


def _by_state(db: Connection, table: Table) -> dict[str, int]:
    rows = db.execute(select(table.c.state, func.count()).group_by(table.c.state).order_by(table.c.state))
    return {str(state.value): int(count) for state, count in rows}


def _open_tasks(db: Connection) -> dict[str, int]:
    query = select(outbox.c.task, func.count()).where(outbox.c.state == Row.PENDING)
    return {
        str(task.value): int(count) for task, count in db.execute(query.group_by(outbox.c.task).order_by(outbox.c.task))
    }


def _failed_tasks(db: Connection) -> tuple[FailedTask, ...]:
    query = select(outbox).where(outbox.c.state == Row.FAILED).order_by(outbox.c.id.desc()).limit(_SHOWN)
    return tuple(_failed(row) for row in db.execute(query))


def _failed(row: Any) -> FailedTask:
    return FailedTask(row.task.value, row.account, row.folio, row.finished_at, row.error)


def _uncertain(db: Connection) -> tuple[Uncertain, ...]:
    columns = (drafts.c.id, drafts.c.folio, drafts.c.attempted_at)
    query = select(*columns).where(_IN_DOUBT).order_by(drafts.c.attempted_at).limit(_SHOWN)
    return tuple(Uncertain(row.id, row.folio, row.attempted_at) for row in db.execute(query))


def _next_terms(db: Connection) -> tuple[NextTerm, ...]:
    columns = (petitions.c.folio, petitions.c.account, petitions.c.state, petitions.c.acts_at)
    query = select(*columns).where(petitions.c.acts_at.is_not(None)).order_by(petitions.c.acts_at).limit(_SHOWN)
    return tuple(NextTerm(row.folio, row.account, row.state.value, row.acts_at) for row in db.execute(query))
