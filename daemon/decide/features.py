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


def _keys(words: str) -> frozenset[str]:
    return frozenset(key(plain(word)) for word in words.split())


_REQUEST = _keys(_ASKING)
# Small grammar of a complaint: who did something, to whom, and how long ago. Spanish says it in few words.
_INTERROGATIVE = _keys("como que cual cuales cuando cuanto cuanta cuantos cuantas donde quien puedo how what where can")
_STAFF = _keys("""
    senorita doctor doctora medico medica enfermera enfermero enfermeras guardia vigilante policia asistente
    recepcionista trabajadora camillero jefa jefe director directora subdirector quimico residente cajera encargado
    encargada licenciada secretaria administrativos personal farmaceutico ventanilla delegada cirujano especialista
""")
_SUFFERING = _keys("me nos le les lo la los las")
_DONE = ("aron", "ieron", "ejeron", "ijeron", "eron")
_SAID = _keys("dice dicen dijo hizo dio puso quiso mandan manda traen trae piden salen niegan niega cancelan")
_SINCE = _keys("desde hace llevo llevamos lleva llevan van tengo paso pasaron")
_SPANS = _keys("""
    un una dos tres cuatro cinco seis siete ocho nueve diez quince veinte dias semanas meses anos horas mas mucho varias
    varios enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre el la ayer anoche
""")
_MOSTLY = 0.5


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


def asking_share(text: Text) -> float:
    """The share of a text's words that stand in questions: with a mark, or opened by a word that asks."""
    asked = [False] * len(text.sentences)
    spoken = [0] * len(text.sentences)
    for word in text.words:
        asked[word.sentence] |= word.raw in QUESTION or (not spoken[word.sentence] and word.key in _INTERROGATIVE)
        spoken[word.sentence] += 1
    return sum(n for n, question in zip(spoken, asked, strict=True) if question) / max(1, sum(spoken))


def type_bag(text: Text, weights: Sequence[float]) -> dict[str, float]:
    """Words as they sound, pairs and triples of neighbours, the word that opens each sentence, and what they tell."""
    bag: dict[str, float] = defaultdict(float)
    two, one = "^", "^"
    sentence = -1
    for place, word in enumerate(text.words):
        weight = weights[word.sentence]
        if word.sentence != sentence:
            two, one, sentence = "^", "^", word.sentence
        if word.raw == "¿":
            continue
        bag[word.key] += weight
        bag["~" + word.stem] += 0.6 * weight
        bag[f"{one} {word.key}"] += 0.8 * weight
        bag[f"{two} {one} {word.key}"] += 0.5 * weight
        if told := _told(word, text.words[place + 1] if place + 1 < len(text.words) else None):
            bag[told] += 1.5 * weight
        two, one = one, word.key
    share = asking_share(text)
    bag["(solo pregunta)" if share > _MOSTLY else "(también pregunta)" if share else "(no pregunta)"] += 2.0
    return bag


def _told(word: Word, after: Word | None) -> str:
    """What a word tells of who did what to whom: staff, something done to the writer, time that has passed."""
    if word.key in _STAFF:
        return "(personal)"
    if after is None or after.sentence != word.sentence:
        return ""
    if word.key in _SUFFERING and (after.plain.endswith(_DONE) or after.raw.endswith("ó") or after.key in _SAID):
        return "(le hicieron)"
    if word.key in _SINCE and (after.key in _SPANS or after.plain.isdigit()):
        return "(lapso)"
    return ""
