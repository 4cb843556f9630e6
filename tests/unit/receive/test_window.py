"""A mailbox is listed from where the ledger ended, never from what people have read."""

from __future__ import annotations

from datetime import UTC, datetime

from daemon.model.ledger import Cursor, FolderStatus
from daemon.receive import window


def test_a_first_run_starts_from_now() -> None:
    look = window(FolderStatus(7, 101), None, None)
    assert look.cursor == Cursor(7, 100)
    assert look.begins
    assert look.empty


def test_a_first_run_with_a_date_lists_the_folder_from_that_date() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    look = window(FolderStatus(7, 101), None, since)
    assert (look.cursor, look.since, look.empty) == (Cursor(7, 0), since, False)


def test_an_unchanged_folder_costs_nothing() -> None:
    assert window(FolderStatus(7, 101), Cursor(7, 100), None).empty


def test_new_uids_are_listed_above_the_cursor() -> None:
    look = window(FolderStatus(7, 104), Cursor(7, 100), None)
    assert look.cursor == Cursor(7, 100)
    assert not look.empty
    assert not look.begins


def test_a_renumbered_folder_is_listed_anew() -> None:
    look = window(FolderStatus(8, 5), Cursor(7, 100), None)
    assert look.renumbered
    assert look.cursor == Cursor(8, 0)


def test_a_renumbered_folder_is_listed_from_when_mail_may_be_new() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert window(FolderStatus(8, 5), Cursor(7, 100), since).since == since


def test_the_date_of_the_first_run_is_not_asked_again() -> None:
    assert window(FolderStatus(7, 104), Cursor(7, 100), datetime(2026, 1, 1, tzinfo=UTC)).since is None
