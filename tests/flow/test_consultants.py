"""A consultant's day: what reaches them and what does not, absences, and mail written by hand (P 5.65–5.68)."""

from __future__ import annotations

from datetime import date

import pytest

from daemon.flow.colleagues import hand_over
from daemon.model.petition import Clase, State
from daemon.model.siade import RecordClase
from daemon.model.survey import survey_address
from tests.flow.consultants_office import COMPLETE, OTHER, SURVEY, StaffedOffice, away, enclosed, one, two
from tests.flow.memory_office import ATNDER, CONSULTANT, KEY, MONDAY, PERSON, SUPERVISOR, words

ANSWER = "Estimada Ana: su receta se surte mañana en la UMF 27."


@pytest.fixture
def office() -> StaffedOffice:
    return StaffedOffice()


def registered(office: StaffedOffice) -> StaffedOffice:
    """The office with one petition that waits for its area, and is the first consultant's."""
    office.write(COMPLETE)
    office.run()
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert office.petition().consultor == CONSULTANT
    return office


# --- the mail to the consultant --------------------------------------------------------------------------------------


def test_a_registered_petition_goes_to_its_consultant_once_with_its_sheet_and_the_original(
    office: StaffedOffice,
) -> None:
    registered(office)
    (mail,) = office.inbox(CONSULTANT)
    original = enclosed(mail)
    assert original is not None
    assert original["Subject"] == "Falta de medicamento"
    assert "12816177971" in words(original)
    for fact in ("Por qué debe verla", "Falta de medicamento", "Va adjunto, tal como llegó", office.survey()):
        assert fact.casefold() in words(mail).casefold()
    office.wait(hours=5)
    assert len(office.inbox(CONSULTANT)) == 1


def test_what_leaves_by_itself_brings_the_consultant_no_mail(office: StaffedOffice) -> None:
    office.write("No hay medicamento en la UMF 27 y la farmacia no me surte la receta.")
    office.run()
    assert office.petition().state is State.ESPERA_DATOS_1
    assert office.inbox(CONSULTANT) == []
    assert office.petition().consultor == CONSULTANT


def test_who_wants_only_what_waits_for_them_hears_of_nothing_else() -> None:
    office = StaffedOffice(one(avisos="solo_pendientes"))
    registered(office)
    assert office.inbox(CONSULTANT) == []
    office.write("¿Ya hay respuesta? Sigo sin medicina.", answering=office.petition().first_message_id)
    office.run()
    (mail,) = office.inbox(CONSULTANT)
    assert enclosed(mail) is not None


def test_the_consultant_answers_the_mail_like_a_ficha(office: StaffedOffice) -> None:
    registered(office)
    (mail,) = office.inbox(CONSULTANT)
    office.colleague("nota: Hablé con la farmacia.", str(mail["Message-ID"]))
    office.run()
    assert any("nota: Hablé con la farmacia." in line for line in office.lines())
    assert "Anotado" in str(office.inbox(CONSULTANT)[-1]["Subject"])


def test_an_original_with_eight_bit_letters_goes_along_readable(office: StaffedOffice) -> None:
    raw = (
        f"From: Ana <{PERSON}>\r\nTo: {ATNDER}\r\nSubject: Queja\r\nMessage-ID: <ocho@correo.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Señores: {COMPLETE} ¡Gracias!\r\n"
    )
    office.world.deliver(ATNDER, raw.encode(), office.clock.now())
    office.run()
    original = enclosed(office.inbox(CONSULTANT)[0])
    assert original is not None
    assert "Señores" in words(original)


# --- absences --------------------------------------------------------------------------------------------------------


