"""A message has arrived: what follows from it, by its kind, by where it belongs and by what it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from ..model import ids
from ..model.decision import (
    Classification,
    Decision,
    Disposition,
    Effect,
    Ficha,
    Plan,
    Reason,
    Register,
    Step,
    Withdraw,
)
from ..model.ledger import History
from ..model.mail import Kind, PersonData, Reading
from ..model.petition import HistoryEntry, Petition, State
from ..model.siade import RecordClase
from . import again, antecedents, bystanders, derivation, places
from .antecedents import Antecedent, Relation
from .belonging import Belonging, belonging
from .course import Arrival, new_state, next_step, take
from .lifecycle import Happening
from .notes import actor, antecedent_line, noted, with_message
from .ours import without_ours
from .policy import Policy
from .withdrawal import withdrawn

# Every server takes these (RFC 5321 §4.5.3.1); beyond ASCII only some do (RFC 6531).
_WRITABLE = re.compile(r"[!-;=?A-~]{1,64}@[A-Za-z0-9.-]{1,185}")
# Verdicts by which a mail opens no new matter.
_SAME_MATTER = (Relation.MISMO_ABIERTO, Relation.MISMO_CERRADO, Relation.SIN_RESPUESTA)
_ASKING = (State.ESPERA_DATOS_1, State.ESPERA_DATOS_2)
# While something is asked of the person. Once others work on the petition, a person decides what becomes of it.
_MAY_GIVE_UP = (State.ESPERA_ACLARACION, *_ASKING, State.MENSAJE_EN_COLA, State.ORIENTACION_EN_REVISION)
# Words of a mail that thanks and wants nothing more; with one of the others it wants something after all.
_THANKING = re.compile(r"\b(?:gracias|agradezco|agradecid[oa])\b")
_WANTING = re.compile(
    r"\b(?:pero|no|aun|todavia|falta|sigo|sigue|sin|nunca|tampoco|cuando|donde|como|quiero|necesito|solicito|pido|"
    r"pueden|puede|podrian|podria|espero|urge|adjunto|anexo|envio|mando)\b|\?|\d"
)
_THANKS_AT_MOST = 15
# As much of a petition's words as is kept for SIADE and for whoever attends it, in characters.
_SUMMARY = 2000


def on_message(reading: Reading, history: History, policy: Policy, now: datetime) -> Plan:
    """The Plan that one message leads to. Pure: the same message, history, rules and `now` give the same Plan."""
    reading = without_ours(reading, history)
    arrival = Arrival(reading, history, policy, now)
    if (plan := derivation.from_an_office(reading, history, policy, now)) is not None:
        return plan
    if reading.kind is not Kind.PETICION:
        return bystanders.without_petition(arrival)
    if history.already:
        return _second_delivery(arrival, history.already)
    found = _classify(reading, policy)
    link = belonging(reading, history, policy.key, lambda known: antecedents.is_another(reading, found, known, policy))
    arrival = replace(arrival, reasons=link.reasons)
    if link.petition is None:
        return _opening(arrival, link, found)
    arrival = replace(arrival, reading=replace(reading, kind=Kind.SEGUIMIENTO))
    given_up = withdrawn(reading, link.petition, policy.rules.desistimiento)
    if says_only_thanks(reading) and (link.petition.state.closed or not given_up):
        return noted(arrival, link.petition, "La persona agradece; no cambia nada")
    if link.petition.state.closed:
        return _after_conclusion(arrival, link.petition)
    return _answer(arrival, link.petition)


def _second_delivery(arrival: Arrival, folio: str) -> Plan:
    reason = Reason("misma_entrega", "P 5.11", f"es el mismo mensaje de {folio}, entregado también a otra cuenta")
    decision = Decision(
        kind=Kind.SEGUIMIENTO,
        step=Step.SIN_RESPUESTA,
        disposition=Disposition.NINGUNA,
        reasons=(reason,),
        rules_version=arrival.policy.rules.version,
    )
    petition = next((p for p in arrival.history.by_address if p.folio == folio), None)
    if petition is None:
        return Plan(decision=decision)
    return replace(noted(arrival, petition, "El mismo mensaje llegó también a otra cuenta"), decision=decision)


# --- a new petition --------------------------------------------------------------------------------------------


def _opening(arrival: Arrival, link: Belonging, found: Classification) -> Plan:
    """A new matter: register it the same day (5.19) and set it on its first step."""
    reading, policy = arrival.reading, arrival.policy
    before = antecedents.look(reading, found, arrival.history, policy, arrival.now)
    arrival = replace(arrival, reasons=(*arrival.reasons, *before.reasons))
    if before.petition and before.relation in _SAME_MATTER:
        return _same_again(arrival, before.petition, before, found)
    cuenta = policy.rules.cuenta(reading.mailbox) or policy.rules.casa.cuentas[0]
    day = policy.calendar.local(reading.received_at).date()
    lugar = places.place_of(reading, policy.rules)
    petition = Petition(
        folio=ids.folio(reading.message_id, reading.digest, day),
        account=cuenta.correo,
        counting=cuenta.cuenta_a,
        state=State.NUEVA,
        opened_at=reading.received_at,
        captured_on=policy.calendar.capture_day(reading.received_at),
        petitioner=_petitioner(reading, policy),
        subject=reading.subject,
        first_message_id=reading.message_id,
        data=reading.data,
        thread=(reading.message_id,) if reading.message_id else (),
        summary=_summary(reading),
        ooad=next((found.value for found in reading.found.get("ooad", ())), lugar.estado if lugar else None),
        lugar=lugar.clave if lugar else None,
        antecedentes=before.folios,
    )
    petition = _judged(petition, found, policy)
    plan = _first_step(petition, found, before, arrival)
    opened = HistoryEntry(
        arrival.now, "recibida", f"Llega la petición a {cuenta.correo}", "P 5.19", actor(reading), State.NUEVA
    )
    lines = [opened, *_understood(arrival, petition)]
    if before.reason.hit:
        lines.append(antecedent_line(before.reason, arrival, State.NUEVA))
    if link.suggestion:
        note = f"El mensaje nombra {link.suggestion} desde otra dirección: quizá pertenezca a esa petición"
        lines.append(HistoryEntry(arrival.now, "sugerencia", note, "P 5.11", state=State.NUEVA))
    return replace(plan, history=(*lines, *plan.history))


def _first_step(petition: Petition, found: Classification, before: Antecedent, arrival: Arrival) -> Plan:
    """The first step of a new petition: a doubt about antecedents is a consultant's, and so is what SIADE knows."""
    if before.relation is Relation.DUDA:
        why = Reason("antecedente_dudoso", before.reason.numeral, f"quizá no es nueva: {before.reason.evidence}")
        return take(petition, Step.CONSULTOR, why, arrival, found)
    if before.past is None or before.relation not in _SAME_MATTER:
        chosen, why = next_step(petition, found.clear)
        return take(petition, chosen, why, arrival, found)
    # SIADE has it already: the petition takes its folio over and is not registered a second time (5.19).
    petition = replace(petition, siade=before.past.folio, registered_at=arrival.now)
    if before.relation is Relation.MISMO_CERRADO:
        return again.ratified(arrival, petition, found, before.past.respuesta, before.reason)
    plan = take(petition, Step.CONSULTOR, replace(before.reason, rule="sigue_en_siade"), arrival, found)
    return replace(plan, effects=(*again.note_for_siade(petition, arrival.reading), *plan.effects))


