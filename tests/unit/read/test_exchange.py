"""What comes to the reception account is told apart by who writes and by the words of rules/supervivencia.yaml."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest

from daemon.edge.rulefiles import load_rules
from daemon.model.mail import Accounts, Kind
from daemon.model.rules import house
from daemon.read import read
from daemon.resources import shipped
from tests.survival_forms import OFFICE, RECEPTION, VOUCHED

STRANGER = "consulado.dallas@correo.example"


@pytest.fixture(scope="module")
def our_house() -> Accounts:
    return house(load_rules([shipped("rules")]))


@pytest.mark.parametrize(("sender", "text", "kind"), [
    (OFFICE, "Se acusa recibo de la prueba de conectividad.", Kind.PRUEBA_CONECTIVIDAD),
    (OFFICE, "Acusamos recibo de su correo.", Kind.PRUEBA_CONECTIVIDAD),
    (STRANGER, "Acusamos recibo de la prueba de conectividad.", Kind.PRUEBA_CONECTIVIDAD),
    (STRANGER, "Acusamos recibo del correo con el fin de validar la correcta recepción.", Kind.PRUEBA_CONECTIVIDAD),
    (OFFICE, "Se remite solicitud de comprobación de supervivencia.", Kind.SOLICITUD_SUPERVIVENCIA),
    (OFFICE, "Se remite el archivo SUPERVIVENCIA_878653.", Kind.SOLICITUD_SUPERVIVENCIA),
    (OFFICE, "¿Cuál es el horario de atención de esa área?", Kind.OTRO),
    (STRANGER, "¿Cómo tramito mi pensión si vivo en Chicago?", Kind.PETICION),
])  # fmt: skip
def test_acknowledgements_requests_and_letters_are_told_apart(
    our_house: Accounts, sender: str, text: str, kind: Kind
) -> None:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, RECEPTION, "Aviso", "<aviso-1@sre.gob.mx>"
    mail["Authentication-Results"] = VOUCHED
    mail.set_content(text)
    at = datetime(2025, 10, 13, 15, 30, tzinfo=UTC)
    assert read(mail.as_bytes(), mailbox=RECEPTION, house=our_house, received_at=at).kind is kind
