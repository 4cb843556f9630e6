"""Judgement learned from what is and what only almost is: which clues weigh for a matter, and from what sum on.

A clue is one thing that people say in many ways (rules/indicios.yaml: «ahorita», «desde anoche» and «llevamos seis
horas» are one clue). For each matter a naive Bayes learns from the rules' examples, their near misses and the ordinary
examples of all topics what each clue's presence and absence speak for. The sum from which a matter counts as told is
chosen by judging every example as if it had not been learned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from daemon.model.rules import Indicio

from .phrases import Hit, PhraseBook
from .words import Text

_SPAN = 3  # sentences that are judged as one thought; a long mail tells of danger in two or three of them
_TWICE = "+"  # the feature that a clue is said in two ways: 'sangrando' and 'no despierta' are more than either
_SMOOTHING = 1.0  # examples that every clue is supposed to have beside those that were written
_ORDINARY_SMOOTHING = 3.0
_FEW = 3.0  # a clue that only so many examples have weighs half: it may have come up by accident
_ABSENCE = 0.5  # what is not said weighs half: people in danger do not tell everything

Clues = Mapping[str, Sequence[str]]
"""The clues of a stretch of text and the wordings of each."""


class ClueBook:
    """The clues of rules/indicios.yaml, ready to be looked for."""

    def __init__(self, clues: Sequence[Indicio]) -> None:
        self._book = PhraseBook((clue.clave, phrase) for clue in clues for phrase in clue.frases)
        self._names = {clue.clave: clue.nombre for clue in clues}
        once = {clue.clave for clue in clues if clue.basta == "una_vez"}
        self.enough = frozenset(once | {clue.clave + _TWICE for clue in clues if clue.basta == "dos_veces"})
        self._lasting = frozenset(clue.clave for clue in clues if clue.en_todo_el_correo)

    def find(self, text: Text) -> list[Hit]:
        """Every clue of `text`; of the wordings of one clue that share words only the longest."""
        return list(_widest(self._book.find(text.words)))

    def stretches(self, hits: Sequence[Hit], sentences: int, span: int = _SPAN) -> list[Clues]:
        """The clues of every `span` neighbouring ones of `sentences`, in order; one stretch when there are fewer.

        A clue that holds for all of a mail ("that was last year") is in every stretch.
        """
        found: list[Clues] = []
        for first in range(max(1, sentences - span + 1)):
            clues: dict[str, list[str]] = defaultdict(list)
            for hit in hits:
                if first <= hit.sentence < first + span or hit.owner in self._lasting:
                    clues[hit.owner].append(hit.words.lower())
            found.append(clues)
        return found

    def whole(self, text: Text) -> Clues:
        """The clues of all of `text` as one stretch."""
        return self.stretches(self.find(text), len(text.sentences), len(text.sentences))[0]

    def name(self, clue: str) -> str:
        """What the clue is called when a reason is told."""
        return self._names[clue]


def _widest(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Of the wordings of one clue that share words, the longest: 'no puede respirar' is not said in two ways."""
    taken: dict[str, set[int]] = defaultdict(set)
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start, h.owner)):
        places = set(range(hit.start, hit.end))
        if not taken[hit.owner] & places:
            taken[hit.owner] |= places
            yield hit


@dataclass(frozen=True, slots=True)
class Lesson:
    """One example as the judgement learns it: its features, whether it is the matter, how much it teaches.

    `phrased` says that a phrase of the rule stands in it, `ordinary` that it is a topic's example.
    """

    features: frozenset[str]
    told: bool
    weight: float = 1.0
    phrased: bool = False
    ordinary: bool = False


def features(clues: Clues) -> frozenset[str]:
    """The clues of a stretch, and again those that are said in two ways."""
    return frozenset(clues) | {clue + _TWICE for clue, wordings in clues.items() if len(set(wordings)) > 1}


class Judgement:
    """What the clues say of one matter. `threshold` is the least score that tells it.

    `held_out` are the lessons, and whether each is told when it is not learned; with no example nothing ever is.
    """

    def __init__(self, learned: Sequence[Lesson], false_alarms: float, enough: frozenset[str]) -> None:
        """`false_alarms`: the share of ordinary examples that may be taken for it; `enough`: features that suffice."""
        self._enough = enough
        self._told: dict[str, float] = defaultdict(float)
        self._other: dict[str, float] = defaultdict(float)
        self._tells = sum(lesson.weight for lesson in learned if lesson.told)
        self._others = sum(lesson.weight for lesson in learned if not lesson.told)
        for lesson in learned:
            for feature in lesson.features:
                (self._told if lesson.told else self._other)[feature] += lesson.weight
        self._weights = {feature: self._weigh(feature) for feature in {*self._told, *self._other}}
        self._silence = sum(absent for _, absent in self._weights.values())
        scores = [(lesson, self._without(lesson)) for lesson in learned] if self._tells else []
        ordinary = sorted((score for lesson, score in scores if lesson.ordinary and lesson.weight), reverse=True)
        allowed = int(false_alarms * len(ordinary))
        self.threshold = ordinary[allowed] + 1e-6 if allowed < len(ordinary) else float("inf")
        self.held_out = [
            (lesson, score >= self.threshold and self._supported(lesson.features)) for lesson, score in scores
        ]

    def tells(self, found: frozenset[str]) -> bool:
        """Whether these features tell the matter. One weak wording alone never does: everybody is sad sometimes."""
        return self.score(found) >= self.threshold and self._supported(found)

    def score(self, found: frozenset[str]) -> float:
        """What these features say for the matter (and against it, below zero), as a logarithm of chances."""
        return self._silence + sum(
            present - absent for present, absent in (self._weights[f] for f in found if f in self._weights)
        )

    def evidence(self, found: frozenset[str]) -> list[str]:
        """The clues that spoke for the matter, strongest first."""
        spoken: dict[str, float] = defaultdict(float)
        for feature in found:
            present, _ = self._weights.get(feature, (0.0, 0.0))
            spoken[feature.removesuffix(_TWICE)] += present
        return sorted((clue for clue, weight in spoken.items() if weight > 0), key=lambda clue: (-spoken[clue], clue))

    def _supported(self, found: frozenset[str]) -> bool:
        """Whether several clues speak for the matter, or one that is enough."""
        speaking = self.evidence(found)
        return len(speaking) > 1 or any(f in self._enough for clue in speaking for f in {clue, clue + _TWICE} & found)

    def _weigh(self, feature: str, told: float = 0.0, other: float = 0.0) -> tuple[float, float]:
        """What the feature's presence and its absence say, less one lesson of weight `told` or `other` that has it."""
        tells, others = self._tells - told, self._others - other
        usual = (self._told[feature] + self._other[feature]) / (self._tells + self._others)
        here = (self._told[feature] - told + _SMOOTHING * usual) / (tells + _SMOOTHING)
        there = (self._other[feature] - other + _ORDINARY_SMOOTHING * usual) / (others + _ORDINARY_SMOOTHING)
        sure = (seen := self._told[feature] + self._other[feature] - told - other) / (seen + _FEW)
        return sure * log(here / there), sure * _ABSENCE * log((1 - here) / (1 - there))

    def _without(self, lesson: Lesson) -> float:
        """The score of a learned lesson if it had not been learned; what it lacks is left as it is (a thousandth)."""
        score = self._silence
        for feature in lesson.features:
            told, other = (lesson.weight, 0.0) if lesson.told else (0.0, lesson.weight)
            score += self._weigh(feature, told, other)[0] - self._weights[feature][1]
        return score
