"""The store's promises about survival checks (C): stored with their decision, exported once, found by what is known."""

from __future__ import annotations

import signal
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.errors import IllegalTransition
from daemon.model.decision import Plan
from daemon.model.petition import State
from daemon.model.survival import Check, CheckState, Pensioner, Roster
from daemon.ports import Store
from storage import open_store
from tests.contract.store_samples import (
    ACCOUNT,
    FOLIO,
    HOUR,
    MIDNIGHT,
    NOW,
    OTHER_ACCOUNT,
    a_delivery,
    a_petition,
    folios,
    keys,
    opened,
)
from tests.contract.store_workers import PROCESSES, export_and_die, export_and_note, run

DAY = timedelta(days=1)
NSS, OTHER_NSS = "16907325605", "12345678903"
DUE = date(2026, 3, 9)


def a_check(number: int = 1, folio: str = FOLIO, **changes: Any) -> Check:
    check = Check(
        id=f"CS-{folio[3:]}-{number}",
        folio=folio,
        account=ACCOUNT,
        office="imss_dallas@sre.example",
        id_tramite=f"20200{number}",
        nss=NSS,
        state=CheckState.CONFIRMADA,
        received_at=NOW + timedelta(seconds=number),
        fields={"nombre": "Daniel", "apellido_paterno": "Núñez", "contacto": None},
        message_id="<solicitud@sre.example>",
        next_due=DUE,
    )
    return replace(check, **changes)


def a_pensioner(nss: str = NSS, **changes: Any) -> Pensioner:
    return replace(Pensioner(nss, "Daniel", "Pérez", "Galindo", date(1948, 12, 31)), **changes)


def keep(store: Store, *checks: Check) -> None:
    store.commit(Plan(checks=checks), now=NOW)


def ids(checks: tuple[Check, ...]) -> list[str]:
    return [check.id for check in checks]


# --- checks ----------------------------------------------------------------------------------------------------------


def test_a_check_comes_back_as_it_went(store: Store) -> None:
    check = a_check(verified=True, repeats=2)
    keep(store, check)
    assert store.checks_of(FOLIO) == (check,)


def test_a_check_stands_as_it_was_told_last(store: Store) -> None:
    keep(store, a_check(state=CheckState.RECIBIDA, next_due=None))
    keep(store, a_check(repeats=1, fields={"nombre": "Daniela"}))
    assert store.checks_of(FOLIO) == (a_check(repeats=1, fields={"nombre": "Daniela"}),)


def test_the_checks_of_a_petition_come_in_the_order_of_their_numbers(store: Store) -> None:
    keep(store, *(a_check(number) for number in (10, 2, 1)), a_check(1, "AC-250909-ZZZZZ"))
    assert ids(store.checks_of(FOLIO)) == [a_check(number).id for number in (1, 2, 10)]


def test_checks_are_stored_with_their_petition_or_not_at_all(store: Store) -> None:
    read = opened(store)
    opened_again = replace(read, summary="leída antes")
    store.commit(Plan(petition=replace(read, summary="del primero")), now=NOW)
    with pytest.raises(IllegalTransition):
        store.commit(Plan(petition=opened_again, checks=(a_check(),)), now=NOW)
    assert store.checks_of(FOLIO) == ()
    store.commit(Plan(petition=a_petition("AC-250909-ZZZZZ"), checks=(a_check(),)), now=NOW)
    assert store.checks_of(FOLIO) == (a_check(),)


def test_a_delivery_that_was_decided_stores_no_check_again(store: Store) -> None:
    for state in (CheckState.RECIBIDA, CheckState.RECHAZADA):
        store.commit(Plan(checks=(a_check(state=state),)), now=NOW, delivery=a_delivery(1), keys=keys())
    assert [check.state for check in store.checks_of(FOLIO)] == [CheckState.RECIBIDA]


def test_checks_are_listed_by_account_and_state_newest_first(store: Store) -> None:
    refused = a_check(2, state=CheckState.RECHAZADA)
    keep(store, a_check(1), refused, a_check(3), a_check(4, account=OTHER_ACCOUNT))
    assert ids(store.checks(ACCOUNT)) == [a_check(number).id for number in (3, 2, 1)]
    assert store.checks(ACCOUNT, states=(CheckState.RECHAZADA,)) == (refused,)
    assert ids(store.checks(ACCOUNT, limit=1)) == [a_check(3).id]


def test_who_is_due_is_told_by_the_latest_confirmed_check_of_each(store: Store) -> None:
    renewed = a_check(2, received_at=NOW + 90 * DAY, next_due=DUE + 90 * DAY)
    refused = a_check(3, received_at=NOW + 95 * DAY, state=CheckState.RECHAZADA, next_due=None)
    other = a_check(4, nss=OTHER_NSS, next_due=DUE + 5 * DAY)
    elsewhere = a_check(5, account=OTHER_ACCOUNT, received_at=NOW + 99 * DAY)
    keep(store, a_check(1), renewed, refused, other, elsewhere)
    assert store.checks(ACCOUNT, due_before=DUE) == ()
    assert store.checks(ACCOUNT, due_before=DUE + 5 * DAY) == (other,)
    assert store.checks(ACCOUNT, due_before=DUE + 99 * DAY) == (other, renewed)


