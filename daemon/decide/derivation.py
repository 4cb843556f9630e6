"""Where a matter goes (P a79–a92, a123), the mails that take it to an Órgano, and the answers that come back."""

from __future__ import annotations

from collections.abc import Sequence
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
from ..model.ledger import History
from ..model.mail import Kind, Reading
from ..model.outgoing import Draft
from ..model.petition import Clase, HistoryEntry, Petition, State, Term
from ..model.rules import RuleSet
from . import assignment, consultation, places, registration
from .lifecycle import Happening, step
from .policy import Policy

ORGANO, REMINDED = "respuesta_organo_normativo", "recordatorio_area"
# What waits for an area: it runs in whatever state the petition is, until the area answers.
ANSWERS = (registration.ANSWER_CDAOD, ORGANO, REMINDED)
# Mails that go to an Órgano's enlace: a thread of their own, which the person never sees.
TO_OFFICES = (Clase.DERIVACION_ORGANO_NORMATIVO, Clase.DERIVACION_OIC_SNTSS)
# What becomes stale when the Órgano answers, or when its answer is not taken.
IN_HAND = (Clase.RESPUESTA_ORGANO_NORMATIVO, Clase.DERIVACION_ORGANO_NORMATIVO)
COMPLEMENT, REMINDER = "derivacion_complemento", "derivacion_recordatorio"
_ASK_ANEW = "Una respuesta fundada, motivada, clara y concluyente sobre lo que pide la persona."


# --- out: to the Órgano ------------------------------------------------------------------------------------------


def hand_over(
    petition: Petition,
    policy: Policy,
    now: datetime,
    *,
    words: str,
    turno: Disposition,
    files: Sequence[str] = (),
    held: Sequence[Reason] = (),
) -> tuple[Petition, list[Effect]]:
    """Hand a complete petition to whoever attends it: its record for SIADE, the mail to an Órgano (P a79–a90, a123).

    `words` are the person's, whole, and `files` the names of what came attached. `turno` says whether the mail that
    tells the person of the OIC or the SNTSS leaves by itself, `held` why it does not. What is registered already is
    only handed on. A Ficha among the effects says what is left to a person.
    """
    rules = policy.rules
    organo = rules.organo(petition.destino)
    if organo is None or organo.tipo != petition.destination:
        organo = places.organo_for(petition.destination, petition.topic, rules, petition.lugar)
    petition = replace(petition, destino=organo.clave if organo else None)
    message_ids = petition.thread
    petition, effects = registration.registered(petition, policy, now, message_ids=message_ids, held=held)
    if petition.destination == "cdaod_jdaod":
        return petition, [*effects, *_checklist(petition, rules)]
    template = Clase.DERIVACION_ORGANO_NORMATIVO
    if petition.destination == "oic_sntss":
        template = Clase.DERIVACION_OIC_SNTSS
        effects += [_turno(petition, turno)] if petition.petitioner else []
    asked = proposal(petition, policy, words=words, files=files, template=template.value)
    effects.append(asked)
    if isinstance(asked, Write):
        # Whoever reviews it needs to see beside it what it was made from.
        why = f"revise el correo propuesto para {organo.nombre if organo else 'el Órgano'} (P a87)"
        effects.append(Ficha((why,), urgent=petition.urgent))
    return petition, effects


def whole_words(petition: Petition, reading: Reading) -> str:
    """What the person wrote, as whoever attends it must know it: the first mail, and what this one adds."""
    if reading.message_id == petition.first_message_id:
        return reading.fresh
    return f"{petition.summary}\n\n{reading.fresh}".strip()


def proposal(
    petition: Petition,
    policy: Policy,
    *,
    words: str,
    files: Sequence[str] = (),
    template: str = Clase.DERIVACION_ORGANO_NORMATIVO.value,
    turn: int = 1,
    answering: str | None = None,
) -> Write | Ficha:
    """The proposed mail to the Órgano's enlace (P a87). Without an address, which is never invented, a Ficha with its
    text: the proposal stays with the consultant."""
    organo = policy.rules.organo(petition.destino)
    clase = Clase.DERIVACION_OIC_SNTSS if petition.destination == "oic_sntss" else Clase.DERIVACION_ORGANO_NORMATIVO
    formats = organo.formatos if organo and turn == 1 else ()
    write = Write(
        clase=clase,
        template=template,
        to=(organo.enlace or "") if organo else "",
        disposition=Disposition.REVISAR,
        values={
            "destino": organo.nombre if organo else "",
            "texto_libre": words or petition.subject,
            "adjuntos": list(files),
            "formatos": list(formats),
        },
        turn=turn,
        in_reply_to=answering,
        urgent=petition.urgent,
        files=formats,
    )
    if write.to:
        return write
    why = "ningún Órgano de rules/destinos.yaml atiende este tema: dígalo en «destino» al contestar esta ficha"
    if organo is not None:
        why = (
            f"{organo.nombre} no tiene enlace en rules/destinos.yaml: el texto propuesto está aquí y lo envía "
            "usted, con copia oculta para el conteo (P 5.65)"
        )
    return Ficha((f"{why} (P a87)",), urgent=petition.urgent, proposal=write)


