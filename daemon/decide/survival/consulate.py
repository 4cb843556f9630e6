"""IMSS Digital, a consular office (C): its requests, what IMSS says of them, and tests acknowledged at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ...model.decision import Disposition, Effect, Ficha, Plan, Reason, Step, Write
from ...model.ledger import History
from ...model.mail import Kind, Reading
from ...model.outgoing import Draft
from ...model.petition import Clase, HistoryEntry, Petition, State
from ...model.survival import Check, CheckState, Form
from .. import arrivals, notes, outcomes
from ..belonging import belonging
from ..course import Arrival, new_state
from ..lifecycle import Happening
from ..policy import Policy
from .answers import on_answers
from .faults import is_test
from .matching import petition_of
from .plans import REQUEST, TEST, actor, alarm, decided, opened, own_history, together, whose, with_message

TERM = "confirmacion_supervivencia"
_ANSWERS = (Kind.CONFIRMACION_SUPERVIVENCIA, Kind.RECHAZO_SUPERVIVENCIA)


def on_message(reading: Reading, history: History, policy: Policy, now: datetime) -> Plan:
    """The Plan that one message to a consular office's mailbox leads to.

    Only what the reception account says, proven by the receiving server, changes a request or is answered; the same
    words from anybody else, or unproven, are for a person.
    """
    history = own_history(history, reading.mailbox)
    arrival = Arrival(reading, history, policy, now)
    if policy.rules.supervivencia is None or history.already:
        return arrivals.on_message(reading, history, policy, now)
    if reading.kind is Kind.COPIA_DE_CONTEO:
        plan = on_own_mail(reading, history, policy, now, proven=reading.authentic == "pass")
        return plan if plan.decision else arrivals.on_message(reading, history, policy, now)
    if reading.kind in (*_ANSWERS, Kind.PRUEBA_CONECTIVIDAD):
        if not _proven(reading, policy):
            sender = reading.author.email if reading.author else "alguien"
            why = f"dice venir de {sender}, y el servidor de recepción no lo acredita: no se tomó en cuenta"
            return _for_a_person(arrival, Reason("remitente_sin_acreditar", "C", why))
        return _test(arrival) if reading.kind is Kind.PRUEBA_CONECTIVIDAD else on_answers(arrival)
    if reading.kind is Kind.OTRO:
        if reading.notices and _proven(reading, policy):
            return on_answers(arrival)
        return _for_a_person(arrival, Reason("paso_consultor", "C", reading.kind_reason or "lo lee una persona"))
    return arrivals.on_message(reading, history, policy, now)


def on_sent(
    petition: Petition,
    draft: Draft,
    policy: Policy,
    at: datetime,
    *,
    actor: str = "acuse",
    checks: Sequence[Check] = (),  # noqa: ARG001  (what an office sends changes no request)
) -> Plan:
    """A mail of the office has really left: the acknowledgement of a test, or what a person wrote."""
    return outcomes.on_sent(petition, draft, policy, at, actor=actor)


def on_due(petition: Petition, history: History, policy: Policy, now: datetime, *, unread: int = 0) -> Plan:
    """No confirmation came in its term: an alarm and a data sheet. Checks that IMSS answered are left as they are."""
    due = next((term for term in petition.terms if term.name == TERM and term.acts_at <= now), None)
    if due is None or petition.state is not State.ESPERA_CONFIRMACION:
        return outcomes.on_due(petition, history, policy, now, unread=unread)
    waiting = [c for c in history.checks if c.folio == petition.folio and c.state is CheckState.ENVIADA]
    moved = new_state(petition, Happening.VENCE_PLAZO)
    which = ", ".join(check.id_tramite or check.id for check in waiting) or petition.folio
    since = policy.calendar.local(due.started_at)
    why = [
        f"no llega la confirmación del IMSS de lo enviado el {since:%d/%m/%Y %H:%M} (ID Trámite {which})",
        "confirme que salió de la cuenta habilitada y pregunte a la cuenta de recepción; mientras tanto no hay "
        "comprobante que entregar",
    ]
    if unread:
        why.append(f"hay {unread} mensaje(s) en cuarentena sin leer: quizá uno sea la confirmación")
    line = HistoryEntry(now, "vence", "Vence el plazo sin confirmación del IMSS", due.numeral, state=moved.state)
    ficha = Ficha(tuple(why), urgent=True, subject=f"Sin confirmación del IMSS: ID Trámite {which}")
    return Plan(
        petition=moved,
        history=(line,),
        effects=(ficha,),
        checks=tuple(replace(check, state=CheckState.SIN_CONFIRMACION) for check in waiting),
        flag=(alarm(petition), f"la solicitud {petition.folio} no tiene confirmación del IMSS en su plazo (C)"),
    )


# --- the office's own requests -----------------------------------------------------------------------------------


def on_own_mail(reading: Reading, history: History, policy: Policy, now: datetime, *, proven: bool = True) -> Plan:
    """A request of the office itself, in *Sent* or as a copy in the inbox: its confirmation is awaited from now on.

    The same mail seen twice is one request. A confirmation that came before its request was seen is joined to it,
    unless the copy is not `proven`: anybody may write to the inbox under the office's own address.
    """
    survival, history = policy.rules.supervivencia, own_history(history, reading.mailbox)
    forms = [form for form in reading.forms if form.form and not is_test(form)]
    to_imss = survival and survival.recepcion in {address.email for address in (*reading.to, *reading.cc)}
    seen = any(check.message_id == reading.message_id for check in history.checks)
    if not forms or not to_imss or seen:
        return Plan()
    arrival = Arrival(reading, history, policy, now)
    known: dict[str, list[tuple[Check, Form]]] = {}
    awaited: list[Form] = []
    for form in forms:
        before = next((check for check in history.checks if _is_of(form, check)), None)
        if before is None or before.state is CheckState.RECHAZADA:
            awaited.append(form)
        elif proven or before.state is not CheckState.SIN_SOLICITUD:
            known.setdefault(before.folio, []).append((before, form))
    plans = [_awaiting(arrival, awaited)] if awaited else []
    for folio, pairs in known.items():
        petition = petition_of(folio, history)
        plans += [_sent_again(arrival, petition, pairs)] if petition else []
    if not plans:
        return Plan()
    why = Reason("solicitud_propia", "C", f"la oficina envía {len(forms)} solicitud(es) al IMSS")
    return together(plans, decided(arrival, Step.SIN_RESPUESTA, (why,), forms))


def _is_of(form: Form, check: Check) -> bool:
    tramite, nss = form.fields.get("id_tramite"), form.fields.get("nss")
    if tramite and check.id_tramite:
        return tramite == check.id_tramite and (not nss or not check.nss or nss == check.nss)
    return bool(nss) and nss == check.nss and check.state is CheckState.SIN_SOLICITUD


def _awaiting(arrival: Arrival, forms: Sequence[Form]) -> Plan:
    """New requests of one mail: one petition, one check for each form, and the term from the sending."""
    reading, policy = arrival.reading, arrival.policy
    petition = replace(opened(arrival, REQUEST), data=whose(forms))
    moved = new_state(petition, Happening.ENVIA_SOLICITUD)
    rule = policy.rules.plazos.get(TERM)
    terms = (policy.calendar.term(TERM, rule, reading.received_at),) if rule else ()
    checks = tuple(
        Check(
            id=f"SO{petition.folio.removeprefix('AC')}-{number}",
            folio=petition.folio,
            account=reading.mailbox,
            office=reading.mailbox,
            id_tramite=form.fields.get("id_tramite") or "",
            nss=form.fields.get("nss") or "",
            state=CheckState.ENVIADA,
            received_at=reading.received_at,
            fields=dict(form.fields),
            message_id=reading.message_id,
        )
        for number, form in enumerate(forms, start=1)
    )
    which = ", ".join(check.id_tramite or "sin ID Trámite" for check in checks)
    text = f"Se envía al IMSS la solicitud {which}; se espera su confirmación"
    line = HistoryEntry(arrival.now, "enviada", text, "C", reading.mailbox, moved.state)
    return Plan(petition=replace(moved, terms=terms), history=(line,), checks=checks)


def _sent_again(arrival: Arrival, petition: Petition, pairs: Sequence[tuple[Check, Form]]) -> Plan:
    """Requests that are known: sent once more, or seen only after their confirmation, to which they are joined."""
    reading = arrival.reading
    joined = tuple(_joined(check, form, reading) for check, form in pairs if check.state is CheckState.SIN_SOLICITUD)
    again = [check for check, _ in pairs if check.state is not CheckState.SIN_SOLICITUD]
    ids_joined = {check.id for check in joined}
    others = [c for c in arrival.history.checks if c.folio == petition.folio and c.id not in ids_joined]
    moved = with_message(petition, reading)
    unasked = any(check.state is CheckState.SIN_SOLICITUD for check in others)
    if petition.state is State.CONFIRMACION_SIN_SOLICITUD and joined and not unasked:
        moved = new_state(moved, Happening.ENVIA_SOLICITUD)
    texts = [f"Se ve la solicitud {check.id_tramite}, que el IMSS ya había confirmado" for check in joined]
    texts += [f"Se envía otra vez la solicitud {check.id_tramite}" for check in again]
    lines = tuple(HistoryEntry(arrival.now, "enviada", text, "C", reading.mailbox, moved.state) for text in texts)
    return Plan(petition=moved, history=lines, checks=joined)


def _joined(check: Check, form: Form, reading: Reading) -> Check:
    return replace(
        check,
        state=CheckState.CONFIRMADA,
        id_tramite=check.id_tramite or form.fields.get("id_tramite") or "",
        nss=check.nss or form.fields.get("nss") or "",
        fields=check.fields | form.fields,
        message_id=reading.message_id,
    )


# --- a connectivity test -----------------------------------------------------------------------------------------


def _test(arrival: Arrival) -> Plan:
    """Acknowledge a connectivity test at once, before its date or after; the same test once a day at most."""
    reading, policy, rules = arrival.reading, arrival.policy, arrival.policy.rules
    assert rules.supervivencia is not None
    today = policy.calendar.local(arrival.now).date()
    earlier = [
        petition
        for petition in arrival.history.by_address
        if petition.topic == TEST and policy.calendar.local(petition.opened_at).date() == today
    ]
    petition = opened(arrival, TEST)
    same = next((p for p in earlier if (p.subject, p.summary) == (petition.subject, petition.summary)), None)
    if same is not None:
        return notes.noted(arrival, same, "Llega otra vez la misma prueba; hoy ya se acusó recibo")
    deadline = next((notice.deadline for notice in reading.notices if notice.deadline), None)
    until = f" a más tardar el {deadline:%d/%m/%Y}" if deadline else ""
    rule = rules.disposicion(Clase.ACUSE_CONECTIVIDAD)
    reasons = [
        Reason("prueba_de_conectividad", "C", f"el IMSS pide acusar recibo{until}"),
        Reason(f"disposicion_{rule.clase}", rule.numeral, rule.porque),
    ]
    outcome = rule.disposicion
    if len(earlier) >= rules.topes.por_persona_al_dia:
        outcome = Disposition.REVISAR
        reasons.append(Reason("tope_por_persona", "RFC 3834 §2", f"hoy ya llegaron {len(earlier)} pruebas"))
    values = {"recibida": reading.received_at, "limite": deadline}
    write = Write(
        Clase.ACUSE_CONECTIVIDAD,
        Clase.ACUSE_CONECTIVIDAD.value,
        rules.supervivencia.recepcion,
        outcome,
        values,
        in_reply_to=reading.message_id or None,
    )
    at_once = outcome is Disposition.ENVIAR
    moved = new_state(petition, Happening.ACUSA_PRUEBA if at_once else Happening.PROPONE_RESPUESTA)
    effects: list[Effect] = [write]
    if not at_once:
        effects.append(Ficha(tuple(reason.evidence for reason in reasons), urgent=True))
    flag = None
    if deadline is not None and deadline < today:
        flag = (
            alarm(petition),
            f"la prueba de conectividad se recibió después de su fecha límite, {deadline:%d/%m/%Y}",
        )
        reasons.append(Reason("prueba_vencida", "C", flag[1]))
    line = HistoryEntry(arrival.now, "prueba", f"El IMSS pide acusar recibo{until}", "C", actor(reading), moved.state)
    decision = replace(decided(arrival, Step.ACUSAR, tuple(reasons)), disposition=outcome, template=write.template)
    return Plan(decision=decision, petition=moved, history=(line,), effects=tuple(effects), flag=flag)


# --- what a person reads -----------------------------------------------------------------------------------------


def _for_a_person(arrival: Arrival, why: Reason) -> Plan:
    """Anything else: a data sheet beside the message; what continues a matter is noted with it."""
    reading = arrival.reading
    link = belonging(reading, arrival.history, arrival.policy.key)
    # Who is not proven joins no request: its conversation would be open to whoever writes that address.
    petition = link.petition if reading.authentic == "pass" else None
    if petition is not None and arrivals.says_only_thanks(reading):
        return notes.noted(arrival, petition, "Agradece; no cambia nada")
    if petition is None:
        writer = reading.author.email if reading.author else ""
        petition = replace(opened(arrival, None), petitioner=writer)
        moved = new_state(petition, Happening.PASA_A_CONSULTOR)
    else:
        # A request goes on waiting for its confirmation, whatever else is written about it.
        moved = with_message(petition, reading)
    line = HistoryEntry(arrival.now, "escribe", why.evidence, why.numeral, actor(reading), moved.state)
    decision = decided(arrival, Step.CONSULTOR, (*link.reasons, why))
    return Plan(decision=decision, petition=moved, history=(line,), effects=(Ficha((why.evidence,)),))


# --- small helpers -----------------------------------------------------------------------------------------------


def _proven(reading: Reading, policy: Policy) -> bool:
    """Whether the reception account wrote, and our receiving server vouches for it."""
    survival = policy.rules.supervivencia
    author = reading.author.email if reading.author else ""
    return survival is not None and author == survival.recepcion and reading.authentic == "pass"
