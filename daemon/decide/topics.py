"""What a petition is about: each topic's score from words, phrases and the destination that the words speak for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from daemon.model.decision import Reason
from daemon.model.rules import RuleSet, Tema

from .examples import Example
from .features import topic_bag
from .phrases import Hit, PhraseBook
from .vectors import Bayes, Vectorizer
from .words import Text, read_words

_PHRASE_STRENGTH = 0.5  # a phrase of one word weighs about a third of an ordinary lead of the words
_PHRASE_CAP = 4.0  # a long mail names many things; so much phrase is enough
_DESTINATION_STRENGTH = 1.0
_PATRON_STRENGTH = 0.5  # what an employer writes about is more often an employer's topic
_WIDEST = 0.5  # what more than half of the topics say is said of none of them
_OWN = 0.25  # a word is a topic's own when so much of its use is there
_NEAR = 3  # how many topics that lost are told

Scores = dict[str, float]


class Topics:
    """The topics of a rule set, learned from their examples, near misses and phrases."""

    def __init__(self, rules: RuleSet, examples: Sequence[Example]) -> None:
        self._temas: dict[str, Tema] = {tema.clave: tema for tema in rules.temas}
        phrases = [(tema.clave, phrase) for tema in rules.temas for phrase in tema.frases]
        self._phrases = PhraseBook(phrases)
        self._examples = examples
        bags = [topic_bag(e.text.words, e.weights) for e in examples]
        spoken = [(topic, read_words(phrase.replace("*", "").replace("_", " "))) for topic, phrase in phrases]
        self._spoken = frozenset(word.stem for _, text in spoken for word in text.words if not word.stop)
        phrase_bags = [(topic, topic_bag(text.words, [1.0] * len(text.sentences))) for topic, text in spoken]
        self._vectors = Vectorizer([*bags, *(bag for _, bag in phrase_bags)], lasting=str.isalpha)
        learned = [(e.topic, self._vectors.vector(bag)) for e, bag in zip(examples, bags, strict=True)]
        fixed = [(topic, self._vectors.vector(bag)) for topic, bag in phrase_bags]
        self._words = Bayes(learned, fixed, widest=_WIDEST)
        self._destinations = Bayes(
            [(self._temas[topic].destino, vector) for topic, vector in learned],
            [(self._temas[topic].destino, vector) for topic, vector in fixed],
        )

    def telling(self) -> frozenset[str]:
        """The stems that tell what a mail is about: those of phrases, and those that several examples of a topic share.

        What everybody says everywhere ("esperar", "escribir") tells nothing, however often the examples have it.
        """
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for example in self._examples:
            for stem in {word.stem for word in example.text.words if not word.stop}:
                seen[stem][example.topic] += 1
        found = {stem for stem, topics in seen.items() if max(topics.values()) >= max(2, _OWN * topics.total())}
        return frozenset(found) | self._spoken

    def phrases_in(self, text: Text) -> list[Hit]:
        """The topics' phrases that stand in `text`."""
        return self._phrases.find(text.words)

    def scores(self, text: Text, weights: Sequence[float], hits: Sequence[Hit], *, patron: bool) -> Scores:
        """Every topic for which something speaks, with how much; pieces of unknown words alone say nothing."""
        vector = self._vectors.vector(topic_bag(text.words, weights))
        if not hits and not any(feature.isalpha() for feature in vector):
            return {}
        scores = self._joined(self._words.scores(vector), self._destinations.scores(vector), weights, hits)
        if patron:
            for topic in scores:
                persona = self._temas[topic].persona
                scores[topic] += _PATRON_STRENGTH * {"patron": 1.0, "cualquiera": 0.3, "derechohabiente": 0.0}[persona]
        return scores

    def scores_without(self, index: int, hits: Sequence[Hit]) -> Scores:
        """The scores of example `index`, in which `hits` stand, if it had never been learned."""
        words, destinations = self._words.scores_without(index), self._destinations.scores_without(index)
        return self._joined(words, destinations, self._examples[index].weights, hits)

    def _joined(
        self,
        words: Mapping[str, float],
        destinations: Mapping[str, float],
        weights: Sequence[float],
        hits: Sequence[Hit],
    ) -> Scores:
        phrases: dict[str, float] = defaultdict(float)
        for hit in hits:
            phrases[hit.owner] += (0.5 + 0.5 * hit.length) * weights[hit.sentence]
        return {
            topic: round(
                words.get(topic, 0.0)
                + _PHRASE_STRENGTH * min(_PHRASE_CAP, phrases.get(topic, 0.0))
                + _DESTINATION_STRENGTH * destinations.get(self._temas[topic].destino, 0.0),
                6,
            )
            for topic in (words if phrases.keys() <= words.keys() else sorted({*words, *phrases}))
        }

    def reasons(self, text: Text, weights: Sequence[float], hits: Sequence[Hit], scores: Scores) -> list[Reason]:
        """The topic that won and the nearest that lost, each with the words that spoke for it."""
        vector = self._vectors.vector(topic_bag(text.words, weights))
        written = {word.stem: word.raw.lower() for word in text.words}
        reasons = []
        for place, topic in enumerate(ranked(scores)[: _NEAR + 1]):
            said = [f"«{hit.words.lower()}»" for hit in hits if hit.owner == topic][:4]
            stems = [feature for feature, _ in self._words.evidence(vector, topic) if feature.isalpha()][:5]
            told = "; ".join(dict.fromkeys([*said, ", ".join(written[stem] for stem in stems)])).strip("; ")
            tema = self._temas[topic]
            reasons.append(
                Reason(f"tema:{topic}", tema.numeral, f"{tema.nombre} ({scores[topic]:.2f}): {told}", place == 0)
            )
        return reasons or [Reason("tema", "P a69", "ninguna palabra de los temas", False)]


def ranked(scores: Mapping[str, float]) -> list[str]:
    """Labels by falling score, equal ones by name."""
    return sorted(scores, key=lambda label: (-scores[label], label))


def best(scores: Mapping[str, float]) -> str | None:
    """The label with the highest score, of equal ones the first by name; None when there is none."""
    if not scores:
        return None
    highest = max(scores.values())
    return min(label for label, score in scores.items() if score == highest)
