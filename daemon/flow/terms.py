"""Terms that fell due: the second request and the conclusion leave at their instant, never before the inbox is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..decide.profiles import profile_of
from ..errors import IllegalTransition, TemplateFailed
from ..model.decision import Plan
from ..model.ledger import Keys
from ..model.petition import Petition
from .desk import Desk, Station

# When a mail that could not be written is tried again: somebody has mended its template or its address meanwhile.
_AGAIN = timedelta(hours=1)


def fall_due(desk: Desk, station: Station) -> bool:
    """Act on every due term of this mailbox's petitions; True when there was one.

    A term falls due only up to the instant until which all mailboxes were read to their end, because the person may
    have answered to another of our accounts.
    """
    horizon = desk.store.horizon(desk.accounts)
    if horizon is None:
        return False
    now = desk.now()
    worked = False
    for folio in desk.store.due(min(now, horizon), (station.account,)):
        petition = desk.store.petition(folio)
        if petition is None:
            continue
        try:
            _act(desk.fresh(), petition, now)
        except IllegalTransition:
            # Something newer was stored meanwhile: the next pass judges by that.
            continue
        worked = True
    return worked


def _act(desk: Desk, petition: Petition, now: datetime) -> None:
    """Do what this petition's term leads to. A mail that cannot be written is put off, so that it holds up no other."""
    keys = Keys(message_id="", digest="", tokens=(petition.folio,), address=petition.petitioner)
    history = desk.history_for(keys, petition.account)
    profile = profile_of(desk.policy.rules, petition.account)
    plan = profile.on_due(petition, history, desk.policy, now, unread=_unread(desk, petition))
    key = f"plazo:{petition.folio}"
    try:
        desk.commit(plan, before=petition)
    except TemplateFailed as problem:
        desk.alarm_once(key, str(problem), folio=petition.folio)
        later = tuple(replace(term, act_at=now + _AGAIN) if term.acts_at <= now else term for term in petition.terms)
        desk.store.commit(Plan(petition=replace(petition, terms=later)), now=now)
    else:
        desk.calm(key)


def _unread(desk: Desk, petition: Petition) -> int:
    """How many mails came to any account while the petition's term ran and lie in quarantine, read by nobody.

    Who wrote them is unknown. What only looked suspicious was read, and has reached its petition.
    """
    began = min((term.started_at for term in petition.terms), default=None)
    if began is None:
        return 0
    return sum(item.since >= began and item.reason != "sospechoso" for item in desk.store.quarantined())
