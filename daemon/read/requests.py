"""Which requests a text of the exchange names, and where: ID Trámite and NSS in prose, labelled blocks and tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from . import nss
from .plain import fold

_TRAMITE = re.compile(
    r"(?:\bid\.?\s*(?:(?:del?\s+)?(?:tramite|solicitud))?|\btramite|\bimss digital|\bsolicitud)(?:\s+(?:con\s+)?id)?"
    r"\s*(?:\(?(?:no\.?|num\.?|nro\.?|numero)\)?)?\s*[:#°º=\-–]*\s*(?<!\d)(\d{3,10})(?![\d/])"
)
_NSS = re.compile(
    r"(?:\bn\.?s\.?s\.?(?!\w)|(?:seguridad|seguro) social|afiliacion)[^\n\d:]{0,25}[:#=]?[ \t]*\n?[ \t]*"
    r"(\d(?:[ .\-]?\d){8,13})(?!\d)"
)
_ELEVEN = re.compile(r"(?<![\d+.\-])\d{11}(?![.\-]?\d)")
_NAME = re.compile(
    r"(?:^|[|\t,;(]|  )[ \t*\-•·]*(?:nombre(?: completo)?(?:\(s\)|s)?(?: (?:del?|de la) (?:persona )?"
    r"(?:pensionad[oa]|titular|interesad[oa]|asegurad[oa]))?|persona pensionada|pensionad[oa]|titular|a nombre de)"
    r"\s*(?:[:=]\s*|(?<=pensionada)\n)([^\n]*)",
    re.MULTILINE,
)
_RECEIPT = re.compile(
    r"\b(?:recibo|comprobante|folio de (?:la )?(?:recepcion|confirmacion|recibo|acuse)|acuse)\s*"
    r"(?:(?:(?:no\.?|num\.?|numero)\s*)?(?::|#|no\.|num\.)\s*|(?=[a-z]{2}-\d{6}-))"
    r"(?=[a-z\-/]*\d)([a-z0-9][a-z0-9/\-]{3,39})\b"
)
_SURNAME = re.compile(r"apellido (?:paterno|materno)\s*[:=]\s*([^\n]*)")
_NAME_ENDS = re.compile(r" {2,}|[|\t;(]|[,.]\s|[,.]$|,?\s*\b(?:n\.?s\.?s|id|curp|apellido|fecha|tramite)\b")
_CELLS = re.compile(r"\s*[|\t;]\s*| {2,}")
_HEADER = re.compile(r"\btramites?\b")
_NUMBER = re.compile(r"(?<![\d/.\-])(?!(?:19|20)\d\d\b)\d{3,10}(?![\d/]|[.\-]\d)")
_UNDER, _ENDING = re.compile(r"\bid (?:del? )?tramite:?\s*$"), re.compile(r"(?:^|\s)(\d{3,10})\s*$")
_BLANK = re.compile(r"\n[ \t]*(?=\n)")
_ROW = re.compile(r"\s*(?:[-*•·–]\s*|\d{1,2}[.)]\s+)?(?:id\s*)?\d{3,10}\b|.*(?:[|\t;]| {2,})")


@dataclass(slots=True)
class Named:
    """One request as a text names it, from `start` to `end` (characters); `last` is where its last number stands.

    `bad_nss` says that something called an NSS there is none; `unpaired` that its numbers stand apart in a list in
    which not every request has both, so that they may belong to two.
    """

    start: int
    end: int
    last: int
    tramite: str | None = None
    nss: str | None = None
    nombre: str | None = None
    receipt: str | None = None
    bad_nss: bool = False
    unpaired: bool = False


def tramites(text: str) -> list[str]:
    """Every ID Trámite that a text names as such."""
    return list(dict.fromkeys(value for _, name, value in _labelled(fold(text)) if name == "tramite"))


def requests(text: str) -> list[Named]:
    """The requests of a text in order of place; none when it names neither an ID Trámite nor an NSS.

    A new one begins with the paragraph, or line of it, that gives a number or name of which the last has another.
    """
    folded = fold(text)
    marks = sorted({*_labelled(folded), *_in_rows(folded)})
    different = {name: {value for _, kind, value in marks if kind == name} for name in ("tramite", "nss")}
    found: list[Named] = []
    pieces: Counter[int] = Counter()
    if max(map(len, different.values()), default=0) > 1:
        for group in _together(sorted([*marks, *_names(text, folded), *_receipts(folded)]), folded):
            if found and any(getattr(found[-1], name) not in (None, value) for _, name, value in group):
                found.append(Named(group[0][0], len(text), group[0][0]))
            for place, name, value in group:
                if not found or getattr(found[-1], name) not in (None, value):
                    found.append(Named(place, len(text), place))
                setattr(found[-1], name, value)
                found[-1].last = place
            pieces[found[-1].start] += any(name in different for _, name, _ in group)
        found = [each for each in found if each.tramite or each.nss]
        for one, following in pairwise(found):
            one.end = following.start
        shapes = {(each.tramite is None, each.nss is None) for each in found}
        for each in found:
            each.unpaired = len(shapes) > 1 and pieces[each.start] > 1
    elif marks:
        one = Named(0, len(text), marks[-1][0])
        for _, name, value in marks:
            setattr(one, name, value)
        one.nombre = next((value for _, _, value in _names(text, folded)), None)
        one.receipt = next((value for _, _, value in _receipts(folded)), None)
        found = [one]
    for match in _NSS.finditer(folded):
        if not nss.is_valid(_digits(match[1])):
            for each in found:
                each.bad_nss = each.bad_nss or each.start <= match.start() < each.end
    return found


_Mark = tuple[int, str, str]


def _together(marks: list[_Mark], folded: str) -> Iterator[list[_Mark]]:
    """The marks of each paragraph; line by line where a paragraph names several requests."""
    for _, group in groupby(marks, key=lambda mark: len(_BLANK.findall(folded, 0, mark[0]))):
        paragraph = list(group)
        if len({mark[1:] for mark in paragraph}) == len({name for _, name, _ in paragraph}):
            yield paragraph
        else:
            for _, line in groupby(paragraph, key=lambda mark: folded.count("\n", 0, mark[0])):
                yield list(line)


def _digits(raw: str) -> str:
    return re.sub(r"\D", "", raw)


def _labelled(folded: str) -> Iterator[_Mark]:
    """Numbers with their label, and NSS that stand alone."""
    taken = []
    for match in _NSS.finditer(folded):
        taken.append(match.span(1))
        if nss.is_valid(_digits(match[1])):
            yield match.start(1), "nss", _digits(match[1])
    for match in _ELEVEN.finditer(folded):
        inside = any(start <= match.start() < end for start, end in taken)
        if not inside and nss.is_valid(match[0]) and not folded[: match.start()].rstrip(" :.").endswith(("tel", "ono")):
            yield match.start(), "nss", match[0]
    for match in _TRAMITE.finditer(folded):
        if match[1].strip("0") and not any(start <= match.start(1) < end for start, end in taken):
            yield match.start(1), "tramite", match[1]


def _in_rows(folded: str) -> Iterator[_Mark]:
    """The ID Trámite of each row below a heading that names it: the row's one number, or the one in its column."""
    heading: list[str] = []
    last, place = "", 0
    for line in folded.split("\n"):
        start, place = place, place + len(line) + 1
        above, last = last, line
        if not re.search(r"\d{3}", line):
            if _HEADER.search(line):
                heading = _CELLS.split(line.strip().strip("|"))
            continue
        if _UNDER.search(above) and (ending := _ENDING.search(line)) and not _ELEVEN.search(line):
            # A label with its value below, both the last of their lines: so the printed pair has it.
            yield start + ending.start(1), "tramite", ending[1]
            continue
        listed = _ROW.match(line) and (heading or _ELEVEN.search(line))
        if not (listed or (heading and _ELEVEN.search(line))) or _TRAMITE.search(line):
            continue
        numbers = list(_NUMBER.finditer(line))
        cells = _CELLS.split(line.strip().strip("|"))
        column = next((i for i, cell in enumerate(heading) if _HEADER.search(cell)), -1)
        if len(numbers) > 1 and len(cells) == len(heading) and column >= 0:
            numbers = [match for match in numbers if match[0] == cells[column].strip()][:1]
        if len(numbers) == 1:
            yield start + numbers[0].start(), "tramite", numbers[0][0]


def _receipts(folded: str) -> Iterator[_Mark]:
    for match in _RECEIPT.finditer(folded):
        yield match.start(), "receipt", match[1].upper()


def _names(text: str, folded: str) -> Iterator[_Mark]:
    """Names with their label, surnames on their own lines joined."""
    for match in _NAME.finditer(folded):
        words = [_name(text, match.start(1), match.end(1))]
        for surname in list(_SURNAME.finditer(folded, match.start(1), match.start(1) + 200))[:2]:
            words.append(_name(text, surname.start(1), surname.end(1)))
        whole = " ".join(word for word in words if word)
        if whole and not re.search(r"\d", whole):
            yield match.start(), "nombre", whole


def _name(text: str, start: int, end: int) -> str:
    raw = text[start:end]
    stop = _NAME_ENDS.search(fold(raw))
    return " ".join((raw[: stop.start()] if stop else raw).strip(" *.").split())
