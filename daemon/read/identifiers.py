"""CURP, RFC, registro patronal, telephones, e-mail addresses and folios in a text: validated, each with its place."""

from __future__ import annotations

import re
from itertools import islice

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum.exceptions import ValidationError
from stdnum.mx import curp as curp_rules
from stdnum.mx import rfc as rfc_rules

from daemon.model.mail import Found

from . import nss
from .plain import fold

# Letters, date, sex with state, consonants and the last two, with whatever people put between them.
_S = r"[ .\-/]{0,3}"
_CURP = re.compile(
    rf"(?<![a-z0-9])([a-z]{{4}}{_S}\d{{2}}{_S}\d{{2}}{_S}\d{{2}}{_S}[hmx]{_S}[a-z]{{2}}{_S}[a-z]{{3}}{_S}[a-z0-9]{_S}\d)(?![a-z0-9])"
)
_RFC = re.compile(r"(?<![a-z0-9&])([a-z&]{3,4}[ .\-/]{0,3}\d{6}[ .\-/]{0,3}[a-z0-9]{2}[a0-9])(?![a-z0-9])")
_PATRONAL = re.compile(r"(?<![a-z0-9])([a-z]|\d)[ .-]?(\d{2})[ .-]?(\d{5})[ .-]?(\d{2})[ .-]?(\d)(?![a-z0-9])")
_PATRONAL_LABEL = re.compile(r"(?:registros?|reg|r)\W{0,2}\s*(?:patronal(?:es)?|pat|p)\b[^\n\d]{0,25}$")
_EMAIL = re.compile(r"(?<![\w.+-])[a-z0-9][\w.+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_FOLIO = re.compile(
    r"\bfolios?\b(?:\W{1,3}(?:de|del|siade|numero|num|no|n|nro|la|mi|queja|peticion|atencion|solicitud|es|el|con|"
    r"otorgado|"
    r"asignado|dieron|me|fue|reporte|anterior|seguimiento))*\W{0,4}([a-z0-9][a-z0-9/-]{3,24}\d[a-z0-9/-]*)"
)
_SIADE = re.compile(
    r"\bsiade\b(?:\W{1,3}(?:folio|numero|num|no|n|nro|con|el|es))*\W{0,4}([a-z0-9][a-z0-9/-]{3,24}\d[a-z0-9/-]*)"
)
_OTHER_FOLIO = re.compile(
    r"folios?\W{1,3}(?:de |del |la |mi )*(?:fiscal|receta|incapacidad|infonavit|factura|cfdi|ine|guia|pago|tramite)"
)
_OURS = re.compile(r"^ac-\d{6}-")
# A telephone that the text gives as somebody else's: the clinic's, the one that nobody answers.
_NOT_THEIRS = re.compile(
    r"(?:clinica|hospital|farmacia|modulo|conmutador|umf|imss|oficina|extension|recursos humanos|"
    r"llam\w* (?:al?|por)|marc\w* (?:al?|el)|habl\w* al|contestan? (?:el|en el)|dan? (?:el|este|un)|call ?center|"
    r"asistente|direccion general|gerencia|recepcion|juridico|fax|emergencias|atencion a clientes|notifique a|"
    r"01 ?800)\W*"
    r"(?:(?:el|al|numero|telefono|tel|es|de|la|num|del|num)\W*)*$"
)
# Lines of a company's signature that give somebody else's telephone.
_OTHERS_LINE = re.compile(
    r"^\W*(?:asistente|secretari[oa]|direccion|director[a]?|gerencia|gerente|conmutador|recepcion|oficina|matriz|"
    r"corporativo|planta|sucursal|soporte|ventas|emergencias|jefatura|area|departamento|depto)\b[^\n:]{0,40}:"
)
# More numbers than any letter has: what follows in an endless list is not looked at.
_MOST = 600
_NOT_A_PHONE = re.compile(
    r"(?:folio|credito|cuenta|tarjeta|clabe|referencia|captura|guia|pedido|ticket|contrato|factura|poliza|curp|"
    r"rfc|patronal|"
    r"expediente|receta|codigo|tramite|operacion|empleado|matricula|cedula|clave|elector|placa|acuerdo|articulo|"
    r"n\W?s\W?s|nss|seguro social|seguridad social|afiliacion|periodo|monto|saldo|importe)\W*"
    r"(?:(?:de|del|la|el|es|numero|num|no|infonavit|bancaria|social|con|siade|mi|su|lote)\W*)*$"
)
_PHONE_LABEL = re.compile(
    r"(?:\btel|\bcel|telefono|celular|whats|movil|contacto|\bt\.|\bwa\b|numero donde|localiz|llamar|phone|"
    r"recados)[^\n\d]{0,25}$"
)


