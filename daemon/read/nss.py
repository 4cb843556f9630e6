"""Social security numbers in any writing: found, checked, told from other numbers of eleven digits, and whose."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import phonenumbers
from stdnum import luhn

from . import numberwords as words
from .numberwords import CHILDREN, RELATIVES
from .plain import fold

_LABEL = re.compile(words.LABEL)
_STRONG = re.compile(words.STRONG)
_OTHER_BEFORE = re.compile(rf"{words.OTHER}(?:\W+{words.FILLER}\b)*\W*$")
_OTHER_AFTER = re.compile(words.OTHER_AFTER)
_LABEL_AFTER = re.compile(words.LABEL_AFTER)
_AMOUNT_AFTER = re.compile(words.AMOUNT_AFTER)
_OWN = re.compile(words.OWN)
_THEIRS = re.compile(words.THEIRS)
_GOOD = re.compile(words.GOOD)
_BAD_BEFORE = re.compile(words.BAD_BEFORE)
_BAD_AFTER = re.compile(words.BAD_AFTER)
_NUMBERED_BEFORE = re.compile(rf"{words.NUMBERED}(?:\W+[a-z]+){{1,4}}\W*$")
_DENIED_LABEL = re.compile(rf"{words.DENIED}\W+(?:\w+\W+){{0,3}}?(?:{words.STRONG})(?:\W+social)?\W*$")
_UNREADABLE = re.compile(words.UNREADABLE)
_ABROAD = re.compile(words.ABROAD)
_RELATIVE_NAMED = re.compile(rf"\bmi {RELATIVES}\b(?:\W+\w+){{0,8}}\W*$")
# What may stand between the digits of one number; GAP only where the text calls it an NSS.
_GAP = re.compile(r"[ \t.\-_/,*|·•:'()\[\]]{1,5}$|[ \t.\-]{0,3}\n[ \t>\-]{0,4}$")
_PLAIN_GAP = re.compile(r"[ \t.\-]{1,3}$")
_AND = re.compile(r"[\s,;/]*(?:(?:y|e|o|u)\b)?\s*(?:(?:tambien|otro|el|la)\s+)*[\s:]*")
_PHONE_SHAPES = {(2, 4, 4), (3, 3, 4), (3, 3, 2, 2), (2, 2, 2, 2, 2), (2, 4, 2, 2), (3, 7), (2, 8), (10,)}
_ABBREVIATED = re.compile(r"\b(?:no|num|nums|nro|afil|seg|soc|n|s|nss|reg|tel|cel|ref|sr|sra)\.\s*$")
_LETTERED = re.compile(r"(?<![a-z0-9])(?=[0-9oislb| .\-]{11,24})(?:[0-9oislb|][ .\-]{0,2}){10}[0-9oislb|](?![a-z0-9])")
_WRAPPED = 50
_MOST_GROUPS = 600
# A day and a running number, as folios are made: 20260114036.
_DATED = re.compile(r"20[012]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
FOREIGN = "parece un teléfono de Estados Unidos o Canadá"
_TO_DIGITS = str.maketrans("oilsb|", "011581")
_LETTERS = {"o": "O", "i": "I", "l": "l", "s": "S", "b": "B", "|": "|"}


@dataclass(frozen=True, slots=True)
class Nss:
    """A number of eleven digits with a right check digit, or one that a person must look at.

    `labelled` says that the text calls it an NSS; `owner` is propio, de_un_hijo, de_otra_persona or ''; `use` is bueno
    or malo where the text says so of one of several; `problem` says in Spanish why it is not taken ('' for a good one).
    """

    value: str
    raw: str
    start: int
    end: int
    labelled: bool = False
    owner: str = ""
    use: str = ""
    problem: str = ""


def is_valid(digits: str) -> bool:
    """Eleven digits whose last is the Luhn check digit; all zeros would pass and is no number (COMPONENTS §5)."""
    return (
        len(digits) == 11 and digits.isascii() and digits.isdigit() and set(digits) != {"0"} and luhn.is_valid(digits)
    )


@lru_cache(maxsize=16)
def find(text: str) -> tuple[Nss, ...]:
    """Every NSS in a text in order of place, good and doubtful ones, with how the words around judge them."""
    folded = fold(text)
    groups = _groups(folded)
    chosen: list[Nss] = []
    for _, first, last in sorted(_windows(folded, groups)):
        start, end = groups[first].start(), groups[last].end()
        if all(end <= other.start or start >= other.end for other in chosen):
            chosen.append(_judged(text, folded, start, end))
    chosen = _enumerated(folded, sorted(chosen, key=lambda number: number.start))
    chosen += _broken(text, folded, groups, chosen)
    return tuple(sorted(chosen, key=lambda number: number.start))


def _groups(folded: str) -> list[re.Match[str]]:
    """The rows of digits of a text, as many as a letter has: the rest of an endless list is nobody's NSS."""
    return list(islice(re.finditer(r"[0-9]+", folded), _MOST_GROUPS))


