"""The rules' own examples and near misses as the models learn them."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.model.petition import Type
from daemon.model.rules import RuleSet

from .features import sentence_weights
from .words import Text, read_words


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its topic, its type (None when a near miss does not say), its words, its sentences' weights."""

    topic: str
    type: Type | None
    text: Text
    weights: tuple[float, ...]


def examples_of(rules: RuleSet) -> list[Example]:
    """Every example and near miss, in the order of the rules; a near miss belongs to the topic that it names."""
    topics = {tema.clave for tema in rules.temas}
    found = []
    for tema in rules.temas:
        told: list[tuple[str, Type | None, str]] = [(tema.clave, e.tipo, e.texto) for e in tema.ejemplos]
        told += [(near.tema, near.tipo, near.texto) for near in tema.casi if near.tema in topics]
        for topic, kind, written in told:
            text = read_words(written)
            found.append(Example(topic, kind, text, tuple(sentence_weights(text, 0))))
    return found
