"""Days in the usual Spanish wordings: «02/06/2026», «lunes 19 de enero», «1º de febrero», «a más tardar el viernes»."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from .plain import fold

_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_DAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_MONTH = (
    r"(ene(?:ro)?|feb(?:rero)?|mar(?:zo)?|abr(?:il)?|may(?:o)?|jun(?:io)?|jul(?:io)?|ago(?:sto)?|"
    r"sept?(?:iembre)?|oct(?:ubre)?|nov(?:iembre)?|dic(?:iembre)?)\b\.?"
)
_DAY = rf"(?:\b({'|'.join(_DAYS)})\s*,?\s*(?:dia\s+)?)?"
_YEAR = r"(?:\s*(?:,|/|-|\bdel?\b)?\s*(?:ano\s+)?(\d{4})\b)?"
_WRITTEN = re.compile(
    rf"{_DAY}\b(\d{{1,2}}|primero)\s*(?:(?:ro|o|°)\.?|\.)?\s*(?:[-/ ]|\bde\b)\s*(?:de\s+)?{_MONTH}{_YEAR}"
)
_MONTH_FIRST = re.compile(rf"{_DAY}\b{_MONTH}\s+(\d{{1,2}})(?:\s*,\s*|\s+del?\s+|\s+)(\d{{4}})\b")
_ISO = re.compile(r"(?<![\d/.-])(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![\d/-])")
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/-])")
_NO_YEAR = re.compile(rf"{_DAY}(?<![\d/.-])(\d{{1,2}})/(\d{{1,2}})(?![\d/])")
_WEEKDAY = re.compile(rf"\b(?:proximo\s+|este\s+)?({'|'.join(_DAYS)})\b")
_TODAY = re.compile(r"\bhoy\b|\bdia de la fecha\b")
_TOMORROW = re.compile(r"(?<!la )\bmanana\b")
# A day without its year that passed this many days ago still is the one that is meant; longer ago, the next one is.
_PAST = 60


def days(text: str, near: date) -> list[tuple[int, date]]:
    """Every real day that a text names, with its place, in order; what is no day (31/02/2026) is left out.

    `near` is the day of the text: it tells the year left out.
    """
    folded = fold(text)
    taken: dict[int, date] = {}
    spans: list[tuple[int, int]] = []
    for pattern, made in _FORMS:
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(start < b and a < end for a, b in spans):
                continue
            spans.append((start, end))
            day = made(match, near)
            if day is not None:
                taken[start] = day
    return sorted(taken.items())


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year if year > 99 else 2000 + year, month, number)
    except ValueError:
        return None


def _nearest(month: int, number: int, weekday: str | None, near: date) -> date | None:
    """The day of the year that is meant: one whose weekday fits, if it is said; else the next, or one just past."""
    candidates = [day for year in (near.year - 1, near.year, near.year + 1) if (day := _day(year, month, number))]
    recent = [day for day in candidates if near - timedelta(days=_PAST) <= day]
    fitting = [day for day in recent if weekday and _DAYS[day.weekday()] == weekday]
    return next(iter(fitting or recent), None)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _written(match: re.Match[str], near: date) -> date | None:
    number = 1 if match[2] == "primero" else int(match[2])
    if match[4]:
        return _day(int(match[4]), _month(match[3]), number)
    return _nearest(_month(match[3]), number, match[1], near)


def _next_weekday(match: re.Match[str], near: date) -> date | None:
    return near + timedelta(days=(_DAYS.index(match[1]) - near.weekday()) % 7)


_Made = Callable[[re.Match[str], date], date | None]
# The fuller wordings first: what one has taken, no later one reads again.
_FORMS: tuple[tuple[re.Pattern[str], _Made], ...] = (
    (_WRITTEN, _written),
    (_MONTH_FIRST, lambda m, _: _day(int(m[4]), _month(m[2]), int(m[3]))),
    (_ISO, lambda m, _: _day(int(m[1]), int(m[2]), int(m[3]))),
    (_NUMERIC, lambda m, _: _day(int(m[4]), int(m[3]), int(m[1]))),
    (_NO_YEAR, lambda m, near: _nearest(int(m[3]), int(m[2]), m[1], near)),
    (_WEEKDAY, _next_weekday),
    (_TODAY, lambda _, near: near),
    (_TOMORROW, lambda _, near: near + timedelta(days=1)),
)
