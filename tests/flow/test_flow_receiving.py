"""Receiving: every message is taken once and none is lost, whatever the server, the message or the process does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from daemon.errors import MailboxUnavailable
from daemon.model.mail import Reading
from daemon.model.petition import Clase, State
from tests.flow.memory_office import (
    ATNDER,
    CONSULTANT,
    EMPLOYERS,
    MONDAY,
    ORIENTATION,
    PERSON,
    MemoryOffice,
    words,
)

POISON = "intragable"


class Died(BaseException):
    """The process ended while it read a message."""


@pytest.fixture
def office() -> MemoryOffice:
    opened = MemoryOffice()
    opened.run()
    return opened


def poisoned(office: MemoryOffice, error: type[BaseException] = RuntimeError) -> None:
    """A reader that a certain mail brings down."""
    healthy = office.reader

    def reader(raw: bytes, mailbox: str, at: datetime) -> Reading:
        if POISON.encode() in raw:
            raise error("no puedo con este mensaje")
        return healthy(raw, mailbox, at)

    office.reader = reader


def renumber(office: MemoryOffice, folder: str = "INBOX", account: str = ATNDER) -> None:
    """Give a folder a new UIDVALIDITY and its messages new UIDs, as a restored or migrated mailbox has."""
    found = office.world.folder(account, folder)
    found.uidvalidity += 1000
    found.messages = dict(enumerate(found.messages.values(), 1))
    found.uidnext = len(found.messages) + 1


def test_a_message_that_cannot_be_processed_is_quarantined_and_the_mailbox_goes_on(office: MemoryOffice) -> None:
    poisoned(office)
    office.write(f"{POISON}: no me surten mi medicamento", sender="otra@correo.example")
    office.write()
    office.run()
    (held,) = office.store.quarantined()
    assert (held.reason, held.attempts) == ("intentos_agotados", 3)
    assert "no puedo con este mensaje" in held.detail
    assert len(office.told("cuarentena")) == 1
    assert office.petition().petitioner == PERSON
    assert len(office.mails()) == 1


def test_a_released_message_is_read_again(office: MemoryOffice) -> None:
    healthy = office.reader
    poisoned(office)
    office.write(f"{POISON}: no me surten mi medicamento")
    office.run()
    office.reader = healthy
    office.store.release(office.store.quarantined()[0].delivery, office.clock.now())
    office.run()
    assert office.store.quarantined() == []
    assert office.petition().petitioner == PERSON


def test_a_message_that_ends_the_process_each_time_is_quarantined_too(office: MemoryOffice) -> None:
    poisoned(office, Died)
    office.write(f"{POISON}: no me surten mi medicamento", sender="otra@correo.example")
    office.write()
    for _ in range(3):
        with pytest.raises(Died):
            office.run()
        office.start()
    office.run()
    assert [held.reason for held in office.store.quarantined()] == ["intentos_agotados"]
    assert office.petition().petitioner == PERSON


def test_a_renumbered_folder_is_listed_again_and_nothing_is_answered_twice(office: MemoryOffice) -> None:
    office.write()
    office.write("Nos vemos en la junta.", sender=CONSULTANT, subject="Junta", name="Consultora Uno")
    office.run()
    renumber(office)
    office.run()
    assert len(office.told("uidvalidity")) == 1
    assert len(office.mails()) == 1
    assert office.classes() == [Clase.DATOS_COMPLEMENTARIOS]


def test_what_was_decided_but_not_filed_before_the_renumbering_is_filed_afterwards(office: MemoryOffice) -> None:
    asked = office.write()
    office.once()
    stored = office.world.folder(ATNDER, "Peticiones").messages
    office.world.folder(ATNDER, "INBOX").add(stored.pop(1))
    renumber(office)
    office.run()
    assert [mail["Message-ID"] for mail in office.mails("Peticiones", ATNDER)] == [asked["Message-ID"]]
    assert (len(office.mails()), office.classes()) == (1, [Clase.DATOS_COMPLEMENTARIOS])


def test_mail_of_the_time_before_the_first_run_stays_unanswered_after_a_renumbering() -> None:
    office = MemoryOffice()
    for month in (3, 6, 9):
        office.write(sender=f"viejo{month}@correo.example", at=MONDAY - timedelta(days=30 * month))
    office.run()
    office.write()
    office.run()
    office.clock.advance(timedelta(days=40))
    office.run()
    renumber(office)
    office.write(ORIENTATION, sender="nueva@correo.example", subject="Semanas cotizadas")
    office.run()
    assert {petition.petitioner for petition in office.store.petitions()} == {PERSON, "nueva@correo.example"}


def test_a_message_that_was_being_read_at_the_renumbering_is_read_under_its_new_number(office: MemoryOffice) -> None:
    poisoned(office, Died)
    office.write(f"{POISON}: no me surten mi medicamento")
    with pytest.raises(Died):
        office.run()
    renumber(office)
    office.reader = MemoryOffice().reader
    office.start()
    office.run()
    assert office.petition().petitioner == PERSON
    assert len(office.mails()) == 1


def test_a_first_run_from_a_date_takes_nothing_older_even_when_it_is_interrupted() -> None:
    office = MemoryOffice(since=MONDAY - timedelta(days=2))
    office.write(sender="vieja@correo.example", at=MONDAY - timedelta(days=30))
    office.write(at=MONDAY - timedelta(days=1))
    office.write(sender="movida@correo.example", at=MONDAY - timedelta(days=30))
    office.cut.add("uids")
    with pytest.raises(MailboxUnavailable):
        office.run()
    office.cut.clear()
    office.start()
    office.run()
    assert office.petition().petitioner == PERSON


def test_a_mail_to_two_of_our_accounts_is_one_petition_with_one_request() -> None:
    office = MemoryOffice(boxes=(ATNDER, EMPLOYERS))
    office.run()
    office.write(to=(ATNDER, EMPLOYERS))
    office.run()
    assert office.petition().state is State.ESPERA_DATOS_1
    assert len(office.mails()) == 1
    for box in (ATNDER, EMPLOYERS):
        assert office.mails("INBOX", box) == []
        assert len(office.mails("Peticiones", box)) == 1


def test_a_newsletter_to_two_of_our_accounts_is_filed_in_both() -> None:
    office = MemoryOffice(boxes=(ATNDER, EMPLOYERS))
    office.run()
    letter = b"From: Boletin <boletin@ventas.example>\r\nList-Id: <boletin.ventas.example>\r\n"
    letter += b"Message-ID: <uno@ventas.example>\r\nSubject: Ofertas\r\n\r\nLea nuestras ofertas.\r\n"
    for box in (ATNDER, EMPLOYERS):
        office.world.deliver(box, letter, office.clock.now())
    office.run()
    assert [office.mails("INBOX", box) for box in (ATNDER, EMPLOYERS)] == [[], []]


def test_a_petition_in_the_junk_folder_is_answered_like_any_other(office: MemoryOffice) -> None:
    office.write(folder="Junk")
    office.run()
    assert len(office.mails()) == 1
    assert office.mails("Junk", ATNDER) == []


def test_a_colleagues_answer_is_taken_once_although_the_folder_is_renumbered_before_it_is_filed() -> None:
    office = MemoryOffice(trusting=False)
    office.run()
    office.write()
    office.run()
    (ficha,) = [mail for mail in office.mails("Respuestas pendientes", ATNDER) if mail["X-Acuse-Ficha"]]
    office.colleague("nota: ya le llamé", str(ficha["Message-ID"]))
    office.run()
    (answer,) = office.world.folder(ATNDER, "Fichas atendidas").messages.values()
    office.world.folder(ATNDER, "INBOX").add(answer)
    renumber(office)
    office.run()
    told = [entry for entry in office.store.story(office.petition().folio) if "ya le llamé" in entry.text]
    assert len(told) == 1
    assert len(office.mails("INBOX", CONSULTANT)) == 1


def test_a_word_that_does_not_suit_a_closed_petition_is_answered_not_quarantined() -> None:
    office = MemoryOffice(trusting=False)
    office.run()
    office.write()
    office.run()
    (ficha,) = [mail for mail in office.mails("Respuestas pendientes", ATNDER) if mail["X-Acuse-Ficha"]]
    for _ in range(2):
        said = "concluir: sí"
        office.colleague(said, str(ficha["Message-ID"]))
        office.run()
    assert office.petition().state is State.CONCLUIDA
    assert office.store.quarantined() == []
    answers = [words(mail) for mail in office.mails("INBOX", CONSULTANT)]
    assert len(answers) == 2
    assert "no procede" in answers[1]
