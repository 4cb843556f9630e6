"""The review folder: what people did with drafts is found out, stored and followed; nothing stale stays behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ..decide.course import tell_staff
from ..decide.outcomes import on_turned_down
from ..decide.supervision import RETURNED, STOPPED, Seen
from ..errors import ApprovalUnusable, MessageGone
from ..model.decision import Plan
from ..model.ids import folios_in
from ..model.ledger import Cursor
from ..model.outgoing import Draft, DraftState, Lying, Place, ReviewOutcome
from ..model.petition import HistoryEntry
from ..reply import difference
from ..send.private import half_edited, prepare_approved, wording
from ..send.review import Outcome, outcomes, stranded, strange
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

    Where something else lies than what waits, drafts decided lately are looked at too: their originals and leftovers
    must not stay behind, nor be mistaken for the approval of the petition's next draft.
    """
    waiting = desk.store.waiting(station.account, (DraftState.EN_REVISION,))
    worked, lying = False, station.review.survey()
    lately: tuple[Draft, ...] = ()
    if strange(lying, waiting):
        lately = desk.store.decided_since(station.account, desk.now() - LATELY)
    known = {draft.id: draft for draft in (*lately, *waiting)}
    found = outcomes(lying, list(known.values()), now=desk.now(), grace=desk.grace, ours=desk.folio_of)
    lost = {
        draft.id
        for place, here in _by_place(waiting).items()
        if _folder_lost(desk, station, place, found, here)
        for draft in here
    }
    _tell_stranded(desk, station, lying, tuple(known.values()))
    for outcome in found:
        if outcome.draft.id in lost and outcome.outcome is ReviewOutcome.BORRADO:
            continue
        followed = _follow(desk.fresh(), station, outcome)
        if followed or outcome.outcome is None:
            for handle in outcome.stale:
                station.review.clear(handle)
        worked = followed or worked
    return worked


def _by_place(waiting: Sequence[Draft]) -> dict[Place, list[Draft]]:
    """Where each waiting draft lay when it was last seen: what was proposed lies with the supervisor."""
    pending = [draft for draft in waiting if draft.proposed_at is None]
    proposed = [draft for draft in waiting if draft.proposed_at is not None]
    return {Place.PENDIENTES: pending, Place.POR_SUPERVISAR: proposed}


