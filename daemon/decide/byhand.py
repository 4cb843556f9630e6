"""A consultant wrote to the person from the own mail program: whose petition it is now, and whether that closes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..model.decision import Decision, Disposition, Effect, Notify, Plan, Reason, Register, Step, Withdraw
from ..model.ledger import History
from ..model.mail import Kind, Reading
from ..model.petition import Clase, HistoryEntry, Petition
from ..model.siade import RecordClase
from ..model.survey import surveyed
from .assignment import attends, on_duty
from .belonging import answers_subject
from .course import new_state
from .lifecycle import Happening
from .notes import with_message
from .policy import Policy

_UNPROVEN = "Llegó lo que parece un correo de la institución a la persona, pero el servidor de recepción no lo acreditó"


def on_own_mail(reading: Reading, history: History, policy: Policy, now: datetime, *, proven: bool) -> Plan:
    """What follows from the copy of a mail that none of our drafts is; seen a second time, nothing.

    It belongs to its petition by thread, reference, subject, or because the addressee has that one open. Who attends
    it keeps it (5.66), unless they stand in for somebody. It closes the petition when it carries the survey of that
    very petition (5.68). `proven` says that our people really sent it: From alone is easily forged, and moves nothing.
    """
    petition, why = _petition(reading, history)
    decision = Decision(
        kind=Kind.COPIA_DE_CONTEO,
        step=Step.SIN_RESPUESTA,
        disposition=Disposition.NINGUNA,
        reasons=(Reason("correo_del_consultor", "P 5.65, 5.66", why, hit=petition is not None),),
        rules_version=policy.rules.version,
    )
    if petition is None or reading.message_id in petition.thread:
        return Plan(decision=decision)
    who = reading.author.email if reading.author else "desconocido"
    known = with_message(petition, reading)
    if not proven or not _to_the_person(reading, petition):
        told = "Un consultor escribió a otra dirección sobre esta petición" if proven else _UNPROVEN
        entry = HistoryEntry(now, "nota", told, "P 5.65", who, petition.state)
        # Under a Message-ID that nobody vouched for, a stranger's answer must not find its way here.
        return Plan(decision=decision, petition=known if proven else petition, history=(entry,))
    if reading.fresh.strip():
        # Should the person ask the same again, this is what is ratified (P 5.14).
        known = replace(known, answer=reading.fresh, answered_at=now)
    text = "Un consultor escribió a la persona desde su correo (copia oculta recibida)"
    lines = [HistoryEntry(now, "nota", text, "P 5.65, 5.73", who, petition.state)]
    if petition.state.closed:
        return Plan(decision=decision, petition=known, history=tuple(lines))
    known, taken, effects = _taken_over(known, who, policy, now)
    plan = Plan(decision=decision, petition=known, history=(*lines, *taken), effects=tuple(effects))
    return _closed(plan, known, reading, who, policy, now)


def _petition(reading: Reading, history: History) -> tuple[Petition | None, str]:
    """The petition that a colleague's mail is about, and by what it was recognised."""
    if history.by_thread:
        return history.by_thread, f"sigue el hilo de {history.by_thread.folio}"
    named = [each for each in history.by_token if _to_the_person(reading, each)]
    if len(named) == 1:
        return named[0], f"nombra {named[0].folio} y va a la persona"
    still_open = [each for each in history.by_address if not each.state.closed]
    same = [each for each in still_open if answers_subject(reading.subject, each)]
    if len(same) == 1:
        return same[0], f"responde al asunto de {same[0].folio} y va a la persona"
    if len(still_open) == 1:
        return still_open[0], f"va a la persona, que solo tiene abierta {still_open[0].folio}"
    return None, f"la persona tiene {len(still_open)} peticiones abiertas y nada dice cuál es"


def _to_the_person(reading: Reading, petition: Petition) -> bool:
    addressees = {address.email.lower() for address in (*reading.to, *reading.cc)}
    return bool(addressees & {petition.petitioner.lower(), (petition.data.correo or "").lower()} - {""})


def _taken_over(
    petition: Petition, who: str, policy: Policy, now: datetime
) -> tuple[Petition, list[HistoryEntry], list[Effect]]:
    """The petition as it belongs to whoever wrote to the person, and word to whom it belonged (5.66)."""
    rules, before = policy.rules, petition.consultor
    today = policy.calendar.local(now).date()
    if not attends(who, rules) or who in (before, on_duty(before, rules, today)):
        return petition, [], []
    text = f"La atiende {who}, que escribió a la persona" + (f"; antes era de {before}" if before else "")
    entry = HistoryEntry(now, "asignada", text, "P 5.66", who, petition.state)
    effects: list[Effect] = []
    if before and attends(before, rules):
        subject = f"La petición {petition.folio} la atiende ahora {who}"
        told = (
            f"{who} escribió a la persona desde su correo. Quien la atiende la conserva (P 5.66); usted ya no la tiene."
        )
        effects.append(Notify(Clase.AVISO_INTERNO, before, subject, told))
    return replace(petition, consultor=who), [entry], effects


def taken_over(petition: Petition, who: str, policy: Policy, now: datetime) -> Plan:
    """The petition of a draft that a consultant sent by hand: theirs from now on, when it was not (5.66)."""
    moved, lines, effects = _taken_over(petition, who, policy, now)
    return Plan(petition=moved, history=tuple(lines), effects=tuple(effects))


def _closed(plan: Plan, petition: Petition, reading: Reading, who: str, policy: Policy, now: datetime) -> Plan:
    """The plan with the closing, when the mail's own words (no quote) carry the survey of this petition."""
    invited = surveyed(reading.fresh, policy.key)
    base = policy.rules.casa.encuesta
    if base is None or petition.folio not in invited:
        if not invited and not (base and base.partition("?")[0].split("{")[0] in reading.fresh):
            return plan
        text = "La encuesta que lleva ese correo no es la de esta petición: no la concluye"
        entry = HistoryEntry(now, "nota", text, "P 5.68", state=petition.state)
        return replace(plan, history=(*plan.history, entry))
    moved = new_state(petition, Happening.CONCLUYE_CONSULTOR)
    text = "La concluye el consultor: su correo lleva la encuesta de esta petición"
    entry = HistoryEntry(now, "concluida", text, "P a85, a92, 5.68", who, moved.state)
    ids = (reading.message_id,) if reading.message_id else ()
    record = Register(
        RecordClase.CIERRE, reading.fresh, "respuesta comunicada a la persona por su consultor", "P a85, a92", ids
    )
    effects: tuple[Effect, ...] = (*plan.effects, Withdraw("el consultor contestó y concluyó"), record)
    return replace(plan, petition=moved, history=(*plan.history, entry), effects=effects, closes_fichas=True)
