"""Which of the five types of P 5.10 a petition is: its small words, the signals of rules/tipos.yaml, its topic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from daemon.model.decision import Reason
from daemon.model.petition import Type
from daemon.model.rules import RuleSet

from .examples import Example
from .features import type_bag
from .phrases import Hit, PhraseBook
from .topics import ranked
from .vectors import Bayes, Vectorizer
from .words import Text

_SIGNAL_STRENGTH = 0.2  # the strongest signals outweigh what the words alone say
_SIGNAL_CAP = 4.0
_USUAL_STRENGTH = 0.14  # how much the usual type of the topic weighs against the words of the mail
_PRIOR_STRENGTH = 0.04  # suggestions and praise are rare, and are said in so many words
_UNSAID = 0.15  # so much less for a suggestion or praise of which no signal speaks
_SMOOTHING = 8.0
_SPOKEN = (Type.SUGERENCIA, Type.RECONOCIMIENTO)


@dataclass(frozen=True, slots=True)
class Signal:
    """A phrase of rules/tipos.yaml that was found: for which type it speaks and how much."""

    kind: Type
    hit: Hit
    weight: float


class Kinds:
    """The types, learned from the typed examples of all topics."""

    def __init__(self, rules: RuleSet, examples: Sequence[Example]) -> None:
        self._usual = {tema.clave: tema.tipo for tema in rules.temas}
        lists = [(f"{signals.tipo}:{n}", signals) for n, signals in enumerate(rules.tipos)]
        self._signals = PhraseBook((owner, phrase) for owner, signals in lists for phrase in signals.frases)
        self._weights = {owner: (signals.tipo, signals.peso) for owner, signals in lists}
        typed = [(place, e, e.type) for place, e in enumerate(examples) if e.type is not None]
        self._places = {place: n for n, (place, _, _) in enumerate(typed)}
        bags = [type_bag(e.text, e.weights) for _, e, _ in typed]
        self._vectors = Vectorizer(bags, rarity=0.5, lasting=lambda _: False)
        vectors = [(str(kind), self._vectors.vector(bag)) for (_, _, kind), bag in zip(typed, bags, strict=True)]
        self._words = Bayes(vectors, smoothing=_SMOOTHING)
        shares = Counter(kind for _, _, kind in typed)
        self._prior = {kind: log((shares[kind] + 1) / (len(typed) + len(Type))) for kind in Type}

    def signals_in(self, text: Text, weights: Sequence[float]) -> list[Signal]:
        """The signals that stand in `text`; of overlapping ones of one list only the longest."""
        found = []
        for hit in _longest(self._signals.find(text.words)):
            kind, weight = self._weights[hit.owner]
            found.append(Signal(kind, hit, weight * min(1.5, weights[hit.sentence])))
        return found

    def scores(
        self,
        text: Text,
        weights: Sequence[float],
        signals: Sequence[Signal],
        topic: str | None,
        *,
        without: int | None = None,
    ) -> dict[str, float]:
        """The score of each type; `without` names the example whose text this is, to judge it as if not learned."""
        if without in self._places:
            words = self._words.scores_without(self._places[without])
        else:
            words = self._words.scores(self._vectors.vector(type_bag(text, weights)))
        strength: dict[Type, float] = defaultdict(float)
        for signal in signals:
            strength[signal.kind] += signal.weight
        usual = self._usual.get(topic or "")
        return {
            str(kind): round(
                words.get(str(kind), 0.0)
                + _PRIOR_STRENGTH * self._prior[kind]
                + _SIGNAL_STRENGTH * min(_SIGNAL_CAP, strength[kind])
                + _USUAL_STRENGTH * (kind is usual)
                - _UNSAID * (kind in _SPOKEN and not strength[kind]),
                6,
            )
            for kind in Type
        }

    def reasons(self, scores: dict[str, float], signals: Sequence[Signal]) -> list[Reason]:
        """The type that won and every other for which a signal spoke."""
        reasons = []
        for place, kind in enumerate(ranked(scores)):
            said = list(dict.fromkeys(f"«{s.hit.words.lower()}»" for s in signals if s.kind == kind))[:5]
            if place == 0 or said:
                told = "; ".join(said) or "por el tema y las palabras"
                reasons.append(Reason(f"tipo:{kind}", "P 5.10", f"{told} ({scores[kind]:.2f})", place == 0))
        return reasons


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
