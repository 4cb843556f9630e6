"""Something happened that is no message: a mail really left, a term fell due, a person decided about a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..errors import IllegalTransition
from ..model.decision import Disposition, Effect, Ficha, Notify, Plan, Reason, Register, Withdraw
from ..model.ledger import History
from ..model.outgoing import Draft, DraftState
from ..model.petition import Clase, HistoryEntry, Petition, State, Term, Type
from ..model.siade import RecordClase
from ..model.survival import Check, CheckState
from . import again, areas, consultation, derivation, guards, onward, registration
from .course import lasting, mail_to, new_state
from .lifecycle import Happening, on_sending, step
from .policy import Policy

SECOND_REQUEST, CONCLUSION, NO_TERM = "segunda_solicitud", "conclusion_desinteres", "aclaracion_sin_plazo"
# Which term begins with the real sending of which mail (P a76–a78; a65 sets none, it is only watched).
_BEGINS = {
    (Clase.DATOS_COMPLEMENTARIOS, 1): SECOND_REQUEST,
    (Clase.DATOS_COMPLEMENTARIOS, 2): CONCLUSION,
    (Clase.ACLARACION, 1): NO_TERM,
}
_ASKING = (State.ESPERA_DATOS_1, State.ESPERA_DATOS_2)
# How each is called in a sentence that people read; tests/unit/decide/test_outcomes.py asks for every one.
_NAMES = {
    Clase.ACLARACION: "la petición de aclaración",
    Clase.DATOS_COMPLEMENTARIOS: "la solicitud de datos complementarios",
    Clase.CONCLUSION_DESINTERES: "la conclusión por desinterés o falta de información",
    Clase.ORIENTACION: "la orientación",
    Clase.ACUSE_CDAOD: "el acuse de turno a CDAOD o JDAOD",
    Clase.ACUSE_ORGANO_NORMATIVO: "el acuse de turno al Órgano normativo",
    Clase.DERIVACION_ORGANO_NORMATIVO: "la propuesta al Órgano normativo",
    Clase.DERIVACION_OIC_SNTSS: "el correo al enlace del OIC o del SNTSS",
    Clase.RESPUESTA_ORGANO_NORMATIVO: "la respuesta del Órgano normativo",
    Clase.RATIFICACION: "la ratificación de la respuesta",
    Clase.AVISO_FOLIO: "el aviso del folio de SIADE",
    Clase.TURNO_OIC_SNTSS: "el aviso del turno al OIC o al SNTSS",
    Clase.CONFIRMACION: "la confirmación de recepción",
    Clase.RECHAZO: "el rechazo de la solicitud",
    Clase.ACUSE_CONECTIVIDAD: "el acuse de la prueba de conectividad",
    Clase.PRUEBA_CONECTIVIDAD: "la prueba de conectividad",
    Clase.RESPUESTA_LIBRE: "la respuesta escrita por un consultor",
    Clase.FICHA: "la ficha",
    Clase.AVISO_INTERNO: "el aviso interno",
    Clase.INFORME: "el informe de la mañana",
}


def name_of(draft: Draft) -> str:
    """How a mail is called in a sentence, with its article (Spanish)."""
    if draft.clase is Clase.DATOS_COMPLEMENTARIOS and draft.turn == 2:
        return "la segunda solicitud de datos complementarios"
    return _NAMES[draft.clase]


def on_sent(
    petition: Petition,
    draft: Draft,
    policy: Policy,
    at: datetime,
    *,
    actor: str = "acuse",
    checks: Sequence[Check] = (),  # noqa: ARG001  (a petition has none; the profiles of IMSS Digital do)
) -> Plan:
    """A mail has really left at `at`: the petition moves on and its next term begins (DOMAIN: counts from sending).

    When the person's answer overtook the mail, the state stays and the history says so.
    """
    if draft.template == consultation.TEMPLATE:
        return consultation.on_sent(petition, draft, policy, at, actor)
    text = f"Sale {name_of(draft)}"
    happening = on_sending(draft.clase, draft.turn)
    if happening is None:
        return Plan(petition=petition, history=(HistoryEntry(at, "enviado", text, actor=actor),))
    try:
        state, numeral = step(petition.state, happening)
    except IllegalTransition as problem:
        entry = HistoryEntry(at, "enviado", f"{text}; {problem.what}", actor=actor, state=petition.state)
        return Plan(petition=petition, history=(entry,))
    moved = replace(petition, state=state, asked=draft.asks or petition.asked)
    moved = again.answered(replace(moved, terms=lasting(moved)), draft.clase, draft.text, at)
    entries = [HistoryEntry(at, "enviado", text, numeral, actor=actor, state=state)]
    begins = _BEGINS.get((draft.clase, draft.turn))
    begun = areas.begun(moved, draft, policy, at)
    if area := derivation.begun(draft, moved, policy, at):
        # Each request to an Órgano has its own term (P 5.26): what ran for the one before ends.
        moved = replace(moved, terms=moved.terms_but(*derivation.ANSWERS))
        begun = (area,)
    if not begun and begins and begins in policy.rules.plazos:
        begun = (_term(begins, moved, policy, at),)
    for term in begun:
        moved = replace(moved, terms=(*moved.terms, term))
        local = policy.calendar.local(term.due_at)
        entries.append(HistoryEntry(at, "plazo", f"Corre «{term.name}» hasta {local:%d/%m/%Y %H:%M}", term.numeral))
    told = areas.records(moved, draft, _record(draft), policy)
    # What is handed to the OIC or the SNTSS may still have to be sent there by a person, by its ficha.
    closes = state.closed and draft.clase is not Clase.TURNO_OIC_SNTSS
    return Plan(petition=moved, history=tuple(entries), effects=told, closes_fichas=closes)


# What SIADE is told when a mail of this clase has left for the first time: as what, with which reason, and why.
_RECORDS: dict[Clase, tuple[RecordClase, str, str]] = {
    Clase.DATOS_COMPLEMENTARIOS: (RecordClase.ORIENTACION, "", "P a76"),
    Clase.ORIENTACION: (RecordClase.ORIENTACION, "", "P a70"),
    Clase.CONCLUSION_DESINTERES: (RecordClase.CIERRE, "desinterés o falta de información", "P a78"),
    Clase.RESPUESTA_ORGANO_NORMATIVO: (RecordClase.CIERRE, "respuesta comunicada a la persona", "P a92, 5.28"),
    Clase.RESPUESTA_LIBRE: (RecordClase.CIERRE, registration.VISTO_BUENO, "P a85, 5.26"),
    Clase.TURNO_OIC_SNTSS: (RecordClase.CIERRE, "turnada sin seguimiento", "P a123"),
    # Ratifying is no new petition (5.19): a note on what was answered before.
    Clase.RATIFICACION: (RecordClase.NOTA, "se ratifica la respuesta dada", "P 5.14, 5.19"),
}


def _record(draft: Draft) -> Register | None:
    if draft.turn > 1 or draft.clase not in _RECORDS:
        return None
    clase, motivo, numeral = _RECORDS[draft.clase]
    return Register(clase, draft.text, motivo, numeral, (draft.message_id,))


def _term(name: str, petition: Petition, policy: Policy, at: datetime) -> Term:
    """The term, and when the daemon acts: at the due instant, or at that day's opening when a person must look."""
    term = policy.calendar.term(name, policy.rules.plazos[name], at, petition.ooad)
    clase = Clase.CONCLUSION_DESINTERES if name == CONCLUSION else Clase.DATOS_COMPLEMENTARIOS
    disposition, _ = guards.disposition(clase, petition, policy.rules)
    if disposition is Disposition.ENVIAR:
        return term
    return replace(term, act_at=policy.calendar.opens(policy.calendar.local(term.due_at).date()))


