"""What a petition is about: type, topic, destination, urgency, what is sensitive, whether it is clear, and how sure.

Everything is learned from the rules' own phrases and examples; nothing here knows a topic by name. The same text
and the same rules give the same answer to the byte.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from daemon.model.decision import Classification, Destination, Reason
from daemon.model.petition import Type
from daemon.model.rules import RuleSet, Tema

from .features import sentence_weights, topic_bag, type_bag
from .flags import Flags
from .phrases import Hit, PhraseBook
from .vectors import Bag, Bayes, Vectorizer
from .words import Text, read_words

_PHRASE_STRENGTH = 0.5  # one phrase of one word weighs as much as a third of an ordinary lead
_PHRASE_CAP = 4.0
_DESTINATION_STRENGTH = 1.0
_SIGNAL_STRENGTH = 0.14
_SIGNAL_CAP = 4.0
_USUAL_STRENGTH = 0.07  # how much the usual type of the topic weighs against the words of the mail
_PRIOR_STRENGTH = 0.08  # suggestions and praise are rare, and are said in so many words
_PATRON_STRENGTH = 0.5
_NEAR = 3  # how many topics that lost are told


@dataclass(frozen=True, slots=True)
class _Example:
    """One example of the rules as the models learn it."""

    topic: str
    type: Type | None
    text: Text
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How one of the rules' own examples is classified when it was not learned."""

    words: str
    topic: str
    type: Type | None
    topic_found: str
    type_found: Type
    margin: float

    @property
    def right(self) -> bool:
        return self.topic == self.topic_found and self.type in (None, self.type_found)


