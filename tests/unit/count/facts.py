"""Facts of an invented office, as the store would give them, and an office calendar, for tests of figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from daemon.decide.calendar import OfficeCalendar
from daemon.model.figures import CopyFact, Facts, MailFact, Move, PetitionFact, TermFact
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase, State
from daemon.model.report import Names, Section
from daemon.model.rules import Calendario

CALENDAR = OfficeCalendar(Calendario())
ACCOUNT = "atnder@imss.gob.mx"
ANA, BETO = "ana@imss.gob.mx", "beto@imss.gob.mx"


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant of November 2026 on the office's clock (the 2nd is a Monday)."""
    return datetime(2026, 11, day, hour, minute, tzinfo=CALENDAR.zone).astimezone(UTC)


SINCE, UNTIL = at(2, 0), at(7, 0)
NAMES = Names(
    topic=lambda key: key,
    person=lambda address: {ANA: "Ana", BETO: "Beto"}.get(address, address),
    account=str,
    term=lambda name: name.replace("_", " "),
    norm=lambda name: "plazo propio, no normado" if name.startswith("respuesta") else "",
    types={"queja": "queja de servicio"},
    clases={"datos_complementarios": "solicitud de datos"},
    states={str(state): str(state) for state in State},
    counts=lambda account: account == ACCOUNT,
    outside=lambda address: not address.endswith("@imss.gob.mx"),
)


def a_petition(folio: str = "AC-1", **more: Any) -> PetitionFact:
    given = {
        "account": ACCOUNT,
        "state": State.REVISION_CONSULTOR,
        "opened_at": at(3),
        "captured_on": date(2026, 11, 3),
    }
    return PetitionFact(folio, **(given | more))


def a_mail(folio: str = "AC-1", clase: Clase = Clase.DATOS_COMPLEMENTARIOS, **more: Any) -> MailFact:
    """A mail that left at noon of the 3rd, unless told otherwise."""
    number = more.pop("number", 1)
    given = {
        "id": f"{folio}/{number}",
        "turn": 1,
        "account": ACCOUNT,
        "state": DraftState.ACEPTADO,
        "created_at": at(3),
        "message_id": f"<{folio}-{number}@imss.gob.mx>",
        "sent_at": at(3),
    }
    return MailFact(folio=folio, clase=clase, **(given | more))


def waiting(folio: str = "AC-1", since: datetime | None = None, **more: Any) -> MailFact:
    since = since or at(3)
    given = {"state": DraftState.EN_REVISION, "sent_at": None, "laid_at": since, "created_at": since}
    return a_mail(folio, **(given | more))


def a_copy(mail: MailFact | None, times: int = 1, **more: Any) -> CopyFact:
    name = mail.message_id if mail else "<a-mano@imss.gob.mx>"
    given = {
        "account": ACCOUNT,
        "origin": "conteo",
        "seen_at": at(3, 12, 5),
        "sender": ANA,
        "to": ("rosa.medina@correo.example",),
        "draft": mail.id if mail else None,
        "times": times,
    }
    return CopyFact(name, **(given | more))


def a_term(folio: str = "AC-1", name: str = "segunda_solicitud", **more: Any) -> TermFact:
    """From noon of the 3rd to the end of hours of the 5th."""
    given = {
        "numeral": "P a77",
        "at_due": "correo",
        "started_at": at(3),
        "due_at": at(5, 18),
        "acts_at": at(5, 18),
        "ended_at": None,
    }
    return TermFact(folio, name, **(given | more))


def moved(folio: str, *steps: tuple[datetime, str, State]) -> tuple[Move, ...]:
    return tuple(Move(folio, when, action, state) for when, action, state in steps)


def facts(**more: Any) -> Facts:
    return Facts(**({"since": SINCE, "until": UNTIL} | more))


def rows(section: Section | None, key: str) -> dict[Any, Any]:
    """A table by its first column: the rest of the row, or its one value."""
    assert section is not None
    table = next(table for table in section.tables if table.key == key)
    return {row[0]: row[1:] if len(row) > 2 else row[1] for row in table.rows}


HOUR = timedelta(hours=1)
