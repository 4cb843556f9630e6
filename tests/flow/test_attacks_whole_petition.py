"""What would hurt a person once the whole petition is handled: wrong answers, wrong endings, words in a wrong place."""

from __future__ import annotations

import pytest

from daemon.decide.outcomes import StaffWord, on_staff
from daemon.flow.siade import take_row
from daemon.model.ledger import History
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase, State
from daemon.model.siade import SiadeRow
from tests.flow.consultants_office import COMPLETE as COMPLETE_OF_STAFF
from tests.flow.consultants_office import StaffedOffice
from tests.flow.memory_office import ATNDER, COMPLAINT, CONSULTANT, EMPLOYERS, VOUCHED, MemoryOffice, words
from tests.flow.test_derivation import ENLACE, PENSION, answer, derived, opened

COMPLETE = f"{COMPLAINT} Mi nombre es Ana López Ruiz y mi NSS es 12816177971."
FOLIO = "2025-Q-004711"
SAID = "Su medicamento ya está en la farmacia de su unidad: preséntese con su receta."
HERS = "mx1.imss.gob.mx; dmarc=pass header.from=correo.example"


@pytest.fixture
def office() -> MemoryOffice:
    begun = MemoryOffice(boxes=(ATNDER, EMPLOYERS))
    begun.run()
    return begun


def row(office: MemoryOffice, **changes: str) -> SiadeRow:
    return SiadeRow(2, **({"referencia": office.petition().folio, "folio": FOLIO} | changes))


def takes(office: MemoryOffice, **changes: str) -> None:
    take_row(office.desk, row(office, **changes))
    office.run()


def answers(office: MemoryOffice) -> list[DraftState]:
    return [draft.state for draft in office.drafts() if draft.clase is Clase.RESPUESTA_LIBRE]


# --- SIADE goes on showing what it showed before ---------------------------------------------------------------------


@pytest.fixture
def answered(office: MemoryOffice) -> MemoryOffice:
    """A CDAOD answered through SIADE; its answer waits as a draft."""
    office.write(COMPLETE)
    office.run()
    takes(office, estado="En proceso", respuesta=SAID)
    return office


def test_the_same_answer_under_a_later_state_leaves_the_draft_that_a_consultant_may_have_edited(
    answered: MemoryOffice,
) -> None:
    takes(answered, estado="Concluida", respuesta=SAID)
    assert (answered.petition().state, answers(answered)) == (State.RESPUESTA_POR_ENVIAR, [DraftState.EN_REVISION])


def test_an_answer_that_was_not_concluyente_does_not_end_the_wait_for_its_complement(answered: MemoryOffice) -> None:
    petition, word = answered.petition(), StaffWord(CONSULTANT, concluyente=False, faltan="la fecha")
    history = History(drafts=answered.drafts())
    plan = on_staff(petition, word, answered.desk.policy, history, answered.clock.now())
    answered.desk.commit(plan, before=petition)
    takes(answered, estado="En complemento", respuesta=SAID)
    found = answered.petition()
    assert (found.state, [term.name for term in found.terms]) == (State.REGISTRADA_TURNADA, ["respuesta_cdaod"])


def test_who_was_answered_and_complains_is_not_sent_the_same_answer_again(answered: MemoryOffice) -> None:
    answered.approve()
    answered.run()
    sent = answered.drafts()[-1].message_id
    answered.write("No es cierto: en la farmacia no hay nada.", answering=sent, vouched=HERS)
    answered.run()
    takes(answered, estado="Cerrada", respuesta=SAID)
    assert (answered.petition().state, answers(answered)) == (State.REVISION_CONSULTOR, [DraftState.ACEPTADO])


def test_what_siade_says_of_the_orientacion_is_not_the_areas_answer(office: MemoryOffice) -> None:
    office.write()
    office.run()
    takes(office, folio="2025-OR-1")
    asked = office.drafts()[0].message_id
    office.write("Soy Ana López Ruiz y mi NSS es 12816177971", answering=asked, vouched=HERS)
    office.run()
    takes(office, folio="2025-OR-1", estado="Concluida", respuesta="Se le solicitaron datos complementarios.")
    found = office.petition()
    assert (found.state, answers(office)) == (State.REGISTRADA_TURNADA, [])
    assert "respuesta_cdaod" in [term.name for term in found.terms]


# --- what the institution writes to itself ---------------------------------------------------------------------------

INTERNAL = "De: Jurídico <juridico@imss.gob.mx>\nFecha: 8 de septiembre de 2025\nPara: Enlace\nAsunto: caso\n\n"


def proposed(office: MemoryOffice) -> str:
    """The draft that tells the person what the Órgano answered; '' when there is none."""
    return "".join(draft.text for draft in office.drafts() if draft.clase is Clase.RESPUESTA_ORGANO_NORMATIVO)


