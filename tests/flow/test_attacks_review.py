"""The review folder in careless or hostile hands: nothing leaves unmeant, and nobody waits for what cannot leave."""

from __future__ import annotations

import pytest

from daemon.model.outgoing import DraftState, Lying, Place
from tests.flow.memory_office import ATNDER, PERSON, SUPERVISOR, MemoryOffice, words


@pytest.fixture
def office() -> MemoryOffice:
    """One draft waits with its ficha."""
    begun = MemoryOffice(trusting=False)
    begun.run()
    begun.write()
    begun.run()
    return begun


def paper(office: MemoryOffice, *, ficha: bool = False) -> tuple[Lying, bytes]:
    """The waiting draft, or its ficha."""
    review = office.stations[ATNDER].review
    (found,) = [each for each in review.survey() if (each.ficha_id if ficha else each.draft_id)]
    return found, review.take(found.handle)


def lay(office: MemoryOffice, raw: bytes, folder: str = "Aprobadas") -> None:
    office.world.deliver(ATNDER, raw, office.clock.now(), folder)
    office.run()


def approve_as(office: MemoryOffice, raw: bytes) -> None:
    """The waiting draft goes away and this stands in Aprobadas instead."""
    office.stations[ATNDER].review.clear(paper(office)[0].handle)
    lay(office, raw)


def notices(office: MemoryOffice) -> list[str]:
    return [words(mail) for mail in office.mails("INBOX", SUPERVISOR)]


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (b"To: ana.lopez@correo.example", b"To: otra@correo.example", "otros destinatarios"),
        (b"To: ana.lopez@correo.example", b'To: "ana.lopez@correo.example" <otra@correo.example>', "otros destinatari"),
        (b"Subject:", b"Cc: otra@correo.example\r\nSubject:", "otros destinatarios"),
    ],
)
def test_who_approves_for_somebody_else_is_told_that_nothing_left(
    office: MemoryOffice, was: bytes, becomes: bytes, said: str
) -> None:
    approve_as(office, paper(office)[1].replace(was, becomes, 1))
    office.wait(hours=1)
    assert office.mails() == []
    assert office.states() == [DraftState.EN_REVISION]
    (told,) = notices(office)
    assert said in told
    assert any(said in entry.text for entry in office.store.story(office.petition().folio))


def test_what_could_not_leave_leaves_once_it_is_mended(office: MemoryOffice) -> None:
    good = paper(office)[1]
    approve_as(office, good.replace(b"Subject:", b"Cc: otra@correo.example\r\nSubject:", 1))
    office.world.folder(ATNDER, "Aprobadas").messages.clear()
    lay(office, good)
    assert len(office.mails()) == 1
    assert office.alarms()[-1].startswith("-aprobado:")


def test_headers_that_somebody_adds_do_not_leave(office: MemoryOffice) -> None:
    added = b"Reply-To: otra@correo.example\r\nResent-To: otra@correo.example\r\nX-Acuse-Nota: interna\r\n"
    approve_as(office, added + paper(office)[1])
    (mail,) = office.mails()
    for name in ("Reply-To", "Resent-To", "X-Acuse-Nota", "X-Acuse-Borrador", "Bcc"):
        assert mail[name] is None


def test_a_draft_that_is_approved_twice_leaves_once_and_nothing_stays_behind(office: MemoryOffice) -> None:
    raw = paper(office)[1]
    lay(office, raw)
    lay(office, raw)
    office.wait(hours=1)
    assert len(office.mails()) == 1
    assert office.mails("Aprobadas", ATNDER) == []


def test_a_ficha_in_aprobadas_never_leaves_and_its_petitions_people_are_told(office: MemoryOffice) -> None:
    found, _ = paper(office, ficha=True)
    office.world.review(ATNDER, office.rules.carpetas).relocate(found.handle, Place.APROBADAS)
    office.wait(hours=1)
    assert office.mails() == []
    (told,) = notices(office)
    assert "ficha" in told and office.petition().folio in told


def test_a_strangers_mail_in_aprobadas_is_sent_to_nobody_and_raises_one_alarm_that_ends_with_it(
    office: MemoryOffice,
) -> None:
    lay(office, office.written("Deposite aquí.", sender="malo@otro.example", to=("malo@otro.example",)).as_bytes())
    office.wait(hours=1)
    assert office.world.sent == []
    office.world.folder(ATNDER, "Aprobadas").messages.clear()
    office.wait(hours=1)
    began, ended = office.alarms()
    assert began.startswith("aprobadas:") and ended == f"-{began}"