def on_due(petition: Petition, history: History, policy: Policy, now: datetime, *, unread: int = 0) -> Plan:
    """A term of this petition fell due by `now`: the second request (a77) or the conclusion (a78).

    `unread` counts mails that came while the term ran and that nobody could read: any may be the answer, so that a
    person concludes. An urgent or sensitive petition is never concluded automatically: a consultant decides.
    """
    if (plan := _lengthened(petition, policy, now)) is not None:
        return plan
    if any(term.name == registration.WITHOUT_FOLIO and term.acts_at <= now for term in petition.terms):
        return registration.without_folio(petition, history, policy, now)
    if (plan := areas.on_due(petition, policy, now, unread)) is not None:
        return plan
    if task := next((term for term in petition.terms if term.acts_at <= now and term.at_due == "tarea"), None):
        return derivation.overdue(petition, task, history, policy, now)
    due = next((term for term in petition.terms if term.acts_at <= now and term.at_due == "correo"), None)
    if due is None or petition.state not in (State.ESPERA_DATOS_1, State.ESPERA_DATOS_2):
        rest = tuple(term for term in petition.terms if term.acts_at > now or term.at_due == "nada")
        return Plan(petition=replace(petition, terms=rest))
    if due.name == CONCLUSION and (petition.urgent or petition.sensitive):
        why = "nadie contestó; por ser urgente o sensible no se concluye sola: decida un consultor (P 4.37)"
        moved = new_state(petition, Happening.PASA_A_CONSULTOR)
        entry = HistoryEntry(now, "vence", why, due.numeral, state=moved.state)
        return Plan(petition=moved, history=(entry,), effects=(Ficha((why,), urgent=petition.urgent),))
    concludes = due.name == CONCLUSION
    clase = Clase.CONCLUSION_DESINTERES if concludes else Clase.DATOS_COMPLEMENTARIOS
    disposition, reasons = guards.disposition(clase, petition, policy.rules, history=history)
    if concludes and unread:
        evidence = f"hay {unread} mensaje(s) en cuarentena que nadie ha leído: quizá uno sea la respuesta"
        reasons = (*reasons, Reason("guarda_cuarentena", "P a78", evidence))
        disposition = Disposition.REVISAR
    state, _ = step(petition.state, Happening.VENCE_PLAZO)
    first = next((d for d in history.drafts if d.clase is Clase.DATOS_COMPLEMENTARIOS and d.sent_at), None)
    values = {"fecha_solicitud": first.sent_at if first else None}
    write = mail_to(
        petition, clase, disposition, answering=petition.first_message_id, turn=1 if concludes else 2, values=values
    )
    effects: list[Effect] = [write]
    if disposition is not Disposition.ENVIAR:
        effects.append(Ficha(tuple(f"{r.evidence} ({r.numeral})" for r in reasons), urgent=petition.urgent))
    entry = HistoryEntry(now, "vence", f"Vence «{due.name}» sin respuesta", due.numeral, state=state)
    moved = replace(petition, state=state, terms=lasting(petition))
    return Plan(petition=moved, history=(entry,), effects=tuple(effects))


