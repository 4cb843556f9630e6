"""Survival checks (C), stored with the decision that makes them and exported once each; the roster of pensioners."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, or_, select, update

from daemon.model.ledger import Keys
from daemon.model.petition import Petition
from daemon.model.survival import Check, CheckState, Export, Pensioner, Roster, RosterChange

from .codec import pack, unpack
from .engine import Database, insert_or_update
from .tables import checks, pensioners

# What one message can concern; a list longer than this serves no decision.
_NEAR = 200
_NEWEST_FIRST = checks.c.received_at.desc(), checks.c.id.desc()


# --- pieces of a larger transaction ----------------------------------------------------------------------------------


def save(db: Connection, stand: Sequence[Check]) -> None:
    """Store checks as they stand now. Whether one was exported only the export says: the decider may have read it
    before, and would have it exported twice.
    """
    insert_or_update(db, checks, [pack(check, checks.c.keys()) for check in stand], keep=("exported_at",))


def concerned(db: Connection, keys: Keys, near: Iterable[Petition]) -> tuple[Check, ...]:
    """The checks that a message with these keys may be about, or the petitions that it belongs to; newest first."""
    folios = [petition.folio for petition in near]
    wanted = [
        column.in_(values)
        for column, values in (
            (checks.c.id_tramite, keys.tramites),
            (checks.c.nss, keys.survival_nss),
            (checks.c.folio, folios),
        )
        if values
    ]
    if not wanted:
        return ()
    return _read(db, select(checks).where(or_(*wanted)).order_by(*_NEWEST_FIRST).limit(_NEAR))


def listed(db: Connection, numbers: Sequence[str]) -> tuple[Pensioner, ...] | None:
    """The roster's rows with these NSS, or None when no roster is loaded."""
    if db.execute(select(pensioners.c.nss).limit(1)).first() is None:
        return None
    if not numbers:
        return ()
    query = select(pensioners).where(pensioners.c.nss.in_(numbers)).order_by(pensioners.c.nss)
    return tuple(unpack(Pensioner, row) for row in db.execute(query).mappings())


def _read(db: Connection, query: Select[Any]) -> tuple[Check, ...]:
    return tuple(unpack(Check, row) for row in db.execute(query).mappings())


def _batch(db: Connection, account: str, number: int) -> tuple[Check, ...]:
    query = select(checks).where(checks.c.account == account, checks.c.export_batch == number)
    return _read(db, query.order_by(checks.c.received_at, checks.c.id))


def _due(account: str, until: date) -> ColumnElement[bool]:
    """Each pensioner's latest confirmed check at this account, when the next one is due by then."""
    place = func.row_number().over(partition_by=checks.c.nss, order_by=_NEWEST_FIRST).label("place")
    confirmed = (checks.c.account == account, checks.c.state == CheckState.CONFIRMADA)
    ranked = select(checks.c.id, place).where(*confirmed).subquery()
    latest = select(ranked.c.id).where(ranked.c.place == 1)
    return and_(checks.c.id.in_(latest), checks.c.next_due <= until)


# --- the store's methods ---------------------------------------------------------------------------------------------


class Surviving:
    """The part of the store that survival checks, their export and the roster are kept in."""

    _db: Database

    def checks_of(self, folio: str) -> tuple[Check, ...]:
        # The ids of one petition share all but their last number, so the shorter ones come first.
        query = select(checks).where(checks.c.folio == folio).order_by(func.length(checks.c.id), checks.c.id)
        with self._db.reading() as db:
            return _read(db, query)

    def checks(
        self,
        account: str,
        *,
        states: Collection[CheckState] = (),
        due_before: date | None = None,
        limit: int | None = None,
    ) -> tuple[Check, ...]:
        query = select(checks).where(checks.c.account == account).limit(limit)
        if states:
            query = query.where(checks.c.state.in_(list(states)))
        if due_before is None:
            query = query.order_by(*_NEWEST_FIRST)
        else:
            query = query.where(_due(account, due_before)).order_by(checks.c.next_due, checks.c.nss)
        with self._db.reading() as db:
            return _read(db, query)

    def never_checked(self, account: str) -> tuple[Pensioner, ...]:
        confirmed = select(checks.c.nss).where(checks.c.account == account, checks.c.state == CheckState.CONFIRMADA)
        query = select(pensioners).where(pensioners.c.current, pensioners.c.nss.not_in(confirmed))
        with self._db.reading() as db:
            return tuple(unpack(Pensioner, row) for row in db.execute(query.order_by(pensioners.c.nss)).mappings())

    def export_checks(self, account: str, now: datetime, *, mark: bool = True) -> Export | None:
        confirmed = (
            checks.c.account == account,
            checks.c.state == CheckState.CONFIRMADA,
            checks.c.export_batch.is_(None),
        )
        last = select(func.max(checks.c.export_batch)).where(checks.c.account == account)
        waiting = select(checks).where(*confirmed).order_by(checks.c.received_at, checks.c.id)
        with self._db.writing() if mark else self._db.reading() as db:
            # Whoever else exports waits here, and then finds none of these and a higher last number.
            found = _read(db, waiting.with_for_update() if mark else waiting)
            if not found:
                return None
            number = int(db.execute(last).scalar() or 0) + 1
            if not mark:
                return Export(number, now, found)
            db.execute(update(checks).where(*confirmed).values(exported_at=now, export_batch=number))
            return Export(number, now, _batch(db, account, number))

    def exported(self, account: str, number: int | None = None) -> Export | None:
        last = select(func.max(checks.c.export_batch)).where(checks.c.account == account)
        with self._db.reading() as db:
            wanted = number if number is not None else db.execute(last).scalar()
            found = _batch(db, account, wanted) if wanted else ()
        when = found[0].exported_at if found else None
        return Export(wanted, when, found) if wanted and when else None

    def load_roster(self, rows: Iterable[Pensioner], now: datetime, keep: Collection[str] = ()) -> RosterChange:
        new = {row.nss: row for row in rows}
        with self._db.writing() as db:
            old = {row["nss"]: unpack(Pensioner, row) for row in db.execute(select(pensioners)).mappings()}
            kept = (old.keys() & set(keep)) - new.keys()
            gone = old.keys() - new.keys() - kept
            values = [{**pack(row, pensioners.c.keys()), "loaded_at": now} for row in new.values()]
            insert_or_update(db, pensioners, values, keep=())
            if gone:
                one = delete(pensioners).where(pensioners.c.nss == bindparam("gone"))
                db.execute(one, [{"gone": nss} for nss in gone])
        common = old.keys() & new.keys()
        return RosterChange(
            added=len(new.keys() - old.keys()),
            changed=sum(old[nss] != new[nss] for nss in common),
            removed=len(gone),
            kept=len(kept),
            size=len(new) + len(kept),
        )

    def roster(self) -> Roster:
        query = select(func.count(), func.max(pensioners.c.loaded_at)).select_from(pensioners)
        with self._db.reading() as db:
            size, loaded_at = db.execute(query).one()
            in_force = select(func.count()).select_from(pensioners).where(pensioners.c.current)
            return Roster(int(size), int(db.execute(in_force).scalar_one()), loaded_at)
