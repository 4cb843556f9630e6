"""What follows from a message: the right step, once, to the right person, and never by a guess."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.decide.arrivals import on_message
from daemon.decide.guards import in_the_shadow
from daemon.model import ids
from daemon.model.decision import Disposition, Ficha, Notify, Plan, Step, Withdraw, Write
from daemon.model.ledger import History
from daemon.model.mail import Address, Attachment, Bounce, Found, Kind, PersonData
from daemon.model.petition import Clase, Petition, State, Type

from .makers import KEY, NOW, NSS, PERSON, petition, policy, reading

OURS = ids.message_id("AC-251013-7K3FQ", 1, "imss.gob.mx", KEY)
COMPLETE = PersonData(nombre="Ana López Ruiz", nss=NSS, correo=PERSON)


def writes(plan: Plan) -> list[Write]:
    return [effect for effect in plan.effects if isinstance(effect, Write)]


def opened(plan: Plan) -> Petition:
    assert plan.petition is not None
    return plan.petition


def answering(**changes: object) -> dict[str, object]:
    return {"message_id": "<dos@correo.example>", "in_reply_to": OURS, "references": (OURS,)} | changes


def test_missing_data_is_asked_for_exactly() -> None:
    plan = on_message(reading(), History(), policy(), NOW)
    assert plan.decision is not None
    assert plan.decision.step is Step.DATOS_COMPLEMENTARIOS
    assert [write.asks for write in writes(plan)] == [("nss",)]
    assert writes(plan)[0].to == PERSON
    assert opened(plan).state is State.MENSAJE_EN_COLA


def test_a_certain_request_leaves_by_itself_and_a_doubtful_one_waits_for_a_person() -> None:
    assert writes(on_message(reading(), History(), policy(), NOW))[0].disposition is Disposition.ENVIAR
    doubtful = on_message(reading(), History(), policy(confidence=0.5), NOW)
    assert writes(doubtful)[0].disposition is Disposition.REVISAR
    assert any(isinstance(effect, Ficha) for effect in doubtful.effects)


@pytest.mark.parametrize(
    "reason",
    [
        {"authentic": "fail"},
        {"origin": "reenviado"},
        {"reply_to": (Address("otra@lugar.example"),)},
        {"doubts": ("hay dos NSS distintos",)},
        {"attachments": (Attachment("a.pdf", "application/pdf", 10, "text", "texto"),)},
        {"language": "en"},
        {"fresh": "hola " * 20_000},
    ],
)
def test_each_guard_holds_an_automatic_mail_back(reason: dict[str, object]) -> None:
    plan = on_message(reading(**reason), History(), policy(), NOW)
    assert writes(plan)[0].disposition is Disposition.REVISAR


@pytest.mark.parametrize("known", [History(sent_today=3), History(sent_lately=100)])
def test_nobody_is_written_to_without_end(known: History) -> None:
    plan = on_message(reading(), known, policy(), NOW)
    assert writes(plan)[0].disposition is Disposition.REVISAR


def test_an_unclear_petition_is_asked_to_be_clarified_and_a_person_looks_first() -> None:
    plan = on_message(reading(), History(), policy(clear=False, type=None, topic=None, confidence=0.0), NOW)
    assert [(write.clase, write.disposition) for write in writes(plan)] == [(Clase.ACLARACION, Disposition.REVISAR)]


def test_an_orientation_waits_for_a_person() -> None:
    plan = on_message(reading(), History(), policy(type=Type.ORIENTACION, topic="semanas_cotizadas"), NOW)
    assert opened(plan).state is State.ORIENTACION_EN_REVISION
    assert writes(plan)[0].disposition is Disposition.REVISAR


def test_a_sensitive_matter_gets_no_mail_at_all_and_a_person_at_once() -> None:
    plan = on_message(reading(), History(), policy(sensitive="riesgo_propia_vida"), NOW)
    assert writes(plan) == []
    assert plan.decision is not None
    assert plan.decision.disposition is Disposition.NINGUNA
    assert opened(plan).state is State.REVISION_CONSULTOR


def test_an_urgent_matter_keeps_its_step_and_waits_for_a_person() -> None:
    plan = on_message(reading(), History(), policy(urgent=True), NOW)
    assert plan.decision is not None
    assert plan.decision.step is Step.DATOS_COMPLEMENTARIOS
    assert writes(plan)[0].disposition is Disposition.REVISAR
    assert writes(plan)[0].urgent


def test_without_a_usable_address_a_consultant_telephones() -> None:
    plan = on_message(reading(sender=None), History(), policy(), NOW)
    assert writes(plan) == []
    assert opened(plan).state is State.REVISION_CONSULTOR


@pytest.mark.parametrize(
    "kind", [Kind.RESPUESTA_AUTOMATICA, Kind.LISTA, Kind.NO_SOLICITADO, Kind.PERSONAL, Kind.ENLACE, Kind.OTRO]
)
def test_machine_mail_gets_no_reply_and_opens_nothing(kind: Kind) -> None:
    plan = on_message(reading(kind=kind), History(), policy(), NOW)
    assert plan.petition is None
    assert plan.effects == ()
    assert plan.decision is not None
    assert plan.decision.step is Step.SIN_RESPUESTA


def test_an_out_of_office_reply_touches_no_term() -> None:
    waiting = petition()
    plan = on_message(reading(kind=Kind.RESPUESTA_AUTOMATICA, **answering()), History(by_thread=waiting), policy(), NOW)
    assert opened(plan).state is waiting.state
    assert opened(plan).terms == waiting.terms
    assert plan.effects == ()


def test_phishing_is_quarantined() -> None:
    assert on_message(reading(kind=Kind.SOSPECHOSO), History(), policy(), NOW).quarantine == "sospechoso"


def test_a_complete_answer_goes_to_the_consultant() -> None:
    plan = on_message(reading(**answering(data=COMPLETE)), History(by_thread=petition()), policy(), NOW)
    assert opened(plan).state is State.REVISION_CONSULTOR
    assert opened(plan).data.nss == NSS
    assert opened(plan).missing == ()


def test_a_partial_answer_is_an_answer_and_only_the_rest_is_asked_for() -> None:
    waiting = petition(asked=("nombre", "nss"), missing=("nombre", "nss"), data=PersonData(correo=PERSON))
    mail = reading(**answering(data=PersonData(nombre="Ana López Ruiz", correo=PERSON)))
    plan = on_message(mail, History(by_thread=waiting), policy(), NOW)
    assert [(write.asks, write.turn) for write in writes(plan)] == [(("nss",), 1)]


def test_an_answer_of_only_an_image_is_seen_by_a_person_and_ends_the_term() -> None:
    image = Attachment("IMG.HEIC", "image/heic", 9000)
    mail = reading(**answering(fresh="", data=PersonData(correo=PERSON), attachments=(image,)))
    plan = on_message(mail, History(by_thread=petition()), policy(clear=False), NOW)
    assert opened(plan).state is State.REVISION_CONSULTOR
    assert opened(plan).terms == ()
    assert writes(plan) == []


def test_thanks_change_nothing() -> None:
    done = petition(state=State.CONCLUIDA_DESINTERES)
    plan = on_message(reading(**answering(fresh="Muchas gracias")), History(by_thread=done), policy(), NOW)
    assert opened(plan).state is State.CONCLUIDA_DESINTERES
    assert plan.effects == ()


def test_an_answer_after_the_conclusion_reopens_the_petition() -> None:
    done = petition(state=State.CONCLUIDA_DESINTERES, consultor="consultora@imss.gob.mx")
    plan = on_message(reading(**answering(data=COMPLETE)), History(by_thread=done), policy(), NOW)
    assert opened(plan).folio == done.folio
    assert opened(plan).state is State.REVISION_CONSULTOR
    assert opened(plan).consultor == "consultora@imss.gob.mx"


def test_a_clarification_is_never_asked_for_twice() -> None:
    waiting = petition(state=State.ESPERA_ACLARACION, type=None, topic=None, asked=())
    plan = on_message(reading(**answering()), History(by_thread=waiting), policy(clear=False, type=None), NOW)
    assert writes(plan) == []
    assert opened(plan).state is State.REVISION_CONSULTOR


def test_a_second_nss_that_differs_is_a_doubt_for_a_person() -> None:
    known = petition(data=COMPLETE, state=State.REVISION_CONSULTOR, missing=())
    other = reading(**answering(data=replace(COMPLETE, nss="60947716118")))
    plan = on_message(other, History(by_thread=known), policy(), NOW)
    assert plan.decision is not None
    assert any("no coincide" in reason.evidence for reason in plan.decision.reasons)


def test_the_persons_next_mail_withdraws_what_waits() -> None:
    plan = on_message(reading(**answering(data=COMPLETE)), History(by_thread=petition()), policy(), NOW)
    assert any(isinstance(effect, Withdraw) for effect in plan.effects)


def test_a_reference_named_by_a_stranger_is_only_a_suggestion() -> None:
    mail = reading(sender=Address("extrana@correo.example"), tokens=("AC-251013-7K3FQ",))
    plan = on_message(mail, History(by_token=(petition(),)), policy(), NOW)
    assert opened(plan).folio != "AC-251013-7K3FQ"
    assert any("quizá pertenezca" in entry.text for entry in plan.history)


def test_a_thread_that_we_did_not_sign_joins_only_its_own_writer() -> None:
    mail = reading(message_id="<x@y.example>", in_reply_to="<uno@correo.example>", sender=Address("otra@y.example"))
    plan = on_message(mail, History(by_thread=petition()), policy(), NOW)
    assert opened(plan).folio != petition().folio


def test_an_authenticated_sender_whose_one_petition_waits_brings_the_datum_without_a_thread() -> None:
    mail = reading(message_id="<nuevo@correo.example>", subject="mi nss", data=COMPLETE)
    joined = on_message(mail, History(by_address=(petition(),)), policy(), NOW)
    assert opened(joined).folio == petition().folio
    unproven = on_message(replace(mail, authentic="none"), History(by_address=(petition(),)), policy(), NOW)
    assert opened(unproven).folio != petition().folio


def test_the_same_message_to_two_accounts_is_one_petition() -> None:
    known = petition()
    plan = on_message(reading(), History(already=known.folio, by_address=(known,)), policy(), NOW)
    assert opened(plan).folio == known.folio
    assert plan.effects == ()


def test_a_permanent_bounce_tells_the_consultant_and_stops_what_runs_by_itself() -> None:
    from tests.unit.send.drafts import draft

    bounced = reading(kind=Kind.REBOTE, bounce=Bounce(PERSON, permanent=True, original_message_id=OURS))
    plan = on_message(bounced, History(by_thread=petition(), draft=draft()), policy(), NOW)
    assert opened(plan).state is State.CONTACTO_FALLIDO_CONSULTOR
    assert any(isinstance(effect, Ficha) for effect in plan.effects)
    delayed = replace(bounced, bounce=Bounce(PERSON, permanent=False, original_message_id=OURS))
    kept = on_message(delayed, History(by_thread=petition(), draft=draft()), policy(), NOW)
    assert opened(kept).state is State.ESPERA_DATOS_1
    assert not any(isinstance(effect, Notify) for effect in kept.effects)


def test_the_same_mail_gives_the_same_plan() -> None:
    assert on_message(reading(), History(), policy(), NOW) == on_message(reading(), History(), policy(), NOW)


def test_an_answer_by_subject_joins_its_authenticated_writers_open_petition() -> None:
    answer = reading(message_id="<n@correo.example>", subject="RE: No me surten mi medicamento", fresh="¿y el 21?")
    known = petition(state=State.REVISION_CONSULTOR, asked=(), missing=())
    assert opened(on_message(answer, History(by_address=(known,)), policy(), NOW)).folio == known.folio
    new_matter = replace(answer, subject="Otra cosa")
    assert opened(on_message(new_matter, History(by_address=(known,)), policy(), NOW)).folio != known.folio


def test_a_known_name_only_grows() -> None:
    known = PersonData(nombre="Ana López Ruiz")
    assert known.merged_with(PersonData(nombre="Ana López")).nombre == "Ana López Ruiz"
    assert known.merged_with(PersonData(nombre="Rosa Díaz")).nombre == "Ana López Ruiz"
    assert PersonData(nombre="Ana López").merged_with(known).nombre == "Ana López Ruiz"


@pytest.mark.parametrize("words", ["Gracias", "Muchas gracias, me sirvió mucho.", "Se los agradezco, Dios los bendiga"])
def test_who_only_thanks_reopens_nothing(words: str) -> None:
    done = petition(state=State.CONCLUIDA_ORIENTACION)
    plan = on_message(reading(**answering(fresh=words)), History(by_thread=done), policy(), NOW)
    assert opened(plan).state is State.CONCLUIDA_ORIENTACION


@pytest.mark.parametrize(
    "words",
    ["Gracias, pero sigo sin mi medicina", "gracias, ¿y cuándo?", f"gracias, es el {NSS}", "Gracias. No me sirvió"],
)
def test_who_thanks_and_wants_something_is_heard(words: str) -> None:
    done = petition(state=State.CONCLUIDA_ORIENTACION)
    plan = on_message(reading(**answering(fresh=words)), History(by_thread=done), policy(), NOW)
    assert opened(plan).state is State.REVISION_CONSULTOR


def test_the_state_of_the_unit_is_kept_for_its_closures() -> None:
    place = {"ooad": (Found("Oaxaca", "Oaxaca", "cuerpo"),)}
    assert opened(on_message(reading(found=place), History(), policy(), NOW)).ooad == "Oaxaca"


def test_in_the_shadow_what_would_leave_waits_with_its_ficha() -> None:
    plan = on_message(reading(), History(), policy(), NOW)
    assert not any(isinstance(effect, Ficha) for effect in plan.effects)
    shadowed = in_the_shadow(plan)
    assert [write.disposition for write in writes(shadowed)] == [Disposition.REVISAR]
    assert any(isinstance(effect, Ficha) for effect in shadowed.effects)
    assert shadowed.decision == plan.decision
