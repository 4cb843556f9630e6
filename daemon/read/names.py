"""People's names in a text: where one stands, in which role, and which of several forms is the fuller one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from daemon.model.mail import Address

from . import namefields
from .lexicon import BOTH, NICKNAMES, PARTICLES, PLACES, SHORT, STOP, TITLE
from .numberwords import CHILDREN, RELATIVES
from .plain import fold, plain

_TOKEN = re.compile(r"[^\W\d_]+(?:['’´][^\W\d_]+)*(?:\.(?=[^\W\d_]\.))*[.ª]?")
# Initials of a title with their full stops ('C.P.', 'Q.F.B.'), which would pass for initials of a name.
_DOTTED = re.compile(
    r"\b(?:C\.? ?P|C\.? ?P\.? ?C|L\.? ?C|L\.? ?C\.? ?P|L\.? ?A\.? ?E|M\.? ?V\.? ?Z|Q\.? ?F\.? ?B|I\.? ?Q|T\.? ?S|"
    r"Ph\.? ?D|"
    r"L\.? ?D|L\.? ?E|M\.? ?D|M\.? ?C)\.(?=[ \t]*[^\W\d_]{2})",
    re.IGNORECASE,
)
_AGE = r"(?:\W+de \d{1,3} anos(?: de edad)?)?"
_ROLES = (
    ("escribe", rf"\bsoy (?:yo )?(?:(?:el|la|un|una) )?(?:asegurad[oa]|titular|paciente|pensionad[oa]|derechohabiente|"
                rf"trabajador[a]?|jubilad[oa])\W{{1,3}}{TITLE}$"),
    ("asegurado", rf"\b(?:paciente|asegurad[oa]|titular|derechohabiente|pensionad[oa]|afiliad[oa]|interesad[oa]|"
                  rf"finad[oa]|trabajador[a]?)"
                  rf"(?: (?:afectad[oa]|asegurad[oa]|pensionad[oa]))?\W*(?:(?:es|se llama|de nombre|llamad[oa]|"
                  rf"responde al nombre de)\W*)?"
                  rf"(?:(?:el|la|mi (?:{RELATIVES}|{CHILDREN}))\W+)?{TITLE}$"),
    ("asegurado", rf"\bnombre(?: completo)? (?:de el|del|de la|de mi|de) (?:paciente|asegurad[oa]|titular|"
                  rf"trabajador[a]?|derechohabiente|"
                  rf"pensionad[oa]|{RELATIVES})\W*(?:es\W*)?$"),
    ("asegurado", rf"\b(?:en representacion|a nombre|por cuenta|a favor|"
                  rf"en nombre) (?:de )?(?:mi )?(?:{RELATIVES}\W+)?(?:{_AGE}\W+)?(?:el |la )?{TITLE}$"),
    ("asegurado", r"\bmy (?:late )?(?:father|mother|husband|wife|brother|sister|grand(?:father|mother)|"
                  r"partner)\W*(?:is )?$"),
    ("asegurado", rf"\b(?:mi|nuestr[oa]) (?:(?:senor[a]?|difunt[oa]|finad[oa]|querid[oa]) )?{RELATIVES}"
                  rf"(?: (?:finad[oa]|fallecid[oa]|difunt[oa]))?{_AGE}\W*(?:(?:es|se llama|llamad[oa]|de nombre|"
                  rf"su nombre es|el senor|la senora)\W*){{0,2}}{TITLE}$"),
    ("asegurado", rf"\bsoy (?:el|la|su) (?:{RELATIVES}|{CHILDREN}|familiar|cuidador[a]?|vecin[oa]|"
                  rf"representante) (?:de el|del|de la|de) "
                  rf"(?:(?:mi|la|el) )?(?:senor[a]? )?{TITLE}$"),
    ("familiar", rf"\b(?:(?:mi|el|la|nuestr[oa]|un|una) (?:pequen[oa] )?{CHILDREN}{_AGE}|menor)\W*(?:de nombre\W*|"
                 rf"se llama\W*|llamad[oa]\W*|es\W*){{0,2}}$"),
    ("familiar", r"\bse llama\W*$"),
    ("escribe", rf"(?:\bsoy|\bme llamo|\bmi nombre(?: completo)?(?: es)?|\b(?:el|la) (?:que )?suscrit[oa](?:,? c)?|"
                rf"\b(?:el|la|quien) que suscribe|"
                rf"\bquien (?:le )?(?:suscribe|escribe)|\b(?:le|les) escribe|\bsuscribe|\bhabla|\bmy name is|"
                rf"\bi am|\bi'm|\ba sus ordenes)\W*(?:(?:el|la)\W+)?{TITLE}$"),
    ("etiqueta", rf"(?:^|[\n;,.|(])\W*(?:nombres?(?: y apellidos?)?(?: completos?)?|nombre\(s\)|full name|name|"
                 rf"representante legal|firma|firmado|"
                 rf"responsable|solicitante|remitente|peticionari[oa]|quejos[oa]|promovente|propietari[oa]|"
                 rf"apoderad[oa](?: legal)?|patron)"
                 rf"(?: es)?\s*[:=.\-]*\s*{TITLE}$"),
    ("firma", rf"(?:\batte|\batentamente|\batt|\bcordialmente|\brespetuosamente|\bsaludos(?: cordiales)?|"
              rf"\bgracias(?: de antemano| por su atencion)?|"
              rf"\bquedo (?:de usted|atent[oa])|\bsinceramente|\b(?:best |kind )?regards|\bsincerely|"
              rf"\bagradecid[oa])\s*[.,:;!\-]*\s*(?:(?:el|la)\s+)?{TITLE}$"),
)  # fmt: skip
_ROLE_PATTERNS = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)
_NOT_A_SIGNER = re.compile(
    r"\b(?:(?:dr|dra|lic|ing|srita|sr|sra|col|av|fracc)\.?|(?:doctor|doctora|doctores|enfermer[oa]|director|"
    r"directora|jef[ea]|"
    r"trabajador[a]? social|medic[oa]|con el|con la|licenciad[oa]|senor|senora|senorita|delegad[oa]|hospital|"
    r"clinica|calle|"
    r"colonia|avenida|fraccionamiento|municipio|para|estimad[oa]s?|dirigid[oa] a|contra|atendio|llamad[oa]|"
    r"companer[oa]|"
    r"recepcionista|asistente)(?: (?:el|la|de|del))?,?) *\Z"
)
_DATUM = re.compile(
    r"^[\W_]{0,6}(?:con |y |mi |su |no\.? ?|num\w*\.? |de )*"
    r"(?:n\W?s\W?s\b|nss|imss\b|afiliacion|seguro|seguridad|curp|rfc|tel|cel|\bt\.|numero|whats|"
    r"\+?\(?\d[\d ().\-]{6,}|[a-z]{4}\d{6})"
)
# 'Asistente: Karina Solís' names somebody; 'Mis datos: Karina Solís' the writer.
_SOMEBODY_ELSES = re.compile(
    rf"^(?!(?:(?:mis|sus) )?(?:datos|atte|atentamente|saludos|gracias|firma|yo|usuario|nombre|quedo|asegurad|nss|info)"
    r"\b)"
    rf"[a-z][a-z.]*(?: [a-z.]+){{0,4}}\s*:\s*{TITLE}\Z"
)
_PRESENTS = re.compile(
    r"\s*,\s*(?:mexican[oa]|mayor de edad|por (?:mi|su) propio derecho|de \d{1,3} anos|pensionad|jubilad|en mi c|"
    r"con domicilio)"
)
_DECLARES = re.compile(r"\s*,\s*(?:mexican[oa]|mayor de edad|por (?:mi|su) propio derecho)\b")
_AFTER_DATUM = re.compile(r"\d[\d ().\-]{8,}[\s,;:·|\-]{1,4}\Z")
_REST = re.compile(r"^\s*(?:$|[^\w\s]|\d|  )")
_WEIGHT = {"etiqueta": 90, "escribe": 85, "firma": 80, "dato": 75, "linea": 60}


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written.

    `role`: asegurado (whose matter it is), familiar (a child), or how the writer gives the own one.
    """

    value: str
    start: int
    end: int
    role: str
    earlier: bool = False

    def moved(self, by: int, *, earlier: bool) -> Name:
        """The same name in a text that stands behind `by` characters; `earlier` says that an own mail is quoted."""
        return replace(self, start=self.start + by, end=self.end + by, earlier=earlier)

    @property
    def weight(self) -> int:
        return _WEIGHT.get(self.role, 0)


