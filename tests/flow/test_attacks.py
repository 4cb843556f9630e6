"""People who forge, loop, guess or hide: nobody gets an answer not theirs, and nothing is done in their name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daemon.model.decision import Plan
from daemon.model.outgoing import DraftState
from daemon.model.petition import Petition, State
from tests.flow.memory_office import ATNDER, COMPLAINT, CONSULTANT, PERSON, VOUCHED, MemoryOffice, words

UNKNOWN = "mx1.imss.gob.mx; spf=none smtp.mailfrom=imss.gob.mx; dkim=none; dmarc=none header.from=imss.gob.mx"
CONCLUDE = "NSS: 12816177971\nconcluir: sí"


@pytest.fixture
def office() -> MemoryOffice:
    begun = MemoryOffice()
    begun.run()
    return begun


@pytest.fixture
def held() -> MemoryOffice:
    """An office where every draft waits, with one petition and its ficha."""
    begun = MemoryOffice(trusting=False)
    begun.run()
    begun.write()
    begun.run()
    return begun


def ficha_id(office: MemoryOffice) -> str:
    (ficha,) = [mail for mail in office.mails("Respuestas pendientes", ATNDER) if mail["X-Acuse-Ficha"]]
    return str(ficha["Message-ID"])


def says(office: MemoryOffice, text: str, answering: str, vouched: str | None) -> None:
    """Somebody writes as the consultant."""
    office.colleague(text, answering, vouched)
    office.run()


# --- the ficha -------------------------------------------------------------------------------------------------------


def test_a_colleague_for_whom_the_server_vouches_is_believed(held: MemoryOffice) -> None:
    says(held, CONCLUDE, ficha_id(held), VOUCHED)
    assert (held.petition().state, held.petition().data.nss) == (State.CONCLUIDA, "12816177971")


@pytest.mark.parametrize("vouched", [None, UNKNOWN])
def test_whoever_holds_a_fichas_message_id_is_not_believed_without_the_servers_word(
    held: MemoryOffice, vouched: str | None
) -> None:
    says(held, CONCLUDE, ficha_id(held), vouched)
    assert (held.petition().state, held.petition().data.nss) == (State.MENSAJE_EN_COLA, None)
    assert held.states() == [DraftState.EN_REVISION]


def test_the_colleague_in_whose_name_it_came_hears_that_nothing_was_noted_and_why(held: MemoryOffice) -> None:
    says(held, CONCLUDE, ficha_id(held), None)
    (told,) = held.mails("INBOX", CONSULTANT)
    assert "No se anotó" in str(told["Subject"])
    for said in ("no acreditó", "acuse peticion", "servidores_de_recepcion"):
        assert said in words(told)
    assert "12816177971" not in words(told)


def test_where_no_receiving_server_is_named_the_fichas_own_message_id_is_the_proof() -> None:
    office = MemoryOffice(trusting=False)
    casa = office.rules.casa.model_copy(update={"servidores_de_recepcion": ()})
    office.rules = office.rules.model_copy(update={"casa": casa})
    office.start()
    office.run()
    office.write()
    office.run()
    says(office, CONCLUDE, ficha_id(office), None)
    assert office.petition().state is State.CONCLUIDA


@pytest.mark.parametrize("vouched", [VOUCHED, None])
def test_the_message_id_that_the_person_knows_opens_no_ficha(office: MemoryOffice, vouched: str | None) -> None:
    office.write()
    office.run()
    (request,) = office.mails()
    says(office, CONCLUDE, str(request["Message-ID"]), vouched)
    assert (office.petition().state, office.petition().data.nss) == (State.ESPERA_DATOS_1, None)
    assert office.mails("INBOX", CONSULTANT) == []


def test_a_person_who_writes_like_a_ficha_is_only_a_person_who_writes(office: MemoryOffice) -> None:
    office.write()
    office.run()
    (request,) = office.mails()
    office.write("concluir: sí\ntipo: orientación\ndestino: ninguno", answering=str(request["Message-ID"]))
    office.run()
    assert not office.petition().state.closed
    assert office.petition().destination == "cdaod_jdaod"


# --- who is answered -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "postmaster@correo.example",
        "MAILER-DAEMON@correo.example",
        "no-reply@correo.example",
        "noreply@correo.example",
        "no_responder@correo.example",
        "owner-lista@correo.example",
        "lista-owner@correo.example",
        "lista-request@correo.example",
        "lista-bounces@correo.example",
        "bounces+ana=correo.example@lista.example",
        "root@correo.example",
    ],
)
def test_an_address_behind_which_no_person_reads_is_never_answered_by_a_machine(
    office: MemoryOffice, address: str
) -> None:
    office.write(sender=address)
    office.run()
    assert office.world.sent == []
    assert office.states() == [DraftState.EN_REVISION]


@pytest.mark.parametrize("address", ["noriega@correo.example", "rootilio@correo.example", "norma.reply@correo.example"])
def test_a_persons_address_that_only_looks_a_little_like_one_is_answered(office: MemoryOffice, address: str) -> None:
    office.write(sender=address)
    office.run()
    assert office.states() == [DraftState.ACEPTADO]


_NAMES = ("Rosa", "Luis", "Iván", "Elena", "Mario", "Julia", "Pedro", "Sonia", "Raúl", "Irma", "Saúl", "Olga")
_SURNAMES = ("Díaz Mora", "Peña Soto", "Cruz Leal", "Vega Ríos", "Luna Paz", "Rojas Gil")


def _complaint_of(number: int) -> str:
    """A complaint of a person of its own: the same words of one person would be one petition (P 5.73)."""
    name = f"{_NAMES[number % len(_NAMES)]} {_SURNAMES[number % len(_SURNAMES)]}"
    return f"No me surten la receta de metformina en la UMF {number + 1} desde hace un mes. Soy {name}."


def test_many_petitions_of_one_sender_get_few_automatic_answers_and_the_rest_wait(office: MemoryOffice) -> None:
    for number in range(12):
        office.write(_complaint_of(number), subject=f"Queja {number}")
    office.run()
    assert len(office.mails()) == office.rules.topes.por_persona_al_dia
    assert len(office.store.petitions()) == 12


def test_a_sender_with_many_tags_in_the_address_is_one_sender(office: MemoryOffice) -> None:
    for number in range(12):
        office.write(_complaint_of(number), subject=f"Queja {number}", sender=f"ana+{number}@correo.example")
    office.run()
    assert len(office.world.sent) == office.rules.topes.por_persona_al_dia
    assert len(office.store.petitions()) == 12


def test_an_account_answers_only_so_many_by_itself_in_an_hour_and_the_rest_wait_with_the_reason(
    office: MemoryOffice,
) -> None:
    topes = office.rules.topes.model_copy(update={"por_cuenta_por_hora": 5})
    office.rules = office.rules.model_copy(update={"topes": topes})
    office.start()
    for number in range(8):
        office.write(_complaint_of(number), sender=f"maquina{number}@correo.example")
    office.run()
    assert len(office.world.sent) == 5
    fichas = [mail for mail in office.mails("Respuestas pendientes", ATNDER) if mail["X-Acuse-Ficha"]]
    assert len(fichas) == 3
    assert all("en la última hora" in words(mail) for mail in fichas)
    office.clock.advance(timedelta(minutes=61))
    office.write(_complaint_of(8), sender="otra@correo.example")
    office.run()
    assert len(office.world.sent) == 6


def test_an_autoresponder_without_marks_gets_no_second_answer_in_its_thread(office: MemoryOffice) -> None:
    office.write()
    office.run()
    for number in range(6):
        request = office.mails()[-1]
        office.write(f"Su mensaje {number} es importante.", answering=str(request["Message-ID"]))
        office.run()
    assert len(office.mails()) == 1


# --- whose case it is ------------------------------------------------------------------------------------------------


def petition_of(office: MemoryOffice, address: str) -> Petition:
    (found,) = [petition for petition in office.store.petitions() if petition.petitioner == address]
    return found


def test_a_signed_reference_to_the_own_case_opens_nobody_elses(office: MemoryOffice) -> None:
    victims = office.write()
    office.write(sender="malo@otro.example", name="Marco Malo Pérez")
    office.run()
    mine = office.store.drafts_of(petition_of(office, "malo@otro.example").folio)[0].message_id
    before = petition_of(office, PERSON)
    office.write(
        "Mi NSS es 12816177971.",
        sender="malo@otro.example",
        name="Marco Malo Pérez",
        answering=f"{mine} {victims['Message-ID']}",
    )
    office.run()
    assert petition_of(office, PERSON) == before
    assert len(office.store.petitions()) == 3


# --- an answer that nobody has read ----------------------------------------------------------------------------------


def asked_twice(office: MemoryOffice) -> None:
    """A petition whose second request has been sent; its conclusion is due in one business day."""
    office.write()
    office.run()
    office.until(office.petition().terms[0].due_at)
    assert office.petition().state is State.ESPERA_DATOS_2


def test_nobody_is_concluded_while_a_mail_of_that_time_lies_in_quarantine_unread(office: MemoryOffice) -> None:
    asked_twice(office)
    office.world.deliver(ATNDER, b"\x00\x00\n", office.clock.now())
    office.run()
    assert [item.reason for item in office.store.quarantined()] == ["ilegible"]
    office.until(office.petition().terms[0].due_at + timedelta(hours=1))
    assert office.petition().state is State.MENSAJE_EN_COLA
    assert office.states()[-1] is DraftState.EN_REVISION
    fichas = [words(mail) for mail in office.mails("Respuestas pendientes", ATNDER) if mail["X-Acuse-Ficha"]]
    assert any("cuarentena" in text for text in fichas)


def test_quarantined_mail_from_before_the_request_concludes_as_ever(office: MemoryOffice) -> None:
    office.world.deliver(ATNDER, b"\x00\x00\n", office.clock.now())
    office.run()
    office.clock.advance(timedelta(minutes=5))
    asked_twice(office)
    office.until(office.petition().terms[0].due_at + timedelta(hours=1))
    assert office.petition().state is State.CONCLUIDA_DESINTERES


def test_an_answer_that_looks_suspicious_goes_to_a_person_instead_of_letting_the_term_run_out(
    office: MemoryOffice,
) -> None:
    office.write()
    office.run()
    (request,) = office.mails()
    answer = office.written("Aquí va lo que pidieron.", answering=str(request["Message-ID"]))
    answer.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="nss.pdf.exe")
    office.world.deliver(ATNDER, answer.as_bytes(), office.clock.now())
    office.run()
    assert [item.reason for item in office.store.quarantined()] == ["sospechoso"]
    assert office.petition().state is State.REVISION_CONSULTOR
    assert office.petition().terms == ()
    assert len(office.mails()) == 1


# --- addresses that cannot be written to -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["ñandú@correo.example", "ana@correó.example", f"{'a' * 300}@correo.example"])
def test_who_has_an_address_that_no_mail_can_be_written_to_reaches_a_consultant(
    office: MemoryOffice, address: str
) -> None:
    raw = office.written().as_bytes().replace(PERSON.encode(), address.encode())
    office.world.deliver(ATNDER, raw, office.clock.now())
    office.run()
    assert (office.petition().petitioner, office.petition().state) == ("", State.REVISION_CONSULTOR)
    assert office.store.quarantined() == []


def test_a_form_that_names_our_own_account_gets_us_to_write_to_nobody(office: MemoryOffice) -> None:
    form = f"Nombre: Ana López Ruiz\nCorreo: {ATNDER}\nAsunto: medicamento\nMensaje: {COMPLAINT}"
    office.write(form, sender="no-reply@portal.example", name="Portal")
    office.run()
    assert (office.petition().petitioner, office.drafts()) == ("", ())


TWO = "Ana <ana.lopez@correo.example>, Eva <eva@correo.example>"


@pytest.mark.parametrize(
    "fields", [f"From: {TWO}\r\n", "From: ana.lopez@correo.example\r\nFrom: eva@correo.example\r\n"]
)
def test_of_a_mail_by_two_writers_a_person_decides_whom_to_answer(office: MemoryOffice, fields: str) -> None:
    mail = office.written()
    del mail["From"]
    office.world.deliver(ATNDER, fields.encode() + mail.as_bytes(), office.clock.now())
    office.run()
    assert office.mails() == []
    assert office.states() == [DraftState.EN_REVISION]


def test_a_colleague_who_writes_together_with_a_stranger_is_not_believed(held: MemoryOffice) -> None:
    mail = held.written(CONCLUDE, sender=CONSULTANT, answering=ficha_id(held))
    del mail["From"]
    fields = f"From: {CONSULTANT}, malo@otro.example\r\nAuthentication-Results: {VOUCHED}\r\n"
    held.world.deliver(ATNDER, fields.encode() + mail.as_bytes(), held.clock.now())
    held.run()
    assert held.petition().state is State.MENSAJE_EN_COLA


# --- what is taken for sent by hand ----------------------------------------------------------------------------------


def copy_of_a_mail_by_hand(office: MemoryOffice, folder: str = "INBOX", vouched: str | None = UNKNOWN) -> None:
    """What looks like a mail from our own account to the person, written in the petition's thread."""
    petition = office.petition()
    mail = office.written(
        "Le falta darnos su NSS.", to=(PERSON,), subject=f"Re: [{petition.folio}]", sender=ATNDER, name="Atención"
    )
    if vouched is not None:
        mail["Authentication-Results"] = vouched
    office.world.deliver(ATNDER, mail.as_bytes(), office.clock.now(), folder)
    office.run()


