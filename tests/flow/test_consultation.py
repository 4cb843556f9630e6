"""No template (P a71–a74): the supervisor is asked and answers, or has an Órgano normativo asked; nobody is hurried."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from daemon.model.petition import Clase, State
from daemon.model.siade import RecordClase
from tests.flow.consultants_office import ENLACE, UNKNOWN, StaffedOffice, enclosed
from tests.flow.memory_office import CONSULTANT, PERSON, SUPERVISOR, VOUCHED, words

TEXT = "El pase lo da su médico familiar.\n\nLleve su cartilla y una identificación.\n\nGracias por preguntar."


@pytest.fixture
def office() -> StaffedOffice:
    """An office in which somebody has asked what no template answers."""
    office = StaffedOffice()
    office.write(UNKNOWN, subject="Pase con especialista")
    office.run()
    assert office.petition().state is State.ESPERA_SUPERVISOR
    return office


def case(office: StaffedOffice) -> EmailMessage:
    return next(mail for mail in office.inbox(SUPERVISOR) if "Consulta sin plantilla" in str(mail["Subject"]))


def supervisor_says(office: StaffedOffice, text: str) -> None:
    """The supervisor answers the mail with the case."""
    thread = str(case(office)["Message-ID"])
    office.write(text, sender=SUPERVISOR, name="Supervisión", answering=thread, vouched=VOUCHED)
    office.run()


def test_the_supervisor_gets_the_case_with_the_original_and_what_may_be_answered(office: StaffedOffice) -> None:
    mail = case(office)
    assert enclosed(mail) is not None
    assert "respuesta:" in words(mail)
    assert "consultar:" in words(mail)
    assert office.mails("INBOX", PERSON) == []


def test_the_wait_has_no_term_and_is_shown_from_the_fifth_business_day(office: StaffedOffice) -> None:
    (term,) = office.petition().terms
    assert (term.name, term.numeral, term.at_due) == ("consulta_sin_plazo", "P a71", "nada")
    office.wait(days=30)
    assert office.petition().state is State.ESPERA_SUPERVISOR
    assert office.mails("INBOX", PERSON) == []


def test_the_supervisors_text_becomes_the_draft_that_the_consultant_approves(office: StaffedOffice) -> None:
    supervisor_says(office, f"respuesta: {TEXT}\n\nAtentamente\nLic. Supervisora")
    assert office.petition().state is State.ORIENTACION_EN_REVISION
    (draft,) = office.waiting(Clase.ORIENTACION)
    assert "Gracias por preguntar." in draft.text
    assert "Lic. Supervisora" not in draft.text
    assert office.survey() in draft.text
    assert "revise el borrador" in words(office.inbox(CONSULTANT)[-1])
    office.approve()
    office.run()
    assert office.petition().state is State.CONCLUIDA_ORIENTACION
    assert RecordClase.ORIENTACION in {record.clase for record in office.store.records_of(office.petition().folio)}


def test_the_answer_is_a_task_to_make_a_template_with_the_proposed_text(office: StaffedOffice) -> None:
    supervisor_says(office, f"respuesta: {TEXT}")
    task = next(mail for mail in office.inbox(SUPERVISOR) if "Crear plantilla" in str(mail["Subject"]))
    assert "templates/orientacion/" in words(task)
    assert "Lleve su cartilla" in words(task)


def test_what_the_supervisor_does_not_know_is_asked_of_the_organo_by_a_mail_that_is_approved_first(
    office: StaffedOffice,
) -> None:
    clave = office.rules.destinos.organos[0].clave
    supervisor_says(office, f"consultar: {clave}")
    assert office.petition().state is State.ESPERA_SUPERVISOR
    assert office.inbox(ENLACE) == []
    office.approve()
    office.run()
    assert office.petition().state is State.ESPERA_CONSULTA_NORMATIVA
    (question,) = office.inbox(ENLACE)
    assert "pase con un especialista" in " ".join(words(question).split())
    assert "no contamos con una plantilla" in " ".join(words(question).split())
    assert office.mails("INBOX", PERSON) == []
    assert office.store.records_of(office.petition().folio) == ()
    assert [term.name for term in office.petition().terms] == ["consulta_sin_plazo"]


def test_the_organos_answer_becomes_a_draft_and_a_task_and_never_goes_raw(office: StaffedOffice) -> None:
    supervisor_says(office, f"consultar: {office.rules.destinos.organos[0].clave}")
    office.approve()
    office.run()
    (question,) = office.inbox(ENLACE)
    office.write(
        f"{TEXT}\n\n> hilo interno que nadie debe ver",
        sender=ENLACE,
        name="Enlace",
        answering=str(question["Message-ID"]),
        subject=f"RE: {question['Subject']}",
        vouched=VOUCHED,
    )
    office.run()
    assert office.petition().state is State.ORIENTACION_EN_REVISION
    (draft,) = office.waiting(Clase.ORIENTACION)
    assert draft.to == PERSON
    assert "Lleve su cartilla" in draft.text
    assert "hilo interno" not in draft.text
    assert any("plantilla de orientación" in str(mail["Subject"]) for mail in office.inbox(SUPERVISOR))
    office.approve()
    office.run()
    assert office.petition().state is State.CONCLUIDA_ORIENTACION
    assert office.survey() in words(office.mails("INBOX", PERSON)[-1])


def test_an_organo_that_nobody_knows_is_said_back_and_nothing_is_written(office: StaffedOffice) -> None:
    supervisor_says(office, "consultar: direccion_inexistente")
    assert "no es la clave de un Órgano normativo" in words(office.inbox(SUPERVISOR)[-1])
    assert office.petition().state is State.ESPERA_SUPERVISOR
    assert office.drafts() == ()


def test_an_organo_without_address_is_said_back_since_none_is_invented(office: StaffedOffice) -> None:
    organos = tuple(organo.model_copy(update={"enlace": None}) for organo in office.rules.destinos.organos)
    destinos = office.rules.destinos.model_copy(update={"organos": organos})
    office.rules = office.rules.model_copy(update={"destinos": destinos})
    office.start()
    supervisor_says(office, f"consultar: {organos[0].clave}")
    assert "destinos.yaml" in words(office.inbox(SUPERVISOR)[-1])
    assert office.drafts() == ()
