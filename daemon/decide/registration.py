"""Complete petitions go to SIADE (P a79): the record, the acuse that waits for its folio, what SIADE answers (a84)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..errors import IllegalTransition
from ..model.decision import Disposition, Effect, Ficha, Plan, Reason, Register, Withdraw, Write
from ..model.ledger import History
from ..model.outgoing import Draft, DraftState
from ..model.petition import Clase, HistoryEntry, Petition, State, Term
from ..model.siade import RecordClase, SiadeRow
from . import guards
from .lifecycle import Happening, step
from .policy import Policy

WITHOUT_FOLIO, ANSWER_CDAOD = "acuse_sin_folio", "respuesta_cdaod"
VISTO_BUENO = "respuesta concluyente: visto bueno"
# Which event a registration is, by the kind of place where the matter goes.
HAPPENS = {
    "cdaod_jdaod": Happening.REGISTRA,
    "organo_normativo": Happening.PROPONE_DERIVACION,
    "oic_sntss": Happening.TURNA,
}
# The mail that tells the person so. The first two wait for the folio (P 5.15).
ACUSES = {
    "cdaod_jdaod": Clase.ACUSE_CDAOD,
    "organo_normativo": Clase.ACUSE_ORGANO_NORMATIVO,
    "oic_sntss": Clase.TURNO_OIC_SNTSS,
}
_NEVER_LEFT = (DraftState.RETIRADO, DraftState.BORRADO, DraftState.RECHAZADO_POR_CONSULTOR)
# Nobody has decided about these yet, so that they may still be written anew.
_UNDECIDED = (DraftState.PREPARADO, DraftState.EN_REVISION)
# The mails that bring a person the answer of whoever attended the matter (a84, a91).
_ANSWERS = (Clase.RESPUESTA_LIBRE, Clase.RESPUESTA_ORGANO_NORMATIVO)
# As much of an answer as is shown in a data sheet, in characters.
_SHOWN = 2000


def registered(
    petition: Petition, policy: Policy, now: datetime, *, message_ids: Sequence[str], held: Sequence[Reason] = ()
) -> tuple[Petition, list[Effect]]:
    """The petition as registered at `now`, and its record; its acuse waits for the folio until the end of hours.

    `held` are the guards that keep what is written about it from leaving by itself. What is registered already is not
    registered again (P 5.19). A folio that SIADE gave to an earlier orientación about it (a76) becomes an antecedent:
    the registration gets its own.
    """
    if petition.registered_at is not None:
        return petition, []
    terms = [_term(WITHOUT_FOLIO, petition, policy, policy.calendar.opens(petition.captured_on), now)]
    if petition.destination == "cdaod_jdaod":
        terms.append(policy.calendar.term(ANSWER_CDAOD, policy.rules.plazos[ANSWER_CDAOD], now, petition.ooad))
    if petition.destination == "oic_sntss":
        terms = []
    kept = replace(
        petition,
        registered_at=now,
        siade=None,
        antecedentes=(*petition.antecedentes, *([petition.siade] if petition.siade else [])),
        held=held[0].evidence if held else petition.held,
        terms=(*petition.terms, *terms),
    )
    record = Register(RecordClase.REGISTRO, petition.summary, numeral="P a79, 5.19", message_ids=tuple(message_ids))
    return kept, [record]


def _term(name: str, petition: Petition, policy: Policy, captured: datetime, now: datetime) -> Term:
    """A term of the day on which the petition is captured; of today when that day is past."""
    return policy.calendar.term(name, policy.rules.plazos[name], max(captured, now), petition.ooad)


def acuse(petition: Petition, history: History, policy: Policy) -> Write | None:
    """The acuse of a registered petition, with the folio or without; None when it was written, or is not due to it.

    Who is told that the matter was handed to the OIC or the SNTSS gets no other mail: it is not followed (a123).
    """
    clase = ACUSES.get(petition.destination)
    if clase is None or clase is Clase.TURNO_OIC_SNTSS or not petition.petitioner or petition.registered_at is None:
        return None
    # Whoever was answered before the folio came would be told that the matter is about to be attended.
    if petition.state.closed:
        return None
    if _written(clase, history):
        return None
    return _mail(clase, petition, history, policy)


def _mail(clase: Clase, petition: Petition, history: History, policy: Policy) -> Write:
    disposition, _ = guards.disposition(clase, petition, policy.rules, history=history)
    if petition.held:
        disposition = Disposition.REVISAR
    return Write(
        clase=clase,
        template=clase.value,
        to=petition.petitioner,
        disposition=disposition,
        in_reply_to=petition.first_message_id or None,
        urgent=petition.urgent,
    )


def _written(clase: Clase, history: History) -> Draft | None:
    return next((d for d in history.drafts if d.clase is clase and d.state not in _NEVER_LEFT), None)


def without_folio(petition: Petition, history: History, policy: Policy, now: datetime) -> Plan:
    """The day ended without the folio: the acuse goes with our reference and says that the folio follows (P 5.15)."""
    rest = replace(petition, terms=petition.terms_but(WITHOUT_FOLIO))
    write = acuse(petition, history, policy)
    if write is None:
        return Plan(petition=rest)
    entry = HistoryEntry(
        now, "vence", "El folio de SIADE no llegó hoy: sale el acuse sin él", "P 5.15", state=rest.state
    )
    return Plan(petition=rest, history=(entry,), effects=(write,))


def awaiting_answer(petition: Petition, policy: Policy, now: datetime) -> Petition:
    """The petition with the term of a CDAOD or JDAOD begun at `now`."""
    term = policy.calendar.term(ANSWER_CDAOD, policy.rules.plazos[ANSWER_CDAOD], now, petition.ooad)
    return replace(petition, terms=(*petition.terms_but(ANSWER_CDAOD), term))


# --- what SIADE answers ----------------------------------------------------------------------------------------


def on_siade(petition: Petition, row: SiadeRow, policy: Policy, history: History, now: datetime) -> Plan:
    """What one row of SIADE means for its petition: its folio (5.15), its state, the CDAOD's or JDAOD's answer (a84).

    The same row again changes nothing. A folio is never changed: `misfit` is asked before. `history.drafts` must be
    the petition's.
    """
    fresh = row.folio and not petition.siade and row.folio not in petition.antecedentes
    plan = _with_folio(petition, row, policy, history, now) if fresh else Plan()
    known = plan.petition or petition
    if not row.digest or row.digest in known.siade_rows:
        return plan
    # SIADE goes on showing an answer under each later state: what was sent or refused is not proposed a second time.
    told = not row.answer or row.answer in known.siade_rows
    known = replace(known, siade_rows=(*known.siade_rows, *dict.fromkeys(filter(None, (row.digest, row.answer)))))
    if row.folio in petition.antecedentes:
        further = _of_earlier(known, row, now)
    else:
        further = _moved_there(known, row, policy, now) if told else _answered(known, row, now)
    return replace(further, history=(*plan.history, *further.history), effects=(*plan.effects, *further.effects))


def misfit(petition: Petition | None, row: SiadeRow, owner: Petition | None) -> tuple[str, str] | None:
    """Why a row cannot be taken in, as (field of the row, reason in Spanish); None when it fits.

    `owner` is the petition that already has the row's folio.
    """
    if petition is None:
        if row.referencia:
            return "referencia", f"no hay ninguna petición con la referencia «{row.referencia}»"
        return "folio", f"no hay ninguna petición con el folio «{row.folio}», y la fila no dice su referencia"
    if row.folio and petition.siade and row.folio != petition.siade:
        return "folio", f"{petition.folio} ya tiene el folio «{petition.siade}», y aquí dice «{row.folio}»"
    if row.folio and owner and owner.folio != petition.folio:
        return "folio", f"el folio «{row.folio}» ya es de {owner.folio}"
    return None


def _with_folio(petition: Petition, row: SiadeRow, policy: Policy, history: History, now: datetime) -> Plan:
    """The folio came: the acuse leaves with it; an acuse that left without it is followed by one notice, never two."""
    known = replace(petition, siade=row.folio, terms=petition.terms_but(WITHOUT_FOLIO))
    entry = HistoryEntry(now, "folio", f"SIADE asignó el folio {row.folio}", "P 5.15", "SIADE", petition.state)
    effects: list[Effect] = []
    written = _written(clase, history) if (clase := ACUSES.get(petition.destination)) else None
    if clase is Clase.TURNO_OIC_SNTSS or not petition.petitioner:
        pass
    elif write := acuse(known, history, policy):
        effects.append(write)
    elif written and clase and written.state in _UNDECIDED and written.disposition is Disposition.REVISAR:
        effects += [Withdraw("llegó el folio de SIADE", (clase,)), _mail(clase, known, history, policy)]
    elif written and not _written(Clase.AVISO_FOLIO, history):
        effects.append(_mail(Clase.AVISO_FOLIO, known, history, policy))
    return Plan(petition=known, history=(entry,), effects=tuple(effects))


def _answered(petition: Petition, row: SiadeRow, now: datetime) -> Plan:
    """The CDAOD or JDAOD answered in SIADE: a draft for the person, and the question whether it is concluyente (5.26).

    Where no answer is awaited (the petition is closed, or asks the person for data) only a person can tell what it
    means.
    """
    area = row.area or "el área responsable"
    told = f"Contesta {area} en SIADE" + (f", estado «{row.estado}»" if row.estado else "")
    shown = row.respuesta if len(row.respuesta) <= _SHOWN else row.respuesta[: _SHOWN - 1] + "…"
    try:
        state, numeral = step(petition.state, Happening.RESPONDE_AREA)
    except IllegalTransition:
        entry = HistoryEntry(now, "responde_area", f"{told}; no se esperaba: {shown}", "P a84", "SIADE", petition.state)
        why = f"llegó por SIADE una respuesta de {area} que no se esperaba en este momento: «{shown}» (P a84)"
        return Plan(petition=petition, history=(entry,), effects=(Ficha((why,), urgent=petition.urgent),))
    moved = replace(petition, state=state, respuesta=row.respuesta, terms=petition.terms_but(ANSWER_CDAOD))
    entry = HistoryEntry(now, "responde_area", told, numeral, "SIADE", state)
    effects: list[Effect] = [Withdraw("llegó otra respuesta", _ANSWERS)]
    reasons = [
        f"contestó {area} por SIADE: diga en «concluyente» si está fundada, motivada, clara y sin duda (P 5.26, a84)"
    ]
    if write := answer_to_person(moved):
        effects.append(write)
        reasons.append(
            "si lo es, apruebe el borrador: al salir se registra el visto bueno y concluye (P a85); si no, conteste "
            "«concluyente: no» y en «faltan» qué falta: se le pide al área (P a86)"
        )
    else:
        reasons.append(f"la persona no dejó correo: comuníquesela por teléfono. Dice: «{shown}»")
    effects.append(Ficha(tuple(reasons), urgent=petition.urgent))
    return Plan(petition=moved, history=(entry,), effects=tuple(effects))


def answer_to_person(petition: Petition) -> Write | None:
    """What the CDAOD or JDAOD answered as a draft for the person, with the survey's link (5.68); always to be judged.

    None without words or without an address.
    """
    if not petition.petitioner or not petition.respuesta:
        return None
    return Write(
        clase=Clase.RESPUESTA_LIBRE,
        template=ANSWER_CDAOD,
        to=petition.petitioner,
        disposition=Disposition.REVISAR,
        values={"texto_libre": petition.respuesta},
        in_reply_to=petition.first_message_id or None,
        urgent=petition.urgent,
    )


def _of_earlier(petition: Petition, row: SiadeRow, now: datetime) -> Plan:
    """The row is about the orientación that asked for data (a76), not about the registration: it answers nothing."""
    text = f"SIADE dice «{row.estado or row.respuesta[:_SHOWN]}» del folio anterior {row.folio}"
    entry = HistoryEntry(now, "siade", text, "P a76", "SIADE", petition.state)
    return Plan(petition=petition, history=(entry,))


def _moved_there(petition: Petition, row: SiadeRow, policy: Policy, now: datetime) -> Plan:
    """SIADE tells another state, no new answer: noted; a folio closed there while it is open here is for a person."""
    text = f"En SIADE está «{row.estado}»" if row.estado else "SIADE repite la respuesta que ya se tenía"
    entry = HistoryEntry(now, "siade", text, "P a84", "SIADE", petition.state)
    waits = not petition.state.closed and petition.state is not State.RESPUESTA_POR_ENVIAR
    if not (waits and policy.rules.siade.closes(row.estado)):
        return Plan(petition=petition, history=(entry,))
    why = (
        f"SIADE la da por «{row.estado}» sin respuesta nueva: revise con el área si hay una y si es concluyente "
        "(P a84, 5.26)"
    )
    return Plan(petition=petition, history=(entry,), effects=(Ficha((why,), urgent=petition.urgent),))


def judged(
    petition: Petition, word: bool, missing: str, history: History, policy: Policy, now: datetime, actor: str
) -> Plan | None:
    """A consultant said whether the answer that came is concluyente (5.26); None when that is not asked of it here.

    Concluyente: visto bueno and closing (a85), as soon as the person has the answer: a draft that still waits is left
    to leave first. Otherwise what is `missing` is told to the CDAOD or JDAOD, and a new term begins (a86), as often as
    needed. What an Órgano normativo lacks is asked for by mail (`derivation`).
    """
    if petition.state is not State.RESPUESTA_POR_ENVIAR or (not word and petition.destination == "organo_normativo"):
        return None
    drafts = [draft for draft in history.drafts if draft.clase in _ANSWERS]
    if word and any(not draft.state.settled for draft in drafts):
        text = "Da su visto bueno a la respuesta; se concluye al salir el correo a la persona"
        return Plan(
            petition=petition, history=(HistoryEntry(now, "visto_bueno", text, "P a85", actor, petition.state),)
        )
    if word:
        state, _ = step(petition.state, Happening.CONCLUYE_CONSULTOR)
        entry = HistoryEntry(now, "concluida", "Visto bueno a la respuesta: se concluye", "P a85", actor, state)
        told = petition.respuesta or (drafts[-1].text if drafts else petition.summary)
        record = Register(RecordClase.CIERRE, told, VISTO_BUENO, "P a85, 5.26")
        return Plan(petition=replace(petition, state=state, terms=()), history=(entry,), effects=(record,))
    if not missing.strip():
        why = "la respuesta no es concluyente: escriba en «faltan» qué elementos faltan, para pedirlos (P a86)"
        entry = HistoryEntry(now, "no_concluyente", why, "P a86", actor, petition.state)
        return Plan(petition=petition, history=(entry,), effects=(Ficha((why,), urgent=petition.urgent),))
    state, numeral = step(petition.state, Happening.PIDE_COMPLEMENTO)
    moved = awaiting_answer(replace(petition, state=state, respuesta=""), policy, now)
    entry = HistoryEntry(
        now, "no_concluyente", f"La respuesta no es concluyente; falta: {missing}", numeral, actor, state
    )
    note = Register(RecordClase.NOTA, f"La respuesta no es concluyente. Falta: {missing}", "complemento", numeral)
    effects = (Withdraw("la respuesta no es concluyente", _ANSWERS), note)
    return Plan(petition=moved, history=(entry,), effects=effects)