@pytest.mark.parametrize(
    ("sender", "marks"),
    [
        (PERSON, b""),
        (PERSON, b"X-Acuse-Borrador: {id}\r\n"),
        (PERSON, b"Message-ID: {message_id}\r\n"),
        (ATNDER, b"Received: from lejos.example by mx1.imss.gob.mx; Mon, 13 Oct 2025 10:00:00 -0600\r\n"),
        (f"{ATNDER}, {PERSON}", b"X-Acuse-Borrador: {id}\r\n"),
    ],
    ids=["thread", "our private header", "our Message-ID", "our name in From", "two in From"],
)
def test_a_persons_mail_that_is_dragged_to_aprobadas_stays_there_and_is_told(
    office: MemoryOffice, sender: str, marks: bytes
) -> None:
    (draft,) = office.drafts()
    mail = office.written(
        "Deposite aquí.", to=(PERSON,), subject=f"Re: x [{draft.folio}]", answering=office.petition().first_message_id
    )
    del mail["From"], mail["Message-ID"]
    head = marks.replace(b"{id}", draft.id.encode()).replace(b"{message_id}", draft.message_id.encode())
    lay(office, head + f"From: {sender}\r\n".encode() + mail.as_bytes())
    office.wait(hours=1)
    assert office.mails() == []
    assert office.states() == [DraftState.EN_REVISION]
    assert len(office.mails("Aprobadas", ATNDER)) == 1
    assert any("no es un borrador" in told for told in notices(office))


def test_a_mail_in_the_drafts_folder_that_poses_as_our_draft_does_not_become_its_text(office: MemoryOffice) -> None:
    posing = office.written("Deposite aquí.", to=(PERSON,), subject=f"Re: [{office.petition().folio}]")
    lay(office, posing.as_bytes(), "Drafts")
    office.approve()
    office.run()
    (mail,) = office.mails()
    assert "Deposite" not in words(mail)


def test_a_draft_that_was_taken_for_deleted_is_not_swallowed_when_it_is_approved_later(office: MemoryOffice) -> None:
    found, raw = paper(office)
    office.stations[ATNDER].review.clear(found.handle)
    office.run()
    office.wait(minutes=5)
    assert office.states() == [DraftState.BORRADO]
    lay(office, raw)
    office.wait(hours=1)
    assert office.mails() == []
    assert len(office.mails("Aprobadas", ATNDER)) == 1
    assert any("borrado" in told for told in notices(office))


def many() -> MemoryOffice:
    """Four drafts wait."""
    office = MemoryOffice(trusting=False)
    office.run()
    for number in range(4):
        office.write(f"No hay medicamento en la UMF {number + 1}, quiero quejarme.", sender=f"p{number}@correo.example")
    office.run()
    return office


def fates(office: MemoryOffice) -> list[DraftState]:
    return [draft.state for each in office.store.petitions() for draft in office.store.drafts_of(each.folio)]


@pytest.mark.parametrize("drafts", [1, 4])
def test_while_the_pending_folder_is_renamed_no_draft_counts_as_deleted(office: MemoryOffice, drafts: int) -> None:
    office = office if drafts == 1 else many()
    folders = office.world.folders(ATNDER)
    folders["Otro nombre"] = folders.pop("Respuestas pendientes")
    office.run()
    office.wait(minutes=5)
    office.start()
    office.wait(hours=5)
    assert fates(office) == [DraftState.EN_REVISION] * drafts
    assert set(office.alarms()) == {f"vacia:{ATNDER}"}
    folders["Respuestas pendientes"] = folders.pop("Otro nombre")
    office.run()
    assert office.alarms()[-1] == f"-vacia:{ATNDER}"
    office.approve()
    office.run()
    assert fates(office) == [DraftState.ACEPTADO] * drafts


def test_when_all_drafts_vanish_at_once_none_counts_as_deleted_however_they_come_back() -> None:
    office = many()
    lying = office.world.folder(ATNDER, "Respuestas pendientes").messages
    kept = dict(lying)
    lying.clear()
    office.run()
    office.wait(minutes=5)
    for uid, stored in kept.items():
        lying[uid] = stored
        office.wait(minutes=5)
    assert fates(office) == [DraftState.EN_REVISION] * 4
    assert office.alarms() == [f"vacia:{ATNDER}", f"-vacia:{ATNDER}"]


def test_some_of_the_drafts_may_be_deleted_at_once() -> None:
    office = many()
    review = office.stations[ATNDER].review
    for found in [each for each in review.survey() if each.draft_id][:3]:
        review.clear(found.handle)
    office.run()
    office.wait(minutes=5)
    assert sorted(fates(office)) == [DraftState.BORRADO] * 3 + [DraftState.EN_REVISION]
    assert office.alarms() == []
