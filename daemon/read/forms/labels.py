"""What the words of a form are: its title, section headings, labels of fields, printed phrases; the rest are values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz

from daemon.model.survival_rules import Formulario

from .places import CELL, PHRASE, Atom, Line, Page, gap, key_of, lines_of

TITULO, SECCION, CAMPO, AJENO = "titulo", "seccion", "campo", "ajeno"
# A phrase that goes on below is looked for this many heights of letters further down.
_WRAP = 1.9
# What a misread label must resemble one field by, and how much less any other field.
_ALIKE, _APART, _SHORTEST = 88.0, 4.0, 7
# So many labels a page must have before misspelt ones are looked for: prose has none.
_KNOWN = 3
# A page with more known phrases than this is no form, but made to keep a reader busy.
_MOST = 200


@dataclass(slots=True, eq=False)
class Hit:
    """A known phrase found on the page: what it is, its atoms, the place that they take.

    `keys` are the fields or sections that it may name; `colon` says that it ends in one; `guessed` that it is misspelt.
    """

    kind: str
    keys: tuple[str, ...]
    atoms: list[Atom]
    colon: bool = False
    guessed: bool = False
    exact: str = ""
    x0: float = field(init=False)
    top: float = field(init=False)
    x1: float = field(init=False)
    bottom: float = field(init=False)

    def __post_init__(self) -> None:
        self.measure()

    def measure(self) -> None:
        """Take the place of all atoms."""
        self.x0, self.x1 = min(a.x0 for a in self.atoms), max(a.x1 for a in self.atoms)
        self.top, self.bottom = min(a.top for a in self.atoms), max(a.bottom for a in self.atoms)

    @property
    def height(self) -> float:
        return self.atoms[0].height


@dataclass(frozen=True)
class Vocabulary:
    """The phrases of one form by their key with kind and names, all beginnings of keys, the fields it must have."""

    phrases: dict[str, tuple[str, tuple[str, ...]]]
    beginnings: frozenset[str]
    required: frozenset[str]


@lru_cache(maxsize=16)
def vocabulary(form: Formulario) -> Vocabulary:
    """The words of a form's description; where two kinds share a phrase, a label comes before a heading."""
    phrases: dict[str, tuple[str, tuple[str, ...]]] = {}

    def add(kind: str, name: str, spellings: Iterable[str]) -> None:
        for spelling in spellings:
            key = key_of(spelling)
            known = phrases.get(key)
            if key and (known is None or known[0] == kind):
                phrases[key] = (kind, tuple(dict.fromkeys((*(known[1] if known else ()), name))))

    for campo in form.campos:
        add(CAMPO, campo.clave, campo.etiquetas)
    add(TITULO, form.clave, form.titulos)
    for seccion in form.secciones:
        add(SECCION, seccion.clave, seccion.titulos)
    add(AJENO, "", form.ajenos)
    beginnings = frozenset(key[:n] for key in phrases for n in range(1, len(key) + 1))
    return Vocabulary(phrases, beginnings, frozenset(campo.clave for campo in form.campos if campo.obligatorio))


def hits_of(page: Page, words: Vocabulary, *, ocr: bool = False) -> list[Hit]:
    """Every known phrase of these lines, the longest at each place, labels of one field beside each other joined.

    What was filled in on screen is never part of one.
    """
    page = Page(lines_of([atom for line in page.lines for atom in line if not atom.widget]))
    taken: set[int] = set()
    hits: list[Hit] = []
    for number, line in enumerate(page.lines):
        for at in range(len(line)):
            if id(line[at]) in taken or not line[at].key:
                continue
            hit = _hit_at(page, number, at, words, taken)
            if hit is not None:
                hits.append(hit)
                taken.update(map(id, hit.atoms))
    if len(hits) > _MOST:
        return []
    hits = _without_values(hits, page, taken)
    hits += _misspelt(page, words, taken, hits, ocr=ocr)
    return _joined(hits, page, taken)


