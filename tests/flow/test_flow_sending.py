"""Sending: every mail leaves once, is counted once, and what the server said is followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from daemon.errors import LoginRefused, SenderUnavailable
from daemon.model.decision import Disposition
from daemon.model.outgoing import DraftState, SendOutcome, SendResult
from daemon.model.petition import State
from tests.flow.memory_office import (
    ACCEPTED,
    ATNDER,
    CONSULTANT,
    ORIENTATION,
    PERSON,
    PREGNANT,
    VOUCHED,
    MemoryOffice,
    Post,
    loses_answer,
    words,
)

LOST = "el servidor cortó la conexión"


@pytest.fixture
def office() -> MemoryOffice:
    opened = MemoryOffice()
    opened.run()
    return opened


def watermark(office: MemoryOffice) -> None:
    """Another person's request leaves and its blind copy arrives."""
    office.world.answer = lambda _: ACCEPTED
    office.write(sender="otra@correo.example", name="Otra Persona Más")
    office.run()


def requests(office: MemoryOffice) -> list[str]:
    """Message-IDs of what reached the person."""
    return [str(mail["Message-ID"]) for mail in office.mails()]


def first(office: MemoryOffice) -> DraftState:
    """Where the person's request stands."""
    (petition,) = [found for found in office.store.petitions() if found.petitioner == PERSON]
    return office.store.drafts_of(petition.folio)[0].state


def test_what_waits_to_leave_waits_for_a_person_once_the_rules_say_so(office: MemoryOffice) -> None:
    def silent(_: Post) -> SendResult:
        raise SenderUnavailable("no se pudo hablar con el servidor", where="SMTP")

    office.world.answer = silent
    office.write()
    office.run()
    assert office.states() == [DraftState.PREPARADO]
    rules = office.desk.policy.rules
    held = tuple(
        rule.model_copy(update={"disposicion": Disposition.REVISAR}) if rule.clase is office.drafts()[0].clase else rule
        for rule in rules.disposiciones
    )
    policy = replace(office.desk.policy, rules=rules.model_copy(update={"disposiciones": held}))
    office.desk = replace(office.desk, policy=policy)
    office.world.answer = lambda _: ACCEPTED
    office.wait(hours=2)
    assert (office.states(), office.mails()) == ([DraftState.EN_REVISION], [])
    office.approve()
    office.run()
    assert (office.states(), len(office.mails())) == ([DraftState.ACEPTADO], 1)


# --- what the server says ------------------------------------------------------------------------------------------


def test_a_refused_blind_copy_is_one_alarm_and_the_person_has_the_mail(office: MemoryOffice) -> None:
    refused = SendResult(SendOutcome.ACEPTADO, "250", {ATNDER: (550, "no existe")})
    office.world.answer = lambda _: refused
    office.write()
    office.run()
    office.run()
    assert office.states() == [DraftState.ACEPTADO]
    assert len(office.mails()) == 1
    assert office.alarms() == [f"bcc:{ATNDER}"]
    assert office.store.missing_copies(office.clock.now() + timedelta(hours=1))[0].id == office.drafts()[0].id


def test_a_refused_person_sends_the_petition_to_a_consultant(office: MemoryOffice) -> None:
    office.world.answer = lambda _: SendResult(SendOutcome.RECHAZADO, "550", {PERSON: (550, "5.1.1 no existe")})
    office.write()
    office.run()
    assert office.states() == [DraftState.RECHAZADO_POR_SERVIDOR]
    assert office.petition().state is State.CONTACTO_FALLIDO_CONSULTOR
    (ficha,) = office.mails("Respuestas pendientes", ATNDER)
    assert "5.1.1 no existe" in words(ficha)
    office.wait(days=10)
    assert len(office.drafts()) == 1


def test_what_is_put_off_is_tried_again_later_and_leaves_once(office: MemoryOffice) -> None:
    tried: list[str] = []

    def greylisting(envelope: Post) -> SendResult:
        tried.append(envelope.message_id)
        return ACCEPTED if len(tried) > 2 else SendResult(SendOutcome.APLAZADO, "451 4.7.1 más tarde")

    office.world.answer = greylisting
    office.write()
    office.run()
    office.run()
    assert len(tried) == 1
    for _ in range(3):
        office.wait(minutes=10)
    assert len(tried) == 3 and len(set(tried)) == 1
    assert len(office.mails()) == 1
    assert office.petition().state is State.ESPERA_DATOS_1


def test_the_term_counts_from_the_real_sending_not_from_the_decision(office: MemoryOffice) -> None:
    office.world.answer = lambda _: SendResult(SendOutcome.APLAZADO, "451 4.7.1 más tarde")
    office.write()
    office.run()
    office.world.answer = lambda _: ACCEPTED
    office.wait(days=1)
    (term,) = office.petition().terms
    assert term.started_at == office.clock.now()


