"""The reception of IMSS Digital at work: a request comes in, its confirmation leaves with the printed pair, once."""

from __future__ import annotations

from datetime import datetime

import pytest

from daemon.edge.pdf import PdfReader
from daemon.model.mail import Reading
from daemon.model.outgoing import DraftState, Place, SendOutcome, SendResult
from daemon.model.petition import State
from daemon.model.rules import house
from daemon.model.survival import CheckState
from daemon.read import read
from tests.flow.memory_office import ACCEPTED, MemoryOffice, words
from tests.survival_forms import OFFICE, RECEPTION, VOUCHED, form_pdf, request_mail


@pytest.fixture
def office(pdf: PdfReader) -> MemoryOffice:
    office = MemoryOffice(boxes=(RECEPTION, OFFICE))

    def reading(raw: bytes, mailbox: str, at: datetime) -> Reading:
        return read(raw, mailbox=mailbox, house=house(office.rules), received_at=at, read_pdf=pdf)

    office.reader = reading
    office.run(RECEPTION)
    return office


def request(
    office: MemoryOffice, raw: bytes, *, message_id: str = "<solicitud-1@sre.gob.mx>", vouched: str = VOUCHED
) -> None:
    mail = request_mail(raw, message_id=message_id)
    mail["Authentication-Results"] = vouched
    office.world.deliver(RECEPTION, mail.as_bytes(), office.clock.now(), "INBOX")
    office.run(RECEPTION)


def test_a_good_request_is_confirmed_at_once_with_the_pair_to_print_and_counted_at_its_own_mailbox(
    office: MemoryOffice,
) -> None:
    request(office, form_pdf())
    assert office.petition().state is State.SUPERVIVENCIA_CONFIRMADA
    (mail,) = office.mails(account=OFFICE)
    text = words(mail)
    for line in (
        "NSS: 06674910507",
        "ID Trámite: 878653",
        "Nombre: MARTIN DE LA CRUZ JUAREZ",
        "Próxima comprobación: ",
    ):
        assert line in text
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]
    (check,) = office.store.checks_of(office.petition().folio)
    assert check.state is CheckState.CONFIRMADA
    assert check.id in text
    (draft,) = office.drafts()
    assert draft.counting == RECEPTION
    assert [event.fields["por"] for event in office.told("contado")] == [RECEPTION]


def test_a_repeated_request_is_confirmed_again_and_registered_once(office: MemoryOffice) -> None:
    request(office, form_pdf())
    request(office, form_pdf(), message_id="<solicitud-2@sre.gob.mx>")
    first, second = office.mails(account=OFFICE)
    assert "epetición" in words(second) and "epetición" not in words(first)
    checks = [check for petition in office.store.petitions() for check in office.store.checks_of(petition.folio)]
    assert [(check.state, check.repeats) for check in checks] == [(CheckState.CONFIRMADA, 1)]


@pytest.mark.parametrize("turned_down", [False, True])
def test_what_a_repetition_confirms_is_registered_though_the_first_answer_never_left(
    office: MemoryOffice, turned_down: bool
) -> None:
    office.world.answer = lambda _: SendResult(SendOutcome.RECHAZADO, "552", {OFFICE: (552, "mailbox full")})
    if turned_down:
        office.desk.shadow = frozenset({RECEPTION})
    request(office, form_pdf())
    (draft,) = office.drafts()
    office.desk.shadow = frozenset()
    office.world.answer = lambda _: ACCEPTED
    request(office, form_pdf(), message_id="<solicitud-2@sre.gob.mx>")
    review = office.world.review(RECEPTION, office.rules.carpetas)
    for lying in review.survey():
        if turned_down and lying.draft_id == draft.id:
            review.relocate(lying.handle, Place.RECHAZADAS)
    office.run(RECEPTION)
    office.approve(RECEPTION)
    office.run(RECEPTION)
    (mail,) = office.mails(account=OFFICE)
    (check,) = office.store.checks(RECEPTION)
    settled = office.store.draft(draft.id)
    refused = DraftState.RECHAZADO_POR_CONSULTOR if turned_down else DraftState.RECHAZADO_POR_SERVIDOR
    assert settled and settled.state is refused
    assert check.id in words(mail) and "epetición" not in words(mail)
    assert check.state is CheckState.CONFIRMADA


