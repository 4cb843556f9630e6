"""Survival checks for the pension system, row by row, and how a connectivity campaign stands, office by office (C)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from ..model.petition import HistoryEntry, Petition, State
from ..model.survival import CAMPOS, Export

# How the history calls an acknowledgement from another account than the office's enabled one.
WRONG_ACCOUNT = "acuse_otra_cuenta"
Local = Callable[[datetime], datetime]

# What the form says stands between what identifies the check and what we made of it.
EXPORT_COLUMNS = (
    "lote",
    "comprobante",
    "recibida",
    "oficina",
    "cuenta",
    *CAMPOS,
    "curp",
    "proxima_comprobacion",
    "cotejada_con_padron",
    "folio",
)


def export_rows(export: Export, offices: Mapping[str, str], local: Local) -> list[list[str]]:
    """A batch as text cells under EXPORT_COLUMNS; the same batch always gives the same cells.

    `offices` names each enabled account's office, `local` turns an instant to the office's clock.
    """
    return [
        [
            str(export.number),
            check.id,
            local(check.received_at).isoformat(timespec="seconds"),
            offices.get(check.office, ""),
            check.office,
            *(check.fields.get(name) or "" for name in (*CAMPOS, "curp")),
            check.next_due.isoformat() if check.next_due else "",
            "sí" if check.verified else "no",
            check.folio,
        ]
        for check in export.checks
    ]


@dataclass(frozen=True, slots=True)
class OfficeTest:
    """One office's connectivity test. `late`: answered after the deadline; `wrong`: other accounts that answered."""

    account: str
    folio: str
    state: State
    sent_at: datetime | None
    answered_at: datetime | None
    late: bool
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Campaign:
    """The tests that were started together. `by_day` is (day, offices that had answered by its end, in percent)."""

    started_at: datetime
    tests: tuple[OfficeTest, ...]
    by_day: tuple[tuple[date, int, float], ...]

    @property
    def running(self) -> bool:
        return any(is_running(test.state) for test in self.tests)

    @property
    def answered(self) -> int:
        return sum(test.answered_at is not None for test in self.tests)


def is_running(state: State) -> bool:
    """Whether a test in this state is still to leave, or to be answered in time."""
    return state in (State.NUEVA, State.MENSAJE_EN_COLA, State.ESPERA_ACUSE)


def campaigns(
    tests: Iterable[Petition], story: Callable[[str], Sequence[HistoryEntry]], now: datetime, local: Local
) -> tuple[Campaign, ...]:
    """Each campaign of these tests, newest first, its offices in the order of their accounts."""
    ordered = sorted(tests, key=lambda test: (test.opened_at, test.petitioner))
    made = []
    for started_at, group in groupby(ordered, key=lambda test: test.opened_at):
        told = tuple(_office_test(test, story(test.folio)) for test in group)
        made.append(Campaign(started_at, told, _by_day(started_at, told, now, local)))
    return tuple(reversed(made))


def _office_test(test: Petition, story: Sequence[HistoryEntry]) -> OfficeTest:
    def when(state: State) -> datetime | None:
        return next((entry.at for entry in story if entry.state is state), None)

    answered_at, missed_at = when(State.PRUEBA_ACUSADA), when(State.PRUEBA_SIN_ACUSE)
    return OfficeTest(
        account=test.petitioner,
        folio=test.folio,
        state=test.state,
        sent_at=when(State.ESPERA_ACUSE),
        answered_at=answered_at,
        late=bool(answered_at and missed_at and missed_at < answered_at),
        wrong=tuple(entry.actor for entry in story if entry.action == WRONG_ACCOUNT),
    )


def _by_day(
    started_at: datetime, tests: Sequence[OfficeTest], now: datetime, local: Local
) -> tuple[tuple[date, int, float], ...]:
    """From the first day until today while the campaign runs, else until the last answer."""
    answers = [local(test.answered_at).date() for test in tests if test.answered_at]
    running = any(is_running(test.state) for test in tests)
    day, last = local(started_at).date(), max([*answers, *([local(now).date()] if running else [])], default=None)
    found = []
    while last is not None and day <= last:
        number = sum(answer <= day for answer in answers)
        found.append((day, number, 100 * number / len(tests)))
        day += timedelta(days=1)
    return tuple(found)