# --- uncertain -----------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_settled_by_the_blind_copy(office: MemoryOffice) -> None:
    office.world.answer = loses_answer(office, delivered=True)
    office.write()
    office.once()
    assert office.states() == [DraftState.INCIERTO]
    sent_at = office.clock.now()
    office.wait(minutes=30)
    assert office.states() == [DraftState.ACEPTADO]
    assert office.petition().state is State.ESPERA_DATOS_1
    assert office.petition().terms[0].started_at == sent_at
    assert len(requests(office)) == 1
    assert office.alarms() == []


def test_a_lost_answer_is_settled_by_the_sent_folder_when_the_server_keeps_one(office: MemoryOffice) -> None:
    office.world.answer = loses_answer(office, delivered=False)
    office.write()
    office.run()
    office.world.deliver(ATNDER, office.drafts()[0].raw, office.clock.now(), "Sent")
    office.run()
    assert office.states() == [DraftState.ACEPTADO]


def test_a_mail_proven_absent_leaves_again_with_the_same_message_id(office: MemoryOffice) -> None:
    office.world.answer = loses_answer(office, delivered=False)
    office.write()
    office.run()
    (lost,) = office.drafts()
    office.clock.advance(timedelta(minutes=5))
    watermark(office)
    office.wait(minutes=5)
    assert requests(office) == [lost.message_id]
    assert first(office) is DraftState.ACEPTADO
    assert len(office.store.copies(lost.message_id)) == 1


def test_a_mail_not_proven_absent_is_one_alarm_and_never_sent_again(office: MemoryOffice) -> None:
    office.world.answer = loses_answer(office, delivered=False)
    office.write()
    office.run()
    office.world.answer = lambda _: ACCEPTED
    for _ in range(4):
        office.wait(hours=1)
    assert office.states() == [DraftState.INCIERTO]
    assert requests(office) == []
    assert office.alarms() == [f"incierto:{office.drafts()[0].id}"]


def test_a_copy_of_a_mail_sent_before_the_attempt_proves_nothing() -> None:
    office = MemoryOffice(trusting=False)
    office.run()
    office.write(ORIENTATION, subject="Semanas cotizadas")
    office.run()
    office.clock.advance(timedelta(minutes=5))
    office.write(sender="otra@correo.example", name="Otra Persona Más")
    office.run()
    drafts = {d.to: d for d in office.store.waiting(ATNDER, (DraftState.EN_REVISION,))}
    review = office.stations[ATNDER].review
    for turn, address in enumerate(("otra@correo.example", PERSON)):
        office.world.answer = loses_answer(office, delivered=False) if turn else (lambda _: ACCEPTED)
        (lying,) = [found for found in review.survey() if found.draft_id == drafts[address].id]
        office.world.mailbox(ATNDER).move("Respuestas pendientes", int(lying.handle.split("|")[2]), "Aprobadas")
        office.run()
        office.clock.advance(timedelta(minutes=5))
    office.world.answer = lambda _: ACCEPTED
    office.run()
    assert first(office) is DraftState.INCIERTO
    assert requests(office) == []


def test_a_mail_is_not_proven_absent_while_its_counting_mailbox_is_unread() -> None:
    office = MemoryOffice(boxes=(ATNDER, PREGNANT))
    office.run()
    office.world.answer = loses_answer(office, delivered=True)
    office.write(to=(PREGNANT,))
    office.run(PREGNANT)
    office.cut.add(ATNDER)
    office.clock.advance(timedelta(minutes=10))
    office.run(PREGNANT)
    assert office.states() == [DraftState.INCIERTO]
    office.cut.clear()
    office.run()
    assert office.states() == [DraftState.ACEPTADO]
    assert len(requests(office)) == 1


def test_what_the_person_overtook_is_not_sent_again_although_it_is_proven_absent(office: MemoryOffice) -> None:
    office.world.answer = loses_answer(office, delivered=False)
    asked = office.write()
    office.run()
    office.clock.advance(timedelta(minutes=2))
    office.write("Mi número de seguridad social es 12816177971.", answering=str(asked["Message-ID"]))
    office.run()
    watermark(office)
    office.wait(minutes=5)
    assert requests(office) == []


def test_a_crash_while_sending_leaves_the_mail_uncertain_and_the_copy_settles_it(office: MemoryOffice) -> None:
    class Died(BaseException):
        pass

    def dies(envelope: Post) -> SendResult:
        for recipient in envelope.recipients:
            office.world.deliver(recipient, envelope.raw, office.clock.now())
        raise Died

    office.world.answer = dies
    office.write()
    with pytest.raises(Died):
        office.run()
    assert office.states() == [DraftState.ENVIANDO]
    office.world.answer = lambda _: ACCEPTED
    office.start()
    office.run()
    assert office.states() == [DraftState.ACEPTADO]
    assert len(requests(office)) == 1


# --- the server out of reach ---------------------------------------------------------------------------------------


