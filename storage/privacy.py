"""What is held about a person, and its erasure: asked for by them, or past its time (P 5.22; LGPDPPSO)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from daemon.model.ledger import Past, Task
from daemon.model.outgoing import DraftState
from daemon.model.petition import Petition, State
from daemon.model.privacy import ERASED, Dato, Erasure, Held, Lies, Matter, PersonKey
from daemon.model.retention import Kind
from daemon.model.survival import CheckState, Pensioner, whole_name

from .codec import BODY, decode, encode, pack, unpack
from .engine import Database
from .outbox import SENT
from .people import known_keys
from .personal import OF_FOLIO, Values, Words, blank_matter, blank_past, blank_rows, strike_matter
from .tables import (
    Ledger,
    Row,
    alarms,
    checks,
    copies,
    decisions,
    deliveries,
    drafts,
    erasures,
    history,
    internals,
    outbox,
    past,
    pensioners,
    person_keys,
    petitions,
    records,
    threads,
)

_CLOSED = tuple(state for state in State if state.closed)
_UNSETTLED = tuple(state for state in DraftState if not state.settled)

# --- what may not be erased yet --------------------------------------------------------------------------------------


def _waits(today: date) -> tuple[tuple[str, ColumnElement[bool]], ...]:
    """Why a petition cannot be erased yet, each with the condition on its row."""
    folio = petitions.c.folio
    counted = exists().where(copies.c.draft_id == drafts.c.id, copies.c.origin == "conteo")
    moving = exists().where(
        outbox.c.state == Row.PENDING, outbox.c.delivery_id == deliveries.c.id, deliveries.c.folio == folio
    )
    confirmed = (checks.c.folio == folio, checks.c.state == CheckState.CONFIRMADA)
    # Only the receiving side exports them, and its petitions end so.
    received = petitions.c.state == State.SUPERVIVENCIA_CONFIRMADA
    unexported = and_(received, exists().where(*confirmed, checks.c.export_batch.is_(None)))
    unsettled = exists().where(drafts.c.folio == folio, drafts.c.state.in_(_UNSETTLED))
    uncounted = exists().where(drafts.c.folio == folio, drafts.c.state.in_(SENT), ~counted)
    to_do = exists().where(outbox.c.state == Row.PENDING, outbox.c.folio == folio)
    still_to_come = exists().where(checks.c.folio == folio, checks.c.next_due >= today)
    return (
        ("sigue abierta", petitions.c.state.not_in(_CLOSED)),
        ("todavía corre un plazo", petitions.c.acts_at.is_not(None)),
        ("tiene un borrador o un envío sin resolver", unsettled),
        ("falta la copia de conteo de un correo", uncounted),
        ("queda una tarea por hacer en el buzón", or_(to_do, moving)),
        ("falta pasar un registro a SIADE", exists().where(records.c.folio == folio, records.c.batch.is_(None))),
        ("falta exportar una comprobación de supervivencia", unexported),
        ("su próxima comprobación de supervivencia no ha vencido", still_to_come),
    )


def _why_not(db: Connection, folio: str, today: date) -> tuple[str, ...]:
    conditions = _waits(today)
    columns = [condition.label(f"why{place}") for place, (_, condition) in enumerate(conditions)]
    row = db.execute(select(*columns).where(petitions.c.folio == folio)).one()
    return tuple(why for (why, _), on in zip(conditions, row, strict=True) if on)


# --- what is held about a person -------------------------------------------------------------------------------------


def _find(db: Connection, key: PersonKey, today: date) -> tuple[Held, dict[str, Words]]:
    """Everything that is held about the person of this datum, and for each petition shared with others their words."""
    shared: dict[str, Words] = {}
    matters = []
    for folio in _folios(db, key):
        petition = decode(Petition, db.execute(select(petitions.c.body).where(petitions.c.folio == folio)).scalar_one())
        words = _shared_with(db, petition, key)
        if words:
            shared[folio] = words
        matters.append(_matter(db, petition, words is not None, today))
    old = _read_past(db, key)
    listed = None
    if key.kind is Dato.NSS:
        row = db.execute(select(pensioners).where(pensioners.c.nss == key.value)).mappings().first()
        listed = unpack(Pensioner, row) if row else None
    rows = {table.name: tuple(_told(row) for row in found) for table, found in _rows_of(db, key, matters, old)}
    loose = {table.name: len(found) for table, found in _loose(db, key).items() if found}
    return Held(key, tuple(matters), old, listed, loose, rows), shared


def _folios(db: Connection, key: PersonKey) -> list[str]:
    """Our petitions under this datum, the oldest first."""
    if key.kind is Dato.FOLIO:
        places = [select(petitions.c.folio).where(petitions.c.folio == key.value)]
    else:
        places = [select(petitions.c.folio).where(petitions.c.folio.in_(_keyed(key, imported=False)))]
    if key.kind is Dato.NSS:
        places.append(select(checks.c.folio).where(checks.c.nss == key.value))
    if key.kind is Dato.CORREO:
        places.append(select(drafts.c.folio).where(func.lower(drafts.c.to) == key.value))
    return sorted({folio for place in places for folio in db.execute(place).scalars()})


def _keyed(key: PersonKey, *, imported: bool) -> Select[Any]:
    (kept,) = known_keys(**{key.kind.value: key.value})
    return select(person_keys.c.folio).where(
        person_keys.c.kind == kept[0], person_keys.c.value == kept[1], person_keys.c.imported.is_(imported)
    )


def _read_past(db: Connection, key: PersonKey) -> tuple[Past, ...]:
    if key.kind is Dato.FOLIO:
        return ()
    query = select(past.c.body).where(past.c.folio.in_(_keyed(key, imported=True)), past.c.erased_at.is_(None))
    return tuple(decode(Past, body) for body in db.execute(query.order_by(past.c.folio)).scalars())


def _shared_with(db: Connection, petition: Petition, key: PersonKey) -> Words | None:
    """The person's words in a petition that holds others' data, too; None when the whole matter is theirs.

    A mail of a consular office is about several pensioners. Who writes for a relative, or is only written to, is not
    whom the matter is about. A folio names the whole petition.
    """
    if key.kind in (Dato.FOLIO, Dato.SIADE):
        return None
    data = petition.data
    theirs = db.execute(select(checks).where(checks.c.folio == petition.folio)).mappings().all()
    if key.kind is Dato.NSS and theirs:
        # Dates, kinds of document and single names stand in other people's forms, too.
        known = {key.value}
        for check in theirs:
            if check["nss"] == key.value:
                fields = (check[BODY] or {}).get("fields") or {}
                told = (fields.get(name) for name in ("curp", "identificacion_folio", "contacto"))
                known |= {each for each in (check["id_tramite"], whole_name(fields), *told) if each}
        return Words(known)
    own = {Dato.NSS: data.nss, Dato.CURP: data.curp, Dato.TELEFONO: data.telefono, Dato.CORREO: petition.petitioner}
    whole = (own.get(key.kind) or "").casefold() == key.value.casefold()
    if whole and not (data.tercero and key.kind in (Dato.CORREO, Dato.TELEFONO)):
        return None
    return Words((key.value,))


def _matter(db: Connection, petition: Petition, shared: bool, today: date) -> Matter:
    data = petition.data
    rows = {
        table.name: int(db.execute(select(func.count()).select_from(table).where(of(petition.folio))).scalar_one())
        for table, of in OF_FOLIO.items()
    }
    erased_at = db.execute(select(petitions.c.erased_at).where(petitions.c.folio == petition.folio)).scalar()
    return Matter(
        folio=petition.folio,
        siade=petition.siade,
        account=petition.account,
        state=petition.state,
        opened_at=petition.opened_at,
        erased_at=erased_at,
        petitioner=petition.petitioner,
        nombre=data.nombre,
        nss=data.nss,
        topic=petition.topic,
        shared=shared,
        waits=_why_not(db, petition.folio, today),
        rows={name: number for name, number in rows.items() if number},
        mails=_where_they_lie(db, petition.folio),
    )


def _where_they_lie(db: Connection, folio: str) -> tuple[Lies, ...]:
    """The messages that were read of a petition, in their folders; moves that were done tell where they went."""
    found = []
    for row in db.execute(select(deliveries).where(deliveries.c.folio == folio).order_by(deliveries.c.id)):
        moved = select(outbox.c.payload).where(
            outbox.c.delivery_id == row.id, outbox.c.task == Task.MOVER, outbox.c.state == Row.DONE
        )
        payload = db.execute(moved.order_by(outbox.c.id.desc()).limit(1)).scalar() or {}
        filed = str(payload.get("target") or "")
        found.append(Lies(row.account, row.folder, filed, row.message_id or "", row.claimed_at))
    return tuple(found)


def _loose(db: Connection, key: PersonKey) -> dict[Table, list[Values]]:
    """Rows that belong to no petition of ours and name the person; a folio names none."""
    words = Words((key.value,) if key.kind not in (Dato.FOLIO, Dato.SIADE) else ())
    if not words.plain:
        return {}
    places: tuple[tuple[Table, tuple[ColumnElement[Any], ...], ColumnElement[bool]], ...] = (
        (decisions, (decisions.c.body,), decisions.c.folio.is_(None)),
        (history, (history.c.text, history.c.actor), history.c.folio.is_(None)),
        (copies, (copies.c.to, copies.c.subject), copies.c.draft_id.is_(None)),
        (alarms, (alarms.c.text,), alarms.c.until.is_not(None)),
        (deliveries, (deliveries.c.message_id, deliveries.c.detail), deliveries.c.folio.is_(None)),
        (outbox, (outbox.c.error,), and_(outbox.c.folio.is_(None), outbox.c.state != Row.PENDING)),
    )
    found: dict[Table, list[Values]] = {}
    for table, columns, where in places:
        named = or_(
            *(
                func.lower(cast(column, Text)).contains(word, autoescape=True)
                for column in columns
                for word in words.plain
            )
        )
        found[table] = [dict(row) for row in db.execute(select(table).where(where, named)).mappings()]
    return found


def _rows_of(
    db: Connection, key: PersonKey, matters: Sequence[Matter], old: Sequence[Past]
) -> Iterator[tuple[Table, list[Values]]]:
    """Every row that is held about the person, table by table; of what is shared only the rows that name them."""
    words = Words((key.value,))
    loose = _loose(db, key)
    for table, of in OF_FOLIO.items():
        found = loose.get(table, [])
        for matter in matters:
            rows = [dict(row) for row in db.execute(select(table).where(of(matter.folio))).mappings()]
            found = [*found, *(row for row in rows if not matter.shared or words.struck(_told(row)) != _told(row))]
        if found:
            yield table, found
    if found_alarms := loose.get(alarms):
        yield alarms, found_alarms
    own = [each.folio for each in matters if not each.shared]
    tied: dict[Table, list[Values]] = {
        threads: _tied(db, threads, threads.c.folio.in_(own)),
        person_keys: _tied(db, person_keys, person_keys.c.folio.in_([*own, *(row.folio for row in old)])),
        past: _tied(db, past, past.c.folio.in_([row.folio for row in old])),
        pensioners: _tied(db, pensioners, pensioners.c.nss == key.value) if key.kind is Dato.NSS else [],
    }
    yield from ((table, found) for table, found in tied.items() if found)


def _tied(db: Connection, table: Table, which: ColumnElement[bool]) -> list[Values]:
    return [dict(row) for row in db.execute(select(table).where(which)).mappings()]


def _told(row: Values) -> dict[str, Any]:
    """A row as plain values; a mail's bytes as text."""
    return {
        name: value.decode("utf-8", "replace") if isinstance(value, bytes) else encode(value)
        for name, value in row.items()
    }


