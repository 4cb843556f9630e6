"""Where the problem is: family clinics, hospitals, subdelegaciones and states, as people name them."""

from __future__ import annotations

import re

from daemon.model.mail import Found

from .plain import fold

_NUMBER = r"\W{0,3}(?:(?:numero|num|no|n|nro|#)\W{0,3})?(?:t\W?)?(\d{1,3})(?![\d/])"
_KINDS = (
    (
        r"u\.?\s?m\.?\s?f\b\.?|unidad(?:es)? (?:de )?medicina familiar|unidad medico familiar|unidad medica familiar",
        "UMF",
    ),
    (r"h\.?\s?g\.?\s?z\b\.?|hospital general (?:de )?zona", "HGZ"),
    (r"h\.?\s?g\.?\s?r\b\.?|hospital general regional", "HGR"),
    (r"h\.?\s?g\.?\s?s\.?\s?z\b\.?|hospital general (?:de )?sub ?zona", "HGSZ"),
    (r"h\.?\s?g\.?\s?o\b\.?|hospital (?:de )?gineco(?:\W?obstetricia)?", "HGO"),
    (r"h\.?\s?g\.?\s?p\b\.?|hospital (?:de )?gineco\W?pediatria", "HGP"),
    (r"h\.?\s?r\.?\s?s\b\.?|hospital rural", "HRS"),
    (r"u\.?\s?m\.?\s?a\.?\s?a\b\.?", "UMAA"),
    (r"umae", "UMAE"),
    (r"clinica|\bclin\.", "Clínica"),
    (r"subdelegacion", "Subdelegación"),
    (r"guarderia(?: ordinaria| participativa| subrogada)?", "Guardería"),
    (r"hospital", "Hospital"),
)
_UNITS = tuple((re.compile(rf"\b(?:{words}){_NUMBER}"), name) for words, name in _KINDS)
_T = re.compile(r"(?<![a-z0-9])t[ -]?(\d{1,2})(?!\d)")
_HIGH = re.compile(
    r"\b(?:centro medico (?:nacional )?(?:siglo xxi|la raza|de occidente|del noreste|del bajio|manuel avila camacho)|"
    r"hospital (?:de )?(?:la raza|especialidades|pediatria|cardiologia|oncologia|traumatologia|ortopedia|infectologia)"
    r"(?: (?:del? )?(?:centro medico|cmn|siglo xxi|la raza|puebla|monterrey|leon|torreon|veracruz|merida|"
    r"guadalajara))*|"
    r"magdalena de las salinas|cmn (?:siglo xxi|la raza))"
)
_STATES = (
    "aguascalientes", "baja california sur", "baja california", "campeche", "coahuila", "colima", "chiapas",
    "chihuahua", "durango", "guanajuato", "guerrero", "hidalgo", "jalisco", "estado de mexico", "michoacan", "morelos",
    "nayarit",
    "nuevo leon", "oaxaca", "puebla", "queretaro", "quintana roo", "san luis potosi", "sinaloa", "sonora", "tabasco",
    "tamaulipas", "tlaxcala", "veracruz", "yucatan", "zacatecas", "ciudad de mexico", "cdmx", "distrito federal",
)  # fmt: skip
_STATE = re.compile(rf"\b(?:{'|'.join(_STATES)})\b")
# States that are also surnames count only where the words before speak of a place.
_SURNAMES = {"hidalgo", "guerrero", "morelos", "colima", "puebla", "durango", "veracruz", "oaxaca"}
_PLACE = re.compile(r"(?:\ben|\bde|\bdel|estado de|ooad|delegacion|,)\W*$")


def find(text: str, where: str) -> dict[str, list[Found]]:
    """`unidad` as 'UMF 28', 'HGZ 46', 'T-21', 'Clínica 46'; `ooad` the states named."""
    folded = fold(text)
    units: dict[int, Found] = {}
    for pattern, name in _UNITS:
        for match in pattern.finditer(folded):
            if all(not (f.start <= match.start() < f.start + len(f.raw)) for f in units.values()):
                units[match.start()] = Found(
                    f"{name} {int(match[1])}", text[match.start() : match.end()], where, match.start()
                )
    for match in _T.finditer(folded):
        if all(not (f.start <= match.start() < f.start + len(f.raw)) for f in units.values()):
            units[match.start()] = Found(f"T-{match[1]}", text[match.start() : match.end()], where, match.start())
    for match in _HIGH.finditer(folded):
        words = text[match.start() : match.end()]
        units.setdefault(match.start(), Found(f"UMAE {words}", words, where, match.start()))
    states = [
        Found(match[0], text[match.start() : match.end()], where, match.start())
        for match in _STATE.finditer(folded)
        if match[0] not in _SURNAMES or _PLACE.search(folded[: match.start()])
    ]
    found = {"unidad": [units[start] for start in sorted(units)], "ooad": states}
    return {kind: items for kind, items in found.items() if items}
