"""The matters that hold a mail back (urgency, each sensitive one): found by phrases and by judgement beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daemon.model.rules import RuleSet, Sensible, Urgencia

from .judgement import ClueBook, Clues, Judgement, Lesson, features
from .phrases import Hit, PhraseBook
from .words import Text, read_words

URGENCY = "urgencia"
_TAKE_BACK = "salvo "
_NEAR_MISS = 1.5  # a near miss teaches more of the border than an ordinary example
_QUOTED = 5  # so many phrases or clues are told


@dataclass(frozen=True, slots=True)
class Found:
    """What speaks for one matter: the phrases that stand, those taken back, what the clues say when it is enough."""

    raised: Sequence[Hit]
    withdrawn: Sequence[Hit]
    clues: str = ""

    @property
    def told(self) -> bool:
        """Whether the mail tells the matter."""
        return bool(self.raised or self.clues)

    @property
    def evidence(self) -> str:
        """The words that weighed, as a reason shows them."""
        return "; ".join(part for part in (quote(self.raised), self.clues) if part)


class Matters:
    """The rules of urgencia.yaml and sensibles.yaml with their phrases and what is learned from their examples."""

    def __init__(self, rules: RuleSet, ordinary: Sequence[Text]) -> None:
        """`ordinary` are the topics' examples; one in which a phrase of a rule stands is no counter-example of it."""
        self._rules: dict[str, Urgencia | Sensible] = {URGENCY: rules.urgencia}
        self._rules |= {rule.clave: rule for rule in rules.sensibles}
        self._phrases = PhraseBook(
            [(name, phrase) for name, rule in self._rules.items() for phrase in rule.frases]
            + [(_TAKE_BACK + name, phrase) for name, rule in self._rules.items() for phrase in rule.salvo]
        )
        self._clues = ClueBook(rules.indicios)
        usual = [(self._clues.whole(text), self._raised(text)) for text in ordinary]
        self._judgements = {
            name: Judgement(self._lessons(name, rule, usual), rule.falsas_alarmas, self._clues.enough)
            for name, rule in self._rules.items()
            if rule.ejemplos
        }

    @property
    def held_out(self) -> dict[str, list[tuple[Lesson, bool]]]:
        """For each matter its examples, near misses and ordinary examples, and whether each is told if not learned.

        Phrases stand as they are: they were not made from these examples.
        """
        return {
            name: [(lesson, lesson.phrased or told) for lesson, told in judgement.held_out]
            for name, judgement in self._judgements.items()
        }

    def find(self, mail: Text, beside: Sequence[Text] = ()) -> dict[str, Found]:
        """What speaks for each matter in `mail`; phrases may also stand in the texts `beside` it."""
        hits = self._phrases.find(mail.words)
        more = [hit for text in beside for hit in self._phrases.find(text.words)]
        clues = self._clues.find(mail)
        found = {}
        for name, rule in self._rules.items():
            raised, withdrawn = _standing(hits, name)
            raised += [hit for hit in more if hit.owner == name]
            idioms = [hit for hit in hits if hit.owner == _TAKE_BACK + name]
            heard = [clue for clue in clues if not any(_silences(idiom, clue, rule) for idiom in idioms)]
            stretches = self._clues.stretches(heard, len(mail.sentences))
            found[name] = Found(raised, withdrawn, self._weigh(name, stretches))
        return found

    def _weigh(self, name: str, stretches: Sequence[Clues]) -> str:
        """The clues that tell the matter in the stretch that tells it most; nothing when they are not enough."""
        judgement = self._judgements.get(name)
        if judgement is None:
            return ""
        counted = [self._counted(name, clues) for clues in stretches]
        telling = [clues for clues in counted if judgement.tells(features(clues))]
        if not telling:
            return ""
        best = max(telling, key=lambda clues: judgement.score(features(clues)))
        told = []
        for clue in judgement.evidence(features(best))[:_QUOTED]:
            words = ", ".join(f"«{wording}»" for wording in list(dict.fromkeys(best[clue]))[:3])
            told.append(f"{self._clues.name(clue)}: {words}")
        return "; ".join(told)

    def _lessons(
        self, name: str, rule: Urgencia | Sensible, usual: Sequence[tuple[Clues, frozenset[str]]]
    ) -> list[Lesson]:
        """What is learned of one matter; an ordinary example in which a phrase of it stands teaches nothing."""
        lessons = []
        for texts, told, weight in ((rule.ejemplos, True, 1.0), (rule.casi, False, _NEAR_MISS)):
            for text in map(read_words, texts):
                seen = features(self._counted(name, self._clues.whole(text)))
                lessons.append(Lesson(seen, told, weight, phrased=name in self._raised(text)))
        for clues, raised in usual:
            phrased = name in raised
            seen = features(self._counted(name, clues))
            lessons.append(Lesson(seen, False, 0.0 if phrased else 1.0, phrased, ordinary=True))
        return lessons

    def _counted(self, name: str, clues: Clues) -> Clues:
        """The clues that count for the matter: those that its rule lists, all when it lists none."""
        listed = self._rules[name].indicios
        return {clue: clues[clue] for clue in listed if clue in clues} if listed else clues

    def _raised(self, text: Text) -> frozenset[str]:
        """The matters of which a phrase stands in `text`."""
        hits = self._phrases.find(text.words)
        return frozenset(hit.owner for hit in hits if hit.owner in self._rules and _standing(hits, hit.owner)[0])


def _silences(idiom: Hit, clue: Hit, rule: Urgencia | Sensible) -> bool:
    """Whether an exception takes the clue back: any in its sentence, but its own words alone where lives depend.

    What is past or might be is learned as a clue of its own for urgency, so there exceptions silence nothing.
    """
    if isinstance(rule, Urgencia):
        return False
    if rule.tambien_urgente:
        return idiom.start < clue.end and clue.start < idiom.end
    return idiom.sentence == clue.sentence


def _standing(hits: Sequence[Hit], owner: str) -> tuple[list[Hit], list[Hit]]:
    """The hits of `owner` that stand, and those that an exception in the same sentence withdraws."""
    exceptions = {hit.sentence for hit in hits if hit.owner == _TAKE_BACK + owner}
    own = [hit for hit in hits if hit.owner == owner]
    return [h for h in own if h.sentence not in exceptions], [h for h in own if h.sentence in exceptions]


def quote(hits: Sequence[Hit]) -> str:
    """The words of the hits, each once."""
    return "; ".join(f"«{words}»" for words in list(dict.fromkeys(hit.words for hit in hits))[:_QUOTED])
