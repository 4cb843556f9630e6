"""Antecedents are found by what is known of a person, over all mailboxes, and imported ones stay as they were given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from daemon.model.ledger import History, Past
from daemon.model.petition import State
from daemon.ports import Store

from .store_samples import NOW, a_petition, folios, keys, opened

PERSON = replace(
    a_petition().data,
    nombre="Ana López Ruiz",
    nss="12816177971",
    curp="LORA800101MDFPZN09",
    telefono="5555550101",
    correo="ana@correo.example",
)
PAST = Past("2025A0099", nss=PERSON.nss, nombre="LOPEZ RUIZ ANA", respuesta="Sí.", cerrada=date(2025, 9, 20))


def known(store: Store, **by: Any) -> History:
    return store.history_for(keys(**by), NOW)


@pytest.mark.parametrize(
    "by",
    [
        {"nss": "12816177971"},
        {"curp": "lora800101mdfpzn09"},
        {"telefono": "5555550101"},
        {"address": "ana@correo.example"},
        {"siade": "2025b0001"},
        {"nombre": "LOPEZ RUIZ, ANA"},
        {"nombre": "Ana Lopez"},
        {"nombre": "Ana Gómez López Ruiz"},
    ],
    ids=str,
)
def test_whatever_is_known_of_a_person_finds_the_petition_in_any_mailbox(store: Store, by: dict[str, str]) -> None:
    opened(
        store, a_petition(data=PERSON, petitioner="ana@correo.example", siade="2025B0001", account="otra@imss.gob.mx")
    )
    assert folios(known(store, **by).kin) == [a_petition().folio]


@pytest.mark.parametrize("by", [{"nombre": "Ana"}, {"nombre": "Elena López Ruiz"}, {"nss": "59865152421"}], ids=str)
def test_another_person_finds_nothing(store: Store, by: dict[str, str]) -> None:
    opened(store, a_petition(data=PERSON))
    found = folios(known(store, **by).kin)
    # Names that share two words are brought to be judged; what only one word has in common is not.
    assert found == ([a_petition().folio] if "Elena" in by.get("nombre", "") else [])


def test_what_a_petition_learns_of_its_person_finds_it_and_what_was_corrected_does_not(store: Store) -> None:
    first = opened(store, a_petition(data=replace(PERSON, nss="59865152421")))
    opened(store, replace(first, data=PERSON))
    assert folios(known(store, nss=PERSON.nss).kin) == [first.folio]
    assert known(store, nss="59865152421").kin == ()


def test_of_an_address_that_hundreds_use_the_newest_come_and_the_persons_own_first(store: Store) -> None:
    for number in range(70):
        opened(
            store,
            a_petition(f"AC-2501{number // 10 + 10}-AAA{number:02d}", petitioner="cafe@correo.example", thread=()),
        )
    own = opened(store, a_petition("AC-240101-ZZZZZ", data=PERSON, petitioner="cafe@correo.example", thread=()))
    found = folios(known(store, address="cafe@correo.example", nss=PERSON.nss).kin)
    assert len(found) == 50
    assert own.folio in found
    assert "AC-250116-AAA69" in found
    assert "AC-250110-AAA00" not in found


def test_imported_antecedents_are_found_and_taking_them_in_again_changes_nothing(store: Store) -> None:
    first = store.load_past([PAST], NOW)
    assert (first.added, first.changed, first.same, first.size) == (1, 0, 0, 1)
    again = store.load_past([PAST], NOW)
    assert (again.added, again.changed, again.same, again.size) == (0, 0, 1, 1)
    assert known(store, nombre="Ana López").past == (PAST,)
    assert known(store, siade="2025a0099").past == (PAST,)
    corrected = replace(PAST, nss=None, nombre="Ana López Soto")
    assert store.load_past([corrected], NOW).changed == 1
    assert known(store, nss=PERSON.nss).past == ()
    assert known(store, nombre="Ana López Soto").past == (corrected,)


def test_many_rows_are_taken_in_together(store: Store) -> None:
    rows = [replace(PAST, folio=f"2025A{number:05d}") for number in range(1100)]
    assert store.load_past(rows, NOW).added == 1100
    assert store.load_past(rows, NOW).same == 1100
    assert len(known(store, nss=PERSON.nss).past) == 50


def test_an_answer_that_was_given_is_kept_with_its_petition(store: Store) -> None:
    closed = a_petition(state=State.CONCLUIDA, answer="Ya hay.", answered_at=NOW)
    kept = store.petition(opened(store, closed).folio)
    assert kept is not None
    assert (kept.answer, kept.answered_at) == ("Ya hay.", NOW)
