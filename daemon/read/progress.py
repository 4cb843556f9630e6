"""An area's answer to the reminder of a commitment: percentage, evidence, place, remarks, month; read tolerantly."""

from __future__ import annotations

import re
from datetime import date

from ..model.commitments import Progress
from ..model.dates import MONTHS
from .plain import fold
from .quotes import split

# As the reminder prints them (daemon.reply.commitments); compared without accents and capitals.
_START = re.compile(r"^[ \t>|*]*inicio del formulario\b[^\n]*\n?", re.MULTILINE)
_END = re.compile(r"^[ \t>|*]*fin del formulario\b", re.MULTILINE)
_KEYS = {
    "avance": r"(?:el )?(?:%|porcentaje)?\s?(?:de )?avance(?: de la actividad| actual)?",
    "documento": r"(?:nombre del )?documentos?(?: probatorios?)?",
    "ubicacion": r"ubicacion(?: del documento(?: probatorio)?)?",
    "mes_y_anio": r"mes y ano|mes",
    "observaciones": r"observaci(?:on|ones)|notas?|comentarios?",
}
_ANY = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _KEYS.items())
_KEY = re.compile(
    rf"[ \t>|*_•\-]*(?:{_ANY})[*_]*\s*(?:[:=：]|(?<=avance)\s*(?:es|va|al|del)\b(?: del| al| en)?)[*_]*[ \t]*"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_FAREWELL = re.compile(
    r"\s*(?:saludos|atentamente|atte\.?|cordialmente|quedo de|quedamos|enviado desde|sent from|--)\b|--\s*$|_{5,}"
)
_GREETING = re.compile(r"\s*(?:hola|buen(?:os|as)? (?:dias?|tardes|noches)|estimad[oa]s?)\b[^.:!]{0,60}[.:,!]*\s*$")
# As the form writes them.
_MONTHS = tuple(month.capitalize() for month in MONTHS)
_LONGEST = 4000


def read_progress(text: str) -> Progress:
    """Read the answer in a reply's whole text, quotes included.

    Counted are the writer's own words, and the form inside the nearest quote when it was filled in there. An earlier
    answer further down in the conversation says nothing. Own words without a label are remarks when the answer
    reports something.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    own = split(text).own
    start = _START.search(fold(own))
    own = own[: start.start()] if start else own
    above, words = _fields(own)
    below, _ = _fields(_form(text))
    said = {**below, **above}
    problems: list[str] = []
    avance = _percentage(said.get("avance", ""), problems)
    month = _month(said.get("mes_y_anio", ""), problems)
    remarks = said.get("observaciones", "") or words
    return Progress(
        avance=avance,
        documento=said.get("documento", "")[:300],
        ubicacion=said.get("ubicacion", "")[:300],
        observaciones=remarks[:_LONGEST],
        mes_y_anio=month,
        labelled=any((said.get("documento"), said.get("ubicacion"), said.get("observaciones"), month)),
        problems=tuple(problems),
    )


def month_of(day: date) -> str:
    """A day's month as the form writes it: «Marzo-2016»."""
    return f"{_MONTHS[day.month - 1]}-{day.year}"


def _form(text: str) -> str:
    """The lines of the nearest form without quote marks; '' when it was cut away."""
    folded = fold(text)
    start = _START.search(folded)
    if start is None:
        return ""
    end = _END.search(folded, start.end())
    lines = text[start.end() : end.start() if end else len(text)].split("\n")
    return "\n".join(re.sub(r"^[ \t]*(?:[>|][ \t]?)+", "", line) for line in lines)


def _fields(text: str) -> tuple[dict[str, str], str]:
    """Key to value as written (of a key given twice, the first), and the words that stand under no key.

    Observaciones run on until the next key; a farewell ends everything but keys.
    """
    fields: dict[str, str] = {}
    words: list[str] = []
    current, over = "", False
    for line in text.split("\n"):
        folded = fold(line)
        key = _KEY.match(folded)
        if key:
            name = next(name for name, part in key.groupdict().items() if part)
            current = name if name == "observaciones" else ""
            if not fields.get(name):
                fields[name] = line[key.end() :].strip(" \t*_")
        elif _FAREWELL.match(folded):
            current, over = "", True
        elif current:
            fields[current] = f"{fields[current]}\n{line.strip()}".strip("\n")
        elif not over and not _GREETING.match(folded):
            words.append(line.strip())
    return {name: value.strip() for name, value in fields.items() if value.strip()}, "\n".join(words).strip()


def _percentage(raw: str, problems: list[str]) -> float | None:
    numbers = {float(number.replace(",", ".")) for number in _NUMBER.findall(raw)}
    if not raw:
        return None
    if len(numbers) != 1:
        problems.append(f"en «avance» se escribió «{raw[:60]}»; se esperaba un solo número, como «80 %»")
        return None
    (value,) = numbers
    if value > 100 or re.search(r"-\s*\d", raw):
        problems.append(f"el avance «{raw[:60]}» no está entre 0 y 100")
        return None
    return value


def _month(raw: str, problems: list[str]) -> str:
    if not raw:
        return ""
    folded = fold(raw)
    month = next((name for name in _MONTHS if re.search(rf"\b{fold(name)[:3]}(?:{fold(name)[3:]})?\b", folded)), None)
    year = re.search(r"\b(20\d\d)\b", folded)
    numeric = re.search(r"\b(0?[1-9]|1[0-2])[/-]20\d\d\b", folded)
    if month is None and numeric:
        month = _MONTHS[int(numeric[1]) - 1]
    if month is None or year is None:
        problems.append(f"en «mes y año» se escribió «{raw[:60]}»; se esperaba, por ejemplo, «Marzo-2016»")
        return ""
    return f"{month}-{year[1]}"
