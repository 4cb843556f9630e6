"""What IMSS says of a consular office's requests (C): matched, noted once, printed in duplicate, doubts to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...model.decision import Effect, Ficha, Plan, Reason, Step
from ...model.petition import HistoryEntry, Petition, State
from ...model.survival import RECIBO, Check, CheckState, Notice, Receipt, Said
from ..course import Arrival, new_state
from ..lifecycle import Happening
from .matching import WAITING, match, petition_of
from .plans import REQUEST, actor, alarm, decided, opened, together, with_message

_PRINT = (
    "imprima el archivo adjunto: un ejemplar es para la persona y el otro, firmado por ella, lo conserva la oficina"
)
_MEND = (
    "corrija lo que se indica con la documentación que presentó la persona, genere de nuevo la solicitud y envíela por "
    "el MCLV, desde la cuenta habilitada"
)
_UNASKED = "no se vio la solicitud en este buzón ni en los enviados: verifique que la oficina la hizo antes de entregar"
_SETTLES = {Said.CONFIRMACION: CheckState.CONFIRMADA, Said.RECHAZO: CheckState.RECHAZADA}
_SAME = {
    Said.CONFIRMACION: (CheckState.CONFIRMADA, CheckState.SIN_SOLICITUD),
    Said.RECHAZO: (CheckState.RECHAZADA,),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What IMSS said of one known request."""

    notice: Notice
    check: Check


def on_answers(arrival: Arrival) -> Plan:
    """Each confirmation and refusal of a proven mail of IMSS, matched to the request that it answers.

    What waits is settled; what is said twice is noted; what contradicts itself or an earlier answer, and what fits no
    request or several, is for a person. One message may settle several petitions.
    """
    known: dict[str, list[_Told]] = {}
    unknown: dict[Said, list[Notice]] = {}
    doubts: list[str] = []
    for notice in arrival.reading.notices:
        found = match(notice, arrival.history, arrival.now)
        if notice.said is Said.DUDOSO:
            doubts.append(f"{_of(notice)}: {'; '.join(notice.reasons)}")
        elif found.conflict:
            doubts.append(f"{_of(notice)}: {found.conflict}")
        elif found.check is not None:
            known.setdefault(found.check.folio, []).append(_Told(notice, found.check))
        elif notice.said in _SETTLES:
            unknown.setdefault(notice.said, []).append(notice)
    plans = []
    for folio, told in known.items():
        petition = petition_of(folio, arrival.history)
        if petition is None:
            doubts += [f"{_of(each.notice)}: no se encuentra la solicitud {each.check.id}" for each in told]
        else:
            plans.append(_answered(arrival, petition, told))
    if unasked := unknown.get(Said.CONFIRMACION):
        plans.append(_unasked(arrival, unasked))
    if refused := unknown.get(Said.RECHAZO):
        plans.append(_refused_unknown(arrival, refused))
    if doubts:
        plans.append(_doubtful(arrival, doubts))
    against = any(entry.action == "contradice" for plan in plans for entry in plan.history)
    reasons = [Reason("dice_el_imss", "C", f"{each.said}: {_of(each)}") for each in arrival.reading.notices]
    reasons += [Reason("aviso_dudoso", "C", doubt) for doubt in doubts]
    chosen = Step.CONSULTOR if doubts or against else Step.SIN_RESPUESTA
    return together(plans, decided(arrival, chosen, tuple(reasons)))


def _of(notice: Notice) -> str:
    """Which request, in words."""
    if notice.id_tramite:
        return f"ID Trámite {notice.id_tramite}"
    return f"NSS {notice.nss}" if notice.nss else "una solicitud que no nombra"


# --- requests that we know ---------------------------------------------------------------------------------------