def _lengthened(petition: Petition, policy: Policy, now: datetime) -> Plan | None:
    """Terms that would act now, though a day that they counted counts no more, go on; None when there is none.

    Only where the rules count business days from the sending: an area's other terms are not made of such days alone.
    """
    wait = policy.rules.espera(petition.account, petition.type)
    other = wait is not None and (wait.unidad != "habiles" or wait.desde != "envio")
    terms, entries = [], []
    for term in petition.terms:
        rule = policy.rules.plazos.get(term.name)
        by_days = rule is not None and rule.unidad == "habiles" and rule.n > 0
        longer = term
        if term.acts_at <= now and by_days and not (other and term.name == CONCLUSION):
            longer = policy.calendar.lengthened(term, petition.ooad)
        if longer is not term:
            new = [f"{day:%d/%m/%Y}, {why}" for day, why in longer.skipped if (day, why) not in term.skipped]
            until = policy.calendar.local(longer.due_at)
            text = f"«{term.name}» corre hasta el {until:%d/%m/%Y}: ya no cuenta como hábil {'; '.join(new)}"
            entries.append(HistoryEntry(now, "plazo", text, term.numeral, state=petition.state))
        terms.append(longer)
    return Plan(petition=replace(petition, terms=tuple(terms)), history=tuple(entries)) if entries else None


def on_refused(petition: Petition, draft: Draft, detail: str, now: datetime) -> Plan:
    """The server refused the person's address for good: no answer may be awaited, a consultant finds another way."""
    if draft.clase in derivation.TO_OFFICES:
        return derivation.not_at_the_office(petition, draft, detail, now)
    why = f"el servidor rechazó {name_of(draft)}: {detail}"
    moved = new_state(petition, Happening.REBOTA)
    entry = HistoryEntry(now, "rechazado", why, "P a66", actor="servidor de correo", state=moved.state)
    return Plan(petition=moved, history=(entry,), effects=(Ficha((why,), urgent=petition.urgent),))


