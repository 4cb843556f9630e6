"""The store's promises to the outbox, the review folder and the sender: nothing is forgotten, nothing leaves twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.model.decision import Disposition, Plan, Withdraw
from daemon.model.ledger import Task
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase
from daemon.ports import Store
from tests.contract.store_samples import (
    ACCOUNT,
    FOLIO,
    HOUR,
    NOW,
    OTHER_ACCOUNT,
    a_delivery,
    a_draft,
    a_ficha,
    a_petition,
    open_tasks,
    opened,
    send,
    state_of,
)


def test_a_draft_comes_back_to_the_byte(store: Store) -> None:
    draft = a_draft(raw=bytes(range(256)), consultor="consultora.uno@imss.example", urgent=True)
    opened(store, drafts=[draft])
    assert store.draft(draft.id) == draft
    assert store.draft("AC-250909-00000/1") is None


def test_an_internal_mail_comes_back_to_the_byte(store: Store) -> None:
    ficha = a_ficha(raw=b"\xff\x00", consultor="consultora.uno@imss.example")
    opened(store, internals=[ficha])
    assert store.internal(ficha.id) == ficha
    assert store.internal("nada") is None


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [(Disposition.ENVIAR, [Task.ENVIAR]), (Disposition.REVISAR, [Task.PRESENTAR]), (Disposition.NINGUNA, [])],
)
def test_a_drafts_disposition_says_what_is_to_be_done(
    store: Store, disposition: Disposition, expected: list[Task]
) -> None:
    opened(store, drafts=[a_draft(disposition=disposition)])
    assert open_tasks(store) == expected


def test_a_ficha_is_laid_and_a_notice_is_sent(store: Store) -> None:
    notice = a_ficha(2, clase=Clase.AVISO_INTERNO, to="consultora.uno@imss.example")
    opened(store, internals=[a_ficha(), notice])
    rows = store.tasks(ACCOUNT, NOW)
    assert [(row.task, row.payload) for row in rows] == [
        (Task.PRESENTAR_FICHA, {"internal_id": a_ficha().id}),
        (Task.ENVIAR_INTERNO, {"internal_id": notice.id}),
    ]


def test_tasks_come_urgent_first_then_oldest_first_and_only_this_accounts(store: Store) -> None:
    drafts = [a_draft(1), a_draft(2, urgent=True), a_draft(3), a_draft(4, account=OTHER_ACCOUNT)]
    opened(store, drafts=drafts)
    assert [row.payload["draft_id"] for row in store.tasks(ACCOUNT, NOW)] == [drafts[i].id for i in (1, 0, 2)]
    assert [row.payload["draft_id"] for row in store.tasks(ACCOUNT, NOW, limit=1)] == [drafts[1].id]
    assert store.tasks(ACCOUNT, NOW, only=(Task.ENVIAR,)) == []
    assert [row.folio for row in store.tasks(OTHER_ACCOUNT, NOW)] == [FOLIO]


def test_a_task_that_failed_waits_for_its_time_and_a_done_one_is_not_offered_again(store: Store) -> None:
    opened(store, drafts=[a_draft()])
    (row,) = store.tasks(ACCOUNT, NOW)
    store.task_failed(row.id, "buzón ocupado", NOW + HOUR, NOW)
    assert store.tasks(ACCOUNT, NOW) == []
    (again,) = store.tasks(ACCOUNT, NOW + HOUR)
    assert again == replace(row, attempts=1)
    store.task_done(row.id, NOW + HOUR)
    assert store.tasks(ACCOUNT, NOW + 2 * HOUR) == []


def test_a_crash_before_a_task_is_noted_as_done_offers_it_again(store: Store) -> None:
    opened(store, drafts=[a_draft()])
    assert store.tasks(ACCOUNT, NOW) == store.tasks(ACCOUNT, NOW)


def test_a_decided_message_is_moved_to_its_folder(store: Store) -> None:
    opened(store, delivery=a_delivery(5), move_to="Peticiones")
    (row,) = store.tasks(ACCOUNT, NOW)
    assert (row.task, row.payload["uid"], row.payload["target"]) == (Task.MOVER, 5, "Peticiones")


# --- review ----------------------------------------------------------------------------------------------------------


def test_a_laid_draft_is_in_review_until_it_is_missed(store: Store) -> None:
    opened(store, drafts=[a_draft(1), a_draft(2)])
    store.mark_laid(a_draft(1).id, NOW)
    (laid,) = store.waiting(ACCOUNT, (DraftState.EN_REVISION,))
    assert (laid.id, laid.laid_at, laid.missing_since) == (a_draft(1).id, NOW, None)
    store.mark_missing(laid.id, NOW + HOUR)
    assert store.waiting(ACCOUNT, (DraftState.EN_REVISION,)) == (replace(laid, missing_since=NOW + HOUR),)
    store.mark_missing(laid.id, None)
    assert store.waiting(ACCOUNT, (DraftState.EN_REVISION,)) == (laid,)


def test_drafts_wait_by_account_and_state_oldest_first(store: Store) -> None:
    opened(store, drafts=[a_draft(2), a_draft(1), a_draft(3, account=OTHER_ACCOUNT)])
    assert store.waiting(ACCOUNT, (DraftState.PREPARADO,)) == (a_draft(1), a_draft(2))
    assert store.waiting(ACCOUNT, (DraftState.INCIERTO, DraftState.APROBADO)) == ()


def test_approving_takes_the_edited_bytes_and_writes_one_sending(store: Store) -> None:
    opened(store, drafts=[a_draft()])
    for _ in range(2):
        store.approve(a_draft().id, b"corregido", "Corregido por la consultora", NOW)
    draft = store.draft(a_draft().id)
    assert draft is not None
    assert (draft.state, draft.raw, draft.text) == (
        DraftState.APROBADO,
        b"corregido",
        "Corregido por la consultora",
    )
    assert open_tasks(store) == [Task.ENVIAR]


def test_a_withdrawn_draft_can_be_neither_approved_nor_laid_nor_sent(store: Store) -> None:
    petition = opened(store, drafts=[a_draft()])
    store.commit(Plan(petition=petition, effects=(Withdraw("la persona escribió de nuevo"),)), now=NOW)
    store.approve(a_draft().id, b"tarde", "tarde", NOW)
    store.mark_laid(a_draft().id, NOW)
    assert not store.sending(a_draft().id, NOW)
    assert state_of(store, a_draft().id) is DraftState.RETIRADO
    assert open_tasks(store) == [Task.RETIRAR]


def test_drafts_that_left_review_lately_are_known(store: Store) -> None:
    drafts = [a_draft(number) for number in range(1, 5)]
    by_itself = a_draft(5, disposition=Disposition.ENVIAR)
    opened(store, drafts=[*drafts, by_itself])
    for draft in drafts:
        store.mark_laid(draft.id, NOW)
    store.settled(drafts[0].id, DraftState.RECHAZADO_POR_CONSULTOR, "", NOW - HOUR)
    store.settled(drafts[1].id, DraftState.BORRADO, "", NOW)
    store.approve(drafts[2].id, b"x", "x", NOW + HOUR)
    send(store, by_itself.id, NOW)
    assert [draft.id for draft in store.decided_since(ACCOUNT, NOW)] == [drafts[1].id, drafts[2].id]
    assert store.decided_since(OTHER_ACCOUNT, NOW) == ()


def test_the_next_mails_number_follows_from_those_written(store: Store) -> None:
    assert store.ordinals(FOLIO) == (0, 0, 0)
    opened(store, drafts=[a_draft(1), a_draft(2)], internals=[a_ficha()])
    assert store.ordinals(FOLIO) == (2, 1, 0)


# --- withdrawing and filing ------------------------------------------------------------------------------------------


def test_withdrawing_takes_back_what_has_not_begun_to_leave_and_calls_its_tasks_off(store: Store) -> None:
    drafts = [a_draft(number) for number in range(1, 6)]
    petition = opened(store, drafts=drafts)
    store.mark_laid(drafts[0].id, NOW)
    store.approve(drafts[1].id, b"x", "x", NOW)
    assert store.sending(drafts[2].id, NOW)
    store.settled(drafts[3].id, DraftState.INCIERTO, "sin respuesta", NOW)
    new = a_draft(6)
    store.commit(Plan(petition=petition, effects=(Withdraw("escribió de nuevo"),)), now=NOW, drafts=[new])
    withdrawn = [draft.id for draft in store.drafts_of(FOLIO) if draft.state is DraftState.RETIRADO]
    assert withdrawn == [drafts[0].id, drafts[1].id, drafts[4].id]
    retired = store.tasks(ACCOUNT, NOW, only=(Task.RETIRAR,))
    assert [row.payload["draft_id"] for row in retired] == withdrawn
    (laid,) = (row for row in store.tasks(ACCOUNT, NOW, only=(Task.PRESENTAR,)) if row.payload["draft_id"] == new.id)
    assert laid.folio == FOLIO
    assert store.tasks(ACCOUNT, NOW, only=(Task.ENVIAR,)) == []


def test_withdrawing_some_clases_leaves_the_others(store: Store) -> None:
    orientation = a_draft(2, clase=Clase.ORIENTACION)
    petition = opened(store, drafts=[a_draft(1), orientation])
    plan = Plan(petition=petition, effects=(Withdraw("se venció", (Clase.ORIENTACION,)),))
    store.commit(plan, now=NOW)
    assert state_of(store, a_draft(1).id) is DraftState.PREPARADO
    assert state_of(store, orientation.id) is DraftState.RETIRADO


def test_withdrawing_one_petitions_drafts_leaves_anothers(store: Store) -> None:
    petition = opened(store)
    other = a_draft(1, "AC-250909-AAAAA")
    opened(store, a_petition("AC-250909-AAAAA"), drafts=[other])
    store.commit(Plan(petition=petition, effects=(Withdraw("se concluyó"),)), now=NOW)
    assert state_of(store, other.id) is DraftState.PREPARADO


def test_closing_files_each_ficha_away_once_and_leaves_the_new_one(store: Store) -> None:
    opened(store, internals=[a_ficha(1)])
    (row,) = store.tasks(ACCOUNT, NOW)
    store.task_done(row.id, NOW)
    for number in (2, 3):
        petition = store.petition(FOLIO)
        assert petition is not None
        store.commit(Plan(petition=petition, closes_fichas=True), now=NOW, internals=[a_ficha(number)])
    rows = [(row.task, row.payload["internal_id"]) for row in store.tasks(ACCOUNT, NOW)]
    assert rows == [
        (Task.ARCHIVAR_FICHA, a_ficha(1).id),
        (Task.ARCHIVAR_FICHA, a_ficha(2).id),
        (Task.PRESENTAR_FICHA, a_ficha(3).id),
    ]


# --- sending ---------------------------------------------------------------------------------------------------------


def test_a_draft_begins_to_leave_once(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.ENVIAR)])
    assert store.sending(a_draft().id, NOW)
    assert not store.sending(a_draft().id, NOW + HOUR)
    (interrupted,) = store.interrupted(ACCOUNT)
    assert (interrupted.attempts, interrupted.attempted_at, interrupted.sent_at) == (1, NOW, None)


def test_a_draft_under_review_does_not_leave(store: Store) -> None:
    opened(store, drafts=[a_draft()])
    store.mark_laid(a_draft().id, NOW)
    assert not store.sending(a_draft().id, NOW)
    assert not store.sending("AC-250909-00000/1", NOW)


def test_a_sending_that_was_put_off_may_be_tried_again(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.ENVIAR)])
    assert store.sending(a_draft().id, NOW)
    store.settled(a_draft().id, DraftState.PREPARADO, "451 más tarde", NOW)
    assert store.sending(a_draft().id, NOW + HOUR)
    draft = store.draft(a_draft().id)
    assert draft is not None
    assert (draft.attempts, draft.attempted_at) == (2, NOW + HOUR)


def test_what_has_left_stays_sent_whatever_is_noted_later(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.ENVIAR)])
    assert store.sending(a_draft().id, NOW)
    store.commit(Plan(), now=NOW + HOUR, settle=(a_draft().id, DraftState.ACEPTADO))
    store.settled(a_draft().id, DraftState.INCIERTO, "se perdió la respuesta", NOW + 2 * HOUR)
    store.settled(a_draft().id, DraftState.ENVIADO_POR_CONSULTOR, "", NOW + 3 * HOUR)
    draft = store.draft(a_draft().id)
    assert draft is not None
    assert (draft.state, draft.sent_at) == (DraftState.ACEPTADO, NOW + HOUR)
    assert open_tasks(store) == []


def test_an_uncertain_mail_that_did_leave_left_when_its_sending_began(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.ENVIAR)])
    assert store.sending(a_draft().id, NOW)
    store.settled(a_draft().id, DraftState.INCIERTO, "se perdió la respuesta", NOW)
    store.settled(a_draft().id, DraftState.ACEPTADO, "copia recibida", NOW + 9 * HOUR)
    draft = store.draft(a_draft().id)
    assert draft is not None
    assert draft.sent_at == NOW


def test_only_an_uncertain_sending_is_tried_again_with_one_task(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.ENVIAR)])
    assert store.sending(a_draft().id, NOW)
    store.resend(a_draft().id, NOW)
    assert state_of(store, a_draft().id) is DraftState.ENVIANDO
    store.settled(a_draft().id, DraftState.INCIERTO, "se perdió la respuesta", NOW)
    for _ in range(2):
        store.resend(a_draft().id, NOW)
    assert open_tasks(store) == [Task.ENVIAR]
    assert store.sending(a_draft().id, NOW)


def test_a_consultant_who_sends_a_withdrawn_draft_has_sent_it(store: Store) -> None:
    petition = opened(store, drafts=[a_draft()])
    store.commit(Plan(petition=petition, effects=(Withdraw("escribió de nuevo"),)), now=NOW)
    store.settled(a_draft().id, DraftState.ENVIADO_POR_CONSULTOR, "", NOW)
    assert state_of(store, a_draft().id) is DraftState.ENVIADO_POR_CONSULTOR


def test_what_is_settled_is_neither_laid_nor_sent(store: Store) -> None:
    petition = opened(store, drafts=[a_draft()])
    store.commit(Plan(petition=petition), now=NOW, settle=(a_draft().id, DraftState.ENVIADO_POR_CONSULTOR))
    assert open_tasks(store) == []


def test_what_a_person_proposed_is_what_the_draft_says_and_still_waits(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.REVISAR)])
    store.mark_laid(a_draft().id, NOW)
    proposed = replace(a_draft(), raw=b"propuesto", text="Propuesto", proposed_at=NOW + HOUR)
    store.commit(Plan(), now=NOW + HOUR, reviewed=proposed)
    found = store.draft(a_draft().id)
    assert found is not None
    assert (found.raw, found.text, found.proposed_at) == (b"propuesto", "Propuesto", NOW + HOUR)
    assert found.state is DraftState.EN_REVISION
    store.commit(Plan(), now=NOW + HOUR, reviewed=replace(found, proposed_at=None))
    again = store.draft(a_draft().id)
    assert again is not None
    assert again.proposed_at is None


def test_what_a_person_approved_is_written_with_the_row_that_sends_it_once(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.REVISAR)])
    store.mark_laid(a_draft().id, NOW)
    for _ in range(2):
        store.commit(Plan(), now=NOW, reviewed=replace(a_draft(), raw=b"corregido", state=DraftState.APROBADO))
    assert state_of(store, a_draft().id) is DraftState.APROBADO
    assert open_tasks(store).count(Task.ENVIAR) == 1


def test_nothing_proposed_or_approved_brings_back_what_was_withdrawn(store: Store) -> None:
    opened(store, drafts=[a_draft(disposition=Disposition.REVISAR)])
    store.mark_laid(a_draft().id, NOW)
    store.commit(Plan(petition=a_petition(version=1), effects=(Withdraw("escribió otra vez"),)), now=NOW)
    store.commit(Plan(), now=NOW, reviewed=replace(a_draft(), raw=b"tarde", state=DraftState.APROBADO))
    assert state_of(store, a_draft().id) is DraftState.RETIRADO
    assert Task.ENVIAR not in open_tasks(store)
