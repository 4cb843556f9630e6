"""What a petition is: type, topic, destination, urgency, what is sensitive, whether it is clear, and how sure.

Everything is learned from the rules' own phrases and examples; nothing here knows a topic by name. The same text
and the same rules give the same answer to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemon.model.decision import Classification, Destination
from daemon.model.petition import Type
from daemon.model.rules import RuleSet

from .certainty import NOWHERE, HeldOut, calibrate, margin, share_at
from .examples import Example, examples_of
from .features import sentence_weights
from .flags import Flags
from .judgement import Lesson
from .kinds import Kinds
from .phrases import Hit
from .topics import Topics, best, ranked
from .words import LONGEST, read_words

_SUBJECT = 1_000  # so much of a subject is judged
_OIC = "oic_sntss"
_OIC_NEAR = 0.75  # an accusation of staff decides the destination when its topic comes so near the best
# All that the classifier may ask; of a topic, not where its answer stands nor from what confidence on it leaves.
_LEARNED = ("temas", "tipos", "sensibles", "urgencia", "claridad", "indicios", "nombres")
_NOT_LEARNED = {"plantilla": None, "umbral": 1.0}


def lessons(rules: RuleSet) -> RuleSet:
    """What of a rule set is learned, and nothing else: equal lessons make equal judges."""
    learned = {name: getattr(rules, name) for name in _LEARNED}
    learned["temas"] = tuple(tema.model_copy(update=_NOT_LEARNED) for tema in rules.temas)
    return RuleSet.model_construct(version="", **learned)


class Classifier:
    """Classifies petitions under one rule set. Building it learns the examples (a second or two); it never changes.

    `held_out` is how each of the rules' examples is judged when it is not learned. `calibration` lists (margin from
    which it holds, share of right decisions among them, examples) with rising share: the confidence of a margin.
    """

    def __init__(self, rules: RuleSet) -> None:
        examples = examples_of(rules)
        self._destinations = {tema.clave: tema.destino for tema in rules.temas}
        self._topics = Topics(rules, examples)
        self._flags = Flags(rules, self._topics.telling(), [example.text for example in examples])
        self._kinds = Kinds(rules, examples)
        self.held_out: tuple[HeldOut, ...] = tuple(self._hold_out(n, e) for n, e in enumerate(examples))
        self.calibration: list[tuple[float, float, int]] = calibrate(self.held_out)

    @property
    def flags_held_out(self) -> Mapping[str, Sequence[tuple[Lesson, bool]]]:
        """For urgency and each sensitive matter, whether each example is told when it is not learned."""
        return self._flags.held_out

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

        Of a text that is no letter any more (`words.LONGEST`), the beginning.

        P 5.10 (type), P a65 (clear), P 4.37 (urgent), P a79 (destination). Never raises.
        """
        subject, text = subject[:_SUBJECT], text[:LONGEST]
        mail = read_words(f"{subject}\n\n{text}")
        weights = sentence_weights(mail, len(read_words(subject).sentences))
        hits = self._topics.phrases_in(mail)
        topics = self._topics.scores(mail, weights, hits, patron=patron)
        topic = best(topics)
        signals = self._kinds.signals_in(mail, weights)
        types = self._kinds.scores(mail, weights, signals, topic)
        kind = Type(ranked(types)[0]) if topic or signals else None
        lead = margin(topics, types, self._destinations)
        flags = self._flags.judge(mail, hits, kind, attachments=attachments, copies=copies)
        return Classification(
            type=kind,
            topic=topic,
            clear=flags.clear,
            urgent=flags.urgent,
            sensitive=flags.sensitive,
            destination=Destination(self._destination(kind, topics, hits)),
            confidence=share_at(self.calibration, lead) if topic else 0.0,
            margin=lead,
            reasons=(
                *self._topics.reasons(mail, weights, hits, topics),
                *self._kinds.reasons(types, signals),
                *flags.reasons,
            ),
        )

    def _destination(self, kind: Type | None, topics: Mapping[str, float], hits: Sequence[Hit]) -> str:
        """P a79: an orientación goes nowhere; else the topic decides, an accusation of staff before it (P a123)."""
        if kind is None or kind is Type.ORIENTACION or not topics:
            return NOWHERE
        first = ranked(topics)[:3]
        accused = {hit.owner for hit in hits if self._destinations[hit.owner] == _OIC}
        if any(topic in accused and topics[topic] >= _OIC_NEAR * topics[first[0]] for topic in first):
            return _OIC
        return self._destinations[first[0]]

    def _hold_out(self, index: int, example: Example) -> HeldOut:
        """One example judged as if it had not been learned."""
        hits = self._topics.phrases_in(example.text)
        topics = self._topics.scores_without(index, hits)
        topic = best(topics)
        signals = self._kinds.signals_in(example.text, example.weights)
        types = self._kinds.scores(example.text, example.weights, signals, topic, without=index)
        kind = Type(ranked(types)[0])
        meant = example.type or kind
        return HeldOut(
            text=" ".join(example.text.sentences),
            topic=example.topic,
            type=example.type,
            destination=NOWHERE if meant is Type.ORIENTACION else self._destinations[example.topic],
            topic_found=topic,
            type_found=kind,
            destination_found=self._destination(kind, topics, hits),
            margin=margin(topics, types, self._destinations),
        )
