"""Small makers of readings, petitions and a judge that says what it is told, for tests of pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from daemon.decide.calendar import OfficeCalendar
from daemon.decide.policy import Policy
from daemon.edge.rulefiles import load_rules
from daemon.model.decision import Classification, Destination
from daemon.model.mail import Address, Kind, PersonData, Reading
from daemon.model.petition import Petition, State, Type
from daemon.model.rules import RuleSet

KEY = b"clave de pruebas, no secreta"
NOW = datetime(2025, 10, 13, 16, 30, tzinfo=UTC)
PERSON = "ana.lopez@correo.example"
NSS = "12816177971"


@cache
def shipped_rules() -> RuleSet:
    return load_rules([Path("rules")])


@dataclass(frozen=True)
class ToldJudge:
    """A judge that was told its verdict; the real one has tests of its own."""

    verdict: Classification

    def classify(
        self, subject: str, text: str, *, patron: bool = False, attachments: int = 0, copies: Sequence[str] = ()
    ) -> Classification:
        return self.verdict


def verdict(**changes: object) -> Classification:
    usual = Classification(
        type=Type.QUEJA,
        topic="falta_medicamento",
        clear=True,
        urgent=False,
        sensitive=None,
        destination=Destination("cdaod_jdaod"),
        confidence=0.99,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def policy(**changes: object) -> Policy:
    rules = shipped_rules()
    return Policy(rules, ToldJudge(verdict(**changes)), OfficeCalendar(rules.calendario), KEY)


def reading(**changes: object) -> Reading:
    usual = Reading(
        message_id="<uno@correo.example>",
        digest="d1",
        mailbox="atnder@imss.gob.mx",
        received_at=NOW,
        kind=Kind.PETICION,
        kind_reason="",
        author=Address(PERSON, "Ana López"),
        sender=Address(PERSON, "Ana López"),
        to=(Address("atnder@imss.gob.mx"),),
        subject="No me surten mi medicamento",
        text="No me surten la metformina. Ana López Ruiz",
        fresh="No me surten la metformina. Ana López Ruiz",
        authentic="pass",
        data=PersonData(nombre="Ana López Ruiz", correo=PERSON),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def petition(**changes: object) -> Petition:
    usual = Petition(
        folio="AC-251013-7K3FQ",
        account="atnder@imss.gob.mx",
        counting="atnder@imss.gob.mx",
        state=State.ESPERA_DATOS_1,
        opened_at=NOW,
        captured_on=date(2025, 10, 13),
        petitioner=PERSON,
        subject="No me surten mi medicamento",
        first_message_id="<uno@correo.example>",
        type=Type.QUEJA,
        topic="falta_medicamento",
        data=PersonData(nombre="Ana López Ruiz", correo=PERSON),
        missing=("nss",),
        asked=("nss",),
        confidence=0.99,
        thread=("<uno@correo.example>",),
        summary="No me surten la metformina.",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]