def _same_again(arrival: Arrival, petition: Petition, before: Antecedent, found: Classification) -> Plan:
    """The mail is about a matter that we have: an answer to what was asked, a repetition, or the same after its end."""
    arrival = replace(arrival, reading=replace(arrival.reading, kind=Kind.SEGUIMIENTO))
    line = antecedent_line(before.reason, arrival, petition.state)
    if before.relation is Relation.MISMO_ABIERTO and not again.brings(arrival.reading, petition, found):
        return again.attached(arrival, petition, found, before.reason)
    if before.relation is Relation.MISMO_CERRADO and petition.state is not State.TURNADA_SIN_SEGUIMIENTO:
        return again.ratified(arrival, petition, found, petition.answer, before.reason)
    plan = _after_conclusion(arrival, petition) if petition.state.closed else _answer(arrival, petition)
    return replace(plan, history=(line, *plan.history))


def _understood(arrival: Arrival, petition: Petition) -> list[HistoryEntry]:
    """What the petition was taken to be about, so that its story says on what the next step rests."""
    if petition.type is None:
        return []
    tema = arrival.policy.rules.tema(petition.topic)
    about = f"{petition.type.value}, tema «{tema.nombre}»" if tema else petition.type.value
    marks = [word for word, on in (("urgente", petition.urgent), ("asunto sensible", petition.sensitive)) if on]
    text = f"Se entiende como {about}" + (f" ({', '.join(marks)})" if marks else "")
    return [HistoryEntry(arrival.now, "entendida", text, "P 5.10, a67", state=State.NUEVA)]


def _petitioner(reading: Reading, policy: Policy) -> str:
    """The address that is answered; "" when no mail can be written to it, or when it is one of our own."""
    address = reading.sender.email if reading.sender else ""
    return address if _WRITABLE.fullmatch(address) and policy.rules.cuenta(address) is None else ""


