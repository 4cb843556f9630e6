"""The review folder: what people did with drafts is found out, stored and followed; nothing stale stays behind."""

from __future__ import annotations

from datetime import timedelta

from ..decide.outcomes import on_turned_down
from ..errors import AcuseError, MessageGone
from ..model.outgoing import DraftState, ReviewOutcome
from ..send.private import prepare_approved
from ..send.review import Outcome, outcomes
from .desk import Desk, Station

LATELY = timedelta(days=2)
_TURNED_DOWN = {
    ReviewOutcome.RECHAZADO: DraftState.RECHAZADO_POR_CONSULTOR,
    ReviewOutcome.BORRADO: DraftState.BORRADO,
}


def review(desk: Desk, station: Station) -> bool:
    """Look once at what lies where and follow each draft's outcome; True when something was decided.

    Drafts decided lately are looked at too: their originals and leftovers must not stay behind, nor be mistaken for
    the approval of the petition's next draft.
    """
    waiting = desk.store.waiting(station.account, (DraftState.EN_REVISION,))
    lately = desk.store.decided_since(station.account, desk.now() - LATELY)
    known = {draft.id: draft for draft in (*lately, *waiting)}
    worked = False
    for outcome in outcomes(
        station.review.survey(), list(known.values()), now=desk.now(), grace=desk.grace, ours=desk.folio_of
    ):
        followed = _follow(desk, station, outcome)
        if followed or outcome.outcome is None:
            for handle in outcome.stale:
                station.review.clear(handle)
        worked = followed or worked
    return worked


def _follow(desk: Desk, station: Station, outcome: Outcome) -> bool:
    draft = outcome.draft
    if outcome.outcome is None:
        if outcome.missing_since != draft.missing_since:
            desk.store.mark_missing(draft.id, outcome.missing_since)
        return False
    if outcome.outcome is ReviewOutcome.APROBADO:
        return _approve(desk, station, outcome)
    petition = desk.store.petition(draft.folio)
    if petition is None:
        return False
    state = _TURNED_DOWN[outcome.outcome]
    plan = on_turned_down(petition, draft, state, desk.now())
    desk.commit(plan, before=petition, settle=(draft.id, state))
    desk.tell(state.value, plan.petition, clase=draft.clase.value, n=draft.ordinal)
    return True


def _approve(desk: Desk, station: Station, outcome: Outcome) -> bool:
    """Take exactly what stands in Aprobadas, edits included; the row that sends it is written with it."""
    if outcome.handle is None:
        return False
    try:
        raw, text = prepare_approved(station.review.take(outcome.handle), outcome.draft, at=desk.now())
    except MessageGone:
        return False
    except AcuseError as problem:
        desk.alarm_once(f"aprobado:{outcome.draft.id}", str(problem), folio=outcome.draft.folio)
        return False
    desk.store.approve(outcome.draft.id, raw, text, desk.now())
    desk.calm(f"aprobado:{outcome.draft.id}")
    desk.tell("aprobado", desk.store.petition(outcome.draft.folio), clase=outcome.draft.clase.value)
    return True