@pytest.mark.parametrize("vouched", [None, UNKNOWN])
def test_a_copy_for_which_no_server_vouches_settles_no_draft_and_is_told(
    held: MemoryOffice, vouched: str | None
) -> None:
    copy_of_a_mail_by_hand(held, vouched=vouched)
    assert held.states() == [DraftState.EN_REVISION]
    assert held.petition().state is State.MENSAJE_EN_COLA
    assert any("acreditó" in entry.text for entry in held.store.story(held.petition().folio))


@pytest.mark.parametrize(("folder", "vouched"), [("INBOX", VOUCHED), ("Sent", None)])
def test_a_copy_that_is_vouched_for_or_lies_in_the_accounts_own_sent_folder_settles_it(
    held: MemoryOffice, folder: str, vouched: str | None
) -> None:
    copy_of_a_mail_by_hand(held, folder, vouched)
    assert held.states() == [DraftState.ENVIADO_POR_CONSULTOR]


def test_a_copy_that_nobody_vouched_for_is_believed_once_it_is_seen_in_sent(held: MemoryOffice) -> None:
    petition = held.petition()
    mail = held.written("Falta su NSS.", to=(PERSON,), subject=f"Re: [{petition.folio}]", sender=ATNDER)
    for folder in ("INBOX", "Sent"):
        held.world.deliver(ATNDER, mail.as_bytes(), held.clock.now(), folder)
        held.run()
    assert held.states() == [DraftState.ENVIADO_POR_CONSULTOR]


