"""One office, one receipt and one refusal of IMSS Digital, for tests of what is written between IMSS and consulates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from daemon.model.decision import Disposition, Write
from daemon.model.mail import PersonData
from daemon.model.outgoing import Draft
from daemon.model.petition import Clase, Petition
from daemon.model.rules import Cuenta, RuleSet
from daemon.model.survival import Receipt
from daemon.model.survival_rules import OficinaConsular
from daemon.model.templates import TemplateSet
from daemon.reply import compose
from tests.unit.reply.samples import KEY, NOW, office, petition_of

RECEPTION = "pensionistas.sre@imss.gob.mx"
DALLAS = "imss_dallas@sre.gob.mx"
ZONE = "America/Mexico_City"
FIELDS: dict[str, str | None] = {
    "fecha_solicitud": "2025-11-28",
    "oficina_consular": "DALLAS, TEXAS, ESTADOS UNIDOS",
    "id_tramite": "735120",
    "nss": "30684502179",
    "fecha_nacimiento": "1951-03-22",
    "ex_trabajador_imss": "NO",
    "nombre": "ROSALBA",
    "apellido_paterno": "DE LEÓN",
    "apellido_materno": "IBÁÑEZ",
    "identificacion_tipo": "MATRÍCULA CONSULAR",
    "identificacion_folio": "G40718265",
    "contacto": "+1 214 555 0177",
}
RECEIPT = Receipt(
    number="CS-251201-4M8TZ-1",
    office="Dallas, Texas, Estados Unidos",
    fields=FIELDS,
    received_at=datetime(2025, 12, 1, 20, 17, tzinfo=UTC),
    next_due=date(2026, 6, 1),
)
REFUSED = {
    "documento": "SUPERVIVENCIA_604417.pdf",
    "id_tramite": "604417",
    "motivos": [
        {"texto": "Falta el NSS.", "remedio": "Escríbalo con sus 11 números.", "numeral": "C", "campo": "nss"},
        {"texto": "La fecha 31/02/1941 no existe.", "remedio": "Escríbala como dd/mm/aaaa."},
    ],
}


def receipt(**changes: Any) -> Receipt:
    """The receipt with whatever a test changes; names of CAMPOS change its fields."""
    fields = {key: changes.pop(key) for key in list(changes) if key in FIELDS}
    return replace(RECEIPT, fields={**FIELDS, **fields}, **changes)


def exchange_rules() -> RuleSet:
    """The small office of the other tests, with the reception account and Dallas."""
    base = office()
    reception = Cuenta(
        correo=RECEPTION, perfil="imss_digital_recepcion", cuenta_a=RECEPTION, nombre="Pensionistas SRE · IMSS"
    )
    house = base.casa.model_copy(update={"cuentas": (*base.casa.cuentas, reception)})
    dallas = OficinaConsular(clave="dallas", ciudad="Dallas", estado="Texas", pais="Estados Unidos", cuenta=DALLAS)
    return base.model_copy(update={"casa": house, "oficinas_consulares": (dallas,)})


def request_of(**changes: Any) -> Petition:
    """A petition of Dallas's mail at reception."""
    own = {
        "account": RECEPTION,
        "counting": RECEPTION,
        "petitioner": DALLAS,
        "subject": "IMSS DIGITAL 735120",
        "topic": None,
        "data": PersonData(),
        "destination": "ninguno",
    }
    return petition_of(**{**own, **changes})


def letter(
    templates: TemplateSet, clase: str, template: str = "", *, petition: Petition | None = None, **o: Any
) -> Draft:
    """One mail of the exchange; keyword arguments set the Write."""
    petition = petition or request_of()
    o.setdefault("to", petition.petitioner)
    o.setdefault("disposition", Disposition.ENVIAR)
    write = Write(Clase(clase), template or clase, in_reply_to="<solicitud@sre.gob.mx>", **o)
    return compose(write, petition=petition, rules=exchange_rules(), templates=templates, now=NOW, ordinal=1, key=KEY)
