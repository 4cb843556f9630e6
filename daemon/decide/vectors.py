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
    ) -> None:
        self._examples = held_out
        counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._mass: dict[str, float] = defaultdict(float)
        self._overall: dict[str, float] = defaultdict(float)
        for label, vector in [*held_out, *fixed]:
            for feature, value in vector.items():
                counts[feature][label] += value
                self._mass[label] += value
                self._overall[feature] += value
        self._counts = counts
        # Every label is smoothed with the same invented mass, spread as the features are spread overall.
        self._invented = smoothing * sum(self._mass.values()) / max(1, len(self._mass))
        self._chance = self._invented / (sum(self._overall.values()) or 1.0)
        self._weights = {
            feature: [(label, self._weigh(n, feature)) for label, n in by_label.items()]
            for feature, by_label in counts.items()
        }
        self._size = {label: log(1 + mass / self._invented) for label, mass in self._mass.items()}

    def _weigh(self, count: float, feature: str) -> float:
        return log(1 + count / (self._chance * self._overall[feature]))

    def scores(self, vector: Bag) -> dict[str, float]:
        """What speaks for each label, less what its size explains; labels for which nothing speaks are absent."""
        found: dict[str, float] = defaultdict(float)
        for feature, value in vector.items():
            for label, weight in self._weights.get(feature, ()):
                found[label] += value * weight
        extent = sum(vector.values())
        return {label: score - extent * self._size[label] for label, score in found.items()}

    def scores_without(self, index: int) -> dict[str, float]:
        """The scores of the held-out example `index` if it had never been learned."""
        own, vector = self._examples[index]
        found = self.scores(vector)
        extent = sum(vector.values())
        found[own] = -extent * log(1 + (self._mass[own] - extent) / self._invented)
        for feature, value in vector.items():
            count = self._counts[feature][own] - value
            if count > 1e-9:
                found[own] += value * self._weigh(count, feature)
        return found

    def evidence(self, vector: Bag, label: str) -> list[tuple[str, float]]:
        """The features that spoke for `label`, strongest first."""
        terms = [(f, v * w) for f, v in vector.items() for spoken, w in self._weights.get(f, ()) if spoken == label]
        return sorted(terms, key=lambda term: (-term[1], term[0]))
