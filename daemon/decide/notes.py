"""A message that moves nothing is noted on its petition (P 5.73): the line, the thread, nothing else."""

from __future__ import annotations

from dataclasses import replace

from ..model.decision import Decision, Disposition, Plan, Reason, Step
from ..model.mail import Reading
from ..model.petition import HistoryEntry, Petition, State
from .course import Arrival


def noted(arrival: Arrival, petition: Petition, text: str) -> Plan:
    """The message belongs to the petition and changes nothing of it; `text` says so in its history (Spanish)."""
    entry = HistoryEntry(arrival.now, "nota", text, "P 5.73", actor=actor(arrival.reading), state=petition.state)
    decision = Decision(
        kind=arrival.reading.kind,
        step=Step.SIN_RESPUESTA,
        disposition=Disposition.NINGUNA,
        reasons=(*arrival.reasons, Reason("nota", "P 5.73", text)),
        rules_version=arrival.policy.rules.version,
    )
    return Plan(decision=decision, petition=with_message(petition, arrival.reading), history=(entry,))


def antecedent_line(why: Reason, arrival: Arrival, state: State) -> HistoryEntry:
    """The line that says by which antecedent a message was judged, and by what evidence."""
    text = why.evidence[:1].upper() + why.evidence[1:]
    return HistoryEntry(arrival.now, "antecedente", text, why.numeral, actor(arrival.reading), state)


def with_message(petition: Petition, reading: Reading) -> Petition:
    """The petition with this message in its conversation."""
    if not reading.message_id or reading.message_id in petition.thread:
        return petition
    return replace(petition, thread=(*petition.thread, reading.message_id))


def actor(reading: Reading) -> str:
    """Who is named in the history as the one who wrote."""
    return reading.author.email if reading.author else "desconocido"