def _turno(petition: Petition, disposition: Disposition) -> Write:
    """What tells the person that the OIC or the SNTSS has it now (Anexo 44)."""
    return Write(
        clase=Clase.TURNO_OIC_SNTSS,
        template=Clase.TURNO_OIC_SNTSS.value,
        to=petition.petitioner,
        disposition=disposition,
        in_reply_to=petition.first_message_id or None,
        urgent=petition.urgent,
    )


def _checklist(petition: Petition, rules: RuleSet) -> list[Effect]:
    """What the supervisor checks before it goes on through SIADE (P a81); nothing when the office names none."""
    supervisor = assignment.supervisor_of(petition, rules)
    if not supervisor or not rules.destinos.revisa_supervisor:
        return []
    why = ("revise lo que se capturó y, si algo no es correcto, contéstelo aquí: se corrige y se avisa (P a81–a83)",)
    return [SendFicha(supervisor, why, petition.urgent, "Revise lo registrado para CDAOD o JDAOD", checklist=True)]


# --- in: the Órgano answers --------------------------------------------------------------------------------------


def from_an_office(reading: Reading, history: History, policy: Policy, now: datetime) -> Plan | None:
    """What follows from a mail of an enlace, or from anybody's answer on our mail to one; None when it is neither.

    It counts as the Órgano's answer only when it continues our thread and its sender is a known enlace for whom the
    receiving server vouches (P a91). Whatever lacks one of these is shown to the consultant, and never to the person.
    """
    ours = history.draft is not None and history.draft.clase in TO_OFFICES
    if reading.kind is not Kind.ENLACE and not (ours and reading.kind is Kind.PETICION):
        return None
    petition = history.by_thread or _only(history.by_token)
    if petition is None:
        return None
    who = reading.author.email if reading.author else "alguien"
    if reading.kind is not Kind.ENLACE:
        return _noted(petition, reading, policy, now, f"{who}, que no es un enlace conocido, contesta al Órgano")
    if not ours or history.by_thread is None:
        why = f"escribe el enlace {who}, pero no sobre el correo que se le envió: quizá sea su respuesta"
        return _noted(petition, reading, policy, now, why)
    if not policy.rules.casa.acredita(reading.authentic):
        why = f"parece contestar el enlace {who}, pero el servidor de recepción no acredita que sea suyo"
        return _noted(petition, reading, policy, now, why)
    if reading.automatic:
        # Taken for an answer it would end the Órgano's term, and nobody would be reminded.
        return _noted(petition, reading, policy, now, f"contesta el enlace {who}, pero parece un aviso de ausencia")
    if history.draft is not None and history.draft.template == consultation.TEMPLATE:
        return consultation.answered_by_organo(petition, reading, policy, now)
    return answered(petition, reading, policy, now)


def _only(petitions: Sequence[Petition]) -> Petition | None:
    return petitions[0] if len(petitions) == 1 else None


