"""Mail of IMSS Digital (C): by which profile it is read, its kind at reception, its forms and what contradicts them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from daemon.model.mail import Accounts, Attachment, Kind
from daemon.model.survival import Form, FormFault, Notice
from daemon.model.survival_rules import OFFICE, RECEPTION, SurvivalHouse
from daemon.model.words import comparable

from . import kind, nss
from .forms import read_forms
from .identifiers import is_curp
from .kind import Seen, Verdict
from .mime import Content
from .notices import judge_office, read_notices, texts_of
from .plain import fold
from .statements import has

# A picture below this size, in bytes, is a logo or a signature; above, it may be the photograph of a form.
_PICTURE = 40_000
_TRAMITE = re.compile(r"(?:\bid\W{0,2}tramite|\btramite(?: no\.?| numero)?|\bimss digital)\W{1,3}(\d{3,12})\b")
_AS_AN_OFFICE = re.compile(r"\b(?:imss digital|consul\w*|embajada|oficina consular|mclv|siac)\b|imss_")


def profile_of(account: str, house: Accounts) -> str:
    """The profile under which a mailbox's messages are read; '' for one that only citizens write to."""
    if house.survival is None:
        return ""
    if account in house.profiles:
        profile = house.profiles[account]
        return profile if profile in (RECEPTION, OFFICE) else ""
    return OFFICE if house.survival.es_de_oficina(account) else ""