def find(text: str, where: str) -> dict[str, list[Found]]:
    """Everything of these kinds in one text, in order of place. `nss_dudoso` holds what must not be taken."""
    folded = fold(text)
    numbers = nss.find(text)
    found: dict[str, list[Found]] = {
        "nss": [_found(n, where) for n in numbers if not n.problem],
        "nss_dudoso": [_found(n, where) for n in numbers if n.problem],
        "curp": _curps(text, folded, where),
        "rfc": _rfcs(text, folded, where),
        "registro_patronal": _patronals(text, folded, where),
        "correo": [Found(m[0].lower().rstrip("."), m[0], where, m.start()) for m in _EMAIL.finditer(text)],
        "folio": _folios(text, folded, where),
    }
    patronal = [(f.start, f.start + len(f.raw)) for f in found["registro_patronal"]]
    abroad = [_found(n, where) for n in numbers if n.problem == nss.FOREIGN]
    taken = [(n.start, n.end) for n in numbers] + patronal
    found["telefono"] = sorted([*_phones(text, folded, where, taken), *abroad], key=lambda f: f.start)
    return {kind: items for kind, items in found.items() if items}


def is_curp(value: str) -> bool:
    """Whether this is a CURP with its right check digit."""
    return bool(curp_rules.is_valid(value))


def identifies(text: str) -> bool:
    """Whether a text gives a good NSS or CURP, which no machine and no advertiser does."""
    return any(not n.problem for n in nss.find(text)) or bool(_curps(text, fold(text), ""))


def _found(number: nss.Nss, where: str) -> Found:
    notes = {
        "propio": "quien escribe lo da como suyo",
        "de_un_hijo": "lo da como de un hijo",
        "de_otra_persona": "lo da como de otra persona",
        "": "",
    }
    labels = [
        "con la palabra NSS o semejante" if number.labelled else "sin palabra que lo anuncie",
        notes[number.owner],
    ]
    note = number.problem or "; ".join(label for label in labels if label)
    return Found(number.value, number.raw, where, number.start, note)


def _curps(text: str, folded: str, where: str) -> list[Found]:
    found = []
    for match in _CURP.finditer(folded):
        value = re.sub(r"[^A-Z0-9]", "", text[match.start() : match.end()].upper())
        if curp_rules.is_valid(value):
            found.append(Found(value, text[match.start() : match.end()], where, match.start()))
    return found


def _rfcs(text: str, folded: str, where: str) -> list[Found]:
    """RFC whose date is one; the check digit must be right unless the text itself calls it an RFC (old ones fail)."""
    found = []
    for match in _RFC.finditer(folded):
        raw = text[match.start() : match.end()]
        value = re.sub(r"[ .\-/]", "", raw).upper()
        labelled = "rfc" in re.sub(r"\W", "", folded[max(0, match.start() - 30) : match.start()])
        if not labelled and not re.search(r"\d", value[-3:]):
            continue
        try:
            rfc_rules.validate(value, validate_check_digits=not labelled)
        except ValidationError:
            continue
        found.append(Found(value, raw, where, match.start(), "persona moral" if len(value) == 12 else "persona física"))
    return found


def _patronals(text: str, folded: str, where: str) -> list[Found]:
    found = []
    for match in _PATRONAL.finditer(folded):
        raw = text[match.start() : match.end()]
        labelled = _PATRONAL_LABEL.search(folded[max(0, match.start() - 60) : match.start()]) is not None
        if labelled or (match[1].isalpha() and "-" in raw):
            found.append(Found("".join(match.groups()).upper(), raw, where, match.start()))
    return found