# --- past its time ---------------------------------------------------------------------------------------------------


def _expired_matters(kind: Kind, before: datetime, today: date) -> Select[Any]:
    """Concluded petitions that nothing has moved since, and that nothing waits for."""
    folio = petitions.c.folio
    survival = exists().where(checks.c.folio == folio)
    moved = exists().where(history.c.folio == folio, history.c.at >= before)
    written = exists().where(drafts.c.folio == folio, or_(drafts.c.sent_at >= before, drafts.c.changed_at >= before))
    return (
        select(folio)
        .where(petitions.c.opened_at < before, petitions.c.erased_at.is_(None), ~moved, ~written)
        .where(survival if kind is Kind.SUPERVIVENCIA else ~survival)
        .where(*(~condition for _, condition in _waits(today)))
        .order_by(petitions.c.opened_at, folio)
    )


def _with_mails(before: datetime, today: date) -> Select[Any]:
    """Concluded petitions whose mails are still kept in full."""
    folio = petitions.c.folio
    moved = exists().where(history.c.folio == folio, history.c.at >= before)
    kept = or_(
        exists().where(drafts.c.folio == folio, func.length(drafts.c.raw) > 0),
        exists().where(internals.c.folio == folio, func.length(internals.c.raw) > 0),
    )
    return (
        select(folio)
        .where(petitions.c.opened_at < before, ~moved, kept, *(~condition for _, condition in _waits(today)))
        .order_by(petitions.c.opened_at, folio)
    )


