"""How sure a decision is: the lead of what follows over what else could follow, and what such leads were worth.

What follows from type and topic is where the matter goes: nowhere when it is an orientación, else the topic's
destination. Two topics of one destination, or gestión and queja, lead to the same mail, so they do not lower the lead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daemon.model.petition import Type

_TOPIC_SCALE = 0.2  # the scores of topics run about five times as wide as those of types
_BINS = 24
NOWHERE = "ninguno"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How one of the rules' own examples is judged when it was not learned, against what the rules say of it."""

    text: str
    topic: str
    type: Type | None
    destination: str
    topic_found: str | None
    type_found: Type
    destination_found: str
    margin: float

    @property
    def right(self) -> bool:
        """Whether the same would follow: an orientación or not, and where it goes."""
        return self.destination == self.destination_found


def margin(topics: Mapping[str, float], types: Mapping[str, float], destinations: Mapping[str, str]) -> float:
    """The lead of the decision over the nearest other; `destinations` of each topic. 0 when no topic speaks."""
    if not topics:
        return 0.0
    asks = types[Type.ORIENTACION]
    acts = max(score for kind, score in types.items() if kind != Type.ORIENTACION)
    if asks > acts:
        return round(asks - acts, 4)
    highest = max(topics.values())
    best = destinations[min(topic for topic, score in topics.items() if score == highest)]
    lead = highest - max((score for topic, score in topics.items() if destinations[topic] != best), default=0.0)
    return round(min(acts - asks, _TOPIC_SCALE * lead), 4)


def calibrate(held_out: Sequence[HeldOut]) -> list[tuple[float, float, int]]:
    """(margin from which it holds, share of right decisions, examples): bins of equal size, pooled until they rise."""
    by_margin = sorted(held_out, key=lambda example: example.margin)
    size = max(1, len(by_margin) // _BINS)
    pools: list[tuple[float, int, int]] = []
    for start in range(0, len(by_margin), size):
        chunk = by_margin[start : start + size]
        pool = (chunk[0].margin, sum(example.right for example in chunk), len(chunk))
        while pools and pools[-1][1] * pool[2] >= pool[1] * pools[-1][2]:
            below = pools.pop()
            pool = (below[0], below[1] + pool[1], below[2] + pool[2])
        pools.append(pool)
    return [(least, round(right / every, 4), every) for least, right, every in pools]


def share_at(calibration: Sequence[tuple[float, float, int]], lead: float) -> float:
    """The share of right decisions at that margin; 0 when nothing was ever calibrated."""
    if not calibration:
        return 0.0
    place = bisect_right([least for least, _, _ in calibration], lead) - 1
    return calibration[max(0, place)][1]
