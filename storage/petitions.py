"""Petitions with their version, their conversations and their history; what is known that bears on a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select, update

from daemon.errors import IllegalTransition
from daemon.model.decision import Decision, Disposition
from daemon.model.ledger import History, Keys
from daemon.model.outgoing import Draft, DraftState
from daemon.model.petition import HistoryEntry, Petition, State

from . import deliveries, figures, outbox, people, survival
from .codec import decode, encode, pack, unpack
from .engine import Database, insert_once
from .tables import decisions, drafts, history, petitions, threads

_CLOSED = tuple(state for state in State if state.closed)
# Named one by one, so that an index leads to them: what is closed grows without end.
_OPEN = tuple(state for state in State if not state.closed)
_LATEST = 50


# --- pieces of a larger transaction ----------------------------------------------------------------------------------


def save(db: Connection, petition: Petition, now: datetime) -> None:
    """Store the petition as its next version; IllegalTransition when it is not the stored version that was read."""
    stored = replace(petition, version=petition.version + 1)
    row = {
        "folio": stored.folio,
        "account": stored.account,
        "state": stored.state,
        "petitioner": stored.petitioner,
        "opened_at": stored.opened_at,
        "nss": stored.data.nss,
        "consultor": stored.consultor,
        "acts_at": min((term.acts_at for term in stored.terms if term.at_due != "nada"), default=None),
        "version": stored.version,
        "body": encode(stored),
    }
    running = petitions.c.body["terms"].as_json().label("terms")
    before = db.execute(select(petitions.c.version, running).where(petitions.c.folio == petition.folio)).first()
    known = before.version if before else None
    changed = 1
    if known is None and petition.version == 0:
        db.execute(insert(petitions), row)
    else:
        which = (petitions.c.folio == petition.folio, petitions.c.version == petition.version)
        changed = db.execute(update(petitions).where(*which).values(row)).rowcount
    if changed != 1:
        raise IllegalTransition(
            f"la petición cambió entre tanto (se leyó la versión {petition.version}, está guardada la {known})",
            where=petition.folio,
            cure="se lee y se decide de nuevo en la siguiente vuelta",
        )
    people.note(db, stored)
    figures.note_terms(db, stored, (before.terms or ()) if before else (), now)
    join(db, petition.folio, stored.thread)


def join(db: Connection, folio: str, message_ids: Iterable[str]) -> None:
    """These Message-IDs belong to the petition's conversation, unless they already belong to another's."""
    insert_once(db, threads, [{"message_id": each, "folio": folio} for each in dict.fromkeys(message_ids) if each])


def write_history(db: Connection, folio: str | None, entries: Sequence[HistoryEntry]) -> None:
    if entries:
        db.execute(insert(history), [{"folio": folio, **pack(entry, history.c.keys())} for entry in entries])


def write_decision(
    db: Connection, decision: Decision, now: datetime, delivery_id: int | None, folio: str | None
) -> None:
    """Keep the judgement with its trail. What was read of attachments is left out: messages stay in the mailbox."""
    attachments = tuple(replace(attachment, text="") for attachment in decision.attachments)
    forms = tuple(replace(form, fields={}) for form in decision.forms)
    row = {
        "delivery_id": delivery_id,
        "folio": folio,
        "at": now,
        "rules_version": decision.rules_version,
        "body": encode(replace(decision, attachments=attachments, forms=forms)),
    }
    db.execute(insert(decisions), row)


def _read(db: Connection, query: Select[Any]) -> tuple[Petition, ...]:
    return tuple(decode(Petition, body) for body in db.execute(query).scalars())


def _by_folios(db: Connection, folios: Sequence[str]) -> tuple[Petition, ...]:
    """These petitions in the order asked for, without those that do not exist."""
    if not folios:
        return ()
    found = {each.folio: each for each in _read(db, select(petitions.c.body).where(petitions.c.folio.in_(folios)))}
    return tuple(found[folio] for folio in dict.fromkeys(folios) if folio in found)


def _by_thread(db: Connection, message_ids: Sequence[str]) -> Petition | None:
    """The petition of the first of these Message-IDs (nearest first) that belongs to a conversation we know."""
    if not message_ids:
        return None
    rows = db.execute(select(threads.c.message_id, threads.c.folio).where(threads.c.message_id.in_(message_ids)))
    known = {row.message_id: row.folio for row in rows}
    folios = [known[each] for each in message_ids if each in known]
    return next(iter(_by_folios(db, folios)), None)


def _of_writer(db: Connection, address: str) -> tuple[Petition, ...]:
    """Who writes with all that is open of theirs, newest first; of what is closed only the latest.

    A consular office writes thousands of times, and each of its mails asks this.
    """
    newest_first = petitions.c.opened_at.desc(), petitions.c.folio.desc()
    of_writer = petitions.c.petitioner == address
    latest = select(petitions.c.folio).where(of_writer).order_by(*newest_first).limit(_LATEST).subquery()
    near = or_(petitions.c.state.not_in(_CLOSED), petitions.c.folio.in_(select(latest.c.folio)))
    return _read(db, select(petitions.c.body).where(of_writer, near).order_by(*newest_first))


def _newest_first(found: tuple[Petition, ...]) -> tuple[Petition, ...]:
    return tuple(sorted(found, key=lambda petition: (petition.opened_at, petition.folio), reverse=True))


def _load(db: Connection) -> dict[str, int]:
    """How many open petitions each consultant has."""
    consultor = petitions.c.consultor
    query = select(consultor, func.count()).where(consultor.is_not(None), petitions.c.state.in_(_OPEN))
    return {str(who): int(count) for who, count in db.execute(query.group_by(consultor))}


def _our_mail(db: Connection, keys: Keys) -> Draft | None:
    """The mail of ours that the message is a copy of, or else the nearest one that it answers."""
    ids = [each for each in (keys.message_id, *keys.thread) if each]
    if not ids:
        return None
    found = {
        each.message_id: each for each in outbox.read_drafts(db, select(drafts).where(drafts.c.message_id.in_(ids)))
    }
    return next((found[each] for each in ids if each in found), None)


def _to(address: str) -> ColumnElement[bool]:
    """Mail to this person: ana+a@, ana+b@ and ana@ are one mailbox (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    name, to = local.partition("+")[0] or local, drafts.c.to
    tagged = and_(to.startswith(f"{name}+", autoescape=True), to.endswith(f"@{domain}", autoescape=True))
    return or_(to == f"{name}@{domain}", tagged)


def _left(start: datetime) -> ColumnElement[bool]:
    """Automatic mails that left since `start`."""
    automatic = drafts.c.disposition == Disposition.ENVIAR
    return and_(automatic, drafts.c.state == DraftState.ACEPTADO, drafts.c.sent_at >= start)


def _leaving(start: datetime) -> ColumnElement[bool]:
    """Automatic mails written since `start` that are about to leave, or may have left."""
    about_to = (DraftState.PREPARADO, DraftState.ENVIANDO, DraftState.INCIERTO)
    automatic = drafts.c.disposition == Disposition.ENVIAR
    return and_(automatic, drafts.c.state.in_(about_to), drafts.c.created_at >= start)


def _sent_since(db: Connection, address: str, start: datetime) -> int:
    """Automatic mails to this person since `start`: those that left and those about to."""
    query = select(func.count()).where(_to(address), or_(_left(start), _leaving(start)))
    return int(db.execute(query).scalar_one())


# --- the store's methods ---------------------------------------------------------------------------------------------


class Deciding:
    """The part of the store that the deciding step and people's questions about petitions work with."""

    _db: Database

    def history_for(self, keys: Keys, day_start: datetime) -> History:
        with self._db.reading() as db:
            by_thread = _by_thread(db, keys.thread)
            by_token = _by_folios(db, keys.tokens)
            by_address: tuple[Petition, ...] = ()
            if keys.address:
                by_address = _of_writer(db, keys.address)
            # A survival check brings its petition, and that one all its checks: together they settle it.
            named = (*((by_thread,) if by_thread else ()), *by_token)
            of_checks = _by_folios(db, [check.folio for check in survival.concerned(db, keys, named)])
            by_token = (*by_token, *(petition for petition in of_checks if petition not in by_token))
            seen_before, already = deliveries.taken_before(db, keys)
            # The drafts of whatever petition the message may turn out to continue, by the strongest proof there is.
            kin = _newest_first(_by_folios(db, people.kin(db, keys, imported=False)))
            theirs = (*by_address, *(p for p in kin if keys.nss and p.data.nss == keys.nss))
            near = (by_thread,) if by_thread else by_token or tuple(p for p in theirs if not p.state.closed)
            written = select(drafts).where(drafts.c.folio.in_([petition.folio for petition in near]))
            return History(
                by_thread=by_thread,
                by_token=by_token,
                by_address=by_address,
                draft=_our_mail(db, keys),
                already=already,
                seen_before=seen_before,
                sent_today=_sent_since(db, keys.address, day_start) if keys.address else 0,
                drafts=outbox.read_drafts(db, written.order_by(drafts.c.created_at, drafts.c.ordinal)) if near else (),
                checks=survival.concerned(db, keys, (*named, *of_checks)),
                pensioners=survival.listed(db, keys.survival_nss),
                kin=kin,
                past=people.imported(db, keys),
                load=_load(db),
                contingencia=figures.contingencia(db) is not None,
            )

    def petition(self, folio: str) -> Petition | None:
        with self._db.reading() as db:
            return next(iter(_by_folios(db, [folio])), None)

    def petitions(self, *, open_only: bool = False, limit: int = 500) -> tuple[Petition, ...]:
        query = select(petitions.c.body).order_by(petitions.c.opened_at.desc(), petitions.c.folio.desc()).limit(limit)
        if open_only:
            query = query.where(petitions.c.state.in_(_OPEN))
        with self._db.reading() as db:
            return _read(db, query)

    def petitions_about(self, account: str, topic: str) -> tuple[Petition, ...]:
        about = (petitions.c.account == account, petitions.c.body["topic"].as_string() == topic)
        newest_first = petitions.c.opened_at.desc(), petitions.c.folio.desc()
        with self._db.reading() as db:
            return _read(db, select(petitions.c.body).where(*about).order_by(*newest_first))

    def sent_by(self, account: str, since: datetime) -> int:
        # What left is looked up by its instant, and sorted by account here: an account's mails of years are too many.
        left = select(drafts.c.account).where(_left(since))
        leaving = select(drafts.c.account).where(drafts.c.account == account, _leaving(since))
        with self._db.reading() as db:
            return sum(list(db.execute(each).scalars()).count(account) for each in (left, leaving))

    def due(self, until: datetime, accounts: Sequence[str]) -> list[str]:
        query = select(petitions.c.folio).where(petitions.c.acts_at <= until, petitions.c.account.in_(accounts))
        with self._db.reading() as db:
            return list(db.execute(query.order_by(petitions.c.acts_at, petitions.c.folio)).scalars())

    def next_due(self, accounts: Sequence[str]) -> datetime | None:
        query = select(petitions.c.acts_at).where(petitions.c.acts_at.is_not(None), petitions.c.account.in_(accounts))
        with self._db.reading() as db:
            return db.execute(query.order_by(petitions.c.acts_at).limit(1)).scalar()

    def story(self, folio: str) -> tuple[HistoryEntry, ...]:
        query = select(history).where(history.c.folio == folio).order_by(history.c.id)
        with self._db.reading() as db:
            return tuple(unpack(HistoryEntry, row) for row in db.execute(query).mappings())

    def decisions(self, folio: str) -> tuple[Decision, ...]:
        """The judgements on this petition's messages, oldest first, as they were stored with their trails."""
        query = select(decisions.c.body).where(decisions.c.folio == folio).order_by(decisions.c.id)
        with self._db.reading() as db:
            return tuple(decode(Decision, body) for body in db.execute(query).scalars())
