"""What a person did with a draft: recognises copies that mail clients rewrote and judges where they lie. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from ..model.ids import folios_in
from ..model.outgoing import Draft, DraftState, Lying, Place, ReviewOutcome

# Below this two subjects do not speak of the same mail; above, the better one must still win clearly.
_ALIKE = 0.6
_CLEARLY = 0.05

Ours = Callable[[str], str | None]


def _nobody(_message_id: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Match:
    """A message of the review folder and the draft that it is a copy of. `certain` allows it to be removed unseen."""

    lying: Lying
    draft: Draft
    certain: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one draft.

    `outcome` None means that it still waits. `handle` is the copy that counts (approved, rejected, or the current
    text), `stale` the other copies to clear, `missing_since` since when no copy is to be found (None: one is there).
    """

    draft: Draft
    outcome: ReviewOutcome | None
    handle: str | None = None
    stale: tuple[str, ...] = ()
    missing_since: datetime | None = None


def recognise(lying: Sequence[Lying], drafts: Sequence[Draft], ours: Ours = _nobody) -> tuple[Match, ...]:
    """Which messages are copies of which drafts, in the order found; what belongs to none is left out.

    Only what was written here can be: no mail that arrived, none from elsewhere. By the private header; by our
    Message-ID; else by recipient and thread or reference, when one draft fits best. `ours` tells the folio of a
    Message-ID that we signed: a mail that is surely another of ours is never guessed at.
    """
    found = ((message, _draft_of(message, drafts, ours)) for message in lying if message.ficha_id is None)
    return tuple(
        Match(lying=message, draft=draft, certain=_certain(message, draft)) for message, draft in found if draft
    )


def strange(lying: Iterable[Lying], waiting: Iterable[Draft]) -> bool:
    """Whether something lies that may be the copy of a draft which waits no more.

    Nothing more is done about what was rejected and says by its header whose copy it is: it stays for good.
    """
    known = {draft.id for draft in waiting}
    return any(
        message.draft_id not in known and (message.draft_id is None or message.place is not Place.RECHAZADAS)
        for message in lying
        if message.ficha_id is None
    )


def stranded(
    lying: Sequence[Lying], drafts: Sequence[Draft], ours: Ours = _nobody
) -> tuple[tuple[Lying, Draft | None], ...]:
    """What lies in Aprobadas and will never leave: nobody's draft, a ficha, or a draft taken for deleted."""
    approved = [message for message in lying if message.place is Place.APROBADAS]
    drafts_of = {match.lying.handle: match.draft for match in recognise(approved, drafts, ours)} if approved else {}
    found = ((message, drafts_of.get(message.handle)) for message in approved)
    return tuple((each, draft) for each, draft in found if draft is None or draft.state is DraftState.BORRADO)


def outcomes(
    lying: Sequence[Lying], drafts: Sequence[Draft], *, now: datetime, grace: timedelta, ours: Ours = _nobody
) -> list[Outcome]:
    """What became of each draft, in the order of `drafts`; `lying` is a survey, oldest first in each place.

    Approved when a copy lies in Aprobadas, rejected when in Rechazadas, still waiting when in the pending or the
    drafts folder, deleted when nowhere for longer than `grace` (a client that saves a draft anew has a moment with
    none). Proposed when one lies with the supervisor for the first time, returned when what was proposed lies among
    the pending again and with the supervisor no more (P a87–a89): both go on waiting. Among several copies one that a
    client rewrote is newer than our original, then the later one wins.
    Pass drafts that were decided lately, too: their leftovers are named as stale, and a leftover in Aprobadas cannot
    be mistaken for the approval of the petition's next draft.
    """
    copies: dict[str, list[Match]] = {}
    for match in recognise(lying, drafts, ours):
        copies.setdefault(match.draft.id, []).append(match)
    return [_judge(draft, copies.get(draft.id, []), now, grace) for draft in drafts]