def _expire(
    db: Connection, kind: Kind, before: datetime, now: datetime, today: date, limit: int, survey: str | None
) -> Counter[str]:
    """Blank at most `limit` rows or petitions of this kind that are past their time."""
    done: Counter[str] = Counter()
    if kind in (Kind.PETICIONES, Kind.SUPERVIVENCIA):
        for folio in db.execute(_expired_matters(kind, before, today).limit(limit)).scalars().all():
            done += blank_matter(db, folio, now, survey) + Counter({"_": 1})
    elif kind is Kind.CORREOS:
        for folio in db.execute(_with_mails(before, today).limit(limit)).scalars().all():
            for table in (drafts, internals):
                done[table.name] += blank_rows(db, table, OF_FOLIO[table](folio), {"_survey": survey})
            done["_"] += 1
        pending = exists().where(outbox.c.internal_id == internals.c.id, outbox.c.state == Row.PENDING)
        house = and_(internals.c.folio.is_(None), internals.c.created_at < before, ~pending)
        _some(db, done, internals, and_(house, func.length(internals.c.raw) > 0), limit)
    elif kind is Kind.ANTECEDENTES:
        closed = past.c.body["cerrada"].as_string() < before.date().isoformat()
        query = select(past.c.folio).where(closed, past.c.erased_at.is_(None)).order_by(past.c.folio).limit(limit)
        folios = list(db.execute(query).scalars())
        done += blank_past(db, folios, now) + Counter({"_": len(folios)})
    elif kind is Kind.SIN_PETICION:
        unread = decisions.c.body["borrado"].as_string().is_(None)
        _some(db, done, decisions, and_(decisions.c.folio.is_(None), decisions.c.at < before, unread), limit)
        about_none = (history.c.folio.is_(None), history.c.at < before, history.c.text != ERASED)
        _some(db, done, history, and_(*about_none), limit)
        ours = (exists().where(table.c.message_id == deliveries.c.message_id) for table in (drafts, internals, copies))
        old = (deliveries.c.folio.is_(None), deliveries.c.state == Ledger.DECIDED, deliveries.c.finished_at < before)
        plain = deliveries.c.message_id.not_like(f"{ERASED} %")
        _some(db, done, deliveries, and_(*old, plain, ~or_(*ours)), limit)
    else:
        table, which = _simple(kind, before)
        _some(db, done, table, which, limit)
    return +done


