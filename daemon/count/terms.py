"""Terms kept and missed: what became of each term, and who let it pass: a person, an area, a server, the service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..model.figures import AlarmFact, Facts, MailFact, TermFact, Verdict
from ..model.outgoing import DraftState
from ..model.petition import Clase

# How late the service may act without being called late: mailboxes are read in passes, and servers queue.
TOLERANCE = timedelta(hours=1)
# The mail that a term writes when it falls due.
_WRITES = {
    "segunda_solicitud": ((Clase.DATOS_COMPLEMENTARIOS, 2),),
    "conclusion_desinteres": ((Clase.CONCLUSION_DESINTERES, 1),),
    "acuse_sin_folio": ((Clase.ACUSE_CDAOD, 1), (Clase.ACUSE_ORGANO_NORMATIVO, 1)),
}
_SERVERS = ("buzon:", "acceso:", "silencio:")
_ON_THE_WAY = (DraftState.PREPARADO, DraftState.APROBADO, DraftState.ENVIANDO, DraftState.INCIERTO)


def verdict(term: TermFact, mails: Iterable[MailFact], alarms: Iterable[AlarmFact], now: datetime) -> Verdict:
    """What became of a term as of `now`. `mails` are its petition's, `alarms` those of that time.

    A term is the service's fault only when the service itself acted late, or let a mail lie that needed nobody; when
    an alarm told all the while that a mailbox or its server was out of reach, it is the server's.
    """
    late = term.acts_at + TOLERANCE
    if term.ended_at is None:
        if term.at_due == "nada":
            return Verdict.SIN_PLAZO if term.due_at <= now else Verdict.CORRE
        return Verdict.CORRE if now <= late else _whose_delay(term.acts_at, now, alarms)
    if term.at_due == "nada" or term.ended_at < term.acts_at:
        return Verdict.CUMPLIDO
    if term.ended_at > late:
        return _whose_delay(term.acts_at, term.ended_at, alarms)
    if term.at_due == "tarea":
        return Verdict.ESPERA_AREA
    return _of_mail(term, mails, alarms, now)


def _of_mail(term: TermFact, mails: Iterable[MailFact], alarms: Iterable[AlarmFact], now: datetime) -> Verdict:
    """The service acted in time; did the mail that it wrote leave in time, too?"""
    kinds = _WRITES.get(term.name, ())
    ended = term.ended_at or now
    written = [m for m in mails if (m.clase, m.turn) in kinds and term.started_at <= m.created_at and m.created_at >= (
        ended - TOLERANCE)]  # fmt: skip
    if not written:
        # Nothing was written, because a person is to decide (an urgent matter is not concluded), or it was needless.
        return Verdict.ESPERA_PERSONA if term.name == "conclusion_desinteres" else Verdict.CUMPLIDO
    mail, limit = written[0], term.due_at + TOLERANCE
    if mail.sent_at is not None and mail.sent_at <= limit:
        return Verdict.CUMPLIDO
    if mail.sent_at is None and now <= limit:
        return Verdict.CORRE
    if mail.laid_at is not None or mail.state is DraftState.EN_REVISION:
        return Verdict.ESPERA_PERSONA
    if mail.sent_at is None and mail.state not in _ON_THE_WAY:
        return Verdict.CUMPLIDO
    return _whose_delay(term.due_at, mail.sent_at or now, alarms)


def _whose_delay(since: datetime, until: datetime, alarms: Iterable[AlarmFact]) -> Verdict:
    """The server's delay when an alarm told of it from when the service should have acted to when it did."""
    told = any(
        alarm.key.startswith(_SERVERS)
        and alarm.since <= since + TOLERANCE
        and (alarm.until is None or alarm.until >= until - TOLERANCE)
        for alarm in alarms
    )
    return Verdict.TARDE_SERVIDOR if told else Verdict.TARDE_SERVICIO


def verdicts(facts: Facts, now: datetime) -> tuple[tuple[TermFact, Verdict], ...]:
    """Every term of the facts with what became of it."""
    by_folio: dict[str, list[MailFact]] = {}
    for mail in facts.mails:
        by_folio.setdefault(mail.folio, []).append(mail)
    return tuple((term, verdict(term, by_folio.get(term.folio, ()), facts.alarms, now)) for term in facts.terms)