def test_who_of_the_roster_was_never_checked_is_told_apart(store: Store) -> None:
    never, gone = a_pensioner("55555555555"), a_pensioner("66666666666", current=False)
    store.load_roster([a_pensioner(), a_pensioner(OTHER_NSS), never, gone], NOW)
    keep(store, a_check(1), a_check(2, nss=OTHER_NSS, state=CheckState.RECHAZADA))
    assert store.never_checked(ACCOUNT) == (a_pensioner(OTHER_NSS), never)
    assert len(store.never_checked(OTHER_ACCOUNT)) == 3


# --- what is known that bears on a message ---------------------------------------------------------------------------


def test_a_message_meets_the_checks_of_its_tramites_its_nss_and_its_petition_newest_first(store: Store) -> None:
    opened(store)
    by_tramite = a_check(1, "AC-250909-00001", id_tramite="555", nss=OTHER_NSS)
    by_nss = a_check(2, "AC-250909-00002", nss=OTHER_NSS)
    by_folio = a_check(3)
    stranger = a_check(4, "AC-250909-00004")
    keep(store, by_tramite, by_nss, by_folio, stranger)

    def met(**known: Any) -> tuple[Check, ...]:
        return store.history_for(keys(**known), MIDNIGHT).checks

    assert met(tramites=("555", "556")) == (by_tramite,)
    assert met(survival_nss=(OTHER_NSS,)) == (by_nss, by_tramite)
    assert met(thread=(a_petition().first_message_id,)) == (by_folio,)
    assert met(tokens=(FOLIO,), tramites=("555",)) == (by_folio, by_tramite)
    assert met(nss=NSS) == ()


def test_a_message_meets_no_more_checks_than_a_decision_can_weigh(store: Store) -> None:
    keep(store, *(a_check(number) for number in range(1, 251)))
    met = store.history_for(keys(survival_nss=(NSS,)), MIDNIGHT).checks
    assert ids(met) == [a_check(number).id for number in range(250, 50, -1)]


# --- the roster ------------------------------------------------------------------------------------------------------


def test_without_a_roster_nobody_is_known_to_be_missing_from_it(store: Store) -> None:
    assert store.roster() == Roster()
    assert store.history_for(keys(survival_nss=(NSS,)), MIDNIGHT).pensioners is None


def test_a_roster_answers_with_the_rows_of_the_forms_nss(store: Store) -> None:
    store.load_roster([a_pensioner(), a_pensioner(OTHER_NSS, current=False, fecha_nacimiento=None)], NOW)
    assert store.roster() == Roster(2, 1, NOW)
    assert store.history_for(keys(survival_nss=(NSS, "99999999999")), MIDNIGHT).pensioners == (a_pensioner(),)
    assert store.history_for(keys(nss=NSS), MIDNIGHT).pensioners == ()


def test_a_load_replaces_the_roster_and_says_what_changed(store: Store) -> None:
    gone = [a_pensioner(f"{number:011}") for number in range(4)]
    first = store.load_roster([a_pensioner(), a_pensioner(OTHER_NSS), *gone], NOW)
    assert (first.added, first.changed, first.removed, first.size) == (6, 0, 0, 6)
    rows = [a_pensioner(nombre="Daniela"), a_pensioner(OTHER_NSS), a_pensioner("55555555555")]
    change = store.load_roster(rows, NOW + DAY, keep=[gone[0].nss, NSS, "00000000099"])
    assert (change.added, change.changed, change.removed, change.kept, change.size) == (1, 1, 3, 1, 4)
    assert store.roster() == Roster(4, 4, NOW + DAY)
    listed = store.history_for(keys(survival_nss=(NSS, gone[0].nss, gone[1].nss)), MIDNIGHT).pensioners
    assert listed == (gone[0], a_pensioner(nombre="Daniela"))


def test_a_load_that_fails_leaves_the_roster_as_it_was(store: Store) -> None:
    store.load_roster([a_pensioner()], NOW)
    with pytest.raises(ValueError, match="sin zona horaria"):
        store.load_roster([a_pensioner(OTHER_NSS)], NOW.replace(tzinfo=None))
    assert store.roster() == Roster(1, 1, NOW)


# --- export ----------------------------------------------------------------------------------------------------------


