"""IMSS Digital, reception (C): a consular office's request is confirmed or refused with all reasons, never twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ..model import ids
from ..model.decision import Classification, Decision, Disposition, Effect, Ficha, Plan, Reason, Step, Write
from ..model.ledger import History
from ..model.mail import Kind, PersonData, Reading
from ..model.outgoing import Draft
from ..model.petition import Clase, HistoryEntry, Petition, State
from ..model.survival import Check, CheckState, Form, FormFault, Receipt
from ..model.survival_rules import OficinaConsular, Supervivencia
from ..model.words import comparable
from . import arrivals, conectividad, outcomes
from .course import Arrival, new_state, tell_staff
from .lifecycle import Happening
from .office_plans import own_history
from .policy import Policy
from .survival_checks import form_faults, is_test, known_check, sender_fault, told

_MISDIRECTED = "turno_medios_electronicos"
# A picture of so many bytes is no logo or signature any more.
_PHOTOGRAPH = 40_000


def on_message(reading: Reading, history: History, policy: Policy, now: datetime) -> Plan:
    """The Plan that one message to the reception account leads to."""
    if history.already or policy.rules.supervivencia is None:
        return arrivals.on_message(reading, history, policy, now)
    arrival = Arrival(reading, own_history(history, reading.mailbox), policy, now)
    match reading.kind:
        case Kind.SOLICITUD_SUPERVIVENCIA:
            return _request(arrival, policy.rules.supervivencia)
        case Kind.PRUEBA_CONECTIVIDAD:
            more = _alert(arrival, policy.rules.supervivencia, but="prueba")
            return conectividad.on_acknowledgement(arrival, more) or _for_a_person(arrival)
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
        return conectividad.awaiting(plan, petition, draft, policy, at)
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
    if petition.topic == conectividad.TOPIC:
        return conectividad.on_due(petition, policy, now)
    return outcomes.on_due(petition, history, policy, now, unread=unread)


# --- a request ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judged:
    """One document of a request: what is wrong with it, and the check that it is, was before, or is not."""

    form: Form
    faults: tuple[FormFault, ...]
    check: Check | None = None
    before: Check | None = None

    @property
    def good(self) -> bool:
        return not self.faults


def _request(arrival: Arrival, survival: Supervivencia) -> Plan:
    """Confirm what is faultless and comes from the enabled account; everything else waits for a person (DESIGN §9)."""
    reading, policy, rules = arrival.reading, arrival.policy, arrival.policy.rules
    today = policy.calendar.local(reading.received_at).date()
    oficina = rules.oficina(reading.author.email) if reading.author else None
    sender = sender_fault(reading, rules, survival)
    petition = _petition(arrival, today)
    judged = [
        _judge(form, number, arrival, petition, oficina, sender, today)
        for number, form in enumerate(reading.forms or (_no_form(survival),), start=1)
    ]
    judged = _without_twins(judged, survival)
    good = [each for each in judged if each.good]
    chosen = Step.CONFIRMAR if len(good) == len(judged) else Step.RECHAZAR
    clase = Clase.CONFIRMACION if chosen is Step.CONFIRMAR else Clase.RECHAZO
    rule = rules.disposicion(clase)
    holds = _holds(arrival, judged, survival)
    outcome = Disposition.REVISAR if holds else rule.disposicion
    receipts = tuple(_receipt(each, oficina) for each in good) if oficina else ()
    values = {} if chosen is Step.CONFIRMAR else {"rechazos": _refusals(judged)}
    write = Write(
        clase, clase.value, petition.petitioner, outcome, values, in_reply_to=reading.message_id, receipts=receipts
    )
    effects: list[Effect] = [write] if petition.petitioner else []
    reasons = (*_told(judged, sender), Reason(f"disposicion_{clase}", rule.numeral, rule.porque), *holds)
    if outcome is not Disposition.ENVIAR:
        effects.append(Ficha(_why(judged, holds)))
    happening = Happening.CONFIRMA if outcome is Disposition.ENVIAR else Happening.PROPONE_RESPUESTA
    moved = new_state(petition, happening)
    text = f"Llega la solicitud de {oficina.nombre}" if oficina else f"Llega una solicitud de {petition.petitioner}"
    line = HistoryEntry(arrival.now, "recibida", f"{text}; se propone {chosen}", "C", petition.petitioner, moved.state)
    decision = _decision(arrival, chosen, outcome, reasons)
    forms = tuple(replace(each.form, faults=each.faults) for each in judged if each.form.file)
    decision = replace(decision, forms=forms, template=clase.value, data=_data(forms))
    checks = tuple(each.check for each in good if each.check)
    return Plan(decision=decision, petition=moved, history=(line,), effects=tuple(effects), checks=checks)


def _no_form(survival: Supervivencia) -> Form:
    return Form("", None, "no", faults=(told(survival, "sin_formulario"),))


def _judge(
    form: Form,
    number: int,
    arrival: Arrival,
    petition: Petition,
    oficina: OficinaConsular | None,
    sender: FormFault | None,
    today: date,
) -> _Judged:
    survival, history = arrival.policy.rules.supervivencia, arrival.history
    assert survival is not None
    faults = form_faults(form, oficina, survival, history, today)
    if not survival.padron_obligatorio:
        faults = tuple(fault for fault in faults if fault.code != "padron_no_esta")
    faults = (sender, *faults) if sender else faults
    if faults or oficina is None or is_test(form):
        return _Judged(form, faults)
    before = known_check(form, history, petition.account)
    if before is not None:
        return _Judged(form, (), replace(before, repeats=before.repeats + 1), before)
    return _Judged(form, (), _check(form, number, arrival, petition, oficina, survival, today))


def _without_twins(judged: Sequence[_Judged], survival: Supervivencia) -> list[_Judged]:
    """Several forms of one mail under one ID Trámite: at most one can be right, and nobody knows which."""
    numbers = Counter(each.check.id_tramite for each in judged if each.check)
    twice = {number for number, times in numbers.items() if times > 1}
    return [
        _Judged(each.form, (told(survival, "id_tramite_repetido", "id_tramite", each.check.id_tramite),))
        if each.check and each.check.id_tramite in twice
        else each
        for each in judged
    ]


def _check(
    form: Form,
    number: int,
    arrival: Arrival,
    petition: Petition,
    oficina: OficinaConsular,
    survival: Supervivencia,
    today: date,
) -> Check:
    return Check(
        id=ids.receipt(petition.folio, number),
        folio=petition.folio,
        account=petition.account,
        office=oficina.cuenta,
        id_tramite=form.fields.get("id_tramite") or "",
        nss=form.fields.get("nss") or "",
        state=CheckState.RECIBIDA,
        received_at=arrival.reading.received_at,
        fields=dict(form.fields),
        message_id=arrival.reading.message_id,
        next_due=months_after(today, survival.meses),
        verified=any(row.nss == form.fields.get("nss") for row in arrival.history.pensioners or ()),
    )


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _holds(arrival: Arrival, judged: Sequence[_Judged], survival: Supervivencia) -> tuple[Reason, ...]:
    """Why a person looks before anything is confirmed. Guards only hold mail back."""
    reading = arrival.reading
    held = [("guarda_dudas", doubt) for doubt in reading.doubts]
    for each in judged:
        form, name = each.form, each.form.file or "el correo"
        held += [("guarda_lectura", f"{name}: {doubt}") for doubt in form.unsure]
        if form.readable == "ocr":
            held.append(("guarda_ocr", f"{name}: leído de una imagen; compare cada dato con el original"))
        if form.form and is_test(form) and each.good:
            held.append(("guarda_prueba", f"{name}: es el formulario de prueba; no se registra"))
        if each.before:
            held += [("guarda_repetida", f"{name}: {why}") for why in _unlike_a_repetition(each.before, arrival)]
        if each.check and not each.before and (other := _other_person(each.check, arrival.history)):
            held.append(("guarda_nss", f"{name}: con este NSS se recibió {other.id} con otro nombre o nacimiento"))
        if each.check and not each.before and (same := _other_number(each.check, arrival.history)):
            evidence = f"{name}: con este NSS y esta fecha de solicitud se recibió {same.id}, con otro ID Trámite"
            held.append(("guarda_repetida", evidence))
        row_missing = arrival.history.pensioners is not None and each.check and not each.check.verified
        if row_missing and each.good:
            held.append(("guarda_padron", f"{name}: el NSS no está en el padrón"))
    others = len(reading.attachments) - len({form.file for form in reading.forms})
    # A logo is no news; a photograph may be another form.
    logos = sum(a.content_type.startswith("image/") and a.size < _PHOTOGRAPH for a in reading.attachments)
    if others - logos > 0:
        held.append(("guarda_adjunto", "el correo trae además otros archivos"))
    alert = _alert(arrival, survival)
    if alert:
        held.append(("guarda_texto", alert))
    return tuple(Reason(rule, "C", evidence) for rule, evidence in dict.fromkeys(held))


def _other_person(check: Check, history: History) -> Check | None:
    """A check of the same NSS that gives another name or birth date: one of the two is wrong."""
    keys = ("nombre", "apellido_paterno", "apellido_materno", "fecha_nacimiento")
    mine = [comparable(check.fields.get(key) or "") for key in keys]
    same_number = (each for each in history.checks if each.nss == check.nss and each.state is CheckState.CONFIRMADA)
    return next((e for e in same_number if [comparable(e.fields.get(key) or "") for key in keys] != mine), None)


def _unlike_a_repetition(before: Check, arrival: Arrival) -> Iterator[str]:
    """Why a request that was received before is not just confirmed once more (Spanish)."""
    reading, most = arrival.reading, arrival.policy.rules.topes.por_peticion
    if before.state is not CheckState.CONFIRMADA:
        yield f"la primera solicitud ({before.id}) aún no se ha contestado"
    if reading.author is None or before.office != reading.author.email:
        yield f"{before.id} se recibió de otra oficina ({before.office})"
    if before.repeats >= most:
        yield f"{before.id} se ha repetido ya {before.repeats} veces"


def _other_number(check: Check, history: History) -> Check | None:
    """A check of the same NSS and request date under another ID Trámite (or the same, with zeros before it)."""
    alive = (e for e in history.checks if e.account == check.account and e.state is not CheckState.RECHAZADA)
    date_ = check.fields.get("fecha_solicitud")
    return next((e for e in alive if e.nss == check.nss and e.fields.get("fecha_solicitud") == date_), None)


def _alert(arrival: Arrival, survival: Supervivencia, *, but: str | None = None) -> str:
    """Words in the mail itself that no machine should answer: a death, a request to stop, something urgent.

    Phrases with the word `but` do not count.
    """
    reading = arrival.reading
    said = f" {comparable(f'{reading.subject} {reading.fresh}')} "
    phrases = (phrase for phrase in map(comparable, survival.palabras.alerta) if not (but and but in phrase))
    word = next((phrase for phrase in phrases if f" {phrase} " in said), None)
    return f"el correo dice «{word}»" if word else ""


def _refusals(judged: Sequence[_Judged]) -> list[dict[str, object]]:
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


def _receipt(judged: _Judged, oficina: OficinaConsular) -> Receipt:
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


def _told(judged: Sequence[_Judged], sender: FormFault | None) -> tuple[Reason, ...]:
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


def _why(judged: Sequence[_Judged], holds: Sequence[Reason]) -> tuple[str, ...]:
    faults = [f"{each.form.file or 'el correo'}: {fault.text}" for each in judged for fault in each.faults]
    return tuple(dict.fromkeys([*faults, *(hold.evidence for hold in holds)])) or ("lo revisa una persona (C)",)


def _data(forms: Sequence[Form]) -> PersonData:
    """Whose request it is, when it is one person's."""
    if len(forms) != 1:
        return PersonData()
    fields = forms[0].fields
    names = [fields.get(key) for key in ("nombre", "apellido_paterno", "apellido_materno")]
    return PersonData(nombre=" ".join(filter(None, names)) or None, nss=fields.get("nss"), curp=fields.get("curp"))


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
        return arrivals.noted(arrival, known, "La oficina agradece; no cambia nada")
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
