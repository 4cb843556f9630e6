"""Which social security number is taken: the insured person's whose matter it is, and what is doubtful (DOMAIN §1)."""

from __future__ import annotations

import re

from daemon.model.mail import Found

from . import nss
from .plain import fold
from .sources import OTHERS, UNKNOWN, Source

_ON_BEHALF = re.compile(
    r"\b(?:escribo|solicito|pido|hablo|acudo|tramito|lo hago|vengo)[^.\n]{0,25} (?:por|para|a nombre de|"
    r"en nombre de|en representacion de)"
    r" (?:mi|el|la|un)\b|\b(?:la|el) (?:paciente|asegurad[oa]|titular) es\b|\bpaciente\s*:"
)
# A number that the text itself calls something else needs nobody's eye.
_CLEARLY_OTHER = "el texto lo llama"
_MOST_DOUBTS = 3


def choose(sources: list[Source], doubts: list[str]) -> tuple[nss.Nss | None, str]:
    """The NSS to take: the only one given, or the one clearly said to be the insured person's or the writer's.

    The second value says where it stands, 'varios' when several were given and none is clear.
    """
    hits = [(number, source) for source in sources for number in nss.find(source.text)]
    for number, source in hits:
        if number.problem and number.labelled and source.author != OTHERS:
            doubts.append(f"El número «{number.raw}» se da como NSS pero {number.problem}: no se toma.")
    own = [(n, s) for n, s in hits if s.own and not n.problem]
    attached = [(n, s) for n, s in hits if s.where == "adjunto" and not n.problem and (n.labelled or s.letter)]
    quoted = [(n, s) for n, s in hits if s.author == UNKNOWN and not n.problem and n.labelled]
    now = [(n, s) for n, s in own if s.where != "cita"]
    earlier = [(n, s) for n, s in own if s.where == "cita"]
    for group in (now, earlier, attached, quoted):
        if not group:
            continue
        numbers, where = [n for n, _ in group], group[0][1].where
        if group is quoted or group is earlier:
            unsaid = ", sin que conste quién lo escribió" if group is quoted else ""
            doubts.append(f"El NSS {numbers[0].value} sólo está en el texto citado{unsaid}.")
        values = list(dict.fromkeys(n.value for n in numbers))
        if len(values) == 1:
            return _only(numbers, where, doubts)
        letters = fold("\n".join(source.text for source in sources if source.own))
        several = _of_several(numbers, values, doubts, on_behalf=bool(_ON_BEHALF.search(letters)))
        return several, where if several else "varios"
    if foreign := [n.value for n, s in hits if s.author == OTHERS and not n.problem and n.labelled]:
        doubts.append(f"El NSS {foreign[0]} sólo está en palabras citadas de otra persona: no se toma.")
    return None, ""


def _only(numbers: list[nss.Nss], where: str, doubts: list[str]) -> tuple[nss.Nss | None, str]:
    if any(n.use == "malo" for n in numbers) and not any(n.use == "bueno" for n in numbers):
        doubts.append(f"El texto dice del NSS {numbers[0].value} que no es el correcto: no se toma.")
        return None, ""
    return max(numbers, key=lambda n: (n.owner != "", n.labelled)), where


def _of_several(good: list[nss.Nss], values: list[str], doubts: list[str], *, on_behalf: bool) -> nss.Nss | None:
    """Of several numbers the one that is clearly the insured person's: a child is insured by the parent who writes."""
    chosen = _by_word(good, values) or _by_owner(good, values, on_behalf=on_behalf)
    listed = " y ".join(values)
    if chosen is None:
        doubts.append(
            f"Hay {len(values)} NSS distintos ({listed}) y el texto no deja claro cuál es el del asunto: "
            "no se toma ninguno."
        )
        return None
    doubts.append(f"Hay {len(values)} NSS distintos ({listed}); se tomó {chosen} por lo que dice el texto.")
    return next(n for n in good if n.value == chosen)


def _by_word(good: list[nss.Nss], values: list[str]) -> str | None:
    """The one that the text calls the right one, or the only one that it does not call wrong."""
    right = {n.value for n in good if n.use == "bueno"}
    wrong = {n.value for n in good if n.use == "malo"} - right
    if len(right) == 1:
        return next(iter(right))
    left = [value for value in values if value not in wrong]
    return left[0] if wrong and len(left) == 1 else None


def _by_owner(good: list[nss.Nss], values: list[str], *, on_behalf: bool) -> str | None:
    owners: dict[str, set[str]] = {value: {n.owner for n in good if n.value == value} for value in values}
    theirs = [value for value in values if "de_otra_persona" in owners[value]]
    own = [value for value in values if "propio" in owners[value]]
    children = [value for value in values if "de_un_hijo" in owners[value]]
    if len(theirs) == 1 and (not own or on_behalf):
        return theirs[0]
    if len(own) == 1 and not theirs:
        return own[0]
    if not own and not theirs and not children:
        labelled = [value for value in values if any(n.labelled for n in good if n.value == value)]
        return labelled[0] if len(labelled) == 1 else None
    return None


def unread(sources: list[Source], found: dict[str, list[Found]]) -> list[Found]:
    """Everything that may be an NSS where none was taken: a person must look at it before the NSS is asked for."""
    doubtful: list[Found] = []
    for source in sources:
        if not source.own:
            continue
        read = [f for items in found.values() for f in items if f.where == source.where]
        for n in nss.find(source.text):
            if n.problem and not n.labelled and not n.problem.startswith(_CLEARLY_OTHER):
                doubtful.append(Found(n.value, n.raw, source.where, n.start, n.problem))
        for start, words in nss.unclear(source.text):
            if not any(f.start < start + len(words) and start < f.start + len(f.raw) for f in read):
                doubtful.append(Found(words, words, source.where, start, "no se puede leer como NSS"))
    return doubtful[:_MOST_DOUBTS]
