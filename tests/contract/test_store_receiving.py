"""The store's promises to the receiving step: every message is claimed, finished once, and never lost between."""

from __future__ import annotations

from datetime import datetime

import pytest

from daemon.model.decision import Plan
from daemon.model.ledger import Cursor, Task
from daemon.ports import Store
from tests.contract.store_samples import ACCOUNT, HOUR, NOW, OTHER_ACCOUNT, a_delivery, keys, open_tasks, opened


def claim(store: Store, *uids: int, uidvalidity: int = 7) -> list[int]:
    return [delivery.uid for delivery in store.claim(ACCOUNT, "INBOX", uidvalidity, uids, NOW)]


def test_a_folder_that_was_never_listed_has_no_cursor(store: Store) -> None:
    assert store.cursor(ACCOUNT, "INBOX") is None


def test_a_first_run_starts_where_it_is_told(store: Store) -> None:
    store.start_cursor(ACCOUNT, "INBOX", Cursor(7, 41))
    store.start_cursor(ACCOUNT, "INBOX", Cursor(8, 0))
    assert store.cursor(ACCOUNT, "INBOX") == Cursor(8, 0)


def test_claiming_gives_the_new_uids_in_order_and_moves_the_cursor(store: Store) -> None:
    assert claim(store, 12, 3, 5) == [3, 5, 12]
    assert store.cursor(ACCOUNT, "INBOX") == Cursor(7, 12)


def test_claiming_nothing_leaves_the_cursor_alone(store: Store) -> None:
    assert claim(store) == []
    assert store.cursor(ACCOUNT, "INBOX") is None


def test_a_claimed_message_that_was_not_finished_is_given_again_but_a_decided_one_is_not(store: Store) -> None:
    claim(store, 1, 2)
    store.commit(Plan(), now=NOW, delivery=a_delivery(1))
    assert claim(store, 1, 2, 3) == [2, 3]
    assert store.unfinished(ACCOUNT) == [a_delivery(2), a_delivery(3)]


def test_a_late_claimer_does_not_move_the_cursor_back(store: Store) -> None:
    claim(store, 9)
    claim(store, 4)
    assert store.cursor(ACCOUNT, "INBOX") == Cursor(7, 9)


def test_the_same_uid_under_another_uidvalidity_is_another_message(store: Store) -> None:
    claim(store, 9)
    store.commit(Plan(), now=NOW, delivery=a_delivery(9))
    assert claim(store, 9, uidvalidity=8) == [9]
    assert store.cursor(ACCOUNT, "INBOX") == Cursor(8, 9)


def test_another_accounts_work_is_not_ours(store: Store) -> None:
    claim(store, 1)
    assert store.unfinished(OTHER_ACCOUNT) == []


def test_attempts_are_counted_from_one(store: Store) -> None:
    claim(store, 1)
    assert [store.attempt(a_delivery(1), NOW) for _ in range(3)] == [1, 2, 3]


def test_a_message_given_up_is_listed_with_its_reason_and_stays_where_it_lies(store: Store) -> None:
    claim(store, 1)
    store.attempt(a_delivery(1), NOW)
    store.quarantine(a_delivery(1), "ilegible", "sin encabezados", NOW)
    (given_up,) = store.quarantined()
    assert (given_up.delivery, given_up.reason, given_up.detail) == (a_delivery(1), "ilegible", "sin encabezados")
    assert (given_up.since, given_up.attempts) == (NOW, 1)
    assert store.tasks(ACCOUNT, NOW) == []
    assert store.unfinished(ACCOUNT) == []


def test_giving_up_twice_is_once(store: Store) -> None:
    for _ in range(2):
        store.quarantine(a_delivery(1), "ilegible", "", NOW)
    assert len(store.quarantined()) == 1


def test_a_failure_after_the_decision_was_stored_does_not_undo_it(store: Store) -> None:
    claim(store, 1)
    store.commit(Plan(), now=NOW, delivery=a_delivery(1))
    store.quarantine(a_delivery(1), "intentos_agotados", "", NOW)
    assert store.quarantined() == []
    assert open_tasks(store) == []


def test_a_released_message_is_work_again_with_all_its_attempts(store: Store) -> None:
    store.attempt(a_delivery(1), NOW)
    store.quarantine(a_delivery(1), "ilegible", "", NOW)
    store.release(a_delivery(1), NOW)
    assert store.quarantined() == []
    assert store.unfinished(ACCOUNT) == [a_delivery(1)]
    assert open_tasks(store) == []
    assert store.attempt(a_delivery(1), NOW) == 1


def test_releasing_a_decided_message_changes_nothing(store: Store) -> None:
    store.commit(Plan(), now=NOW, delivery=a_delivery(1))
    store.release(a_delivery(1), NOW)
    assert store.unfinished(ACCOUNT) == []


def test_a_message_may_be_decided_to_be_quarantined(store: Store) -> None:
    store.commit(
        Plan(quarantine="sospechoso"), now=NOW, delivery=a_delivery(1), keys=keys("<m@x.example>"), move_to="Cuarentena"
    )
    assert [each.reason for each in store.quarantined()] == ["sospechoso"]
    assert not store.history_for(keys("<m@x.example>"), NOW).seen_before


def test_nothing_before_the_earliest_read_to_end_is_unread(store: Store) -> None:
    accounts = (ACCOUNT, OTHER_ACCOUNT)
    store.read_to_end(ACCOUNT, NOW)
    assert store.horizon(accounts) is None
    store.read_to_end(OTHER_ACCOUNT, NOW - HOUR)
    assert store.horizon(accounts) == NOW - HOUR
    store.read_to_end(OTHER_ACCOUNT, NOW - 2 * HOUR)
    assert store.horizon(accounts) == NOW - HOUR
    store.read_to_end(OTHER_ACCOUNT, NOW + HOUR)
    assert store.horizon(accounts) == NOW
    assert store.horizon(()) is None


def test_naive_instants_are_refused_and_nothing_is_written(store: Store) -> None:
    naive = datetime(2025, 9, 9, 10, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match="sin zona horaria"):
        store.claim(ACCOUNT, "INBOX", 7, [1], naive)
    with pytest.raises(ValueError, match="sin zona horaria"):
        store.read_to_end(ACCOUNT, naive)
    assert store.unfinished(ACCOUNT) == []
    assert store.cursor(ACCOUNT, "INBOX") is None


def test_a_crash_after_claiming_loses_no_message_and_decides_none_twice(store: Store) -> None:
    claim(store, 1, 2)
    opened(store, delivery=a_delivery(1), move_to="Peticiones")
    # The process dies here and starts again: what it had claimed is offered, what it had decided is not.
    assert store.unfinished(ACCOUNT) == [a_delivery(2)]
    store.commit(Plan(), now=NOW, delivery=a_delivery(1), move_to="Peticiones")
    assert open_tasks(store) == [Task.MOVER]
