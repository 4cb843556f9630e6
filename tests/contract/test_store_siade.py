"""What every store promises about SIADE: records are exported once, batches stay as they are, folios find petitions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from daemon.model.decision import Plan
from daemon.model.siade import Record, RecordClase
from daemon.ports import Store
from tests.contract.store_samples import ACCOUNT, FOLIO, HOUR, NOW, a_petition


def a_record(number: int, folio: str = FOLIO, at: datetime = NOW, **changes: object) -> Record:
    usual = Record(f"{folio}/s{number}", folio, RecordClase.NOTA, ACCOUNT, at, f"Texto {number}: ñ, «sí»", "motivo",
                   "P 5.73", (f"<{number}@correo.example>",))  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


def keep(store: Store, *records: Record) -> None:
    """Store the records with the petition's next step, as an event does."""
    before = store.petition(FOLIO) or a_petition()
    store.commit(Plan(petition=before), now=NOW, records=records)


def test_each_record_is_exported_once_in_the_order_of_its_making(store: Store) -> None:
    assert store.export_records(NOW) is None and store.exported_records() is None
    keep(store, a_record(1), a_record(2))
    assert [record.id for record in store.unexported()] == [f"{FOLIO}/s1", f"{FOLIO}/s2"]
    first = store.export_records(NOW)
    assert first is not None and (first.number, first.exported_at) == (1, NOW)
    assert first.records == (a_record(1), a_record(2))
    assert store.unexported() == () and store.export_records(NOW + HOUR) is None
    keep(store, a_record(3))
    second = store.export_records(NOW + HOUR)
    assert second is not None and (second.number, second.records) == (2, (a_record(3),))


def test_a_batch_can_be_had_again_by_its_number_and_is_never_changed(store: Store) -> None:
    keep(store, a_record(1))
    first = store.export_records(NOW)
    keep(store, a_record(2))
    second = store.export_records(NOW + HOUR)
    assert store.exported_records(1) == first and store.exported_records(2) == second == store.exported_records()
    assert store.exported_records(3) is None
    assert store.records_of(FOLIO) == (a_record(1), a_record(2)) and store.records_of("AC-250909-00000") == ()


def test_two_who_export_at_once_share_no_record(store: Store) -> None:
    keep(store, *(a_record(number) for number in range(1, 21)))
    with ThreadPoolExecutor(4) as pool:
        batches = [batch for batch in pool.map(lambda _: store.export_records(NOW), range(4)) if batch]
    exported = [record.id for batch in batches for record in batch.records]
    assert len(exported) == len(set(exported)) == 20
    assert sorted(batch.number for batch in batches) == list(range(1, len(batches) + 1))


def test_a_petition_is_found_by_the_folio_that_siade_gave_it(store: Store) -> None:
    keep(store)
    found = store.petition(FOLIO)
    assert found is not None and store.by_siade("2025-Q-1") is None
    store.commit(Plan(petition=replace(found, siade="2025-Q-1", siade_rows=("a1b2",))), now=NOW)
    known = store.by_siade("2025-Q-1")
    assert known is not None and (known.folio, known.siade_rows) == (FOLIO, ("a1b2",))
    assert store.by_siade("2025-Q-") is None


def test_a_mark_is_remembered_replaced_and_forgotten(store: Store) -> None:
    assert store.mark("siade_contingencia") is None
    store.set_mark("siade_contingencia", NOW.isoformat(), NOW)
    store.set_mark("siade_contingencia", (NOW + HOUR).isoformat(), NOW)
    assert store.mark("siade_contingencia") == (NOW + HOUR).isoformat()
    store.set_mark("siade_contingencia", None, NOW)
    store.set_mark("siade_contingencia", None, NOW)
    assert store.mark("siade_contingencia") is None