@pytest.mark.parametrize("refused", [False, True])
def test_a_confirmation_whose_receipt_a_person_took_out_registers_nothing(office: MemoryOffice, refused: bool) -> None:
    office.desk.shadow = frozenset({RECEPTION})
    request(office, form_pdf())
    carpetas, mailbox = office.rules.carpetas, office.world.mailbox(RECEPTION)
    (check,) = office.store.checks(RECEPTION)
    draft = next(mail for mail in office.mails(carpetas.pendientes, RECEPTION) if mail["To"] == OFFICE)
    text = "La persona ya no vive.\n" if refused else f"Hola.\n\n{words(draft)}"
    for part in draft.walk():
        if part.get_content_type() == "text/plain":
            part.set_content(text)
        elif part.get_content_type() == "text/html":
            part.set_content(f"<pre>{text}</pre>", subtype="html")
    office.approve(RECEPTION)
    (stored,) = office.world.folders(RECEPTION)[carpetas.aprobadas].messages
    mailbox.remove(carpetas.aprobadas, mailbox.status(carpetas.aprobadas).uidvalidity, stored)
    mailbox.append(carpetas.aprobadas, draft.as_bytes(), (), office.clock.now())
    office.run(RECEPTION)
    (mail,) = office.mails(account=OFFICE)
    assert ("ya no vive" in words(mail)) is refused
    (check,) = office.store.checks(RECEPTION)
    assert check.state is (CheckState.RECIBIDA if refused else CheckState.CONFIRMADA)
    told = office.store.story(office.petition().folio)[-1]
    assert ("no trae el recibo" in told.text) is refused


def test_a_refusal_confirms_no_receipt_that_only_a_file_is_named_after(office: MemoryOffice) -> None:
    office.world.answer = lambda _: SendResult(SendOutcome.RECHAZADO, "552", {OFFICE: (552, "mailbox full")})
    request(office, form_pdf())
    office.world.answer = lambda _: ACCEPTED
    (check,) = office.store.checks(RECEPTION)
    mail = request_mail(form_pdf(nss="06674910508", id_tramite="878654"), message_id="<solicitud-2@sre.gob.mx>")
    mail["Authentication-Results"] = VOUCHED
    raw = mail.as_bytes().replace(b"SUPERVIVENCIA_878653.pdf", f"Recibo: {check.id}.pdf".encode())
    office.world.deliver(RECEPTION, raw, office.clock.now(), "INBOX")
    office.run(RECEPTION)
    office.approve(RECEPTION)
    office.run(RECEPTION)
    (refusal,) = office.mails(account=OFFICE)
    assert check.id in words(refusal)
    assert [each.state for each in office.store.checks(RECEPTION)] == [CheckState.RECIBIDA]


def test_a_faulty_request_waits_for_a_person_with_all_its_reasons(office: MemoryOffice) -> None:
    request(office, form_pdf(nss="06674910508", contacto=""))
    assert office.petition().state is State.SOLICITUD_EN_REVISION
    assert office.mails(account=OFFICE) == []
    office.approve(RECEPTION)
    office.run(RECEPTION)
    (refusal,) = office.mails(account=OFFICE)
    assert "dígito verificador" in words(refusal) and "datos de contacto" in words(refusal)
    assert office.petition().state is State.SUPERVIVENCIA_RECHAZADA


def test_a_confirmation_that_a_person_turns_down_registers_nothing(office: MemoryOffice) -> None:
    office.envios = "solo_borradores"
    office.desk.shadow = frozenset({RECEPTION})
    request(office, form_pdf())
    (draft,) = office.drafts()
    assert draft.state is DraftState.EN_REVISION
    review = office.world.review(RECEPTION, office.rules.carpetas)
    for lying in review.survey():
        if lying.draft_id:
            review.clear(lying.handle)
    office.wait(minutes=3)
    office.wait(minutes=3)
    (check,) = office.store.checks_of(office.petition().folio)
    assert check.state is CheckState.RECHAZADA


@pytest.mark.parametrize(("said", "confirmed"), [("auto-replied", 0), ("auto-generated", 1)])
def test_a_machine_that_answers_us_with_a_form_confirms_nothing_and_the_one_that_sends_requests_does(
    office: MemoryOffice, said: str, confirmed: int
) -> None:
    mail = request_mail(form_pdf())
    mail["Auto-Submitted"], mail["Authentication-Results"] = said, VOUCHED
    office.world.deliver(RECEPTION, mail.as_bytes(), office.clock.now(), "INBOX")
    office.run(RECEPTION)
    assert len(office.mails(account=OFFICE)) == confirmed
    assert len(office.drafts()) == 1


def test_what_only_pretends_to_come_from_the_enabled_account_is_set_aside(office: MemoryOffice) -> None:
    request(office, form_pdf(), vouched=VOUCHED.replace("pass", "fail"))
    assert office.store.petitions() == ()
    assert [item.reason for item in office.store.quarantined()] == ["sospechoso"]


def test_no_personal_number_of_a_form_stands_in_an_event_that_is_logged_in_clear(office: MemoryOffice) -> None:
    request(office, form_pdf())
    told = [str(event.fields.get("detalle", "")) for event in office.events]
    assert not any("06674910507" in text for text in told)