def _folder_lost(
    desk: Desk, station: Station, place: Place, found: Sequence[Outcome], waiting: Sequence[Draft]
) -> bool:
    """Whether drafts are missing because their folder is, and nobody deleted them: then nothing follows from it.

    The folder of this place is another than before, or all drafts that lay there vanished between two looks. Once on,
    the alarm stays until none is missing, since people bring drafts back one by one.
    """
    carpetas, pending = desk.policy.rules.carpetas, place is Place.PENDIENTES
    key = f"vacia:{station.account}" if pending else f"vacia:{station.account}:{place}"
    folder = carpetas.pendientes if pending else carpetas.por_supervisar
    here = {draft.id for draft in waiting}
    missing = {each.draft.id: each.missing_since for each in found if each.missing_since and each.draft.id in here}
    known, identity = desk.store.cursor(station.account, folder), station.review.identity(place)
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
        text = (
            f"faltan borradores que esperaban en «{folder}» ({len(missing)}), y la carpeta es otra o desaparecieron "
            "todos a la vez: ninguno se da por borrado. Devuelva la carpeta o los borradores; los que no deban salir, "
            f"muévalos a «{carpetas.rechazadas}»"
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
    petition = desk.store.petition(draft.folio)
    if petition is None:
        return False
    seen = Seen(draft, petition, desk.policy.rules, desk.now())
    match outcome.outcome:
        case ReviewOutcome.APROBADO if seen.too_early:
            return _hold(desk, station, outcome, seen)
        case ReviewOutcome.APROBADO:
            return _approve(desk, station, outcome, seen)
        case ReviewOutcome.PROPUESTO | ReviewOutcome.DEVUELTO:
            return _hand_over(desk, station, outcome, seen)
    state = _TURNED_DOWN[outcome.outcome]
    plan = on_turned_down(petition, draft, state, desk.now(), desk.store.checks_of(petition.folio))
    if draft.proposed_at:
        plan = replace(plan, effects=(*plan.effects, *seen.turned_down()))
    desk.commit(plan, before=petition, settle=(draft.id, state))
    desk.tell(state.value, plan.petition, clase=draft.clase.value, n=draft.ordinal)
    return True


def _hold(desk: Desk, station: Station, outcome: Outcome, seen: Seen) -> bool:
    """What the supervisor has not seen does not leave (P a88): it is put where the supervisor looks, and told once.

    First it is told, then moved: after a crash in between it lies where it lay, and the history knows what was told.
    """
    if outcome.handle is None:
        return False
    if not seen.told_to_wait(desk.store.story(seen.petition.folio)):
        desk.commit(seen.stopped(), before=seen.petition)
        desk.tell(STOPPED, seen.petition, clase=seen.draft.clase.value, n=seen.draft.ordinal)
    station.review.relocate(outcome.handle, Place.POR_SUPERVISAR)
    return True


def _hand_over(desk: Desk, station: Station, outcome: Outcome, seen: Seen) -> bool:
    """Note the words in which a draft came to the supervisor, or back: a correction shows against them (P a89).

    Copies that the consultant's client left behind go first: were they to stay, the draft would seem to be returned.
    Where a client edited only one of text and HTML, what lies is replaced by what would be sent: the next reader, with
    another program, must see the same words and edit those.
    """
    draft, back = seen.draft, outcome.outcome is ReviewOutcome.DEVUELTO
    if outcome.handle is None:
        return False
    handed = replace(draft, proposed_at=None if back else desk.now())
    try:
        copy = station.review.take(outcome.handle)
        raw, text = prepare_approved(copy, draft)
        reviewed = replace(handed, raw=raw, text=text)
    except MessageGone:
        return False
    except ApprovalUnusable:
        # Whoever approves it like this is told then.
        copy, reviewed = draft.raw, handed
    for handle in outcome.stale:
        station.review.clear(handle)
    if half_edited(copy, draft):
        station.review.replace(outcome.handle, reviewed)
    plan = seen.returned(_change(draft.raw, reviewed.raw)) if back else seen.proposed()
    desk.commit(plan, before=seen.petition, reviewed=reviewed)
    desk.tell(RETURNED if back else "propuesto", seen.petition, clase=draft.clase.value, n=draft.ordinal)
    return True


def _approve(desk: Desk, station: Station, outcome: Outcome, seen: Seen) -> bool:
    """Take exactly what stands in Aprobadas, edits included; the row that sends it is written with it."""
    draft, now = seen.draft, desk.now()
    if outcome.handle is None:
        return False
    try:
        raw, text = prepare_approved(station.review.take(outcome.handle), draft, at=now)
    except MessageGone:
        return False
    except ApprovalUnusable as problem:
        why = f"{problem.what} ({problem.cure})"
        _unusable(desk, f"aprobado:{draft.id}", draft.folio, why)
        return False
    approved = replace(draft, state=DraftState.APROBADO, raw=raw, text=text)
    if draft.proposed_at:
        desk.commit(seen.approved(_change(draft.raw, raw)), before=seen.petition, reviewed=approved)
    elif seen.ruled:
        desk.commit(seen.unsupervised(), before=seen.petition, reviewed=approved)
    else:
        desk.store.approve(draft.id, raw, text, now)
    desk.calm(f"aprobado:{draft.id}")
    desk.tell("aprobado", desk.store.petition(draft.folio), clase=draft.clase.value)
    return True


def _change(before: bytes, after: bytes) -> tuple[str, str] | None:
    """The words of two versions of a mail; None when they say the same, however a program wrote them down."""
    words = wording(before), wording(after)
    return words if difference.changed(*words) else None