def _simple(kind: Kind, before: datetime) -> tuple[Table, ColumnElement[bool]]:
    """Where a kind is the rows of one table."""
    if kind is Kind.REGISTROS_SIADE:
        return records, and_(records.c.exported_at < before, records.c.body["texto"].as_string() != ERASED)
    if kind is Kind.COPIAS_AJENAS:
        return copies, and_(copies.c.draft_id.is_(None), copies.c.seen_at < before, copies.c.subject != ERASED)
    if kind is Kind.CUARENTENA:
        apart = and_(deliveries.c.state == Ledger.QUARANTINED, deliveries.c.finished_at < before)
        return deliveries, and_(apart, deliveries.c.detail != "")
    return alarms, and_(alarms.c.until < before, alarms.c.text != ERASED)


def _some(db: Connection, done: Counter[str], table: Table, which: ColumnElement[bool], limit: int) -> None:
    """Blank some of these rows."""
    keys = list(table.primary_key)
    rows = db.execute(select(*keys).where(which).limit(limit)).all()
    for row in rows:
        one = and_(*(key == value for key, value in zip(keys, row, strict=True)))
        done[table.name] += blank_rows(db, table, one, {})
    done["_"] += len(rows)


# --- records of erasures ---------------------------------------------------------------------------------------------


