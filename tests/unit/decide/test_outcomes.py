"""Terms begin with the real sending; what falls due leaves once; nobody urgent is concluded by a clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from daemon.decide.outcomes import StaffWord, name_of, on_due, on_refused, on_sent, on_staff, on_turned_down
from daemon.model.decision import Disposition, Ficha, Plan, Write
from daemon.model.ledger import History
from daemon.model.outgoing import Draft, DraftState
from daemon.model.petition import Clase, Petition, State, Type
from tests.unit.send.drafts import draft as some_draft

from .makers import NOW, NSS, petition, policy


def request(turn: int = 1, clase: Clase = Clase.DATOS_COMPLEMENTARIOS) -> Draft:
    return replace(some_draft(), clase=clase, turn=turn, asks=("nss",))


def after(plan: Plan) -> Petition:
    assert plan.petition is not None
    return plan.petition


def queued() -> Petition:
    return petition(state=State.MENSAJE_EN_COLA)


def test_the_term_of_the_second_request_begins_when_the_first_really_left() -> None:
    moved = after(on_sent(queued(), request(), policy(), NOW))
    assert moved.state is State.ESPERA_DATOS_1
    assert [term.name for term in moved.terms] == ["segunda_solicitud"]
    assert policy().calendar.local(moved.terms[0].due_at).strftime("%Y-%m-%d %H:%M") == "2025-10-15 18:00"


def test_the_second_request_and_the_conclusion_follow_one_another_never_together() -> None:
    first = after(on_sent(queued(), request(), policy(), NOW))
    late = first.terms[0].due_at + timedelta(days=30)
    due = on_due(first, History(), policy(), late)
    assert [(w.clase, w.turn) for w in due.effects if isinstance(w, Write)] == [(Clase.DATOS_COMPLEMENTARIOS, 2)]
    second = after(on_sent(after(due), request(2), policy(), late))
    assert second.state is State.ESPERA_DATOS_2
    assert second.terms[0].due_at > late


def test_nothing_is_due_before_its_instant() -> None:
    waiting = after(on_sent(queued(), request(), policy(), NOW))
    early = on_due(waiting, History(), policy(), waiting.terms[0].due_at - timedelta(seconds=1))
    assert after(early).state is State.ESPERA_DATOS_1
    assert early.effects == ()


def test_the_conclusion_concludes_and_files_the_fichas() -> None:
    plan = on_sent(queued(), request(clase=Clase.CONCLUSION_DESINTERES), policy(), NOW)
    assert after(plan).state is State.CONCLUIDA_DESINTERES
    assert plan.closes_fichas


def test_an_urgent_petition_is_never_concluded_by_the_clock() -> None:
    moved = after(on_sent(replace(queued(), urgent=True), request(2), policy(), NOW))
    plan = on_due(moved, History(), policy(), moved.terms[0].due_at)
    assert after(plan).state is State.REVISION_CONSULTOR
    assert not [effect for effect in plan.effects if isinstance(effect, Write)]
    assert [effect for effect in plan.effects if isinstance(effect, Ficha)]


def test_a_draft_that_needs_a_person_is_laid_out_at_the_opening_of_its_day() -> None:
    moved = after(on_sent(replace(queued(), urgent=True), request(), policy(), NOW))
    assert policy().calendar.local(moved.terms[0].acts_at).strftime("%Y-%m-%d %H:%M") == "2025-10-15 09:00"


def test_a_request_for_clarification_sets_no_term_that_concludes() -> None:
    moved = after(on_sent(queued(), request(clase=Clase.ACLARACION), policy(), NOW))
    assert moved.state is State.ESPERA_ACLARACION
    assert [term.at_due for term in moved.terms] == ["nada"]


def test_a_mail_that_the_answer_overtook_moves_nothing() -> None:
    answered = petition(state=State.REVISION_CONSULTOR, asked=())
    plan = on_sent(answered, request(clase=Clase.CONCLUSION_DESINTERES), policy(), NOW)
    assert after(plan).state is State.REVISION_CONSULTOR
    assert "no procede" in plan.history[0].text


def test_a_refused_address_goes_to_a_consultant() -> None:
    assert after(on_refused(queued(), request(), "550", NOW)).state is State.CONTACTO_FALLIDO_CONSULTOR


def test_a_rejected_draft_leaves_the_petition_to_the_consultant() -> None:
    plan = on_turned_down(queued(), request(), DraftState.RECHAZADO_POR_CONSULTOR, NOW)
    assert after(plan).state is State.REVISION_CONSULTOR
    assert after(plan).terms == ()


def test_the_nss_that_a_colleague_saw_in_a_photo_completes_the_petition() -> None:
    plan = on_staff(petition(), StaffWord("consultora@imss.gob.mx", nss=NSS), policy(), History(), NOW)
    assert after(plan).data.nss == NSS
    assert after(plan).missing == ()
    assert after(plan).state is State.REVISION_CONSULTOR
    assert all(NSS not in entry.text for entry in plan.history)


def test_a_colleague_concludes_and_corrects_the_type() -> None:
    word = StaffWord("consultora@imss.gob.mx", tipo=Type.SUGERENCIA, nota="telefoneé", concluir="conclusion")
    plan = on_staff(petition(state=State.REVISION_CONSULTOR), word, policy(), History(), NOW)
    assert after(plan).state is State.CONCLUIDA
    assert after(plan).type is Type.SUGERENCIA
    assert plan.closes_fichas


def test_a_colleague_may_have_the_missing_data_asked_for() -> None:
    word = StaffWord("consultora@imss.gob.mx", solicitar=True)
    plan = on_staff(petition(state=State.REVISION_CONSULTOR), word, policy(), History(), NOW)
    asked = [(w.asks, w.disposition) for w in plan.effects if isinstance(w, Write)]
    assert asked == [(("nss",), Disposition.ENVIAR)]


def test_a_rejected_reminder_leaves_the_petition_waiting_for_the_organo() -> None:
    waiting = petition(state=State.ESPERA_ORGANO_NORMATIVO)
    reminder = replace(request(clase=Clase.DERIVACION_ORGANO_NORMATIVO), template="derivacion_recordatorio")
    plan = on_turned_down(waiting, reminder, DraftState.RECHAZADO_POR_CONSULTOR, NOW)
    assert after(plan).state is State.ESPERA_ORGANO_NORMATIVO


def test_an_enlaces_refused_address_is_not_the_persons() -> None:
    waiting = petition(state=State.ESPERA_ORGANO_NORMATIVO)
    plan = on_refused(waiting, request(clase=Clase.DERIVACION_ORGANO_NORMATIVO), "550", NOW)
    assert after(plan).state is State.REVISION_CONSULTOR
    assert after(plan).petitioner == waiting.petitioner


def test_every_sort_of_mail_is_called_by_words_and_never_by_its_key() -> None:
    names = {clase: name_of(request(clase=clase)) for clase in Clase}
    assert all(name.startswith(("el ", "la ")) and "_" not in name for name in names.values())
    assert name_of(request(turn=2)) == "la segunda solicitud de datos complementarios"
