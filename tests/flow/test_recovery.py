"""A restored store by the clock of then: terms that ran out, mails by hand and what cannot be proven."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.decide.outcomes import StaffWord, on_staff
from daemon.errors import MailboxUnavailable, SenderUnavailable
from daemon.flow.recovery import RESTORED, recover
from daemon.model.ledger import History
from daemon.model.mail import Reading
from daemon.model.outgoing import DraftState, SendResult
from daemon.model.petition import Clase, State
from storage import open_store
from tests.flow import memory_office
from tests.flow.memory_office import ACCEPTED, ATNDER, CONSULTANT, ORIENTATION, PERSON, MemoryOffice, Post
from tests.live.office import COMPLAINT

BETO, CARLA = "beto@correo.example", "carla@correo.example"
GIVEN = "Mi nombre es Ana López Ruiz, mi NSS es 12816177971 y mi teléfono 55 1234 5678."


class Restorable(MemoryOffice):
    """An office on a file, which can go back to an earlier copy of it while the mail servers go on."""

    file: Path

    def back_up(self) -> bytes:
        self.at = self.clock.now()
        with sqlite3.connect(self.file) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.file.read_bytes()

    def restore(self, copy: bytes) -> None:
        """The machine is lost; an empty one gets the copy, some hours later."""
        self.store.close()
        for path in self.file.parent.glob(f"{self.file.name}*"):
            path.unlink()
        self.file.write_bytes(copy)
        self.store = open_store(f"sqlite:///{self.file}")
        self.store.set_mark(RESTORED, self.at.isoformat(), self.clock.now())
        self.start()

    def recover(self) -> bool:
        return recover(self.desk, list(self.stations.values()), patience=0.0)

    def go_on(self) -> None:
        assert self.recover()
        assert self.store.mark(RESTORED) is None and not self.recover()
        self.run()

    def inbox(self) -> list[str]:
        """What the person has, by Message-ID."""
        return [str(mail["Message-ID"]) for mail in self.mails()]

    def copies(self) -> list[EmailMessage]:
        """What the counting mailbox keeps of what left."""
        return self.mails(self.rules.carpetas.copias, ATNDER)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Restorable]:
    file = tmp_path / "acuse.db"
    monkeypatch.setattr(memory_office, "open_store", lambda _: open_store(f"sqlite:///{file}"))
    made = Restorable()
    made.file = file
    made.run()
    yield made
    made.store.close()


def once(office: Restorable) -> bool:
    return set(Counter(office.inbox()).values()) <= {1}


def interrupt(office: Restorable, *, at: str) -> None:
    """The recovery is killed as it reads the mail of this person; the daemon starts again."""
    real = office.reader

    def dying(raw: bytes, mailbox: str, when: datetime) -> Reading:
        if f"From: {at}".encode() in raw:
            raise KeyboardInterrupt
        return real(raw, mailbox, when)

    office.reader = dying
    with pytest.raises(KeyboardInterrupt):
        office.recover()
    office.reader = real
    office.start()


def test_a_term_that_ran_out_after_the_backup_is_not_acted_on_again(office: Restorable) -> None:
    office.write(COMPLAINT)
    office.run()
    copy = office.back_up()
    due = office.petition().terms[0].acts_at
    office.until(due + timedelta(hours=1))
    assert office.petition().state is State.ESPERA_DATOS_2
    before, terms = office.inbox(), [term.name for term in office.petition().terms]
    assert len(before) == 2

    office.clock.advance(timedelta(hours=3))
    office.restore(copy)
    office.go_on()
    assert office.inbox() == before
    assert office.petition().state is State.ESPERA_DATOS_2
    assert [term.name for term in office.petition().terms] == terms
    assert office.states() == [DraftState.ACEPTADO] * 2
    # The next term goes on from when the second request really left.
    office.until(office.petition().terms[0].acts_at + timedelta(hours=1))
    assert office.classes()[-1] is Clase.CONCLUSION_DESINTERES and len(office.inbox()) == 3 and once(office)


def test_an_answer_that_was_worked_on_after_the_backup_comes_to_the_same_state(office: Restorable) -> None:
    office.write(COMPLAINT)
    office.run()
    copy = office.back_up()
    office.clock.advance(timedelta(hours=1))
    office.write(GIVEN, answering=office.inbox()[0])
    office.run()
    state, records = office.petition().state, office.store.records_of(office.petition().folio)
    office.clock.advance(timedelta(hours=1))
    office.restore(copy)
    office.go_on()
    assert office.petition().state is state
    assert [record.id for record in office.store.records_of(office.petition().folio)] == [one.id for one in records]
    assert len(office.inbox()) == 1


def test_a_petition_that_came_and_was_answered_after_the_backup_is_there_and_not_answered_again(
    office: Restorable,
) -> None:
    copy = office.back_up()
    office.clock.advance(timedelta(minutes=5))
    office.write(COMPLAINT)
    office.run()
    folio, before = office.petition().folio, office.inbox()
    office.clock.advance(timedelta(hours=5))
    office.restore(copy)
    office.go_on()
    assert office.petition().folio == folio
    assert office.inbox() == before and len(before) == 1
    assert len(office.mails("Peticiones", ATNDER)) == 1
    assert [term.name for term in office.petition().terms] == ["segunda_solicitud"]


def test_a_draft_that_was_approved_after_the_backup_is_not_laid_again(office: Restorable) -> None:
    office.write(ORIENTATION, subject="Semanas cotizadas")
    office.run()
    copy = office.back_up()
    office.approve()
    office.run()
    assert len(office.inbox()) == 1
    office.restore(copy)
    office.go_on()
    assert office.states() == [DraftState.ACEPTADO]
    assert office.mails("Respuestas pendientes", ATNDER) == [] and len(office.inbox()) == 1
    assert office.petition().state is State.CONCLUIDA_ORIENTACION


def test_an_approval_that_was_taken_and_not_sent_is_laid_before_a_person_once_more(office: Restorable) -> None:
    office.write(ORIENTATION, subject="Semanas cotizadas")
    office.run()
    copy = office.back_up()
    # The lost service took it out of Aprobadas, and was lost before it could send.
    for lying in office.stations[ATNDER].review.survey():
        if lying.draft_id:
            office.stations[ATNDER].review.clear(lying.handle)
    office.restore(copy)
    office.go_on()
    office.clock.advance(timedelta(minutes=10))
    office.run()
    assert office.states() == [DraftState.EN_REVISION]
    office.approve()
    office.run()
    assert len(office.inbox()) == 1


def test_what_waited_to_leave_leaves_once_it_is_proven_that_it_had_not(office: Restorable) -> None:
    def silent(_: Post) -> SendResult:
        raise SenderUnavailable("no se pudo hablar con el servidor", where="SMTP")

    # What was counted before the backup and lies there still is what proves that copies stay.
    office.write(ORIENTATION, subject="Semanas cotizadas")
    office.run()
    office.approve()
    office.run()
    assert len(office.inbox()) == 1
    office.world.answer = silent
    office.write(COMPLAINT, sender=BETO, name="Beto Pérez")
    office.run()
    copy = office.back_up()
    office.world.answer = lambda _: ACCEPTED
    office.clock.advance(timedelta(hours=2))
    office.restore(copy)
    office.go_on()
    assert len(office.inbox()) == 1 and [mail["To"] for mail in office.copies()].count(BETO) == 1


def test_where_no_copy_was_counted_before_the_backup_nothing_proves_that_a_reply_has_not_left(
    office: Restorable,
) -> None:
    copy = office.back_up()
    office.clock.advance(timedelta(minutes=5))
    office.write(COMPLAINT)
    office.run()
    before = office.inbox()
    assert len(before) == 1
    # The copies are archived where acuse reads nothing, and the server keeps nothing in Sent.
    office.world.folder(ATNDER, office.rules.carpetas.copias).messages.clear()
    office.clock.advance(timedelta(hours=3))
    office.restore(copy)
    office.go_on()
    assert office.inbox() == before and office.states() == [DraftState.INCIERTO]


def test_an_office_that_has_sent_nothing_and_has_nothing_to_send_goes_on_without_bothering_anybody(
    office: Restorable,
) -> None:
    office.restore(office.back_up())
    office.go_on()
    assert office.alarms() == [] and office.mails("INBOX", memory_office.SUPERVISOR) == []
    # What comes from now on is answered as ever.
    office.clock.advance(timedelta(minutes=5))
    office.write(COMPLAINT)
    office.run()
    assert office.states() == [DraftState.ACEPTADO] and len(office.inbox()) == 1


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_mail_that_people_had_filed_themselves_before_the_backup_is_not_answered_by_itself(
    office: Restorable, interrupted: bool
) -> None:
    office.write(ORIENTATION, subject="Semanas cotizadas")
    office.run()
    office.approve()
    office.run()
    assert len(office.inbox()) == 1
    # Somebody answered it from another program and dragged it there before acuse could read it.
    office.clock.advance(timedelta(minutes=5))
    office.write(COMPLAINT, sender=BETO, name="Beto Pérez", folder=office.rules.carpetas.peticiones)
    office.clock.advance(timedelta(minutes=5))
    office.run()
    assert len(office.store.petitions()) == 1
    copy = office.back_up()
    office.clock.advance(timedelta(hours=2))
    office.write(ORIENTATION, sender=CARLA, name="Carla Méndez", subject="Semanas cotizadas")
    office.restore(copy)
    if interrupted:
        interrupt(office, at="Carla")
    office.go_on()
    office.run()
    assert BETO not in [mail["To"] for mail in office.copies()]
    beto = next(petition for petition in office.store.petitions() if petition.petitioner == BETO)
    assert [draft.state for draft in office.store.drafts_of(beto.folio)] == [DraftState.EN_REVISION]
    assert any("estaba archivado" in entry.text for entry in office.store.story(beto.folio))


def test_where_no_copy_can_be_waited_for_a_person_must_say_what_left(office: Restorable) -> None:
    office.envios = "detenidos"
    office.start()
    office.write(COMPLAINT)
    office.run()
    copy = office.back_up()
    office.clock.advance(timedelta(hours=2))
    office.restore(copy)
    office.go_on()
    assert office.states() == [DraftState.INCIERTO] and office.inbox() == []
    office.envios = "normales"
    office.start()
    office.run()
    assert office.inbox() == [], "nothing of doubt leaves by itself"
    assert any(key.startswith("incierto:") for key in office.alarms())


def test_a_mail_of_ours_that_nothing_explains_is_kept_under_its_number_and_holds_the_rest(office: Restorable) -> None:
    office.write(COMPLAINT)
    office.run()
    copy = office.back_up()
    folio = office.petition().folio
    office.clock.advance(timedelta(minutes=30))
    # A person had this one written from a terminal: the restored store knows nothing of it.
    petition = office.petition()
    word = StaffWord(actor=CONSULTANT, respuesta="Ya se surtió su receta; puede pasar por ella.")
    history = History(drafts=office.store.drafts_of(folio))
    office.desk.commit(on_staff(petition, word, office.desk.policy, history, office.clock.now()), before=petition)
    office.run()
    office.approve()
    office.run()
    before = office.inbox()
    assert len(before) == 2
    office.restore(copy)
    office.go_on()
    assert office.inbox() == before
    drafts = office.store.drafts_of(folio)
    assert [draft.message_id for draft in drafts] == before
    assert any("no conoce" in entry.text for entry in office.store.story(folio))
    assert office.store.ordinals(folio)[0] == 2


def test_our_own_people_are_told_once(office: Restorable) -> None:
    copy = office.back_up()
    office.clock.advance(timedelta(minutes=5))
    office.write("Es urgente: mi papá está internado y no le dan su medicamento, se está muriendo. NSS 12816177971.")
    office.run()
    told = len(office.mails("INBOX", CONSULTANT)) + len(office.mails("INBOX", memory_office.SUPERVISOR))
    office.restore(copy)
    office.go_on()
    again = len(office.mails("INBOX", CONSULTANT)) + len(office.mails("INBOX", memory_office.SUPERVISOR))
    assert told == again and told > 0


def test_a_restore_that_is_interrupted_is_done_from_the_start_again(office: Restorable) -> None:
    copy = office.back_up()
    office.clock.advance(timedelta(minutes=5))
    office.write(COMPLAINT)
    office.write(ORIENTATION, sender=BETO, subject="Semanas cotizadas", name="Beto Pérez")
    office.run()
    before = office.inbox()
    office.restore(copy)
    interrupt(office, at="Beto")
    office.go_on()
    assert office.inbox() == before
    assert len(office.store.petitions()) == 2
    assert PERSON in {petition.petitioner for petition in office.store.petitions()}


def test_where_the_copies_of_before_are_gone_nothing_that_may_have_left_leaves_again(office: Restorable) -> None:
    office.write(COMPLAINT)
    office.run()
    copy = office.back_up()
    office.until(office.petition().terms[0].acts_at + timedelta(hours=1))
    before = office.inbox()
    assert len(before) == 2
    # Somebody empties the counting mailbox, and the server keeps nothing in Sent.
    office.world.folder(ATNDER, office.rules.carpetas.copias).messages.clear()
    office.clock.advance(timedelta(hours=3))
    office.restore(copy)
    office.go_on()
    assert office.inbox() == before
    assert office.states() == [DraftState.ACEPTADO, DraftState.INCIERTO]
    assert f"testigo:{ATNDER}" in office.alarms()


def test_while_a_mailbox_is_out_of_reach_no_witness_is_sent_in_vain(office: Restorable) -> None:
    office.restore(office.back_up())
    office.cut.add(ATNDER)
    with pytest.raises(MailboxUnavailable):
        office.recover()
    assert office.world.sent == []
    office.cut.clear()
    office.go_on()


def test_a_petition_whose_mail_is_gone_though_it_was_answered_is_told_to_who_supervises(office: Restorable) -> None:
    copy = office.back_up()
    office.clock.advance(timedelta(minutes=5))
    office.write(COMPLAINT)
    office.run()
    folio, before = office.petition().folio, office.inbox()
    filed = office.world.folder(ATNDER, office.rules.carpetas.peticiones).messages
    (mail,) = (stored.raw for stored in filed.values())
    filed.clear()
    office.restore(copy)
    office.go_on()
    assert office.store.petitions() == () and office.inbox() == before
    told = [str(mail["Subject"]) for mail in office.mails("INBOX", memory_office.SUPERVISOR)]
    assert len([subject for subject in told if folio in subject]) == 1
    # They find it and put it back: it is taken in, and not answered again.
    office.world.deliver(ATNDER, mail, office.clock.now())
    office.run()
    assert office.petition().folio == folio and office.petition().state is State.ESPERA_DATOS_1
    assert office.inbox() == before


@pytest.mark.parametrize("hours", [-7, 7])
def test_a_mail_server_whose_clock_is_set_to_another_zone_loses_no_petition(office: Restorable, hours: int) -> None:
    copy = office.back_up()
    office.clock.advance(timedelta(minutes=5))
    office.write(COMPLAINT)
    office.run()
    before = office.inbox()
    for folder in office.world.folders(ATNDER).values():
        for stored in folder.messages.values():
            stored.at += timedelta(hours=hours)
    office.clock.advance(timedelta(hours=3))
    office.restore(copy)
    office.go_on()
    assert office.petition().state is State.ESPERA_DATOS_1
    assert office.inbox() == before
