"""What a value says by its type: dates, numbers, names, marks; with what makes it doubtful, in Spanish."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from daemon.read.plain import plain

from .places import Atom, gap, text_of

_EMPTY = re.compile(r"[\s_.\-–—…·=*/:]*|n/a|s/d|s/n|\(\s*\)|\[\s*\]", re.IGNORECASE)
_NOTHING_FOR_A_SURNAME = re.compile(r"x{1,5}", re.IGNORECASE)
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_NUMERIC = re.compile(r"(\d{1,2})(?:\s*[/.\-]\s*|\s)(\d{1,2})(?:\s*[/.\-]\s*|\s)(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WRITTEN = re.compile(r"(\d{1,2})(?:\s+de\s+|[\s/.\-]+)([a-z]{3,10})\.?(?:\s+del?\s+|[\s/.\-]+)(\d{4})")
_COMBED = re.compile(r"\d{8}")
# Letters in boxes of their own, with the strokes of the date between them: «2 7 / 1 / 1 9 3 9».
_COMBED_DATE = re.compile(r"\d(?: \d)? ?([/.-]) ?\d(?: \d)? ?\1 ?(?:\d{4}|\d \d \d \d)")
_NSS = re.compile(r"\d{2}[\s.\-/]?\d{2}[\s.\-/]?\d{2}[\s.\-/]?\d{4}[\s.\-/]?\d|\d{10}[\s.\-/]\d")
# What a stamp says, and no value does.
_STAMPED = re.compile(r"\b(?:recibid[oa]|sellad[oa]|cancelad[oa]|validad[oa])\b", re.IGNORECASE)
# A date, an NSS, a folio, a mark, an answer or a label among the contact's words.
_ODD_IN_CONTACT = re.compile(
    r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b|\b[A-Z]\d{7,}\b|(?<![\d+])0\d{10}\b|(?:^| )[Xx](?: |$)"
    r"|(?i:\b\d{1,2}[ /.-](?:de )?(?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)[a-z]*\.?[ /.-](?:del? )?\d{4}\b)"
    r"|\b(?:SÍ|SI|NO)\b(?!\.)|:$"
)
_MARK = "☒"
_BLANK = "☐"
_MARKS = re.compile(r"[(\[]\s*[xX✓✔✗✘●•✕×]\s*[)\]]|[☑☒✓✔✗✘■●✕×◉⬛🗹🗷]|(?<!\w)[xX](?!\w)")
_BLANKS = re.compile(r"[(\[]\s*[)\]]|[☐□○◯⬜▢]")
_TOKENS = re.compile(rf"{_MARK}|{_BLANK}|[^\W\d_]+|\d+")
YES, NO = "SÍ", "NO"
# How far from its answer a lone mark may stand, in heights of letters.
_BESIDE = 3.0
_ANSWERS = {"si": YES, "yes": YES, "s": YES, "y": YES, "no": NO, "n": NO}


@dataclass(frozen=True, slots=True)
class Value:
    """A value normalised by its type (None when empty), and the sentences that say why it may be wrong."""

    value: str | None
    doubts: tuple[str, ...] = ()


def value_of(kind: str, text: str) -> Value:
    """The value that this text is for a field of this type (TipoDeCampo)."""
    text = " ".join(text.split())
    if _EMPTY.fullmatch(text):
        return Value(None)
    said = _TYPES.get(kind, _text)(text)
    return Value(said.value, (*said.doubts, "parece traer palabras de un sello")) if _STAMPED.search(text) else said


def _text(text: str) -> Value:
    if text.rstrip().endswith(":") or re.search(r"[^\d\s]:\s", f"{text} "):
        return Value(text, ("incluye dos puntos: parece traer otra etiqueta",))
    return Value(text)


def _name(text: str) -> Value:
    if _NOTHING_FOR_A_SURNAME.fullmatch(text):
        return Value(None)
    if re.search(r"[\d@_/\\|<>()\[\]{}]", text):
        return Value(text, ("trae cifras o signos que no son de un nombre",))
    return _text(text)


def _place(text: str) -> Value:
    if text.endswith((",", "-", "/")):
        return Value(text, ("parece incompleto: termina en una coma o un guion",))
    if re.search(r"[\d@]", text):
        return Value(text, ("trae cifras o signos que no son de un lugar",))
    return _text(text)


def _date(text: str) -> Value:
    """ISO when it is a real day in dd/mm/aaaa (or with the month's name); as printed otherwise, to be refused so."""
    told = plain(text)
    found = _NUMERIC.fullmatch(told)
    if found:
        return Value(_iso(int(found[3]), int(found[2]), int(found[1])) or re.sub(r"\s", "", text))
    if found := _ISO.fullmatch(told):
        return Value(_iso(int(found[1]), int(found[2]), int(found[3])) or text)
    if found := _WRITTEN.fullmatch(told):
        month = next((n for n, name in enumerate(_MONTHS, 1) if found[2].startswith(name)), 0)
        return Value(_iso(int(found[3]), month, int(found[1])) or text)
    bare = re.sub(r"\s", "", told)
    if _COMBED_DATE.fullmatch(told) and (found := _NUMERIC.fullmatch(bare)):
        return Value(_iso(int(found[3]), int(found[2]), int(found[1])) or bare)
    if _COMBED.fullmatch(bare) and re.search(r"\d \d", told):
        printed = f"{bare[:2]}/{bare[2:4]}/{bare[4:]}"
        return Value(_iso(int(bare[4:]), int(bare[2:4]), int(bare[:2])) or printed)
    if re.fullmatch(r"[\d/.\-]{4,12}", re.sub(r"\s*([/.\-])\s*", r"\1", told)):
        return Value(re.sub(r"\s", "", text))
    return Value(text, ("no parece una fecha",))


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _nss(text: str) -> Value:
    bare = re.sub(r"\s", "", text)
    if _NSS.fullmatch(text) or _NSS.fullmatch(bare):
        return Value(re.sub(r"\D", "", text))
    if " " in text or len(bare) > 20 or re.search(r"[^\W\d_]{3}", bare):
        return Value(bare, ("no parece un número de seguridad social",))
    return Value(bare)


def _number(text: str) -> Value:
    bare = re.sub(r"\s", "", text)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", bare):
        bare = bare.replace(",", "")
    if " " in text or not re.search(r"\d", bare) or re.search(r"[^\W\d_]{4}|[:@/]", bare) or len(bare) > 20:
        return Value(bare, ("no parece un número de trámite",))
    return Value(bare)


def _curp(text: str) -> Value:
    bare = re.sub(r"\s", "", text).upper()
    return Value(bare) if re.fullmatch(r"[A-Z0-9Ñ]{16,20}", bare) else Value(bare, ("no parece una CURP",))


def _identification(text: str) -> Value:
    if re.search(r"\d{3}|@", text):
        return Value(text, ("trae cifras que no son de un tipo de identificación",))
    return _text(text)


def _folio(text: str) -> Value:
    if not re.search(r"\d", text) or re.search(r"[:@]", text) or " " in text:
        return Value(text, ("no parece un folio de identificación",))
    return Value(text)


def _contact(text: str) -> Value:
    if not re.search(r"[\d@]", text):
        return Value(text, ("no trae teléfono ni correo",))
    if len(text) > 300 or re.search(r"(?:\b[a-záéíóúñ]{2,}\b[ ,.]+){5}", text):
        return Value(text, ("parece traer texto que no es de contacto",))
    if _ODD_IN_CONTACT.search(text):
        return Value(text, ("parece traer algo que no es de contacto",))
    return Value(text)


_TYPES: dict[str, Callable[[str], Value]] = {
    "nombre": _name,
    "fecha": _date,
    "nss": _nss,
    "curp": _curp,
    "numero": _number,
    "lugar": _place,
    "identificacion": _identification,
    "folio": _folio,
    "contacto": _contact,
}


def answer_of(lines: Sequence[Sequence[Atom]]) -> Value:
    """Which of SÍ and NO is written or marked; a lone mark says SÍ.

    A mark between the two counts for the one that it stands far nearer to, unless empty boxes show the order.
    """
    text = " ".join(text_of(line) for line in lines)
    text = _BLANKS.sub(f" {_BLANK} ", _MARKS.sub(f" {_MARK} ", text))
    tokens = _TOKENS.findall(text)
    said = [_ANSWERS.get(plain(token), token) for token in tokens]
    strangers = [token for token in said if token not in (YES, NO, _MARK, _BLANK) and plain(token) not in ("o", "or")]
    if strangers:
        return Value(" ".join(text.split()), ("no dice claramente SÍ o NO",))
    said = [token for token in said if token in (YES, NO, _MARK, _BLANK)]
    options = [token for token in said if token in (YES, NO)]
    marks = [token for token in said if token in (_MARK, _BLANK)]
    if not options:
        return Value(YES if marks == [_MARK] else None, ("hay más de una marca",) if marks.count(_MARK) > 1 else ())
    if len(options) != len(set(options)):
        return Value(None, ("SÍ o NO aparece más de una vez",))
    if not marks:
        return Value(options[0]) if len(options) == 1 else Value(None, ("no se ve cuál de SÍ y NO está marcado",))
    if _MARK not in marks:
        return Value(None)
    if marks.count(_MARK) > 1:
        return Value(None, ("SÍ y NO están marcados",))
    return _marked(said, options, marks, lines)


def _marked(said: list[str], options: list[str], marks: list[str], lines: Sequence[Sequence[Atom]]) -> Value:
    at = said.index(_MARK)
    if len(options) == 1:
        near = len(marks) == 1 and all(gap(a, b) < _BESIDE for line in lines for a, b in pairwise(line))
        return Value(options[0]) if near else Value(None, ("no se ve qué está marcado",))
    if len(marks) == 2 and said[0] in marks and said[2] in marks:
        return Value(said[at + 1])
    if len(marks) == 2 and said[1] in marks and said[3] in marks:
        return Value(said[at - 1])
    if len(marks) == 1 and at != 1:
        return Value(said[1])
    if len(marks) == 1 and (nearest := _nearest(lines)):
        return Value(nearest)
    return Value(None, ("no se ve si está marcado SÍ o NO",))


def _nearest(lines: Sequence[Sequence[Atom]]) -> str | None:
    """The answer that a mark between the two belongs to by its distance; None when it may be either's."""
    for line in lines:
        for before, mark, after in zip(line, line[1:], line[2:], strict=False):
            if _MARKS.fullmatch(mark.text) and plain(before.text) in _ANSWERS and plain(after.text) in _ANSWERS:
                left, right = gap(before, mark), gap(mark, after)
                if left < 1 and right > 2 * max(left, 0.3):
                    return _ANSWERS[plain(before.text)]
                if right < 1 and left > 2 * max(right, 0.3):
                    return _ANSWERS[plain(after.text)]
    return None
