"""The store's promises under several processes, threads and deaths, on the SQLite file that offices run."""

from __future__ import annotations

import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daemon.errors import StoreUnavailable
from daemon.model.decision import Disposition, Plan
from daemon.model.ledger import Task
from storage import open_store
from tests.contract.store_samples import ACCOUNT, FOLIO, NOW, a_draft, a_petition, open_tasks, opened
from tests.contract.store_workers import (
    PROCESSES,
    claim_and_decide,
    commit_and_die,
    note_often,
    open_together,
    run,
    send_once,
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'acuse.db'}"


def test_four_processes_with_a_hundred_changes_each_lose_none(url: str) -> None:
    store = open_store(url)
    opened(store)
    assert run(note_often, url, 100) == [0] * PROCESSES
    petition = store.petition(FOLIO)
    assert petition is not None
    assert petition.version == 1 + 100 * PROCESSES
    assert {petition.summary.count(str(number)) for number in range(PROCESSES)} == {100}
    assert len({line.action for line in store.story(FOLIO)}) == 100 * PROCESSES


def test_two_daemons_on_one_mailbox_decide_each_message_once(url: str) -> None:
    store = open_store(url)
    uids = tuple(range(1, 41))
    assert run(claim_and_decide, url, uids, processes=2) == [0, 0]
    assert store.unfinished(ACCOUNT) == []
    assert [petition.version for petition in store.petitions()] == [1] * len(uids)
    tasks = [row.task for row in store.tasks(ACCOUNT, NOW, limit=1000)]
    assert (tasks.count(Task.ENVIAR), tasks.count(Task.MOVER)) == (len(uids), len(uids))


def test_a_draft_that_four_processes_want_to_send_leaves_once(url: str, tmp_path: Path) -> None:
    store = open_store(url)
    drafts = [a_draft(number, disposition=Disposition.ENVIAR) for number in range(1, 21)]
    opened(store, drafts=drafts)
    sent = tmp_path / "sent"
    assert run(send_once, url, str(sent)) == [0] * PROCESSES
    assert sorted(sent.read_text().split()) == sorted(draft.id for draft in drafts)


def test_processes_that_start_together_on_a_new_file_all_open_it(url: str) -> None:
    assert run(open_together, url) == [0] * PROCESSES


def test_a_killed_process_leaves_what_it_committed_and_nothing_of_what_it_had_not(url: str) -> None:
    assert run(commit_and_die, url, processes=1) == [-signal.SIGKILL]
    store = open_store(url)
    petition = store.petition(FOLIO)
    assert petition is not None
    assert petition.version == 1
    assert len(store.story(FOLIO)) == 1
    assert open_tasks(store) == [Task.MOVER, Task.PRESENTAR]
    assert store.unfinished(ACCOUNT) == []


def test_a_file_that_another_program_keeps_locked_is_unavailable_with_its_cure(url: str, tmp_path: Path) -> None:
    store = open_store(url, patience=0.1)
    other = sqlite3.connect(tmp_path / "acuse.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match=r"ocupada.*→ cierre el programa"):
        store.commit(Plan(petition=a_petition()), now=NOW)
    assert store.petition(FOLIO) is None
    other.execute("ROLLBACK")
    store.commit(Plan(petition=a_petition()), now=NOW)


@pytest.mark.parametrize("place", ["file", "memory"])
def test_threads_share_one_store(place: str, url: str) -> None:
    store = open_store(url if place == "file" else "sqlite://")
    numbers = range(40)

    def work(number: int) -> int:
        folio = f"AC-250909-{number:05}"
        store.commit(Plan(petition=a_petition(folio)), now=NOW, drafts=[a_draft(1, folio)])
        return len(store.drafts_of(folio))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, numbers)) == [1] * len(numbers)
    assert len(store.petitions()) == len(numbers)