def _without_values(hits: list[Hit], page: Page, taken: set[int]) -> list[Hit]:
    """The phrases without those that begin a value: «CONSULADO GENERAL EN…» where labels are not in capitals.

    Right behind another label of the same field, or right below it, it is the value among any labels.
    """
    labels = [hit for hit in hits if hit.kind == CAMPO]
    out: list[Hit] = []
    for hit in hits:
        others = [other for other in labels if other is not hit]
        plain = sum(other.colon or not _loud(other) for other in others)
        begins = hit.kind == CAMPO and _loud(hit) and _runs_on(hit, page, taken)
        if begins and (plain > 0.8 * len(others) or any(_answers(hit, other, page) for other in others)):
            taken.difference_update(map(id, hit.atoms))
        else:
            out.append(hit)
    return out


def _answers(hit: Hit, label: Hit, page: Page) -> bool:
    """Whether this phrase stands where the value of that label, of the same field, would: next to it, or below it."""
    if hit.keys != label.keys or hit.atoms[0].text.startswith("/"):
        return False
    below = 0 <= hit.top - label.bottom + 0.4 * hit.height < 2 * hit.height and hit.x0 < label.x1 and label.x0 < hit.x1
    row, index = page.where[id(hit.atoms[0])]
    return below or (index > 0 and page.lines[row][index - 1] in label.atoms)


def _runs_on(hit: Hit, page: Page, taken: set[int]) -> bool:
    """Whether the next word stands right behind this phrase, as in a sentence, with no colon between them."""
    after = _right_of(page, hit.atoms[-1])
    return (
        not hit.colon
        and after is not None
        and id(after) not in taken
        and after.key.isalpha()
        and gap(hit.atoms[-1], after) <= PHRASE
    )


def _loud(hit: Hit) -> bool:
    return "".join(atom.text for atom in hit.atoms).isupper()


def _hit_at(page: Page, number: int, at: int, words: Vocabulary, taken: set[int]) -> Hit | None:
    line = page.lines[number]
    begins = _begins(line, at, taken)
    found: tuple[list[Atom], str] | None = None
    key, any_number, atoms = "", "", []
    places = [(number, at)]
    while places:
        row, index = places.pop()
        atom = page.lines[row][index]
        key, any_number = key + atom.key, any_number + re.sub(r"\d+", "#", atom.key)
        said = key if key in words.beginnings else any_number
        if id(atom) in taken or said not in words.beginnings:
            break
        atoms.append(atom)
        if atom.key and said in words.phrases:
            found = (list(atoms), said)
        following = _next(page, row, index, atoms, taken)
        if following is not None:
            places.append(following)
    if found is None:
        return None
    whole, (atoms, key) = atoms, found
    kind, names = words.phrases[key]
    if kind == TITULO and not _heads(line, at, taken):
        return None
    if kind == CAMPO and len(whole) > len(atoms) and _cut_off(page, whole, words, names):
        atoms = whole
    atoms = _with_hint(page, atoms, taken)
    colon = atoms[-1].text.rstrip(")").endswith(":")
    if not _stands(page, atoms, kind, begins=begins, colon=colon):
        return None
    return Hit(kind, names, atoms, colon, exact=key)


def _cut_off(page: Page, atoms: list[Atom], words: Vocabulary, names: tuple[str, ...]) -> bool:
    """Whether the cell ends within a longer label of the same field, which the page's edge cut off."""
    after = _right_of(page, atoms[-1])
    said = "".join(atom.key for atom in atoms)
    return (after is None or gap(atoms[-1], after) > CELL) and any(
        phrase.startswith(said) and names == whose for phrase, (_, whose) in words.phrases.items()
    )


def _begins(line: Line, at: int, taken: set[int]) -> bool:
    """Whether a phrase may begin here: at the line's or a cell's beginning, or after something that ended."""
    if at == 0:
        return True
    before = line[at - 1]
    return (
        gap(before, line[at]) > PHRASE
        or id(before) in taken
        or before.text.endswith(":")
        or not before.key
        or line[at].text.startswith("/")
    )


