"""What holds a petition up or lets it go first: urgency (P 4.37), sensitive matters, clarity (P a65)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.model.decision import Reason
from daemon.model.petition import Type
from daemon.model.rules import RuleSet

from .phrases import Hit, PhraseBook
from .words import Text, key, plain, read_words

_RAISE, _TAKE_BACK = "", "salvo "
_MANY = 5  # so many times the least number of words say something, even in words that no topic knows


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome: `sensitive` is the key of the rule that fired first."""

    urgent: bool
    sensitive: str | None
    clear: bool
    reasons: tuple[Reason, ...]


class Flags:
    """The phrases of rules/sensibles.yaml, urgencia.yaml and claridad.yaml, ready to be asked."""

    def __init__(self, rules: RuleSet, known: frozenset[str]) -> None:
        self._rules = rules
        self._known = known
        self._names = frozenset(key(plain(n)) for n in (*rules.nombres.de_pila, *rules.nombres.apellidos))
        self._sensitive = PhraseBook(
            [(rule.clave, phrase) for rule in rules.sensibles for phrase in rule.frases]
            + [(_TAKE_BACK + rule.clave, phrase) for rule in rules.sensibles for phrase in rule.salvo]
        )
        self._urgent = PhraseBook(
            [(_RAISE, phrase) for phrase in rules.urgencia.frases]
            + [(_TAKE_BACK, phrase) for phrase in rules.urgencia.salvo]
        )
        self._empty = PhraseBook(("", phrase) for phrase in rules.claridad.frases_vacias)

    def judge(
        self, mail: Text, topics: Sequence[Hit], kind: Type | None, *, attachments: int, copies: Sequence[str]
    ) -> Judged:
        """Asks every rule about the mail; `topics` are the phrases of topics that were found in it."""
        urgent, urgency = self._judge_urgency(mail, kind)
        sensitive, matters = self._judge_sensitive(mail, copies)
        clear, clarity = self._judge_clarity(mail, topics, attachments)
        return Judged(urgent, sensitive, clear, (*urgency, *matters, *clarity))

    def _judge_urgency(self, mail: Text, kind: Type | None) -> tuple[bool, list[Reason]]:
        rule = self._rules.urgencia
        if kind in (Type.RECONOCIMIENTO, Type.SUGERENCIA):
            return False, [Reason("urgencia", rule.numeral, "quien agradece o propone no cuenta algo de ahora", False)]
        raised, withdrawn = _standing(self._urgent.find(mail.words), _RAISE, _TAKE_BACK)
        if raised:
            return True, [Reason("urgencia", rule.numeral, _quote(raised))]
        told = f"{_quote(withdrawn)}, pero no ocurre ahora" if withdrawn else "nada que ocurra en este momento"
        return False, [Reason("urgencia", rule.numeral, told, False)]

    def _judge_sensitive(self, mail: Text, copies: Sequence[str]) -> tuple[str | None, list[Reason]]:
        hits = self._sensitive.find(mail.words)
        copied = [hit for address in copies for hit in self._sensitive.find(_as_sentence(address).words)]
        first: str | None = None
        reasons = []
        for rule in self._rules.sensibles:
            raised, withdrawn = _standing(hits, rule.clave, _TAKE_BACK + rule.clave)
            raised += [hit for hit in copied if hit.owner == rule.clave]
            if raised:
                first = first or rule.clave
                reasons.append(Reason(f"sensible:{rule.clave}", rule.numeral, _quote(raised)))
            elif withdrawn:
                told = f"{_quote(withdrawn)}, pero es un modo de decir"
                reasons.append(Reason(f"sensible:{rule.clave}", rule.numeral, told, False))
        if not reasons:
            reasons.append(Reason("sensible", "P 4.37", "ningún asunto sensible", False))
        return first, reasons

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


def _standing(hits: Sequence[Hit], owner: str, taken_back: str) -> tuple[list[Hit], list[Hit]]:
    """The hits of `owner` that stand, and those that a `taken_back` phrase of the same sentence withdraws."""
    exceptions = [hit for hit in hits if hit.owner == taken_back]
    raised: list[Hit] = []
    withdrawn: list[Hit] = []
    for hit in hits:
        if hit.owner == owner:
            (withdrawn if any(e.sentence == hit.sentence for e in exceptions) else raised).append(hit)
    return raised, withdrawn


def _quote(hits: Sequence[Hit]) -> str:
    return "; ".join(f"«{words}»" for words in list(dict.fromkeys(hit.words for hit in hits))[:5])
