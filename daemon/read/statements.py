"""What a text of the exchange states of a request: taken, refused, or both; denials turned, conditions left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from daemon.model.survival_rules import Palabras

from .plain import fold


class Sense(Enum):
    """What one statement says; UNSURE when a negation stands so far off that nobody can tell what it denies.

    BUT is a reserve: it says nothing alone, and beside a confirmation makes it doubtful («ilegible», «por error»).
    """

    YES = "si"
    NO = "no"
    UNSURE = "dudoso"
    BUT = "reserva"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its place in the text (characters) and its words as written."""

    sense: Sense
    start: int
    words: str


# A gap of «...» in a phrase of the rules takes so many words at most.
_GAP = r"(?:\W+\w+){0,6}?\W+"
_ABBREVIATIONS = r"(?<!\bno)(?<!\bnum)(?<!\bnro)(?<!\bart)(?<!\bsr)(?<!\bc)"
_END = re.compile(rf"{_ABBREVIATIONS}[.!?;](?=\s|\Z)")
# A line that ends with one of these words goes on in the next one.
_UNFINISHED = re.compile(
    r"\b(?:no|ni|sin|se|fue|fueron|ha|han|sido|ser|haber|pudo|pudieron|de|del|la|el|los|las|un|una|en|con|por|para|que|"
    r"su|y|o|al|a|nunca|tampoco|posible|manera|forma)$|,$"
)
_LONG = 60
_COLUMNS = re.compile(r"\t|\||\S {2,}\S")
# What such a clause says has not happened: it tells what to do if it does.
_CONDITION = re.compile(
    r"(?:^|[,(:])\W*(?:si (?!bien\b)|en (?:el )?caso\b|cuando\b|de (?:no|lo contrario|ser)\b|hasta (?:que|tanto)\b|"
    r"a menos que\b|salvo que\b|siempre (?:que|y cuando)\b|mientras\b|con (?:el fin|objeto|la finalidad) de\b|"
    r"a (?:fin|efecto) de\b|para (?!inform|comunic|notific|confirm|hacer)\w+(?:ar|er|ir)\b)|"
    r"\b(?:favor de|solicit(?:a|an|o|amos)|sirva\w*|pid[eo]n?|pedimos|requier\w+|agradecer\w+|desconoc\w+|ignor\w+)\b"
    r"[^.;]{0,30}?\b(?:que|si)\b"
)
_DENIAL = re.compile(
    r"\b(?:no(?!\s*\.)(?!\s*[:#°])(?!\s*\d)(?!\s+(?:obstante|solo|omit\w+|se omite|dud\w+|de (?:tramite|nss|"
    r"seguridad|folio|oficio|afiliacion|seguro|recibo))\b)|nunca|jamas|tampoco|sin(?! (?:perjuicio|embargo)\b)|"
    r"ni|imposib\w+|falta de|lejos de)\b"
)
_TURN = re.compile(r"[,;:(]|\b(?:pero|sino|aunque|sin embargo|mas bien)\b")
_NEAR = 6
# What follows the status of a request in a table, and what stands before it.
_LAST = r"(?=\s*(?:$|\n|[|\t;,.:(!]|  | - ))"
_ROW = re.compile(
    r"(?!.*\b(?:ser|sea|sean|sera|seran|por|para|la|las|el|los|informacion)\s*$)\W*(?:id\W+)?(?:tramite\W+)?\d{3}"
)
_COLUMN_BEFORE = re.compile(r"[:|=,;(\t-]\s*(?:no\s+)?$|  $")
# «No se registró de nuevo» denies only the second time.
_AGAIN = re.compile(r"\W+(?:\w+\W+){0,2}?(?:de nuevo|nuevamente|otra vez|por segunda|dos veces)\b")
_DENIED_AFTER = re.compile(r"\W{0,3}[:=|\-\t]\s*no\b|\s*\(no\)")


