"""What other processes do to a store file while the contract tests look on."""

from __future__ import annotations

import os
import signal
import sqlite3
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from typing import Any

from daemon.errors import IllegalTransition
from daemon.model.decision import Disposition, Plan
from daemon.model.ledger import Delivery
from storage import open_store
from tests.contract.store_samples import ACCOUNT, FOLIO, NOW, a_draft, a_line, a_petition

PROCESSES = 4
_SPAWN = get_context("spawn")


def run(target: Any, *arguments: Any, processes: int = PROCESSES) -> list[int | None]:
    """Run the target in several processes that start working together; their exit codes."""
    start: Any = _SPAWN.Barrier(processes)
    workers: list[SpawnProcess] = [
        _SPAWN.Process(target=target, args=(start, number, *arguments)) for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    return [worker.exitcode for worker in workers]


def note_often(start: Any, number: int, url: str, times: int) -> None:
    """Add notes to one petition, reading it again whenever another process was faster."""
    store = open_store(url)
    start.wait()
    for turn in range(times):
        while True:
            read = store.petition(FOLIO)
            assert read is not None
            noted = replace(read, summary=f"{read.summary}{number}")
            try:
                store.commit(Plan(petition=noted, history=(a_line(f"{number}/{turn}"),)), now=NOW)
                break
            except IllegalTransition:
                continue
    store.close()


def claim_and_decide(start: Any, number: int, url: str, uids: tuple[int, ...]) -> None:
    """Claim the same messages as the others and decide each, as two daemons on one mailbox would."""
    store = open_store(url)
    start.wait()
    for delivery in store.claim(ACCOUNT, "INBOX", 7, uids, NOW):
        folio = f"AC-250909-{delivery.uid:05}"
        plan = Plan(petition=a_petition(folio, summary=str(number)), history=(a_line(),))
        draft = a_draft(1, folio, disposition=Disposition.ENVIAR)
        store.commit(plan, now=NOW, delivery=delivery, drafts=[draft], move_to="Peticiones")
    store.close()


def send_once(start: Any, number: int, url: str, sent: str) -> None:
    """Try to send every task's draft; whoever may send it writes a line."""
    store = open_store(url)
    start.wait()
    for row in store.tasks(ACCOUNT, NOW):
        if store.sending(str(row.payload["draft_id"]), NOW):
            with open(sent, "a", encoding="ascii") as file:  # noqa: PTH123
                file.write(f"{row.payload['draft_id']}\n")
    store.close()


def open_together(start: Any, number: int, url: str) -> None:
    start.wait()
    open_store(url).close()


def commit_and_die(start: Any, number: int, url: str) -> None:
    """Commit one petition, then be killed in the middle of the next transaction, with its writes under way."""
    store = open_store(url)
    start.wait()
    plan = Plan(petition=a_petition(), history=(a_line(),))
    store.commit(plan, now=NOW, delivery=Delivery(ACCOUNT, "INBOX", 7, 1), drafts=[a_draft()], move_to="Peticiones")
    half_done = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    half_done.execute("BEGIN IMMEDIATE")
    half_done.execute("UPDATE petitions SET version = 99")
    half_done.execute("DELETE FROM outbox")
    os.kill(os.getpid(), signal.SIGKILL)


def export_and_note(start: Any, number: int, url: str, noted: str) -> None:
    """Export what waits for it; whoever gets a batch writes its number and each check into one file."""
    store = open_store(url)
    start.wait()
    export = store.export_checks(ACCOUNT, NOW)
    if export:
        with open(noted, "a", encoding="ascii") as file:  # noqa: PTH123
            file.writelines(f"{export.number} {check.id}\n" for check in export.checks)
    store.close()


def export_and_die(start: Any, number: int, url: str) -> None:
    """Export, and be killed before anything could be written to a file."""
    store = open_store(url)
    start.wait()
    store.export_checks(ACCOUNT, NOW)
    os.kill(os.getpid(), signal.SIGKILL)