def _classify(reading: Reading, policy: Policy, text: str | None = None) -> Classification:
    """Judge the mail's own words; when they say nothing, those of what is attached (always to review)."""
    found = _judge(reading, policy, text)
    attached = "\n".join(attachment.text for attachment in reading.attachments if attachment.text)
    if found.clear or not attached:
        return found
    return _judge(reading, policy, f"{reading.fresh}\n{attached}")


def _judge(reading: Reading, policy: Policy, text: str | None) -> Classification:
    return policy.judge.classify(
        reading.subject,
        reading.fresh if text is None else text,
        patron=reading.data.patron,
        attachments=len(reading.attachments),
        copies=[address.email for address in reading.cc],
    )


def _judged(petition: Petition, found: Classification, policy: Policy) -> Petition:
    return replace(
        petition,
        # What cannot be understood has no type and no topic yet (a65): a guess would only mislead who reads it.
        type=found.type if found.clear else None,
        topic=found.topic if found.clear else None,
        urgent=petition.urgent or found.urgent,
        sensitive=petition.sensitive or found.sensitive,
        destination=found.destination.kind,
        confidence=found.confidence,
        missing=policy.missing(petition.data, found.topic),
    )


# --- a known petition ------------------------------------------------------------------------------------------


def _answer(arrival: Arrival, petition: Petition) -> Plan:
    """The person writes again while the petition is open: an answer, a complement or a complaint about the delay."""
    reading, policy = arrival.reading, arrival.policy
    before = petition
    conflict = _conflict(petition.data, reading.data)
    petition = with_message(replace(petition, data=petition.data.merged_with(reading.data)), reading)
    petition = replace(petition, missing=policy.missing(petition.data, petition.topic))
    if petition.lugar is None and (lugar := places.place_of(reading, policy.rules)):
        petition = replace(petition, lugar=lugar.clave, ooad=petition.ooad or lugar.estado or None)
    found = _classify(reading, policy)
    petition = replace(
        petition, urgent=petition.urgent or found.urgent, sensitive=petition.sensitive or found.sensitive
    )
    entry = HistoryEntry(arrival.now, "escribe", _told(before, petition, reading), "P 5.73", actor(reading))
    given_up = withdrawn(reading, before, policy.rules.desistimiento)
    if given_up and before.state in _MAY_GIVE_UP and not (conflict or petition.urgent or petition.sensitive):
        return _given_up(arrival, petition, given_up)
    stale = Withdraw("la persona volvió a escribir")
    if conflict or petition.sensitive:
        why = Reason("paso_consultor", "P a66", conflict or f"asunto sensible: {petition.sensitive}")
        plan = take(petition, Step.CONSULTOR, why, arrival, None)
    elif before.state is State.ESPERA_ACLARACION:
        plan = _judged_again(arrival, petition, asked_before=True)
    elif before.state is State.MENSAJE_EN_COLA and not _was_written_to(before, arrival.history):
        plan = _judged_again(arrival, petition, asked_before=False)
    elif before.state in (*_ASKING, State.MENSAJE_EN_COLA) and before.asked:
        plan = _after_request(arrival, before, petition)
    else:
        why = Reason("paso_consultor", "P 5.73", f"escribe de nuevo con la petición en {before.state}")
        plan = take(petition, Step.CONSULTOR, why, arrival, None)
    # What is registered gets the new writing on its folio (5.73); what is not carries it when it is registered.
    told = again.note_for_siade(before, reading) if before.registered_at is not None else []
    return replace(plan, history=(entry, *plan.history), effects=(stale, *plan.effects, *told))


def _given_up(arrival: Arrival, petition: Petition, words: str) -> Plan:
    """The person wants nothing more: closed as desistimiento, nothing is asked again (a77) nor held against them."""
    numeral = "P a78, a85"
    moved = new_state(petition, Happening.DESISTE)
    why = Reason("desistimiento", numeral, f"la persona desiste: «{words}»")
    entry = HistoryEntry(arrival.now, "desiste", why.evidence, numeral, actor(arrival.reading), moved.state)
    effects: list[Effect] = [Withdraw("la persona desistió")]
    # What was asked for data is in SIADE, too, as an orientación (a76).
    if petition.registered_at is not None or petition.siade is not None or petition.asked:
        effects.append(Register(RecordClase.CIERRE, arrival.reading.fresh, "desistimiento de la persona", numeral))
    decision = Decision(
        kind=arrival.reading.kind,
        step=Step.SIN_RESPUESTA,
        disposition=Disposition.NINGUNA,
        type=petition.type,
        topic=petition.topic,
        data=petition.data,
        reasons=(*arrival.reasons, why),
        rules_version=arrival.policy.rules.version,
    )
    return Plan(decision, moved, (entry,), tuple(effects), closes_fichas=True)


def _was_written_to(petition: Petition, history: History) -> bool:
    return any(draft.sent_at for draft in history.drafts if draft.folio == petition.folio)


