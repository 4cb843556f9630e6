"""Which request that a consular office sent is meant by what IMSS says: ID Trámite, NSS and thread must agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...model.ledger import History
from ...model.petition import Petition
from ...model.survival import Check, CheckState, Notice, whole_name
from ...model.words import comparable

WAITING = (CheckState.ENVIADA, CheckState.SIN_CONFIRMACION)
# Two checks a year: what is said of an NSS alone, this long after its last request, is said of another one.
_SAME_CASE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Match:
    """The request that is meant, None when none is known; `conflict` says in Spanish why only a person can tell."""

    check: Check | None = None
    conflict: str = ""


def match(notice: Notice, history: History, at: datetime) -> Match:
    """The check of the mailbox's own history that a notice is about.

    Where ID Trámite, NSS and name do not all fit one request, or an NSS alone fits several, a person must look.
    """
    known = history.checks
    by_id = [check for check in known if notice.id_tramite and check.id_tramite == notice.id_tramite]
    by_nss = [check for check in known if notice.nss and check.nss == notice.nss]
    if by_id:
        found = _first(by_id)
        if notice.nss and found.nss and notice.nss != found.nss:
            return Match(conflict=f"el ID Trámite {notice.id_tramite} es de una solicitud con otro NSS")
        return _named(found, notice)
    if notice.id_tramite:
        other = next((check for check in by_nss if check.state in WAITING and check.id_tramite), None)
        if other is not None:
            return Match(conflict=f"la solicitud en espera con ese NSS tiene otro ID Trámite ({other.id_tramite})")
        unnumbered = [check for check in (by_nss or _of_thread(known, history)) if not check.id_tramite]
        return _named(unnumbered[0], notice) if len(unnumbered) == 1 else Match()
    if notice.nss:
        return _by_nss(by_nss, notice, at)
    of_thread = _of_thread(known, history)
    if len(of_thread) == 1:
        return _named(of_thread[0], notice)
    return Match(conflict="no dice ID Trámite ni NSS, y no se sabe de qué solicitud habla")


def _first(checks: Sequence[Check]) -> Check:
    """The one that still waits, else the newest."""
    return next((check for check in checks if check.state in WAITING), checks[0])


def _of_thread(known: Sequence[Check], history: History) -> list[Check]:
    folio = history.by_thread.folio if history.by_thread else None
    return [check for check in known if check.folio == folio]


def _by_nss(checks: Sequence[Check], notice: Notice, at: datetime) -> Match:
    waiting = [check for check in checks if check.state in WAITING]
    if len(waiting) > 1:
        return Match(conflict="hay varias solicitudes en espera con ese NSS y no dice el ID Trámite")
    recent = [check for check in checks if at - check.received_at <= _SAME_CASE]
    chosen = next(iter(waiting or recent), None)
    return _named(chosen, notice) if chosen else Match()


def _named(check: Check, notice: Notice) -> Match:
    """Another person's name on the same number is a mistake somewhere."""
    ours, theirs = whole_name(check.fields), notice.nombre or ""
    if ours and theirs and not set(comparable(ours).split()) & set(comparable(theirs).split()):
        return Match(conflict="el nombre que da el IMSS no es el de la solicitud")
    return Match(check)


def petition_of(folio: str, history: History) -> Petition | None:
    """The petition of a known check, as far as the history brings it."""
    near = (*((history.by_thread,) if history.by_thread else ()), *history.by_token, *history.by_address)
    return next((petition for petition in near if petition.folio == folio), None)