def answered(petition: Petition, reading: Reading, policy: Policy, now: datetime) -> Plan:
    """The enlace answered (P a91, 5.28): its own words become a draft for the person, never the thread below them.

    An answer that nobody waits for any more is noted and told.
    """
    who = reading.author.email if reading.author else "enlace"
    try:
        state, numeral = step(petition.state, Happening.RESPONDE_AREA)
    except IllegalTransition:
        why = f"contesta el enlace {who} y la petición ya no espera respuesta: decida si se le dice a la persona"
        return _noted(petition, reading, policy, now, why)
    words = reading.fresh.strip()
    moved = replace(petition, state=state, terms=petition.terms_but(*ANSWERS), respuesta=words)
    entry = HistoryEntry(now, "responde_organo", "Contesta el Órgano normativo", numeral, who, state)
    reasons = ["contestó el Órgano normativo: decida si es concluyente (P 5.26)"]
    effects: list[Effect] = [
        Withdraw("llegó la respuesta del Órgano", IN_HAND),
    ]
    write = to_person(moved)
    if write:
        effects.append(write)
        reasons.append(
            "si lo es, apruebe el borrador: al salir se registra el cierre y concluye (P a92); si no, conteste "
            "«concluyente: no» y en «faltan» qué falta: se propone pedírselo al Órgano (P 5.26)"
        )
    elif words:
        reasons.append("no hay correo de la persona: comuníquele la respuesta por otro medio (P 5.28)")
    else:
        reasons.append(
            "la respuesta no trae texto propio: está en sus archivos o en lo que reenvía; escríbala usted a la persona "
            "(P 5.28)"
        )
    if reading.attachments:
        named = ", ".join(file.file or "sin nombre" for file in reading.attachments)
        reasons.append(f"trae archivos que no se reenvían solos: {named}; los que sean para la persona, agréguelos")
    effects.append(Ficha(tuple(reasons), urgent=petition.urgent))
    decision = _decision(petition, reading, policy, Reason("responde_organo", "P a91, 5.28", f"contesta {who}"))
    decision = replace(decision, step=Step.CONSULTOR, disposition=Disposition.REVISAR if write else Disposition.NINGUNA)
    return Plan(decision=decision, petition=moved, history=(entry,), effects=tuple(effects))


def to_person(petition: Petition) -> Write | None:
    """The draft that tells the person what the area answered (Anexo 34); None without words or without an address."""
    if petition.destination == "cdaod_jdaod":
        return registration.answer_to_person(petition)
    if not petition.petitioner or not petition.respuesta:
        return None
    return Write(
        clase=Clase.RESPUESTA_ORGANO_NORMATIVO,
        template=Clase.RESPUESTA_ORGANO_NORMATIVO.value,
        to=petition.petitioner,
        disposition=Disposition.REVISAR,
        values={"texto_libre": petition.respuesta},
        in_reply_to=petition.first_message_id or None,
        urgent=petition.urgent,
    )


def _noted(petition: Petition, reading: Reading, policy: Policy, now: datetime, why: str) -> Plan:
    """A mail that may be an answer but proves nothing: a line in the history and a ficha; the state stays."""
    who = reading.author.email if reading.author else "desconocido"
    entry = HistoryEntry(now, "sugerencia", why[:1].upper() + why[1:], "P a91", who, petition.state)
    decision = _decision(petition, reading, policy, Reason("respuesta_sin_prueba", "P a91", why))
    effects = (Ficha((f"{why} (P a91, 5.26)",), urgent=petition.urgent),)
    return Plan(decision=decision, petition=petition, history=(entry,), effects=effects)


def _decision(petition: Petition, reading: Reading, policy: Policy, reason: Reason) -> Decision:
    return Decision(
        kind=reading.kind,
        step=Step.SIN_RESPUESTA,
        disposition=Disposition.NINGUNA,
        type=petition.type,
        topic=petition.topic,
        attachments=reading.attachments,
        reasons=(reason,),
        rules_version=policy.rules.version,
    )


# --- not conclusive, not yet answered, not theirs ----------------------------------------------------------------


def complement(
    petition: Petition, history: History, policy: Policy, now: datetime, *, wanted: str, actor: str
) -> tuple[Petition, list[HistoryEntry], list[Effect]]:
    """The Órgano's answer is not conclusive (P 5.26): what it lacks is asked for again by mail, as often as needed.

    Each request has its own term, which begins with its sending. IllegalTransition when no Órgano was asked.
    """
    state, numeral = step(petition.state, Happening.NO_CONCLUYENTE)
    moved = replace(petition, state=state, respuesta="", terms=petition.terms_but(*ANSWERS))
    text = f"La respuesta no es concluyente; falta: {wanted or 'lo que se pidió'}"
    entry = HistoryEntry(now, "no_concluyente", text, numeral, actor, state)
    turn, answering = _next_turn(history)
    asked = proposal(moved, policy, words=wanted or _ASK_ANEW, template=COMPLEMENT, turn=turn, answering=answering)
    effects: list[Effect] = [Withdraw("la respuesta no es concluyente", IN_HAND), asked]
    if isinstance(asked, Write):
        effects.append(Ficha((f"{text} (P 5.26)",), urgent=petition.urgent))
    return moved, [entry], effects


