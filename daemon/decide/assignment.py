"""Whose petition it is (P a66, 5.66, 5.67): by antecedent, then by topic, then whoever has least; and who stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..model.ledger import History
from ..model.office_rules import Consultor
from ..model.petition import Petition
from ..model.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who attends a petition and why, in Spanish, for its history."""

    consultor: str
    why: str


def assign(petition: Petition, history: History, rules: RuleSet, today: date) -> Assignment | None:
    """The consultant of a petition that has none yet; None when the office has no consultants (rules/consultores.yaml).

    `history.kin` are the petitions of the same person, newest first, `history.load` the open ones of each consultant.
    The same input gives the same answer: among equals, the order of the roster decides.
    """
    known = {one.correo for one in rules.consultores}
    before = next((each for each in reversed(history.kin) if each.consultor in known), None)
    if before is not None and before.consultor is not None:
        return Assignment(before.consultor, f"ya atendió {before.folio} de la misma persona (5.67)")
    of_topic = [one for one in rules.consultores if petition.topic and petition.topic in one.temas]
    anyone = [one for one in rules.consultores if one.carga > 0 and not one.temas]
    here = [one for one in of_topic or anyone or rules.consultores if one.away(today) is None]
    chosen = _least_loaded(here or list(rules.consultores), history.load)
    if chosen is None:
        return None
    return Assignment(chosen.correo, "atiende este tema" if of_topic else "tiene menos peticiones abiertas")


def _least_loaded(consultores: list[Consultor], load: Mapping[str, int]) -> Consultor | None:
    def burden(one: Consultor) -> float:
        return (load.get(one.correo, 0) + 1) / one.carga if one.carga else float("inf")

    return min(consultores, key=burden, default=None)


def on_duty(consultor: str | None, rules: RuleSet, today: date) -> str | None:
    """Who attends what is this consultant's today: the consultant, or whoever stands in while they are away.

    The petition stays the consultant's (5.66), so that it is theirs again on the day they are back.
    """
    seen: set[str] = set()
    current = rules.consultor(consultor)
    while current is not None and (absence := current.away(today)) is not None and current.correo not in seen:
        seen.add(current.correo)
        if absence.suple is None:
            return current.supervisor or consultor
        consultor, current = absence.suple, rules.consultor(absence.suple)
    return consultor
