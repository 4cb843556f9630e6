"""What holds a petition up or lets it go first: urgency (P 4.37), sensitive matters, clarity (P a65)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daemon.model.decision import Reason
from daemon.model.petition import Type
from daemon.model.rules import RuleSet, Sensible

from .judgement import Lesson
from .matters import URGENCY, Found, Matters, quote
from .phrases import Hit, PhraseBook
from .words import Text, key, plain, read_words

_MANY = 5  # so many times the least number of words say something, even in words that no topic knows


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome: `sensitive` is the key of the rule that fired first."""

    urgent: bool
    sensitive: str | None
    clear: bool
    reasons: tuple[Reason, ...]


class Flags:
    """The rules of sensibles.yaml, urgencia.yaml and claridad.yaml, ready to be asked."""

    def __init__(self, rules: RuleSet, known: frozenset[str], ordinary: Sequence[Text]) -> None:
        """`known` are the stems that tell of some topic, `ordinary` the topics' examples: most are no such matter."""
        self._rules = rules
        self._known = known
        self._names = frozenset(key(plain(n)) for n in (*rules.nombres.de_pila, *rules.nombres.apellidos))
        self._matters = Matters(rules, ordinary)
        self._empty = PhraseBook(("", phrase) for phrase in rules.claridad.frases_vacias)

    @property
    def held_out(self) -> Mapping[str, Sequence[tuple[Lesson, bool]]]:
        """How each matter's examples, near misses and ordinary examples are judged when each is not learned."""
        return self._matters.held_out

    def judge(
        self, mail: Text, topics: Sequence[Hit], kind: Type | None, *, attachments: int, copies: Sequence[str]
    ) -> Judged:
        """Asks every rule about the mail; `topics` are the phrases of topics that were found in it."""
        found = self._matters.find(mail, [_as_sentence(address) for address in copies])
        # Danger to somebody stands first, then what is told in so many words before what only its clues tell.
        rules = sorted(self._rules.sensibles, key=lambda rule: (not rule.tambien_urgente, not found[rule.clave].raised))
        sensitive = [rule for rule in rules if found[rule.clave].told]
        urgent, urgency = self._judge_urgency(found[URGENCY], kind, sensitive)
        clear, clarity = self._judge_clarity(mail, topics, attachments)
        reasons = (*urgency, *_told([(rule, found[rule.clave]) for rule in rules]), *clarity)
        return Judged(urgent, sensitive[0].clave if sensitive else None, clear, reasons)

    def _judge_urgency(
        self, found: Found, kind: Type | None, sensitive: Sequence[Sensible]
    ) -> tuple[bool, list[Reason]]:
        numeral = self._rules.urgencia.numeral
        danger = next((rule for rule in sensitive if rule.tambien_urgente), None)
        if danger:
            return True, [Reason("urgencia", danger.numeral, f"por el asunto: {danger.nombre.lower()}")]
        if kind in (Type.RECONOCIMIENTO, Type.SUGERENCIA):
            return False, [Reason("urgencia", numeral, "quien agradece o propone no cuenta algo de ahora", False)]
        if found.told:
            return True, [Reason("urgencia", numeral, found.evidence)]
        withdrawn = f"{quote(found.withdrawn)}, pero no ocurre ahora" if found.withdrawn else ""
        return False, [Reason("urgencia", numeral, withdrawn or "nada que ocurra en este momento", False)]

    def _judge_clarity(self, mail: Text, topics: Sequence[Hit], attachments: int) -> tuple[bool, list[Reason]]:
        """P a65: unclear when hardly a word of any topic is left once phrases that say nothing are taken away."""
        rule = self._rules.claridad
        empty = {place for hit in self._empty.find(mail.words) for place in range(hit.start, hit.end)}
        left = [
            word
            for place, word in enumerate(mail.words)
            if place not in empty and not word.stop and word.key not in self._names and word.plain.isalpha()
        ]
        telling = {word.stem: word.raw for word in left if word.stem in self._known}
        phrased = [hit for hit in topics if not set(range(hit.start, hit.end)) <= empty]
        enough = len(telling) >= rule.palabras_minimas or (
            bool(telling) and (len(left) > rule.palabras_minimas or any(hit.length > 1 for hit in phrased))
        )
        if enough or len(left) >= _MANY * rule.palabras_minimas:
            words = ", ".join(list(telling.values())[:6])
            return True, [Reason("claridad", rule.numeral, f"dice de qué se trata: {words}", False)]
        said = ", ".join(telling.values()) or "nada"
        told = f"no dice de qué se trata (palabras que tratan de algo: {said}"
        told += f"; adjuntos: {attachments})" if attachments else ")"
        return False, [Reason("claridad", rule.numeral, told)]


def _as_sentence(address: str) -> Text:
    """An address in copy as words that phrases can be asked of: 'copia redaccion periodico example'."""
    return read_words("copia " + " ".join(re.split(r"[@._+-]+", address)))


def _told(matters: Sequence[tuple[Sensible, Found]]) -> list[Reason]:
    """A reason for each sensitive matter that is told or was taken back; one that says so when there is none."""
    reasons = []
    for rule, found in matters:
        if found.told:
            reasons.append(Reason(f"sensible:{rule.clave}", rule.numeral, found.evidence))
        elif found.withdrawn:
            said = f"{quote(found.withdrawn)}, pero es un modo de decir"
            reasons.append(Reason(f"sensible:{rule.clave}", rule.numeral, said, False))
    return reasons or [Reason("sensible", "P 4.37", "ningún asunto sensible", False)]
