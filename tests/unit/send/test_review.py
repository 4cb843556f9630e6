"""What a person did with a draft, however their mail client rewrote it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model.outgoing import Draft, DraftState, Lying, Place, ReviewOutcome
from daemon.send.review import Outcome, outcomes, recognise, strange
from tests.unit.send.drafts import ASKED, FOLIO, NOW, draft, ficha, original, ours, rewritten

GRACE = timedelta(minutes=5)
OTHER = "AC-250909-ZZZZZ"


def judged(lying: list[Lying], drafts: list[Draft] | None = None) -> Outcome:
    return outcomes(lying, drafts or [draft()], now=NOW, grace=GRACE, ours=ours)[0]


def recognised(lying: Lying, *drafts: Draft) -> str | None:
    found = recognise([lying], drafts, ours)
    return found[0].draft.id if found else None


def test_a_draft_is_recognised_by_its_private_header_whatever_else_changed() -> None:
    changed = replace(original(draft(), Place.PENDIENTES), to=(), subject="Otro", thread=(), message_id="<n@x>")
    assert recognised(changed, draft(2), draft()) == draft().id


def test_a_draft_is_recognised_by_our_message_id_when_the_header_is_gone() -> None:
    without_header = replace(original(draft(), Place.PENDIENTES), draft_id=None, subject="Otro")
    assert recognised(without_header, draft()) == draft().id


def test_a_rewritten_draft_is_recognised_by_recipient_and_reference() -> None:
    assert recognised(replace(rewritten(draft(), Place.BORRADORES), thread=()), draft()) == draft().id


def test_a_rewritten_draft_is_recognised_by_recipient_and_thread() -> None:
    assert recognised(replace(rewritten(draft(), Place.BORRADORES), subject="Sus datos"), draft()) == draft().id


@pytest.mark.parametrize(
    "changes",
    [{"to": ("otra@correo.example",)}, {"to": ()}, {"subject": "Sus datos", "thread": ("<ajeno@x>",)}],
    ids=["another person", "nobody", "neither reference nor thread"],
)
def test_a_rewritten_mail_that_fits_in_part_only_is_not_taken_for_ours(changes: dict[str, tuple[str, ...]]) -> None:
    assert recognised(replace(rewritten(draft(), Place.APROBADAS), **changes), draft()) is None


def test_only_what_may_be_a_leftover_is_strange() -> None:
    waiting, other = original(draft(), Place.APROBADAS), original(draft(2), Place.RECHAZADAS)
    sheet = replace(original(draft(2), Place.PENDIENTES), draft_id=None, ficha_id=ficha().id)
    assert not strange([waiting, other, sheet], [draft()])
    assert strange([replace(other, place=Place.APROBADAS)], [draft()])
    assert strange([rewritten(draft(), Place.RECHAZADAS)], [draft()])


def test_among_several_drafts_of_a_petition_the_subject_decides() -> None:
    request, orientation = draft(1), draft(2, subject=f"Cómo darse de alta en su clínica [{FOLIO}]")
    copy = replace(rewritten(orientation, Place.PENDIENTES), subject=f"Cómo darse de alta en la clínica [{FOLIO}]")
    assert recognised(copy, request, orientation) == orientation.id


def test_what_could_be_either_of_two_drafts_is_never_taken_as_approved() -> None:
    assert recognised(rewritten(draft(1), Place.APROBADAS), draft(1), draft(2)) is None


def test_the_leftover_of_a_sent_draft_does_not_approve_the_next_one() -> None:
    sent = draft(1, state=DraftState.ACEPTADO)
    assert judged([rewritten(sent, Place.APROBADAS)], [draft(2), sent]).outcome is None


def test_another_signed_mail_of_ours_is_never_guessed_to_be_this_draft() -> None:
    another = replace(rewritten(draft(), Place.APROBADAS), message_id=draft(7).message_id)
    assert recognised(another, draft()) is None


def test_a_ficha_is_no_draft() -> None:
    lying = replace(rewritten(draft(), Place.APROBADAS), ficha_id=ficha().id)
    assert recognised(lying, draft()) is None


def test_a_draft_in_the_pending_folder_waits() -> None:
    assert judged([original(draft(), Place.PENDIENTES)]) == Outcome(draft(), None, "original")


def test_moved_to_aprobadas_is_approved() -> None:
    found = judged([original(draft(), Place.APROBADAS)])
    assert (found.outcome, found.handle, found.stale) == (ReviewOutcome.APROBADO, "original", ())


def test_moved_to_rechazadas_is_rejected_and_stays_where_it_was_put() -> None:
    found = judged([original(draft(), Place.RECHAZADAS)])
    assert (found.outcome, found.handle, found.stale) == (ReviewOutcome.RECHAZADO, "original", ())


def test_an_approved_copy_leaves_its_original_behind_as_stale() -> None:
    found = judged([original(draft(), Place.PENDIENTES), rewritten(draft(), Place.APROBADAS)])
    assert (found.outcome, found.handle, found.stale) == (ReviewOutcome.APROBADO, "copia", ("original",))


def test_an_approved_original_leaves_the_copy_in_borradores_as_stale() -> None:
    found = judged([original(draft(), Place.APROBADAS), rewritten(draft(), Place.BORRADORES)])
    assert (found.handle, found.stale) == ("original", ("copia",))


def test_a_mail_in_borradores_that_only_resembles_ours_is_never_cleared() -> None:
    own = replace(rewritten(draft(), Place.BORRADORES), subject="Re: mi clínica")
    assert judged([original(draft(), Place.APROBADAS), own]).stale == ()


def test_an_edited_copy_is_the_current_text_and_the_original_stays_until_approval() -> None:
    for place in (Place.PENDIENTES, Place.BORRADORES):
        found = judged([rewritten(draft(), place), original(draft(), Place.PENDIENTES)])
        assert (found.outcome, found.handle, found.stale) == (None, "copia", ())


def test_of_two_approved_copies_the_edited_and_then_the_newest_is_sent() -> None:
    first, second = rewritten(draft(), Place.APROBADAS, "uno"), rewritten(draft(), Place.APROBADAS, "dos")
    found = judged([first, second, original(draft(), Place.APROBADAS)])
    assert (found.handle, set(found.stale)) == ("dos", {"uno", "original"})


def test_a_draft_that_is_nowhere_is_missing_first_and_deleted_after_the_grace() -> None:
    missing = judged([])
    assert (missing.outcome, missing.missing_since) == (None, NOW)
    short = judged([], [draft(missing_since=NOW - timedelta(minutes=4))])
    assert (short.outcome, short.missing_since) == (None, NOW - timedelta(minutes=4))
    long = judged([], [draft(missing_since=NOW - timedelta(minutes=6))])
    assert long.outcome is ReviewOutcome.BORRADO


def test_a_draft_that_reappears_is_no_longer_missing() -> None:
    found = judged([rewritten(draft(), Place.PENDIENTES)], [draft(missing_since=NOW - timedelta(hours=1))])
    assert (found.outcome, found.missing_since) == (None, None)


def test_a_draft_not_laid_yet_cannot_be_deleted() -> None:
    assert judged([], [draft(state=DraftState.PREPARADO, missing_since=NOW - timedelta(days=1))]).outcome is None


@pytest.mark.parametrize("state", [DraftState.APROBADO, DraftState.ACEPTADO, DraftState.RETIRADO])
def test_of_a_draft_already_decided_every_copy_is_stale(state: DraftState) -> None:
    lying = [original(draft(), Place.PENDIENTES), rewritten(draft(), Place.BORRADORES)]
    found = judged(lying, [draft(state=state)])
    assert (found.outcome, found.stale) == (None, ("original", "copia"))


def test_a_rejected_draft_stays_in_rechazadas() -> None:
    done = draft(state=DraftState.RECHAZADO_POR_CONSULTOR)
    assert judged([original(draft(), Place.RECHAZADAS)], [done]).stale == ()


FIRST, SECOND, ELSEWHERE = draft(1), draft(2), draft(1, folio=OTHER)
PLACES = st.sampled_from(list(Place))
SUBJECTS = st.sampled_from([FIRST.subject, ELSEWHERE.subject, f"Orientación [{FOLIO}]", "Comida"])
PEOPLE = st.sampled_from([(FIRST.to,), ("otra@correo.example",), ()])
SURVEYS = st.lists(
    st.builds(
        Lying,
        place=PLACES,
        handle=st.uuids().map(str),
        message_id=st.sampled_from([FIRST.message_id, SECOND.message_id, "<cliente@x>", ""]),
        draft_id=st.sampled_from([None, FIRST.id, SECOND.id, ELSEWHERE.id]),
        ficha_id=st.sampled_from([None, None, None, ficha().id]),
        to=PEOPLE,
        subject=SUBJECTS,
        thread=st.sampled_from([(), (ASKED,), ("<ajeno@x>",)]),
    ),
    max_size=8,
)
STATES = st.sampled_from(list(DraftState))


@given(SURVEYS, st.lists(STATES, min_size=3, max_size=3), st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_every_draft_gets_one_verdict_and_no_message_serves_twice(
    lying: list[Lying], states: list[DraftState], ago: timedelta
) -> None:
    known = zip((FIRST, SECOND, ELSEWHERE), states, strict=True)
    drafts = [replace(one, state=state, missing_since=NOW - ago) for one, state in known]
    found = outcomes(lying, drafts, now=NOW, grace=GRACE, ours=ours)
    assert [outcome.draft for outcome in found] == drafts
    touched = [handle for outcome in found for handle in (*outcome.stale, outcome.handle) if handle]
    assert len(touched) == len(set(touched))
    assert not {message.handle for message in lying if message.ficha_id} & set(touched)
    places = {message.handle: message.place for message in lying}
    for outcome in found:
        waiting = outcome.draft.state is DraftState.EN_REVISION
        assert waiting or outcome.outcome is None
        if outcome.outcome is ReviewOutcome.APROBADO:
            assert places[outcome.handle or ""] is Place.APROBADAS
        if outcome.outcome is ReviewOutcome.BORRADO:
            assert ago > GRACE
            assert outcome.draft.id not in {message.draft_id for message in lying if not message.ficha_id}


@given(SURVEYS)
def test_a_mail_to_somebody_else_is_ours_only_by_header_or_message_id(lying: list[Lying]) -> None:
    for match in recognise(lying, [FIRST, SECOND], ours):
        named = match.lying.draft_id == match.draft.id or match.lying.message_id == match.draft.message_id
        assert named or match.lying.to == (match.draft.to,)


@given(SURVEYS)
def test_what_is_certain_stays_certain_among_other_petitions(lying: list[Lying]) -> None:
    alone = {m.lying.handle for m in recognise(lying, [FIRST], ours) if m.lying.draft_id == FIRST.id}
    among = {m.lying.handle for m in recognise(lying, [ELSEWHERE, FIRST, SECOND], ours) if m.draft.id == FIRST.id}
    assert alone <= among
