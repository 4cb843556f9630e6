"""After an erasure the office goes on as if the person had never written, and stumbles over nothing blanked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from daemon.flow.agenda import Job, work_agenda
from daemon.flow.morning import tell_morning
from daemon.flow.retention import erase_old
from daemon.flow.siade import export
from daemon.model.outgoing import DraftState
from daemon.model.petition import Petition, State
from daemon.model.privacy import Dato, Erasure, PersonKey
from daemon.model.retention import Guarda, Retencion
from storage import open_store
from tests.contract.store_samples import FOLIO
from tests.contract.test_store_privacy import TODAY, a_whole_petition, asked, by, left_of

from .memory_office import ATNDER, COMPLAINT, ORIENTATION, PERSON, MemoryOffice

PATIENT = f"{COMPLAINT}\nMi NSS es 12816177971 y mi teléfono 5555550101."
KEY = PersonKey(Dato.CORREO, PERSON)


def concluded(office: MemoryOffice) -> Petition:
    """A petition whose person never sent what was asked for, so that it was concluded, told and counted."""
    office.run()
    office.write(COMPLAINT, subject="Duda")
    office.run()
    office.until(office.clock.now() + timedelta(days=60))
    petition = office.petition()
    assert petition.state is State.CONCLUIDA_DESINTERES
    office.store.export_records(office.clock.now())
    return petition


def erase(office: MemoryOffice, *folios: str) -> Erasure:
    day = office.desk.policy.calendar.local(office.clock.now()).date()
    record = Erasure(0, office.clock.now(), "solicitud", "admin", "Solicitud 1")
    return office.store.erase(KEY, folios, record, day)


def test_a_later_mail_of_an_erased_conversation_opens_a_new_matter() -> None:
    office = MemoryOffice()
    petition = concluded(office)
    sent = [draft for draft in office.drafts() if draft.state.sent]
    assert sent
    assert erase(office, petition.folio).folios == (petition.folio,)
    office.write(PATIENT, subject="Re: Duda", answering=sent[-1].message_id)
    office.run()
    assert not office.told("error")
    new = next(each for each in office.store.petitions() if each.folio != petition.folio)
    assert (new.petitioner, new.antecedentes) == (PERSON, ())
    kept = office.store.petition(petition.folio)
    assert kept
    assert kept.state is petition.state


def test_a_late_bounce_and_a_late_copy_of_an_erased_mail_stop_nothing() -> None:
    office = MemoryOffice()
    petition = concluded(office)
    sent = next(draft for draft in office.drafts() if draft.state.sent)
    erase(office, petition.folio)
    office.world.deliver(ATNDER, sent.raw, office.clock.now())
    bounce = office.written(
        "No se pudo entregar su mensaje.\n\n550 5.1.1 User unknown", subject="Undelivered Mail Returned to Sender",
        sender="mailer-daemon@correo.example", name="Mail Delivery System", answering=sent.message_id,
    )  # fmt: skip
    office.world.deliver(ATNDER, bounce.as_bytes(), office.clock.now())
    office.write("Muchas gracias", subject="Re: Duda", answering=sent.message_id)
    office.run()
    assert not office.told("error")
    assert not office.store.quarantined()


def test_whatever_asks_for_figures_mornings_and_exports_goes_on_over_what_was_blanked(tmp_path: Path) -> None:
    from daemon.edge.siade_folder import SiadeFolder

    office = MemoryOffice()
    petition = concluded(office)
    erase(office, petition.folio)
    day = office.desk.policy.calendar.local(office.clock.now()).date()
    tell_morning(office.desk, day, draw=lambda _chart: b"", book=lambda _report, _at: b"")
    export(office.desk, SiadeFolder(tmp_path), None)
    office.run()
    assert not office.told("error")
    assert [draft.state for draft in office.drafts()]


def test_what_waits_in_review_is_not_erased_and_stays_to_be_approved() -> None:
    office = MemoryOffice(trusting=False)
    office.run()
    office.write(ORIENTATION)
    office.run()
    assert DraftState.EN_REVISION in office.states()
    folio = office.petition().folio
    assert erase(office, folio).folios == ()
    office.approve()
    office.run()
    assert not office.told("error")
    assert any(state.sent for state in office.states())


def test_the_night_erases_little_by_little_what_is_past_its_time() -> None:
    office = MemoryOffice()
    petition = concluded(office)
    term = Guarda(plazo="1 año")
    office.rules = office.rules.model_copy(update={"retencion": Retencion(peticiones=term, correos=term)})
    office.start()
    office.run()
    job = Job("retencion", office.rules.retencion.hora, erase_old, always=True)
    office.clock.advance(timedelta(days=300))
    work_agenda(office.desk, [job], office.clock.now())
    assert office.store.erasures() == ()
    office.clock.advance(timedelta(days=100))
    work_agenda(office.desk, [job], office.clock.now())
    (record,) = office.store.erasures()
    assert record.rows["petitions"] == 1
    kept = office.store.petition(petition.folio)
    assert kept
    assert kept.petitioner == "[borrado]"
    work_agenda(office.desk, [job], office.clock.now() + timedelta(days=1))
    assert len(office.store.erasures()) == 1


def test_the_shipped_terms_name_every_kind_and_one_that_is_too_short_is_refused() -> None:
    from tests.live.office import shipped

    retention = shipped()[0].retencion
    assert all(term.nota and term.plazo for _, term in retention.terms())
    with pytest.raises(ValueError, match="180 días"):
        Retencion(peticiones=Guarda(plazo="3 meses"))
    for wrong in ("5 anos", "0 días", "cinco años", ""):
        with pytest.raises(ValueError, match="plazo"):
            Guarda(plazo=wrong)


@pytest.mark.parametrize(
    ("term", "day", "before"),
    [
        ("1 año", date(2028, 2, 29), date(2027, 3, 1)),
        ("3 meses", date(2026, 5, 31), date(2026, 3, 1)),
        ("18 meses", date(2026, 11, 22), date(2025, 5, 22)),
        ("5 años", date(2026, 1, 1), date(2021, 1, 1)),
        ("90 días", date(2026, 11, 22), date(2026, 8, 24)),
        ("nunca", date(2026, 11, 22), None),
    ],
)
def test_a_term_counts_back_by_the_calendar(term: str, day: date, before: date | None) -> None:
    from datetime import UTC, datetime, time

    found = Guarda(plazo=term).before(datetime.combine(day, time(9), UTC))
    assert (found.date() if found else None) == before


def test_no_byte_of_the_person_is_left_in_the_files_of_the_data_base(tmp_path: Path) -> None:
    file = tmp_path / "acuse.db"
    store = open_store(f"sqlite:///{file}")
    # A body that outgrows its page, and grows, so that pages are freed and written anew before the erasure.
    a_whole_petition(store, answer="Estimada Rosa: ya hay metformina. " * 400)
    petition = store.petition(FOLIO)
    assert petition
    words = [b"rosa.medina@correo.example", b"Medina", b"12345678903", b"metformina", b"5555550101", b"LORA800101"]

    def found() -> list[tuple[str, bytes]]:
        return [(each.name, word) for each in tmp_path.iterdir() for word in words if word in each.read_bytes()]

    assert {name for name, _ in found()} & {"acuse.db", "acuse.db-wal"}
    store.erase(by(), [FOLIO], asked(), TODAY)
    assert store.forget()
    assert left_of(store) == []
    assert found() == []
    store.close()
    assert found() == []


def test_somebody_who_reads_puts_the_cleaning_off_and_nobody_waits_for_it(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'acuse.db'}")
    other = open_store(f"sqlite:///{tmp_path / 'acuse.db'}")
    a_whole_petition(store)
    with other._db.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM petitions").scalar()
        store.erase(by(), [FOLIO], asked(), TODAY)
        assert not store.forget()
    assert store.forget()
