"""A consultant's answer to a ficha: the small form, filled in above the quote or inside it, read tolerantly."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..model.petition import Type
from .nss import is_valid
from .plain import fold
from .quotes import split

# As the ficha prints them (templates/ficha.md, daemon.reply.ficha); compared without accents and capitals.
_TITLE = re.compile(r"^[ \t>|*#]*ficha de la peticion ac-", re.MULTILINE)
_START = re.compile(r"^[ \t>|*]*inicio del formulario\b[^\n]*\n?", re.MULTILINE)
_END = re.compile(r"^[ \t>|*]*fin del formulario\b", re.MULTILINE)

_KEYS = {
    "nss": r"n\.?\s?s\.?\s?s\.?|(?:numero|num\.?|no\.?|nro\.?) (?:de )?(?:seguridad|seguro) social",
    "nombre": r"nombre(?: completo)?",
    "telefono": r"tel(?:efono|\.)?|celular|cel\.?",
    "tipo": r"tipo(?: de peticion)?",
    "destino": r"destino|turnar a",
    "tema": r"tema",
    "concluyente": r"(?:es )?concluyente",
    "faltan": r"(?:que )?faltan?|complemento",
    "seguir": r"seguir|continuar|que siga",
    "nota": r"notas?|observaci(?:on|ones)|comentarios?",
    "concluir": r"concluir|concluida|cerrar",
    "consultar": r"consultar(?: a)?",
    "respuesta": r"respuesta(?: para la persona)?",
}
_ANY = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _KEYS.items())
_KEY = re.compile(rf"[ \t>|*_•\-]*(?:{_ANY})[*_]*(?:\s*\([^)\n]*\))?[*_]*\s*(?:[:=：]|-(?=\s))[*_]*[ \t]*")
_BARE_NSS = re.compile(r"[ \t>|*_•\-]*(?P<nss>n\.?s\.?s\.?)\s+(?=\d)")
# A second key on the same line: «NSS: 16907325605, tipo: queja».
_INLINE = re.compile(rf"[;,.]?\s+(?=(?:{_ANY.replace('?P<', '?P<x_')})\s*[:=])")
# Several lines of text, up to the next key.
_LONG = ("nota", "faltan")
_LABELS = {
    "nss": "NSS",
    "nombre": "nombre",
    "telefono": "teléfono",
    "tipo": "tipo",
    "destino": "destino",
    "tema": "tema",
    "concluyente": "concluyente",
    "faltan": "faltan",
    "seguir": "seguir",
    "nota": "nota",
    "concluir": "concluir",
    "consultar": "consultar",
    "respuesta": "respuesta",
}
_TYPES = (
    ("orienta", Type.ORIENTACION),
    ("gesti", Type.GESTION),
    ("queja", Type.QUEJA),
    ("sugeren", Type.SUGERENCIA),
    ("reconoc", Type.RECONOCIMIENTO),
    ("felicita", Type.RECONOCIMIENTO),
)
_DESTINATIONS = (
    (r"\boic\b|organo interno|sntss|sindicato", "oic_sntss"),
    (r"cdaod|jdaod", "cdaod_jdaod"),
    (r"organo_?\s?normativo|normativ", "organo_normativo"),
    (r"^(?:ningun[oa]?|no|sin destino)\b", "ninguno"),
)
_TYPE_NAMES = {
    Type.ORIENTACION: "orientación",
    Type.GESTION: "gestión",
    Type.QUEJA: "queja de servicio",
    Type.SUGERENCIA: "sugerencia",
    Type.RECONOCIMIENTO: "reconocimiento",
}
_DESTINATION_NAMES = {
    "oic_sntss": "OIC o SNTSS",
    "cdaod_jdaod": "CDAOD o JDAOD",
    "organo_normativo": "Órgano normativo",
    "ninguno": "ninguno",
}
_YES = re.compile(r"(?:si|s|x|ok|okay|vale|de acuerdo|correcto|afirmativo|yes)\b")
_NO = re.compile(r"(?:no|n|negativo|todavia no|aun no)\b")
_CHOICE = re.compile(r"si\s*(?:/|o|u)\s*no\W*")
_FAREWELL = re.compile(
    r"(?:saludos|atentamente|atte\.?|cordialmente|gracias|enviado desde|sent from|--)\b|--\s*$|_{5,}"
)

# The text for the person may thank; it ends where a signature or the rest of the mail begins.
_SIGNED = re.compile(r"(?:saludos|atentamente|atte\.?|cordialmente|enviado desde|sent from)\b|--\s*$|_{5,}")


@dataclass(frozen=True, slots=True)
class FichaAnswer:
    """What a consultant said by answering a ficha; None is «not said».

    `nss` 11 digits with a right check digit, `telefono` 10 digits, `destino` as Destination.kind or the key of an
    Órgano or a place, `tema` as a topic's key may look (nobody has checked that it exists). `faltan` is what an area's
    answer lacks (P 5.26), `seguir` that the petition goes on. `given` lists what was taken as (key, value as taken), in
    the order of the form; `problems` says in Spanish what was written and could not be taken.
    """

    nss: str | None = None
    nombre: str | None = None
    telefono: str | None = None
    tipo: Type | None = None
    destino: str | None = None
    tema: str | None = None
    nota: str | None = None
    concluyente: bool | None = None
    faltan: str | None = None
    seguir: bool | None = None
    concluir: bool | None = None
    consultar: str | None = None
    respuesta: str | None = None
    problems: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()


def read_answer(text: str, destination_of: Callable[[str], str | None] = lambda _: None) -> FichaAnswer:
    """Read the answer in a reply's whole text, quotes included.

    Counted are the consultant's own words, and the form inside the quote when it was filled in there (its empty
    fields say nothing). The rest of the quoted ficha is never read: the petition it quotes may well say «NSS:».
    What stands above wins over the form below. `destination_of` knows the office's destinations by their names.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    above, form = _fields(_own_words(text)), _fields(_form(text))
    problems = [
        f"«{_LABELS[name]}» viene dos veces con valores distintos; se tomó «{above[name]}»"
        for name in above
        if name in form and fold(above[name]) != fold(form[name])
    ]
    said = {**form, **above}
    taken: dict[str, object] = {}
    given: list[tuple[str, str]] = []
    for name in _KEYS:
        if name not in said or not said[name]:
            continue
        key = destination_of(said[name]) if name == "destino" else None
        value, shown, problem = (key, said[name], "") if key else _judge(name, said[name])
        if problem:
            problems.append(problem)
        elif value is not None:
            taken[name] = value
            given.append((name, shown))
    return FichaAnswer(**taken, problems=tuple(problems), given=tuple(given))  # type: ignore[arg-type]


