"""Promises of the classifier's parts: words, phrases, the model that can unlearn one example, the calibration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.certainty import HeldOut, calibrate, margin, share_at
from daemon.decide.phrases import PhraseBook, expand
from daemon.decide.vectors import Bayes, Vectorizer
from daemon.decide.words import key, plain, read_words, stem
from daemon.model.petition import Type


def found(phrase: str, text: str) -> list[str]:
    return [hit.words for hit in PhraseBook([("regla", phrase)]).find(read_words(text).words)]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("nesecito", "necesito"),
        ("ase", "hace"),
        ("ay", "hay"),
        ("ahi", "hay"),
        ("xq", "porque"),
        ("q", "que"),
        ("bacuna", "vacuna"),
        ("emodialisis", "hemodiálisis"),
        ("sirujia", "cirugía"),
        ("ymss", "imss"),
        ("extraviadas", "estrabiadas"),
        ("graaacias", "gracias"),
        ("kiero", "quiero"),
        ("canbio", "cambio"),
    ],
)
def test_what_sounds_alike_has_one_key(wrong: str, right: str) -> None:
    assert key(plain(wrong)) == key(plain(right))


@pytest.mark.parametrize(("one", "other"), [("casa", "cosa"), ("cita", "seta"), ("pena", "pensión"), ("gato", "jato")])
def test_what_sounds_different_keeps_different_keys(one: str, other: str) -> None:
    assert key(plain(one)) != key(plain(other))


@pytest.mark.parametrize(
    "family",
    [("solicito", "solicitamos", "solicitar"), ("pensionado", "pensionada", "pensionados"), ("cita", "citas")],
)
def test_forms_of_a_word_share_their_stem(family: tuple[str, ...]) -> None:
    assert len({stem(key(plain(word))) for word in family}) == 1


def test_identifiers_are_no_words_and_question_marks_are() -> None:
    assert [word.raw for word in read_words("¿Modalidad 40? 12345678903").words] == ["¿", "Modalidad", "40", "?"]


@given(st.text(max_size=300))
def test_any_text_can_be_read_and_asked(text: str) -> None:
    words = read_words(text)
    assert all(word.sentence < len(words.sentences) for word in words.words)
    assert PhraseBook([("a", "no hay _ insulina"), ("b", "quimio*")]).find(words.words) is not None


def test_a_phrase_is_found_however_it_is_spelled() -> None:
    assert found("no hay medicamento*", "pues NO AY medicamentos") == ["NO AY medicamentos"]


def test_a_star_means_that_the_word_begins_so_even_where_its_sound_changes() -> None:
    assert found("reconoc*", "no me reconocieron las semanas") == ["reconocieron"]
    assert found("reconoc*", "no me rekonosieron") == []


def test_a_gap_spans_three_words_and_no_more() -> None:
    assert found("falta _ insulina", "falta desde hace meses insulina") == ["falta desde hace meses insulina"]
    assert found("falta _ insulina", "falta desde hace ya meses insulina") == []


def test_a_phrase_does_not_reach_into_the_next_sentence() -> None:
    assert found("falta insulina", "Nada falta. Insulina tengo.") == []
    assert found("falta _ insulina", "Nada falta. La insulina llegó.") == []


def test_an_anchored_phrase_stands_only_at_the_beginning_of_a_sentence() -> None:
    assert found("^cuándo", "¿Cuándo abren?") == ["Cuándo"]
    assert found("^cuando", "me llaman cuando quieren") == []


def test_choices_are_written_as_one_phrase() -> None:
    assert expand("(no hay|sin) (luz|agua)") == ["no hay luz", "no hay agua", "sin luz", "sin agua"]
    assert found("(no hay|sin) insulina", "estoy sin insulina") == ["sin insulina"]


def test_joined_phrases_want_every_part_near_each_other_in_one_sentence() -> None:
    assert found("quimio* + suspend*", "me suspendieron ayer otra vez la quimio") == ["suspendieron … quimio"]
    assert found("quimio* + suspend*", "Me suspendieron del trabajo. Voy a la quimio.") == []
    assert found("quimio* + suspend*", "quimio " + "y " * 25 + "suspendida") == []


def model() -> tuple[Bayes, Vectorizer]:
    bags = [("fruta", {"manzana": 1.0, "roja": 1.0}), ("fruta", {"pera": 1.0, "verde": 1.0, "manzana": 1.0})]
    bags += [("mueble", {"mesa": 1.0, "roja": 1.0}), ("mueble", {"silla": 1.0, "mesa": 1.0})]
    vectors = Vectorizer([bag for _, bag in bags], lasting=str.isalpha)
    return Bayes([(label, vectors.vector(bag)) for label, bag in bags]), vectors


def test_the_words_of_a_label_speak_for_it() -> None:
    bayes, vectors = model()
    scores = bayes.scores(vectors.vector({"mesa": 1.0}))
    assert scores["mueble"] > scores.get("fruta", 0.0)


def test_without_an_example_its_own_words_no_longer_speak() -> None:
    bayes, vectors = model()
    learned = bayes.scores(vectors.vector({"pera": 1.0, "verde": 1.0, "manzana": 1.0}))["fruta"]
    unlearned = bayes.scores_without(1)["fruta"]
    assert unlearned < learned


def test_unlearning_an_example_equals_never_having_learned_it() -> None:
    bags = [("a", {"x": 1.0, "y": 1.0}), ("a", {"x": 1.0}), ("b", {"y": 1.0, "z": 1.0}), ("b", {"z": 1.0})]
    whole, rest = Bayes(bags), Bayes(bags[1:])
    without = whole.scores_without(0)
    never = rest.scores(bags[0][1])
    assert (without["a"] > without["b"]) == (never["a"] > never["b"])


def test_the_evidence_names_the_strongest_words_first() -> None:
    bayes, vectors = model()
    named = [feature for feature, _ in bayes.evidence(vectors.vector({"mesa": 1.0, "roja": 1.0}), "mueble")]
    assert named[0] == "mesa"


def example(lead: float, right: bool) -> HeldOut:
    found = "cdaod_jdaod" if right else "ninguno"
    return HeldOut("", "t", Type.QUEJA, "cdaod_jdaod", "t", Type.QUEJA, found, lead)


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=200))
def test_a_calibration_never_falls_and_loses_no_example(leads: list[tuple[float, bool]]) -> None:
    table = calibrate([example(lead, right) for lead, right in leads])
    shares = [share for _, share, _ in table]
    assert shares == sorted(shares)
    assert sum(count for _, _, count in table) == len(leads)


def test_the_confidence_of_a_margin_is_the_share_of_its_step() -> None:
    table = [(0.0, 0.5, 10), (0.4, 0.9, 10)]
    assert [share_at(table, lead) for lead in (-1.0, 0.0, 0.39, 0.4, 9.0)] == [0.5, 0.5, 0.5, 0.9, 0.9]
    assert share_at([], 1.0) == 0.0


def test_two_topics_of_one_destination_do_not_lower_the_margin() -> None:
    types = {str(kind): 0.0 for kind in Type} | {"queja": 5.0}
    same = margin({"a": 4.0, "b": 3.9}, types, {"a": "cdaod_jdaod", "b": "cdaod_jdaod"})
    other = margin({"a": 4.0, "b": 3.9}, types, {"a": "cdaod_jdaod", "b": "organo_normativo"})
    assert same > other > 0


def test_without_a_topic_there_is_no_margin() -> None:
    assert margin({}, {str(kind): 0.0 for kind in Type}, {}) == 0.0
