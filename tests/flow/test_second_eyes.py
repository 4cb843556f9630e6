"""Second eyes (P a87–a90): what needs the supervisor leaves when the supervisor lets it, and corrections come back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest

from daemon.errors import MailboxUnavailable
from daemon.model.office_rules import Ausencia, Consultor
from daemon.model.outgoing import Draft, DraftState, Place
from daemon.model.petition import Clase
from daemon.model.rules import PersonaDeCasa
from daemon.send.private import for_folder
from tests.flow.memory_office import ATNDER, COMPLAINT, CONSULTANT, PERSON, SUPERVISOR, MemoryOffice, words
from tests.unit.send.drafts import client_copy

SECOND = "consultor.dos@imss.gob.mx"
ROSTER = (
    Consultor(correo=CONSULTANT, nombre="Consultora Uno", supervisor=SUPERVISOR),
    Consultor(correo=SECOND, nombre="Consultor Dos", supervisor=SUPERVISOR, carga=0.1),
)
WITHIN = "Por supervisar"


class Eyes(MemoryOffice):
    """An office in which data requests pass the supervisor; one draft waits."""

    def __init__(self, *, roster: tuple[Consultor, ...] = ROSTER, supervisa: bool = True) -> None:
        super().__init__(trusting=False)
        self.world.folder(SECOND, "INBOX", make=True)
        rule = self.rules.disposicion(Clase.DATOS_COMPLEMENTARIOS).model_copy(update={"supervisa": supervisa})
        others = tuple(each for each in self.rules.disposiciones if each.clase is not rule.clase)
        self.rules = self.rules.model_copy(update={"disposiciones": (*others, rule), "consultores": roster})
        self.start()
        self.run()
        self.write()
        self.run()

    @property
    def draft(self) -> Draft:
        return self.drafts()[0]

    def lies(self) -> list[Place]:
        return [each.place for each in self.stations[ATNDER].review.survey() if each.ficha_id is None]

    def put(self, raw: bytes, folder: str) -> None:
        """A mail client saves a message."""
        self.world.mailbox(ATNDER).append(folder, raw, (), self.clock.now())

    def replaced(self, raw: bytes, folder: str) -> None:
        """What a client leaves that edits a message: the new one, and no old one."""
        for each in self.stations[ATNDER].review.survey():
            if each.ficha_id is None:
                self.stations[ATNDER].review.clear(each.handle)
        self.put(raw, folder)

    def notices(self, who: str, about: str = "supervis") -> list[str]:
        """The notices to one of our people that speak of this."""
        said = (f"{mail['Subject']}\n{' '.join(words(mail).split())}" for mail in self.mails("INBOX", who))
        return [each for each in said if about in each and "POR QUÉ DEBE VERLA" not in each]

    def actions(self) -> list[str]:
        return [entry.action for entry in self.store.story(self.petition().folio)]


@pytest.fixture
def office() -> Eyes:
    return Eyes()


def corrected(draft: Draft) -> bytes:
    """The draft as a client saves it that edited a sentence, with a new Message-ID."""
    text = draft.text.replace("Le pedimos", "Le rogamos") + "\n\nQuedamos a sus órdenes en el 800 623 2323.\n"
    return client_copy(draft, text)


# --- the way of a draft --------------------------------------------------------------------------------------------


def test_what_the_supervisor_lets_leave_leaves_as_the_consultant_proposed_it(office: Eyes) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    assert (office.states(), office.mails()) == ([DraftState.EN_REVISION], [])
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    assert office.states() == [DraftState.ACEPTADO]
    assert len(office.mails()) == 1
    assert office.lies() == []
    assert [each for each in office.actions() if each in ("propuesto", "supervisado")] == ["propuesto", "supervisado"]
    assert office.notices(CONSULTANT) == []


def test_what_is_approved_past_the_supervisor_waits_there_and_both_are_told_once(office: Eyes) -> None:
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    office.wait(hours=1)
    assert (office.states(), office.mails(), office.lies()) == ([DraftState.EN_REVISION], [], [Place.POR_SUPERVISAR])
    (consultant,), (supervisor,) = office.notices(CONSULTANT, "No salió"), office.notices(SUPERVISOR, WITHIN)
    assert "No tiene que hacer nada más" in consultant
    assert "el borrador de la solicitud de datos complementarios" in " ".join(consultant.split())
    assert office.petition().folio in supervisor and "_" not in supervisor
    assert office.alarms() == []
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    assert office.states() == [DraftState.ACEPTADO]


def test_a_correction_goes_out_and_comes_back_to_the_consultant_with_what_changed(office: Eyes) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    office.replaced(corrected(office.draft), "Aprobadas")
    office.run()
    (mail,) = office.mails()
    assert "800 623 2323" in words(mail)
    (told,) = office.notices(CONSULTANT, "corrigió")
    assert "Se agregó: Quedamos a sus órdenes en el 800 623 2323." in told
    (notice,) = [mail for mail in office.mails("INBOX", CONSULTANT) if "corrigió" in str(mail["Subject"])]
    page = notice.get_body(("html",))
    assert page is not None and "<ins style" in page.get_content()
    assert "corregido" in office.actions()


def test_the_consultants_own_edits_are_no_correction(office: Eyes) -> None:
    office.replaced(corrected(office.draft), WITHIN)
    office.run()
    assert "800 623 2323" in office.draft.text
    (lying,) = [each for each in office.stations[ATNDER].review.survey() if each.place is Place.POR_SUPERVISAR]
    office.stations[ATNDER].review.relocate(lying.handle, Place.APROBADAS)
    office.run()
    assert "800 623 2323" in words(office.mails()[0])
    assert office.notices(CONSULTANT, "corrigió") == []


def test_a_program_that_only_parts_lines_anew_corrected_nothing(office: Eyes) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    office.replaced(
        client_copy(office.draft, "\n\n".join(" ".join(p.split()) for p in office.draft.text.split("\n\n"))),
        "Aprobadas",
    )
    office.run()
    assert office.states() == [DraftState.ACEPTADO]
    assert office.notices(CONSULTANT, "corrigió") == []


def test_what_the_supervisor_returns_is_told_with_its_changes_and_must_pass_again(office: Eyes) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    office.replaced(corrected(office.draft), "Respuestas pendientes")
    office.run()
    (told,) = office.notices(CONSULTANT, "Volvió")
    assert "Se agregó" in told
    (lying,) = [
        each for each in office.stations[ATNDER].review.survey() if each.place is Place.PENDIENTES and not each.ficha_id
    ]
    office.stations[ATNDER].review.relocate(lying.handle, Place.APROBADAS)
    office.run()
    assert office.mails() == []
    assert office.lies() == [Place.POR_SUPERVISAR]
    assert len(office.notices(CONSULTANT, "No salió")) == 1


@pytest.mark.parametrize("place", [Place.RECHAZADAS, None], ids=["rejected", "deleted"])
def test_who_proposed_what_the_supervisor_turned_down_is_told(office: Eyes, place: Place | None) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    if place:
        office.move(office.draft.id, place)
    else:
        office.stations[ATNDER].review.clear(
            next(e.handle for e in office.stations[ATNDER].review.survey() if e.draft_id)
        )
    office.run()
    office.wait(minutes=5)
    assert office.mails() == []
    assert office.states() == [DraftState.RECHAZADO_POR_CONSULTOR if place else DraftState.BORRADO]
    assert len(office.notices(CONSULTANT, "no dejó salir")) == 1


def test_any_draft_may_be_shown_to_the_supervisor_in_doubt() -> None:
    office = Eyes(supervisa=False)
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    office.replaced(corrected(office.draft), "Aprobadas")
    office.run()
    assert office.states() == [DraftState.ACEPTADO]
    assert len(office.notices(CONSULTANT, "corrigió")) == 1


def test_an_answer_that_needs_no_supervisor_leaves_straight_away() -> None:
    office = Eyes(supervisa=False)
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    assert office.states() == [DraftState.ACEPTADO]


# --- small offices -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [(), ((CONSULTANT, "supervisor"),)], ids=["nobody", "only the consultant"])
def test_an_office_without_a_second_person_is_not_held_up_and_its_history_says_so(
    people: tuple[tuple[str, str], ...],
) -> None:
    office = Eyes(roster=(Consultor(correo=CONSULTANT, nombre="Consultora Uno"),))
    named = tuple(PersonaDeCasa(correo=who, nombre="Uno", papel="supervisor") for who, _ in people)
    office.rules = office.rules.model_copy(update={"casa": office.rules.casa.model_copy(update={"personas": named})})
    office.start()
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    assert office.states() == [DraftState.ACEPTADO]
    assert "sin_supervisor" in office.actions()


def test_a_head_of_area_looks_where_there_is_no_supervisor() -> None:
    office = Eyes(roster=(Consultor(correo=CONSULTANT, nombre="Consultora Uno"),))
    head = (PersonaDeCasa(correo=SUPERVISOR, nombre="Jefa", papel="jefatura"),)
    office.rules = office.rules.model_copy(update={"casa": office.rules.casa.model_copy(update={"personas": head})})
    office.start()
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    assert office.lies() == [Place.POR_SUPERVISAR]


# --- clients, crashes, lost folders ----------------------------------------------------------------------------------


def test_a_copy_that_a_client_rewrote_is_proposed_and_its_original_goes(office: Eyes) -> None:
    office.put(corrected(office.draft), WITHIN)
    office.run()
    assert office.lies() == [Place.POR_SUPERVISAR]
    assert office.draft.proposed_at is not None


def test_while_a_client_saves_the_supervisors_edit_among_the_drafts_nothing_is_returned(office: Eyes) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    office.replaced(corrected(office.draft), "Drafts")
    office.wait(hours=1)
    assert office.draft.proposed_at is not None
    assert office.notices(CONSULTANT, "Volvió") == []


def test_what_became_stale_is_taken_back_from_the_supervisor(office: Eyes) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    first = office.petition().first_message_id
    office.write("Mi NSS es 16907325605 y sigo sin medicamento.", subject="Re: Falta de medicamento", answering=first)
    office.run()
    assert office.states()[0] is DraftState.RETIRADO
    assert Place.POR_SUPERVISAR not in office.lies()


@pytest.mark.parametrize("verb", ["relocate", "clear", "take"])
def test_a_server_that_vanishes_between_two_steps_changes_nothing_in_the_end(office: Eyes, verb: str) -> None:
    office.put(for_folder(office.draft), "Aprobadas")
    review = office.stations[ATNDER].review
    kept, failed = getattr(review, verb), []

    def fails(*arguments: object) -> object:
        if not failed:
            failed.append(arguments)
            raise MailboxUnavailable("el servidor no responde")
        return kept(*arguments)

    setattr(review, verb, fails)
    with pytest.raises(MailboxUnavailable):
        office.run()
    office.start()
    office.run()
    assert (office.mails(), office.lies()) == ([], [Place.POR_SUPERVISAR])
    assert len(office.notices(CONSULTANT, "No salió")) == 1
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    assert len(office.mails()) == 1


def test_while_the_supervisors_folder_is_renamed_nothing_counts_as_deleted(office: Eyes) -> None:
    office.move(office.draft.id, Place.POR_SUPERVISAR)
    office.run()
    folders = office.world.folders(ATNDER)
    folders["Otro nombre"] = folders.pop(WITHIN)
    office.run()
    office.wait(minutes=5)
    office.start()
    office.wait(hours=5)
    assert office.states() == [DraftState.EN_REVISION]
    assert office.alarms()[0] == f"vacia:{ATNDER}:por_supervisar"
    folders[WITHIN] = folders.pop("Otro nombre")
    office.run()
    assert office.alarms()[-1] == f"-vacia:{ATNDER}:por_supervisar"
    office.move(office.draft.id, Place.APROBADAS)
    office.run()
    assert office.states() == [DraftState.ACEPTADO]


def test_what_a_consultant_sends_past_the_supervisor_is_told_to_the_supervisor(office: Eyes) -> None:
    mail = message_from_bytes(office.draft.raw, policy=policy.SMTP)
    del mail["Message-ID"]
    mail["Message-ID"] = "<enviado-a-mano@equipo.example>"
    office.world.deliver(ATNDER, mail.as_bytes(), office.clock.now(), "Sent")
    office.run()
    assert office.states() == [DraftState.ENVIADO_POR_CONSULTOR]
    assert len(office.notices(SUPERVISOR, "sin su revisión")) == 1
    assert "enviado_sin_supervision" in office.actions()


# --- sub-folders -----------------------------------------------------------------------------------------------------


def folders_of(office: Eyes) -> set[str]:
    return {name for name, folder in office.world.folders(ATNDER).items() if folder.messages and "pendientes" in name}


def test_a_consultants_drafts_lie_in_the_folder_with_their_name(office: Eyes) -> None:
    assert folders_of(office) == {"Respuestas pendientes/Consultora Uno"}


def test_one_folder_for_all_when_the_office_wants_it(office: Eyes) -> None:
    carpetas = office.rules.carpetas.model_copy(update={"por_consultor": False})
    office.rules = office.rules.model_copy(update={"carpetas": carpetas})
    office.start()
    office.write(COMPLAINT, sender="otra@correo.example")
    office.run()
    assert folders_of(office) == {"Respuestas pendientes", "Respuestas pendientes/Consultora Uno"}


def test_what_comes_while_a_consultant_is_away_lies_with_whoever_stands_in_and_what_lay_stays() -> None:
    away = Ausencia(desde=date(2025, 10, 14), hasta=date(2025, 10, 20), suple=SECOND)
    office = Eyes(roster=(ROSTER[0].model_copy(update={"ausencias": (away,)}), ROSTER[1]))
    office.clock.set(datetime(2025, 10, 15, 16, 0, tzinfo=UTC))
    office.write("Otra vez no hay medicamento.", subject="Re: Falta de medicamento", sender=PERSON)
    office.run()
    assert folders_of(office) == {"Respuestas pendientes/Consultora Uno", "Respuestas pendientes/Consultor Dos"}
