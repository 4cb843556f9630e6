"""The same matter again: attached while it is open (P 5.73), its answer ratified once it was given (P 5.14)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from ..model.decision import (
    Classification,
    Decision,
    Destination,
    Disposition,
    Effect,
    Ficha,
    Plan,
    Reason,
    Register,
    Step,
)
from ..model.mail import Reading
from ..model.petition import Clase, HistoryEntry, Petition, State
from ..model.siade import RecordClase
from . import assignment, guards
from .course import Arrival, mail_to, new_state, take, tell_staff
from .lifecycle import Happening, step
from .likeness import says_one_of, telling
from .notes import antecedent_line, noted, with_message
from .policy import Policy

_ASKING = (State.ESPERA_DATOS_1, State.ESPERA_DATOS_2, State.MENSAJE_EN_COLA)
# What answers a person, as opposed to what only asks or acknowledges.
_ANSWERS = (
    Clase.ORIENTACION,
    Clase.RESPUESTA_ORGANO_NORMATIVO,
    Clase.TURNO_OIC_SNTSS,
    Clase.RESPUESTA_LIBRE,
)
_GREETING = re.compile(r"\A\s*(?:buen|hola|estimad|apreciabl)[^\n]{0,100}[:,]\s*\n\s*\n", re.IGNORECASE)
_FAREWELL = re.compile(r"\n\s*(?:atentamente|saludos|cordialmente|atte\.?)\s*[,.]?\s*\n.*\Z", re.IGNORECASE | re.DOTALL)


# --- while it is open ------------------------------------------------------------------------------------------


def brings(reading: Reading, petition: Petition, found: Classification) -> bool:
    """Whether a repetition brings what was asked of the person (a76, a65), or a file that may hold it.

    Words alone are no answer to a data request: a77 and a78 wait for data, so that the term goes on (P a78 concludes
    by «falta de información», too).
    """
    if petition.state is State.ESPERA_ACLARACION:
        return found.clear
    if petition.state not in _ASKING or not petition.asked:
        return False
    given = {"nombre": reading.data.nombre, "nss": reading.data.nss, "contacto": reading.data.telefono}
    wanted = [name for name in petition.asked if name in petition.missing]
    return bool(reading.attachments) or any(given.get(name) for name in wanted)


def attached(arrival: Arrival, petition: Petition, found: Classification, why: Reason) -> Plan:
    """The same matter while it is open (5.73): a note and the new message on that folio, and word to whoever has it.

    No second registration (5.19), no second acuse. What adds facts, a worse condition above all, goes to the
    consultant at once; what only repeats leaves the petition, and a term that runs, as they are.
    """
    reading, policy = arrival.reading, arrival.policy
    news = _news(reading, petition, found, policy)
    theirs = reading.data
    if reading.sender is None or reading.sender.email != petition.petitioner:
        # Who knows an NSS and a name is believed to repeat, not to say where the person is to be reached.
        theirs = replace(theirs, telefono=None, correo=None)
    data = petition.data.merged_with(theirs)
    grown = replace(
        petition,
        data=data,
        missing=policy.missing(data, petition.topic),
        urgent=petition.urgent or found.urgent,
        sensitive=petition.sensitive or found.sensitive,
    )
    entry = antecedent_line(why, arrival, petition.state)
    effects = note_for_siade(petition, reading)
    if news:
        look = Reason("hechos_nuevos", "P 5.73, 4.37", f"repite su petición y {news}: debe verla un consultor")
        plan = take(with_message(grown, reading), Step.CONSULTOR, look, arrival, None)
    else:
        plan = noted(arrival, grown, "Repite su petición; se agrega el mensaje y no se registra de nuevo")
    if not (news and (grown.urgent or grown.sensitive)):
        effects += tell_staff(grown, policy, f"la persona repite su petición{f' y {news}' if news else ''}")
    return replace(plan, history=(entry, *plan.history), effects=(*effects, *plan.effects))


def note_for_siade(petition: Petition, reading: Reading) -> list[Effect]:
    """The note and the new attachments for an open folio (P 5.73); what is not registered yet takes them along then."""
    if petition.registered_at is None and petition.siade is None:
        return []
    message_ids = (reading.message_id,) if reading.message_id else ()
    return [Register(RecordClase.NOTA, reading.fresh, numeral="P 5.73", message_ids=message_ids)]


def _news(reading: Reading, petition: Petition, found: Classification, policy: Policy) -> str:
    """What a repetition adds that cannot wait, in Spanish; '' when it only repeats."""
    if found.urgent and not petition.urgent:
        return "ahora dice que ocurre algo en este momento"
    if found.sensitive and not petition.sensitive:
        return "ahora toca un asunto sensible"
    if reading.attachments:
        return "trae archivos"
    if petition.state in (State.ESPERA_ACLARACION, *_ASKING):
        return ""
    names = (reading.data.nombre or "", petition.data.nombre or "")
    phrases = telling(" ".join(policy.rules.antecedentes.repite))
    said = telling(f"{reading.subject}\n{reading.fresh}", names)
    new = said - telling(f"{petition.subject}\n{petition.summary}", names) - phrases
    return "trae hechos nuevos" if len(new) >= policy.rules.antecedentes.palabras_nuevas else ""


# --- once it was answered --------------------------------------------------------------------------------------


def answered(petition: Petition, clase: Clase, text: str, at: datetime) -> Petition:
    """The petition with the answer that has really left; other mails leave it as it is."""
    return replace(petition, answer=text, answered_at=at) if clase in _ANSWERS else petition


def answer_in(text: str, survey: str | None) -> str:
    """What a mail of ours answered: its body without greeting, farewell and the sentence that invites to the survey."""
    body = _FAREWELL.sub("", _GREETING.sub("", text.replace("\r\n", "\n"), count=1), count=1)
    kept = [_uninviting(each, survey) if survey else each for each in re.split(r"\n\s*\n", body)]
    return "\n\n".join(filter(None, kept)).strip()


def _uninviting(paragraph: str, survey: str) -> str:
    """The paragraph without its sentence that names the survey: people write the answer on the same line."""
    if survey not in paragraph.replace("\n", ""):
        return paragraph
    sentences = re.split(r"(?<=[.!?])\s+", paragraph)
    return " ".join(each for each in sentences if survey not in each.replace("\n", ""))


def ratified(arrival: Arrival, petition: Petition, found: Classification, answer: str, why: Reason) -> Plan:
    """The answer that was given is ratified by the same medium (5.14): a draft that a consultant looks at.

    `petition` is the answered one, or a new one that stands for a petition of SIADE. A repetition that adds facts, a
    sensitive one and one whose answer nobody kept go to the consultant without a draft.
    """
    reading, policy = arrival.reading, arrival.policy
    given = answer_in(answer, policy.rules.casa.encuesta)
    news = _news(reading, petition, found, policy) or (
        "insiste en que no se resolvió" if _unsolved(reading, policy) else ""
    )
    news = news or ("" if given else "no consta el texto de la respuesta que se le dio")
    petition = with_message(
        replace(
            petition,
            data=petition.data.merged_with(reading.data),
            urgent=petition.urgent or found.urgent,
            sensitive=petition.sensitive or found.sensitive,
        ),
        reading,
    )
    # A petition that only now is opened tells of its antecedent when it is.
    lines = [] if petition.state is State.NUEVA else [antecedent_line(why, arrival, petition.state)]
    if news or petition.sensitive:
        if petition.state.closed:
            petition = new_state(petition, Happening.REABRE)
        text = f"repite una petición ya contestada ({news or 'asunto sensible'}): decide un consultor"
        plan = take(petition, Step.CONSULTOR, Reason("ratificacion_por_revisar", "P 5.14", text), arrival, None)
        return replace(plan, history=(*lines, *plan.history))
    state, numeral = step(petition.state, Happening.PIDE_RATIFICAR)
    disposition, guarded = guards.disposition(
        Clase.RATIFICACION, petition, policy.rules, history=arrival.history, reading=reading
    )
    today = policy.calendar.local(arrival.now).date()
    named = assignment.assigned(petition, arrival.history, policy.rules, today, arrival.now)
    moved = replace(named.petition if named and named.petition else petition, state=state)
    write = mail_to(moved, Clase.RATIFICACION, disposition, answering=reading.message_id, values={"texto_libre": given})
    proposed = Reason("paso_ratificar", "P 5.14", "misma petición ya contestada: se ratifica la respuesta")
    lines = [
        *lines,
        HistoryEntry(arrival.now, "paso_ratificar", "Se propone ratificar la respuesta", numeral, state=state),
    ]
    reasons = (why, proposed, *guarded)
    decision = Decision(
        kind=reading.kind,
        step=Step.RATIFICAR,
        disposition=disposition,
        type=moved.type,
        topic=moved.topic,
        urgent=moved.urgent,
        data=moved.data,
        destination=Destination(moved.destination),
        template=Clase.RATIFICACION.value,
        attachments=reading.attachments,
        confidence=moved.confidence,
        reasons=(*arrival.reasons, proposed, *guarded),
        rules_version=policy.rules.version,
    )
    effects: list[Effect] = [write]
    if disposition is not Disposition.ENVIAR:
        effects.append(Ficha(tuple(f"{r.evidence} ({r.numeral})" for r in reasons), urgent=moved.urgent))
    return Plan(decision, moved, (*lines, *(named.history if named else ())), tuple(effects))


def _unsolved(reading: Reading, policy: Policy) -> str:
    """Words of who got an answer that solved nothing: the same answer again would be a mockery."""
    return says_one_of(f"{reading.subject}\n{reading.fresh}", policy.rules.antecedentes.sin_resolver)
