"""Terms that fell due: the second request and the conclusion leave at their instant, never before the inbox is read."""

from __future__ import annotations

from ..decide.outcomes import on_due
from ..errors import IllegalTransition
from ..model.ledger import Keys
from .desk import Desk, Station


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
        keys = Keys(message_id="", digest="", tokens=(folio,), address=petition.petitioner)
        history = desk.store.history_for(keys, desk.policy.calendar.midnight(now))
        plan = on_due(petition, history, desk.policy, now)
        try:
            desk.commit(plan, before=petition)
        except IllegalTransition:
            # Something newer was stored meanwhile: the next pass judges by that.
            continue
        worked = True
    return worked