def on_turned_down(
    petition: Petition, draft: Draft, outcome: DraftState, now: datetime, checks: Sequence[Check] = ()
) -> Plan:
    """A consultant rejected or deleted a draft: the petition is theirs, nothing runs by itself any more (5.66).

    The survival `checks` that the draft would have confirmed count as refused.
    """
    verb = "rechazó" if outcome is DraftState.RECHAZADO_POR_CONSULTOR else "borró"
    moved = petition
    # Without its reminder an Órgano is waited for all the same.
    matters = draft.template != derivation.REMINDER
    if matters and not petition.state.closed and petition.state is not State.REVISION_CONSULTOR:
        moved = new_state(petition, Happening.RECHAZAN_BORRADOR)
    who, actor = ("La supervisión", "supervisor") if draft.proposed_at else ("Un consultor", "consultor")
    entry = HistoryEntry(now, outcome.value, f"{who} {verb} {name_of(draft)}", "P a66", actor, moved.state)
    return Plan(petition=moved, history=(entry,), checks=settled(checks, CheckState.RECHAZADA))


def settled(checks: Sequence[Check], state: CheckState) -> tuple[Check, ...]:
    """The survival checks that awaited their answer, as they stand once it has left or was turned down."""
    return tuple(replace(check, state=state) for check in checks if check.state is CheckState.RECIBIDA)


@dataclass(frozen=True, slots=True)
class StaffWord:
    """What one of our people tells the daemon, by answering a ficha or by `acuse peticion`. None: not said.

    `destino` is a kind of place, or the key of an Órgano, OOAD or UMAE in rules/destinos.yaml. `faltan` is what an
    area's answer lacks (P 5.26), `seguir` that the petition goes on where it was, or to its next step.
    """

    actor: str
    nss: str | None = None
    nombre: str | None = None
    telefono: str | None = None
    tipo: Type | None = None
    tema: str | None = None
    destino: str | None = None
    nota: str | None = None
    concluyente: bool | None = None
    faltan: str | None = None
    respuesta: str | None = None
    consultar: str | None = None
    concluir: str | None = None
    solicitar: bool = False
    seguir: bool = False


def on_staff(petition: Petition, word: StaffWord, policy: Policy, history: History, now: datetime) -> Plan:
    """Take a colleague's word: data seen in a photo, another type, a note, a conclusion (5.66: theirs to the end).

    `concluir` is conclusion|desistimiento. `respuesta` are the words for the person, `consultar` the key of the Órgano
    that is to be asked (a72, a73). `solicitar` writes the data request for what is still missing. What is now complete
    goes on by itself, to SIADE and to whoever attends it (a79). IllegalTransition when the petition cannot do what is
    asked of it.
    """
    moved, lines = _corrected(petition, word, policy)
    entries = [HistoryEntry(now, "consultor", line, "P 5.66", word.actor) for line in lines]
    plan = Plan(petition=moved)
    if word.concluir and not word.respuesta:
        plan = _concluded(moved, word, now)
    elif word.respuesta:
        plan = consultation.answered_by_colleague(moved, word.respuesta, word.actor, policy, now)
    elif word.consultar:
        plan = consultation.asks_organo(moved, word.consultar, word.actor, policy, now)
    elif word.concluyente is not None or word.faltan:
        plan = _judged(moved, word, policy, history, now)
    elif word.solicitar:
        plan = onward.ask_for_data(moved, policy, history, now, word.actor)
    elif word.seguir or onward.corrected(petition, moved):
        plan = onward.go_on(petition, moved, policy, history, now, actor=word.actor, asked=word.seguir)
        given = word.nss or word.nombre or word.telefono
        if plan.petition is moved and given and not moved.missing and moved.state in _ASKING:
            plan = _complete(moved, now)
    assert plan.petition is not None
    told = _fed_back(petition, plan.petition, word)
    closes = plan.petition.state.closed
    return replace(plan, history=(*entries, *plan.history), effects=(*plan.effects, *told), closes_fichas=closes)


