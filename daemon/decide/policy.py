"""The policy that every decision is made under: rules with the data they ask for, classifier, calendar, signing key."""

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

    def missing(self, data: PersonData, topic: str | None) -> tuple[str, ...]:
        """What of the minimum data (P 4.16) a matter of this topic lacks: nombre, nss, contacto, in that order.

        An employer has no NSS to give; the address that a mail came from is a contact.
        """
        tema = self.rules.tema(topic)
        of_employer = data.patron or (tema is not None and tema.persona == "patron")
        lacks = {
            "nombre": not data.nombre,
            "nss": not data.nss and not of_employer,
            "contacto": not data.correo and not data.telefono,
        }
        return tuple(name for name, lacking in lacks.items() if lacking)