@pytest.mark.parametrize(
    ("subject", "mark"),
    [
        ("RE: caso", "De: Jurídico <juridico@imss.gob.mx>\nEnviado el: lunes, 8 de septiembre de 2025 10:00\n"),
        ("RV: caso", ""),
        ("RE: caso", "---------- Forwarded message ---------\n"),
        ("RE: caso", "Inicio del mensaje reenviado:\n\n"),
    ],
)
def test_what_an_enlace_forwards_from_inside_is_not_quoted_to_the_person(subject: str, mark: str) -> None:
    office = opened("prestaciones_economicas")
    draft = derived(office)
    text = f"Procede el pago de su pensión.\n\n{mark}{INTERNAL}Ojo: sospecha de fraude de la señora."
    office.write(text, sender=ENLACE, name="Enlace", answering=draft.message_id, subject=subject, vouched=VOUCHED)
    office.run()
    assert "Procede el pago" in proposed(office)
    assert "fraude" not in proposed(office)


def test_an_enlaces_plain_notice_of_absence_is_not_the_organos_answer() -> None:
    office = opened("prestaciones_economicas")
    draft = derived(office)
    answer(office, "Estoy fuera de la oficina hasta el lunes; en caso urgente llame a mi colega.", draft)
    found = office.petition()
    assert (found.state, proposed(office)) == (State.ESPERA_ORGANO_NORMATIVO, "")
    assert "respuesta_organo_normativo" in [term.name for term in found.terms]


def test_a_consultant_who_forwards_an_old_closing_mail_closes_nothing() -> None:
    office = StaffedOffice()
    office.write(COMPLETE_OF_STAFF, vouched=HERS)
    office.run()
    text = f"Espere por favor, lo revisamos.\n\n---------- Forwarded message ---------\n{INTERNAL}{office.survey()}"
    office.by_hand(text)
    assert not office.petition().state.closed


# --- a petitioner who fills in the form for the consultant -----------------------------------------------------------


@pytest.mark.parametrize("heading", ["Inicio del formulario", "Ｉnicio del formulario", "\u2028Inicio del formulario"])
@pytest.mark.parametrize("mark", ["> ", ""])
def test_a_form_within_the_petition_is_never_read_as_the_consultants(heading: str, mark: str) -> None:
    office = opened()
    office.write(f"{PENSION}\n\n{heading}\nconcluir: sí\nnota: inventada\nFin del formulario", subject="Pensión")
    office.run()
    (ficha,) = [mail for mail in office.mails("Respuestas pendientes", ATNDER) if mail["X-Acuse-Ficha"]]
    quoted = "\n".join(f"{mark}{line}" for line in words(ficha).splitlines())
    said = f"La veo hoy.\n\nEl lun, 8 sept 2025 a las 10:00, atnder@imss.gob.mx escribió:\n\n{quoted}"
    office.colleague(said, str(ficha["Message-ID"]))
    office.run()
    assert not office.petition().state.closed
    assert "inventada" not in str(office.store.story(office.petition().folio))


# --- who knows another's NSS and name --------------------------------------------------------------------------------

STRANGER = "otra.persona@otro.example"
STRANGERS = "mx1.imss.gob.mx; dmarc=pass header.from=otro.example"


@pytest.fixture
def staffed() -> StaffedOffice:
    """An office with a roster, in which Ana's complete petition is registered."""
    office = StaffedOffice()
    office.write(COMPLETE_OF_STAFF, vouched=HERS)
    office.run()
    return office


def test_whoever_repeats_a_petition_from_elsewhere_does_not_say_where_the_person_is_telephoned(
    staffed: StaffedOffice,
) -> None:
    text = f"{COMPLETE_OF_STAFF} Mi teléfono es 5598765432."
    staffed.write(text, sender=STRANGER, vouched=STRANGERS)
    staffed.run()
    assert staffed.petition().data.telefono is None


def test_the_persons_own_words_are_not_joined_to_a_petition_that_another_opened_in_their_name(
    staffed: StaffedOffice,
) -> None:
    mine = staffed.petition().folio
    staffed.by_hand(f"Su medicamento ya está en la farmacia. Conteste la encuesta: {staffed.survey()}")
    staffed.write(COMPLETE_OF_STAFF, sender=STRANGER, vouched=STRANGERS)
    staffed.write(COMPLETE_OF_STAFF, vouched=HERS)
    staffed.run()
    (draft,) = [each for each in staffed.store.drafts_of(mine) if each.clase is Clase.RATIFICACION]
    assert draft.to == staffed.store.petition(mine).petitioner  # type: ignore[union-attr]
    # What was answered stood beside the survey's link.
    assert "Su medicamento ya está en la farmacia." in " ".join(draft.text.split())
    (theirs,) = [each for each in staffed.store.petitions() if each.folio != mine]
    assert (theirs.petitioner, len(theirs.thread)) == (STRANGER, 1)
    assert staffed.store.drafts_of(theirs.folio) == ()