@dataclass(frozen=True, slots=True)
class Known:
    """Frequent names, lower-case without accents."""

    given: frozenset[str]
    surnames: frozenset[str]

    def has(self, word: str) -> bool:
        return word in self.given or word in self.surnames

    def with_writer(self, writer: Address | None, header: str | None) -> Known:
        """These and the words of the writer's own header: what the signature repeats is a name, however rare."""
        row = words(header) if header else []
        if writer is None or len(row) < 2:
            return self
        return Known(self.given | {row[0]}, self.surnames | set(row[1:]))


def words(name: str) -> list[str]:
    """The words of a name that count for comparing it: plain, without particles and full stops."""
    return [w for w in re.findall(r"[^\W\d_]+", plain(name)) if w not in PARTICLES]


def same_person(one: str, other: str) -> bool:
    """Whether one form holds the other: 'Josefina Núñez' and 'Núñez Tzec Josefina'."""
    a, b = set(words(one)), set(words(other))
    return bool(a and b) and (a <= b or b <= a)


def fuller(one: str, other: str) -> str:
    """The longer of two forms of the same person's name; the first when they are as long."""
    return other if len(words(other)) > len(words(one)) else one


def find(text: str, known: Known) -> list[Name]:
    """Every name that stands in a place where people give names, in order, each with its role."""
    folded = fold(text)
    found: list[Name] = []
    if fields := namefields.find(text):
        value, start, end = fields
        found.append(Name(re.sub(rf"(?i)^{TITLE}", "", value), start, end, "etiqueta"))
    offset = 0
    lines = text.split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    last_lines = set(filled[-7:])
    for number, line in enumerate(lines):
        for start, end in _runs(line, known):
            role = _role(folded, offset + start, offset + end, line, start, end, number in last_lines)
            value = " ".join(line[start:end].split())
            if role and (_convincing(value, known) or role in ("etiqueta", "escribe", "asegurado")):
                found.append(Name(value, offset + start, offset + end, role))
        offset += len(line) + 1
    return found


