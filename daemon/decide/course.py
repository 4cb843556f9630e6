"""The next step of a petition and what it sets in motion: state, mails to write, data sheets, who is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..model.decision import (
    Classification,
    Decision,
    Destination,
    Disposition,
    Effect,
    Ficha,
    Notify,
    Plan,
    Reason,
    Step,
    Write,
)
from ..model.ledger import History
from ..model.mail import Reading
from ..model.petition import Clase, HistoryEntry, Petition, Term, Type
from . import assignment, consultation, derivation, guards, places, registration
from .lifecycle import Happening, step
from .policy import Policy

# Terms that go on whatever state the petition is in, until what they wait for comes: the folio, an area's answer.
_LASTING = (registration.WITHOUT_FOLIO, *derivation.ANSWERS)
_HAPPENS = {
    Step.ACLARACION: Happening.PIDE_ACLARACION,
    Step.DATOS_COMPLEMENTARIOS: Happening.PIDE_DATOS,
    Step.ORIENTACION: Happening.PROPONE_ORIENTACION,
    Step.CONSULTOR: Happening.PASA_A_CONSULTOR,
}
_CLASE = {
    Step.ACLARACION: Clase.ACLARACION,
    Step.DATOS_COMPLEMENTARIOS: Clase.DATOS_COMPLEMENTARIOS,
    Step.ORIENTACION: Clase.ORIENTACION,
}
_ASKS = {"nombre": "el nombre completo", "nss": "el número de seguridad social", "contacto": "un medio de contacto"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the moment of judgement: what it says, what is known, when, and why it stands here."""

    reading: Reading
    history: History
    policy: Policy
    now: datetime
    reasons: tuple[Reason, ...] = ()


def next_step(petition: Petition, clear: bool, *, asked_before: bool = False) -> tuple[Step, Reason]:
    """Which step the procedure prescribes (P a65–a79) for a petition as it stands.

    `asked_before` says that a clarification was asked once: it is never asked twice.
    """
    if petition.sensitive:
        return Step.CONSULTOR, Reason("paso_sensible", "P 5.22", f"asunto sensible: {petition.sensitive}")
    if not petition.petitioner:
        return Step.CONSULTOR, Reason("paso_sin_correo", "P 4.16", "no hay correo al cual contestar: se telefonea")
    if not clear and asked_before:
        return Step.CONSULTOR, Reason("paso_consultor", "P a66", "sigue sin ser clara tras la aclaración")
    if not clear:
        return Step.ACLARACION, Reason("paso_aclaracion", "P a65", "no se entiende qué solicita")
    if petition.type is Type.ORIENTACION:
        return Step.ORIENTACION, Reason("paso_orientacion", "P a68–a69", "solicita información")
    if petition.missing:
        asked = ", ".join(petition.missing)
        return Step.DATOS_COMPLEMENTARIOS, Reason("paso_datos_complementarios", "P a75–a76", f"falta: {asked}")
    if petition.destination in registration.HAPPENS:
        return Step.REGISTRO, Reason("paso_registro", "P a79", "clara y completa: se registra en SIADE y se turna")
    return Step.CONSULTOR, Reason("paso_consultor", "P a66–a67", "clara y completa, sin destino: pasa a un consultor")


def take(petition: Petition, chosen: Step, why: Reason, arrival: Arrival, found: Classification | None) -> Plan:
    """Set a petition on its next step: the Plan that flow will commit.

    A mail that waits for a person gets a ficha beside it; without a template for an orientación the supervisor is asked
    (a71).
    """
    policy, reading = arrival.policy, arrival.reading
    template = _template(chosen, petition, policy)
    unknown = chosen is Step.ORIENTACION and template is None
    happening = registration.HAPPENS[petition.destination] if chosen is Step.REGISTRO else _HAPPENS[chosen]
    if unknown:
        happening = Happening.CONSULTA_SUPERVISOR
        why = replace(why, numeral="P a71")
    state, numeral = step(petition.state, happening)
    entries = [
        HistoryEntry(
            arrival.now,
            f"paso_{chosen}",
            "No hay plantilla de orientación: se consulta a quien supervisa" if unknown else _story(chosen, petition),
            why.numeral or numeral,
            state=state,
        )
    ]
    petition, assigned = _with_consultant(petition, chosen, arrival)
    # Told before the step, in the state in which it is assigned: the story's last state is the petition's.
    entries = [*assigned, *entries]
    outcome = Disposition.NINGUNA
    guard_reasons: tuple[Reason, ...] = ()
    effects: list[Effect] = []
    if chosen is Step.REGISTRO:
        clase = registration.ACUSES[petition.destination]
        outcome, guard_reasons = guards.disposition(
            clase, petition, policy.rules, history=arrival.history, reading=reading
        )
        petition, effects = derivation.hand_over(
            petition,
            policy,
            arrival.now,
            words=derivation.whole_words(petition, reading),
            files=[file.file for file in reading.attachments],
            turno=outcome,
            held=guard_reasons[1:] if outcome is Disposition.REVISAR else (),
        )
    elif template:
        clase = _CLASE[chosen]
        outcome, guard_reasons = guards.disposition(
            clase, petition, policy.rules, history=arrival.history, reading=reading
        )
        effects.append(mail_to(petition, clase, outcome, answering=reading.message_id, template=template))
    reasons = (*arrival.reasons, *(found.reasons if found else ()), why, *guard_reasons)
    left_to_a_person = next((effect for effect in effects if isinstance(effect, Ficha)), None)
    if outcome is not Disposition.ENVIAR or left_to_a_person:
        # How an acuse leaves is no reason to look at what is registered; only what holds it back is.
        told = guard_reasons[1:] if chosen is Step.REGISTRO else guard_reasons
        lines = _ficha_reasons(why, told, reading, chosen, template)
        effects = [effect for effect in effects if effect is not left_to_a_person]
        sheet = left_to_a_person or Ficha((), urgent=petition.urgent)
        effects.append(replace(sheet, why=(*lines, *sheet.why)))
    if unknown:
        effects += consultation.asks_supervisor(petition, policy.rules)
    if petition.urgent or petition.sensitive:
        effects += tell_staff(petition, policy, why.evidence)
    asks = petition.missing if chosen is Step.DATOS_COMPLEMENTARIOS else ()
    decision = Decision(
        kind=reading.kind,
        step=chosen,
        disposition=outcome,
        type=found.type if found else petition.type,
        topic=found.topic if found else petition.topic,
        clear=found.clear if found else True,
        urgent=petition.urgent,
        sensitive=petition.sensitive,
        data=petition.data,
        missing=petition.missing,
        destination=Destination(petition.destination, places.attended_by(petition, policy.rules) or None),
        template=template,
        attachments=reading.attachments,
        confidence=petition.confidence,
        reasons=reasons,
        rules_version=policy.rules.version,
    )
    terms = (*lasting(petition), *(consultation.waiting(petition, policy, arrival.now) if unknown else ()))
    moved = replace(petition, state=state, asked=asks, terms=terms)
    return Plan(decision=decision, petition=moved, history=tuple(entries), effects=tuple(effects))