# --- one that goes wrong holds up no other ---------------------------------------------------------------------------


def test_a_term_whose_mail_cannot_be_written_is_an_alarm_and_the_others_act(office: MemoryOffice) -> None:
    for number in range(3):
        office.write(_complaint_of(number), sender=f"p{number}@correo.example", subject=f"Falta {number}")
    office.run()
    broken = petition_of(office, "p0@correo.example")
    unwritable = replace(broken, petitioner="p0@correo.example, otra@correo.example")
    office.store.commit(Plan(petition=unwritable), now=office.clock.now())
    office.until(broken.terms[0].due_at + timedelta(minutes=30))
    states = {petition.petitioner[:2]: petition.state for petition in office.store.petitions()}
    assert states == {"p0": State.ESPERA_DATOS_1, "p1": State.ESPERA_DATOS_2, "p2": State.ESPERA_DATOS_2}
    assert office.alarms() == [f"plazo:{broken.folio}"]
    mended = replace(petition_of(office, unwritable.petitioner), petitioner=broken.petitioner)
    office.store.commit(Plan(petition=mended), now=office.clock.now())
    office.until(broken.terms[0].due_at + timedelta(hours=2))
    assert petition_of(office, broken.petitioner).state is State.ESPERA_DATOS_2
    assert office.alarms()[-1] == f"-plazo:{broken.folio}"
