"""What pydantic finds wrong in a person's file, told in Spanish: what was found, what was expected, how to mend it."""

from __future__ import annotations

import difflib
import re
import types
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

Path = tuple[str | int, ...]

_EXPECTED = {
    "string_type": "texto",
    "int_type": "un número entero",
    "int_parsing": "un número entero",
    "int_from_float": "un número entero",
    "float_type": "un número",
    "float_parsing": "un número",
    "bool_type": "true o false",
    "bool_parsing": "true o false",
    "tuple_type": "una lista",
    "list_type": "una lista",
    "dict_type": "un grupo de claves con su valor",
    "model_type": "un grupo de claves con su valor",
    "model_attributes_type": "un grupo de claves con su valor",
    "path_type": "la ruta de un archivo o carpeta",
}
_PATTERNS = {
    r"^[a-z0-9_]+$": "una clave en minúsculas, sin acentos ni espacios (letras, cifras y _)",
    r"^[a-z0-9]+(_[a-z0-9]+)*$": "un nombre en minúsculas y cifras, con _ entre palabras",
    r"^[^@\s,;:<>()]+@[^@\s,;:<>()]+\.[^@\s,;:<>().]+$": "una dirección de correo (alguien@dominio.mx), y una sola",
    r"^[^@\s,;:/]+\.[^@\s,;:/.]+$": "un dominio, sin arroba (como imss.gob.mx)",
    r"^https?://[^\s/]+\S*$": "una dirección de Internet que empiece con https:// o http://",
    r"^(nunca|[1-9]\d{0,3} (días?|mes|meses|años?))$": "un plazo: «90 días», «18 meses», «5 años» o «nunca»",
    r"\S": "un texto que no esté vacío",
}
_NUMBER = re.compile(r"\s*-?\d+(\.\d+)?\s*")
_HOUR = re.compile(r"(\d{1,2})(?:[:.](\d{1,2}))?\s*(?:([ap])\.?\s?m\.?|h|hrs?\.?|horas)?", re.IGNORECASE)
_HOURS = "una hora, como 09:00"
_QUOTED = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a document: `path` leads to it, `at_key` says that the key itself is wrong."""

    path: Path
    found: str
    expected: str
    cure: str = ""
    at_key: bool = False


def findings(error: ValidationError, model: type[BaseModel]) -> list[Finding]:
    """Every fault of `error`, in Spanish; `model` is what the document was checked against."""
    told = [dict(detail) for detail in error.errors(include_url=False)]
    missing = {_path(detail) for detail in told if detail["type"] == "missing"}
    slips = {_path(detail): _meant(_path(detail), missing) for detail in told if detail["type"] == "extra_forbidden"}
    meant = set(slips.values())
    told = [detail for detail in told if detail["type"] != "missing" or _path(detail) not in meant]
    told = [detail for detail in told if not _counted_without_faulty(detail)]
    return [_finding(detail, model, slips) for detail in told]


def _counted_without_faulty(detail: Mapping[str, Any]) -> bool:
    """Whether a list is only called too short because something in it is wrong, which is told already."""
    value = detail["input"]
    return detail["type"] == "too_short" and isinstance(value, list) and len(value) >= detail["ctx"]["min_length"]


def _meant(path: Path, missing: Iterable[Path]) -> Path | None:
    """Of the keys that are missing beside an unknown one, the one that it surely is with a slip of the pen."""
    beside = {str(other[-1]): other for other in missing if other[:-1] == path[:-1]}
    close = closest(path[-1], beside)
    return beside[close] if close else None


def _path(detail: Mapping[str, Any]) -> Path:
    return tuple(step for step in detail["loc"] if step != "[key]")


def dotted(path: Path) -> str:
    """A path as people write it: `temas[3].casi[0].tema`; '' is the document as a whole."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "(todo el archivo)"


