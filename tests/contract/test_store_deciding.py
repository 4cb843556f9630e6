"""The store's promises to the deciding step: one event, one transaction; nobody overwrites what they did not read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from daemon.errors import IllegalTransition
from daemon.model.decision import Disposition, Plan
from daemon.model.mail import PersonData
from daemon.model.petition import State
from daemon.ports import Store
from storage import SqlStore
from tests.contract.store_samples import (
    ACCOUNT,
    FOLIO,
    HOUR,
    MIDNIGHT,
    NOW,
    OTHER_ACCOUNT,
    PERSON,
    a_decision,
    a_delivery,
    a_draft,
    a_ficha,
    a_line,
    a_petition,
    a_term,
    folios,
    keys,
    open_tasks,
    opened,
    send,
)


def test_a_petition_comes_back_as_it_went_one_version_later(store: Store) -> None:
    petition = a_petition(terms=(a_term(NOW + HOUR, act_at=NOW), a_term(NOW, "nada")), urgent=True, siade="S-1")
    assert opened(store, petition) == replace(petition, version=1)


def test_an_instant_in_office_time_comes_back_as_the_same_instant_in_utc(store: Store) -> None:
    office = timezone(timedelta(hours=-6))
    stored = opened(store, a_petition(opened_at=datetime(2025, 9, 9, 10, 30, tzinfo=office)))
    assert stored.opened_at == NOW
    assert stored.opened_at.utcoffset() == timedelta(0)


def test_there_is_no_petition_of_an_unknown_folio(store: Store) -> None:
    assert store.petition("AC-250909-00000") is None


def test_whoever_read_an_older_version_is_refused_and_nothing_is_written(store: Store) -> None:
    read = opened(store)
    store.commit(Plan(petition=replace(read, summary="del primero")), now=NOW)
    store.claim(ACCOUNT, "INBOX", 7, [1], NOW)
    with pytest.raises(IllegalTransition, match="cambió entre tanto"):
        store.commit(
            Plan(petition=replace(read, summary="del segundo"), history=(a_line(),), decision=a_decision()),
            now=NOW,
            delivery=a_delivery(1),
            keys=keys(),
            drafts=[a_draft()],
            internals=[a_ficha()],
            move_to="Peticiones",
        )
    stored = store.petition(FOLIO)
    assert stored is not None
    assert (stored.summary, stored.version) == ("del primero", 2)
    assert store.story(FOLIO) == ()
    assert store.drafts_of(FOLIO) == ()
    assert open_tasks(store) == []
    assert store.unfinished(ACCOUNT) == [a_delivery(1)]


def test_a_petition_cannot_be_opened_twice(store: Store) -> None:
    opened(store)
    with pytest.raises(IllegalTransition):
        store.commit(Plan(petition=a_petition()), now=NOW)


def test_a_commit_that_fails_at_its_end_has_written_nothing(store: Store) -> None:
    naive = a_line(at=datetime(2025, 9, 9, 10, 0))  # noqa: DTZ001
    store.claim(ACCOUNT, "INBOX", 7, [1], NOW)
    with pytest.raises(ValueError, match="sin zona horaria"):
        store.commit(
            Plan(petition=a_petition(), history=(a_line(), naive)),
            now=NOW,
            delivery=a_delivery(1),
            drafts=[a_draft()],
            move_to="Peticiones",
        )
    assert store.petition(FOLIO) is None
    assert store.drafts_of(FOLIO) == ()
    assert open_tasks(store) == []
    assert store.unfinished(ACCOUNT) == [a_delivery(1)]


def test_a_naive_instant_inside_a_petition_is_refused(store: Store) -> None:
    naive = a_term(datetime(2025, 9, 9, 10, 0), act_at=NOW)  # noqa: DTZ001
    with pytest.raises(ValueError, match="sin zona horaria"):
        store.commit(Plan(petition=a_petition(terms=(naive,))), now=NOW)


def test_deciding_the_same_delivery_again_is_quietly_nothing(store: Store) -> None:
    plan = Plan(petition=a_petition(), history=(a_line(),))
    for _ in range(2):
        store.commit(plan, now=NOW, delivery=a_delivery(1), keys=keys(), drafts=[a_draft()], move_to="Peticiones")
    stored = store.petition(FOLIO)
    assert stored is not None
    assert stored.version == 1
    assert len(store.story(FOLIO)) == 1
    assert len(open_tasks(store)) == 2


def test_the_history_tells_what_happened_in_order(store: Store) -> None:
    lines = (a_line("recibido"), a_line("decidido", NOW + HOUR), replace(a_line("nota"), state=None))
    store.commit(Plan(petition=a_petition(), history=lines), now=NOW)
    assert store.story(FOLIO) == lines


def test_an_event_that_moves_no_petition_is_told_under_its_drafts_folio(store: Store) -> None:
    store.commit(Plan(history=(a_line(),)), now=NOW, drafts=[a_draft()])
    assert store.story(FOLIO) == (a_line(),)


def test_a_decision_is_kept_with_its_trail_but_without_what_stands_in_attachments(store: SqlStore) -> None:
    decision = a_decision()
    store.commit(Plan(petition=a_petition(), decision=decision), now=NOW, delivery=a_delivery())
    (kept,) = store.decisions(FOLIO)
    assert kept == replace(decision, attachments=(replace(decision.attachments[0], text=""),))


# --- what bears on a message -----------------------------------------------------------------------------------------


def test_nothing_is_known_about_a_strangers_first_mail(store: Store) -> None:
    opened(store)
    history = store.history_for(keys(address="otro@correo.example", thread=("<ajeno@x.example>",)), MIDNIGHT)
    assert history.by_thread is None
    assert (history.by_token, history.by_address, history.drafts) == ((), (), ())
    assert (history.draft, history.already, history.seen_before, history.sent_today) == (None, None, False, 0)


def test_an_answer_belongs_to_the_conversation_of_the_nearest_known_message(store: Store) -> None:
    first = opened(store)
    second = opened(store, a_petition("AC-250909-AAAAA"))
    thread = ("<desconocido@x.example>", second.first_message_id, first.first_message_id)
    assert store.history_for(keys(thread=thread), MIDNIGHT).by_thread == second


def test_the_persons_later_mails_belong_to_the_conversation_too(store: Store) -> None:
    petition = opened(store, delivery=a_delivery(1), keys=keys("<segundo@correo.example>"))
    assert store.history_for(keys(thread=("<segundo@correo.example>",)), MIDNIGHT).by_thread == petition


def test_nobody_draws_anothers_conversation_to_himself_by_using_its_message_id(store: Store) -> None:
    mine = opened(store)
    opened(store, a_petition("AC-250909-AAAAA", thread=mine.thread), delivery=a_delivery(2), keys=keys(mine.thread[0]))
    by_thread = store.history_for(keys(thread=mine.thread), MIDNIGHT).by_thread
    assert by_thread is not None
    assert by_thread.folio == mine.folio


def test_an_answer_to_our_mail_finds_the_mail_its_petition_and_all_its_drafts(store: Store) -> None:
    drafts = (a_draft(1), a_draft(2))
    petition = opened(store, drafts=drafts)
    history = store.history_for(keys(thread=(drafts[1].message_id, drafts[0].message_id)), MIDNIGHT)
    assert history.by_thread == petition
    assert history.draft == drafts[1]
    assert history.drafts == drafts


def test_a_copy_of_our_mail_finds_that_mail_before_any_that_it_answers(store: Store) -> None:
    drafts = (a_draft(1), a_draft(2))
    opened(store, drafts=drafts)
    history = store.history_for(keys(drafts[0].message_id, thread=(drafts[1].message_id,)), MIDNIGHT)
    assert history.draft == drafts[0]


def test_references_find_their_petitions_in_the_order_they_are_named(store: Store) -> None:
    one, two = opened(store, drafts=[a_draft()]), opened(store, a_petition("AC-250909-AAAAA"))
    history = store.history_for(keys(tokens=(two.folio, "AC-250909-00000", one.folio)), MIDNIGHT)
    assert history.by_token == (two, one)
    assert folios([history.by_token[1]]) == [draft.folio for draft in history.drafts]


def test_a_writers_petitions_come_newest_first(store: Store) -> None:
    old = opened(store, a_petition("AC-250901-AAAAA", opened_at=NOW - 200 * HOUR))
    new = opened(store)
    opened(store, a_petition("AC-250909-ZZZZZ", petitioner="otra@correo.example"))
    assert store.history_for(keys(address=PERSON), MIDNIGHT).by_address == (new, old)


def test_the_same_message_through_another_account_is_known_by_id_and_text(store: Store) -> None:
    same = keys("<m@correo.example>", "texto")
    opened(store, delivery=a_delivery(1), keys=same)
    history = store.history_for(same, MIDNIGHT)
    assert (history.already, history.seen_before) == (FOLIO, True)
    assert not store.history_for(keys("<m@correo.example>", "otro texto"), MIDNIGHT).seen_before
    assert not store.history_for(keys("<otro@correo.example>", "texto"), MIDNIGHT).seen_before


def test_a_message_that_opened_nothing_is_seen_before_without_a_folio(store: Store) -> None:
    same = keys("<m@correo.example>", "texto")
    store.commit(Plan(), now=NOW, delivery=a_delivery(1), keys=same)
    history = store.history_for(same, MIDNIGHT)
    assert (history.already, history.seen_before) == (None, True)


def test_messages_without_an_id_are_never_taken_for_each_other(store: Store) -> None:
    opened(store, delivery=a_delivery(1), keys=keys("", "texto"))
    assert not store.history_for(keys("", "texto"), MIDNIGHT).seen_before


def test_automatic_mails_of_today_to_this_address_count_once_they_left_or_are_about_to(store: Store) -> None:
    by_itself = Disposition.ENVIAR
    drafts = [
        a_draft(1, disposition=by_itself),
        a_draft(2, disposition=by_itself),
        a_draft(3, disposition=by_itself, to="otra@correo.example"),
        a_draft(4, disposition=by_itself),
        a_draft(5),
    ]
    opened(store, drafts=drafts)
    send(store, drafts[0].id, MIDNIGHT)
    send(store, drafts[1].id, MIDNIGHT - timedelta(seconds=1))
    send(store, drafts[2].id)
    send(store, drafts[4].id)
    # The first left today; the fourth is still to leave; the second left yesterday, the third went elsewhere.
    assert store.history_for(keys(address=PERSON), MIDNIGHT).sent_today == 2


def test_one_mailbox_under_many_tags_is_one_person(store: Store) -> None:
    by_itself = Disposition.ENVIAR
    name, _, domain = PERSON.partition("@")
    to = (PERSON, f"{name}+uno@{domain}", f"{name}+dos@{domain}", f"{name}a+uno@{domain}", f"{name}+uno@otro.example")
    opened(store, drafts=[a_draft(n, disposition=by_itself, to=each) for n, each in enumerate(to, 1)])
    for address in (PERSON, f"{name}+tres@{domain}"):
        assert store.history_for(keys(address=address), MIDNIGHT).sent_today == 3


def test_automatic_mails_of_an_account_are_counted_since_an_instant(store: Store) -> None:
    by_itself = Disposition.ENVIAR
    drafts = [
        a_draft(1, disposition=by_itself),
        a_draft(2, disposition=by_itself, to="otra@correo.example"),
        a_draft(3),
    ]
    opened(store, drafts=drafts)
    send(store, drafts[0].id, NOW - HOUR)
    assert store.sent_by(ACCOUNT, NOW - HOUR) == 2
    assert store.sent_by(ACCOUNT, NOW + HOUR) == 0
    assert store.sent_by(OTHER_ACCOUNT, NOW - HOUR) == 0


# --- terms and lists -------------------------------------------------------------------------------------------------


def test_terms_are_due_when_they_act_earliest_first_and_only_those_that_lead_to_something(store: Store) -> None:
    late, later = a_term(NOW + 2 * HOUR), a_term(NOW + 9 * HOUR)
    opened(store, a_petition("AC-250909-AAAAA", terms=(late,)))
    opened(store, a_petition("AC-250909-BBBBB", terms=(later, a_term(NOW + 9 * HOUR, act_at=NOW + HOUR))))
    opened(store, a_petition("AC-250909-CCCCC", terms=(a_term(NOW, "nada"),)))
    opened(store, a_petition("AC-250909-DDDDD", terms=(a_term(NOW),), account=OTHER_ACCOUNT))
    opened(store, a_petition("AC-250909-EEEEE", terms=(later,)))
    assert store.due(NOW + 2 * HOUR, (ACCOUNT,)) == ["AC-250909-BBBBB", "AC-250909-AAAAA"]
    assert store.due(NOW, (ACCOUNT, OTHER_ACCOUNT)) == ["AC-250909-DDDDD"]
    assert store.next_due((ACCOUNT,)) == NOW + HOUR
    assert store.next_due((ACCOUNT, OTHER_ACCOUNT)) == NOW
    assert store.next_due(("nadie@imss.example",)) is None


def test_a_term_that_was_cancelled_is_due_no_more(store: Store) -> None:
    petition = opened(store, a_petition(terms=(a_term(NOW),)))
    store.commit(Plan(petition=replace(petition, terms=())), now=NOW)
    assert store.due(NOW + HOUR, (ACCOUNT,)) == []


def test_petitions_are_listed_newest_first_and_the_open_ones_apart(store: Store) -> None:
    opened(store, a_petition("AC-250909-AAAAA", opened_at=NOW - HOUR, data=PersonData()))
    opened(store, a_petition("AC-250909-BBBBB", state=State.CONCLUIDA_DESINTERES))
    opened(store, a_petition("AC-250909-CCCCC", state=State.TURNADA_SIN_SEGUIMIENTO, opened_at=NOW - 2 * HOUR))
    assert folios(store.petitions()) == ["AC-250909-BBBBB", "AC-250909-AAAAA", "AC-250909-CCCCC"]
    assert folios(store.petitions(open_only=True)) == ["AC-250909-AAAAA"]
    assert folios(store.petitions(limit=1)) == ["AC-250909-BBBBB"]