def _write(db: Connection, record: Erasure) -> Erasure:
    """Keep the record under the next number; erasures by time of one day are one record."""
    last = db.execute(select(erasures).order_by(erasures.c.number.desc()).limit(1)).mappings().first()
    if last and record.origin == "plazo":
        before = unpack(Erasure, last)
        if before.origin == "plazo" and before.reason == record.reason:
            summed = dict(Counter(before.rows) + Counter(record.rows))
            record = replace(record, number=before.number, rows=summed)
            db.execute(update(erasures).where(erasures.c.number == record.number).values(_as_row(record)))
            return record
    record = replace(record, number=(last["number"] if last else 0) + 1)
    db.execute(insert(erasures), _as_row(record))
    return record


def _as_row(record: Erasure) -> dict[str, Any]:
    return pack(record, erasures.c.keys())


class Privacy:
    """The part of the store that tells what is held about a person, and blanks it."""

    _db: Database

    def held_about(self, key: PersonKey, today: date) -> Held:
        with self._db.reading() as db:
            return _find(db, key, today)[0]

    def erase(
        self, key: PersonKey | None, folios: Sequence[str], record: Erasure, today: date, survey: str | None = None
    ) -> Erasure:
        with self._db.writing() as db:
            asked = [key] if key else [PersonKey(Dato.FOLIO, folio) for folio in folios]
            done: Counter[str] = Counter()
            whole: list[str] = []
            struck: list[str] = []
            old: list[str] = []
            for each in asked:
                held, shared = _find(db, each, today)
                for matter in held.matters:
                    # What began to move since it was shown stays.
                    if matter.waits or matter.erased_at or matter.folio not in folios:
                        continue
                    if matter.folio in shared:
                        done += strike_matter(db, matter.folio, shared[matter.folio], survey)
                        struck.append(matter.folio)
                    else:
                        done += blank_matter(db, matter.folio, record.at, survey)
                        whole.append(matter.folio)
                imported = [row.folio for row in held.past]
                done += blank_past(db, imported, record.at)
                old += imported
                for table, rows in _loose(db, each).items():
                    keys = list(table.primary_key)
                    for row in rows:
                        one = and_(*(column == row[column.name] for column in keys))
                        done[table.name] += blank_rows(db, table, one, {}, Words((each.value,)))
            done += Counter()
            record = replace(record, folios=tuple(whole), shared=tuple(struck), past=tuple(old), rows=dict(+done))
            return _write(db, record)

    def expire(
        self, kind: Kind, before: datetime, record: Erasure, today: date, limit: int, survey: str | None = None
    ) -> int:
        with self._db.writing() as db:
            done = _expire(db, kind, before, record.at, today, limit, survey)
            number = done.pop("_", 0)
            if done:
                _write(db, replace(record, rows=dict(done)))
            return number

    def erasures(self) -> tuple[Erasure, ...]:
        with self._db.reading() as db:
            rows = db.execute(select(erasures).order_by(erasures.c.number)).mappings()
            return tuple(unpack(Erasure, row) for row in rows)

    def forget(self) -> bool:
        return self._db.forget()
