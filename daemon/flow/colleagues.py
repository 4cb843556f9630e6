"""Our own people day by day: who stands in for whom, and which petitions need somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ..decide.assignment import assigned, left, on_duty
from ..decide.profiles import MEDIOS, name_of_profile
from ..errors import IllegalTransition
from ..model.decision import SendFicha
from ..model.ledger import Keys
from ..model.petition import Petition, State
from ..reply.clean import Markdown, escape
from ..reply.spoken import STATES
from .desk import Desk

JOB = "relevos"
# So many open petitions no office has; the number only bounds what is read.
_ALL = 100_000
# As long as it is not clear what somebody asks, the petition is nobody's (P a65, a66).
_NOT_YET = (State.NUEVA, State.MENSAJE_EN_COLA, State.ESPERA_ACLARACION)


def hand_over(desk: Desk, day: date) -> None:
    """Once a day: what belongs to nobody, or to somebody who left, finds its consultant; and where an absence began or
    ended since the last business day, whoever has the petitions now gets a list of them (P 5.66). Safe to repeat."""
    still_open = desk.store.petitions(open_only=True, limit=_ALL)
    for petition in still_open:
        if left(petition, desk.policy.rules) or (petition.consultor is None and _should_have_one(desk, petition)):
            _assign(desk, petition, day)
    calendar, rules = desk.policy.calendar, desk.policy.rules
    before = calendar.last_open(day)
    for one in rules.consultores:
        then, now = on_duty(one.correo, rules, before), on_duty(one.correo, rules, day)
        theirs = [petition for petition in still_open if petition.consultor == one.correo]
        if then == now or now is None or not theirs:
            continue
        absence = one.away(day)
        if absence is None:
            subject = f"De regreso: {_number(theirs)}"
            text = f"Mientras estuvo fuera, los avisos fueron a {escape(str(then))}. Las peticiones son suyas (P 5.66):"
        else:
            subject = f"Suple a {one.nombre}: {_number(theirs)}"
            text = (
                f"Desde hoy y hasta el {absence.hasta:%d/%m/%Y} recibe usted los avisos de {escape(one.nombre)}. Las "
                "peticiones siguen siendo suyas y se las devuelve a su regreso (P 5.66):"
            )
        body = Markdown(f"{text}\n\n" + "\n".join(_line(desk, petition) for petition in reversed(theirs)))
        desk.tell_people(f"relevo/{one.correo}/{day}", now, subject, body)


def _should_have_one(desk: Desk, petition: Petition) -> bool:
    medios = name_of_profile(desk.policy.rules, petition.account) == MEDIOS
    return medios and petition.state not in _NOT_YET


def _assign(desk: Desk, petition: Petition, day: date) -> None:
    data = petition.data
    keys = Keys("", "", address=petition.petitioner or None, nss=data.nss, curp=data.curp, nombre=data.nombre)
    history = desk.history_for(keys, petition.account)
    others = tuple(each for each in history.kin if each.folio != petition.folio)
    plan = assigned(petition, replace(history, kin=others), desk.policy.rules, day, desk.now())
    if plan is None or plan.petition is None:
        return
    why = plan.history[0].text
    to = on_duty(plan.petition.consultor, desk.policy.rules, day)
    effects = (SendFicha(to, (why,), petition.urgent),) if to else ()
    try:
        desk.commit(replace(plan, effects=effects), before=petition)
    except IllegalTransition:
        # Something newer was stored meanwhile: tomorrow's look judges by that.
        return


def _number(petitions: Sequence[Petition]) -> str:
    return "una petición abierta" if len(petitions) == 1 else f"{len(petitions)} peticiones abiertas"


def _line(desk: Desk, petition: Petition) -> str:
    tema = desk.policy.rules.tema(petition.topic)
    mark = "**URGENTE** · " if petition.urgent else ""
    since = desk.policy.calendar.local(petition.opened_at)
    about = escape(tema.nombre if tema else "tema no reconocido")
    return f"- {mark}{petition.folio} · {about} · {STATES[petition.state]} · llegó el {since:%d/%m/%Y}"
