"""The store's promises to figures: the facts of a time, the log of terms, alarms that outlive the process."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from daemon.model.decision import Disposition, Plan
from daemon.model.figures import ALARM_MAIL, AlarmFact
from daemon.model.outgoing import DraftState
from daemon.model.petition import HistoryEntry, State, Type
from daemon.model.siade import Record, RecordClase
from daemon.ports import Store
from tests.contract.store_samples import (
    ACCOUNT,
    COUNTING,
    FOLIO,
    HOUR,
    NOW,
    a_copy,
    a_delivery,
    a_draft,
    a_ficha,
    a_petition,
    a_term,
    keys,
    opened,
    send,
)

DAY = 24 * HOUR


def line(state: State, at_hours: int, action: str = "nota") -> HistoryEntry:
    return HistoryEntry(NOW + at_hours * HOUR, action, "texto", "P 5.19", state=state)


def test_a_petition_is_told_without_its_texts_and_identifiers(store: Store) -> None:
    opened(store, a_petition(consultor="ana@imss.example", ooad="Jalisco", urgent=True, registered_at=NOW, siade="S1"))
    (fact,) = store.facts(NOW, NOW + HOUR).petitions
    assert (fact.folio, fact.type, fact.topic, fact.missing) == (FOLIO, Type.ORIENTACION, "semanas_cotizadas", 1)
    assert (fact.consultor, fact.ooad, fact.urgent) == ("ana@imss.example", "Jalisco", True)
    assert (fact.registered_at, fact.siade, fact.opened_at) == (NOW, "S1", NOW)
    assert "Rosa" not in str(fact) and "12345678903" not in str(fact)


def test_the_facts_of_a_time_hold_what_came_what_moved_and_what_is_open(store: Store) -> None:
    old, closed = NOW - 30 * DAY, State.CONCLUIDA
    opened(store, a_petition("AC-250810-OPEN2", opened_at=old))
    opened(store, a_petition("AC-250810-CERRA", opened_at=old, state=closed))
    opened(store, a_petition("AC-250810-MOVES", opened_at=old, state=closed))
    opened(store, a_petition("AC-250910-LATER", opened_at=NOW + 2 * DAY))
    moves = a_petition("AC-250810-MOVES", opened_at=old, state=closed, version=1)
    store.commit(Plan(petition=moves, history=(line(closed, 1),)), now=NOW)
    found = store.facts(NOW, NOW + DAY)
    assert {fact.folio for fact in found.petitions} == {"AC-250810-OPEN2", "AC-250810-MOVES"}
    assert [(move.folio, move.state) for move in found.moves] == [("AC-250810-MOVES", closed)]


def test_a_mail_is_told_with_whether_it_carries_the_survey(store: Store) -> None:
    with_link = a_draft(1, text="Su opinión: https://encuesta.example/100%_x?f=1", disposition=Disposition.ENVIAR)
    opened(store, drafts=[with_link, a_draft(2, consultor="ana@imss.example", turn=2)])
    send(store, with_link.id, NOW + HOUR)
    store.mark_laid(f"{FOLIO}/2", NOW + HOUR)
    sent, lying = store.facts(NOW, NOW + DAY, "https://encuesta.example/100%_x").mails
    assert (sent.survey, sent.sent_at, sent.state) == (True, NOW + HOUR, DraftState.ACEPTADO)
    assert (lying.survey, lying.waiting, lying.turn, lying.consultor) == (False, True, 2, "ana@imss.example")
    assert not store.facts(NOW, NOW + DAY).mails[0].survey


def test_a_copy_that_lay_twice_in_its_mailbox_is_told_so(store: Store) -> None:
    draft = a_draft(disposition=Disposition.ENVIAR)
    opened(store, drafts=[draft])
    send(store, draft.id)
    for uid in (1, 2):
        store.claim(COUNTING, "INBOX", 7, [uid], NOW)
        copy = a_copy(draft.message_id)
        seen = keys(draft.message_id, f"d{uid}")
        store.commit(Plan(), now=NOW, delivery=a_delivery(uid, COUNTING), keys=seen, copy=copy)
    (found,) = store.facts(NOW, NOW + DAY).copies
    assert (found.draft, found.times) == (draft.id, 2)


def test_a_mailbox_that_was_numbered_anew_counts_no_copy_twice(store: Store) -> None:
    draft = a_draft(disposition=Disposition.ENVIAR)
    opened(store, drafts=[draft])
    send(store, draft.id)
    for number in (7, 8):
        store.claim(COUNTING, "INBOX", number, [1], NOW)
        delivery = replace(a_delivery(1, COUNTING), uidvalidity=number)
        store.commit(
            Plan(), now=NOW, delivery=delivery, keys=keys(draft.message_id, "d"), copy=a_copy(draft.message_id)
        )
    assert [copy.times for copy in store.facts(NOW, NOW + DAY).copies] == [1]


def test_a_copy_of_internal_mail_is_marked(store: Store) -> None:
    sheet = a_ficha()
    opened(store, internals=[sheet])
    store.commit(Plan(), now=NOW, copy=a_copy(sheet.message_id, ACCOUNT, "enviados"))
    assert [copy.internal for copy in store.facts(NOW, NOW + DAY).copies] == [True]


def test_terms_are_logged_when_they_begin_and_when_the_petition_is_rid_of_them(store: Store) -> None:
    petition = opened(store, a_petition(terms=(a_term(NOW + 2 * DAY),)))
    (running,) = store.facts(NOW, NOW + DAY).terms
    assert (running.name, running.due_at, running.at_due, running.ended_at) == (
        "segunda_solicitud",
        NOW + 2 * DAY,
        "correo",
        None,
    )
    store.commit(Plan(petition=replace(petition, terms=())), now=NOW + HOUR)
    assert [term.ended_at for term in store.facts(NOW, NOW + DAY).terms] == [NOW + HOUR]


def test_a_term_that_goes_on_over_a_change_is_one_term(store: Store) -> None:
    term = a_term(NOW + 2 * DAY)
    petition = opened(store, a_petition(terms=(term,)))
    second = replace(term, name="conclusion_desinteres", started_at=NOW + HOUR)
    store.commit(Plan(petition=replace(petition, terms=(term, second))), now=NOW + HOUR)
    found = store.facts(NOW, NOW + DAY).terms
    assert sorted((each.name, each.ended_at) for each in found) == [
        ("conclusion_desinteres", None),
        ("segunda_solicitud", None),
    ]


def test_records_are_told_until_they_are_exported_and_in_the_time_in_which_they_were_made(store: Store) -> None:
    opened(store, records=[Record(f"{FOLIO}/s1", FOLIO, RecordClase.REGISTRO, ACCOUNT, NOW, "texto")])
    assert [record.exported_at for record in store.facts(NOW + DAY, NOW + 2 * DAY).records] == [None]
    store.export_records(NOW + HOUR)
    assert store.facts(NOW + DAY, NOW + 2 * DAY).records == ()
    assert [record.exported_at for record in store.facts(NOW, NOW + DAY).records] == [NOW + HOUR]


def test_an_alarm_is_on_until_it_is_over_and_is_not_told_twice(store: Store) -> None:
    store.alarm_on("buzon:x", "no responde", NOW)
    store.alarm_on("buzon:x", "sigue sin responder", NOW + HOUR)
    store.alarm_off("otra", NOW + HOUR)
    assert store.facts(NOW, NOW + DAY).alarms == (AlarmFact("buzon:x", "no responde", NOW),)
    store.alarm_off("buzon:x", NOW + HOUR)
    store.alarm_on("buzon:x", "otra vez", NOW + 2 * HOUR)
    store.alarm_off(None, NOW + 3 * HOUR)
    assert [(alarm.since, alarm.until) for alarm in store.facts(NOW, NOW + DAY).alarms] == [
        (NOW, NOW + HOUR),
        (NOW + 2 * HOUR, NOW + 3 * HOUR),
    ]
    assert store.facts(NOW + 4 * HOUR, NOW + DAY).alarms == ()


def test_which_mail_told_an_alarm_is_kept_with_it_and_the_mail_is_to_be_sent(store: Store) -> None:
    store.alarm_on("buzon:x", "no responde", NOW)
    store.alarm_on("acceso:y", "rechazado", NOW)
    first, second = store.alarms(NOW)
    assert store.mark(ALARM_MAIL) is None
    store.tell_alarms([first], [], NOW + HOUR)
    assert store.mark(ALARM_MAIL) == (NOW + HOUR).isoformat()
    store.alarm_off(first.key, NOW + 2 * HOUR)
    ended = replace(first, told=NOW + HOUR, until=NOW + 2 * HOUR)
    store.tell_alarms([ended, second], [ended], NOW + 3 * HOUR)
    assert store.alarms(NOW) == (replace(ended, told_over=NOW + 3 * HOUR), replace(second, told=NOW + 3 * HOUR))
    assert store.alarms(NOW + 3 * HOUR) == (replace(second, told=NOW + 3 * HOUR),)


def test_an_outage_of_siade_is_among_the_facts(store: Store) -> None:
    assert store.facts(NOW, NOW + timedelta(days=1)).contingencia is None
    store.set_mark("siade_contingencia", "desde las 10", NOW)
    assert store.facts(NOW, NOW + timedelta(days=1)).contingencia == "desde las 10"
