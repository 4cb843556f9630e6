"""Plain figures for `acuse status`: what runs, what waits, what failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from daemon.model.outgoing import DraftState

from .engine import Database
from .tables import Ledger, Row, checks, deliveries, drafts, mailboxes, outbox, petitions

_SHOWN = 20


class Views:
    """The part of the store that answers how things stand."""

    _db: Database

    def figures(self, now: datetime) -> dict[str, object]:
        """Counts and short lists, keys in Spanish because people read them.

        `buzones` account → its last pass that read to the end; `peticiones`, `borradores` and `tareas` counts by
        state; `entregas_por_terminar` and `cuarentena` counts of messages; `tareas_fallidas`, `envios_inciertos` and
        `plazos` lists of at most 20, the most pressing first (`plazos`: the next to act, `vencido` when that is
        past `now`). `supervivencia` counts survival checks by state, and is there when there are any.
        """
        with self._db.reading() as db:
            ledger = _by_state(db, deliveries)
            ends = db.execute(select(mailboxes).order_by(mailboxes.c.account))
            survival = _by_state(db, checks)
            return {
                "buzones": {row.account: row.read_to_end for row in ends},
                "peticiones": _by_state(db, petitions),
                "borradores": _by_state(db, drafts),
                "tareas": _open_tasks(db),
                "tareas_fallidas": _failed_tasks(db),
                "envios_inciertos": _uncertain(db),
                "plazos": _next_terms(db, now),
                "entregas_por_terminar": ledger.get(Ledger.CLAIMED.value, 0),
                "cuarentena": ledger.get(Ledger.QUARANTINED.value, 0),
                **({"supervivencia": survival} if survival else {}),
            }


def _by_state(db: Connection, table: Table) -> dict[str, int]:
    rows = db.execute(select(table.c.state, func.count()).group_by(table.c.state).order_by(table.c.state))
    return {str(state.value): int(count) for state, count in rows}


def _open_tasks(db: Connection) -> dict[str, int]:
    query = select(outbox.c.task, func.count()).where(outbox.c.state == Row.PENDING)
    return {
        str(task.value): int(count) for task, count in db.execute(query.group_by(outbox.c.task).order_by(outbox.c.task))
    }


def _failed_tasks(db: Connection) -> list[dict[str, Any]]:
    query = select(outbox).where(outbox.c.state == Row.FAILED).order_by(outbox.c.id.desc()).limit(_SHOWN)
    return [
        {
            "tarea": row.task.value,
            "buzon": row.account,
            "folio": row.folio,
            "error": row.error,
            "intentos": row.attempts,
            "desde": row.finished_at,
        }
        for row in db.execute(query)
    ]


def _uncertain(db: Connection) -> list[dict[str, Any]]:
    query = select(drafts).where(drafts.c.state == DraftState.INCIERTO).order_by(drafts.c.attempted_at).limit(_SHOWN)
    return [
        {"borrador": row.id, "folio": row.folio, "para": row.to, "desde": row.attempted_at, "detalle": row.detail}
        for row in db.execute(query)
    ]


def _next_terms(db: Connection, now: datetime) -> list[dict[str, Any]]:
    query = select(petitions.c.folio, petitions.c.state, petitions.c.acts_at).where(petitions.c.acts_at.is_not(None))
    return [
        {"folio": row.folio, "estado": row.state.value, "actua": row.acts_at, "vencido": row.acts_at <= now}
        for row in db.execute(query.order_by(petitions.c.acts_at).limit(_SHOWN))
    ]
