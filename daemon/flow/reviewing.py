"""The review folder: what people did with drafts is found out, stored and followed; nothing stale stays behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ..decide.course import tell_staff
from ..decide.outcomes import on_turned_down
from ..errors import AcuseError, MessageGone
from ..model.decision import Plan
from ..model.ids import folios_in
from ..model.ledger import Cursor
from ..model.outgoing import Draft, DraftState, Lying, ReviewOutcome
from ..model.petition import HistoryEntry
from ..send.private import prepare_approved
from ..send.review import Outcome, outcomes, stranded
from .desk import Desk, Station

LATELY = timedelta(days=2)
# So many waiting drafts are not deleted by hand between two looks.
_MANY = 3
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
    worked, lying = False, station.review.survey()
    found = outcomes(lying, list(known.values()), now=desk.now(), grace=desk.grace, ours=desk.folio_of)
    lost = _folder_lost(desk, station, found, waiting)
    _tell_stranded(desk, station, lying, tuple(known.values()))
    for outcome in found:
        if lost and outcome.outcome is ReviewOutcome.BORRADO:
            continue
        followed = _follow(desk, station, outcome)
        if followed or outcome.outcome is None:
            for handle in outcome.stale:
                station.review.clear(handle)
        worked = followed or worked
    return worked


def _folder_lost(desk: Desk, station: Station, found: Sequence[Outcome], waiting: Sequence[Draft]) -> bool:
    """Whether drafts are missing because their folder is, and nobody deleted them: then nothing follows from it.

    The pending folder is another than before, or all drafts that lay there vanished between two looks. Once on, the
    alarm stays until none is missing, since people bring drafts back one by one.
    """
    key, folder = f"vacia:{station.account}", desk.policy.rules.carpetas.pendientes
    missing = {each.draft.id: each.missing_since for each in found if each.missing_since is not None}
    known, identity = desk.store.cursor(station.account, folder), station.review.identity()
    another = known is None or known.uidvalidity != identity
    if not missing:
        desk.calm(key)
        if another:
            desk.store.start_cursor(station.account, folder, Cursor(identity, 0))
        return False
    at_once = len(missing) >= _MANY and len(set(missing.values())) == 1
    since = max(missing.values())
    others = any(draft.id not in missing and draft.laid_at and draft.laid_at <= since for draft in waiting)
    if another or (at_once and not others):
        rejected = desk.policy.rules.carpetas.rechazadas
        text = (
            f"faltan borradores que esperaban en «{folder}» ({len(missing)}), y la carpeta es otra o desaparecieron "
            "todos a la vez: ninguno se da por borrado. Devuelva la carpeta o los borradores; los que no deban salir, "
            f"muévalos a «{rejected}»"
        )
        desk.alarm_once(key, text, buzon=station.account)
    return key in desk.alarmed


def _tell_stranded(desk: Desk, station: Station, lying: Sequence[Lying], known: Sequence[Draft]) -> None:
    """Whoever moves something to Aprobadas believes that it leaves; what cannot leave is told, once."""
    prefix = f"aprobadas:{station.account}:"
    still = set()
    for message, draft in stranded(lying, known, desk.folio_of):
        key = prefix + message.handle
        still.add(key)
        what = "un mensaje que no es un borrador que espere aprobación"
        if draft is not None:
            what = "un borrador que ya se había dado por borrado"
        elif message.ficha_id:
            what = "una ficha, no su borrador"
        text = (
            f"en «{desk.policy.rules.carpetas.aprobadas}» hay {what}: no se envía; sáquelo de ahí y, si hace falta, "
            "escriba usted a la persona"
        )
        named = [*folios_in(message.subject), *filter(None, map(desk.folio_of, (message.message_id, *message.thread)))]
        _unusable(desk, key, draft.folio if draft else next(iter(named), None), text)
    for key in [key for key in desk.alarmed if key.startswith(prefix) and key not in still]:
        desk.calm(key)


def _unusable(desk: Desk, key: str, folio: str | None, why: str) -> None:
    """An approval without effect: an alarm, a line in the history, and word to the petition's people."""
    if key in desk.alarmed:
        return
    desk.alarm_once(key, why, folio=folio)
    petition = desk.store.petition(folio) if folio else None
    if petition is None or any(entry.text == why for entry in desk.store.story(petition.folio)[-1:]):
        return
    entry = HistoryEntry(desk.now(), "aprobado_sin_efecto", why, "P a66", state=petition.state)
    plan = Plan(petition=petition, history=(entry,), effects=tuple(tell_staff(petition, desk.policy, why)))
    desk.commit(plan, before=petition)


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
    plan = on_turned_down(petition, draft, state, desk.now(), desk.store.checks_of(petition.folio))
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
        why = f"{problem.what} ({problem.cure})"
        _unusable(desk, f"aprobado:{outcome.draft.id}", outcome.draft.folio, why)
        return False
    desk.store.approve(outcome.draft.id, raw, text, desk.now())
    desk.calm(f"aprobado:{outcome.draft.id}")
    desk.tell("aprobado", desk.store.petition(outcome.draft.folio), clase=outcome.draft.clase.value)
    return True