class Classifier:
    """Classifies petitions under one rule set. Building it learns the examples (about a second); it never changes.

    `calibration` lists (margin from which it holds, share of right decisions, examples) with rising share.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._topics: dict[str, Tema] = {tema.clave: tema for tema in rules.temas}
        self._examples = _examples_of(rules)
        known = frozenset(w.stem for e in self._examples for w in e.text.words if not w.stop)
        self._flags = Flags(rules, known)
        self._learn_topics(rules)
        self._learn_types(rules)
        self.held_out: tuple[HeldOut, ...] = tuple(self._hold_out())
        self.calibration: list[tuple[float, float, int]] = _calibrate(self.held_out)

    # -- learning

    def _learn_topics(self, rules: RuleSet) -> None:
        self._phrases = PhraseBook((tema.clave, phrase) for tema in rules.temas for phrase in tema.frases)
        bags = [topic_bag(e.text.words, e.weights) for e in self._examples]
        phrase_bags = [
            (tema.clave, topic_bag(read.words, [1.0] * max(1, len(read.sentences))))
            for tema in rules.temas
            for phrase in tema.frases
            if (read := read_words(phrase.replace("*", "").replace("_", " "))).words
        ]
        self._topic_vectors = Vectorizer([*bags, *(bag for _, bag in phrase_bags)])
        learned = [(e.topic, self._topic_vectors.vector(bag)) for e, bag in zip(self._examples, bags, strict=True)]
        fixed = [(topic, self._topic_vectors.vector(bag)) for topic, bag in phrase_bags]
        self._topic_model = Bayes(learned, fixed)
        self._destination_model = Bayes(
            [(self._topics[topic].destino, vector) for topic, vector in learned],
            [(self._topics[topic].destino, vector) for topic, vector in fixed],
        )

    def _learn_types(self, rules: RuleSet) -> None:
        weighted = [(f"{s.tipo}:{n}", s, phrase) for n, s in enumerate(rules.tipos) for phrase in s.frases]
        self._signals = PhraseBook((owner, phrase) for owner, _, phrase in weighted)
        self._signal_weights = {owner: (s.tipo, s.peso) for owner, s, _ in weighted}
        self._typed = [n for n, e in enumerate(self._examples) if e.type is not None]
        bags = [type_bag(self._examples[n].text, self._examples[n].weights) for n in self._typed]
        self._type_vectors = Vectorizer(bags, rarity=0.5)
        self._type_model = Bayes(
            [
                (str(self._examples[n].type), self._type_vectors.vector(bag))
                for n, bag in zip(self._typed, bags, strict=True)
            ],
            smoothing=30.0,
        )
        shares = Counter(self._examples[n].type for n in self._typed)
        self._prior = {kind: log((shares[kind] + 1) / (len(self._typed) + len(Type))) for kind in Type}

    # -- judging

    def classify(
        self,
        subject: str,
        text: str,
        *,
        patron: bool = False,
        attachments: int = 0,
        copies: Sequence[str] = (),
    ) -> Classification:
        """The judgement on one mail: its `subject`, its fresh `text`, who writes, how many attachments, Cc addresses.

        P 5.10 (type), P a65 (clear), P 4.37 (urgent), P a79 (destination). Never raises.
        """
        opening = read_words(subject)
        mail = read_words(f"{subject}\n\n{text}")
        weights = sentence_weights(mail, len(opening.sentences))
        hits = self._phrases.find(mail.words)
        vector = self._topic_vectors.vector(topic_bag(mail.words, weights))
        topics = self._score_topics(vector, hits, weights, self._topic_model.scores(vector), None, patron)
        topic, margin = _leader(topics)
        types, signals = self._score_types(mail, weights, topic)
        kind, type_margin = _leader({str(t): s for t, s in types.items()})
        margin = round(min(margin, type_margin), 4) if topic else 0.0
        flags = self._flags.judge(mail, hits, attachments=attachments, copies=copies)
        judged = Type(kind) if topic or any(types.values()) else None
        destination = self._destination(topic, judged, flags.oic)
        reasons = (
            *self._topic_reasons(topics, topic, vector, hits),
            *_type_reasons(types, judged, signals),
            *flags.reasons,
        )
        return Classification(
            type=judged,
            topic=topic or None,
            clear=flags.clear,
            urgent=flags.urgent,
            sensitive=flags.sensitive,
            destination=Destination(destination),
            confidence=self.confidence(margin) if topic else 0.0,
            margin=margin,
            reasons=reasons,
        )

    def confidence(self, margin: float) -> float:
        """The share of right decisions among the rules' own examples at that margin."""
        place = bisect_right([m for m, _, _ in self.calibration], margin) - 1
        return self.calibration[max(0, place)][1] if self.calibration else 0.0

    def _score_topics(
        self,
        vector: Bag,
        hits: Sequence[Hit],
        weights: Sequence[float],
        words: dict[str, float],
        destinations: dict[str, float] | None,
        patron: bool,
    ) -> dict[str, float]:
        """Words, phrases and the destination that the words speak for, as one score a topic."""
        phrases: dict[str, float] = defaultdict(float)
        for hit in hits:
            phrases[hit.owner] += (0.5 + 0.5 * hit.length) * weights[hit.sentence]
        if destinations is None:
            destinations = self._destination_model.scores(vector)
        scores = {}
        for topic in sorted({*words, *phrases} & set(self._topics)):
            tema = self._topics[topic]
            score = words.get(topic, 0.0) + _PHRASE_STRENGTH * min(_PHRASE_CAP, phrases.get(topic, 0.0))
            score += _DESTINATION_STRENGTH * destinations.get(tema.destino, 0.0)
            if patron and tema.persona != "derechohabiente":
                score += _PATRON_STRENGTH * (1.0 if tema.persona == "patron" else 0.3)
            scores[topic] = round(score, 6)
        return scores

    def _score_types(
        self, text: Text, weights: Sequence[float], topic: str, without: int | None = None
    ) -> tuple[dict[Type, float], list[tuple[Type, Hit, float]]]:
        """The score of each type, and the signals that were found with their weight. `without`: a typed example."""
        if without is None:
            words = self._type_model.scores(self._type_vectors.vector(type_bag(text, weights)))
        else:
            words = self._type_model.scores_without(without)
        signals = []
        strength: dict[Type, float] = defaultdict(float)
        for hit in _longest(self._signals.find(text.words)):
            kind, weight = self._signal_weights[hit.owner]
            weight *= min(1.5, weights[hit.sentence])
            strength[kind] += weight
            signals.append((kind, hit, weight))
        usual = self._topics[topic].tipo if topic in self._topics else None
        scores = {}
        for kind in Type:
            score = words.get(str(kind), 0.0) + _PRIOR_STRENGTH * self._prior[kind]
            score += _SIGNAL_STRENGTH * min(_SIGNAL_CAP, strength[kind]) + _USUAL_STRENGTH * (kind is usual)
            scores[kind] = round(score, 6)
        return scores, signals

    def _destination(self, topic: str, kind: Type | None, oic: bool) -> str:
        """P a79: an orientación goes nowhere; the OIC or SNTSS before the topic's own destination (P a123)."""
        if kind is None or kind is Type.ORIENTACION or topic not in self._topics:
            return "ninguno"
        return "oic_sntss" if oic else self._topics[topic].destino

    # -- telling why

    def _topic_reasons(self, scores: dict[str, float], topic: str, vector: Bag, hits: Sequence[Hit]) -> list[Reason]:
        ranked = sorted(scores, key=lambda t: (-scores[t], t))[: _NEAR + 1]
        reasons = []
        for candidate in ranked:
            tema = self._topics[candidate]
            said = list(dict.fromkeys(hit.words.lower() for hit in hits if hit.owner == candidate))[:4]
            stems = [f for f, _ in self._topic_model.evidence(vector, candidate) if f[0] != "#" and "_" not in f][:5]
            evidence = f"{tema.nombre} ({scores[candidate]:.2f}): "
            evidence += "; ".join([f"«{words}»" for words in said] + ([", ".join(stems)] if stems else []))
            reasons.append(Reason(f"tema:{candidate}", tema.numeral, evidence, candidate == topic))
        return reasons or [Reason("tema", "P a69", "ninguna palabra de los temas", False)]

    # -- how sure

    def _hold_out(self) -> list[HeldOut]:
        """Every example classified as if it had not been learned."""
        typed = {example: place for place, example in enumerate(self._typed)}
        found = []
        for n, example in enumerate(self._examples):
            hits = self._phrases.find(example.text.words)
            topics = self._score_topics(
                {},
                hits,
                example.weights,
                self._topic_model.scores_without(n),
                self._destination_model.scores_without(n),
                False,
            )
            topic, margin = _leader(topics)
            types, _ = self._score_types(example.text, example.weights, topic, typed.get(n))
            kind, type_margin = _leader({str(t): s for t, s in types.items()})
            found.append(
                HeldOut(
                    " ".join(example.text.sentences),
                    example.topic,
                    example.type,
                    topic,
                    Type(kind),
                    round(min(margin, type_margin), 4),
                )
            )
        return found