def _folios(text: str, folded: str, where: str) -> list[Found]:
    found: list[Found] = []
    for pattern in (_SIADE, _FOLIO):
        for match in pattern.finditer(folded):
            value = text[match.start(1) : match.end(1)].strip("/-").upper()
            other = pattern is _FOLIO and _OTHER_FOLIO.match(folded[match.start() :])
            if other or _OURS.match(value.lower()) or any(f.start == match.start(1) for f in found):
                continue
            found.append(Found(value, text[match.start(1) : match.end(1)], where, match.start(1)))
    return found


def _phones(text: str, folded: str, where: str, taken: list[tuple[int, int]]) -> list[Found]:
    """Telephones as ten digits. Old prefixes (044, 045, 01, +52 1) are no longer valid, so they are taken off first."""
    found: dict[int, Found] = {}
    for start, end in _phone_spans(folded):
        if any(start < b and a < end for a, b in taken):
            continue
        digits = _national(re.sub(r"\D", "", folded[start:end]), folded[start:end])
        before = re.split(r"[\n;]", folded[max(0, start - 60) : start])[-1]
        labelled = _PHONE_LABEL.search(before) is not None
        if digits is None or (_NOT_A_PHONE.search(before) and not labelled) or digits.startswith("800"):
            continue
        if any(start < f.start + len(f.raw) and f.start < end for f in found.values()):
            continue
        line = folded[folded.rfind("\n", 0, start) + 1 : start][:200]
        theirs = _NOT_THEIRS.search(before) is not None or _OTHERS_LINE.match(line) is not None
        note = "es de otra oficina o no dice ser de quien escribe" if theirs else ("anunciado" if labelled else "")
        found[start] = Found(digits, text[start:end], where, start, note)
    return [found[start] for start in sorted(found)]


def _phone_spans(folded: str) -> list[tuple[int, int]]:
    """Where telephones may stand: what the library knows, then rows of digit groups that make one with its prefix."""
    known = [(m.start, m.end) for m in PhoneNumberMatcher(folded, "MX", leniency=Leniency.VALID, max_tries=_MOST)]
    spans = [(start, end) for start, end in known if not re.search(r"\$ ?\Z", folded[max(0, start - 3) : start])]
    groups = list(islice(re.finditer(r"\d+", folded), _MOST))
    for first in range(len(groups)):
        digits = ""
        for last in range(first, min(first + 7, len(groups))):
            gap = folded[groups[last - 1].end() : groups[last].start()] if last > first else ""
            if last > first and not re.fullmatch(r"[ .\-/()]{1,3}", gap):
                break
            digits += groups[last][0]
            if (
                (len(digits) in (10, 12, 13) or (len(digits) == 11 and nss.is_foreign_phone(folded, digits)))
                and _national(digits, digits)
                and not _inside_code(folded, groups[first], groups[last])
            ):
                spans.append((groups[first].start(), groups[last].end()))
                break
    return spans


def _inside_code(folded: str, first: re.Match[str], last: re.Match[str]) -> bool:
    before, after = folded[max(0, first.start() - 20) : first.start()], folded[last.end() : last.end() + 6]
    glued = re.search(r"[a-z]+\Z", before)
    if glued and not re.search(r"(?:tel|cel|telefono|celular|numero|whatsapp|whats|t|al|es|movil)\Z", glued[0]):
        return True
    return bool(re.match(r"[a-z]{0,2}\d|[a-z]{3,}\d", after)) or bool(re.search(r"\$ ?\Z|\d[.,/-]\Z", before))


def _national(digits: str, raw: str) -> str | None:
    """The ten digits of a Mexican number, or another country's with its code; None for what is no telephone."""
    if len(set(digits)) <= 2:
        return None
    if re.match(r"[ (]*(?:\+|00[1-9])", raw) and not re.match(r"(?:00)?52", digits):
        return digits.removeprefix("00") if 10 <= len(digits) <= 15 else None
    if len(digits) == 11 and digits[0] == "1":
        return digits
    digits = re.sub(r"^00(?=52)", "", digits)
    for prefix in ("521", "52", "044", "045", "01"):
        if digits.startswith(prefix) and len(digits) == 10 + len(prefix):
            digits = digits[len(prefix) :]
            break
    if len(digits) != 10 or digits[0] in "01":
        return None
    return digits