def confirm_answer(answer: FichaAnswer) -> str:
    """What is said back to the consultant: what was noted, and what could not be taken and why."""
    parts = []
    if answer.given:
        lines = [f"- {_LABELS[name]}: {_indented(value)}" for name, value in answer.given]
        parts.append("De su respuesta a la ficha se anotó:\n\n" + "\n".join(lines))
    if answer.problems:
        lines = [f"- {problem}." for problem in answer.problems]
        parts.append("No se pudo tomar:\n\n" + "\n".join(lines) + "\n\nConteste otra vez la ficha con ese dato.")
    if not parts:
        return "En su respuesta no se encontró ningún dato del formulario. Escriba, por ejemplo, «NSS: » y el número."
    return "\n\n".join(parts)


def _indented(value: str) -> str:
    return value.replace("\n", "\n  ")


def _own_words(text: str) -> str:
    """The consultant's words outside the quoted ficha, also when the mail program marks no quote at all."""
    folded = fold(text)
    title = _TITLE.search(folded)
    if title is not None and ">" not in title[0]:
        # Without marks nothing below the title can be told from the ficha, which quotes the person's own mail.
        return split(text[: title.start()]).own
    own = split(text).own
    start = _START.search(fold(own))
    return own[: start.start()] if start else own


def _form(text: str) -> str:
    """The form's lines without quote marks; '' when it was cut away.

    It is quoted exactly as deep as the ficha's title: a form deeper inside was written by the petitioner.
    """
    folded = fold(text)
    title = _TITLE.search(folded)
    starts = [m for m in _START.finditer(folded) if title is None or m.start() > title.start()]
    if title is not None:
        starts = [m for m in starts if m[0].count(">") == title[0].count(">")]
    elif len(starts) > 1:
        return ""
    if not starts:
        return ""
    begin = starts[0].end()
    end = _END.search(folded, begin)
    lines = text[begin : end.start() if end else len(text)].split("\n")
    return "\n".join(re.sub(r"^[ \t]*(?:[>|][ \t]?)+", "", line) for line in lines)


def _fields(text: str) -> dict[str, str]:
    """Key to value as written; of a key given twice, the first value. A nota runs on to the next key, a respuesta to
    the end: whatever stands in it («Teléfono: …») is for the person."""
    fields: dict[str, str] = {}
    current: str | None = None
    lines = text.split("\n")
    begins = next((n for n, line in enumerate(lines) if (_key(fold(line)) or ("",))[0] == "respuesta"), len(lines))
    if respuesta := _text_for_the_person(lines[begins:]):
        fields["respuesta"] = respuesta
    for line in _one_key_a_line("\n".join(lines[:begins])):
        folded = fold(line)
        key = _key(folded)
        if key:
            name, value = key[0], line[key[1] :].strip(" \t*_")
            current = name if name in _LONG and not fields.get(name) else None
            if not fields.get(name):
                fields[name] = value
        elif current and _FAREWELL.match(folded.strip()):
            current = None
        elif current:
            fields[current] = f"{fields[current]}\n{line.strip()}".lstrip("\n")
    return {name: re.sub(r"\n{3,}", "\n\n", value).strip() for name, value in fields.items() if value.strip()}