def statements(text: str, palabras: Palabras) -> list[Statement]:
    """Everything that a text states of a request, in order of place.

    «No fue recibida» is the denial of a confirmation and so a refusal; a denied refusal («sin rechazos») says nothing.
    What is only a condition, a purpose or a question is no statement.
    """
    folded = fold(text)
    yes, no, but = (_compiled(each) for each in (palabras.confirmacion, palabras.rechazo, palabras.reserva))
    found: list[Statement] = []
    for start, end in clauses(text, folded):
        clause = folded[start:end]
        if "?" in clause:
            continue
        condition = _CONDITION.search(clause)
        stated = clause[: condition.start()] if condition else clause
        found += [
            Statement(Sense.BUT, start + match.start(), _as_written(text, start, match))
            for match in _matches(but, stated)
        ]
        refused = list(_matches(no, stated))
        for match in refused:
            if _denied(stated, match) is not Sense.NO or match[0].startswith(("no ", "sin ")):
                found.append(Statement(Sense.NO, start + match.start(), _as_written(text, start, match)))
        for match in _matches(yes, stated):
            # «confirmación de envío no exitoso» is a refusal as a whole, whatever a part of it says.
            part_of_refusal = any(o.start() < match.end() and match.start() < o.end() for o in refused)
            if not part_of_refusal and not _AGAIN.match(stated, match.end()):
                sense = _denied(stated, match)
                found.append(Statement(sense, start + match.start(), _as_written(text, start, match)))
    return sorted(found, key=lambda statement: statement.start)


def has(text: str, phrases: Sequence[str]) -> bool:
    """Whether one of the rules' phrases stands in a text."""
    return next(_matches(_compiled(tuple(phrases)), fold(text)), None) is not None


def clauses(text: str, folded: str) -> Iterator[tuple[int, int]]:
    """The sentences of a text as (start, end); rows of a table, list items and labelled lines are their own."""
    ends = {match.end() for match in _END.finditer(folded)} | {len(folded)}
    position = 0
    for line in folded.split("\n"):
        end = position + len(line)
        if not _goes_on(line, text[end + 1 : end + 60]):
            ends.add(min(end + 1, len(folded)))
        position = end + 1
    start = 0
    for end in sorted(ends):
        if folded[start:end].strip():
            yield start, end
        start = end


def _goes_on(line: str, after: str) -> bool:
    """Whether a line was only wrapped: the next begins small, or the line stops where no sentence stops."""
    bare, following = line.rstrip(), after.lstrip(" \t")
    if not bare or not following or following[0] in "\n-*•·–" or bare.endswith((".", ":", ";")):
        return False
    if following[0].islower() or _UNFINISHED.search(bare):
        return True
    return len(bare) >= _LONG and not _COLUMNS.search(bare) and following[0].isalpha() and ":" not in following[:40]


def _denied(clause: str, match: re.Match[str]) -> Sense:
    """NO when the phrase is denied, UNSURE when a denial stands farther off in its part of the sentence, else YES."""
    if _DENIED_AFTER.match(clause, match.end()):
        return Sense.NO
    turns = [turn.end() for turn in _TURN.finditer(clause, 0, match.start())]
    before = clause[max(turns, default=0) : match.start()]
    denials = list(_DENIAL.finditer(before))
    if not denials:
        return Sense.YES
    return Sense.NO if len(before[denials[-1].end() :].split()) <= _NEAR else Sense.UNSURE


def _as_written(text: str, start: int, match: re.Match[str]) -> str:
    return " ".join(text[start + match.start() : start + match.end()].split())


@lru_cache(maxsize=32)
def _compiled(phrases: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The phrases as patterns on folded text, longest first: those that count anywhere, those behind `=`."""
    anywhere = [phrase for phrase in phrases if not phrase.startswith("=")]
    last = [phrase.lstrip("= ") for phrase in phrases if phrase.startswith("=")]
    return _one_of(anywhere), re.compile(_one_of(last).pattern + _LAST)


def _one_of(phrases: Sequence[str]) -> re.Pattern[str]:
    patterns = [_pattern(phrase) for phrase in sorted(phrases, key=len, reverse=True)]
    return re.compile(f"(?:{'|'.join(patterns) or '(?!)'})")


def _pattern(phrase: str) -> str:
    """One phrase of the rules: `*` ends a word in any way, `...` lets a few words stand between."""
    pattern, glue = "", ""
    for word in fold(phrase).split():
        if word in ("...", "…"):
            glue = _GAP
            continue
        pattern += glue + r"\b" + re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else r"\b")
        glue = r"\W+"
    return pattern


def _matches(patterns: tuple[re.Pattern[str], re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    anywhere, last = patterns
    yield from anywhere.finditer(text)
    for match in last.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        # Alone in its column, or closing a row that begins with numbers: the status of a request in a table.
        if not line.strip() or _COLUMN_BEFORE.search(line) or _ROW.match(line):
            yield match