def _next_turn(history: History) -> tuple[int, str | None]:
    """Which request to the Órgano comes next, and the Message-ID of the last one that left, which it continues."""
    clase = Clase.DERIVACION_ORGANO_NORMATIVO
    mails = [d for d in history.drafts if d.clase is clase and d.template != consultation.TEMPLATE]
    left = [draft for draft in mails if draft.state.sent or draft.sent_at]
    return max((draft.turn for draft in mails), default=0) + 1, left[-1].message_id if left else None


def sent_to_organo(history: History) -> bool:
    """Whether a mail of this petition has left for an Órgano."""
    return _next_turn(history)[1] is not None


def begun(draft: Draft, petition: Petition, policy: Policy, at: datetime) -> Term | None:
    """The Órgano's term, which begins when a mail to it has left at `at`; a reminder begins none, its own runs."""
    if draft.clase is not Clase.DERIVACION_ORGANO_NORMATIVO or draft.template == REMINDER:
        return None
    organo = policy.rules.organo(petition.destino)
    rule = policy.rules.plazos.get(organo.plazo if organo else ORGANO) or policy.rules.plazos[ORGANO]
    return policy.calendar.term(ORGANO, rule, at, petition.ooad)


def overdue(petition: Petition, term: Term, history: History, policy: Policy, now: datetime) -> Plan:
    """A term for people (`al_vencer: tarea`) ran out: the consultant is reminded, then the supervisor is told.

    A reminder to the Órgano is proposed. The term stays listed as past, until what it waits for comes.
    """
    rule = policy.rules.plazos.get(term.name)
    own = "; plazo propio, no normado" if rule and "no normado" in rule.nota else ""
    area = places.attended_by(petition, policy.rules) or "el área"
    past = replace(term, at_due="nada")
    rest = [past if each == term else each for each in petition.terms]
    if term.name == REMINDED:
        why = f"{area} sigue sin contestar después del recordatorio ({term.numeral}{own})"
        entry = HistoryEntry(now, "escala", f"Se avisa al supervisor: {why}", term.numeral, state=petition.state)
        told = _tell(petition, assignment.supervisor_of(petition, policy.rules) or petition.consultor, why)
        return Plan(petition=replace(petition, terms=tuple(rest)), history=(entry,), effects=told)
    local = policy.calendar.local(term.due_at)
    why = f"venció el {local:%d/%m/%Y} el plazo para que conteste {area} ({term.numeral}{own}): recuérdeselo"
    if term.name not in ANSWERS:
        why = f"venció el {local:%d/%m/%Y} el plazo «{term.name}» ({term.numeral}{own})"
    entry = HistoryEntry(now, "vence", why[:1].upper() + why[1:], term.numeral, state=petition.state)
    if term.name in ANSWERS and (next_rule := policy.rules.plazos.get(REMINDED)):
        rest.append(policy.calendar.term(REMINDED, next_rule, now, petition.ooad))
    sheet, effects = Ficha((why,), urgent=petition.urgent), []
    if petition.state is State.ESPERA_ORGANO_NORMATIVO:
        turn, answering = _next_turn(history)
        words = petition.summary or petition.subject
        asked = proposal(petition, policy, words=words, template=REMINDER, turn=turn, answering=answering)
        if isinstance(asked, Write):
            effects.append(asked)
        else:
            sheet = replace(sheet, proposal=asked.proposal)
    return Plan(petition=replace(petition, terms=tuple(rest)), history=(entry,), effects=(*effects, sheet))


def _tell(petition: Petition, to: str | None, why: str) -> tuple[Effect, ...]:
    if not to:
        return ()
    text = f"Petición {petition.folio}: {why}. Vea su ficha en el buzón."
    subject = f"Sin respuesta del área: petición {petition.folio}"
    return (Notify(Clase.AVISO_INTERNO, to, subject, text, urgent=petition.urgent),)


def not_at_the_office(petition: Petition, draft: Draft, detail: str, now: datetime) -> Plan:
    """A mail to an enlace came back: its address is wrong, the person's is not. A consultant finds the right one."""
    why = f"el correo a {draft.to} no llegó ({detail}): corrija el enlace en rules/destinos.yaml o envíelo usted"
    try:
        state, numeral = step(petition.state, Happening.PASA_A_CONSULTOR)
    except IllegalTransition:
        state, numeral = petition.state, "P a87"
    entry = HistoryEntry(now, "rebote", why[:1].upper() + why[1:], numeral, "servidor de correo", state)
    moved = replace(petition, state=state, terms=petition.terms_but(*ANSWERS))
    return Plan(petition=moved, history=(entry,), effects=(Ficha((f"{why} (P a87)",), urgent=petition.urgent),))