@lru_cache(maxsize=16)
def _abroad(folded: str) -> bool:
    return _ABROAD.search(folded) is not None


def _enumerated(folded: str, numbers: list[Nss]) -> list[Nss]:
    """In 'mis números de seguro son A y B' what is said of A holds for B."""
    out: list[Nss] = []
    for number in numbers:
        before = out[-1] if out else None
        bare = not (number.labelled or number.owner or number.problem)
        if before is not None and bare and _AND.fullmatch(folded[before.end : number.start]):
            out.append(replace(number, labelled=before.labelled, owner=before.owner, problem=before.problem))
        else:
            out.append(number)
    return out


def _windows(folded: str, groups: list[re.Match[str]]) -> list[tuple[int, int, int]]:
    """Neighbouring digit groups that make a valid number, as (rank, first, last): the surest writing first."""
    found = []
    for first in range(len(groups)):
        digits = ""
        for last in range(first, len(groups)):
            if last > first and not _GAP.fullmatch(folded[groups[last - 1].end() : groups[last].start()]):
                break
            digits += groups[last][0]
            if len(digits) > 11:
                break
            if is_valid(digits) and (rank := _rank(folded, groups, first, last)) is not None:
                found.append((rank, first, last))
    return found


def _rank(folded: str, groups: list[re.Match[str]], first: int, last: int) -> int | None:
    """How sure this writing is; None when the digits only stand by chance beside each other."""
    start, end = groups[first].start(), groups[last].end()
    if first == last:
        return 0 if _alone(folded, start, end) else None
    gaps = [folded[groups[i].end() : groups[i + 1].start()] for i in range(first, last)]
    labelled = _is_labelled(folded, start, end)
    if labelled:
        return 1
    if not all(_PLAIN_GAP.fullmatch(gap) for gap in gaps):
        return None
    shape = tuple(len(groups[i][0]) for i in range(first, last + 1))
    before = folded[groups[first - 1].end() : start] if first else "\n"
    after = folded[end : groups[last + 1].start()] if last + 1 < len(groups) else "\n"
    touching = any(_PLAIN_GAP.fullmatch(gap) and gap in gaps for gap in (before, after))
    year_first = shape[0] == 4 and folded[start : start + 2] in ("19", "20") and shape[1:2] == (2,)
    if touching or shape[1:] in _PHONE_SHAPES or year_first or not _alone(folded, start, end):
        return None
    return 2


def _alone(folded: str, start: int, end: int) -> bool:
    """Whether the digits are no piece of a longer code, an amount or an international telephone number."""
    glued = re.search(r"[a-z]+\Z", folded[max(0, start - 20) : start])
    if glued and not re.search(
        r"(?:nss|imss|numero|num|no|es|seguro|afiliacion|ss|n|y|de|con|social|afil)\Z", glued[0]
    ):
        return False
    if re.search(r"[+$] {0,2}\Z", folded[max(0, start - 4) : start]) or _AMOUNT_AFTER.match(folded[end : end + 20]):
        return False
    return not re.match(r"[a-z]{1,3}\d", folded[end : end + 5])


