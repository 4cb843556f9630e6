"""A naive Bayes of bags of features that can say what it would have said without one of its own examples.

The weight of a feature for a label is log(1 + count in the label / what chance would give it there): only what speaks
for a label counts, so the sum is sparse, and each term is evidence that can be shown to a person. Labels with many
examples gather features by their size alone; what a label of that size would gather is taken off again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log, sqrt

Bag = Mapping[str, float]


class Vectorizer:
    """Turns counts of features into vectors of length one: rare features weigh more, repetition little.

    A feature that `lasting` refuses is kept only when two bags have it: alone it would say nothing of another text.
    """

    def __init__(self, bags: Iterable[Bag], *, rarity: float = 1.0, lasting: Callable[[str], bool]) -> None:
        seen: dict[str, int] = defaultdict(int)
        total = 0
        for bag in bags:
            total += 1
            for feature in bag:
                seen[feature] += 1
        self._weight = {f: (log((1 + total) / (1 + n)) + 1) ** rarity for f, n in seen.items() if n > 1 or lasting(f)}

    def vector(self, bag: Bag) -> dict[str, float]:
        """The vector of `bag`; features that no example has are left out."""
        known = self._weight
        raw = {f: log(1 + n) * known[f] for f, n in bag.items() if f in known}
        size = sqrt(sum(v * v for v in raw.values())) or 1.0
        return {f: v / size for f, v in raw.items()}


class Bayes:
    """Labels learned from vectors. `held_out` are examples that can be taken out again, `fixed` are not."""

    def __init__(
        self,
        held_out: Sequence[tuple[str, Bag]],
        fixed: Sequence[tuple[str, Bag]] = (),
        *,
        smoothing: float = 8.0,
        widest: float = 1.0,
    ) -> None:
        """Learn; a feature that more than the share `widest` of the labels have is not asked: it says little."""
        self._examples = held_out
        self._labels = sorted({label for label, _ in (*held_out, *fixed)})
        self._number = {label: number for number, label in enumerate(self._labels)}
        counts: dict[str, dict[int, float]] = {}
        self._mass = [0.0] * len(self._labels)
        for label, vector in [*held_out, *fixed]:
            number = self._number[label]
            for feature, value in vector.items():
                by_label = counts.setdefault(feature, {})
                by_label[number] = by_label.get(number, 0.0) + value
            self._mass[number] += sum(vector.values())
        self._counts = counts
        total = sum(self._mass)
        # Every label is smoothed with the same invented mass, spread as the features are spread overall.
        self._invented = smoothing * total / max(1, len(self._labels))
        chance = self._invented / (total or 1.0)
        self._expected = {feature: chance * sum(by_label.values()) for feature, by_label in counts.items()}
        self._weights = {
            feature: [(number, log(1 + n / self._expected[feature])) for number, n in by_label.items()]
            for feature, by_label in counts.items()
            if len(by_label) <= widest * len(self._labels)
        }
        self._size = [log(1 + mass / self._invented) if mass else 0.0 for mass in self._mass]

    def scores(self, vector: Bag) -> dict[str, float]:
        """What speaks for each label, less what its size explains; labels for which nothing speaks are absent."""
        found = self._gather(vector)
        extent = sum(vector.values())
        return {
            label: score - extent * size
            for label, score, size in zip(self._labels, found, self._size, strict=True)
            if score
        }

    def scores_without(self, index: int) -> dict[str, float]:
        """The scores of the held-out example `index` if it had never been learned."""
        own, vector = self._examples[index]
        found = self.scores(vector)
        number, extent = self._number[own], sum(vector.values())
        score = -extent * log(1 + (self._mass[number] - extent) / self._invented) if extent else 0.0
        for feature, value in vector.items():
            count = self._counts[feature][number] - value
            if count > 1e-9 and feature in self._weights:
                score += value * log(1 + count / self._expected[feature])
        found[own] = score
        return found

    def evidence(self, vector: Bag, label: str) -> list[tuple[str, float]]:
        """The features that spoke for `label`, strongest first."""
        spoken = self._number.get(label)
        terms = [(f, v * w) for f, v in vector.items() for number, w in self._weights.get(f, ()) if number == spoken]
        return sorted(terms, key=lambda term: (-term[1], term[0]))

    def _gather(self, vector: Bag) -> list[float]:
        found = [0.0] * len(self._labels)
        weights = self._weights
        for feature, value in vector.items():
            for number, weight in weights.get(feature, ()):
                found[number] += value * weight
        return found
