"""The rules' own examples, judged: as the product judges them now, and as if each had not been learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..decide.certainty import HeldOut
from ..decide.classify import Classifier
from ..edge.ruledocuments import topics_of
from ..edge.yamltext import Document
from ..findings import Path as KeyPath
from ..model.decision import Classification
from ..model.petition import Type
from ..model.rules import RuleSet, Sensible, Urgencia

# A topic works when it knows so many of its own examples, learned; and so many of those that it did not learn.
LEARNED, UNLEARNED = 0.75, 0.25
# A matter that holds mail back is found in so many of its examples that it did not learn.
MATTER = 0.75
_URGENCY = "urgencia"
_QUOTED = 110

Documents = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Miss:
    """An example that was judged otherwise than its rule says: where it stands, what it says, by which words."""

    place: str
    rule: str
    text: str
    expected: str
    found: str
    words: str = ""

    def __str__(self) -> str:
        text = self.text if len(self.text) <= _QUOTED else self.text[: _QUOTED - 1] + "…"
        by = f" — {self.words}" if self.words else ""
        return f"{self.place}: «{text}»: se esperaba {self.expected}; resultó {self.found}{by}"


@dataclass(slots=True)
class Sum:
    """How the examples of one rule fared. `near` are near misses, `alarmed` those that were taken for it."""

    name: str
    place: str
    matter: bool = False
    examples: int = 0
    learned: int = 0
    unlearned: int = 0
    near: int = 0
    alarmed: int = 0

    @property
    def works(self) -> bool:
        """Whether the rule does what it is for, by the bars of this module."""
        if not self.examples:
            return True
        if self.matter:
            return self.unlearned >= MATTER * self.examples
        return self.learned >= LEARNED * self.examples and self.unlearned >= UNLEARNED * self.examples


@dataclass(slots=True)
class Outcome:
    """All of it. `contradictions` are missed although learned, `unlearned` by rule when not, `worse` only since the
    last change; `without` names the rules that have no example."""

    topics: list[Sum] = field(default_factory=list)
    matters: list[Sum] = field(default_factory=list)
    contradictions: list[Miss] = field(default_factory=list)
    types: list[Miss] = field(default_factory=list)
    unlearned: list[Miss] = field(default_factory=list)
    worse: list[Miss] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    @property
    def failing(self) -> list[Sum]:
        """The rules that do not do what they are for."""
        return [each for each in (*self.topics, *self.matters) if not each.works]


def run_examples(rules: RuleSet, documents: Documents, before: Classifier | None = None) -> Outcome:
    """Judge every example under these rules, which `documents` say; `before` is how it was judged until now."""
    classifier = Classifier(rules)
    outcome = Outcome()
    _run_topics(rules, documents, classifier, outcome)
    _run_matters(rules, documents, classifier, outcome)
    if before is not None:
        outcome.worse = _worse(before.held_out, classifier.held_out, _places(rules, documents))
    return outcome


def _run_topics(rules: RuleSet, documents: Documents, classifier: Classifier, outcome: Outcome) -> None:
    sums = {
        str(topic.get("clave")): Sum(str(topic.get("clave")), _at(document, path))
        for document in topics_of(documents)
        for path, topic in document.groups("temas")
    }
    outcome.topics = list(sums.values())
    topics = {tema.clave for tema in rules.temas}
    told: list[tuple[str, str, Type | None]] = []
    for tema in rules.temas:
        told += [(tema.clave, e.texto, e.tipo) for e in tema.ejemplos]
        told += [(tema.clave, casi.texto, None) for casi in tema.casi if casi.tema in topics]
    places = _places(rules, documents)
    for (place, own), (clave, text, kind), held in zip(places, told, classifier.held_out, strict=True):
        now = classifier.classify("", text)
        if not own:
            if now.topic == clave != held.topic:
                expected = f"{held.topic}, porque es un casi"
                outcome.contradictions.append(Miss(place, clave, text, expected, clave, _words(now)))
            continue
        each = sums[clave]
        each.examples += 1
        each.learned += now.topic == clave
        each.unlearned += held.topic_found == clave
        if now.topic != clave:
            outcome.contradictions.append(Miss(place, clave, text, clave, now.topic or "ninguno", _words(now)))
        elif now.type != kind:
            words = _words(now, "tipo:")
            outcome.types.append(Miss(place, clave, text, f"tipo {kind}", f"tipo {now.type or 'ninguno'}", words))
        if held.topic_found != clave:
            outcome.unlearned.append(Miss(place, clave, text, clave, held.topic_found or "ninguno"))


def _run_matters(rules: RuleSet, documents: Documents, classifier: Classifier, outcome: Outcome) -> None:
    matters: list[tuple[str, Urgencia | Sensible, Document, KeyPath]] = [
        (_URGENCY, rules.urgencia, documents.get("urgencia.yaml", Document("")), ("urgencia",))
    ]
    sensitive = documents.get("sensibles.yaml", Document(""))
    matters += [(rule.clave, rule, sensitive, ("sensibles", n)) for n, rule in enumerate(rules.sensibles)]
    for name, rule, document, path in matters:
        each = Sum(name, _at(document, path), matter=True, examples=len(rule.ejemplos), near=len(rule.casi))
        outcome.matters.append(each)
        if not rule.ejemplos:
            outcome.without.append(f"{each.place}: «{name}» no tiene ejemplos: solo lo señalan sus frases.")
            continue
        found = [told for _, told in classifier.flags_held_out[name]]
        for index, text in enumerate(rule.ejemplos):
            each.unlearned += found[index]
            if not found[index]:
                place = _at(document, (*path, "ejemplos", index))
                outcome.unlearned.append(Miss(place, name, text, name, "nada que lo señale"))
        for index, text in enumerate(rule.casi):
            if found[len(rule.ejemplos) + index]:
                each.alarmed += 1
                place = _at(document, (*path, "casi", index))
                words = _words(classifier.classify("", text), name if name == _URGENCY else f"sensible:{name}")
                outcome.unlearned.append(Miss(place, name, text, f"que no fuera {name}", name, words))


def _worse(before: Sequence[HeldOut], after: Sequence[HeldOut], places: Sequence[tuple[str, bool]]) -> list[Miss]:
    """Examples that stood before, were known without being learned, and are not any more."""
    known = {(held.topic, held.text) for held in before if held.topic_found == held.topic}
    return [
        Miss(place, held.topic, held.text, held.topic, held.topic_found or "ninguno")
        for (place, _), held in zip(places, after, strict=True)
        if held.topic_found != held.topic and (held.topic, held.text) in known
    ]


def _places(rules: RuleSet, documents: Documents) -> list[tuple[str, bool]]:
    """Where each example and near miss that is learned stands, in that order, and whether it is an example."""
    topics = {tema.clave for tema in rules.temas}
    found = []
    for document in topics_of(documents):
        for path, topic in document.groups("temas"):
            listed = topic["ejemplos"]
            found += [(_at(document, (*path, "ejemplos", index, "texto")), True) for index in range(len(listed))]
            for index, casi in enumerate(topic.get("casi") or ()):
                if casi["tema"] in topics:
                    found.append((_at(document, (*path, "casi", index, "texto")), False))
    return found


def _words(judged: Classification, rule: str = "tema:") -> str:
    """By which words it was judged so."""
    reason = next((each for each in judged.reasons if each.hit and each.rule.startswith(rule)), None)
    return reason.evidence if reason else ""


def _at(document: Document, path: KeyPath) -> str:
    return f"{document.file}:{document.line(path)}"