def test_a_stand_in_gets_the_mail_and_the_petition_stays_its_consultants() -> None:
    office = StaffedOffice(one(temas=["medicamento_no_surtido"]), two(temas=["cita_medica"]))
    registered(office)
    office.roster(one(temas=["medicamento_no_surtido"], ausencias=[away("2025-10-14", "2025-10-15")]), two())
    office.wait(days=1)
    office.write("¿Ya hay respuesta? Sigo sin medicina.", answering=office.petition().first_message_id)
    office.run()
    assert len(office.inbox(CONSULTANT)) == 1
    assert len(office.inbox(OTHER)) == 1
    assert office.petition().consultor == CONSULTANT
    assert f"Se avisa a {OTHER}, que suple a {CONSULTANT}" in office.lines()
    office.wait(days=2)
    office.write("¿Y ahora?", answering=office.petition().first_message_id)
    office.run()
    assert len(office.inbox(CONSULTANT)) == 2


def test_an_absence_is_handed_over_with_a_list_and_handed_back_with_one() -> None:
    office = registered(StaffedOffice(one(ausencias=[away("2025-10-14", "2025-10-15")]), two()))
    folio = office.petition().folio
    for day in (14, 14, 15, 16, 17):
        office.clock.set(MONDAY.replace(day=day))
        hand_over(office.desk, date(2025, 10, day))
        office.run()
    (begins,) = office.inbox(OTHER)
    assert "Suple a Consultora Uno: una petición abierta" in str(begins["Subject"])
    assert folio in words(begins)
    *_, back = office.inbox(CONSULTANT)
    assert "De regreso" in str(back["Subject"])
    assert folio in words(back)
    assert len(office.inbox(CONSULTANT)) == 2


def test_a_petition_of_somebody_who_left_gets_another_consultant_and_a_line(office: StaffedOffice) -> None:
    registered(office)
    office.roster(two())
    hand_over(office.desk, date(2025, 10, 14))
    office.run()
    assert office.petition().consultor == OTHER
    assert any(f"{CONSULTANT} ya no está en la lista" in line for line in office.lines())
    assert office.told("asignado")[-1].fields["consultor"] == OTHER
    assert len(office.inbox(OTHER)) == 1


def test_who_asks_again_about_something_else_gets_the_same_consultant(office: StaffedOffice) -> None:
    registered(office)
    office.write(
        "Me trataron muy mal en la ventanilla de la UMF 27. Soy Ana López Ruiz, NSS 12816177971.", subject="Mal trato"
    )
    office.run()
    assert {petition.consultor for petition in office.store.petitions()} == {CONSULTANT}


# --- mail written by hand --------------------------------------------------------------------------------------------


def test_who_answers_the_person_by_hand_keeps_the_petition(office: StaffedOffice) -> None:
    registered(office)
    office.by_hand(ANSWER, sender=OTHER)
    assert office.petition().consultor == OTHER
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert any(f"La atiende {OTHER}, que escribió a la persona" in line for line in office.lines())
    assert f"la atiende ahora {OTHER}" in str(office.inbox(CONSULTANT)[-1]["Subject"])
    office.write("Ese día no puedo.", answering="<mano@outlook.imss.gob.mx>", subject="RE: Falta de medicamento")
    office.run()
    assert office.petition().state is State.REVISION_CONSULTOR
    assert office.petition().consultor == OTHER


def test_who_stands_in_and_answers_by_hand_takes_nothing_from_the_absent() -> None:
    office = registered(StaffedOffice(one(ausencias=[away("2025-10-14", "2025-10-15")]), two()))
    office.wait(days=1)
    office.by_hand(ANSWER, sender=OTHER)
    assert office.petition().consultor == CONSULTANT


def test_a_mail_by_hand_with_the_petitions_own_survey_closes_it(office: StaffedOffice) -> None:
    registered(office)
    office.by_hand(f"{ANSWER}\n\nSu opinión: {office.survey()}")
    assert office.petition().state is State.CONCLUIDA
    closing = [r for r in office.store.records_of(office.petition().folio) if r.clase is RecordClase.CIERRE]
    assert len(closing) == 1
    assert "su receta se surte mañana" in closing[0].texto
    assert office.petition().terms == ()


