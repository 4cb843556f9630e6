"""Which of the five types of P 5.10 a petition is: its small words, the signals of rules/tipos.yaml, its topic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log

from daemon.model.decision import Reason
from daemon.model.petition import Type
from daemon.model.rules import RuleSet

from .examples import Example
from .features import asking_share, type_bag
from .phrases import Hit, PhraseBook
from .topics import ranked
from .vectors import Bayes, Vectorizer
from .words import Text

_SIGNAL_STRENGTH = 0.2  # the strongest signals outweigh what the words alone say
_SIGNAL_CAP = 4.0
_USUAL_STRENGTH = 0.1  # how much the usual type of the topic weighs against the words of the mail
_PLACE_STRENGTH = 0.08  # and how much the types that are usual where the topic goes
_UNSAID = 0.15  # so much less for a suggestion or praise of which no signal speaks
_UNASKED = 0.07  # and for an orientación of which nothing asks
_RHETORIC = 0.3  # what is asked after a failure was told asks for less than it says
_ASKING = 2.0  # from this share of a mail on (one half) its questions are what it is about
_ALL_ASKED = 0.12  # so much more for an orientación when a mail is nothing but questions
_STRONG = 1.0  # a signal from this weight on says alone what its sentence wants
_SMOOTHING = 8.0
_SPOKEN = {Type.SUGERENCIA: _UNSAID, Type.RECONOCIMIENTO: _UNSAID, Type.ORIENTACION: _UNASKED}
_MOSTLY = 0.5
_WANTS = (Type.GESTION, Type.QUEJA, Type.SUGERENCIA)


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
        self._places_of: dict[str, str] = {tema.clave: tema.destino for tema in rules.temas}
        shares = Counter((self._places_of[e.topic], kind) for _, e, kind in typed)
        self._prior = {place: _shares(shares, place) for place in {*self._places_of.values()}}
        self._complaints = {place: _complaints(shares, place) for place in self._prior}

    def signals_in(self, text: Text, weights: Sequence[float]) -> list[Signal]:
        """The signals that stand in `text`; of overlapping ones of one list only the longest.

        A mere question mark counts for less the more is told beside it: a story that ends in a question asks for help.
        """
        hits = [(hit, *self._weights[hit.owner]) for hit in _longest(self._signals.find(text.words))]
        hits = _governed(hits, {word.sentence for word in text.words if word.raw == "?"})
        # Who thanks tells how it was before; only a complaint in so many words makes the thanks bitter.
        thanks = any(kind is Type.RECONOCIMIENTO and weight > _STRONG for _, kind, weight in hits)
        accuses = any(kind is Type.QUEJA and weight >= _STRONG for _, kind, weight in hits)
        if thanks and not accuses:
            hits = [(hit, kind, weight) for hit, kind, weight in hits if kind is not Type.QUEJA]
        asked = min(1.0, _ASKING * asking_share(text))
        wanting = {hit.sentence for hit, kind, weight in hits if kind in _WANTS and weight >= _STRONG}
        return [
            Signal(kind, hit, weight * min(1.5, weights[hit.sentence]) * (asked if _mere(kind, weight) else 1.0))
            for hit, kind, weight in hits
            # A mere question mark says nothing of a sentence that asks for an act, complains or proposes.
            if not _mere(kind, weight) or hit.sentence not in wanting
        ]

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
        strength = self._strengths(signals, topic)
        only_asks = asking_share(text) > _MOSTLY and not strength[Type.QUEJA]
        usual = self._usual.get(topic or "")
        prior = self._prior.get(self._places_of.get(topic or "", ""), {})
        return {
            str(kind): round(
                words.get(str(kind), 0.0)
                + _SIGNAL_STRENGTH * min(_SIGNAL_CAP, strength[kind])
                + _USUAL_STRENGTH * (kind is usual)
                + _PLACE_STRENGTH * prior.get(kind, 0.0)
                + _ALL_ASKED * (only_asks and kind is Type.ORIENTACION)
                - _SPOKEN.get(kind, 0.0) * (not strength[kind]),
                6,
            )
            for kind in Type
        }

    def _strengths(self, signals: Sequence[Signal], topic: str | None) -> dict[Type, float]:
        """What the signals say for each type, once they have heard each other.

        A question after a failure was told is often no question. And what failed and what is asked for is one matter:
        of a unit, where most write to complain, the request belongs to the complaint (P 5.10: the service failed);
        of an office it is the other way round. How far is learned from the examples of each destination.
        """
        strength = dict.fromkeys(Type, 0.0)
        for signal in signals:
            strength[signal.kind] += signal.weight
        strength[Type.ORIENTACION] /= 1 + _RHETORIC * strength[Type.QUEJA]
        complaints = self._complaints.get(self._places_of.get(topic or "", ""), 0.5)
        shared = min(strength[Type.QUEJA], strength[Type.GESTION])
        strength[Type.GESTION] -= complaints * shared
        strength[Type.QUEJA] -= (1 - complaints) * shared
        return strength

    def reasons(self, scores: dict[str, float], signals: Sequence[Signal]) -> list[Reason]:
        """The type that won and every other for which a signal spoke."""
        reasons = []
        for place, kind in enumerate(ranked(scores)):
            said = list(dict.fromkeys(f"«{s.hit.words.lower()}»" for s in signals if s.kind == kind))[:5]
            if place == 0 or said:
                told = "; ".join(said) or "por el tema y las palabras"
                reasons.append(Reason(f"tipo:{kind}", "P 5.10", f"{told} ({scores[kind]:.2f})", place == 0))
        return reasons


def _shares(counted: Counter[tuple[str, Type]], place: str) -> dict[Type, float]:
    """The logarithm of each type's share among the examples of one destination."""
    total = sum(n for (where, _), n in counted.items() if where == place)
    return {kind: log((counted[place, kind] + 1) / (total + len(Type))) for kind in Type}


def _complaints(counted: Counter[tuple[str, Type]], place: str) -> float:
    """The share of complaints among the complaints and requests of one destination."""
    complaints, requests = counted[place, Type.QUEJA] + 1, counted[place, Type.GESTION] + 1
    return complaints / (complaints + requests)


def _mere(kind: Type, weight: float) -> bool:
    """Whether a signal only says that something is asked."""
    return kind is Type.ORIENTACION and weight < _STRONG


def _governed(hits: Sequence[tuple[Hit, Type, float]], questions: Collection[int]) -> list[tuple[Hit, Type, float]]:
    """Without the requests that a question governs: '¿qué necesito para que me den…?' asks, it does not request."""
    asked: dict[int, int] = {}
    for hit, kind, weight in hits:
        if kind is Type.ORIENTACION and not _mere(kind, weight) and hit.sentence in questions:
            asked[hit.sentence] = min(hit.start, asked.get(hit.sentence, hit.start))
    return [
        (hit, kind, weight)
        for hit, kind, weight in hits
        if kind is not Type.GESTION or hit.start < asked.get(hit.sentence, hit.end)
    ]


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