def _with_consultant(petition: Petition, chosen: Step, arrival: Arrival) -> tuple[Petition, tuple[HistoryEntry, ...]]:
    """A clear petition goes to a consultant (a66), who keeps it to its end (5.66)."""
    if chosen is Step.ACLARACION and not petition.consultor:
        return petition, ()
    today = arrival.policy.calendar.local(arrival.now).date()
    plan = assignment.assigned(petition, arrival.history, arrival.policy.rules, today, arrival.now)
    return (plan.petition, plan.history) if plan and plan.petition else (petition, ())


def lasting(petition: Petition) -> tuple[Term, ...]:
    """The terms that go on when the state changes; a closed petition waits for nothing."""
    return () if petition.state.closed else tuple(term for term in petition.terms if term.name in _LASTING)


def tell_staff(petition: Petition, policy: Policy, why: str) -> list[Effect]:
    """An internal notice at once for an urgent or sensitive petition: to its consultant, else to the supervisor."""
    to = assignment.told_at_once(petition, policy.rules)
    label = "URGENTE" if petition.urgent else "Sensible" if petition.sensitive else "Atención"
    matter = next((rule.nombre for rule in policy.rules.sensibles if rule.clave == petition.sensitive), None)
    why = matter or ("ocurre algo en este momento (P 4.37)" if petition.urgent else why)
    subject = f"{label}: petición {petition.folio}"
    text = f"La petición {petition.folio} requiere a una persona de inmediato: {why}. Vea su ficha en el buzón."
    return [Notify(Clase.AVISO_INTERNO, address, subject, text, urgent=petition.urgent) for address in to]


def mail_to(
    petition: Petition,
    clase: Clase,
    disposition: Disposition,
    *,
    answering: str,
    template: str | None = None,
    turn: int = 1,
    values: dict[str, Any] | None = None,
) -> Write:
    """A mail to the petitioner that answers the message of that id; a data request asks for what is missing."""
    return Write(
        clase=clase,
        template=template or clase.value,
        to=petition.petitioner,
        disposition=disposition,
        values=values or {},
        asks=petition.missing if clase is Clase.DATOS_COMPLEMENTARIOS else (),
        turn=turn,
        in_reply_to=answering or None,
        urgent=petition.urgent,
    )


def _template(chosen: Step, petition: Petition, policy: Policy) -> str | None:
    if chosen is Step.ORIENTACION:
        tema = policy.rules.tema(petition.topic)
        return tema.plantilla if tema else None
    if chosen is Step.REGISTRO:
        return registration.ACUSES[petition.destination].value
    return _CLASE[chosen].value if chosen in _CLASE else None


def _story(chosen: Step, petition: Petition) -> str:
    if chosen is Step.DATOS_COMPLEMENTARIOS:
        return "Se solicita " + ", ".join(_ASKS.get(name, name) for name in petition.missing)
    return {
        Step.ACLARACION: "Se pide aclarar qué solicita",
        Step.ORIENTACION: "Se prepara la orientación",
        Step.CONSULTOR: "Pasa a un consultor",
        Step.REGISTRO: "Se registra para SIADE y se turna",
    }[chosen]


def _ficha_reasons(
    why: Reason, guard_reasons: tuple[Reason, ...], reading: Reading, chosen: Step, template: str | None
) -> tuple[str, ...]:
    lines = [f"{why.evidence} ({why.numeral})"]
    if chosen is Step.ORIENTACION and template is None:
        lines.append("no hay plantilla de orientación para este tema: se consultó a quien supervisa (P a71)")
    lines += [f"{reason.evidence} ({reason.numeral})" for reason in guard_reasons]
    lines += [doubt for doubt in reading.doubts if all(doubt not in line for line in lines)]
    return tuple(lines)


def new_state(petition: Petition, happening: Happening) -> Petition:
    """The petition after an event that sets nothing else in motion; its terms end with the state they belong to."""
    state, _ = step(petition.state, happening)
    moved = replace(petition, state=state)
    return replace(moved, terms=lasting(moved))
