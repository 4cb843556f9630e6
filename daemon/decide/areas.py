"""Other areas wait otherwise than Medios Electrónicos: one request, a term of their own, maybe no mail at its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..model.decision import Disposition, Effect, Ficha, Notify, Plan, Register
from ..model.outgoing import Draft
from ..model.petition import Clase, HistoryEntry, Petition, State, Term
from ..model.rules import Plazo, PlazoDeArea
from ..model.siade import RecordClase
from . import guards
from .assignment import told_at_once
from .course import new_state
from .lifecycle import Happening
from .policy import Policy

CONCLUSION = "conclusion_desinteres"
# At the due instant of such a term the petition concludes without a mail; as «nada» nobody would look at it.
_BY_ITSELF = "concluir"
_CALL = "llamada_"
_ONE_DAY = Plazo(desde="envio", unidad="habiles", n=1, al_vencer="correo", numeral="")


def begun(petition: Petition, draft: Draft, policy: Policy, at: datetime) -> tuple[Term, ...]:
    """The terms that begin when a data request has really left at `at`, in an area that waits by its own; else none.

    A term that counts from reception never ends before the close of the first business day after the sending: a
    request that left late would otherwise conclude before anybody can have read it.
    """
    rule = policy.rules.espera(petition.account, petition.type)
    if rule is None or draft.clase is not Clase.DATOS_COMPLEMENTARIOS:
        return ()
    calendar = policy.calendar
    term = calendar.term(CONCLUSION, rule, at if rule.desde == "envio" else petition.opened_at, petition.ooad)
    earliest = calendar.term(CONCLUSION, _ONE_DAY, at, petition.ooad)
    if rule.desde != "envio" and term.due_at < earliest.due_at:
        term = replace(term, due_at=earliest.due_at, skipped=earliest.skipped)
    if rule.al_vencer == "nada":
        term = replace(term, at_due=_BY_ITSELF)
    elif not _leaves_by_itself(rule, petition, policy):
        term = replace(term, act_at=calendar.opens(calendar.local(term.due_at).date()))
    return (term, *_calls(rule, petition, policy, at, term))


def _leaves_by_itself(rule: PlazoDeArea, petition: Petition, policy: Policy) -> bool:
    disposition, _ = guards.disposition(Clase.CONCLUSION_DESINTERES, petition, policy.rules)
    return rule.al_vencer == "correo" and disposition is Disposition.ENVIAR


def _calls(rule: PlazoDeArea, petition: Petition, policy: Policy, at: datetime, until: Term) -> tuple[Term, ...]:
    """One task for each call: at the opening of its day, or of a business day beside it that is within the term."""
    calendar = policy.calendar
    terms = []
    for number, days in enumerate(rule.llamadas, 1):
        call = rule.model_copy(update={"desde": "envio", "n": days, "al_vencer": "tarea"})
        term = calendar.term(f"{_CALL}{number}", call, at, petition.ooad)
        day = calendar.local(term.due_at).date()
        if calendar.why_closed(day, petition.ooad):
            day = calendar.advance(day, 1, petition.ooad)[0]
            if calendar.opens(day) >= until.due_at:
                day = calendar.last_open(day, petition.ooad)
        terms.append(replace(term, due_at=calendar.closes(day), act_at=calendar.opens(day)))
    return tuple(terms)


def on_due(petition: Petition, policy: Policy, now: datetime, unread: int) -> Plan | None:
    """A call or a conclusion of another area that fell due by `now`; None when the due term is none of these.

    A conclusion by mail (P a112) is none of these either: it leaves as that of Medios Electrónicos does.
    """
    due = [term for term in petition.terms if term.acts_at <= now]
    rule = policy.rules.espera(petition.account, petition.type)
    if rule is None or petition.state is not State.ESPERA_DATOS_1:
        return None
    end = next((term for term in due if term.name == CONCLUSION), None)
    if end is None:
        call = next((term for term in due if term.name.startswith(_CALL)), None)
        return _ask_to_call(petition, call, policy, now) if call else None
    why = _not_by_itself(petition, end, unread)
    if why:
        moved = new_state(petition, Happening.PASA_A_CONSULTOR)
        entry = HistoryEntry(now, "vence", why, end.numeral, state=moved.state)
        return Plan(petition=moved, history=(entry,), effects=(Ficha((why,), urgent=petition.urgent),))
    return None if end.at_due == "correo" else _conclude(petition, rule, now)


def _not_by_itself(petition: Petition, end: Term, unread: int) -> str:
    """Why a person must conclude this petition, or '' when nothing speaks against it."""
    if petition.urgent or petition.sensitive:
        return "nadie contestó; por ser urgente o sensible no se concluye sola: decida un consultor (P 4.37)"
    if end.at_due == "tarea":
        return f"venció el plazo y nadie contestó: concluya la petición ({end.numeral})"
    if end.at_due == _BY_ITSELF and unread:
        return (
            f"hay {unread} mensaje(s) en cuarentena que nadie ha leído: quizá uno sea la respuesta; decida un consultor"
        )
    return ""


def _conclude(petition: Petition, rule: PlazoDeArea, now: datetime) -> Plan:
    """Conclude without a mail: as an orientación (P a28), or for lack of interest (P a37, a42)."""
    as_orientacion = rule.concluye == "orientacion"
    happening = Happening.CONCLUYE_COMO_ORIENTACION if as_orientacion else Happening.CONCLUYE_SIN_CORREO
    moved = new_state(petition, happening)
    effects: list[Effect] = [_registration(petition, rule)]
    if not as_orientacion:
        text = "Concluida por falta de interés: no se recibió lo que se solicitó."
        effects.append(Register(RecordClase.CIERRE, text, "desinterés o falta de información", rule.numeral))
    how = "como orientación" if as_orientacion else "por falta de interés"
    entry = HistoryEntry(
        now, "concluida", f"Nadie contestó: se concluye {how}, sin correo", rule.numeral, state=moved.state
    )
    return Plan(petition=moved, history=(entry,), effects=tuple(effects), closes_fichas=True)


def records(petition: Petition, draft: Draft, usual: Register | None, policy: Policy) -> tuple[Register, ...]:
    """What SIADE is told of a mail that left: `usual` is what Medios Electrónicos tells.

    Other areas register when they conclude (P a28, a41, a113), not when they ask for data (P a76).
    """
    rule = policy.rules.espera(petition.account, petition.type)
    usually = (usual,) if usual else ()
    if rule is None or draft.clase not in (Clase.DATOS_COMPLEMENTARIOS, Clase.CONCLUSION_DESINTERES):
        return usually
    return () if draft.clase is Clase.DATOS_COMPLEMENTARIOS else (_registration(petition, rule), *usually)


def _registration(petition: Petition, rule: PlazoDeArea) -> Register:
    clase = RecordClase.ORIENTACION if rule.concluye == "orientacion" else RecordClase.REGISTRO
    return Register(clase, petition.summary, numeral=rule.numeral, message_ids=petition.thread)


def _ask_to_call(petition: Petition, call: Term, policy: Policy, now: datetime) -> Plan:
    """A task for the consultant: the telephone is the reminder of this area (P a42), not a mail."""
    rest = replace(petition, terms=tuple(term for term in petition.terms if term is not call))
    number = call.name.removeprefix(_CALL)
    telephone = petition.data.telefono or "no dejó ninguno; búsquelo en su correo"
    text = (
        f"Llame hoy a la persona de la petición {petition.folio} y recuérdele que envíe lo que se le solicitó "
        f"({call.numeral}). Teléfono: {telephone}.\n\nAnote el resultado respondiendo a la ficha, en «nota»."
    )
    subject = f"Llamada {number}: petición {petition.folio}"
    entry = HistoryEntry(
        now, "llamada", f"Toca la llamada {number} de recordatorio", call.numeral, state=petition.state
    )
    notices = tuple(
        Notify(Clase.AVISO_INTERNO, address, subject, text) for address in told_at_once(petition, policy.rules)
    )
    return Plan(petition=rest, history=(entry,), effects=notices)