def mentioned(text: str, known: Known) -> list[str]:
    """Names that stand anywhere and are not somebody's whom the text only speaks of: perhaps the writer's."""
    folded = fold(text)
    found: list[str] = []
    offset = 0
    for line in text.split("\n"):
        for start, end in _runs(line, known):
            value = " ".join(line[start:end].split())
            before = folded[max(0, offset + start - 60) : offset + start]
            if _convincing(value, known) and not _NOT_A_SIGNER.search(before):
                found.append(value)
        offset += len(line) + 1
    return list(dict.fromkeys(found))


def _role(folded: str, start: int, end: int, line: str, in_line: int, line_end: int, closing: bool) -> str:
    """How the words around give this name; '' when they only mention it."""
    before = folded[max(0, start - 110) : start]
    before = re.split(r"\n\s*\n(?=.*\S)", before)[-1] if not re.search(r"\n\s*\Z", before) else before
    for role, pattern in _ROLE_PATTERNS:
        if pattern.search(before):
            return role
    rest = folded[end : end + 60]
    if _NOT_A_SIGNER.search(before) and re.sub(TITLE, "", fold(line[:in_line]).lstrip()).strip(" *-•·_"):
        # 'del señor Juan Pérez, NSS …' is about him; 'la doctora Claudia Pérez' is about somebody else.
        return "asegurado" if re.search(r"\b(?:don|dona|senora?|sra?)\.? *\Z", before) and _DATUM.match(rest) else ""
    lead = re.sub(r"^[\W_]+", "", fold(line[:in_line]))
    own_line = not re.sub(r"[\W_]+", "", re.sub(rf"^{TITLE}", "", f"{lead} "))
    if _SOMEBODY_ELSES.search(lead):
        return ""
    if (
        _DATUM.match(rest)
        or _AFTER_DATUM.search(before)
        or (own_line and _PRESENTS.match(rest))
        or _DECLARES.match(rest)
    ):
        return "dato"
    if closing and not rest.strip() and re.search(r"[.!?…)]\s+\Z", before):
        return "linea"
    if own_line and _REST.match(line[line_end:]) and len(line.strip()) <= 100 and closing:
        return "linea"
    return ""


