"""Connectivity tests (C): each office is written to, reminded, and its acknowledgement awaited before a date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from ...errors import IllegalTransition
from ...model import ids
from ...model.decision import Decision, Disposition, Effect, Ficha, Plan, Reason, Step, Withdraw, Write
from ...model.outgoing import Draft
from ...model.petition import Clase, HistoryEntry, Petition, State, Term
from ...model.survival_rules import OficinaConsular
from ..arrivals import wants_nothing
from ..course import Arrival, new_state
from ..lifecycle import Happening, step
from ..policy import Policy

TOPIC = "prueba_conectividad"
LIMIT, REMINDER = "limite_acuse", "recordatorio_acuse"
ANOTHER_ACCOUNT = "acuse_otra_cuenta"
_AWAITING = (State.MENSAJE_EN_COLA, State.ESPERA_ACUSE, State.PRUEBA_SIN_ACUSE)


def start_test(oficina: OficinaConsular, policy: Policy, now: datetime, deadline: date) -> Plan:
    """Write to one office and await its acknowledgement until the end of the office day `deadline`.

    One petition an office and test; its folio depends on both and on the day, so a repeated start writes nothing new.
    """
    rules, calendar = policy.rules, policy.calendar
    assert rules.supervivencia is not None
    account = rules.supervivencia.recepcion
    cuenta = rules.buzon(account)
    today = calendar.local(now).date()
    petition = Petition(
        folio=ids.folio(f"{TOPIC} {oficina.cuenta} {deadline}", "", today),
        account=account,
        counting=cuenta.cuenta_a if cuenta else account,
        state=State.NUEVA,
        opened_at=now,
        captured_on=today,
        petitioner=oficina.cuenta,
        subject="Prueba de conectividad",
        first_message_id="",
        topic=TOPIC,
        confidence=1.0,
    )
    limit = Term(LIMIT, "C", now, calendar.end_of(deadline), "tarea")
    state, numeral = step(petition.state, Happening.CONVOCA_PRUEBA)
    line = HistoryEntry(now, "conectividad", f"Prueba de conectividad para {oficina.nombre}", numeral, state=state)
    rule = rules.disposicion(Clase.PRUEBA_CONECTIVIDAD)
    write = _test_mail(petition, oficina, deadline, rule.disposicion)
    return Plan(petition=replace(petition, state=state, terms=(limit,)), history=(line,), effects=(write,))


def _test_mail(
    petition: Petition, oficina: OficinaConsular | None, deadline: date, outcome: Disposition, turn: int = 1
) -> Write:
    values = {
        "limite": deadline,
        "oficina": oficina.nombre if oficina else petition.petitioner,
        "cuenta": petition.petitioner,
    }
    clase = Clase.PRUEBA_CONECTIVIDAD
    return Write(clase, clase.value, petition.petitioner, outcome, values, turn=turn)


def awaiting(plan: Plan, before: Petition, draft: Draft, policy: Policy, at: datetime) -> Plan:
    """The test's mail has left: its limit runs on, and a reminder on the business day before it."""
    if plan.petition is None or draft.turn != 1 or plan.petition.state is not State.ESPERA_ACUSE:
        return plan
    limits = tuple(term for term in before.terms if term.name == LIMIT)
    terms = list(limits)
    for limit in limits:
        reminded = reminder_at(policy.calendar.local(limit.due_at).date(), policy)
        if reminded > at:
            terms.append(Term(REMINDER, "C", at, reminded, "correo"))
    return replace(plan, petition=replace(plan.petition, terms=tuple(terms)))


def reminder_at(deadline: date, policy: Policy) -> datetime:
    """When an office that has not answered is reminded: at the opening of the business day before the deadline."""
    return policy.calendar.opens(policy.calendar.last_open(deadline))


def on_due(petition: Petition, policy: Policy, now: datetime) -> Plan:
    """The reminder leaves; after the limit the test has ended without its acknowledgement."""
    limit = next((term for term in petition.terms if term.name == LIMIT), None)
    if limit is None or petition.state is not State.ESPERA_ACUSE:
        return Plan(petition=replace(petition, terms=tuple(term for term in petition.terms if term.acts_at > now)))
    if limit.acts_at <= now:
        moved = new_state(petition, Happening.VENCE_PLAZO)
        line = HistoryEntry(now, "vence", "La oficina no acusó recibo antes de la fecha límite", "C", state=moved.state)
        return Plan(petition=moved, history=(line,))
    deadline = policy.calendar.local(limit.due_at).date()
    outcome = policy.rules.disposicion(Clase.PRUEBA_CONECTIVIDAD).disposicion
    write = _test_mail(petition, policy.rules.oficina(petition.petitioner), deadline, outcome, turn=2)
    line = HistoryEntry(now, "recordatorio", "Se recuerda a la oficina la prueba de conectividad", "C")
    rest = tuple(term for term in petition.terms if term.acts_at > now)
    return Plan(petition=replace(petition, terms=rest), history=(line,), effects=(write,))


def on_acknowledgement(arrival: Arrival, more: str = "") -> Plan | None:
    """An acknowledgement came: it counts from the office's enabled account, with the receiving server's word.

    None when no test is known that it may be about, and it is not the mere acknowledgement of an enabled account: what
    it acknowledges, and what else it says, a person reads. `more` is what a person must see in it besides (Spanish).
    """
    reading, policy = arrival.reading, arrival.policy
    sender = reading.author.email if reading.author else ""
    petition = _test_of(arrival, sender)
    proven = policy.rules.oficina(sender) is not None and reading.authentic == "pass"
    if petition is None and (more or not proven or not wants_nothing(reading)):
        return None
    proven = proven and (petition is None or sender == petition.petitioner)
    if proven:
        why = Reason("acuse_de_prueba", "C", f"acusa recibo {sender}, la cuenta habilitada")
    else:
        why = Reason(ANOTHER_ACCOUNT, "C", f"el acuse llegó de {sender}, que no es la cuenta habilitada y acreditada")
    decision = Decision(
        kind=reading.kind,
        step=Step.SIN_RESPUESTA if proven else Step.CONSULTOR,
        disposition=Disposition.NINGUNA if proven else Disposition.REVISAR,
        attachments=reading.attachments,
        confidence=1.0,
        reasons=(why,),
        rules_version=policy.rules.version,
    )
    if petition is None:
        return Plan(decision=decision)
    if not proven:
        line = HistoryEntry(arrival.now, ANOTHER_ACCOUNT, why.evidence, "C", sender, petition.state)
        return Plan(decision=decision, petition=petition, history=(line,), effects=(Ficha((why.evidence,)),))
    try:
        moved = new_state(petition, Happening.LLEGA_ACUSE)
    except IllegalTransition:
        moved = petition
    line = HistoryEntry(arrival.now, "acusa", f"Acusa recibo {sender}", "C", sender, moved.state)
    effects: list[Effect] = [Withdraw("la oficina ya acusó recibo")]
    if more:
        effects.append(Ficha((f"acusa recibo y dice más: {more}",)))
    return Plan(decision=decision, petition=moved, history=(line,), effects=tuple(effects), closes_fichas=True)


def _test_of(arrival: Arrival, sender: str) -> Petition | None:
    """The test that is acknowledged: by thread, by our reference, else the office's one open test."""
    history = arrival.history
    named = [history.by_thread, *history.by_token] if history.by_thread else [*history.by_token]
    by_office = [each for each in history.by_address if each.petitioner == sender and each.state in _AWAITING]
    tests = [each for each in (*named, *by_office) if each is not None and each.topic == TOPIC]
    return tests[0] if tests else None
