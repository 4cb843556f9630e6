"""The policy that every decision is made under: rules, classifier, calendar and the key that signs our Message-IDs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..model.decision import Classification
from ..model.mail import PersonData
from ..model.rules import RuleSet
from .calendar import OfficeCalendar


class Judge(Protocol):
    """Tells what a text is about; `daemon.decide.classify.Classifier` is the one that the daemon uses."""

    def classify(
        self, subject: str, text: str, *, patron: bool = False, attachments: int = 0, copies: Sequence[str] = ()
    ) -> Classification: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the office's will; every Plan names it through `rules.version`."""

    rules: RuleSet
    judge: Judge
    calendar: OfficeCalendar
    key: bytes


def minimum_missing(data: PersonData, persona: str) -> tuple[str, ...]:
    """What of the minimum data (P 4.16) is missing: nombre, nss, contacto, in that order.

    An employer has no NSS to give; the address that a mail came from is a contact.
    """
    missing = []
    if not data.nombre:
        missing.append("nombre")
    if not data.nss and not data.patron and persona != "patron":
        missing.append("nss")
    if not data.correo and not data.telefono:
        missing.append("contacto")
    return tuple(missing)
