"""What is wrong with a survival request (C): every fault of the form and of who sent it, told in the rules' words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rapidfuzz.distance import Levenshtein

from ...model.ledger import History
from ...model.mail import Address, Reading
from ...model.rules import RuleSet
from ...model.survival import Check, CheckState, Form, FormFault, Pensioner
from ...model.survival_rules import OficinaConsular, Supervivencia
from ...model.words import comparable

# The newest office is almost a day ahead of Mexico City: there it may already be tomorrow.
_AHEAD_DAYS = 1
_MISSING = {"oficina_consular": "oficina_falta"}
# Values that the answer may repeat; the pensioner's own numbers are told by their field only.
_TOLD = ("fecha_solicitud", "fecha_nacimiento", "oficina_consular", "id_tramite", "identificacion_tipo")


def told(rules: Supervivencia, code: str, field: str | None = None, valor: str = "", detalle: str = "") -> FormFault:
    """The fault of that code in the rules' words; a code without words is told by itself."""
    falta = rules.faltas.get(code)
    if falta is None:
        return FormFault(code, field, code.replace("_", " "))
    words = {"{valor}": valor, "{detalle}": detalle, "{campo}": (field or "").replace("_", " ")}
    texto, remedio = falta.texto, falta.remedio
    for mark, value in words.items():
        texto, remedio = texto.replace(mark, value), remedio.replace(mark, value)
    return FormFault(code, field, texto, remedio, falta.numeral)


# --- who sent it ------------------------------------------------------------------------------------------------


def sender_fault(reading: Reading, rules: RuleSet, survival: Supervivencia) -> FormFault | None:
    """Why a request from this sender does not count; None when the enabled account of an office is proven.

    The proof is the account and the receiving server's own word (C: first failure).
    """
    author = reading.author
    if author is None:
        return told(survival, "cuenta_sin_acreditar", valor="(sin remitente)")
    if rules.oficina(author.email) is not None:
        return None if reading.authentic == "pass" else told(survival, "cuenta_sin_acreditar", valor=author.email)
    return told(survival, _kind_of_sender(author, rules), valor=author.email)


def _kind_of_sender(author: Address, rules: RuleSet) -> str:
    accounts = [oficina.cuenta for oficina in rules.oficinas_consulares]
    domains = {account.rpartition("@")[2] for account in accounts}
    if any(author.email in oficina.institucionales for oficina in rules.oficinas_consulares):
        return "cuenta_institucional"
    if author.domain in domains:
        if min((Levenshtein.distance(author.email, account) for account in accounts), default=9) <= 2:
            return "cuenta_parecida"
        return "cuenta_no_registrada" if author.email.startswith("imss_") else "cuenta_institucional"
    if any(_resembles(author.domain, domain) for domain in domains):
        return "cuenta_parecida"
    shown = author.name.lower()
    if any(account in shown for account in accounts) or any(f"@{domain}" in shown for domain in domains):
        return "cuenta_solo_nombre"
    return "cuenta_parecida" if author.email.rpartition("@")[0].startswith("imss_") else "cuenta_personal"


def _resembles(domain: str, real: str) -> bool:
    """Whether a domain is made to look like another: a letter off, other dots or hyphens, or the whole inside."""
    flat, model = (re.sub(r"[^a-z0-9]", "", each.replace("rn", "m").replace("0", "o")) for each in (domain, real))
    return Levenshtein.distance(domain, real) <= 2 or model in flat or real.partition(".")[0] + "gob" in flat


# --- the form ---------------------------------------------------------------------------------------------------


def is_test(form: Form) -> bool:
    """Whether it is the form of the connectivity tests: its ID Trámite is zero (C)."""
    return bool(re.fullmatch(r"0+", form.fields.get("id_tramite") or ""))


def form_faults(
    form: Form, oficina: OficinaConsular | None, rules: RuleSet, history: History, today: date
) -> tuple[FormFault, ...]:
    """Every fault of one form, in the order in which the form has its fields; () for a faultless one.

    `oficina` is the office whose account sent it; `today` the office day of its reception.
    """
    survival = rules.supervivencia
    if survival is None:
        return form.faults
    found = [_retold(fault, survival, form) for fault in form.faults]
    if form.form is None:
        return tuple(found)
    found += [
        told(survival, _MISSING.get(key, f"{key}_falta"), key)
        for key in _required(form, rules)
        if not form.fields.get(key)
    ]
    found += _identity(form, survival)
    found += _dates(form, survival, today)
    found += _office(form, oficina, survival)
    found += _tramite(form, survival, history, today)
    if history.pensioners is not None:
        found += _roster(form, survival, history.pensioners)
    return tuple(dict.fromkeys(found))


def _required(form: Form, rules: RuleSet) -> list[str]:
    """The fields that the form's description calls obligatory; a mark that nobody made is none of them."""
    described = next((each for each in rules.formularios if each.clave == form.form), None)
    campos = described.campos if described else ()
    return [campo.clave for campo in campos if campo.obligatorio and campo.tipo != "si_no"]


def _retold(fault: FormFault, survival: Supervivencia, form: Form) -> FormFault:
    """The reader's fault in the rules' words, when they have some."""
    if fault.code not in survival.faltas:
        return fault
    value = form.fields.get(fault.field or "") or ""
    return told(survival, fault.code, fault.field, value if fault.field in _TOLD else "")