def _answered(arrival: Arrival, petition: Petition, told: Sequence[_Told]) -> Plan:
    """The answers to one petition's requests. It is settled when none of them waits any more."""
    settled = [each for each in told if each.check.state in WAITING]
    again = [each for each in told if each.check.state in _SAME[each.notice.said]]
    against = [each for each in told if each not in settled and each not in again]
    stand = {check.id: check for check in arrival.history.checks if check.folio == petition.folio}
    changed = {each.check.id: _settled(each) for each in settled}
    stand |= changed
    moved = with_message(petition, arrival.reading)
    if against:
        moved = _to_a_person(moved)
    elif settled and petition.state in (State.ESPERA_CONFIRMACION, State.SIN_CONFIRMACION):
        states = {check.state for check in stand.values()}
        if not states & set(WAITING):
            refused = CheckState.RECHAZADA in states
            moved = new_state(moved, Happening.LLEGA_RECHAZO if refused else Happening.LLEGA_CONFIRMACION)
    effects, lines = _told_to_office(arrival, settled)
    lines += [(f"llega otra vez, {_verb(each)}: {_of(each.notice)}", "nota") for each in again]
    for each in against:
        why = f"{_of(each.notice)}: ahora el IMSS {_verb(each)}, y antes dijo lo contrario"
        effects.append(
            Ficha((why, *each.notice.reasons), urgent=True, subject=f"El IMSS se contradice: {_of(each.notice)}")
        )
        lines.append((why, "contradice"))
    history = tuple(
        HistoryEntry(arrival.now, action, text[0].upper() + text[1:], "C", actor(arrival.reading), moved.state)
        for text, action in lines
    )
    flag = (alarm(petition), f"el IMSS confirmó y rechazó la misma solicitud ({petition.folio})") if against else None
    return Plan(petition=moved, history=history, effects=tuple(effects), checks=tuple(changed.values()), flag=flag)


def _settled(told: _Told) -> Check:
    notice, check = told.notice, told.check
    return replace(
        check,
        state=_SETTLES[notice.said],
        id_tramite=check.id_tramite or notice.id_tramite or "",
        nss=check.nss or notice.nss or "",
        next_due=notice.next_due or check.next_due,
        fields=check.fields | _number(notice),
    )


def _number(notice: Notice) -> dict[str, str | None]:
    """The receipt's number that IMSS gave, as a check's fields keep it: the paper says it, and people ask by it."""
    return {RECIBO: notice.receipt} if notice.receipt and notice.said is Said.CONFIRMACION else {}


def _verb(told: _Told) -> str:
    return "la confirma" if told.notice.said is Said.CONFIRMACION else "la rechaza"


def _to_a_person(petition: Petition) -> Petition:
    if petition.state is State.REVISION_CONSULTOR:
        return petition
    return new_state(petition, Happening.REABRE if petition.state.closed else Happening.PASA_A_CONSULTOR)


def _told_to_office(arrival: Arrival, settled: Sequence[_Told]) -> tuple[list[Effect], list[tuple[str, str]]]:
    """The sheets for the office, the print-ready pair first, and the lines for the history."""
    effects: list[Effect] = []
    lines: list[tuple[str, str]] = []
    confirmed = [each for each in settled if each.notice.said is Said.CONFIRMACION]
    if confirmed:
        receipts = tuple(_receipt(arrival, each.notice, each.check) for each in confirmed)
        which = ", ".join(_of(each.notice) for each in confirmed)
        effects.append(
            Ficha((f"el IMSS confirmó la recepción: {which}", _PRINT), receipts=receipts, subject=_title(confirmed))
        )
        lines.append((f"el IMSS confirma la recepción: {which}", "confirmada"))
    for each in settled:
        if each.notice.said is Said.RECHAZO:
            effects.append(_refusal(each.notice))
            lines.append((f"el IMSS no procesó la solicitud: {_of(each.notice)}", "rechazada"))
    return effects, lines


def _title(confirmed: Sequence[_Told]) -> str:
    names = [each.notice.nombre or _name(each.check.fields) for each in confirmed]
    which = ", ".join(f"{_of(each.notice)} {name or ''}".strip() for each, name in zip(confirmed, names, strict=True))
    return f"Imprimir en duplicado: {which}"


def _name(fields: dict[str, str | None]) -> str:
    return " ".join(filter(None, (fields.get(key) for key in ("nombre", "apellido_paterno", "apellido_materno"))))