def _before(folded: str, start: int, width: int = 70) -> str:
    """The words that lead to a number: of its own clause, back to the number before it."""
    window = folded[max(0, start - width) : start]
    window = re.split(r"\n\s*\n", window)[-1]
    lines = window.split("\n")
    wrapped = len(lines) > 1 and _wrapped(folded, start - len(lines[-1]) - 1)
    if len(lines) > 1 and ((lines[-1].strip() and not wrapped) or re.search(r"\d{4}", lines[-2])):
        window = lines[-1]
    else:
        window = " ".join(lines[-2:])
    pieces = re.split(r"(?<=[.;!?])\s+", window)
    while len(pieces) > 1 and _ABBREVIATED.search(pieces[-2]):
        pieces[-2:] = [f"{pieces[-2]} {pieces[-1]}"]
    window = pieces[-1]
    number = list(re.finditer(r"\d[\d \-.]{4,}\d", window))
    return window[number[-1].end() :] if number else window


def _wrapped(folded: str, line_end: int) -> bool:
    """Whether a program broke the line that ends here: it is long, and no sentence ends with it."""
    line = folded[folded.rfind("\n", 0, line_end) + 1 : line_end].rstrip()
    return len(line) >= _WRAPPED and line[-1:] not in ".:;!?"


def _is_labelled(folded: str, start: int, end: int) -> bool:
    before = _before(folded, start)
    if _DENIED_LABEL.search(before):
        return False
    return _LABEL.search(before) is not None or _LABEL_AFTER.match(folded[end : end + 40]) is not None


def other_label(folded: str, start: int, end: int) -> str:
    """The word that calls this number something else than an NSS ('' when none does), such as 'folio'."""
    before = _before(folded, start)
    other = _OTHER_BEFORE.search(before)
    if other is not None:
        labels = list(_LABEL.finditer(before))
        # 'folio de seguro 123': the nearest name counts.
        return "" if labels and labels[-1].start() > other.start() else other[0].split()[0].strip(" :.,#")
    if _LABEL.search(before):
        return ""
    after = _OTHER_AFTER.match(folded[end : end + 45].split("\n", maxsplit=1)[0])
    return after[0].split()[-1].strip(" :.,()") if after else ""


def _judged(text: str, folded: str, start: int, end: int) -> Nss:
    value = re.sub(r"\D", "", folded[start:end])
    other = other_label(folded, start, end)
    labelled = not other and _is_labelled(folded, start, end)
    problem = f"el texto lo llama «{other}», no NSS" if other else ""
    if not other and not labelled:
        problem = _unlikely(text, folded, start, end, value)
    return Nss(
        value, text[start:end], start, end, labelled, _owner(folded, start, end), _use(folded, start, end), problem
    )


def _unlikely(text: str, folded: str, start: int, end: int, value: str) -> str:
    """Why a number that nothing calls an NSS is rather something else; '' when nothing speaks against it."""
    alone = folded[start:end] == value
    if alone and is_foreign_phone(folded, value):
        return FOREIGN
    if alone and _DATED.fullmatch(value):
        return "parece una fecha con un consecutivo"
    before = _before(folded, start)
    other = _NUMBERED_BEFORE.search(before)
    if other is not None:
        between = (
            text[start - len(before) + other.start() : start] if "\n" not in folded[start - len(before) : start] else ""
        )
        # 'Folio de mi queja Juan Pérez 123': a name between takes the number for its own.
        if between and not re.search(r"[A-ZÁÉÍÓÚÑ]\w+ [A-ZÁÉÍÓÚÑ]\w+", between):
            return f"está cerca de «{other[0].split()[0]}»"
    return ""


def is_foreign_phone(folded: str, digits: str) -> bool:
    """Whether eleven digits are a telephone of the United States or Canada in a text that speaks of living there."""
    if digits[0] != "1" or not _abroad(folded):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _use(folded: str, start: int, end: int) -> str:
    """Whether the text calls this the number to use or the one not to use."""
    before = _before(folded, start, 110)
    after = re.split(r"[.;,\n]|\b(?:y|pero)\b(?! no)", folded[end : end + 60].strip(" ,"))[0]
    if _BAD_BEFORE.search(before) or _BAD_AFTER.match(after):
        return "malo"
    return "bueno" if _GOOD.search(before) or _GOOD.match(re.sub(r"^\W*(?:que )?(?:es |era )?", "", after)) else ""