def _runs(line: str, known: Known) -> list[tuple[int, int]]:
    """Rows of words that may be a name, as offsets in the line."""
    masked = _DOTTED.sub(lambda title: "/" * len(title[0]), line)
    tokens = [(m[0], m.start(), m.end()) for m in _TOKEN.finditer(masked)]
    letters = [c for c in line if c.isalpha()]
    flat = bool(letters) and (
        sum(c.isupper() for c in letters) > 0.8 * len(letters) or not any(c.isupper() for c in letters)
    )
    runs: list[tuple[int, int]] = []
    i = 0
    while i < len(tokens):
        j = _extent(tokens, i, line, known, flat)
        trimmed = _trimmed(tokens, i, j, known, line, flat)
        if trimmed is not None:
            runs.append(trimmed)
        i = max(j, i + 1)
    return runs


def _extent(tokens: list[tuple[str, int, int]], first: int, line: str, known: Known, flat: bool) -> int:
    """One past the last token of the row that begins here."""
    i = first
    while i < len(tokens):
        raw, start, _ = tokens[i]
        if i > first and line[tokens[i - 1][2] : start].strip(" \t\u00a0") not in ("", "-"):
            break
        if i > first and re.search(r"\t|   ", line[tokens[i - 1][2] : start]):
            break
        if not _fits(raw, known, flat):
            break
        i += 1
        if raw.endswith(".") and plain(raw.rstrip(".")) not in SHORT | PARTICLES and len(raw) > 3:
            break
    return i


def _fits(raw: str, known: Known, flat: bool) -> bool:
    word = plain(raw.rstrip(".ª"))
    if word in PARTICLES or word in SHORT:
        return True
    if word in STOP:
        return word in BOTH and known.has(word) and raw[0].isupper()
    if known.has(word):
        return True
    if flat:
        return len(word) >= 3
    # An initial ('Juan P. López'), or a word as names are written: capital first, small after, or all capitals.
    if len(word) == 1:
        return raw[0].isupper()
    return raw[0].isupper() and (raw[1:].islower() or raw.isupper() or "'" in raw or "’" in raw or raw[:2] == "Mc")


def _trimmed(
    tokens: list[tuple[str, int, int]], first: int, last: int, known: Known, line: str, flat: bool
) -> tuple[int, int] | None:
    """The row without particles at its ends, if it is two to seven words long and may be a person's name."""
    while first < last and plain(tokens[first][0].rstrip(".")) in PARTICLES:
        first += 1
    while first < last and plain(tokens[last - 1][0].rstrip(".")) in PARTICLES:
        last -= 1
    row = [plain(t[0].rstrip(".ª")) for t in tokens[first:last]]
    full = [w for w in row if w not in PARTICLES]
    if not 2 <= len(full) <= 7 or len(full[-1]) == 1 or full[0] in NICKNAMES or PLACES.match(" ".join(row)):
        return None
    lower = not any(c.isupper() for c in line[tokens[first][1] : tokens[last - 1][2]])
    if flat or lower:
        # Without capitals to go by, only names from the lists are names, with one unknown word at most.
        hits = [w for w in full if known.has(w) or w in SHORT]
        if len(hits) < 2 or len(full) - len(hits) > 1 or not any(w in known.given or w in SHORT for w in full):
            return None
    end = tokens[last - 1][2]
    if line[end - 1 : end] == "." and full[-1] not in SHORT:
        end -= 1
    return tokens[first][1], end