def _corrected(petition: Petition, word: StaffWord, policy: Policy) -> tuple[Petition, list[str]]:
    """The petition with what the colleague said of it, and the lines for its story; data are named, never shown."""
    rules = policy.rules
    given = [name for name in ("nss", "nombre", "telefono") if getattr(word, name)]
    data = replace(
        petition.data,
        nss=word.nss or petition.data.nss,
        nombre=word.nombre or petition.data.nombre,
        telefono=word.telefono or petition.data.telefono,
    )
    topic, tema = word.tema or petition.topic, rules.tema(word.tema)
    moved = replace(
        petition,
        data=data,
        type=onward.type_of(petition, word.tipo, topic, rules),
        topic=topic,
        missing=policy.missing(data, topic),
    )
    if word.destino:
        moved = onward.directed(moved, word.destino, rules)
    elif tema and petition.registered_at is None and topic != petition.topic:
        moved = replace(moved, destination=tema.destino, destino=None)
    place = rules.organo(word.destino) or rules.lugar(word.destino)
    lines = [f"{name}: dado por un consultor" for name in given]
    said = {
        "tipo": word.tipo,
        "tema": word.tema,
        "destino": place.nombre if place else word.destino,
        "nota": word.nota,
        "falta en la respuesta": word.faltan,
    }
    lines += [f"{name}: {value}" for name, value in said.items() if value]
    lines += [] if word.concluyente is None else [f"respuesta concluyente: {'sí' if word.concluyente else 'no'}"]
    return moved, lines


def _concluded(petition: Petition, word: StaffWord, now: datetime) -> Plan:
    given_up = word.concluir == "desistimiento"
    moved = new_state(petition, Happening.DESISTE if given_up else Happening.CONCLUYE_CONSULTOR)
    entry = HistoryEntry(now, "concluida", "La concluye un consultor", "P a85, a92", word.actor, moved.state)
    # What is handed to SIADE carries all of a petition's data, so that it may be captured and closed at once.
    reason = "desistimiento" if given_up else "concluida por el consultor"
    record = Register(RecordClase.CIERRE, word.nota or moved.summary, reason, "P a85, a92")
    return Plan(petition=moved, history=(entry,), effects=(Withdraw("la petición se concluyó"), record))


def _judged(petition: Petition, word: StaffWord, policy: Policy, history: History, now: datetime) -> Plan:
    """Whether an area's answer is concluyente (P 5.26): of a CDAOD or JDAOD through SIADE, of an Órgano by mail."""
    concludes = word.concluyente is True and not word.faltan
    wanted = word.faltan or ""
    if petition.destination == "organo_normativo" and not concludes:
        moved, entries, effects = derivation.complement(petition, history, policy, now, wanted=wanted, actor=word.actor)
        return Plan(petition=moved, history=tuple(entries), effects=tuple(effects))
    told = registration.judged(petition, concludes, wanted, history, policy, now, word.actor)
    return told or Plan(petition=petition)


def _complete(petition: Petition, now: datetime) -> Plan:
    """The data are complete and nobody has said yet where the matter goes: a consultant's to decide."""
    moved = new_state(petition, Happening.LLEGA_RESPUESTA)
    entry = HistoryEntry(now, "datos_recibidos", "Los datos quedan completos", "P a79", state=moved.state)
    why = "datos completos; falta decir su destino (P a79)"
    return Plan(petition=moved, history=(entry,), effects=(Withdraw("los datos ya están completos"), Ficha((why,))))


def _fed_back(before: Petition, after: Petition, word: StaffWord) -> tuple[Effect, ...]:
    """Word to the consultant of what somebody else corrected in a registration (a82)."""
    if before.registered_at is None or not before.consultor or word.actor.lower() == before.consultor:
        return ()
    changed = ", ".join(onward.corrected(before, after))
    if not changed:
        return ()
    text = f"{word.actor} corrigió en la petición {before.folio}: {changed}. Así queda registrada (P a82)."
    return (Notify(Clase.AVISO_INTERNO, before.consultor, f"Se corrigió la petición {before.folio}", text),)