def _heads(line: Line, at: int, taken: set[int]) -> bool:
    """Whether nothing but an institution's initials comes before a title: «Acuse — Solicitud…» is another document."""
    for left, right in zip(line[at - 1 :: -1] if at else [], line[at:0:-1], strict=True):
        if gap(left, right) > PHRASE or id(left) in taken:
            return True
        if left.key and not (left.text.isupper() and len(left.key) <= 4):
            return False
    return True


def _stands(page: Page, atoms: list[Atom], kind: str, *, begins: bool, colon: bool) -> bool:
    """Whether the phrase is one of its own here, and not words of a value or of a longer label that nobody knows."""
    if not begins and not (kind == CAMPO and colon and _after_a_value(page, atoms)):
        return False
    after = _right_of(page, atoms[-1])
    if after is None or colon or gap(atoms[-1], after) > CELL:
        return True
    if after.text.startswith("/"):
        return True
    if kind in (SECCION, AJENO):
        return False
    # "Nombre del funcionario": a label goes on in small letters, a value in capitals, with digits or an @.
    return (
        kind == TITULO or not any(c.islower() for c in after.text) or any(c.isdigit() or c == "@" for c in after.text)
    )


def _after_a_value(page: Page, atoms: list[Atom]) -> bool:
    """Whether a phrase in the midst of a line can be a label: «paterno:» after «Apelido» is the end of another one."""
    row, index = page.where[id(atoms[0])]
    return len(atoms) > 1 or not any(c.islower() for c in page.lines[row][index - 1].text)


def _right_of(page: Page, atom: Atom) -> Atom | None:
    row, index = page.where[id(atom)]
    return page.lines[row][index + 1] if index + 1 < len(page.lines[row]) else None


def _next(page: Page, row: int, index: int, atoms: list[Atom], taken: set[int]) -> tuple[int, int] | None:
    """Where the phrase goes on: to the right, or below when the cell ends here."""
    line = page.lines[row]
    if index + 1 < len(line) and gap(line[index], line[index + 1]) <= CELL:
        following = line[index + 1]
        return (row, index + 1) if id(following) not in taken else None
    left, right = min(a.x0 for a in atoms), max(a.x1 for a in atoms)
    last = line[index]
    for below in range(row + 1, min(row + 4, len(page.lines))):
        if page.lines[below][0].middle - last.middle > _WRAP * last.height:
            break
        for at, atom in enumerate(page.lines[below]):
            alike = 0.8 < atom.height / last.height < 1.25
            starts = at == 0 or gap(page.lines[below][at - 1], atom) > PHRASE
            if starts and alike and atom.x0 < right and atom.x1 > left and id(atom) not in taken:
                return below, at
    return None


def _with_hint(page: Page, atoms: list[Atom], taken: set[int]) -> list[Atom]:
    """The label with what it says in brackets of how to fill it in, such as (dd/mm/aaaa), and its loose colon."""
    whole = list(atoms)
    while True:
        following = _next(page, *page.where[id(whole[-1])], whole, taken)
        if following is None:
            return whole
        line = page.lines[following[0]]
        atom = line[following[1]]
        if atom.text in (":", ".", ":."):
            whole.append(atom)
            continue
        hint = bracket_at(line, following[1])
        if not hint:
            return whole
        whole += hint


def bracket_at(line: Line, at: int) -> list[Atom]:
    """The atoms of a bracket that begins here and only explains: small letters, or a date's pattern."""
    if not line[at].text.startswith("("):
        return []
    inside: list[Atom] = []
    for atom in line[at:]:
        inside.append(atom)
        if ")" in atom.text:
            break
    else:
        return []
    said = "".join(atom.text for atom in inside)
    pattern = key_of(said) in ("ddmmaaaa", "ddmmyyyy", "diamesano", "ddmmaa")
    explains = not re.search(r"\d{3}", said) and sum(c.islower() for c in said) > (6 if re.search(r"\d", said) else 2)
    return inside if pattern or explains else []


