"""The store's promises to the counting step and to `acuse status`: every copy once, every gap by name."""

from __future__ import annotations

from datetime import timedelta

from daemon.model.decision import Disposition, Plan
from daemon.model.figures import AlarmFact
from daemon.model.health import BoxHealth, FailedTask, Health, NextTerm, Uncertain
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase
from daemon.ports import Store
from tests.contract.store_samples import (
    ACCOUNT,
    COUNTING,
    FOLIO,
    HOUR,
    NOW,
    OTHER_ACCOUNT,
    a_copy,
    a_delivery,
    a_draft,
    a_ficha,
    a_petition,
    a_term,
    opened,
    send,
)


def test_a_copy_is_kept_once_for_each_place(store: Store) -> None:
    seen = a_copy("<m@imss.example>")
    in_sent = a_copy("<m@imss.example>", ACCOUNT, "enviados", NOW + HOUR)
    for copy in (seen, seen, in_sent):
        store.commit(Plan(), now=NOW, copy=copy)
    assert store.copies("<m@imss.example>") == (seen, in_sent)
    assert store.copies("<otro@imss.example>") == ()


def test_a_sent_mail_without_its_blind_copy_is_missed_by_name(store: Store) -> None:
    drafts = [a_draft(number, disposition=Disposition.ENVIAR) for number in (1, 2, 3)]
    opened(store, drafts=drafts)
    for draft in drafts:
        send(store, draft.id)
    store.commit(Plan(), now=NOW, copy=a_copy(drafts[0].message_id))
    store.commit(Plan(), now=NOW, copy=a_copy(drafts[1].message_id, ACCOUNT, "enviados"))
    assert [draft.id for draft in store.missing_copies(NOW + HOUR)] == [drafts[1].id, drafts[2].id]
    assert store.missing_copies(NOW) == ()


def test_a_mail_that_never_left_misses_no_copy(store: Store) -> None:
    opened(store, drafts=[a_draft()])
    assert store.missing_copies(NOW + 9 * HOUR) == ()


def test_a_consultants_mail_is_joined_to_its_draft_though_the_client_gave_it_its_own_id(store: Store) -> None:
    petition = opened(store, drafts=[a_draft()])
    in_sent = a_copy("<cliente@imss.example>", ACCOUNT, "enviados")
    settle = (a_draft().id, DraftState.ENVIADO_POR_CONSULTOR)
    store.commit(Plan(), now=NOW, copy=a_copy("<cliente@imss.example>", OTHER_ACCOUNT))
    assert len(store.foreign_copies(NOW)) == 1
    store.commit(Plan(petition=petition), now=NOW, copy=in_sent, settle=settle)
    store.commit(Plan(), now=NOW, copy=a_copy("<cliente@imss.example>"))
    assert store.foreign_copies(NOW) == ()
    assert store.missing_copies(NOW + HOUR) == ()


def test_what_left_outside_the_daemon_is_listed_newest_first(store: Store) -> None:
    opened(store, drafts=[a_draft()], internals=[a_ficha(clase=Clase.AVISO_INTERNO)])
    old = a_copy("<viejo@imss.example>", seen_at=NOW - HOUR)
    first, second = a_copy("<uno@imss.example>"), a_copy("<dos@imss.example>", seen_at=NOW + HOUR)
    internal = a_copy(a_ficha().message_id, ACCOUNT, "enviados")
    for copy in (old, first, second, internal, a_copy(a_draft().message_id)):
        store.commit(Plan(), now=NOW, copy=copy)
    assert store.foreign_copies(NOW) == (second, first)


