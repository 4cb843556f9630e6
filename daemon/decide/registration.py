"""Complete petitions go to SIADE (P a79): the record, the acuse that waits for its folio, what SIADE answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..model.decision import Disposition, Effect, Plan, Reason, Register, Write
from ..model.ledger import History
from ..model.outgoing import Draft, DraftState
from ..model.petition import Clase, HistoryEntry, Petition, Term
from ..model.siade import RecordClase, SiadeRow
from . import guards
from .lifecycle import Happening
from .policy import Policy

WITHOUT_FOLIO, ANSWER_CDAOD = "acuse_sin_folio", "respuesta_cdaod"
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


def registered(
    petition: Petition, policy: Policy, now: datetime, *, message_ids: Sequence[str], held: Sequence[Reason] = ()
) -> tuple[Petition, list[Effect]]:
    """The petition as registered at `now`, and its record; its acuse waits for the folio until the end of hours.

    `held` are the guards that keep what is written about it from leaving by itself. What is registered already is not
    registered again (P 5.19).
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
        held=held[0].evidence if held else petition.held,
        terms=(*petition.terms, *terms),
    )
    record = Register(RecordClase.REGISTRO, petition.summary, numeral="P a79, 5.19", message_ids=tuple(message_ids))
    return kept, [record]


def _term(name: str, petition: Petition, policy: Policy, captured: datetime, now: datetime) -> Term:
    """A term of the day on which the petition is captured; of today when that day is past."""
    return policy.calendar.term(name, policy.rules.plazos[name], max(captured, now), petition.ooad)


def acuse(petition: Petition, history: History, policy: Policy) -> Write | None:
    """The acuse of a registered petition, with the folio or without; None when it was written, or is not due to it."""
    clase = ACUSES.get(petition.destination)
    if clase is None or clase is Clase.TURNO_OIC_SNTSS or not petition.petitioner or petition.registered_at is None:
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
        values=_destination_in_words(petition, policy),
        in_reply_to=petition.first_message_id or None,
        urgent=petition.urgent,
    )


def _destination_in_words(petition: Petition, policy: Policy) -> dict[str, str]:
    organo = policy.rules.organo(petition.destino)
    return {"destino": organo.nombre} if organo else {}


def _written(clase: Clase, history: History) -> Draft | None:
    return next((d for d in history.drafts if d.clase is clase and d.state not in _NEVER_LEFT), None)


def without_folio(petition: Petition, history: History, policy: Policy, now: datetime) -> Plan:
    """The day ended without the folio: the acuse goes with our reference and says that the folio follows (P 5.15)."""
    rest = replace(petition, terms=tuple(term for term in petition.terms if term.name != WITHOUT_FOLIO))
    write = acuse(petition, history, policy)
    if write is None:
        return Plan(petition=rest)
    entry = HistoryEntry(
        now, "vence", "El folio de SIADE no llegó hoy: sale el acuse sin él", "P 5.15", state=rest.state
    )
    return Plan(petition=rest, history=(entry,), effects=(write,))


def on_siade(petition: Petition, row: SiadeRow, policy: Policy, history: History, now: datetime) -> Plan:
    """What one row of SIADE means for its petition; the same row again changes nothing.

    `history.drafts` must be the petition's.
    """
    if not row.folio or row.folio == petition.siade:
        return Plan()
    known = replace(
        petition, siade=row.folio, terms=tuple(term for term in petition.terms if term.name != WITHOUT_FOLIO)
    )
    entry = HistoryEntry(now, "folio", f"SIADE asignó el folio {row.folio}", "P 5.15", "SIADE", petition.state)
    write = acuse(known, history, policy)
    clase = ACUSES.get(petition.destination)
    if write is None and clase is not None and _written(clase, history) and petition.petitioner:
        write = _mail(Clase.AVISO_FOLIO, known, history, policy)
    return Plan(petition=known, history=(entry,), effects=(write,) if write else ())