def _misspelt(page: Page, words: Vocabulary, taken: set[int], hits: Sequence[Hit], *, ocr: bool) -> list[Hit]:
    """Labels with a wrong letter, each of a field not found yet, and only where no other field is nearly as alike."""
    found = {name for hit in hits if hit.kind == CAMPO for name in hit.keys}
    if words.required <= found or len(found) < _KNOWN:
        return []
    sought = {
        key: names
        for key, (kind, names) in words.phrases.items()
        if kind == CAMPO and len(key) >= _SHORTEST and not found & set(names)
    }
    out: list[Hit] = []
    for line in page.lines:
        for at in range(len(line)):
            if id(line[at]) in taken or not line[at].key or not _begins(line, at, taken):
                continue
            run = _free_run(line, at, taken)
            best = max(
                ((_alike(run[:n], words, sought, ocr=ocr), n) for n in range(1, len(run) + 1)),
                key=lambda pair: (pair[0][0], pair[1]),
            )
            (_, names), count = best
            if names:
                atoms = _with_hint(page, run[:count], taken)
                taken.update(map(id, atoms))
                out.append(Hit(CAMPO, names, atoms, atoms[-1].text.endswith(":"), guessed=True))
    return out


def _free_run(line: Line, at: int, taken: set[int]) -> list[Atom]:
    run = [line[at]]
    for atom in line[at + 1 : at + 8]:
        if id(atom) in taken or gap(run[-1], atom) > CELL or run[-1].text.endswith(":"):
            break
        run.append(atom)
    return run


def _alike(
    atoms: list[Atom], words: Vocabulary, sought: dict[str, tuple[str, ...]], *, ocr: bool
) -> tuple[float, tuple[str, ...]]:
    """How alike these words are to one field's label, and whose it is; nobody's when two are nearly as alike."""
    said = "".join(atom.key for atom in atoms)
    # Behind a label in capitals a word in small letters is its value: «… PENSIONES no».
    small = [any(c.islower() for c in atom.text) for atom in atoms]
    like_a_label = ocr or atoms[-1].text.endswith(":") or (any(small) and (small[0] or not small[-1]))
    if len(said) < _SHORTEST - 1 or not said.isalpha() or not like_a_label:
        return 0.0, ()
    best: dict[tuple[str, ...], float] = {}
    for key, (kind, names) in words.phrases.items():
        if abs(len(key) - len(said)) <= 3 and kind == CAMPO:
            best[names] = max(best.get(names, 0.0), fuzz.ratio(said, key))
    ranked = sorted(((score, names) for names, score in best.items()), reverse=True)[:2]
    if not ranked or ranked[0][0] < _ALIKE or ranked[0][1] not in sought.values():
        return 0.0, ()
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _APART:
        return 0.0, ()
    return ranked[0]


def _joined(hits: list[Hit], page: Page, taken: set[int]) -> list[Hit]:
    """Labels of the same field beside or right below each other are one: Spanish with its English."""
    hits = sorted(hits, key=lambda h: (h.top, h.x0))
    out: list[Hit] = []
    for hit in hits:
        twin = next((o for o in out if o.kind == CAMPO and o.keys == hit.keys and _touch(o, hit, page, taken)), None)
        if twin is None:
            out.append(hit)
            continue
        twin.atoms += hit.atoms
        twin.exact += hit.exact
        twin.colon = twin.colon or hit.colon
        twin.measure()
    return out


def _touch(one: Hit, other: Hit, page: Page, taken: set[int]) -> bool:
    high = max(one.height, other.height)
    if abs(one.atoms[-1].middle - other.atoms[0].middle) < 0.4 * high:
        between = [
            a
            for line in page.lines
            for a in line
            if id(a) not in taken
            and a.key
            and one.x1 <= a.x0 < other.x0
            and abs(a.middle - other.atoms[0].middle) < high
        ]
        return other.x0 - one.x1 < 2.6 * high and not between
    return 0 <= other.top - one.bottom + 0.4 * high < 1.2 * high and abs(one.x0 - other.x0) < 0.8 * high