def _identity(form: Form, survival: Supervivencia) -> Iterator[FormFault]:
    kind, folio = form.fields.get("identificacion_tipo"), form.fields.get("identificacion_folio")
    if not kind:
        return
    known = next(
        (each for each in survival.identificaciones if comparable(kind) in map(comparable, (each.nombre, *each.alias))),
        None,
    )
    if known is None:
        yield told(survival, "identificacion_tipo_desconocido", "identificacion_tipo", kind)
    elif folio and not re.fullmatch(known.folio, re.sub(r"\s", "", folio.upper())):
        yield told(survival, "identificacion_folio_formato", "identificacion_folio", detalle=known.nombre.lower())


def _date(form: Form, key: str) -> date | None:
    try:
        return date.fromisoformat(form.fields.get(key) or "")
    except ValueError:
        return None


def _dates(form: Form, survival: Supervivencia, today: date) -> Iterator[FormFault]:
    """Real dates in a sensible order: birth, request, reception."""
    asked, born = _date(form, "fecha_solicitud"), _date(form, "fecha_nacimiento")
    for key, value in (("fecha_solicitud", asked), ("fecha_nacimiento", born)):
        printed = form.fields.get(key)
        if printed and value is None:
            yield told(survival, f"{key}_imposible", key, printed)
    if asked:
        shown = f"{asked:%d/%m/%Y}"
        if (asked - today).days > _AHEAD_DAYS:
            yield told(survival, "fecha_solicitud_futura", "fecha_solicitud", shown)
        elif (today - asked).days > survival.dias_solicitud:
            yield told(survival, "fecha_solicitud_antigua", "fecha_solicitud", shown, str(survival.dias_solicitud))
    if born:
        reference = min(asked or today, today)
        shown, years = f"{born:%d/%m/%Y}", _age(born, reference)
        if born >= reference:
            yield told(survival, "fechas_en_desorden", "fecha_nacimiento", shown)
        elif not survival.edad_minima <= years <= survival.edad_maxima:
            yield told(survival, "edad_inverosimil", "fecha_nacimiento", shown, str(years))


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _office(form: Form, oficina: OficinaConsular | None, survival: Supervivencia) -> Iterator[FormFault]:
    """The office that the form names must be the one whose account sent it."""
    named = form.fields.get("oficina_consular")
    if not named or oficina is None:
        return
    said = f" {comparable(named)} "
    if not any(f" {comparable(each)} " in said for each in (oficina.ciudad, *oficina.alias)):
        yield told(survival, "oficina_distinta", "oficina_consular", named, oficina.nombre)


def _tramite(form: Form, survival: Supervivencia, history: History, today: date) -> Iterator[FormFault]:
    number = form.fields.get("id_tramite")
    if not number:
        return
    if not number.isdigit():
        yield told(survival, "id_tramite_formato", "id_tramite", number)
    elif is_test(form):
        if not survival.admite(today, "prueba"):
            yield told(survival, "formulario_de_prueba", "id_tramite")
    elif not survival.admite(today, "real"):
        yield told(survival, "fuera_de_ventana")
    elif (before := known_check(form, history, survival.recepcion)) and not same_request(form, before):
        yield told(survival, "id_tramite_repetido", "id_tramite", number)


def known_check(form: Form, history: History, account: str) -> Check | None:
    """The check under which `account` received this ID Trámite before and did not refuse it, newest first."""
    number = form.fields.get("id_tramite")
    alive = (CheckState.RECIBIDA, CheckState.CONFIRMADA)
    ours = (check for check in history.checks if check.account == account)
    return next((check for check in ours if check.id_tramite == number and check.state in alive), None)


def same_request(form: Form, check: Check) -> bool:
    """Whether a form asks again for what was received: the same pensioner in the same request."""
    keys = ("nss", "nombre", "apellido_paterno", "apellido_materno", "fecha_nacimiento", "fecha_solicitud")
    return all(comparable(form.fields.get(key) or "") == comparable(check.fields.get(key) or "") for key in keys)


def _roster(form: Form, survival: Supervivencia, pensioners: tuple[Pensioner, ...]) -> Iterator[FormFault]:
    """What the form says against the roster's row of that NSS."""
    number = form.fields.get("nss")
    if not number or any(fault.field == "nss" for fault in form.faults):
        return
    row = next((pensioner for pensioner in pensioners if pensioner.nss == number), None)
    if row is None:
        if survival.padron_obligatorio:
            yield told(survival, "padron_no_esta", "nss")
        return
    if not row.current:
        yield told(survival, "padron_no_vigente", "nss")
    said = [form.fields.get(key) or "" for key in ("nombre", "apellido_paterno", "apellido_materno")]
    if comparable(" ".join(said)) != comparable(f"{row.nombre} {row.apellido_paterno} {row.apellido_materno}"):
        yield told(survival, "padron_nombre", "nombre")
    born = _date(form, "fecha_nacimiento")
    if born and row.fecha_nacimiento and born != row.fecha_nacimiento:
        yield told(survival, "padron_nacimiento", "fecha_nacimiento")
