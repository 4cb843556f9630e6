"""Facts for the office's figures, read by index for a time; the log of terms and of alarms that they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union,
    update,
)

from daemon.model.figures import (
    ALARM_MAIL,
    AlarmFact,
    CopyFact,
    Facts,
    MailFact,
    Move,
    PetitionFact,
    RecordFact,
    TermFact,
)
from daemon.model.petition import Petition, State

from .engine import Database, insert_once
from .tables import (
    Ledger,
    alarms,
    copies,
    deliveries,
    drafts,
    history,
    internals,
    marks,
    petitions,
    records,
    terms,
)

_OPEN = tuple(state for state in State if not state.closed)
_COUNTED = "conteo"
# The mark that says since when SIADE is out of reach (P 5.21).
CONTINGENCIA = "siade_contingencia"


def note_terms(db: Connection, petition: Petition, before: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Log the terms that begin with this version of the petition, and end those that it no longer has.

    `before` are the terms of the version before, as they were stored.
    """
    running = {(term.name, term.started_at): term for term in petition.terms}
    known = {(str(term["name"]), datetime.fromisoformat(term["started_at"])) for term in before}
    new = [
        {
            "folio": petition.folio,
            "name": term.name,
            "started_at": term.started_at,
            "numeral": term.numeral,
            "at_due": term.at_due,
            "due_at": term.due_at,
            "acts_at": term.acts_at,
        }
        for key, term in running.items()
        if key not in known
    ]
    insert_once(db, terms, new)
    for name, started_at in sorted(known - set(running)):
        which = (terms.c.folio == petition.folio, terms.c.name == name, terms.c.started_at == started_at)
        db.execute(update(terms).where(*which, terms.c.ended_at.is_(None)).values(ended_at=now))


def contingencia(db: Connection) -> str | None:
    """Since when SIADE is out of reach, as it was noted, or None."""
    return db.execute(select(marks.c.value).where(marks.c.key == CONTINGENCIA)).scalar()


class Figures:
    """The part of the store that gives facts for figures, and remembers alarms."""

    _db: Database

    def facts(self, since: datetime, until: datetime, survey: str | None = None) -> Facts:
        with self._db.reading() as db:
            return Facts(
                since=since,
                until=until,
                petitions=_petitions(db, since, until),
                moves=_moves(db, since, until),
                mails=_mails(db, since, until, survey),
                copies=_copies(db, since, until),
                terms=_terms(db, since, until),
                records=_records(db, since, until),
                alarms=alarms_since(db, since),
                contingencia=contingencia(db),
            )

    def alarm_on(self, key: str, text: str, now: datetime) -> None:
        with self._db.writing() as db:
            on = db.execute(select(alarms.c.since).where(alarms.c.key == key, alarms.c.until.is_(None))).first()
            if on is None:
                insert_once(db, alarms, [{"key": key, "text": text, "since": now}])

    def alarm_off(self, key: str | None, now: datetime) -> None:
        which = [alarms.c.until.is_(None), *([alarms.c.key == key] if key else [])]
        with self._db.writing() as db:
            db.execute(update(alarms).where(*which).values(until=now))

    def alarms(self, since: datetime) -> tuple[AlarmFact, ...]:
        with self._db.reading() as db:
            return alarms_since(db, since)

    def tell_alarms(self, began: Sequence[AlarmFact], ended: Sequence[AlarmFact], mail: datetime) -> None:
        with self._db.writing() as db:
            for column, told in ((alarms.c.told, began), (alarms.c.told_over, ended)):
                for each in told:
                    which = (alarms.c.key == each.key, alarms.c.since == each.since, column.is_(None))
                    db.execute(update(alarms).where(*which).values({column: mail}))
            db.execute(delete(marks).where(marks.c.key == ALARM_MAIL))
            insert_once(db, marks, [{"key": ALARM_MAIL, "value": mail.isoformat(), "at": mail}])


def _folios(since: datetime, until: datetime, *more: Select[Any]) -> CompoundSelect[Any]:
    """Petitions that bear on the time, and `more`: each part is found by an index, whatever the size of the store."""
    before = petitions.c.opened_at < until
    return union(
        select(petitions.c.folio).where(before, petitions.c.opened_at >= since),
        select(petitions.c.folio).where(before, petitions.c.state.in_(_OPEN)),
        select(history.c.folio).where(history.c.at >= since, history.c.folio.is_not(None)),
        *more,
    )


def _petitions(db: Connection, since: datetime, until: datetime) -> tuple[PetitionFact, ...]:
    texts = ("captured_on", "type", "topic", "ooad", "destination", "registered_at", "siade")
    own = (petitions.c.folio, petitions.c.account, petitions.c.state, petitions.c.opened_at, petitions.c.consultor)
    query = (
        select(
            *own,
            *(petitions.c.body[name].as_string().label(name) for name in texts),
            petitions.c.body["urgent"].as_boolean().label("urgent"),
            petitions.c.body["missing"].as_json().label("missing"),
        )
        .where(petitions.c.folio.in_(_folios(since, until)), petitions.c.opened_at < until)
        .order_by(petitions.c.opened_at, petitions.c.folio)
    )
    return tuple(
        PetitionFact(
            folio=row.folio,
            account=row.account,
            state=row.state,
            opened_at=row.opened_at,
            captured_on=date.fromisoformat(row.captured_on),
            type=row.type,
            topic=row.topic,
            consultor=row.consultor,
            ooad=row.ooad,
            destination=row.destination,
            registered_at=datetime.fromisoformat(row.registered_at) if row.registered_at else None,
            siade=row.siade,
            urgent=bool(row.urgent),
            missing=len(row.missing or ()),
        )
        for row in db.execute(query)
    )