def _convincing(value: str, known: Known) -> bool:
    """Whether a known name is in it, and not given names alone: 'Rosa María' is half a name."""
    row = words(value)
    return any(known.has(w) or w in SHORT for w in row) and not _given_only(row, known)


def _given_only(row: list[str], known: Known) -> bool:
    return all((w in known.given or w in SHORT) and w not in known.surnames for w in row)


def first_name_only(text: str, known: Known) -> str | None:
    """A given name alone on the last line, which is how people sign who do not give their name."""
    lines = [line.strip(" .,*-_\t") for line in text.split("\n") if line.strip(" .,*-_\t")]
    if not lines:
        return None
    last = re.sub(rf"^(?:atte|atentamente|gracias|saludos)?[.,: ]*{TITLE}", "", plain(lines[-1]))
    parts = last.split()
    if (
        1 <= len(parts) <= 2
        and parts[0] in (known.given | NICKNAMES)
        and all(len(p.strip(".")) == 1 for p in parts[1:])
    ):
        return lines[-1]
    return None


def of_header(writer: Address, known: Known) -> str | None:
    """A display name that gives a given name and a surname; None for nicknames, businesses and first names alone.

    A name whose words are in no list is believed where the address is made of it ('kari.lindqvist@…').
    """
    display = re.sub(r"\([^()]*\)|\bvia\b.*$", " ", writer.name).strip(" ,.-\"'")
    if "," in display:
        # 'Pérez López, Juan' is how address books write it.
        surname, _, given = display.partition(",")
        display = f"{given.strip()} {surname.strip()}"
    if re.search(r"[\d@_/|&!?#*]|[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\uFE0F]", display):
        return None
    display = re.sub(rf"(?i)^{TITLE}", "", display)
    raw = [t for t in display.split() if t]
    row = [plain(t.rstrip(".")) for t in raw]
    full = [w for w in row if w not in PARTICLES]
    if not 2 <= len(full) <= 7 or any(w in STOP for w in full) or full[0] in NICKNAMES:
        return None
    if len(full[-1]) < 3 and not known.has(full[-1]):
        return None
    if not all(re.fullmatch(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?", t) for t in raw) or _given_only(full, known):
        return None
    listed = full[0] in known.given | SHORT or any(w in known.surnames for w in full)
    return " ".join(raw) if listed or _address_says(full, writer.email) else None


def _address_says(full: list[str], email: str) -> bool:
    """Whether the address is made of these words and its domain is not: people's, not companies', are."""
    local, _, domain = plain(email).partition("@")
    in_local = [w for w in full if len(w) >= 4 and w in local]
    return bool(in_local) and not any(len(w) >= 4 and w in domain for w in full)


def best_writer(names: Iterable[Name], header: str | None) -> str | None:
    """The writer's name: the surest given in the text, in its fullest form; else the header's.

    What the person writes now goes before what an own earlier mail says, which may only complete it.
    """
    own = [name for name in names if name.weight]
    now = [name for name in own if not name.earlier] or own
    if not now:
        return header

    def sureness(name: Name) -> tuple[int, bool, int]:
        return name.weight, bool(header and same_person(name.value, header)), name.start

    best = max(now, key=sureness).value
    for name in own:
        if same_person(name.value, best):
            best = fuller(best, name.value)
    return fuller(best, header) if header and same_person(best, header) else best