def _examples_of(rules: RuleSet) -> list[_Example]:
    topics = {tema.clave for tema in rules.temas}
    found = []
    for tema in rules.temas:
        told: list[tuple[str, Type | None, str]] = [(tema.clave, e.tipo, e.texto) for e in tema.ejemplos]
        told += [(near.tema, near.tipo, near.texto) for near in tema.casi if near.tema in topics]
        for topic, kind, written in told:
            text = read_words(written)
            found.append(_Example(topic, kind, text, tuple(sentence_weights(text, 0))))
    return found


def _leader(scores: dict[str, float]) -> tuple[str, float]:
    """The best label and by how much it leads; ('', 0) when there is none."""
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:2]
    if not ranked or ranked[0][1] == 0 == (ranked[-1][1]):
        return ("", 0.0) if not ranked else (ranked[0][0], 0.0)
    return ranked[0][0], ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0.0)


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """Of the signals of one type that overlap, the longest: 'pido que se' is not three requests."""
    kept: list[Hit] = []
    taken: dict[str, set[int]] = defaultdict(set)
    for hit in sorted(hits, key=lambda h: (-h.length, h.start, h.owner, h.phrase)):
        kind = hit.owner.partition(":")[0]
        places = set(range(hit.start, hit.end))
        if taken[kind] & places:
            continue
        taken[kind] |= places
        kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.owner, h.phrase))


def _type_reasons(
    scores: dict[Type, float], judged: Type | None, signals: Sequence[tuple[Type, Hit, float]]
) -> list[Reason]:
    reasons = []
    for kind in sorted(scores, key=lambda k: (-scores[k], k)):
        said = list(dict.fromkeys(hit.words.lower() for found, hit, _ in signals if found is kind))[:5]
        if kind is judged or said:
            told = "; ".join(f"«{words}»" for words in said) or "por el tema y las palabras"
            reasons.append(Reason(f"tipo:{kind}", "P 5.10", f"{scores[kind]:.2f}: {told}", kind is judged))
    return reasons


def _calibrate(held_out: Sequence[HeldOut], bins: int = 24) -> list[tuple[float, float, int]]:
    """Margins in bins of equal size, their shares of right decisions pooled until they rise (isotonic)."""
    ranked = sorted(held_out, key=lambda h: h.margin)
    size = max(1, len(ranked) // bins)
    pools: list[list[float]] = []  # from which margin, right, all
    for start in range(0, len(ranked), size):
        chunk = ranked[start : start + size]
        pools.append([chunk[0].margin, float(sum(h.right for h in chunk)), float(len(chunk))])
        while len(pools) > 1 and pools[-2][1] / pools[-2][2] >= pools[-1][1] / pools[-1][2]:
            _, right, every = pools.pop()
            pools[-1][1] += right
            pools[-1][2] += every
    return [(round(margin, 4), round(right / every, 4), int(every)) for margin, right, every in pools]