def _refusal(notice: Notice, *more: str) -> Ficha:
    """What the office must know of a refusal: every reason, and how to mend it."""
    reasons = [f"motivo: {reason}" for reason in notice.reasons]
    reasons = reasons or ["no dice el motivo: pregúntelo a la cuenta de recepción"]
    why = (f"el IMSS no procesó el envío ({_of(notice)}); no hay comprobante que entregar", *reasons, _MEND, *more)
    return Ficha(why, urgent=True, subject=f"Rechazada por el IMSS: {_of(notice)}")


def _receipt(arrival: Arrival, notice: Notice, check: Check | None, note: str = "") -> Receipt:
    """What the duplicate says: the request's own fields, with what IMSS said of its reception."""
    office = arrival.policy.rules.oficina(arrival.reading.mailbox)
    said = {"id_tramite": notice.id_tramite, "nss": notice.nss, "nombre": notice.nombre}
    fields = dict(check.fields) if check and check.fields else {}
    return Receipt(
        number=notice.receipt or "",
        office=office.nombre if office else arrival.reading.mailbox,
        fields=fields | {key: value for key, value in said.items() if value and not fields.get(key)},
        received_at=notice.received,
        next_due=notice.next_due,
        note=note,
    )


# --- requests that we do not know, and doubts --------------------------------------------------------------------


def _unasked(arrival: Arrival, notices: Sequence[Notice]) -> Plan:
    """Confirmations of requests that nobody saw: listed, alarmed, and printed with a warning."""
    petition = opened(arrival, REQUEST)
    moved = new_state(petition, Happening.LLEGA_CONFIRMACION)
    which = ", ".join(_of(notice) for notice in notices)
    receipts = tuple(
        _receipt(arrival, notice, None, note="Sin solicitud conocida en este buzón.") for notice in notices
    )
    ficha = Ficha(
        (f"el IMSS confirmó la recepción: {which}", _UNASKED, _PRINT),
        urgent=True,
        receipts=receipts,
        subject=f"Imprimir en duplicado (sin solicitud conocida): {which}",
    )
    line = HistoryEntry(
        arrival.now, "sin_solicitud", f"El IMSS confirma sin solicitud conocida: {which}", "C", state=moved.state
    )
    text = f"el IMSS confirmó una solicitud que no se vio salir ({petition.folio})"
    return Plan(
        petition=moved,
        history=(line,),
        effects=(ficha,),
        checks=_new_checks(arrival, petition, notices, CheckState.SIN_SOLICITUD),
        flag=(alarm(petition), text),
    )


def _refused_unknown(arrival: Arrival, notices: Sequence[Notice]) -> Plan:
    petition = opened(arrival, REQUEST, "rechazo")
    moved = new_state(petition, Happening.LLEGA_RECHAZO)
    which = ", ".join(_of(notice) for notice in notices)
    line = HistoryEntry(arrival.now, "rechazada", f"El IMSS no procesó: {which}", "C", state=moved.state)
    effects = tuple(_refusal(notice, "no se vio salir la solicitud de este buzón") for notice in notices)
    checks = _new_checks(arrival, petition, notices, CheckState.RECHAZADA)
    return Plan(petition=moved, history=(line,), effects=effects, checks=checks)


def _new_checks(
    arrival: Arrival, petition: Petition, notices: Sequence[Notice], state: CheckState
) -> tuple[Check, ...]:
    return tuple(
        Check(
            id=f"SO{petition.folio.removeprefix('AC')}-{number}",
            folio=petition.folio,
            account=arrival.reading.mailbox,
            office=arrival.reading.mailbox,
            id_tramite=notice.id_tramite or "",
            nss=notice.nss or "",
            state=state,
            received_at=arrival.reading.received_at,
            fields=_number(notice),
            next_due=notice.next_due,
        )
        for number, notice in enumerate(notices, start=1)
    )


def _doubtful(arrival: Arrival, doubts: Sequence[str]) -> Plan:
    """What cannot be told: no request changes, a person reads the mail."""
    moved = new_state(opened(arrival, REQUEST, "duda"), Happening.PASA_A_CONSULTOR)
    line = HistoryEntry(arrival.now, "duda", "; ".join(doubts), "C", actor(arrival.reading), moved.state)
    return Plan(petition=moved, history=(line,), effects=(Ficha(tuple(doubts), urgent=True),))
