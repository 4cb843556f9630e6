"""No template answers the person (P a71–a74): the supervisor is asked, perhaps an Órgano normativo, until one does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..errors import IllegalTransition
from ..model.decision import (
    Decision,
    Disposition,
    Effect,
    Ficha,
    Notify,
    Plan,
    Reason,
    SendFicha,
    Step,
    Withdraw,
    Write,
)
from ..model.mail import Reading
from ..model.outgoing import Draft
from ..model.petition import Clase, HistoryEntry, Petition, State, Term, Type
from ..model.rules import RuleSet
from .assignment import supervisor_of
from .lifecycle import Happening, step
from .policy import Policy

# The template by which an Órgano normativo is asked how to answer: it registers nothing, and the person hears nothing.
TEMPLATE = "consulta_organo_normativo"
# No numeral says how long the supervisor or the Órgano may take: it is only shown, from its last day on.
WAITING = "consulta_sin_plazo"
_ASK = (
    "no hay plantilla de orientación para este tema: conteste esta ficha con «respuesta:» y el texto para la persona, "
    "o con «consultar:» y la clave del Órgano normativo (P a71–a73)"
)
_ASKED = (State.ESPERA_SUPERVISOR, State.ESPERA_CONSULTA_NORMATIVA, State.ORIENTACION_EN_REVISION)


def waiting(petition: Petition, policy: Policy, now: datetime) -> tuple[Term, ...]:
    """The term that only shows how long somebody has been asked (P a71, without one of its own)."""
    plazo = policy.rules.plazos.get(WAITING)
    return (policy.calendar.term(WAITING, plazo, now, petition.ooad),) if plazo else ()


def asks_supervisor(petition: Petition, rules: RuleSet) -> list[Effect]:
    """The mail to the supervisor with the case (P a71); none where the office names no supervisor."""
    to, tema = supervisor_of(petition, rules), rules.tema(petition.topic)
    about = tema.nombre if tema else "tema no reconocido"
    return [SendFicha(to, (_ASK,), petition.urgent, subject=f"Consulta sin plantilla: {about}")] if to else []


def cannot_ask(clave: str, rules: RuleSet) -> str:
    """Why the Órgano of this key cannot be asked, in Spanish; '' when it can."""
    organo = rules.organo(clave)
    if organo is None or organo.tipo != "organo_normativo":
        known = ", ".join(each.clave for each in rules.destinos.organos if each.tipo == "organo_normativo")
        return f"«{clave}» no es la clave de un Órgano normativo; las que hay son: {known or 'ninguna'}"
    if organo.enlace is None:
        return f"{organo.nombre} no tiene dirección: falta su «enlace» en destinos.yaml"
    return ""


def answered_by_colleague(petition: Petition, text: str, actor: str, policy: Policy, now: datetime) -> Plan:
    """A colleague's words become the draft for the person (P a72): as orientación when that is what it is about.

    Sending it closes the petition. IllegalTransition when the petition does not allow it.
    """
    orientation = petition.type is Type.ORIENTACION or petition.state in _ASKED
    asked = petition.state in (State.ESPERA_SUPERVISOR, State.ESPERA_CONSULTA_NORMATIVA)
    happening = Happening.PROPONE_ORIENTACION if orientation else Happening.PASA_A_CONSULTOR
    state, numeral = petition.state, "P a72" if asked else "P a66"
    if orientation or state is not State.RESPUESTA_POR_ENVIAR:
        state, _ = step(petition.state, happening)
    moved = replace(petition, state=state, terms=petition.terms_but(WAITING))
    entry = HistoryEntry(now, "respuesta", "Da la respuesta para la persona", numeral, actor, state)
    why = f"{actor} dio la respuesta: revise el borrador y apruébelo ({numeral})"
    return Plan(petition=moved, history=(entry,), effects=_proposed(moved, text, why, policy, orientation=orientation))


def asks_organo(petition: Petition, clave: str, actor: str, policy: Policy, now: datetime) -> Plan:
    """The supervisor does not know, either: a proposed mail to the Órgano normativo (P a73). See `cannot_ask` first."""
    organo = policy.rules.organo(clave)
    if organo is None or organo.enlace is None:
        raise IllegalTransition(cannot_ask(clave, policy.rules), cure="use otra clave o complete destinos.yaml")
    state = petition.state
    if state is not State.ESPERA_SUPERVISOR:
        state, _ = step(petition.state, Happening.CONSULTA_SUPERVISOR)
        petition = replace(petition, state=state, terms=waiting(petition, policy, now))
    text = f"Propone consultar a {organo.nombre}"
    entry = HistoryEntry(now, "consulta", text, "P a73", actor, state)
    write = Write(
        clase=Clase.DERIVACION_ORGANO_NORMATIVO,
        template=TEMPLATE,
        to=organo.enlace,
        disposition=Disposition.REVISAR,
        values={"destino": organo.nombre, "texto_libre": petition.summary or petition.subject},
        urgent=petition.urgent,
    )
    why = f"{actor} propone consultar a {organo.nombre}: revise el correo y apruébelo (P a73)"
    again = Withdraw("se propone otra consulta", (Clase.DERIVACION_ORGANO_NORMATIVO, Clase.ORIENTACION))
    return Plan(petition=petition, history=(entry,), effects=(again, write, Ficha((why,), petition.urgent)))


def on_sent(petition: Petition, draft: Draft, policy: Policy, at: datetime, actor: str) -> Plan:
    """The question has left (P a73): it is waited for, with nothing registered and nothing told to the person."""
    text = f"Sale la consulta a {draft.to}"
    try:
        state, numeral = step(petition.state, Happening.SALE_CONSULTA)
    except IllegalTransition as problem:
        entry = HistoryEntry(at, "enviado", f"{text}; {problem.what}", "P a73", actor, petition.state)
        return Plan(petition=petition, history=(entry,))
    moved = replace(petition, state=state, terms=waiting(petition, policy, at))
    return Plan(petition=moved, history=(HistoryEntry(at, "enviado", text, numeral, actor, state),))


def answered_by_organo(petition: Petition, reading: Reading, policy: Policy, now: datetime) -> Plan:
    """The Órgano's answer (P a74): a draft for the person in the office's frame, never the raw thread."""
    who = reading.author.email if reading.author else "enlace"
    decision = Decision(
        kind=reading.kind,
        step=Step.ORIENTACION,
        disposition=Disposition.REVISAR,
        type=petition.type,
        topic=petition.topic,
        template=Clase.ORIENTACION.value,
        attachments=reading.attachments,
        reasons=(Reason("responde_consulta", "P a74", f"contesta {who} sobre nuestra consulta"),),
        rules_version=policy.rules.version,
    )
    if petition.state.closed:
        entry = HistoryEntry(
            now, "responde_organo", "Contesta la consulta; la petición ya concluyó", "P a74", who, petition.state
        )
        told = _task(petition, reading.fresh, policy.rules)
        return Plan(decision=decision, petition=petition, history=(entry,), effects=tuple(told))
    state, _ = step(petition.state, Happening.PROPONE_ORIENTACION)
    moved = replace(petition, state=state, terms=petition.terms_but(WAITING))
    entry = HistoryEntry(now, "responde_organo", "El Órgano normativo contesta la consulta", "P a74", who, state)
    why = "contestó el Órgano normativo: revise el borrador para la persona (P a74)"
    effects = _proposed(moved, reading.fresh, why, policy, orientation=True)
    return Plan(decision=decision, petition=moved, history=(entry,), effects=effects)


def _proposed(petition: Petition, text: str, why: str, policy: Policy, *, orientation: bool) -> tuple[Effect, ...]:
    """The draft for the person from what somebody said, its ficha, and the task to make a template of it."""
    clase = Clase.ORIENTACION if orientation else Clase.RESPUESTA_LIBRE
    if not petition.petitioner:
        return (Ficha((why, "no hay correo al cual contestar: comuníquelo por otro medio"), petition.urgent),)
    write = Write(
        clase=clase,
        template=clase.value,
        to=petition.petitioner,
        disposition=Disposition.REVISAR,
        values={"texto_libre": text},
        in_reply_to=petition.first_message_id or None,
        urgent=petition.urgent,
    )
    stale = Withdraw(
        "hay otra respuesta", (Clase.ORIENTACION, Clase.RESPUESTA_LIBRE, Clase.DERIVACION_ORGANO_NORMATIVO)
    )
    task = _task(petition, text, policy.rules) if orientation else []
    return (stale, write, Ficha((why,), petition.urgent), *task)


def _task(petition: Petition, text: str, rules: RuleSet) -> list[Effect]:
    """What the supervisor is asked to do so that the next person is answered at once (P a74)."""
    to, tema = supervisor_of(petition, rules), rules.tema(petition.topic)
    if to is None:
        return []
    about = f"el tema «{tema.nombre}»" if tema else "un tema que las reglas todavía no reconocen"
    name = (tema.plantilla if tema else None) or f"orientacion/{tema.clave if tema else 'nombre_del_tema'}"
    verb = "Actualizar" if tema and tema.plantilla else "Crear"
    said = (
        f"Tarea: {verb.lower()} la plantilla de orientación para {about} (P a74), de modo que la próxima persona "
        f"reciba su respuesta enseguida. El archivo es templates/{name}.md; quien administra las reglas lo agrega.\n\n"
        f"Texto que se propone, tal como se contestó en {petition.folio} (quítele lo que sea solo de esa persona):"
        f"\n\n{text}"
    )
    subject = f"{verb} plantilla de orientación: {tema.nombre if tema else 'tema por definir'} [{petition.folio}]"
    return [Notify(Clase.AVISO_INTERNO, to, subject, said)]
