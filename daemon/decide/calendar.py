"""The office's calendar: which days count, when the office closes, when a term falls due and what it skipped."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from ..model.petition import Term
from ..model.rules import Calendario, DiaPropio, Plazo


@lru_cache(maxsize=64)
def _federal(year: int) -> dict[date, str]:
    """The federal days of rest of a year (Ley Federal del Trabajo, art. 74), with their Spanish names."""
    found = holidays.country_holidays("MX", years=year, language="es")
    return {day: str(name) for day, name in found.items()}


class OfficeCalendar:
    """Business days of one office under `rules`. Instants are UTC, days are office days (rules.zona).

    `ooad` narrows regional closures: days of a closure count everywhere else.
    """

    def __init__(self, rules: Calendario) -> None:
        self.rules = rules
        self.zone = ZoneInfo(rules.zona)

    def local(self, at: datetime) -> datetime:
        """The instant on the office's clock."""
        return at.astimezone(self.zone)

    def why_closed(self, day: date, ooad: str | None = None) -> str | None:
        """Why this day does not count (Spanish), or None when it is a business day."""
        reason: str | None = None
        if day.weekday() not in self.rules.horario.dias:
            reason = "fin de semana"
        elif self.rules.feriados is not None:
            reason = "día inhábil" if day in self.rules.feriados else None
        else:
            reason = _federal(day.year).get(day)
        if reason is None:
            reason = next((own.nombre for own in self.rules.dias_propios if _falls_on(own, day)), None)
        if reason is None and ooad is not None:
            here = _plain(ooad)
            closures = (c for c in self.rules.cierres if c.desde <= day <= c.hasta and here in map(_plain, c.ooad))
            reason = next((c.motivo for c in closures), None)
        return reason

    def opens(self, day: date) -> datetime:
        """The instant at which the office opens on that day."""
        return datetime.combine(day, self.rules.horario.abre, self.zone).astimezone(UTC)

    def closes(self, day: date) -> datetime:
        """The instant at which the office closes on that day."""
        return datetime.combine(day, self.rules.horario.cierra, self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The last instant of an office day."""
        return self.midnight(self.opens(day)) + timedelta(days=1, microseconds=-1)

    def capture_day(self, received: datetime, ooad: str | None = None) -> date:
        """The day a mail is captured: the same day (5.19), or the next business day when it came after hours."""
        local = self.local(received)
        day = local.date()
        if self.why_closed(day, ooad) is None and local < self.closes(day):
            return day
        return self.advance(day, 1, ooad)[0]

    def advance(self, day: date, count: int, ooad: str | None = None) -> tuple[date, tuple[tuple[date, str], ...]]:
        """The day that is `count` business days after `day` (itself not counted), and the days skipped with why."""
        skipped: list[tuple[date, str]] = []
        while count > 0:
            day += timedelta(days=1)
            reason = self.why_closed(day, ooad)
            if reason is None:
                count -= 1
            else:
                skipped.append((day, reason))
        return day, tuple(skipped)

    def last_open(self, day: date, ooad: str | None = None) -> date:
        """The last business day before `day`."""
        day -= timedelta(days=1)
        while self.why_closed(day, ooad) is not None:
            day -= timedelta(days=1)
        return day

    def business_days(self, first: date, last: date) -> int:
        """How many business days lie after `first`, up to and with `last`."""
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        return sum(self.why_closed(day) is None for day in days)

    def worked(self, start: datetime, end: datetime, ooad: str | None = None) -> timedelta:
        """How long the office was open between two instants: business time, none when `end` is not after `start`."""
        day, last, open_for = self.local(start).date(), self.local(end).date(), timedelta()
        while day <= last:
            if self.why_closed(day, ooad) is None:
                open_for += max(min(end, self.closes(day)) - max(start, self.opens(day)), timedelta())
            day += timedelta(days=1)
        return open_for

    def term(self, name: str, rule: Plazo, start: datetime, ooad: str | None = None) -> Term:
        """The term that begins at `start`: the first business day after it is day one (P a77, a78, a111).

        It falls due at the end of hours of its last day. With `n` 0 it ends the day itself, or the next business day
        when that day is closed or over. Calendar days (`naturales`) skip nothing.
        """
        day = self.local(start).date()
        skipped: tuple[tuple[date, str], ...] = ()
        if rule.unidad == "naturales":
            last = day + timedelta(days=rule.n)
        elif rule.n == 0:
            last = self.capture_day(start, ooad)
        else:
            last, skipped = self.advance(day, rule.n, ooad)
        return Term(
            name=name,
            numeral=rule.numeral,
            started_at=start,
            due_at=self.closes(last),
            at_due=rule.al_vencer,
            skipped=skipped,
        )

    def lengthened(self, term: Term, ooad: str | None = None) -> Term:
        """A term in business days, longer by what it counted and what counts no more: a closure that was declared, or
        whose state became known, while it ran. It never becomes shorter, because the person was told of the longer one.
        """
        start, last = self.local(term.started_at).date(), self.local(term.due_at).date()
        counted = (last - start).days - len(term.skipped)
        day, skipped = self.advance(start, counted, ooad)
        if day <= last:
            return term
        act_at = self.opens(day) if term.act_at and term.act_at < term.due_at else None
        return replace(term, due_at=self.closes(day), skipped=skipped, act_at=act_at)

    def midnight(self, at: datetime) -> datetime:
        """The instant at which the office day of `at` began."""
        local = self.local(at)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _plain(name: str) -> str:
    """A state's name without accents and capitals: «Michoacán» is «michoacan»."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()


def _falls_on(own: DiaPropio, day: date) -> bool:
    return own.fecha == day if own.fecha else (own.mes, own.dia) == (day.month, day.day)