def _judge(draft: Draft, copies: list[Match], now: datetime, grace: timedelta) -> Outcome:
    if draft.state is not DraftState.EN_REVISION:
        # Decided already (or not laid yet): only leftovers matter. What was rejected may stay where it was put.
        over = () if draft.state is DraftState.PREPARADO else _removable(m for m in copies if _left_behind(m))
        return Outcome(draft, None, stale=over)
    approved, rejected = _newest(copies, Place.APROBADAS), _newest(copies, Place.RECHAZADAS)
    if approved:
        return Outcome(draft, ReviewOutcome.APROBADO, approved.lying.handle, _removable(copies, but=approved))
    if rejected:
        rest = _removable((m for m in copies if m.lying.place is not Place.RECHAZADAS), but=rejected)
        return Outcome(draft, ReviewOutcome.RECHAZADO, rejected.lying.handle, rest)
    with_supervisor, pending = _newest(copies, Place.POR_SUPERVISAR), _newest(copies, Place.PENDIENTES)
    if with_supervisor and draft.proposed_at is None:
        stale = _removable(copies, but=with_supervisor)
        return Outcome(draft, ReviewOutcome.PROPUESTO, with_supervisor.lying.handle, stale)
    if pending and draft.proposed_at is not None and not with_supervisor:
        return Outcome(draft, ReviewOutcome.DEVUELTO, pending.lying.handle)
    current = _newest(copies, Place.PENDIENTES, Place.POR_SUPERVISAR, Place.BORRADORES)
    if current:
        return Outcome(draft, None, current.lying.handle)
    since = draft.missing_since or now
    gone = now - since > grace
    return Outcome(draft, ReviewOutcome.BORRADO if gone else None, missing_since=since)


def _left_behind(match: Match) -> bool:
    """What was rejected stays where it was put; what counts as deleted and is approved after all is no leftover."""
    approved_after_all = match.draft.state is DraftState.BORRADO and match.lying.place is Place.APROBADAS
    return match.lying.place is not Place.RECHAZADAS and not approved_after_all


def _newest(copies: Sequence[Match], *places: Place) -> Match | None:
    there = [match for match in copies if match.lying.place in places]
    return max(enumerate(there), key=lambda pair: (_rewritten(pair[1]), pair[0]))[1] if there else None


def _rewritten(match: Match) -> bool:
    return match.lying.draft_id is None or match.lying.message_id != match.draft.message_id


def _removable(copies: Iterable[Match], but: Match | None = None) -> tuple[str, ...]:
    """Copies that may go. In the drafts folder, which is the consultant's own, only what is surely a copy of ours."""
    return tuple(
        match.lying.handle
        for match in copies
        if match is not but and (match.certain or match.lying.place is not Place.BORRADORES)
    )


def _certain(message: Lying, draft: Draft) -> bool:
    if message.draft_id == draft.id or message.message_id == draft.message_id:
        return True
    same_subject = _plain(message.subject) == _plain(draft.subject)
    return same_subject and draft.folio in folios_in(message.subject)


def _draft_of(message: Lying, drafts: Sequence[Draft], ours: Ours) -> Draft | None:
    if message.draft_id is not None:
        named = (draft for draft in drafts if draft.id == message.draft_id)
        return next((draft for draft in named if _may_be_copy(message, draft)), None)
    drafts = [draft for draft in drafts if _may_be_copy(message, draft)]
    by_id = next((draft for draft in drafts if draft.message_id == message.message_id), None)
    if by_id or ours(message.message_id):
        return by_id
    fitting = [draft for draft in drafts if _fits(message, draft, ours)]
    if len(fitting) > 1:
        fitting = _best_by_subject(message, fitting)
    if len(fitting) > 1 and message.place is not Place.APROBADAS:
        # Nothing leaves by this guess, so that the one draft that still waits may be taken.
        fitting = [draft for draft in fitting if not draft.state.settled]
    return fitting[0] if len(fitting) == 1 else None


def _may_be_copy(message: Lying, draft: Draft) -> bool:
    """What came by mail, or from elsewhere, is somebody's mail that was put here, whatever its headers claim.

    Only the Message-ID of a draft that waits is known to nobody outside.
    """
    house = draft.account.rpartition("@")[2].lower()
    from_here = all(sender.rpartition("@")[2] == house for sender in message.senders)
    return from_here and (not message.travelled or message.message_id == draft.message_id)


def _fits(message: Lying, draft: Draft, ours: Ours) -> bool:
    if message.to != (draft.to.lower(),):
        return False
    thread = set(message.thread)
    return (
        draft.folio in folios_in(message.subject)
        or bool(thread & {draft.in_reply_to, draft.message_id})
        or any(ours(message_id) == draft.folio for message_id in thread)
    )


def _best_by_subject(message: Lying, drafts: Sequence[Draft]) -> list[Draft]:
    likeness = {draft.id: _likeness(message.subject, draft.subject) for draft in drafts}
    best = max(likeness.values())
    if best < _ALIKE:
        return list(drafts)
    return [draft for draft in drafts if best - likeness[draft.id] < _CLEARLY]


def _plain(subject: str) -> str:
    return " ".join(subject.casefold().split())


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _plain(one), _plain(other), autojunk=False).ratio()
