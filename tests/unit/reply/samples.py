"""An office small enough to read: one account, one topic, the shipped templates, and one petition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from daemon.model.mail import PersonData
from daemon.model.outgoing import Draft
from daemon.model.petition import Petition, State, Type
from daemon.model.rules import (
    Calendario,
    Casa,
    Claridad,
    Cuenta,
    Ejemplo,
    Plazo,
    RuleSet,
    Tema,
    Urgencia,
)

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2025, 9, 9, 20, 5, 9, 123456, tzinfo=UTC)
KEY = b"llave de prueba"

Mail = Callable[..., Draft]


def office(**casa: Any) -> RuleSet:
    """A rule set with what replying needs; `casa` overrides the house's own keys."""
    tipo = Type.QUEJA
    medicine = Tema(
        clave="falta_medicamento",
        nombre="Falta de medicamento",
        tipo=tipo,
        destino="cdaod_jdaod",
        ejemplos=tuple(Ejemplo(texto=f"no hay medicina {n}", tipo=tipo) for n in range(5)),
    )
    plazos = {
        "segunda_solicitud": Plazo(desde="envio", unidad="habiles", n=2, al_vencer="correo", numeral="P a77"),
        "conclusion_desinteres": Plazo(desde="envio", unidad="habiles", n=1, al_vencer="correo", numeral="P a78"),
    }
    house = {
        "dominios": ("imss.gob.mx",),
        "servidores_de_recepcion": ("mx1.imss.gob.mx",),
        "cuentas": (
            Cuenta(
                correo="atnder@imss.gob.mx",
                perfil="medios_electronicos",
                cuenta_a="atnder@imss.gob.mx",
                nombre="Atención a Derechohabientes IMSS",
            ),
        ),
        "portal": "http://siadeconsulta.imss.gob.mx/consultapeticiones",
    }
    return RuleSet(
        version="prueba",
        temas=(medicine,),
        tipos=(),
        sensibles=(),
        urgencia=Urgencia(frases=()),
        claridad=Claridad(),
        plazos=plazos,
        calendario=Calendario(),
        disposiciones=(),
        casa=Casa(**{**house, **casa}),
    )


def petition_of(**changes: Any) -> Petition:
    """Karla's petition about her medicine, with whatever a test changes."""
    base = Petition(
        folio="AC-250909-7K3FQ",
        account="atnder@imss.gob.mx",
        counting="atnder@imss.gob.mx",
        state=State.NUEVA,
        opened_at=NOW,
        captured_on=NOW.date(),
        petitioner="karla@correo.example",
        subject="No me surten mi medicamento",
        first_message_id="<uno@correo.example>",
        topic="falta_medicamento",
        data=PersonData(nombre="Karla Daniela Vargas Díaz", correo="karla@correo.example"),
        destination="cdaod_jdaod",
    )
    return replace(base, **changes)


def parsed(raw: bytes) -> EmailMessage:
    """A mail as a mail program sees it."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message
