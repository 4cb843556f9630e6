"""What the models count in a text: stems and pairs for the topic, the small words of the sentence for the type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from .words import QUESTION, Text, Word, key, plain

_GRAM = 4
_ASKING = """
solicito solicitamos solicita solicitud pido pedimos piden quiero queremos quisiera necesito necesitamos requiero
ocupo exijo propongo sugiero pedir solicitar agradezco agradecere deseo felicito denuncio
"""
_REQUEST = frozenset(key(plain(word)) for word in _ASKING.split())


def sentence_weights(text: Text, subject_sentences: int) -> list[float]:
    """How much each sentence counts: what is asked for most, the subject more, mere courtesies and signatures less."""
    content = [0] * len(text.sentences)
    asks = [False] * len(text.sentences)
    for word in text.words:
        content[word.sentence] += not word.stop
        asks[word.sentence] |= word.key in _REQUEST or word.raw in QUESTION
    long_mail = len(text.sentences) - subject_sentences > 6
    weights = []
    for number, words in enumerate(content):
        if number < subject_sentences:
            weights.append(1.3)
        elif asks[number]:
            weights.append(1.6)
        elif words < 2:
            weights.append(0.5)
        else:
            weights.append(0.7 if long_mail else 1.0)
    return weights


def topic_bag(words: Sequence[Word], weights: Sequence[float]) -> dict[str, float]:
    """Stems, pairs of stems, pairs of neighbours (one may be a stop word) and grams of four letters."""
    bag: dict[str, float] = defaultdict(float)
    previous = ""
    for place, word in enumerate(words):
        weight = weights[word.sentence]
        if place and (word.stop or words[place - 1].stop) and words[place - 1].sentence == word.sentence:
            bag[f"{words[place - 1].key}_{word.key}"] += 0.4 * weight
        if word.stop:
            continue
        bag[word.stem] += weight
        if previous:
            bag[f"{previous} {word.stem}"] += 0.7 * weight
        previous = word.stem
        bounded = f"^{word.key}$"
        for start in range(len(bounded) - _GRAM + 1):
            bag["#" + bounded[start : start + _GRAM]] += 0.25 * weight
    return bag


def type_bag(text: Text, weights: Sequence[float]) -> dict[str, float]:
    """Words as they sound, pairs and triples of neighbours, the word that opens each sentence, questions."""
    bag: dict[str, float] = defaultdict(float)
    two, one = "^", "^"
    sentence = -1
    questions = 0
    for word in text.words:
        weight = weights[word.sentence]
        if word.sentence != sentence:
            two, one, sentence = "^", "^", word.sentence
        if word.raw in QUESTION:
            questions += word.raw == "?"
            if word.raw == "¿":
                continue
        bag[word.key] += weight
        bag["~" + word.stem] += 0.6 * weight
        bag[f"{one} {word.key}"] += 0.8 * weight
        bag[f"{two} {one} {word.key}"] += 0.5 * weight
        two, one = one, word.key
    bag["(pregunta)" if questions else "(sin pregunta)"] += 2.0
    return bag
