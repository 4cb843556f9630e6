"""Records for SIADE and their batches, and what is remembered beside petitions (marks)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from daemon.model.petition import Petition
from daemon.model.siade import Record, SiadeBatch

from .codec import decode, pack, unpack
from .engine import Database, insert_or_update
from .tables import marks, person_keys, petitions, records


def save(db: Connection, new: Sequence[Record]) -> None:
    """Keep the records that follow from one event; each is exported once."""
    if new:
        db.execute(insert(records), [pack(record, records.c.keys()) for record in new])


def _read(db: Connection, query: Select[Any]) -> tuple[Record, ...]:
    return tuple(unpack(Record, row) for row in db.execute(query.order_by(records.c.number)).mappings())


class Siade:
    """The part of the store that keeps what SIADE is told, and marks."""

    _db: Database

    def unexported(self) -> tuple[Record, ...]:
        with self._db.reading() as db:
            return _read(db, select(records).where(records.c.batch.is_(None)))

    def adopt_batch(self, number: int, ids: Sequence[str], now: datetime) -> None:
        which = (records.c.id.in_(list(ids)), records.c.batch.is_(None))
        with self._db.writing() as db:
            db.execute(update(records).where(*which).values(batch=number, exported_at=now))

    def export_records(self, now: datetime, after: int = 0) -> SiadeBatch | None:
        waiting = records.c.batch.is_(None)
        with self._db.writing() as db:
            # Whoever else exports waits here, and then finds none of these and a higher last number.
            found = _read(db, select(records).where(waiting).with_for_update())
            if not found:
                return None
            number = max(after, int(db.execute(select(func.max(records.c.batch))).scalar() or 0)) + 1
            ids = [record.id for record in found]
            db.execute(update(records).where(records.c.id.in_(ids)).values(batch=number, exported_at=now))
            return SiadeBatch(number, now, found)

    def exported_records(self, number: int | None = None) -> SiadeBatch | None:
        with self._db.reading() as db:
            wanted = number if number is not None else db.execute(select(func.max(records.c.batch))).scalar()
            when = db.execute(select(records.c.exported_at).where(records.c.batch == wanted).limit(1)).scalar()
            if wanted is None or when is None:
                return None
            return SiadeBatch(wanted, when, _read(db, select(records).where(records.c.batch == wanted)))

    def records_of(self, folio: str) -> tuple[Record, ...]:
        with self._db.reading() as db:
            return _read(db, select(records).where(records.c.folio == folio))

    def by_siade(self, folio: str) -> Petition | None:
        key = select(person_keys.c.folio).where(
            person_keys.c.kind == "siade", person_keys.c.value == folio.lower(), person_keys.c.imported.is_(False)
        )
        with self._db.reading() as db:
            body = db.execute(select(petitions.c.body).where(petitions.c.folio.in_(key))).scalar()
            return decode(Petition, body) if body else None

    def mark(self, key: str) -> str | None:
        with self._db.reading() as db:
            return db.execute(select(marks.c.value).where(marks.c.key == key)).scalar()

    def set_mark(self, key: str, value: str | None, now: datetime) -> None:
        with self._db.writing() as db:
            if value is None:
                db.execute(delete(marks).where(marks.c.key == key))
            else:
                insert_or_update(db, marks, [{"key": key, "value": value, "at": now}], keep=())
