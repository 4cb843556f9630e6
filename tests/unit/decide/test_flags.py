"""Promises about what must not wait and what must not be answered by itself: urgency, sensitive matters, reasons."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from daemon.decide.classify import Classifier
from daemon.edge.rulefiles import load_rules
from daemon.model.decision import Classification
from daemon.model.rules import RuleSet
from tests.live import office

HOUSE = Path(__file__).parents[3]
DANGER = ("urgencia", "riesgo_de_vida", "violencia_en_casa")


def shipped() -> RuleSet:
    return office.shipped()[0]


def classifier() -> Classifier:
    return office.shipped()[1]


@cache
def judged() -> list[tuple[dict[str, Any], Classification]]:
    text = (HOUSE / "tests" / "golden" / "delicados.yaml").read_text(encoding="utf-8")
    mails = YAML(typ="safe", pure=True).load(text)["correos"]
    return [(mail, classifier().classify(mail["asunto"], mail["texto"])) for mail in mails]


def accepted(mail: dict[str, Any], key: str, otherwise: Any) -> list[Any]:
    said = mail.get(key, otherwise)
    return said if isinstance(said, list) else [said]


def share(right: list[bool]) -> float:
    return sum(right) / len(right)


def reasons(found: Classification, prefix: str) -> str:
    return " ".join(reason.evidence for reason in found.reasons if reason.hit and reason.rule.startswith(prefix))


def learned(name: str) -> tuple[float, float, float]:
    """The shares of examples, near misses and ordinary examples without a phrase that are told when held out."""
    held_out = classifier().flags_held_out[name]
    told = [found for lesson, found in held_out if lesson.told]
    near = [found for lesson, found in held_out if not lesson.told and not lesson.ordinary]
    ordinary = [found for lesson, found in held_out if lesson.ordinary and not lesson.phrased]
    return share(told), share(near), share(ordinary)


def without_examples(rules: RuleSet) -> RuleSet:
    urgency = rules.urgencia.model_copy(update={"ejemplos": (), "casi": ()})
    matters = tuple(rule.model_copy(update={"ejemplos": (), "casi": ()}) for rule in rules.sensibles)
    return rules.model_copy(update={"urgencia": urgency, "sensibles": matters})


def test_of_mails_about_what_happens_now_hardly_one_is_missed() -> None:
    now = [found.urgent for mail, found in judged() if accepted(mail, "urgente", False) == [True]]
    assert len(now) > 30
    assert share(now) >= 0.95


def test_what_shouts_is_past_or_might_be_is_seldom_taken_for_urgent() -> None:
    calm = [found.urgent for mail, found in judged() if accepted(mail, "urgente", False) == [False]]
    assert len(calm) > 25
    assert share(calm) <= 0.06


def test_nobody_who_speaks_of_taking_the_own_life_is_missed() -> None:
    missed = [
        mail["texto"]
        for mail, found in judged()
        if mail.get("sensible") == "riesgo_de_vida" and found.sensitive != "riesgo_de_vida"
    ]
    assert missed == []


def test_sensitive_matters_are_found_by_their_name_and_near_misses_are_not() -> None:
    right = [found.sensitive in accepted(mail, "sensible", None) for mail, found in judged()]
    assert len(right) >= 60
    assert share(right) >= 0.95


def test_danger_to_a_life_or_at_home_is_urgent_too_and_court_matters_are_not() -> None:
    for rule in shipped().sensibles:
        assert rule.tambien_urgente == (rule.clave in DANGER), rule.clave
    found = classifier().classify("", "Ya junté las pastillas y dejé una carta para mis hijos.")
    assert (found.urgent, found.sensitive) == (True, "riesgo_de_vida")


@pytest.mark.parametrize("name", DANGER)
def test_examples_of_danger_are_found_when_they_are_held_out(name: str) -> None:
    told, near, ordinary = learned(name)
    assert told >= 0.89
    assert near <= 0.15
    assert ordinary <= 0.055  # Half of what is told urgent among the topics' examples is: see the next promise.


@pytest.mark.parametrize("name", [rule.clave for rule in load_rules([HOUSE / "rules"]).sensibles])
def test_the_other_matters_are_found_when_held_out_with_few_false_alarms(name: str) -> None:
    told, near, ordinary = learned(name)
    assert told >= 0.84
    assert near <= 0.2
    assert ordinary <= 0.01


def test_every_matter_is_learned_from_enough_examples_and_near_misses() -> None:
    assert len(shipped().urgencia.ejemplos) >= 110
    assert len(shipped().urgencia.casi) >= 110
    for rule in shipped().sensibles:
        assert len(rule.ejemplos) >= 25, rule.clave
        assert len(rule.casi) >= 15, rule.clave


def test_every_clue_that_a_matter_counts_is_written_down() -> None:
    known = {clue.clave for clue in shipped().indicios}
    counted = {*shipped().urgencia.indicios, *(clue for rule in shipped().sensibles for clue in rule.indicios)}
    assert counted == known


def test_no_example_of_the_rules_is_one_of_the_mails_that_judge_them() -> None:
    written = {*shipped().urgencia.ejemplos, *shipped().urgencia.casi}
    written |= {text for rule in shipped().sensibles for text in (*rule.ejemplos, *rule.casi)}
    assert not written & {mail["texto"] for mail, _ in judged()}


def test_the_reason_shows_the_clues_with_the_words_that_weighed() -> None:
    mail = "A mi mamá la tienen en camilla desde anoche con fiebre, ya no nos reconoce y no hay doctor."
    told = reasons(classifier().classify("", mail), "urgencia")
    assert "signo de alarma: «" in told
    assert "«fiebre»" in told
    assert "está en el hospital: «" in told


def test_phrases_alone_still_decide_when_no_example_is_written() -> None:
    bare = Classifier(without_examples(shipped()))
    assert bare.classify("", "Pienso en quitarme la vida").sensitive == "riesgo_de_vida"
    assert bare.classify("", "no hay insulina para mi hijo").urgent
    assert bare.classify("", "Ya junté las pastillas y dejé una carta para mis hijos.").sensitive is None


def test_one_sad_word_alone_is_no_danger() -> None:
    assert classifier().classify("", "Estoy cansado de ir a la ventanilla por mi hoja rosa.").sensitive is None


def test_danger_in_the_middle_of_a_long_mail_is_found() -> None:
    around = "Trabajé en la fábrica de 1990 a 2005. Anexo mis recibos de nómina. Pido mi hoja de semanas. " * 5
    danger = "Tengo el veneno en la mesa y no aguanto un día más. Cuiden a mis hijos. "
    assert classifier().classify("Semanas", around + danger + around).sensitive == "riesgo_de_vida"