def closest(word: object, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one; None when none does."""
    written, words = str(word).lower(), list(known)
    close = difflib.get_close_matches(written, words, n=1, cutoff=0.6)
    # Letters in another order («dsede») look less alike to the measure than to a person.
    close = close or [other for other in words if sorted(other) == sorted(written)]
    return close[0] if close else None


def nearest(word: object, known: Iterable[str]) -> str:
    """The cure for a word that is not known: the right one that looks most like it, or ''."""
    close = closest(word, known)
    return f"¿quiso decir «{close}»?" if close else ""


def shown(value: object) -> str:
    """A value as a fault names it: short, and without what a nested group holds (it may be personal or secret)."""
    match value:
        case None:
            return "nada"
        case bool():
            return "true" if value else "false"
        case str():
            return f"«{value if len(value) <= 60 else value[:57] + '…'}»"
        case dict():
            return f"un grupo de claves ({', '.join(map(str, list(value)[:5]))})"
        case list() | tuple():
            return f"una lista de {len(value)}"
        case _:
            return str(value)


def one_of(words: Iterable[str]) -> str:
    """Words as a choice: "a, b o c"."""
    *most, last = words
    return f"{', '.join(most)} o {last}" if most else last


def _finding(detail: dict[str, Any], model: type[BaseModel], slips: Mapping[Path, Path | None]) -> Finding:
    path = _path(detail)
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    at_key = "[key]" in detail["loc"]
    found, cure = shown(value), ""
    match kind:
        case "missing":
            found, expected, cure = "que falta", f"la clave «{path[-1]}»", "añádala en ese lugar"
            at_key = True
        case "extra_forbidden":
            known = _keys_at(model, path[:-1])
            meant = slips.get(path)
            cure = f"¿quiso decir «{meant[-1]}»?" if meant else nearest(path[-1], known)
            found = f"la clave «{path[-1]}», que no existe"
            expected = f"una de las claves {one_of(known)}" if known else "ninguna clave más"
            at_key = True
        case "enum" | "literal_error":
            words = _QUOTED.findall(context["expected"])
            expected, cure = one_of(words), nearest(value, words)
        case "too_short" if isinstance(value, str):
            expected = f"un texto de al menos {context['min_length']} caracteres"
        case "string_type" if isinstance(value, int | float):
            expected, cure = "texto", f'escríbalo entre comillas: "{found}"'
            found = found if isinstance(value, bool) else f"el número {found}"
        case "string_type" if isinstance(value, dict):
            expected, cure = "texto", "si el texto lleva «: », escríbalo entre comillas"
        case "int_type" | "float_type" if isinstance(value, str):
            expected, cure = _EXPECTED[kind], _as_number(value)
        case "tuple_type" | "list_type":
            expected = _EXPECTED[kind]
            cure = _as_list(value)
        case _:
            expected = _expected(kind, context, detail["msg"])
    if isinstance(value, str) and (day := _other_way_round(value)) and "fecha" in expected:
        cure = f"¿quiso decir {day}?"
    if expected == _HOURS:
        cure = _as_hour(str(value).strip())
    if kind == "string_pattern_mismatch" and isinstance(value, str):
        cure = _as_pattern(value, context["pattern"])
    return Finding(path, found, expected, cure, at_key)


def _as_list(value: object) -> str:
    """How what stands where a list belongs is written as one."""
    if value is None:
        return "[] si va vacía"
    if isinstance(value, str) and len(value) <= 40 and not value.startswith("-"):
        return f"entre corchetes: [{value}]"
    return "cada cosa en su renglón, con un guion y un espacio delante"


def _other_way_round(written: str) -> str:
    """A day that stands as people say it, «16/03/2026», as the files have it; '' for anything else."""
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", written)
    parts = [int(part) for part in match.groups()[::-1]] if match else []
    if match := re.fullmatch(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})", written):
        parts = [int(part) for part in match.groups()]
    try:
        day = date(*parts).isoformat() if parts else ""
    except ValueError:
        return ""
    return day if day != written else ""


def _as_number(written: str) -> str:
    """How a number with quotes, a comma or words beside it («2 días», «1,6», «1,000») is written alone."""
    if _NUMBER.fullmatch(written.strip("“”\"'")):
        return "quítele las comillas"
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+", written):
        return f"¿quiso decir {written.replace(',', '')}?"
    if re.fullmatch(r"-?\d+,\d+", written):
        return f"¿quiso decir {written.replace(',', '.')}? Los decimales van con punto"
    alone = re.match(r"-?\d+(\.\d+)?(?![\d.,])", written)
    return f"escriba solo el número: {alone[0]}" if alone else "escríbalo con cifras"


def _as_hour(written: str) -> str:
    """An hour that stands as people say it, «9», «6 pm», «9.30», as the files have it; '' for anything else."""
    match = _HOUR.fullmatch(written)
    if not match:
        return ""
    hour, minutes = int(match[1]), (match[2] or "00").ljust(2, "0")
    if match[3] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0)
    return f"¿quiso decir {hour:02}:{minutes}?" if hour < 24 and int(minutes) < 60 else ""


def _as_pattern(written: str, pattern: str) -> str:
    """What was surely meant by a word or an address that is almost right; '' when nobody can tell."""
    if "@" in pattern and pattern.startswith("^[^@"):
        named = re.fullmatch(r"[^<>@]*<([^<>@\s]+@[^<>@\s]+)>|mailto:(\S+@\S+)", written)
        if named:
            return f"¿quiso decir «{named[1] or named[2]}»?"
        return "quítele los espacios" if re.search(r"\s", written) and written.count("@") == 1 else ""
    plain = "".join(each for each in unicodedata.normalize("NFD", written.lower()) if not unicodedata.combining(each))
    slug = re.sub(r"[\s-]+", "_", plain.strip())
    return f"¿quiso decir «{slug}»?" if slug != written and re.fullmatch(pattern, slug) and "_" in pattern else ""


def _expected(kind: str, context: dict[str, Any], message: str) -> str:
    if kind.startswith(("date_", "datetime_")):
        return "una fecha que exista, como 2026-03-16"
    if kind.startswith("time_"):
        return _HOURS
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"un texto de la forma {context['pattern']}")
    if kind == "value_error":
        return str(context["error"])
    limits = {
        "greater_than_equal": "un número desde {ge:g}",
        "greater_than": "un número mayor que {gt:g}",
        "less_than_equal": "un número hasta {le:g}",
        "less_than": "un número menor que {lt:g}",
        "too_short": "al menos {min_length} elementos (hay {actual_length})",
        "string_too_long": "un texto de hasta {max_length} caracteres",
        "string_too_short": "un texto de al menos {min_length} caracteres",
    }
    return limits[kind].format(**context) if kind in limits else _EXPECTED.get(kind, message)


def _keys_at(annotation: Any, path: Path) -> list[str]:
    """The keys that a group at `path` below `annotation` may have; empty when it is no group of fixed keys."""
    for branch in _branches(annotation):
        if isinstance(branch, type) and issubclass(branch, BaseModel):
            fields = branch.model_fields
            if not path:
                return list(fields)
            if path[0] in fields:
                return _keys_at(fields[str(path[0])].annotation, path[1:])
        elif path and get_args(branch):
            members = [arg for arg in get_args(branch) if arg is not Ellipsis]
            return _keys_at(members[-1], path[1:])
    return []


def _branches(annotation: Any) -> list[Any]:
    """The alternatives of an annotation: `X | None` gives X and None, `Annotated[X, …]` gives X."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _branches(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [branch for arg in get_args(annotation) for branch in _branches(arg)]
    return [annotation]
