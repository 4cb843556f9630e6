"""A pass over a mailbox in which nothing happens costs the same however much was ever stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, String, Table

from storage import SqlStore
from storage.tables import metadata

from .memory_office import COMPLAINT, ORIENTATION, MemoryOffice

MANY = 20_000


def work_of_a_pass(office: MemoryOffice) -> int:
    """How many steps the data base's machine makes in one pass."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    _driver(office).set_progress_handler(step, 1)
    office.once()
    _driver(office).set_progress_handler(None, 1)
    return steps


def multiply(office: MemoryOffice, times: int) -> None:
    """Store everything that is stored so many times more, each time as if it belonged to other petitions."""
    db = _driver(office)
    for table in metadata.sorted_tables:
        if table.name in ("cursors", "mailboxes", "marks", "alarms"):
            continue
        into = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(_copied(table, column) for column in table.columns)
        count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        db.execute(f'{count} INSERT INTO "{table.name}" ({into}) SELECT {values} FROM "{table.name}", n', (times,))


def _copied(table: Table, column: Column[Any]) -> str:
    if column.name == "raw":
        return "x''"
    if column.name in ("uid", "number"):
        return f'"{column.name}" + 1000 * i'
    if column.name == "id" and not isinstance(column.type, String):
        return "NULL"
    its_own = column.primary_key or column.unique or column.name in ("folio", "message_id", "draft_id", "internal_id")
    return f"\"{column.name}\" || '-' || i" if its_own and isinstance(column.type, String) else f'"{column.name}"'


def _driver(office: MemoryOffice) -> Any:
    assert isinstance(office.store, SqlStore)
    return office.store._db._writer.raw_connection().driver_connection


@pytest.fixture
def office() -> MemoryOffice:
    """Two petitions of weeks ago: one was answered, the other's person did not send the data."""
    office = MemoryOffice()
    office.run()
    office.write(ORIENTATION)
    office.write(COMPLAINT, sender="otra.persona@correo.example", name="Otra Persona")
    office.run()
    office.approve()
    office.until(office.clock.now() + timedelta(days=20))
    return office


def test_an_idle_pass_costs_the_same_with_thousands_of_petitions(office: MemoryOffice) -> None:
    few = work_of_a_pass(office)
    multiply(office, MANY)
    assert _driver(office).execute("SELECT count(*) FROM petitions").fetchone() == (2 * (MANY + 1),)
    assert work_of_a_pass(office) < few * 1.2