def _text_for_the_person(lines: list[str]) -> str:
    """What was written behind «respuesta:» and below it, up to a signature."""
    if not lines:
        return ""
    key = _key(fold(lines[0]))
    kept = [lines[0][key[1] if key else 0 :]]
    for line in lines[1:]:
        if _SIGNED.match(fold(line).strip()):
            break
        kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in kept)).strip(" \n*_")


def _key(folded: str) -> tuple[str, int] | None:
    """The key a line begins with and where its value starts."""
    match = _KEY.match(folded) or _BARE_NSS.match(folded)
    if match is None:
        return None
    return next(name for name, part in match.groupdict().items() if part), match.end()


def _one_key_a_line(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        folded, start = fold(line), 0
        key = _key(folded)
        if key and key[0] not in _LONG:
            for match in _INLINE.finditer(folded):
                lines.append(line[start : match.start()])
                start = match.end()
        lines.append(line[start:])
    return lines


def _judge(name: str, raw: str) -> tuple[object, str, str]:
    """(value, value as shown, problem): exactly one of value and problem is set, or none for an unfilled field."""
    match name:
        case "nss":
            return _nss(raw)
        case "telefono":
            return _phone(raw)
        case "nombre":
            name_ = " ".join(raw.split())
            good = re.search(r"[^\W\d_]{2}", name_) and not re.search(r"[\d@<>]", name_) and len(name_) <= 100
            return (name_, name_, "") if good else (None, "", f"el nombre «{name_[:60]}» no parece un nombre")
        case "tipo":
            kind = next((value for start, value in _TYPES if fold(raw).startswith(start)), None)
            options = "orientación, gestión, queja, sugerencia o reconocimiento"
            return (kind, _TYPE_NAMES[kind], "") if kind else (None, "", f"el tipo «{raw[:60]}» no es {options}")
        case "destino":
            where = next((value for pattern, value in _DESTINATIONS if re.search(pattern, fold(raw))), None)
            options = "CDAOD, JDAOD, Órgano normativo, OIC, SNTSS o ninguno"
            problem = f"el destino «{raw[:60]}» no es {options}, ni un Órgano, una OOAD o una UMAE de las reglas"
            return (where, _DESTINATION_NAMES[where], "") if where else (None, "", problem)
        case "tema":
            key = re.sub(r"[^a-z0-9]+", "_", fold(raw)).strip("_")
            return (key, key, "") if key else (None, "", f"el tema «{raw[:60]}» no se entiende")
        case "nota" | "respuesta" | "faltan":
            return raw, raw, ""
        case "consultar":
            key = re.sub(r"[^a-z0-9]+", "_", fold(raw)).strip("_")
            return (key, key, "") if key else (None, "", f"la clave «{raw[:60]}» no se entiende")
        case _:
            return _yes_or_no(name, raw)


def _nss(raw: str) -> tuple[object, str, str]:
    digits = re.sub(r"\D", "", raw)
    if not digits:
        return None, "", f"en NSS se escribió «{raw[:60]}», que no es un número"
    if len(digits) != 11:
        return None, "", f"el NSS «{raw[:60]}» tiene {len(digits)} números y deben ser 11"
    if not is_valid(digits):
        return None, "", f"el NSS «{raw[:60]}» no pasa la verificación de su último dígito; revise los números"
    return digits, digits, ""


def _phone(raw: str) -> tuple[object, str, str]:
    digits = re.sub(r"\D", "", re.split(r"\bext", fold(raw))[0])
    digits = re.sub(r"^(?:00)?52(?:1(?=\d{10}$))?(?=\d{10})|^04[45](?=\d{10}$)|^01(?=\d{10}$)", "", digits)
    if len(digits) != 10:
        return None, "", f"el teléfono «{raw[:60]}» no tiene 10 números"
    return digits, digits, ""


def _yes_or_no(name: str, raw: str) -> tuple[object, str, str]:
    answer = fold(raw).strip(" .!¡")
    if _CHOICE.fullmatch(answer):
        return None, "", ""
    if _NO.match(answer):
        return False, "no", ""
    if _YES.match(answer):
        return True, "sí", ""
    return None, "", f"en «{_LABELS[name]}» se escribió «{raw[:60]}»; se esperaba sí o no"
