"""The base of whatever people write for us in YAML, and the words that its values are made of."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

Clave = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Dominio = Annotated[str, StringConstraints(pattern=r"^[^@\s,;:/]+\.[^@\s,;:/.]+$", to_lower=True)]
_CORREO = r"^[^@\s,;:<>()]+@[^@\s,;:<>()]+\.[^@\s,;:<>().]+$"
Correo = Annotated[str, StringConstraints(pattern=_CORREO, to_lower=True)]
Texto = Annotated[str, StringConstraints(pattern=r"\S")]
Pagina = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")]

# What YAML took for a word is no number, and what it took for a number is no date: 9 is no hour, «true» is no 1.
Entero = Annotated[int, Field(strict=True)]
Numero = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _date_as_written(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        return value
    raise ValueError("una fecha que exista, como 2026-03-16")


def _hour_as_written(value: object) -> object:
    if isinstance(value, time) or (isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", value)):
        return value
    raise ValueError("una hora, como 09:00")


Fecha = Annotated[date, BeforeValidator(_date_as_written)]
Hora = Annotated[
    time,
    BeforeValidator(_hour_as_written),
    WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"}),
]


def _yes_or_no(value: object) -> bool:
    words = {"sí": True, "si": True, "no": False}
    answer = value if isinstance(value, bool) else words.get(str(value).lower())
    if answer is None:
        raise ValueError("sí o no")
    return answer


# YAML 1.2 reads «no» as a word and knows no «sí»: both are what people write.
SiNo = Annotated[
    bool,
    BeforeValidator(_yes_or_no),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^([sS][iIíÍ]|[nN][oO])$"}]}),
]


def _phrase_as_written(phrase: str) -> str:
    """The phrase, when the signs in it mean what the phrase language says (`decide.phrases`); told otherwise."""
    bare = re.sub(r"\([^()]*\)", " x ", phrase)
    groups = re.findall(r"\(([^()]*)\)", phrase)
    faults = (
        (not re.search(r"[^\W_]|[¿?]", phrase), "una frase con al menos una palabra"),
        (re.search(r"[()]", bare), "paréntesis en pareja, sin otros dentro, como (uno|otro)"),
        ("|" in bare, "«|» solo entre paréntesis, como (uno|otro)"),
        (any(not choice.strip() for group in groups for choice in group.split("|")), "una palabra a cada lado de «|»"),
        (re.search(r"(?<![^\s(|])\*|\*(?![\s)|]|$)", phrase), "«*» solo al final de una palabra, como medic*"),
        ("^" in phrase[1:], "«^» solo al principio de la frase"),
        (re.search(r"\S\+|\+\S|^\+|\+$", phrase.strip()), "«+» con un espacio de cada lado y palabras en ambos"),
        (re.search(r"[^\s(|]_|_[^\s)|]", phrase), "«_» suelto, con un espacio de cada lado"),
    )
    for wrong, expected in faults:
        if wrong:
            raise ValueError(expected)
    return phrase


Frase = Annotated[str, AfterValidator(_phrase_as_written)]


class Strict(BaseModel):
    """Base of whatever people write for us: unknown keys are faults, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
