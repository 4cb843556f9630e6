"""Mail that is no petition: bounces, automatic replies, lists, staff, copies, forgeries; it gets no reply."""

from __future__ import annotations

from dataclasses import replace

from ..model.decision import Decision, Disposition, Effect, Ficha, Plan, Reason, Step, Withdraw
from ..model.mail import Kind
from ..model.petition import HistoryEntry, Petition, State
from . import derivation
from .course import Arrival, new_state, tell_staff
from .lifecycle import Happening
from .notes import actor, noted

_AWAITING = (State.ESPERA_ACLARACION, State.ESPERA_DATOS_1, State.ESPERA_DATOS_2)


def without_petition(arrival: Arrival) -> Plan:
    """Bounces, automatic replies, lists, staff, copies: no reply, no petition, no term touched (DESIGN §4).

    What follows from the copy of a mail that our people wrote by hand is `byhand`'s.
    """
    reading, history = arrival.reading, arrival.history
    reason = Reason(f"clase_de_correo_{reading.kind}", "RFC 3834 §2", reading.kind_reason)
    decision = Decision(
        kind=reading.kind,
        step=Step.SIN_RESPUESTA,
        disposition=Disposition.NINGUNA,
        clear=False,
        forms=reading.forms,
        reasons=(reason,),
        rules_version=arrival.policy.rules.version,
    )
    if reading.kind is Kind.SOSPECHOSO:
        return replace(_suspected(arrival), decision=decision, quarantine="sospechoso")
    petition = history.by_thread
    if reading.kind is Kind.REBOTE and petition and history.draft:
        return replace(_bounced(arrival, petition), decision=decision)
    if reading.kind is Kind.RESPUESTA_AUTOMATICA and petition:
        text = "Llegó una respuesta automática; no cuenta como respuesta ni detiene el plazo"
        return replace(noted(arrival, petition, text), decision=decision)
    return Plan(decision=decision)


def _suspected(arrival: Arrival) -> Plan:
    """What looks forged may be the awaited answer all the same: no term may run out on it, a person looks (a78)."""
    history = arrival.history
    petition = history.by_thread or _only_open(history.by_address)
    if petition is None or petition.state not in _AWAITING:
        return Plan()
    why = f"llegó un mensaje sospechoso que quizá sea la respuesta; véalo en cuarentena: {arrival.reading.kind_reason}"
    moved = new_state(petition, Happening.PASA_A_CONSULTOR)
    entry = HistoryEntry(arrival.now, "cuarentena", why, "P a78", actor(arrival.reading), moved.state)
    return Plan(petition=moved, history=(entry,), effects=(Ficha((why,), urgent=petition.urgent),))


def _only_open(petitions: tuple[Petition, ...]) -> Petition | None:
    """The one open petition of a person, when there is exactly one."""
    still_open = [petition for petition in petitions if not petition.state.closed]
    return still_open[0] if len(still_open) == 1 else None


def _bounced(arrival: Arrival, petition: Petition) -> Plan:
    """Our mail did not reach the person. For good: a consultant must find another way; for now: only noted."""
    bounce, draft = arrival.reading.bounce, arrival.history.draft
    if bounce and bounce.permanent and draft and draft.clase in derivation.TO_OFFICES:
        return derivation.not_at_the_office(petition, draft, "rebotó", arrival.now)
    what = f"El correo {draft.clase if draft else ''} no llegó a la persona"
    entry = HistoryEntry(arrival.now, "rebote", what, "P a66", actor="servidor de correo", state=petition.state)
    if bounce is None or not bounce.permanent:
        return Plan(petition=petition, history=(replace(entry, text=what + " todavía; el servidor sigue intentando"),))
    moved = petition
    if petition.state is not State.CONTACTO_FALLIDO_CONSULTOR:
        moved = new_state(petition, Happening.REBOTA)
    moved = replace(moved, data=replace(moved.data, correo=None))
    why = "el correo de la persona rebotó de forma permanente: busque otro medio de contacto (P 4.16)"
    effects: list[Effect] = [Withdraw("el correo rebotó"), Ficha((why,), urgent=petition.urgent)]
    effects += tell_staff(petition, arrival.policy, why)
    return Plan(petition=moved, history=(replace(entry, state=moved.state),), effects=tuple(effects))