def test_confirmed_checks_are_exported_once_each_in_numbered_batches(store: Store) -> None:
    keep(store, a_check(2), a_check(1), a_check(3, state=CheckState.RECHAZADA), a_check(4, account=OTHER_ACCOUNT))
    first = store.export_checks(ACCOUNT, NOW + HOUR)
    assert first is not None
    assert (first.number, first.at, ids(first.checks)) == (1, NOW + HOUR, [a_check(1).id, a_check(2).id])
    assert {check.exported_at for check in first.checks} == {NOW + HOUR}
    assert store.export_checks(ACCOUNT, NOW + 2 * HOUR) is None
    keep(store, a_check(3))
    second = store.export_checks(ACCOUNT, NOW + 3 * HOUR)
    assert second is not None
    assert (second.number, ids(second.checks)) == (2, [a_check(3).id])
    other = store.export_checks(OTHER_ACCOUNT, NOW)
    assert other is not None
    assert (other.number, ids(other.checks)) == (1, [a_check(4).id])


def test_looking_at_what_waits_for_export_marks_nothing(store: Store) -> None:
    keep(store, a_check())
    for _ in range(2):
        seen = store.export_checks(ACCOUNT, NOW, mark=False)
        assert seen is not None
        assert (seen.number, seen.checks) == (1, (a_check(),))
    assert store.exported(ACCOUNT) is None


def test_a_batch_can_be_had_again_as_it_was(store: Store) -> None:
    keep(store, a_check(1))
    first = store.export_checks(ACCOUNT, NOW)
    keep(store, a_check(2))
    second = store.export_checks(ACCOUNT, NOW + HOUR)
    assert store.exported(ACCOUNT, 1) == first
    assert store.exported(ACCOUNT) == store.exported(ACCOUNT, 2) == second
    assert store.exported(ACCOUNT, 3) is None
    assert store.exported(OTHER_ACCOUNT, 1) is None


def test_a_decision_that_read_a_check_before_its_export_does_not_have_it_exported_again(store: Store) -> None:
    keep(store, a_check())
    store.export_checks(ACCOUNT, NOW)
    keep(store, a_check(repeats=1))
    assert [(check.repeats, check.exported_at) for check in store.checks_of(FOLIO)] == [(1, NOW)]
    assert store.export_checks(ACCOUNT, NOW + HOUR) is None


# --- connectivity tests, figures -------------------------------------------------------------------------------------


def test_petitions_about_a_topic_are_those_of_the_account_newest_first(store: Store) -> None:
    tests = [
        a_petition(f"AC-250909-0000{number}", topic="prueba_conectividad", opened_at=NOW + number * HOUR)
        for number in (1, 2)
    ]
    elsewhere = a_petition("AC-250909-00003", topic="prueba_conectividad", account=OTHER_ACCOUNT)
    for petition in (*tests, elsewhere, a_petition(), a_petition("AC-250909-00004", topic=None)):
        opened(store, petition)
    about = store.petitions_about(ACCOUNT, "prueba_conectividad")
    assert folios(about) == ["AC-250909-00002", "AC-250909-00001"]
    assert about[0].state is State.ESPERA_DATOS_1


def test_the_health_counts_checks_by_state_where_there_are_any(store: Store) -> None:
    assert store.health(NOW).checks == {}
    keep(store, a_check(1), a_check(2), a_check(3, state=CheckState.SIN_CONFIRMACION))
    assert store.health(NOW).checks == {"confirmada": 2, "sin_confirmacion": 1}


# --- several processes, and deaths, on the file that offices run -----------------------------------------------------


def test_checks_that_four_processes_export_are_in_one_batch_each(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'acuse.db'}"
    store = open_store(url)
    keep(store, *(a_check(number) for number in range(1, 41)))
    noted = tmp_path / "lotes"
    assert run(export_and_note, url, str(noted)) == [0] * PROCESSES
    lines = [line.split() for line in noted.read_text().splitlines()]
    assert sorted(line[1] for line in lines) == sorted(a_check(number).id for number in range(1, 41))
    assert {line[0] for line in lines} == {"1"}


def test_whoever_is_killed_right_after_the_export_was_stored_can_have_the_batch_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'acuse.db'}"
    store = open_store(url)
    keep(store, a_check(1), a_check(2))
    assert run(export_and_die, url, processes=1) == [-signal.SIGKILL]
    assert store.export_checks(ACCOUNT, NOW) is None
    again = store.exported(ACCOUNT)
    assert again is not None
    assert (again.number, ids(again.checks)) == (1, [a_check(1).id, a_check(2).id])


def test_an_export_that_is_killed_before_it_was_stored_has_marked_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'acuse.db'}")
    keep(store, a_check())
    half_done = sqlite3.connect(tmp_path / "acuse.db", isolation_level=None)
    half_done.execute("BEGIN IMMEDIATE")
    half_done.execute("UPDATE checks SET export_batch = 1, exported_at = '2025-09-09 16:30:00'")
    half_done.close()
    export = store.export_checks(ACCOUNT, NOW)
    assert export is not None
    assert (export.number, len(export.checks)) == (1, 1)
