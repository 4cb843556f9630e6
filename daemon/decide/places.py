"""Where a matter happened and who attends it there: OOAD, UMAE and Órganos by the names that people use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ..model.mail import Reading
from ..model.office_rules import Lugar, Organo
from ..model.petition import Petition
from ..model.rules import RuleSet

_GAPS = re.compile(r"[^a-z0-9]+")
# Words between a kind of unit and its number that some people write and others don't.
_NUMBER_MARK = re.compile(r"\b(?:no|num|numero|nro) (?=\d)")
_TITLE = (
    r"(?:ooad|delegacion|organo de operacion administrativa desconcentrada|cdaod)"
    r"(?: (?:estatal|regional|imss|en|de|del))*"
)
# Other names of one state.
_SAME = {"cdmx": "ciudad de mexico", "distrito federal": "ciudad de mexico"}
# What may stand before the name of a place: «CDAOD de Jalisco».
_KIND = re.compile(r"^(?:cdaod|jdaod|ooad|delegacion)(?: (?:de la ooad|de la umae|de la|del|de|en|ooad))?(?= ) ")
_ARTICLE = re.compile(r"^(?:el|la|los|las) ")


def plain(text: str) -> str:
    """Lower-case words without accents or signs, so that names can be compared as people write them."""
    folded = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return _NUMBER_MARK.sub("", _GAPS.sub(" ", folded).strip())


def place_of(reading: Reading, rules: RuleSet) -> Lugar | None:
    """The OOAD or UMAE that a mail names; None when it names none, or several: a place is never guessed.

    A UMAE outweighs the OOAD around it. A state names its OOAD when it has only one. The number of a clinic names
    nothing, because no list says here which OOAD it belongs to.
    """
    text = plain(f"{reading.subject}\n{reading.fresh}\n{reading.data.unidad or ''}")
    destinos = rules.destinos
    if umae := _named(text, destinos.umae):
        return umae[0] if len(umae) == 1 else None
    ooad = _named(text, destinos.ooad)
    if not ooad:
        states = {plain(found.value) for found in reading.found.get("ooad", ())}
        states = {_SAME.get(state, state) for state in states}
        ooad = [lugar for lugar in destinos.ooad if plain(lugar.estado) in states]
    return ooad[0] if len(ooad) == 1 else None


def _named(text: str, places: Iterable[Lugar]) -> list[Lugar]:
    """The places that a text names. What stands inside a longer name is part of it («Baja California Sur»)."""
    found: list[tuple[int, int, Lugar]] = []
    for lugar in places:
        for pattern in _patterns(lugar):
            found += [(match.start(), match.end(), lugar) for match in pattern.finditer(text)]
    outer = [
        lugar
        for start, end, lugar in found
        if not any(a <= start and end <= b and (b - a) > (end - start) for a, b, _ in found)
    ]
    return list({lugar.clave: lugar for lugar in outer}.values())


@lru_cache(maxsize=200)
def _patterns(lugar: Lugar) -> tuple[re.Pattern[str], ...]:
    own = re.escape(plain(lugar.nombre)).replace(r"\ ", " ")
    # A state's name alone may be a surname or the place where somebody lives: only after «OOAD» is it the OOAD's.
    title = "" if lugar.nombre.startswith("UMAE") else f"{_TITLE} "
    others = [rf"\b{re.escape(plain(name))}\b" for name in lugar.tambien]
    return tuple(re.compile(each) for each in (rf"\b{title}{own}\b", *others))


def attended_by(petition: Petition, rules: RuleSet) -> str:
    """Who attends it, with its article; "" when it is not known."""
    return rules.atiende(petition.destination, petition.destino, petition.lugar)


def organo_for(kind: str, topic: str | None, rules: RuleSet, lugar: str | None = None) -> Organo | None:
    """The Órgano normativo, or the OIC or SNTSS, that attends this topic at this place; None when there is none.

    One that is named for the place comes before one that attends all others.
    """
    if topic is None:
        return None
    able = [each for each in rules.destinos.organos if each.tipo == kind and topic in each.temas]
    here = [each for each in able if lugar in each.ooad]
    return next(iter((*here, *(each for each in able if not each.ooad))), None)


def key_of(written: str, rules: RuleSet) -> str | None:
    """The key of the Órgano, OOAD or UMAE that a colleague wrote by its key or name; None for anything else."""
    words, known = _ARTICLE.sub("", plain(written)), _names(rules)
    return known.get(words) or known.get(_KIND.sub("", words))


def _names(rules: RuleSet) -> Mapping[str, str]:
    """Every name under which a colleague may write a destination, plain and without its article, with its key."""
    destinos = rules.destinos
    found: dict[str, str] = {}
    for lugar in (*destinos.ooad, *destinos.umae):
        for name in (*lugar.tambien, lugar.nombre, lugar.clave):
            found[plain(name)] = lugar.clave
    for organo in destinos.organos:
        for name in (organo.nombre, organo.clave):
            found[_ARTICLE.sub("", plain(name))] = organo.clave
    return found