def _owner(folded: str, start: int, end: int) -> str:
    before = _before(folded, start, 110)
    after = re.split(r"[.;\n]", folded[end : end + 45])[0]
    own = max((m.end() for m in _OWN.finditer(before)), default=-1)
    theirs = max((m.end() for m in _THEIRS.finditer(before)), default=-1)
    if _RELATIVE_NAMED.search(before) and own < 0:
        theirs = max(theirs, len(before))
    if own >= 0 or theirs >= 0:
        if own >= theirs:
            return "propio"
        return "de_un_hijo" if re.search(rf"{CHILDREN}\b(?:\W+\w+){{0,9}}\W*$", before) else "de_otra_persona"
    if re.match(r"\W*(?:que )?es (?:el |la )?(?:mi\b|mi[oa]\b)", after):
        return "propio"
    return (
        "de_otra_persona"
        if re.match(rf"\W*(?:que )?(?:es )?(?:el )?(?:de|del) (?:mi )?(?:{RELATIVES}|paciente)", after)
        else ""
    )


def _broken(text: str, folded: str, groups: list[re.Match[str]], good: list[Nss]) -> list[Nss]:
    """Numbers that the text calls an NSS and that are none as they stand: shown to a person, never taken."""
    found: list[Nss] = []

    def add(start: int, end: int, value: str, problem: str) -> None:
        if all(end <= other.start or start >= other.end for other in [*good, *found]):
            owner = _owner(folded, start, end)
            found.append(Nss(value, text[start:end], start, end, labelled=True, owner=owner, problem=problem))

    for match in _LETTERED.finditer(folded):
        raw = re.sub(r"[ .-]", "", match[0])
        letters = sorted({_LETTERS[c] for c in raw if c in _LETTERS})
        if not letters or sum(c.isdigit() for c in raw) < 7 or not is_valid(raw.translate(_TO_DIGITS)):
            continue
        problem = f"lleva la letra {' y '.join(letters)} donde va un dígito"
        add(match.start(), match.end(), raw.translate(_TO_DIGITS), problem)
    for first, last in _runs(folded, groups):
        start, end = groups[first].start(), groups[last].end()
        digits = "".join(groups[i][0] for i in range(first, last + 1))
        before = _before(folded, start)
        if not 9 <= len(digits) <= 13 or not _STRONG.search(before) or _DENIED_LABEL.search(before):
            continue
        if other_label(folded, start, end):
            continue
        if len(digits) == 11:
            add(start, end, digits, "su dígito verificador no corresponde")
        else:
            add(start, end, digits, f"tiene {len(digits)} dígitos en vez de 11")
    return found


def _runs(folded: str, groups: list[re.Match[str]]) -> list[tuple[int, int]]:
    """Longest rows of digit groups on one line, as (first, last)."""
    runs: list[tuple[int, int]] = []
    for i, group in enumerate(groups):
        # A full stop and a space end a sentence: 'en la UMF 8. 18889410330'.
        joined = runs and re.fullmatch(r"(?!\.\s)[ \t.\-]{1,3}", folded[groups[i - 1].end() : group.start()])
        if joined:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return runs


def unclear(text: str) -> list[tuple[int, str]]:
    """What may be an NSS although none can be read, as (place, words): bare numbers of its length, words for digits."""
    folded = fold(text)
    groups = _groups(folded)
    found = []
    for first, last in _runs(folded, groups):
        start, end = groups[first].start(), groups[last].end()
        digits = "".join(groups[i][0] for i in range(first, last + 1))
        single = first == last and len(digits) in (10, 12)
        if (len(digits) == 11 or single) and _alone(folded, start, end) and not other_label(folded, start, end):
            found.append((start, text[start:end]))
    found += [
        (match.start(), " ".join(text[match.start() : match.end()].split())) for match in _UNREADABLE.finditer(folded)
    ]
    return found