@pytest.mark.parametrize(
    "link",
    [
        SURVEY,
        survey_address(SURVEY, "AC-251013-AAAAA", KEY),
        survey_address(SURVEY, "AC-251013-AAAAA", b"otra clave"),
    ],
)
def test_no_other_survey_closes_it(office: StaffedOffice, link: str) -> None:
    registered(office)
    office.by_hand(f"{ANSWER}\n\nEncuesta: {link}")
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert any("no es la de esta petición" in line for line in office.lines())


def test_a_quoted_survey_closes_nothing(office: StaffedOffice) -> None:
    registered(office)
    office.by_hand(f"Lo vemos.\n\nEl lun, 13 oct 2025, Ana escribió:\n> Me mandaron {office.survey()}\n")
    assert office.petition().state is State.REGISTRADA_TURNADA


def test_a_copy_that_nobody_vouched_for_moves_nothing(office: StaffedOffice) -> None:
    registered(office)
    office.by_hand(f"{ANSWER} {office.survey()}", sender=OTHER, vouched="mx1.imss.gob.mx; spf=none")
    assert office.petition().consultor == CONSULTANT
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert any("no lo acreditó" in line for line in office.lines())


def test_a_mail_seen_in_sent_and_by_its_copy_is_one_mail(office: StaffedOffice) -> None:
    registered(office)
    office.by_hand(ANSWER, folder="Sent")
    office.by_hand(ANSWER)
    assert sum("Un consultor escribió a la persona" in line for line in office.lines()) == 1


def test_a_mail_to_somebody_else_about_the_petition_is_only_noted(office: StaffedOffice) -> None:
    registered(office)
    thread = office.petition().first_message_id
    office.by_hand(f"Les reenvío. {office.survey()}", sender=OTHER, to="otra@correo.example", answering=thread)
    assert office.petition().consultor == CONSULTANT
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert any("otra dirección" in line for line in office.lines())


def test_of_two_open_petitions_none_is_guessed(office: StaffedOffice) -> None:
    registered(office)
    office.write("Me trataron mal en la UMF 27. Soy Ana López Ruiz, NSS 12816177971.", subject="Mal trato")
    office.run()
    assert len(office.store.petitions()) == 2
    office.by_hand(ANSWER, sender=OTHER, subject="Su asunto")
    assert OTHER not in {petition.consultor for petition in office.store.petitions()}


def test_a_mail_in_sent_without_its_copy_is_named(office: StaffedOffice) -> None:
    registered(office)
    office.by_hand(ANSWER, sender=ATNDER, folder="Sent", name="sin-copia")
    office.by_hand(ANSWER, sender=ATNDER, folder="Sent", name="con-copia")
    office.by_hand(ANSWER, sender=ATNDER, name="con-copia")
    office.by_hand("Junta a las 5", sender=ATNDER, folder="Sent", name="interno", to=SUPERVISOR)
    assert office.uncounted(MONDAY) == ()
    office.wait(hours=1)
    (copy,) = office.uncounted(MONDAY)
    assert copy.message_id == "<sin-copia@outlook.imss.gob.mx>"
    assert copy.to == (PERSON,)


def test_an_answer_given_in_the_ficha_leaves_with_the_survey_and_closes(office: StaffedOffice) -> None:
    registered(office)
    (mail,) = office.inbox(CONSULTANT)
    office.colleague(f"respuesta: {ANSWER}\n\nTeléfono: 800 623 2323\n\nSaludos", str(mail["Message-ID"]))
    office.run()
    assert office.petition().data.telefono is None
    (draft,) = office.waiting(Clase.RESPUESTA_LIBRE)
    assert "Teléfono: 800 623 2323" in draft.text
    assert office.survey() in draft.text
    office.approve()
    office.run()
    assert office.petition().state is State.CONCLUIDA