def _moves(db: Connection, since: datetime, until: datetime) -> tuple[Move, ...]:
    query = select(history.c.folio, history.c.at, history.c.action, history.c.state).where(
        history.c.folio.in_(_folios(since, until)), history.c.at < until
    )
    return tuple(Move(row.folio, row.at, row.action, row.state) for row in db.execute(query.order_by(history.c.id)))


def _meant(since: datetime, until: datetime) -> ColumnElement[bool]:
    sent = select(drafts.c.folio).where(drafts.c.sent_at >= since, drafts.c.sent_at < until)
    return and_(drafts.c.folio.in_(_folios(since, until, sent)), drafts.c.created_at < until)


def _mails(db: Connection, since: datetime, until: datetime, survey: str | None) -> tuple[MailFact, ...]:
    # The text is looked at, never read: a store of years holds gigabytes of it.
    carries = drafts.c.text.contains(survey, autoescape=True) if survey else literal(False)
    own = (
        drafts.c.id,
        drafts.c.folio,
        drafts.c.clase,
        drafts.c.account,
        drafts.c.state,
        drafts.c.created_at,
        drafts.c.message_id,
        drafts.c.laid_at,
        drafts.c.sent_at,
    )
    query = select(
        *own,
        drafts.c.body["turn"].as_integer().label("turn"),
        drafts.c.body["consultor"].as_string().label("consultor"),
        carries.label("survey"),
    ).where(_meant(since, until))
    rows = db.execute(query.order_by(drafts.c.created_at, drafts.c.folio, drafts.c.ordinal))
    return tuple(MailFact(**{**row._mapping, "survey": bool(row.survey)}) for row in rows)


def _copies(db: Connection, since: datetime, until: datetime) -> tuple[CopyFact, ...]:
    internal = exists().where(internals.c.message_id == copies.c.message_id)
    sent = select(drafts.c.id).where(drafts.c.sent_at >= since, drafts.c.sent_at < until)
    which = or_(
        and_(copies.c.seen_at >= since, copies.c.seen_at < until),
        copies.c.draft_id.in_(sent),
    )
    query = select(copies, internal.label("internal")).where(which).order_by(copies.c.seen_at, copies.c.id)
    rows = db.execute(query).all()
    often = _sightings(db, which)
    return tuple(
        CopyFact(
            message_id=row.message_id,
            account=row.account,
            origin=row.origin,
            seen_at=row.seen_at,
            sender=row.sender,
            to=row.to,
            draft=row.draft_id,
            times=often.get((row.message_id, row.account), 1) if row.origin == _COUNTED else 1,
            internal=bool(row.internal),
        )
        for row in rows
    )


def _sightings(db: Connection, which: ColumnElement[bool]) -> dict[tuple[str, str], int]:
    """How often a counted mail lay in its counting mailbox, where that was more than once.

    Only one numbering of a folder is counted: after another UIDVALIDITY the same messages are listed again.
    """
    lay = (deliveries.c.message_id == copies.c.message_id, deliveries.c.account == copies.c.account)
    number = func.count()
    query = (
        select(copies.c.message_id, copies.c.account, number)
        .join(deliveries, and_(*lay))
        .where(copies.c.origin == _COUNTED, deliveries.c.folder == "INBOX", deliveries.c.state == Ledger.DECIDED, which)
        .group_by(copies.c.message_id, copies.c.account, deliveries.c.uidvalidity)
        .having(number > 1)
    )
    return {(row[0], row[1]): int(row[2]) for row in db.execute(query)}


def _terms(db: Connection, since: datetime, until: datetime) -> tuple[TermFact, ...]:
    query = select(terms).where(terms.c.folio.in_(_folios(since, until)), terms.c.started_at < until)
    rows = db.execute(query.order_by(terms.c.due_at, terms.c.folio, terms.c.name))
    return tuple(TermFact(**row._mapping) for row in rows)


def _records(db: Connection, since: datetime, until: datetime) -> tuple[RecordFact, ...]:
    made = and_(records.c.created_at >= since, records.c.created_at < until)
    query: Select[Any] = select(records.c.folio, records.c.clase, records.c.created_at, records.c.exported_at)
    rows = db.execute(query.where(or_(made, records.c.batch.is_(None))).order_by(records.c.number))
    return tuple(RecordFact(**row._mapping) for row in rows)


def alarms_since(db: Connection, since: datetime) -> tuple[AlarmFact, ...]:
    which = or_(alarms.c.until.is_(None), alarms.c.until >= since)
    rows = db.execute(select(alarms).where(which).order_by(alarms.c.since, alarms.c.key))
    return tuple(AlarmFact(**row._mapping) for row in rows)
