"""IMSS Digital, reception (C): a consular office's request is confirmed or refused with all reasons, never twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from ...model import ids
from ...model.decision import Classification, Decision, Disposition, Effect, Ficha, Plan, Reason, Step, Write
from ...model.ledger import History
from ...model.mail import Kind, Reading
from ...model.outgoing import Draft
from ...model.petition import Clase, HistoryEntry, Petition, State
from ...model.survival import Check, CheckState, FormFault, Receipt
from ...model.survival_rules import OficinaConsular, Supervivencia
from .. import arrivals, notes, outcomes
from ..course import Arrival, new_state, tell_staff
from ..lifecycle import Happening
from ..policy import Policy
from . import connectivity
from .faults import sender_fault
from .plans import own_history, whose
from .requests import Judged, Request, alert, holds, judge

_MISDIRECTED = "turno_medios_electronicos"


def on_message(reading: Reading, history: History, policy: Policy, now: datetime) -> Plan:
    """The Plan that one message to the reception account leads to."""
    if history.already or policy.rules.supervivencia is None:
        return arrivals.on_message(reading, history, policy, now)
    arrival = Arrival(reading, own_history(history, reading.mailbox), policy, now)
    match reading.kind:
        case Kind.SOLICITUD_SUPERVIVENCIA:
            return _request(arrival, policy.rules.supervivencia)
        case Kind.PRUEBA_CONECTIVIDAD:
            more = alert(arrival, policy.rules.supervivencia, but="prueba")
            return connectivity.on_acknowledgement(arrival, more) or _for_a_person(arrival)
        case Kind.OTRO:
            return _for_a_person(arrival)
        case Kind.PETICION:
            return _misdirected(arrival)
        case _:
            return arrivals.on_message(reading, history, policy, now)


def on_sent(
    petition: Petition,
    draft: Draft,
    policy: Policy,
    at: datetime,
    *,
    actor: str = "acuse",
    checks: Sequence[Check] = (),
) -> Plan:
    """A mail has left: the checks that it confirms are registered, the acknowledgement of a test is awaited.

    It may confirm a repeated request whose first answer never left, or was turned down because this one leaves. What
    a person took out of it is not confirmed.
    """
    plan = outcomes.on_sent(petition, draft, policy, at, actor=actor)
    if draft.clase is Clase.PRUEBA_CONECTIVIDAD:
        return connectivity.awaiting(plan, petition, draft, policy, at)
    if draft.clase not in (Clase.CONFIRMACION, Clase.RECHAZO):
        return plan
    earlier = tuple(c for c in checks if c.folio != petition.folio and _unanswered(c, draft))
    own = tuple(c for c in checks if c.folio == petition.folio and c.state is CheckState.RECIBIDA)
    confirmed = (*(check for check in own if check.id in draft.text), *earlier)
    plan = replace(plan, checks=tuple(replace(check, state=CheckState.CONFIRMADA) for check in confirmed))
    left_out = [check.id for check in own if check not in confirmed]
    return _without_receipts(plan, left_out, at) if left_out else plan


def _without_receipts(plan: Plan, left_out: Sequence[str], at: datetime) -> Plan:
    """A person rewrote the answer that left, without the receipts of these checks: they stay open, and it is told."""
    why = f"el correo que salió ya no trae el recibo {', '.join(left_out)}: no se registró como confirmado"
    line = HistoryEntry(at, "sin_recibo", why, "C", state=plan.petition.state if plan.petition else None)
    return replace(plan, history=(*plan.history, line), effects=(*plan.effects, Ficha((why,), urgent=True)))


def _unanswered(check: Check, draft: Draft) -> bool:
    """Whether an earlier check of the office that is written to never got its confirmation."""
    return check.state in (CheckState.RECIBIDA, CheckState.RECHAZADA) and check.office == draft.to


def on_due(petition: Petition, history: History, policy: Policy, now: datetime, *, unread: int = 0) -> Plan:
    """A term fell due: a connectivity test is reminded of, or ends without its acknowledgement."""
    if petition.topic == connectivity.TOPIC:
        return connectivity.on_due(petition, policy, now)
    return outcomes.on_due(petition, history, policy, now, unread=unread)


# --- a request ---------------------------------------------------------------------------------------------------


def _request(arrival: Arrival, survival: Supervivencia) -> Plan:
    """Confirm what is faultless and comes from the enabled account; everything else waits for a person (DESIGN §9)."""
    reading, policy, rules = arrival.reading, arrival.policy, arrival.policy.rules
    today = policy.calendar.local(reading.received_at).date()
    oficina = rules.oficina(reading.author.email) if reading.author else None
    sender = sender_fault(reading, rules, survival)
    petition = _petition(arrival, today)
    judged = judge(Request(arrival, petition, oficina, sender, survival, today))
    good = [each for each in judged if each.good]
    chosen = Step.CONFIRMAR if len(good) == len(judged) else Step.RECHAZAR
    clase = Clase.CONFIRMACION if chosen is Step.CONFIRMAR else Clase.RECHAZO
    rule = rules.disposicion(clase)
    held = holds(arrival, judged, survival)
    outcome = Disposition.REVISAR if held else rule.disposicion
    receipts = tuple(_receipt(each, oficina) for each in good) if oficina else ()
    values = {} if chosen is Step.CONFIRMAR else {"rechazos": _refusals(judged)}
    write = Write(
        clase, clase.value, petition.petitioner, outcome, values, in_reply_to=reading.message_id, receipts=receipts
    )
    effects: list[Effect] = [write] if petition.petitioner else []
    reasons = (*_told(judged, sender), Reason(f"disposicion_{clase}", rule.numeral, rule.porque), *held)
    if outcome is not Disposition.ENVIAR:
        effects.append(Ficha(_why(judged, held)))
    happening = Happening.CONFIRMA if outcome is Disposition.ENVIAR else Happening.PROPONE_RESPUESTA
    moved = new_state(petition, happening)
    text = f"Llega la solicitud de {oficina.nombre}" if oficina else f"Llega una solicitud de {petition.petitioner}"
    line = HistoryEntry(arrival.now, "recibida", f"{text}; se propone {chosen}", "C", petition.petitioner, moved.state)
    decision = _decision(arrival, chosen, outcome, reasons)
    forms = tuple(replace(each.form, faults=each.faults) for each in judged if each.form.file)
    decision = replace(decision, forms=forms, template=clase.value, data=whose(forms))
    checks = tuple(each.check for each in good if each.check)
    return Plan(decision=decision, petition=moved, history=(line,), effects=tuple(effects), checks=checks)


def _refusals(judged: Sequence[Judged]) -> list[dict[str, object]]:
    return [
        {
            "documento": each.form.file,
            "id_tramite": each.form.fields.get("id_tramite"),
            "oficina": each.form.fields.get("oficina_consular"),
            "motivos": [
                {"clave": f.code, "texto": f.text, "remedio": f.cure, "numeral": f.numeral, "campo": f.field or ""}
                for f in each.faults
            ],
        }
        for each in judged
        if each.faults
    ]


def _receipt(judged: Judged, oficina: OficinaConsular) -> Receipt:
    check, form = judged.before or judged.check, judged.form
    if check is None:
        note = "PRUEBA DE CONECTIVIDAD: no acredita la supervivencia de nadie"
        return Receipt("PRUEBA", oficina.nombre, dict(form.fields), None, None, note=note)
    return Receipt(
        number=check.id,
        office=oficina.nombre,
        fields=dict(check.fields),
        received_at=check.received_at,
        next_due=check.next_due,
        verified=check.verified,
        repeated=judged.before is not None and judged.before.state is CheckState.CONFIRMADA,
    )


def _told(judged: Sequence[Judged], sender: FormFault | None) -> tuple[Reason, ...]:
    """The rules that were asked, hits and misses, for `acuse explain` and the ficha."""
    account = Reason(
        "cuenta_habilitada", "C", sender.text if sender else "la cuenta habilitada, acreditada", not sender
    )
    told_faults = [
        Reason(f"falta_{fault.code}", fault.numeral, f"{each.form.file or 'el correo'}: {fault.text}")
        for each in judged
        for fault in each.faults
        if fault != sender
    ]
    again = [Reason("repetida", "C", f"ya se recibió como {each.before.id}") for each in judged if each.before]
    return (account, *told_faults, *again)


def _why(judged: Sequence[Judged], held: Sequence[Reason]) -> tuple[str, ...]:
    faults = [f"{each.form.file or 'el correo'}: {fault.text}" for each in judged for fault in each.faults]
    return tuple(dict.fromkeys([*faults, *(hold.evidence for hold in held)])) or ("lo revisa una persona (C)",)


# --- everything else ---------------------------------------------------------------------------------------------


def _petition(arrival: Arrival, today: date) -> Petition:
    reading, rules = arrival.reading, arrival.policy.rules
    cuenta = rules.buzon(reading.mailbox)
    return Petition(
        folio=ids.folio(reading.message_id, reading.digest, today),
        account=reading.mailbox,
        counting=cuenta.cuenta_a if cuenta else reading.mailbox,
        state=State.NUEVA,
        opened_at=reading.received_at,
        captured_on=arrival.policy.calendar.capture_day(reading.received_at),
        petitioner=reading.author.email if reading.author else "",
        subject=reading.subject,
        first_message_id=reading.message_id,
        topic="supervivencia" if reading.kind is Kind.SOLICITUD_SUPERVIVENCIA else None,
        confidence=1.0,
        thread=(reading.message_id,) if reading.message_id else (),
        summary=reading.fresh[:500],
    )


def _decision(
    arrival: Arrival,
    chosen: Step,
    outcome: Disposition,
    reasons: tuple[Reason, ...],
    found: Classification | None = None,
) -> Decision:
    return Decision(
        kind=arrival.reading.kind,
        step=chosen,
        disposition=outcome,
        type=found.type if found and found.clear else None,
        topic=found.topic if found and found.clear else None,
        urgent=bool(found and found.urgent),
        sensitive=found.sensitive if found else None,
        attachments=arrival.reading.attachments,
        confidence=1.0,
        reasons=reasons,
        rules_version=arrival.policy.rules.version,
    )


def _for_a_person(arrival: Arrival) -> Plan:
    """An office writes neither request nor acknowledgement: thanks are noted, a person reads the rest."""
    reading, known = arrival.reading, arrival.history.by_thread
    if known and arrivals.says_only_thanks(reading):
        return notes.noted(arrival, known, "La oficina agradece; no cambia nada")
    why = Reason(
        "paso_consultor", "C", f"escribe {reading.author.email if reading.author else 'alguien'}: lo lee una persona"
    )
    if known is None:
        today = arrival.policy.calendar.local(reading.received_at).date()
        known = _petition(arrival, today)
    happening = Happening.REABRE if known.state.closed else Happening.PASA_A_CONSULTOR
    moved = known if known.state is State.REVISION_CONSULTOR else new_state(known, happening)
    line = HistoryEntry(arrival.now, "escribe", "Escribe la oficina; lo lee una persona", "C", state=moved.state)
    decision = _decision(arrival, Step.CONSULTOR, Disposition.REVISAR, (why,))
    return Plan(decision=decision, petition=moved, history=(line,), effects=(Ficha((why.evidence,)),))


def _misdirected(arrival: Arrival) -> Plan:
    """Somebody wrote who is no consular office: a person hands it to Medios Electrónicos and says so (P 5.64)."""
    reading, policy = arrival.reading, arrival.policy
    found = policy.judge.classify(reading.subject, reading.fresh, attachments=len(reading.attachments))
    today = policy.calendar.local(reading.received_at).date()
    petition = replace(_petition(arrival, today), urgent=found.urgent, sensitive=found.sensitive, data=reading.data)
    why = Reason("turno_medios_electronicos", "C, P 5.64", "escribe una persona, no una oficina consular")
    effects: list[Effect] = []
    if petition.sensitive or not petition.petitioner:
        chosen, template, moved = Step.CONSULTOR, None, new_state(petition, Happening.PASA_A_CONSULTOR)
    else:
        chosen, template = Step.ORIENTACION, _MISDIRECTED
        moved = new_state(petition, Happening.PROPONE_RESPUESTA)
        effects.append(
            Write(
                Clase.ORIENTACION,
                _MISDIRECTED,
                petition.petitioner,
                Disposition.REVISAR,
                in_reply_to=reading.message_id,
                urgent=petition.urgent,
            )
        )
    turn = "túrnela a Medios Electrónicos (reenvíe el original a atnder@imss.gob.mx) y apruebe el aviso"
    effects.append(Ficha((why.evidence, turn), urgent=petition.urgent))
    if petition.urgent or petition.sensitive:
        effects += tell_staff(petition, policy, why.evidence)
    line = HistoryEntry(arrival.now, "recibida", "Escribe una persona al buzón de las oficinas", "C", state=moved.state)
    decision = replace(
        _decision(arrival, chosen, Disposition.REVISAR, (why,), found), template=template, data=reading.data
    )
    return Plan(decision=decision, petition=moved, history=(line,), effects=tuple(effects))
