"""What is registered is registered once; its acuse carries the folio or is followed by it; answers are judged (a84)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from daemon.decide.outcomes import StaffWord, on_sent, on_staff
from daemon.decide.registration import acuse, misfit, on_siade, registered, without_folio
from daemon.model.decision import Disposition, Ficha, Plan, Register, Withdraw, Write
from daemon.model.ledger import History
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase, Petition, State
from daemon.model.siade import RecordClase, SiadeRow
from tests.unit.send.drafts import draft as some_draft

from .makers import NOW, petition, policy

FOLIO = "2025-Q-004711"
ROW = SiadeRow(2, "AC-251013-7K3FQ", FOLIO)
ANSWER = SiadeRow(
    3, "AC-251013-7K3FQ", FOLIO, "Atendida", "Su medicamento ya está en la farmacia de su unidad.", "CDAOD"
)


def complete(**changes: object) -> Petition:
    usual = {"missing": (), "asked": (), "destination": "cdaod_jdaod", "state": State.REGISTRADA_TURNADA}
    return petition(**(usual | changes))


def turned(**changes: object) -> Petition:
    """A petition that was handed to SIADE."""
    found, _ = registered(complete(**changes), policy(), NOW, message_ids=("<uno@correo.example>",))
    return found


def answered(**changes: object) -> Petition:
    return after(on_siade(turned(**changes), ANSWER, policy(), History(), NOW))


def after(plan: Plan) -> Petition:
    assert plan.petition is not None
    return plan.petition


def wrote(plan: Plan) -> list[Clase]:
    return [effect.clase for effect in plan.effects if isinstance(effect, Write)]


def told(plan: Plan) -> list[tuple[RecordClase, str]]:
    return [(effect.clase, effect.numeral) for effect in plan.effects if isinstance(effect, Register)]


def drafted(clase: Clase, state: DraftState, disposition: Disposition = Disposition.ENVIAR) -> History:
    return History(drafts=(replace(some_draft(), clase=clase, state=state, disposition=disposition),))


def local(at: datetime) -> str:
    return f"{policy().calendar.local(at):%a %d %H:%M}"


# --- the acuse and the folio (5.15) ----------------------------------------------------------------------------


def test_what_is_registered_is_not_registered_again() -> None:
    once, records = registered(complete(), policy(), NOW, message_ids=("<uno@correo.example>",))
    assert [record.clase for record in records if isinstance(record, Register)] == [RecordClase.REGISTRO]
    assert registered(once, policy(), NOW + timedelta(days=1), message_ids=()) == (once, [])


@pytest.mark.parametrize(
    ("captured", "now", "until"),
    [
        # 16:30 UTC is 10:30 at the office, on a Monday.
        (date(2025, 10, 13), NOW, "Mon 13 18:00"),
        # Mail of Monday evening, of Friday evening and of Saturday is captured the next business day.
        (date(2025, 10, 14), datetime(2025, 10, 14, 1, 0, tzinfo=UTC), "Tue 14 18:00"),
        (date(2025, 10, 20), datetime(2025, 10, 18, 1, 0, tzinfo=UTC), "Mon 20 18:00"),
        (date(2025, 10, 20), datetime(2025, 10, 18, 18, 0, tzinfo=UTC), "Mon 20 18:00"),
        # The data that were asked for came days later: the day on which it became complete counts.
        (date(2025, 10, 13), datetime(2025, 10, 15, 17, 0, tzinfo=UTC), "Wed 15 18:00"),
    ],
)
def test_the_acuse_waits_for_the_folio_until_the_end_of_hours_of_the_day_of_capture(
    captured: date, now: datetime, until: str
) -> None:
    found, _ = registered(complete(captured_on=captured), policy(), now, message_ids=())
    (term,) = [term for term in found.terms if term.name == "acuse_sin_folio"]
    assert local(term.due_at) == until


def test_the_acuse_leaves_with_the_folio_as_soon_as_it_comes_and_no_term_is_left_of_it() -> None:
    plan = on_siade(turned(), ROW, policy(), History(), NOW)
    assert (after(plan).siade, wrote(plan)) == (FOLIO, [Clase.ACUSE_CDAOD])
    assert [term.name for term in after(plan).terms] == ["respuesta_cdaod"]


def test_at_the_end_of_the_day_the_acuse_goes_without_it_and_one_notice_follows_never_two() -> None:
    late = without_folio(turned(), History(), policy(), NOW)
    assert wrote(late) == [Clase.ACUSE_CDAOD]
    sent = drafted(Clase.ACUSE_CDAOD, DraftState.ACEPTADO)
    come = on_siade(after(late), ROW, policy(), sent, NOW)
    assert wrote(come) == [Clase.AVISO_FOLIO]
    assert on_siade(after(come), ROW, policy(), sent, NOW) == Plan()
    noticed = drafted(Clase.AVISO_FOLIO, DraftState.ACEPTADO).drafts
    again = on_siade(after(late), ROW, policy(), History(drafts=(*sent.drafts, *noticed)), NOW)
    assert wrote(again) == []


def test_an_acuse_that_still_waits_for_a_person_is_written_anew_with_the_folio() -> None:
    waiting = drafted(Clase.ACUSE_CDAOD, DraftState.EN_REVISION, Disposition.REVISAR)
    plan = on_siade(turned(urgent=True), ROW, policy(), waiting, NOW)
    assert wrote(plan) == [Clase.ACUSE_CDAOD]
    assert [effect.clases for effect in plan.effects if isinstance(effect, Withdraw)] == [(Clase.ACUSE_CDAOD,)]


def test_who_is_told_of_the_oic_or_the_sntss_gets_no_second_mail() -> None:
    found = turned(destination="oic_sntss", state=State.MENSAJE_EN_COLA)
    assert acuse(found, History(), policy()) is None
    plan = on_siade(found, ROW, policy(), drafted(Clase.TURNO_OIC_SNTSS, DraftState.ACEPTADO), NOW)
    assert (after(plan).siade, wrote(plan)) == (FOLIO, [])


def test_who_was_answered_before_the_folio_came_gets_no_acuse_afterwards() -> None:
    plan = on_siade(replace(turned(), state=State.CONCLUIDA, terms=()), ROW, policy(), History(), NOW)
    assert (after(plan).siade, wrote(plan)) == (FOLIO, [])


def test_the_folio_of_an_orientacion_becomes_an_antecedent_of_the_registration() -> None:
    found = turned(siade="2025-O-1")
    assert (found.siade, found.antecedentes) == (None, ("2025-O-1",))
    assert on_siade(found, replace(ROW, folio="2025-O-1"), policy(), History(), NOW) == Plan()
    assert after(on_siade(found, ROW, policy(), History(), NOW)).siade == FOLIO


# --- rows that do not fit --------------------------------------------------------------------------------------


def test_a_row_that_does_not_fit_names_its_cell_and_why() -> None:
    mine, other = turned(siade=None), petition(folio="AC-251013-00000")
    assert misfit(None, ROW, None) == ("referencia", "no hay ninguna petición con la referencia «AC-251013-7K3FQ»")
    assert misfit(None, replace(ROW, referencia=""), None)
    found = misfit(mine, ROW, other)
    assert found is not None and found[0] == "folio" and "AC-251013-00000" in found[1]
    found = misfit(replace(mine, siade="2025-Q-1"), ROW, None)
    assert found is not None and "ya tiene el folio «2025-Q-1»" in found[1]
    assert misfit(mine, ROW, None) is None and misfit(replace(mine, siade=FOLIO), ROW, mine) is None


# --- the answer (a84–a86) --------------------------------------------------------------------------------------


def test_an_answer_becomes_a_draft_for_the_person_that_waits_and_asks_whether_it_is_concluyente() -> None:
    plan = on_siade(turned(), ANSWER, policy(), drafted(Clase.ACUSE_CDAOD, DraftState.ACEPTADO), NOW)
    found = after(plan)
    assert (found.state, found.respuesta, found.terms) == (State.RESPUESTA_POR_ENVIAR, ANSWER.respuesta, ())
    (answer,) = [e for e in plan.effects if isinstance(e, Write) and e.clase is Clase.RESPUESTA_LIBRE]
    assert (answer.template, answer.disposition) == ("respuesta_cdaod", Disposition.REVISAR)
    (sheet,) = [effect for effect in plan.effects if isinstance(effect, Ficha)]
    assert "concluyente" in sheet.why[0]
    assert not told(plan)


def test_the_same_row_twice_changes_nothing_and_another_answer_replaces_the_first() -> None:
    found = answered()
    assert on_siade(found, ANSWER, policy(), History(), NOW) == Plan()
    spaced = replace(ANSWER, respuesta=ANSWER.respuesta.replace(" ", "  \n"))
    assert on_siade(found, spaced, policy(), History(), NOW) == Plan()
    plan = on_siade(found, replace(ANSWER, respuesta="Hubo un error: llega el lunes."), policy(), History(), NOW)
    assert after(plan).respuesta == "Hubo un error: llega el lunes."
    assert any(isinstance(effect, Withdraw) for effect in plan.effects)
    assert on_siade(after(plan), ANSWER, policy(), History(), NOW) == Plan()


def test_without_an_address_the_consultant_tells_the_answer_by_telephone() -> None:
    plan = on_siade(turned(petitioner=""), ANSWER, policy(), History(), NOW)
    assert wrote(plan) == []
    (sheet,) = [effect for effect in plan.effects if isinstance(effect, Ficha)]
    assert any("teléfono" in why and ANSWER.respuesta in why for why in sheet.why)


@pytest.mark.parametrize("state", [State.CONCLUIDA, State.ESPERA_DATOS_1])
def test_an_answer_that_nobody_awaits_moves_nothing_and_is_shown_to_a_person(state: State) -> None:
    plan = on_siade(replace(turned(), state=state), ANSWER, policy(), History(), NOW)
    assert after(plan).state is state
    assert [type(effect) for effect in plan.effects if not isinstance(effect, Write)] == [Ficha]


def test_a_folio_that_siade_closed_without_an_answer_is_told_to_the_consultant_once() -> None:
    closed = replace(ROW, estado="CONCLUIDA")
    known = replace(turned(), siade=FOLIO)
    plan = on_siade(known, closed, policy(), History(), NOW)
    assert after(plan).state is State.REGISTRADA_TURNADA
    assert [type(effect) for effect in plan.effects] == [Ficha]
    assert on_siade(after(plan), closed, policy(), History(), NOW) == Plan()
    assert on_siade(known, replace(ROW, estado="En trámite"), policy(), History(), NOW).effects == ()


def test_sending_the_answer_is_the_visto_bueno_and_closes_in_siade_too() -> None:
    left = replace(some_draft(), clase=Clase.RESPUESTA_LIBRE, template="respuesta_cdaod", text="Su medicamento…")
    plan = on_sent(answered(), left, policy(), NOW)
    assert after(plan).state is State.CONCLUIDA
    assert told(plan) == [(RecordClase.CIERRE, "P a85, 5.26")]


def test_concluyente_waits_for_the_person_to_have_the_answer_and_else_closes_at_once() -> None:
    yes = StaffWord("consultora.uno@imss.gob.mx", concluyente=True)
    waiting = drafted(Clase.RESPUESTA_LIBRE, DraftState.EN_REVISION, Disposition.REVISAR)
    plan = on_staff(answered(), yes, policy(), waiting, NOW)
    assert (after(plan).state, told(plan)) == (State.RESPUESTA_POR_ENVIAR, [])
    plan = on_staff(answered(petitioner=""), yes, policy(), History(), NOW)
    assert (after(plan).state, told(plan)) == (State.CONCLUIDA, [(RecordClase.CIERRE, "P a85, 5.26")])
    assert plan.closes_fichas


def test_not_concluyente_tells_what_is_missing_with_a_new_term_as_often_as_needed() -> None:
    found, later = answered(), NOW
    for number in range(1, 4):
        later += timedelta(days=3)
        no = StaffWord("consultora.uno@imss.gob.mx", concluyente=False, faltan=f"la fecha de entrega, vez {number}")
        plan = on_staff(found, no, policy(), History(), later)
        assert (after(plan).state, told(plan)) == (State.REGISTRADA_TURNADA, [(RecordClase.NOTA, "P a86, 5.26")])
        (note,) = [effect for effect in plan.effects if isinstance(effect, Register)]
        assert f"vez {number}" in note.texto
        assert [(term.name, term.started_at) for term in after(plan).terms] == [("respuesta_cdaod", later)]
        further = replace(ANSWER, respuesta=f"Se entrega el lunes, aclaración {number}")
        found = after(on_siade(after(plan), further, policy(), History(), later))
        assert found.state is State.RESPUESTA_POR_ENVIAR


def test_not_concluyente_without_a_word_of_what_is_missing_asks_for_it() -> None:
    plan = on_staff(answered(), StaffWord("c@imss.gob.mx", concluyente=False), policy(), History(), NOW)
    assert (after(plan).state, told(plan)) == (State.RESPUESTA_POR_ENVIAR, [])
    assert any(isinstance(effect, Ficha) and "faltan" in effect.why[0] for effect in plan.effects)


@pytest.mark.parametrize(("how", "reason"), [("conclusion", "concluida por el consultor"), ("desistimiento",) * 2])
def test_a_consultants_conclusion_is_told_to_siade_with_its_reason(how: str, reason: str) -> None:
    plan = on_staff(turned(), StaffWord("c@imss.gob.mx", concluir=how, nota="Se resolvió por teléfono"), policy(),
                    History(), NOW)  # fmt: skip
    (record,) = [effect for effect in plan.effects if isinstance(effect, Register)]
    assert (record.clase, record.motivo, record.texto) == (RecordClase.CIERRE, reason, "Se resolvió por teléfono")


def test_what_is_handed_to_the_oic_or_the_sntss_is_closed_in_siade_when_the_person_was_told() -> None:
    found = turned(destination="oic_sntss", state=State.MENSAJE_EN_COLA)
    plan = on_sent(found, replace(some_draft(), clase=Clase.TURNO_OIC_SNTSS), policy(), NOW)
    assert after(plan).state is State.TURNADA_SIN_SEGUIMIENTO
    assert told(plan) == [(RecordClase.CIERRE, "P a123")]
