"""How figures are written: days, hours and addresses as people write them."""

from __future__ import annotations

from datetime import date, datetime

from ..model.dates import MONTHS, WEEKDAYS


def short_day(day: date) -> str:
    """«lun 23 nov»."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


def moment(local: datetime) -> str:
    """«lun 23 nov, 18:00»; `local` is on the office's clock."""
    return f"{short_day(local.date())}, {local:%H:%M}"


def counted(number: int, one: str, many: str) -> str:
    """«1 copia», «2 copias»."""
    return f"{number:,} {one if number == 1 else many}"


def veiled(address: str) -> str:
    """A person's address so that who knows it recognises it and nobody else learns it: «a…z@correo.example»."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}{at}{domain}"


def sentence(text: str) -> str:
    """A text that stands by itself: with its capital and its full stop."""
    text = text.strip()
    ends = "" if text.endswith((".", "!", "?")) else "."
    # An address keeps its first letter as it is.
    first = text[:1] if "@" in text.partition(" ")[0] else text[:1].upper()
    return f"{first}{text[1:]}{ends}"
