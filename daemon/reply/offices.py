"""The values of the mails between IMSS and the consular offices (C): confirmations, refusals, connectivity tests.

They are official mail between two offices, so nothing of the mails to citizens stands in them. What `Write.values` may
give, everything else comes from `Write.receipts`, the petition and the rules:

- `oficina`, `cuenta`: the office as people read it and its enabled account, when the recipient's address does not tell.
- `rechazos` (rechazo; at least one): a list of `{"documento", "id_tramite", "oficina", "motivos"}`; `oficina` is the
  office as the form names it. Each of `motivos` is `{"clave", "texto", "remedio", "numeral", "campo"}`: its code, what
  is wrong, how to mend it, the rule, and where (a key of CAMPOS or words). Only `motivos` and `texto` are needed; None
  is as good as nothing. What the same mail brought and is good stands in `Write.receipts`.
- `limite` (prueba_conectividad, needed; acuse_conectividad): the last `date` for the acuse.
- `recibida` (acuse_conectividad, needed): the `datetime` at which the test came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ..model.decision import Write
from ..model.petition import Clase, Petition
from ..model.rules import RuleSet
from ..model.survival import Receipt, whole_name
from ..model.words import comparable
from .clean import one_line
from .duplicate import EMPTY, file_name, short_date, short_time
from .variables import long_date, signature

CLASES = frozenset({Clase.CONFIRMACION, Clase.RECHAZO, Clase.ACUSE_CONECTIVIDAD, Clase.PRUEBA_CONECTIVIDAD})

# What a template of these mails may name; `acuse check` compares every template with this list.
OFFICE_VARIABLES: dict[str, str] = {
    "saludo": "«Oficina Consular de México en Dallas:» o, si no se sabe cuál es, «A quien corresponda:»",
    "oficina": "la oficina consular con estado y país; vacía si no se sabe",
    "ciudad": "la ciudad de la oficina consular; vacía si no se sabe",
    "cuenta": "la cuenta habilitada de la oficina (imss_…@sre.gob.mx), también si solo la nombra el formulario; vacía "
    "si no se sabe",
    "id_tramite": "el ID Trámite cuando el correo trata de una sola solicitud; si no, vacío",
    "recibos": "lista de solicitudes confirmadas: numero, id_tramite, nss, nombre, recibida (dd/mm/aaaa hh:mm), "
    "proxima (dd/mm/aaaa o vacía), cotejado (sí o no), repetida (sí o no), nota",
    "archivo": "nombre del PDF en duplicado que va adjunto; vacío si no hay",
    "por_cuenta": "sí o no: se rechaza (también) por la cuenta que envió la solicitud",
    "corregir": "sí o no: hay algo que corregir además de la cuenta que envía",
    "rechazos": "lista de envíos no procesados: documento, id_tramite y motivos; de cada motivo, texto, remedio, "
    "numeral y campo",
    "limite": "último día para acusar recibo de una prueba, «19 de enero de 2026»; vacío si no hay",
    "recibida": "cuándo llegó la prueba, dd/mm/aaaa hh:mm; vacío si no se sabe",
    "vez": "1 en la primera prueba de conectividad, 2 en el recordatorio",
    "correo_cuenta": "cuenta que envía este correo",
    "area": "nombre con que firma la cuenta",
    "referencia": "nuestra referencia, AC-250909-7K3FQ",
    "firma": "despedida: nombre de la cuenta, área, correo y referencia",
}

# The form's keys as the form prints them.
LABELS = {
    "fecha_solicitud": "Fecha de solicitud",
    "oficina_consular": "Oficina Consular",
    "id_tramite": "ID Trámite",
    "nss": "NSS",
    "fecha_nacimiento": "Fecha de nacimiento",
    "ex_trabajador_imss": "Ex trabajador IMSS",
    "nombre": "Nombre",
    "apellido_paterno": "Apellido paterno",
    "apellido_materno": "Apellido materno",
    "identificacion_tipo": "Identificación, tipo",
    "identificacion_folio": "Identificación, folio",
    "contacto": "Datos de contacto del pensionado",
    "curp": "CURP",
}
# The circular's own name: who gets a refusal must be able to look it up.
_CIRCULAR = "circular DSC01044 (25 de enero de 2017)"


def office_values(write: Write, petition: Petition, rules: RuleSet) -> dict[str, Any]:
    """Every value of OFFICE_VARIABLES, never None."""
    given: Mapping[str, Any] = write.values
    zone = rules.calendario.zona
    accounts = (str(given.get("cuenta") or ""), write.to, petition.account)
    office = next((found for account in accounts if (found := rules.oficina(account.lower()))), None)
    named = str(given.get("oficina") or next((r.office for r in write.receipts if r.office), ""))
    # An address in the office's place says only that nobody knows the office.
    named = "" if "@" in named else named
    city = office.ciudad if office and not named else named.partition(",")[0].strip()
    cuenta = rules.buzon(petition.account)
    receipts = [receipt_values(receipt, zone) for receipt in write.receipts]
    refusals: Sequence[Mapping[str, Any]] = given.get("rechazos") or ()
    refused = [_refused(one) for one in refusals]
    codes = [str(reason.get("clave") or "") for one in refusals for reason in one.get("motivos") or ()]
    of_sender = [code.startswith("cuenta_") for code in codes]
    about = [*refused, *receipts]
    return {
        "saludo": f"Oficina Consular de México en {city}:" if city else "A quien corresponda:",
        "oficina": named or (office.nombre if office else ""),
        "ciudad": city,
        "cuenta": accounts[0] or (office.cuenta if office else _account_named(refusals, rules)),
        "id_tramite": about[0]["id_tramite"].replace(EMPTY, "") if len(about) == 1 else "",
        "recibos": receipts,
        "archivo": file_name(write.receipts) if write.receipts else "",
        "por_cuenta": any(of_sender),
        "corregir": not all(of_sender),
        "rechazos": refused,
        "limite": _day(given.get("limite")),
        "recibida": short_time(_instant(given.get("recibida")), zone),
        "vez": write.turn,
        "correo_cuenta": petition.account,
        "area": cuenta.nombre if cuenta else "Instituto Mexicano del Seguro Social",
        "referencia": petition.folio,
        "firma": signature(petition, rules),
    }


def _account_named(refusals: Sequence[Mapping[str, Any]], rules: RuleSet) -> str:
    """The enabled account of the one office that the refused forms name; '' when they name none or several."""
    said = [f" {comparable(str(one.get('oficina') or ''))} " for one in refusals]
    accounts = {
        office.cuenta
        for office in rules.oficinas_consulares
        if any(f" {comparable(each)} " in form for form in said for each in (office.ciudad, *office.alias))
    }
    return accounts.pop() if len(accounts) == 1 else ""


def receipt_values(receipt: Receipt, zone: str) -> dict[str, Any]:
    """What a template may say of a receipt; instants in the office's `zone`."""
    return {
        "numero": receipt.number or EMPTY,
        "id_tramite": receipt.fields.get("id_tramite") or EMPTY,
        "nss": receipt.fields.get("nss") or EMPTY,
        "nombre": whole_name(receipt.fields) or EMPTY,
        "recibida": short_time(receipt.received_at, zone) or EMPTY,
        "proxima": short_date(receipt.next_due),
        "cotejado": receipt.verified,
        "repetida": receipt.repeated,
        "nota": one_line(receipt.note),
    }


def _refused(one: Mapping[str, Any]) -> dict[str, Any]:
    reasons = [_texts(reason, ("texto", "remedio", "numeral", "campo")) for reason in one.get("motivos") or ()]
    for reason in reasons:
        reason["campo"] = LABELS.get(reason["campo"], reason["campo"])
        reason["numeral"] = re.sub(r"^C(?=$|[ ,])", _CIRCULAR, reason["numeral"])
    return {**_texts(one, ("documento", "id_tramite")), "motivos": reasons}


def _texts(one: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: one_line(str(one.get(key) or "")) for key in keys}


def _day(value: object) -> str:
    """A day without its weekday, which readers of such mails do not look for."""
    return long_date(value).partition(" ")[2] if isinstance(value, date) else str(value or "")


def _instant(value: object) -> datetime | str | None:
    return value if isinstance(value, datetime | None) else str(value)
