"""Whose petition it is (P a66, 5.66, 5.67): by antecedent, then by topic, then whoever has least; and who stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from ..model.decision import Disposition, Effect, Ficha, Notify, Plan, SendFicha, Write
from ..model.ledger import History
from ..model.office_rules import Consultor
from ..model.petition import HistoryEntry, Petition, State
from ..model.rules import RuleSet
from ..model.words import comparable


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who attends a petition and why, in Spanish, for its history."""

    consultor: str
    why: str


def attends(correo: str | None, rules: RuleSet) -> bool:
    """Whether petitions may belong to this address: it is on the roster, or the house names it as a consultant."""
    named = (person.correo for person in rules.casa.personas if person.papel == "consultor")
    return correo is not None and (rules.consultor(correo) is not None or correo in named)


def assign(petition: Petition, history: History, rules: RuleSet, today: date) -> Assignment | None:
    """The consultant of a petition that has none; None when the office has no consultants (rules/consultores.yaml).

    `history.kin` are the petitions of the same person, newest first, `history.past` those that SIADE knew,
    `history.load` the open ones of each consultant. The same input gives the same answer: among equals, the order of
    the roster decides. Who is away keeps what is theirs by antecedent, and gets nothing else while others are here.
    """
    if before := _by_antecedent(petition, history, rules):
        return before
    everyone = [one for one in rules.consultores if one.carga > 0] or list(rules.consultores)
    of_topic = [one for one in rules.consultores if petition.topic and petition.topic in one.temas]
    of_any = [one for one in everyone if not one.temas]
    pools = (
        (of_topic, "atiende este tema"),
        (of_any, "tiene menos peticiones abiertas según su carga"),
        (everyone, "nadie presente atiende este tema; tiene menos peticiones abiertas según su carga"),
    )
    for pool, why in pools:
        if here := [one for one in pool if one.away(today) is None]:
            return Assignment(_least_loaded(here, history.load).correo, why)
    for pool, why in pools:
        if pool:
            return Assignment(_least_loaded(pool, history.load).correo, f"{why}; hoy no hay nadie presente")
    return None


def _by_antecedent(petition: Petition, history: History, rules: RuleSet) -> Assignment | None:
    """The consultant of the first antecedent (5.67: the same as the first time) who is still with the office."""
    data = petition.data
    for each in reversed(history.kin):
        same = (data.nss and data.nss == each.data.nss) or (data.curp and data.curp == each.data.curp)
        if each.consultor and attends(each.consultor, rules) and (each.folio in petition.antecedentes or same):
            return Assignment(each.consultor, f"ya atendió {each.folio} de la misma persona (5.67)")
    for past in sorted(history.past, key=lambda row: (row.abierta or date.max, row.folio)):
        known = next((one for one in rules.consultores if _named(one, past.consultor)), None)
        if known and (past.folio in petition.antecedentes or (data.nss and data.nss == past.nss)):
            return Assignment(known.correo, f"ya atendió {past.folio} de la misma persona, según SIADE (5.67)")
    return None


def _named(one: Consultor, written: str | None) -> bool:
    """Whether a consultant is meant, as the history of another system names people: by address or by name."""
    if not written:
        return False
    return written.strip().lower() == one.correo or comparable(written) == comparable(one.nombre)


def _least_loaded(consultores: list[Consultor], load: Mapping[str, int]) -> Consultor:
    def burden(one: Consultor) -> float:
        return (load.get(one.correo, 0) + 1) / one.carga if one.carga else float("inf")

    return min(consultores, key=burden)


def left(petition: Petition, rules: RuleSet) -> bool:
    """Whether a petition belongs to somebody who is no longer with the office, while others are."""
    return petition.consultor is not None and bool(rules.consultores) and not attends(petition.consultor, rules)


def assigned(petition: Petition, history: History, rules: RuleSet, today: date, at: datetime) -> Plan | None:
    """The petition with the consultant that it lacks, and the line that says why; None when nothing is to be done.

    A petition that belonged to somebody who left the office gets another one: nobody else would answer for it.
    """
    gone = petition.consultor if left(petition, rules) else None
    if petition.consultor and not gone:
        return None
    found = assign(petition, history, rules, today)
    if found is None:
        return None
    because = f"{gone} ya no está en la lista de consultores; {found.why}" if gone else found.why
    text = f"Se asigna a {found.consultor}: {because}"
    entry = HistoryEntry(at, "asignada", text, "P a66, 5.66, 5.67", state=petition.state)
    return Plan(petition=replace(petition, consultor=found.consultor), history=(entry,))


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


def supervisor_of(petition: Petition, rules: RuleSet) -> str | None:
    """Who supervises this petition's consultant; else the first supervisor, or head of area, that the house names."""
    consultor = rules.consultor(petition.consultor)
    named = consultor.supervisor if consultor else None
    return named or next(iter(supervisors(rules)), None)


def supervisors(rules: RuleSet) -> tuple[str, ...]:
    """Whom the house names to supervise: its supervisors, then its heads of area."""
    return rules.casa.con_papel("supervisor", "jefatura")


def told_at_once(petition: Petition, rules: RuleSet) -> tuple[str, ...]:
    """Who is told when a petition needs somebody today: its consultant, else who supervises; perhaps nobody."""
    return (petition.consultor,) if petition.consultor else supervisors(rules)[:1]


def briefed(plan: Plan, before: Petition | None, rules: RuleSet, today: date, at: datetime) -> Plan:
    """The plan with the mail to whoever attends the petition today (P a66): the data sheet and the original message.

    One when something waits for a person, and one when the petition is registered, unless the consultant asked for
    `avisos: solo_pendientes`. What leaves by itself is not worth a mail of sixty a day. Notices to a consultant who is
    away go to whoever stands in, too, and the history says so.
    """
    petition = plan.petition
    if petition is None or petition.consultor is None:
        return plan
    duty = on_duty(petition.consultor, rules, today) or petition.consultor
    effects: list[Effect] = [
        replace(each, to=duty)
        if isinstance(each, Notify) and each.to == petition.consultor and not each.personal
        else each
        for each in plan.effects
    ]
    why = _worth_a_mail(plan, before, rules.consultor(petition.consultor))
    if why and not any(isinstance(each, SendFicha) and each.to == duty for each in effects):
        # The sheet says all that a notice would.
        effects = [e for e in effects if not (isinstance(e, Notify) and e.to == duty and not e.personal)]
        effects.append(SendFicha(duty, why, petition.urgent))
    lines = plan.history
    if duty != petition.consultor and any(isinstance(e, SendFicha | Notify) and e.to == duty for e in effects):
        text = f"Se avisa a {duty}, que suple a {petition.consultor}"
        lines = (*lines, HistoryEntry(at, "suplencia", text, "P 5.66", state=petition.state))
    return replace(plan, effects=tuple(effects), history=lines)


def _worth_a_mail(plan: Plan, before: Petition | None, consultor: Consultor | None) -> tuple[str, ...]:
    """Why a mail is due, in Spanish; nothing when none is. What the supervisor was asked is not theirs to do."""
    petition = plan.petition
    every = consultor is None or consultor.avisos == "cada_peticion"
    said = tuple(line for each in plan.effects if isinstance(each, Ficha) for line in each.why)
    if said and (every or (petition and petition.state is not State.ESPERA_SUPERVISOR)):
        return said
    if any(isinstance(each, Write) and each.disposition is Disposition.REVISAR for each in plan.effects):
        return ("hay un borrador que espera su aprobación",)
    if every and petition and petition.registered_at and not (before and before.registered_at):
        return ("se registró para SIADE y se turnó: dele seguimiento (P a84)",)
    return ()