def is_party(address: str, house: Accounts) -> bool:
    """Whether an address is one that the exchange is between: of the consular offices' domain, or the reception."""
    told = house.survival
    return told is not None and (address == told.recepcion or told.es_de_la_secretaria(address))


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message of the exchange is and says. `doubts` are Spanish sentences that a person must look at."""

    verdict: Verdict
    forms: tuple[Form, ...] = ()
    notices: tuple[Notice, ...] = ()
    doubts: tuple[str, ...] = ()


def understood(profile: str, seen: Seen, received_on: date) -> Understood | None:
    """A message to a mailbox of the exchange; None for a mailbox that only citizens write to."""
    told = seen.house.survival
    if not profile or told is None:
        return None
    forms = forms_in(seen.content, told)
    if profile == RECEPTION:
        doubts = (*_contradictions(seen, forms), *_answers(seen))
        return Understood(judge_reception(seen, forms, told), forms, doubts=doubts)
    notices = read_notices(seen.subject, texts_of(seen), told.palabras, received_on)
    return Understood(judge_office(seen, notices, told), forms, notices)


def _answers(seen: Seen) -> tuple[str, ...]:
    """Whether a machine answers us (RFC 3834), perhaps with an old form; the one that sends requests only writes."""
    verdict = kind.judge(seen)
    if verdict.kind is not Kind.RESPUESTA_AUTOMATICA or "auto-generated" in verdict.reason:
        return ()
    return (f"parece una respuesta automática: {verdict.reason}",)


def _contradictions(seen: Seen, forms: Sequence[Form]) -> tuple[str, ...]:
    """What the mail itself names, and its forms say otherwise: another NSS, another ID Trámite."""
    read = [form.fields for form in forms if form.form]
    if not read:
        return ()
    said = f"{seen.subject}\n{seen.own}"
    named = {
        "NSS": {number.value for number in nss.find(said) if not number.problem}
        - {fields.get("nss") for fields in read},
        "ID Trámite": set(_TRAMITE.findall(fold(said))) - {fields.get("id_tramite") for fields in read},
    }
    return tuple(f"el correo nombra otro {what} que el formulario" for what, others in named.items() if others)


def forms_in(found: Content, house: SurvivalHouse) -> tuple[Form, ...]:
    """Every document of a message that is or may be a form: the PDFs as read, and files that should have been PDFs.

    Two identical forms in one mail (the same file twice) are one.
    """
    forms: list[Form] = []
    for name, pdf in found.pdfs:
        forms += read_forms(pdf, name, house.formularios)
    if not any(form.form for form in forms):
        forms += [_unopened(attachment) for attachment in found.attachments if _may_be_form(attachment)]
        forms += [_unopened(a) for a in found.attachments if a.content_type == "application/pdf"][len(found.pdfs) :]
    return _once(forms)


def _once(forms: Sequence[Form]) -> tuple[Form, ...]:
    seen: dict[str, Form] = {}
    for index, form in enumerate(forms):
        seen.setdefault(form.fingerprint if form.form and form.fingerprint else str(index), _validated(form))
    return tuple(seen.values())


def _validated(form: Form) -> Form:
    """The form with a fault for each identifier whose check digit is wrong; nothing is ever repaired."""
    nss_, curp = form.fields.get("nss"), form.fields.get("curp")
    faults: list[FormFault] = []
    if nss_ and not re.fullmatch(r"\d{11}", nss_):
        faults.append(FormFault("nss_formato", "nss", "no tiene 11 dígitos"))
    elif nss_ and not nss.is_valid(nss_):
        faults.append(FormFault("nss_digito", "nss", "el dígito verificador no corresponde"))
    if curp and not is_curp(curp):
        faults.append(FormFault("curp_invalida", "curp", "el dígito verificador no corresponde"))
    return replace(form, faults=(*form.faults, *faults)) if faults else form


def _may_be_form(attachment: Attachment) -> bool:
    if attachment.content_type in ("application/pdf", "message/rfc822", "text/calendar"):
        return False
    return not attachment.content_type.startswith("image/") or attachment.size >= _PICTURE


def _unopened(attachment: Attachment) -> Form:
    picture = attachment.content_type.startswith("image/")
    code = "escaneado" if picture else attachment.fault or "no_es_pdf"
    return Form(attachment.file, None, "no", faults=(FormFault(code, None, "no es un PDF con texto"),))


def judge_reception(seen: Seen, forms: Sequence[Form], house: SurvivalHouse) -> Verdict:
    """The kind of a message at the account that consular offices send their requests to.

    A form makes a request, whoever sends it: whether the account counts is decided later, and told to the sender.
    Only what pretends to come from an enabled account, and failed the receiving server's proof, is suspicious.
    """
    verdict = kind.judge(seen)
    author = seen.author
    if verdict.kind in (Kind.REBOTE, Kind.COPIA_DE_CONTEO) or author is None:
        return verdict
    of_sre = house.es_de_la_secretaria(author.email)
    if of_sre and seen.authentic == "fail":
        return Verdict(Kind.SOSPECHOSO, f"dice venir de {author.email} y la autenticación falló")
    if verdict.kind is Kind.SOSPECHOSO and kind.brings_a_program(seen):
        return verdict
    if any(form.form for form in forms):
        return Verdict(Kind.SOLICITUD_SUPERVIVENCIA, "trae una solicitud de comprobación de supervivencia")
    if verdict.automatic and verdict.kind is not Kind.SOSPECHOSO:
        return verdict
    said = comparable(f"{seen.subject} {seen.own}")
    if has(said, house.palabras.acuse) and (of_sre or has(said, house.palabras.prueba)):
        return Verdict(Kind.PRUEBA_CONECTIVIDAD, "acusa recibo de una prueba de conectividad")
    speaks = has(said, house.palabras.solicitud)
    if of_sre and (forms or speaks):
        return Verdict(Kind.SOLICITUD_SUPERVIVENCIA, "una oficina consular remite una solicitud")
    if forms and speaks and verdict.kind is not Kind.PERSONAL and _AS_AN_OFFICE.search(f"{said} {author.email}"):
        return Verdict(Kind.SOLICITUD_SUPERVIVENCIA, "remite una solicitud como si fuera una oficina consular")
    if of_sre and verdict.kind in (Kind.PETICION, Kind.SOSPECHOSO, Kind.NO_SOLICITADO):
        return Verdict(Kind.OTRO, "escribe la Secretaría de Relaciones Exteriores y no remite una solicitud")
    return verdict
