"""Promises of the classifier under the shipped rules: what it finds in mails that no rule was made from."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from daemon.decide.classify import Classifier
from daemon.model.decision import Classification
from daemon.model.petition import Type
from daemon.model.rules import Ejemplo, RuleSet, Tema
from tests.live import office

HOUSE = Path(__file__).parents[3]


def shipped() -> RuleSet:
    return office.shipped()[0]


def classifier() -> Classifier:
    return office.shipped()[1]


@cache
def golden() -> list[dict[str, Any]]:
    text = (HOUSE / "tests" / "golden" / "clasificacion.yaml").read_text(encoding="utf-8")
    return list(YAML(typ="safe", pure=True).load(text)["correos"])


@cache
def judged() -> list[tuple[dict[str, Any], Classification]]:
    return [
        (mail, classifier().classify(mail["asunto"], mail["texto"], patron=mail.get("patron", False)))
        for mail in golden()
    ]


def share(right: list[bool]) -> float:
    return sum(right) / len(right)


def hits(found: Classification, prefix: str) -> list[str]:
    return [reason.evidence for reason in found.reasons if reason.hit and reason.rule.startswith(prefix)]


def test_the_held_out_mails_get_a_type_that_a_trained_person_would_give() -> None:
    right = [found.type in mail["tipo"] for mail, found in judged() if "tipo" in mail]
    assert len(right) > 150
    assert share(right) >= 0.95


def test_the_held_out_mails_go_where_a_trained_person_would_send_them() -> None:
    assert share([found.destination.kind in mail["destino"] for mail, found in judged() if "destino" in mail]) >= 0.94


def test_urgent_is_what_happens_now_and_not_what_shouts() -> None:
    def allowed(mail: dict[str, Any]) -> list[bool]:
        urgent = mail.get("urgente", False)
        return urgent if isinstance(urgent, list) else [urgent]

    assert share([found.urgent in allowed(mail) for mail, found in judged()]) >= 0.98


def test_every_sensitive_matter_is_found_and_idioms_are_not() -> None:
    wrong = [mail["texto"] for mail, found in judged() if found.sensitive != mail.get("sensible")]
    assert wrong == []


def test_what_says_nothing_of_its_matter_is_unclear_and_short_mails_are_not() -> None:
    assert share([found.clear == mail.get("claro", True) for mail, found in judged()]) >= 0.99


def test_confidence_of_95_or_more_is_right_in_at_least_95_of_100_held_out_mails() -> None:
    sure = [
        found.destination.kind in mail["destino"]
        for mail, found in judged()
        if "destino" in mail and found.confidence >= 0.95
    ]
    assert len(sure) > 50
    assert share(sure) >= 0.95


def test_the_rules_own_examples_are_recognised_when_they_are_held_out() -> None:
    examples = classifier().held_out
    assert share([e.topic == e.topic_found for e in examples]) >= 0.68
    assert share([e.type == e.type_found for e in examples if e.type]) >= 0.85
    assert share([e.right for e in examples]) >= 0.87


def test_confidence_rises_with_the_margin() -> None:
    margins, shares, counts = zip(*classifier().calibration, strict=True)
    assert list(margins) == sorted(margins)
    assert list(shares) == sorted(shares)
    assert sum(counts) == len(classifier().held_out)


def test_the_same_mail_and_rules_give_the_same_answer_to_the_byte() -> None:
    mails = [(mail["asunto"], mail["texto"]) for mail in golden()[::10]]
    again = Classifier(shipped())
    assert [repr(again.classify(*mail)) for mail in mails] == [repr(classifier().classify(*mail)) for mail in mails]


def test_spelling_of_the_telephone_does_not_change_the_matter() -> None:
    right = classifier().classify("", "No hay insulina desde hace una semana, necesito que me la den por favor")
    wrong = classifier().classify("", "no ay insulina desde ase una semana nesecito q me la den xfa")
    assert (wrong.type, wrong.topic, wrong.urgent) == (right.type, right.topic, right.urgent)


def test_an_employer_is_sooner_understood_as_an_employer() -> None:
    text = "No podemos presentar los movimientos de los trabajadores, marca error. ¿Nos apoyan?"
    found = classifier().classify("", text, patron=True)
    tema = shipped().tema(found.topic)
    assert tema is not None
    assert tema.persona != "derechohabiente"


@pytest.mark.parametrize("piece", ["De: x\n", "C.P. ", "hola ", "1 ", "<a@b.c>"])
def test_a_text_without_end_is_judged_soon_by_its_beginning(piece: str) -> None:
    learned, began = classifier(), time.process_time()
    found = learned.classify("Falta de medicamento", "No me surten la metformina.\n" + piece * 100_000)
    assert time.process_time() - began < 4.0
    assert found.topic is not None


def test_a_long_story_does_not_drown_its_request() -> None:
    story = "Buenos días. Le cuento que vivo sola y mi hija trabaja lejos. Ayer llovió mucho en la colonia. " * 6
    found = classifier().classify("", story + "Solicito que busquen mis semanas cotizadas de 1985 a 1990.")
    assert (found.topic, found.type) == ("semanas_cotizadas", Type.GESTION)


def test_a_copy_to_the_press_is_sensitive_and_one_to_a_relative_is_not() -> None:
    mail = ("Mi pensión", "Solicito que se revise el monto de mi pensión.")
    assert classifier().classify(*mail, copies=["redaccion@periodico.example"]).sensitive == "prensa"
    assert classifier().classify(*mail, copies=["hija.rosa@correo.example"]).sensitive is None


def test_the_notice_at_the_foot_of_a_company_mail_is_no_confidential_complaint() -> None:
    notice = "AVISO DE CONFIDENCIALIDAD: Este mensaje y sus archivos adjuntos son confidenciales."
    found = classifier().classify("IDSE", f"El IDSE rechaza nuestro lote. ¿Nos apoyan?\n\n{notice}", patron=True)
    assert found.sensitive is None


def test_what_no_rule_knows_has_no_topic_and_no_confidence() -> None:
    found = classifier().classify("", "brfg wmpt")
    assert (found.topic, found.confidence, found.margin, found.destination.kind) == (None, 0.0, 0.0, "ninguno")
    assert not found.clear


def test_an_empty_mail_with_a_voice_note_is_unclear() -> None:
    assert not classifier().classify("escuchen mi audio", "", attachments=1).clear


def test_reasons_name_the_topic_that_won_those_that_lost_and_the_words() -> None:
    found = classifier().classify("Farmacia", "No hay insulina, van tres veces que vengo por ella. Es una burla.")
    assert hits(found, "tema:")[0].startswith("Falta de medicamento")
    assert [r for r in found.reasons if r.rule.startswith("tema:") and not r.hit]
    assert "una burla" in " ".join(hits(found, "tipo:queja"))
    assert all(reason.numeral for reason in found.reasons)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿Qué necesito para inscribir a mi bebé?", "ninguno"),
        ("Solicito que den de alta a mi bebé como beneficiario, ya llevé el acta.", "organo_normativo"),
        ("La doctora de mi clínica no quiso revisar a mi bebé y me gritó.", "cdaod_jdaod"),
        ("El vigilante me golpeó en la cara al entrar a la clínica.", "oic_sntss"),
    ],
)
def test_the_destination_follows_from_type_and_topic(text: str, expected: str) -> None:
    assert classifier().classify("", text).destination.kind == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # An act asked for as a question waits for the act.
        ("¿Me pueden dar una cita con el cardiólogo? Mi médico ya hizo el pase.", {Type.GESTION}),
        # A question after a failure was told asks nobody for information.
        ("Tres veces perdieron mi muestra en el laboratorio. ¿Quién responde por eso?", {Type.QUEJA}),
        # What is asked for after bad treatment is still the complaint about it.
        ("El guardia me gritó y me sacó de la fila. Solicito que se le llame la atención.", {Type.QUEJA}),
        # A courtesy proposes nothing, and a wish does not turn praise into a proposal.
        ("¿Me podrían decir qué papeles llevo para registrar a mi hija?", {Type.ORIENTACION}),
        ("Felicito a las enfermeras del piso 2, son un encanto. Ojalá les den más sillas.", {Type.RECONOCIMIENTO}),
        ("¿Qué necesito para que me den de alta a mi esposo?", {Type.ORIENTACION}),
    ],
)
def test_what_a_question_a_request_and_a_wish_are_depends_on_what_is_told_beside_them(
    text: str, expected: set[Type]
) -> None:
    assert classifier().classify("", text).type in expected


def test_the_label_of_a_number_says_nothing_of_the_matter() -> None:
    text = "La farmacia de mi clínica cierra una hora antes."
    signed = f"{text} Mi número de afiliación es 46-99-80-2256-3, pensión 32664933077, tel. 55 5555 0101"
    assert classifier().classify("", signed).topic == classifier().classify("", text).topic


def test_mere_anger_is_unclear_and_anger_at_something_is_not() -> None:
    assert not classifier().classify("", "Qué asco de servicio, son unos inútiles. Siempre lo mismo con ustedes.").clear
    assert classifier().classify("", "Qué asco de baños en la clínica 9, son unos inútiles.").clear


def test_a_new_topic_is_learned_from_its_examples_alone() -> None:
    words = "la credencial azul del club de lectura"
    tema = Tema(
        clave="club_de_lectura",
        nombre="Club de lectura",
        tipo=Type.GESTION,
        destino="cdaod_jdaod",
        ejemplos=tuple(
            Ejemplo(texto=f"{start} {words} {end}", tipo=Type.GESTION)
            for start, end in (
                ("solicito", "para leer novelas"),
                ("perdí", "y quiero reponerla"),
                ("pido que me entreguen", "de este año"),
                ("necesito", "porque la mía se rompió"),
                ("no me han dado", "desde que entré"),
            )
        ),
    )
    rules = shipped().model_copy(update={"temas": (*shipped().temas, tema)})
    assert Classifier(rules).classify("", "me urge mi credencial del club de lectura").topic == "club_de_lectura"


def test_a_decision_can_be_compared_and_replaced_like_any_value() -> None:
    found = classifier().classify("", "Solicito mi constancia de semanas")
    assert replace(found, urgent=True) != found