def test_only_a_mail_of_ours_that_began_to_leave_later_is_a_watermark(store: Store) -> None:
    drafts = [a_draft(number, disposition=Disposition.ENVIAR) for number in (1, 2)]
    opened(store, drafts=drafts)
    assert store.sending(drafts[0].id, NOW)
    store.settled(drafts[0].id, DraftState.ACEPTADO, "250 ok, tras una larga espera", NOW + HOUR)
    store.commit(Plan(), now=NOW + 2 * HOUR, copy=a_copy(drafts[0].message_id, seen_at=NOW + 2 * HOUR))
    store.commit(Plan(), now=NOW + 2 * HOUR, copy=a_copy("<ajeno@imss.example>", seen_at=NOW + 2 * HOUR))
    assert not store.copy_after(COUNTING, NOW)
    send(store, drafts[1].id, NOW + HOUR)
    store.commit(Plan(), now=NOW + 2 * HOUR, copy=a_copy(drafts[1].message_id, ACCOUNT, "enviados"))
    assert not store.copy_after(COUNTING, NOW)
    store.commit(Plan(), now=NOW + 2 * HOUR, copy=a_copy(drafts[1].message_id))
    assert store.copy_after(COUNTING, NOW)
    assert not store.copy_after(OTHER_ACCOUNT, NOW)
    assert not store.copy_after(COUNTING, NOW + HOUR)


def test_the_health_tells_how_things_stand(store: Store) -> None:
    drafts = [a_draft(1), a_draft(2, disposition=Disposition.ENVIAR), a_draft(3)]
    opened(store, a_petition(terms=(a_term(NOW - HOUR),)), drafts=drafts)
    opened(store, a_petition("AC-250909-AAAAA", terms=(a_term(NOW + HOUR),)))
    store.claim(ACCOUNT, "INBOX", 7, [1, 2], NOW)
    store.quarantine(a_delivery(1), "ilegible", "", NOW)
    store.read_to_end(ACCOUNT, NOW)
    assert store.sending(drafts[1].id, NOW)
    store.settled(drafts[1].id, DraftState.INCIERTO, "se perdió la respuesta", NOW + timedelta(minutes=1))
    failed = next(row for row in store.tasks(ACCOUNT, NOW) if row.payload.get("draft_id") == drafts[2].id)
    store.task_failed(failed.id, "carpeta de solo lectura", None, NOW)
    store.alarm_on("buzon:x", "no responde", NOW)
    store.alarm_on("buzon:y", "no responde", NOW)
    store.alarm_off("buzon:y", NOW)
    health = store.health(NOW)
    assert health == Health(
        at=NOW,
        boxes=(BoxHealth(ACCOUNT, last_pass=NOW, last_received=NOW, unfinished=1, sending=1, oldest=NOW),),
        petitions={"espera_datos_1": 2},
        drafts={"incierto": 1, "preparado": 2},
        tasks={"enviar": 1, "presentar": 1},
        failed=1,
        failed_tasks=(FailedTask("presentar", ACCOUNT, FOLIO, NOW, "carpeta de solo lectura"),),
        uncertain=1,
        uncertain_mails=(Uncertain(drafts[1].id, FOLIO, NOW),),
        quarantine=1,
        overdue=1,
        terms=(
            NextTerm(FOLIO, ACCOUNT, "espera_datos_1", NOW - HOUR),
            NextTerm("AC-250909-AAAAA", ACCOUNT, "espera_datos_1", NOW + HOUR),
        ),
        alarms=(AlarmFact("buzon:x", "no responde", NOW),),
    )


def test_the_health_misses_a_copy_only_after_patience_and_no_longer_than_a_week(store: Store) -> None:
    opened(store, drafts=[a_draft(1)])
    send(store, a_draft(1).id, NOW)
    store.read_to_end(ACCOUNT, NOW)
    assert [store.health(NOW + timedelta(minutes=m)).box(ACCOUNT).uncounted for m in (29, 31, 60 * 24 * 8)] == [0, 1, 0]
    store.commit(Plan(), now=NOW, copy=a_copy(a_draft(1).message_id))
    assert store.health(NOW + HOUR).box(ACCOUNT).uncounted == 0
