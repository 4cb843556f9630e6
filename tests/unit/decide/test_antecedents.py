"""Whether a person was here before, and what follows: nothing doubtful is merged, no third party's case leaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.again import answer_in
from daemon.decide.antecedents import Antecedent, Relation, look
from daemon.decide.arrivals import on_message
from daemon.decide.likeness import likeness, same_name, telling
from daemon.model.decision import Disposition, Notify, Plan, Register, Step, Write
from daemon.model.ledger import History, Past
from daemon.model.mail import Address, Attachment, Found, PersonData, Reading
from daemon.model.petition import Clase, Petition, State, Type
from daemon.model.siade import RecordClase

from .makers import NOW, NSS, PERSON, petition, policy, reading, verdict

ANA = PersonData(nombre="Ana López Ruiz", nss=NSS, correo=PERSON)
OTHER_NSS = "59865152421"
SAID = "No me surten la metformina desde hace un mes en la farmacia de la clínica."
NAMES = ["ana", "luis", "maria", "lopez", "ruiz", "gonzalez", "de", "del", "perez", "jose"]
WORDS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5)


def known(**changes: object) -> Petition:
    """An earlier petition of Ana, registered and open unless said otherwise."""
    usual = petition(
        state=State.REGISTRADA_TURNADA, data=ANA, missing=(), asked=(), summary=SAID, registered_at=NOW, version=1
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def mail(**changes: object) -> Reading:
    usual = reading(message_id="<dos@correo.example>", digest="d2", data=ANA, text=SAID, fresh=SAID)
    return replace(usual, **changes)  # type: ignore[arg-type]


def judged(message: Reading, *kin: Petition, past: tuple[Past, ...] = (), days: int = 2, **told: object) -> Antecedent:
    later = NOW + timedelta(days=days)
    return look(message, verdict(**told), History(kin=kin, past=past), policy(), later)


def plan_of(message: Reading, *kin: Petition, past: tuple[Past, ...] = (), **told: object) -> Plan:
    return on_message(message, History(kin=kin, past=past), policy(**told), NOW + timedelta(days=2))


def in_body(name: str) -> dict[str, tuple[Found, ...]]:
    return {"nombre": (Found(name, name, "cuerpo"),)}


def records(plan: Plan) -> list[RecordClase]:
    return [effect.clase for effect in plan.effects if isinstance(effect, Register)]


def writes(plan: Plan) -> list[Write]:
    return [effect for effect in plan.effects if isinstance(effect, Write)]


# --- names and texts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana López Ruiz", "LOPEZ RUIZ ANA", True),
        ("Ana López Ruiz", "Ana Lopez", True),
        ("Ma. del Carmen Gonzales", "María Carmen González Peña", True),
        ("José Luis Vásquez", "Jose Luis Básques", True),
        ("Ana López Ruiz", "Luis López Ruiz", False),
        ("Ana López Ruiz", "Elena Mora", False),
        ("Ana María López", "Ana López Ruiz", None),
        ("Ana", "Ana López Ruiz", None),
        (None, "Ana López Ruiz", None),
    ],
)
def test_names_are_compared_as_people_write_them(one: str | None, other: str, same: bool | None) -> None:
    assert same_name(one, other, ("ana", "maria", "luis")) is same


@given(WORDS, WORDS)
def test_comparing_names_is_symmetric(one: list[str], other: list[str]) -> None:
    given_names = ("ana", "luis", "maria", "jose")
    a, b = " ".join(one), " ".join(other)
    assert same_name(a, b, given_names) is same_name(b, a, given_names)


@given(WORDS.flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_the_order_of_a_name_tells_nothing(names: tuple[list[str], list[str]]) -> None:
    assert same_name(" ".join(names[0]), " ".join(names[1]).upper()) is not False


def test_texts_are_alike_by_what_they_tell_of_and_not_by_names_and_courtesies() -> None:
    one = telling("Buenos días, no me surten la metformina en la farmacia. Ana López", ["Ana López Ruiz"])
    assert likeness(one, telling("NO ME SURTEN LA METFORMINA EN LA FARMACIA, GRACIAS")) == 1
    assert (
        likeness(one, telling("Solicito cambio de clínica porque me mudé de casa con Ana López", ["Ana López"])) < 0.3
    )


# --- the same matter while it is open ----------------------------------------------------------------------------


def test_a_repetition_is_noted_on_its_petition_and_answers_nobody() -> None:
    plan = plan_of(mail(), known())
    assert plan.petition is not None
    assert (plan.petition.folio, plan.petition.state) == (known().folio, State.REGISTRADA_TURNADA)
    assert "<dos@correo.example>" in plan.petition.thread
    assert records(plan) == [RecordClase.NOTA]
    assert writes(plan) == []
    assert any(isinstance(effect, Notify) for effect in plan.effects) or not policy().rules.casa.personas
    assert any(line.action == "antecedente" and known().folio in line.text for line in plan.history)
    assert plan.decision is not None
    assert any(reason.rule == "antecedente" and reason.hit for reason in plan.decision.reasons)


def test_insisting_is_the_same_matter_though_only_the_topic_is_common() -> None:
    said = "Sigo sin mis pastillas del azúcar, esto no puede ser"
    assert judged(mail(fresh=said), known()).relation is Relation.MISMO_ABIERTO
    unlike = mail(fresh="Hoy tampoco hubo pastillas del azúcar", subject="Farmacia")
    assert judged(unlike, known()).relation is Relation.DUDA


def test_whoever_only_insists_means_the_one_open_petition_and_of_two_a_consultant_chooses() -> None:
    only = mail(fresh="Buenas tardes, no me han contestado", subject="hola")
    unclear: dict[str, object] = {"clear": False, "topic": None, "type": None}
    two = known(folio="AC-251010-AAAAA", topic="guarderia", summary="No reciben a mi hijo en la guardería 14")
    assert judged(only, known(), **unclear).relation is Relation.MISMO_ABIERTO
    assert judged(only, known(), two, **unclear).relation is Relation.DUDA


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, {"urgent": True}),
        ({"attachments": (Attachment("receta.jpg", "image/jpeg", 10),)}, {}),
        ({"fresh": SAID + " Además el viernes me caí, me fracturé la cadera, el doctor Ramírez gritó, cerraron la "
          "ventanilla, perdieron mi expediente y negaron ambulancia, silla y cama a mi vecina enferma."}, {}),
    ],
)  # fmt: skip
def test_new_facts_on_an_open_matter_are_a_consultants_at_once(
    changes: dict[str, object], told: dict[str, object]
) -> None:
    plan = plan_of(mail(**changes), known(), **told)
    assert plan.petition is not None
    assert (plan.petition.folio, plan.petition.state) == (known().folio, State.REVISION_CONSULTOR)
    assert plan.petition.urgent is bool(told)
    assert records(plan) == [RecordClase.NOTA]


def test_a_repetition_without_the_datum_stops_no_term_and_with_it_satisfies_the_request() -> None:
    waiting = petition(summary=SAID, version=1)
    without = plan_of(mail(data=replace(ANA, nss=None)), waiting)
    assert without.petition is not None
    assert (without.petition.state, without.petition.terms) == (waiting.state, waiting.terms)
    assert records(without) == []
    complete = plan_of(mail(), waiting)
    assert complete.petition is not None
    assert (complete.petition.folio, complete.petition.missing) == (waiting.folio, ())
    assert complete.petition.state is not waiting.state


# --- the same matter after its end -------------------------------------------------------------------------------

ANSWERED = {
    "state": State.CONCLUIDA,
    "answer": "Buen día, Ana:\n\nYa hay metformina en su clínica.\n\nAtentamente,\n\nX",
}


def test_an_answer_that_was_given_is_ratified_as_a_draft_on_the_same_petition() -> None:
    plan = plan_of(mail(), known(**ANSWERED, answered_at=NOW))
    assert plan.petition is not None
    assert (plan.petition.folio, plan.petition.state) == (known().folio, State.RATIFICACION_EN_REVISION)
    (write,) = writes(plan)
    assert (write.clase, write.to, write.disposition) == (Clase.RATIFICACION, PERSON, Disposition.REVISAR)
    assert write.values["texto_libre"] == "Ya hay metformina en su clínica."
    assert plan.decision is not None
    assert (plan.decision.step, plan.decision.disposition) == (Step.RATIFICAR, Disposition.REVISAR)


@pytest.mark.parametrize(
    ("message", "earlier"),
    [
        ({"fresh": SAID + " Su respuesta no me sirvió."}, {}),
        ({}, {"answer": ""}),
        ({}, {"sensitive": "violencia_sexual"}),
        ({"attachments": (Attachment("receta.jpg", "image/jpeg", 10),)}, {}),
    ],
)
def test_an_answer_that_solved_nothing_is_not_repeated_but_seen_by_a_person(
    message: dict[str, object], earlier: dict[str, object]
) -> None:
    plan = plan_of(mail(**message), known(**{**ANSWERED, "answered_at": NOW, **earlier}))
    assert plan.petition is not None
    assert (plan.petition.folio, plan.petition.state) == (known().folio, State.REVISION_CONSULTOR)
    assert writes(plan) == []


def test_what_was_answered_long_ago_is_a_new_matter_with_its_antecedent() -> None:
    old = known(**ANSWERED, answered_at=NOW)
    assert judged(mail(), old, days=170).relation is Relation.MISMO_CERRADO
    assert judged(mail(), old, days=190).relation is Relation.OTRO_ASUNTO


def test_what_was_closed_without_an_answer_is_reopened() -> None:
    plan = plan_of(mail(), known(state=State.CONCLUIDA_DESINTERES))
    assert plan.petition is not None
    assert plan.petition.folio == known().folio
    assert not plan.petition.state.closed
    assert [w for w in writes(plan) if w.clase is Clase.RATIFICACION] == []


def test_only_the_answer_itself_is_repeated_without_greeting_survey_and_farewell() -> None:
    text = (
        "Buen día, Ana López:\n\nUno.\n\nDos.\n\nSu opinión: encuesta (https://e.example/s?p=1).\n\nAtentamente,\n\nX\n"
    )
    assert answer_in(text, "https://e.example/s") == "Uno.\n\nDos."
    assert answer_in("La consulta es el lunes.", None) == "La consulta es el lunes."


# --- who is who --------------------------------------------------------------------------------------------------


def test_another_matter_of_the_same_person_is_a_new_petition_with_its_antecedent() -> None:
    plan = plan_of(mail(fresh="La guardería 14 no recibe a mi hijo", subject="Guardería"), known(), topic="guarderia")
    assert plan.petition is not None
    assert plan.petition.folio != known().folio
    assert plan.petition.antecedentes == (known().folio,)
    assert any("ntecedente" in line.text and known().folio in line.text for line in plan.history)


def test_two_people_of_one_address_stay_two() -> None:
    elena = PersonData(nombre="Elena Mora Paz", nss=OTHER_NSS, correo=PERSON)
    plan = plan_of(mail(data=elena, found=in_body("Elena Mora Paz")), known())
    assert plan.petition is not None
    assert plan.petition.folio != known().folio
    assert plan.petition.antecedentes == ()
    assert plan.petition.state is State.REGISTRADA_TURNADA


def test_the_name_of_a_mailbox_is_not_taken_for_another_person() -> None:
    unnamed = replace(ANA, nombre="Elena Mora Paz", nss=None)
    message = mail(data=unnamed, found={"nombre": (Found("Elena Mora Paz", "Elena Mora Paz", "remitente"),)})
    assert judged(message, known()).relation is Relation.MISMO_ABIERTO


@pytest.mark.parametrize(
    "changes",
    [
        {"data": replace(ANA, nss=OTHER_NSS)},
        {"data": replace(ANA, nombre="Elena Mora Paz"), "found": in_body("Elena Mora Paz")},
        {"sender": Address("hija@otro.example", "Mariana Fuentes")},
        {"sender": Address("hija@otro.example"), "data": replace(ANA, tercero=True)},
        {"sender": Address("otra@otro.example"), "data": replace(ANA, nombre=None)},
        {"authentic": "none"},
        {"authentic": "fail"},
    ],
    ids=["dos NSS", "otro nombre", "la hija", "un tercero", "solo el NSS", "sin acreditar", "reprobado"],
)
def test_a_doubt_is_a_consultants_with_the_evidence_and_merges_nothing(changes: dict[str, object]) -> None:
    plan = plan_of(mail(**changes), known())
    assert plan.petition is not None
    assert plan.petition.folio != known().folio
    assert plan.petition.state is State.REVISION_CONSULTOR
    assert plan.petition.antecedentes == (known().folio,)
    assert writes(plan) == []
    assert records(plan) == []
    assert plan.decision is not None
    assert any(r.rule == "antecedente_dudoso" and known().folio in r.evidence for r in plan.decision.reasons)


def test_from_another_address_the_same_person_is_attached_but_never_told_what_another_address_was() -> None:
    elsewhere = mail(sender=Address("ana2@otro.example", "Ana López"))
    assert judged(elsewhere, known()).relation is Relation.MISMO_ABIERTO
    assert judged(elsewhere, known(**ANSWERED, answered_at=NOW)).relation is Relation.DUDA


def test_a_name_alone_is_a_doubt_only_when_the_matter_is_the_same() -> None:
    namesake = mail(sender=Address("ana2@otro.example"), data=PersonData(nombre="Ana López Ruiz"))
    assert judged(namesake, known()).relation is Relation.DUDA
    other = replace(namesake, fresh="La guardería 14 no recibe a mi hijo", subject="Guardería")
    assert judged(other, known(), topic="guarderia").relation is Relation.NINGUNA


def test_of_an_address_that_several_use_nobody_is_guessed() -> None:
    elena = known(folio="AC-251010-AAAAA", data=PersonData(nombre="Elena Mora Paz", nss=OTHER_NSS), summary="Otra cosa")
    nobody = mail(data=PersonData(correo=PERSON))
    assert judged(nobody, known()).relation is Relation.MISMO_ABIERTO
    assert judged(nobody, known(), elena).relation is Relation.DUDA


def test_thanks_after_a_complaint_are_no_repetition_of_it() -> None:
    assert judged(mail(), known(), type=Type.RECONOCIMIENTO).relation is Relation.OTRO_ASUNTO


# --- what SIADE knows --------------------------------------------------------------------------------------------

SIADE = Past(
    folio="2025A0099",
    nss=NSS,
    nombre="LOPEZ RUIZ ANA",
    estado="Concluida",
    tema="falta_medicamento",
    respuesta="Ya hay metformina.",
    abierta=date(2025, 9, 1),
    cerrada=date(2025, 9, 20),
    fields={"resumen": SAID},
)


def test_an_imported_answer_is_ratified_when_number_and_name_are_theirs() -> None:
    plan = plan_of(mail(), past=(SIADE,))
    assert plan.petition is not None
    assert (plan.petition.siade, plan.petition.state) == ("2025A0099", State.RATIFICACION_EN_REVISION)
    assert [w.values["texto_libre"] for w in writes(plan)] == ["Ya hay metformina."]
    assert RecordClase.REGISTRO not in records(plan)


@pytest.mark.parametrize(
    "changes",
    [
        {"data": replace(ANA, nombre=None)},
        {"sender": Address("hija@otro.example", "Mariana Fuentes")},
        {"authentic": "none"},
    ],
)
def test_an_imported_answer_goes_to_nobody_who_is_not_proven(changes: dict[str, object]) -> None:
    plan = plan_of(mail(**changes), past=(SIADE,))
    assert plan.petition is not None
    assert plan.petition.state is State.REVISION_CONSULTOR
    assert writes(plan) == []


def test_what_is_open_in_siade_is_not_registered_a_second_time() -> None:
    plan = plan_of(mail(), past=(replace(SIADE, estado="En trámite", cerrada=None, respuesta=""),))
    assert plan.petition is not None
    assert (plan.petition.siade, plan.petition.state) == ("2025A0099", State.REVISION_CONSULTOR)
    assert plan.petition.registered_at is not None
    assert records(plan) == [RecordClase.NOTA]


def test_another_matter_than_that_of_siade_goes_its_way_with_the_antecedent() -> None:
    plan = plan_of(
        mail(fresh="La guardería 14 no recibe a mi hijo", subject="Guardería"), past=(SIADE,), topic="guarderia"
    )
    assert plan.petition is not None
    assert (plan.petition.siade, plan.petition.antecedentes) == (None, ("2025A0099",))