def _judged_again(arrival: Arrival, petition: Petition, *, asked_before: bool) -> Plan:
    """The clarification came (a65 → a66), or more words before our mail left: judge by the new words and the old."""
    reading = arrival.reading
    found = _classify(reading, arrival.policy)
    if not found.clear or not asked_before:
        found = _classify(reading, arrival.policy, f"{petition.summary}\n{reading.fresh}")
    petition = _judged(petition, found, arrival.policy)
    chosen, why = next_step(petition, found.clear, asked_before=asked_before)
    return take(replace(petition, summary=_summary(reading)), chosen, why, arrival, found)


def _after_request(arrival: Arrival, before: Petition, petition: Petition) -> Plan:
    """An answer to a data request: complete, partial (what is missing is asked at once, alone) or something else."""
    brought = [name for name in before.asked if name not in petition.missing]
    if not petition.missing:
        why = Reason("datos_recibidos", "P a79", "llegaron los datos solicitados: " + ", ".join(before.asked))
        chosen, _ = next_step(petition, clear=True)
        return take(petition, chosen, why, arrival, None)
    if brought and not arrival.reading.attachments:
        asked = ", ".join(petition.missing)
        why = Reason("respuesta_parcial", "P a76", f"llegó {', '.join(brought)}; falta {asked}")
        return take(petition, Step.DATOS_COMPLEMENTARIOS, why, arrival, None)
    evidence = "contesta con archivos que debe ver una persona" if arrival.reading.attachments else "contesta otra cosa"
    why = Reason("respuesta_por_revisar", "P a79", evidence)
    return take(petition, Step.CONSULTOR, why, arrival, None)


def _after_conclusion(arrival: Arrival, petition: Petition) -> Plan:
    """An answer after the conclusion reopens the petition with the same consultant (5.66, 5.67).

    What was handed to the OIC or the SNTSS is not followed (a123): it stays with them, and the consultant is told.
    """
    reading = arrival.reading
    if petition.state is State.TURNADA_SIN_SEGUIMIENTO:
        text = "La persona escribe sobre lo que se turnó al OIC o al SNTSS, que no se sigue aquí: vea si pide otra cosa"
        plan = noted(arrival, petition, text)
        return replace(plan, effects=(Ficha((f"{text} (P a123)",), urgent=petition.urgent),))
    data = petition.data.merged_with(reading.data)
    missing = arrival.policy.missing(data, petition.topic)
    reopened = new_state(with_message(replace(petition, data=data, missing=missing), reading), Happening.REABRE)
    why = Reason("reapertura", "P 5.66, 5.67", f"escribe después de {petition.state}: se reabre con el mismo consultor")
    entry = HistoryEntry(arrival.now, "reabierta", why.evidence, why.numeral, actor(reading), reopened.state)
    plan = take(reopened, Step.CONSULTOR, why, arrival, None)
    # The folio stays the same: a new registration is only for a new petition (5.19).
    message_ids = (reading.message_id,) if reading.message_id else ()
    note = Register(RecordClase.NOTA, reading.fresh, "se reabre", "P 5.19, 5.66", message_ids)
    return replace(plan, history=(entry, *plan.history), effects=(*plan.effects, note))


# --- small helpers ---------------------------------------------------------------------------------------------


def says_only_thanks(reading: Reading) -> bool:
    """Thanks and nothing else: such an answer moves no petition (DOMAIN §1: "A thank-you doesn't")."""
    return bool(_THANKING.search(_plain(reading.fresh))) and wants_nothing(reading)


def wants_nothing(reading: Reading) -> bool:
    """A few words without a request, a number, a question or a file: nobody waits for an answer to them."""
    words = _plain(reading.fresh)
    wants = "?" in reading.fresh or _WANTING.search(words)
    return not wants and not reading.attachments and len(words.split()) <= _THANKS_AT_MOST


def _plain(text: str) -> str:
    folded = text.casefold().translate(str.maketrans("áéíóúüñ", "aeiouun"))
    return " ".join(re.sub(r"[^\w ]+", " ", folded).split())


def _conflict(old: PersonData, new: PersonData) -> str:
    for name, label in (("nss", "NSS"), ("curp", "CURP")):
        a, b = getattr(old, name), getattr(new, name)
        if a and b and a != b:
            return f"el {label} no coincide con el dado antes"
    return ""


def _told(before: Petition, after: Petition, reading: Reading) -> str:
    brought = [name for name in before.missing if name not in after.missing]
    files = f" y {len(reading.attachments)} archivo(s)" if reading.attachments else ""
    return f"La persona escribe de nuevo; trae {', '.join(brought) or 'texto'}{files}"


def _summary(reading: Reading) -> str:
    words = " ".join(reading.fresh.split())
    return words if len(words) <= _SUMMARY else words[: _SUMMARY - 1].rstrip() + "…"