def raising(error: type[Exception], tried: list[str]) -> Callable[[Post], SendResult]:
    def answer(envelope: Post) -> SendResult:
        tried.append(envelope.message_id)
        raise error("no se pudo hablar con el servidor")

    return answer


def test_without_smtp_everything_else_goes_on_with_one_alarm_at_the_start_and_one_at_the_end(
    office: MemoryOffice,
) -> None:
    tried: list[str] = []
    office.world.answer = raising(SenderUnavailable, tried)
    for name in ("Rosa Díaz Mora", "Luis Peña Soto", "Iván Cruz Leal"):
        office.write(f"No me surten la receta en la UMF 27. Soy {name}.", sender=f"{name[:4].lower()}@correo.example")
    office.write()
    office.run()
    assert len(office.mails("Peticiones", ATNDER)) == 4
    for _ in range(5):
        office.wait(minutes=2)
    assert office.alarms() == [f"envio:{ATNDER}"]
    office.world.answer = lambda _: ACCEPTED
    office.wait(hours=2)
    assert office.alarms() == [f"envio:{ATNDER}", f"-envio:{ATNDER}"]
    assert len(requests(office)) == 1
    assert len(office.mails("Copias de conteo", ATNDER)) == 4


def test_a_refused_login_is_not_tried_again_for_every_waiting_mail(office: MemoryOffice) -> None:
    tried: list[str] = []
    office.world.answer = raising(LoginRefused, tried)
    for number in range(10):
        office.write(sender=f"persona{number}@correo.example")
    office.run()
    for _ in range(20):
        office.wait(minutes=1)
    assert len(tried) == 1
    assert office.alarms() == [f"envio:{ATNDER}"]


# --- counting ------------------------------------------------------------------------------------------------------


def test_a_mail_seen_first_in_sent_and_then_in_the_counting_inbox_is_counted(office: MemoryOffice) -> None:
    office.world.answer = loses_answer(office, delivered=False)
    office.write()
    office.run()
    raw = office.drafts()[0].raw
    office.world.deliver(ATNDER, raw, office.clock.now(), "Sent")
    office.run()
    office.world.deliver(ATNDER, raw, office.clock.now())
    office.run()
    assert {copy.origin for copy in office.store.copies(office.drafts()[0].message_id)} == {"conteo", "enviados"}
    assert len(office.told("contado")) == 1
    assert office.mails("INBOX", ATNDER) == []


def by_hand(office: MemoryOffice, text: str, folder: str, number: int = 1) -> None:
    """A consultant's own mail to the person, as it is seen in a folder of ours."""
    (petition,) = office.store.petitions()
    mail = (
        f"Authentication-Results: {VOUCHED}\r\nFrom: {CONSULTANT}\r\nTo: {PERSON}\r\n"
        f"Subject: Re: {petition.subject}\r\n"
        f"Message-ID: <a-mano-{number}@imss.gob.mx>\r\nIn-Reply-To: {petition.first_message_id}\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    office.world.deliver(ATNDER, mail.encode(), office.clock.now(), folder)


def test_the_copy_in_sent_does_not_settle_the_petitions_next_draft() -> None:
    office = MemoryOffice(trusting=False)
    office.run()
    office.write()
    office.run()
    by_hand(office, "Le falta darnos su NSS.", "INBOX")
    office.run()
    assert office.states() == [DraftState.ENVIADO_POR_CONSULTOR]
    office.clock.advance(timedelta(days=4))
    office.run()
    assert office.states() == [DraftState.ENVIADO_POR_CONSULTOR, DraftState.EN_REVISION]
    by_hand(office, "Le falta darnos su NSS.", "Sent")
    office.run()
    assert office.states()[1] is DraftState.EN_REVISION
    assert office.petition().state is State.MENSAJE_EN_COLA


def test_a_mail_that_a_consultant_wrote_freely_is_counted_and_told_in_the_history(office: MemoryOffice) -> None:
    office.write("No me surten la receta. Mi NSS es 12816177971.")
    office.run()
    assert office.petition().state is State.REGISTRADA_TURNADA
    by_hand(office, "Su receta ya está lista.", "INBOX")
    office.run()
    assert len(office.told("contado")) == 1
    assert any("Un consultor escribió" in entry.text for entry in office.store.story(office.petition().folio))
    assert office.mails("INBOX", ATNDER) == []


# --- tasks ---------------------------------------------------------------------------------------------------------


def test_a_task_that_cannot_be_done_is_an_alarm_and_keeps_no_other_waiting(office: MemoryOffice) -> None:
    office.write()
    office.cut.add("move")
    office.run()
    assert len(requests(office)) == 1
    assert office.alarms() == [f"tarea:mover:{ATNDER}"]
    office.cut.clear()
    office.wait(hours=2)
    assert office.mails("INBOX", ATNDER) == []
    assert office.alarms() == [f"tarea:mover:{ATNDER}", f"-tarea:mover:{ATNDER}"]
