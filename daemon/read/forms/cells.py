"""Which printed value belongs to which label: the one to its left, above it, or in its box; doubts where two could."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .labels import AJENO, CAMPO, SECCION, TITULO, Hit, bracket_at
from .places import CELL, PHRASE, Atom, Line, Page, gap, text_of
from .widgets import ticks

Box = tuple[float, float, float, float]
Types = Mapping[str, str]
# How far below its label a value may begin, how far lines of one value may be apart, in heights of letters.
_BELOW, _PITCH, _LOOSE_PITCH = 2.6, 1.75, 2.6
# How far from its label's left edge a value may begin that does not reach under it.
_INDENT = 3.0
# Types whose value may go on in a further line, and those that may stand in several pieces.
_WRAPPING = frozenset({"nombre", "lugar", "texto", "identificacion", "contacto", "si_no"})
_SCATTERED = frozenset({"contacto", "si_no", "fecha"})


@dataclass(slots=True, eq=False)
class Cell:
    """Words of one line that stand together and are no known phrase; `right_of`, `below`, `after` are who may own it.

    `after` is the cell that this one may go on from. `loosely` says that `below` only begins in the label's column.
    """

    atoms: list[Atom]
    right_of: Hit | None = None
    below: Hit | None = None
    loosely: bool = False
    after: Cell | None = None
    owner: Hit | None = None
    x0: float = field(init=False)
    top: float = field(init=False)
    x1: float = field(init=False)
    bottom: float = field(init=False)
    height: float = field(init=False)

    def __post_init__(self) -> None:
        self.height = max(a.height for a in self.atoms)
        self.x0, self.x1 = self.atoms[0].x0, max(a.x1 for a in self.atoms)
        self.top, self.bottom = min(a.top for a in self.atoms), max(a.bottom for a in self.atoms)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def widget(self) -> str:
        """The AcroForm field that this was filled in, '' for printed words."""
        return self.atoms[0].widget

    @property
    def text(self) -> str:
        return text_of(self.atoms)


@dataclass(slots=True)
class Owned:
    """The cells of each label in reading order, and what could not be settled: by label (identity) and in all."""

    cells: dict[int, list[Cell]] = field(default_factory=dict)
    doubts: dict[int, list[str]] = field(default_factory=dict)
    stray: list[Cell] = field(default_factory=list)

    def doubt(self, label: Hit, sentence: str) -> None:
        """Note why the value of this label is not sure."""
        said = self.doubts.setdefault(id(label), [])
        if sentence not in said:
            said.append(sentence)


def cells_of(page: Page, hits: Sequence[Hit]) -> list[Cell]:
    """The words that are no known phrase, cut at gaps and where a label of the line above begins a column."""
    taken = {id(atom) for hit in hits for atom in hit.atoms}
    starts = sorted(hit.x0 for hit in hits if hit.kind == CAMPO)
    spaces = sorted(apart for line in page.lines for a, b in pairwise(line) if 0.1 < (apart := gap(a, b)) < PHRASE)
    # A column of its own begins after more than the usual space between words.
    space = max(0.45, 1.3 * spaces[len(spaces) // 2]) if spaces else 0.45
    heights = sorted(hit.height for hit in hits if hit.kind == CAMPO)
    small = 0.85 * heights[len(heights) // 2] if heights else 0.0
    cells: list[Cell] = []
    for line in page.lines:
        run: list[Atom] = []
        for atom in line:
            if id(atom) in taken:
                cells += _cell(run)
                run = []
                continue
            if run and _parts(run, atom, starts, space):
                cells += _cell(run)
                run = []
            run.append(atom)
        cells += _cell(run)
    return [cell for cell in cells if cell.widget or cell.height > small or not _only_explains(cell)]


def _only_explains(cell: Cell) -> bool:
    """Whether this is a bracket that says how to fill in a field: «(11 dígitos, sin espacios)»."""
    return len(bracket_at(cell.atoms, 0)) == len(cell.atoms)


def _parts(run: list[Atom], atom: Atom, starts: Sequence[float], space: float) -> bool:
    """Whether this atom begins another cell: after a gap, or in a column of its own; a comb's letters stay together."""
    apart = gap(run[-1], atom)
    if atom.widget or run[-1].widget:
        return True
    if len(atom.text) == len(run[-1].text) == 1 or (
        run[-1].text in ("/", "-", ".") and len(run) > 1 and atom.text.isdigit()
    ):
        return apart > 2 * CELL
    if apart > CELL:
        return True
    near = 0.2 * atom.height
    return apart > space and any(abs(atom.x0 - start) < near for start in starts)


def _cell(run: list[Atom]) -> list[Cell]:
    """A cell of these atoms, unless they are only rules and dashes; an empty AcroForm field is one as well."""
    speaking = [a for a in run if a.key or a.widget or any(c not in "_.-–—…·:=*/|" for c in a.text)]
    return [Cell(speaking)] if speaking else []


def assign(page: Page, hits: Sequence[Hit], cells: Sequence[Cell], boxes: Sequence[Box], types: Types) -> Owned:
    """Give every cell its label, by agreement of the whole form where a cell alone could go two ways."""
    labels = [hit for hit in hits if hit.kind == CAMPO]
    ordered = sorted(cells, key=lambda c: (c.middle, c.x0))
    rows = _rows(page, hits, ordered)
    for cell in ordered:
        _candidates(cell, hits, rows, types)
    _in_boxes(ordered, labels, boxes)
    owned = Owned()
    votes = _votes(ordered, types)
    for cell in ordered:
        cell.owner = _owner(cell, ordered, votes, types, owned)
        if cell.owner is None:
            owned.stray.append(cell)
        else:
            owned.cells.setdefault(id(cell.owner), []).append(cell)
    return owned


def _rows(page: Page, hits: Sequence[Hit], cells: Sequence[Cell]) -> list[list[Hit | Cell]]:
    """What stands in each line, from left to right, phrases and cells; a phrase of two lines stands in both."""
    rows: list[list[Hit | Cell]] = [[] for _ in page.lines]
    for hit in hits:
        for row in {page.where[id(atom)][0] for atom in hit.atoms}:
            rows[row].append(hit)
    for cell in cells:
        place = page.where.get(id(cell.atoms[0]))
        if place is not None:
            rows[place[0]].append(cell)
    for things in rows:
        things.sort(key=lambda thing: thing.x0)
    return rows


def _on_the_left(cell: Cell, hits: Sequence[Hit], types: Types) -> Hit | None:
    """The nearest phrase left of this cell, past a part's name («Tel.:») that contact data begin with."""
    left = [hit for hit in hits if hit.x1 <= cell.x0 + 0.3 * cell.height and _level(hit, cell)]
    left.sort(key=lambda hit: hit.x1)
    if len(left) > 1 and named_part(left[-1], cell) and left[-2].kind == CAMPO and _kind(left[-2], types) == "contacto":
        left.pop()
    return left[-1] if left else None


def _candidates(cell: Cell, hits: Sequence[Hit], rows: Sequence[Sequence[Hit | Cell]], types: Types) -> None:
    nearest = _on_the_left(cell, hits, types)
    if ticks(cell.atoms) and (behind := _box_of(cell, nearest, hits)) is not None:
        cell.right_of = behind
        return
    if nearest is not None and nearest.kind == CAMPO and not _behind_another(cell, nearest, hits):
        cell.right_of = nearest
    if cell.widget and nearest is not None and nearest.kind == AJENO:
        # «Teléfono: […] Correo: […]» in one line, below the label of both.
        same_line = [thing for row in rows for thing in row if isinstance(thing, Cell) and _level(nearest, thing)]
        cell.after = max((c for c in same_line if c.x1 <= nearest.x0), key=lambda c: c.x1, default=None)
    limit = cell.top + 0.4 * cell.height
    floor: float | None = None
    for row in reversed(rows):
        over = [thing for thing in row if thing.bottom - 0.3 * thing.height <= limit and thing is not cell]
        if not over or min(thing.top for thing in over) >= cell.top:
            continue
        above, loosely = _above(cell, over, row, _INDENT if floor is None else float("inf"))
        if above is None:
            continue
        distance = (cell.top - (floor if floor is not None else above.bottom)) / cell.height
        if isinstance(above, Cell):
            loose = _LOOSE_PITCH if floor is None else _BELOW
            if (cell.middle - above.middle) / cell.height <= loose + 1:
                cell.after = above
            return
        if above.kind in (SECCION, TITULO):
            return
        if above.kind == AJENO:
            if distance > _BELOW:
                return
            floor = above.top
            continue
        if distance <= _BELOW:
            cell.below, cell.loosely = above, loosely
        return


def _level(hit: Hit, cell: Cell) -> bool:
    """Whether a phrase and a cell stand at the same height; in a tall field of the screen it may be at any."""
    if hit.top - 0.3 * hit.height <= cell.middle <= hit.bottom + 0.3 * hit.height:
        return True
    edge = 0.25 * cell.height
    return bool(cell.widget) and cell.top + edge < (hit.top + hit.bottom) / 2 < cell.bottom - edge


def _box_of(cell: Cell, before: Hit | None, hits: Sequence[Hit]) -> Hit | None:
    """The label that stands right behind a box to tick, nearer than any phrase before it."""
    room = min(1.5 * cell.height, cell.x0 - before.x1 if before is not None else float("inf"))
    return next((hit for hit in hits if hit.kind == CAMPO and _level(hit, cell) and 0 <= hit.x0 - cell.x1 < room), None)


def named_part(phrase: Hit, cell: Cell) -> bool:
    """Whether the cell runs on from a phrase with a colon, as one value that is printed so: «Tel.: +1 713…»."""
    last, first = phrase.atoms[-1], cell.atoms[0]
    near = abs(last.middle - first.middle) < 0.4 * first.height and 0 <= gap(last, first) <= PHRASE
    return (
        phrase.kind == AJENO
        and phrase.colon
        and near
        and not first.widget
        and any(c in "@0123456789" for c in cell.text)
    )


def _behind_another(cell: Cell, label: Hit, hits: Sequence[Hit]) -> bool:
    """Whether another label beside this one stands between it and the cell: the cell is in that label's column."""
    return any(
        hit.kind == CAMPO
        and label.x1 <= hit.x0
        and hit.x1 <= cell.x0 + 0.3 * cell.height
        and hit.top < label.bottom
        and label.top < hit.bottom
        for hit in hits
        if hit is not label
    )


def _above(
    cell: Cell, over: Sequence[Hit | Cell], row: Sequence[Hit | Cell], indent: float
) -> tuple[Hit | Cell | None, bool]:
    """What of a line above stands over this cell, else (True) the label in whose column it begins."""
    overlapping = [
        (min(thing.x1, cell.x1) - max(thing.x0, cell.x0), thing)
        for thing in over
        if min(thing.x1, cell.x1) - max(thing.x0, cell.x0) > 0.2 * cell.height
    ]
    starting = [thing for _, thing in overlapping if abs(thing.x0 - cell.x0) < 0.8 * cell.height]
    if starting:
        return starting[0], False
    if overlapping:
        return max(overlapping, key=lambda pair: pair[0])[1], False
    for at, thing in enumerate(row):
        following = row[at + 1].x0 if at + 1 < len(row) else float("inf")
        begins = -0.6 * cell.height <= cell.x0 - thing.x0 < indent * cell.height and cell.x1 <= following
        if begins and thing in over and isinstance(thing, Hit) and thing.kind in (CAMPO, AJENO):
            return thing, True
    return None, False


def _in_boxes(cells: Iterable[Cell], labels: Sequence[Hit], boxes: Sequence[Box]) -> None:
    """Where a drawn box holds a value and exactly one label, no other label can own the value."""
    for cell in cells:
        holding = [box for box in boxes if _within(cell, box)]
        if not holding:
            continue
        box = min(holding, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))
        inside = [label for label in labels if _within(label, box)]
        if len(inside) == 1:
            label = inside[0]
            cell.right_of = label if cell.right_of is label else None
            if cell.after is not None and not _within(cell.after, box):
                cell.after = None
            if cell.right_of is None and cell.after is None:
                cell.below, cell.loosely = label, False
            elif cell.below is not label:
                cell.below = None
        elif not inside and cell.after is not None and not _within(cell.after, box):
            # A box of its own: what stands in another box does not go on here.
            cell.after = None


def _within(thing: Hit | Cell, box: Box) -> bool:
    x, y = (thing.x0 + thing.x1) / 2, (thing.top + thing.bottom) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3] and thing.x0 >= box[0] - thing.height


def _votes(cells: Iterable[Cell], types: Types) -> tuple[int, int]:
    """How many labels have their value surely to the right, and how many surely below."""
    right: set[int] = set()
    below: set[int] = set()
    for cell in cells:
        apart = cell.after is None or cell.after.right_of not in (None, cell.right_of)
        if cell.right_of and not cell.below and apart:
            right.add(id(cell.right_of))
        if cell.below and not cell.right_of and not cell.loosely and _kind(cell.below, types) != "contacto":
            below.add(id(cell.below))
    return len(right), len(below)


def _owner(cell: Cell, cells: Sequence[Cell], votes: tuple[int, int], types: Types, owned: Owned) -> Hit | None:
    right, below, after = cell.right_of, cell.below, cell.after
    rightward, downward = votes[0] >= 3 and not votes[1], votes[1] >= 3 and not votes[0]
    if right is not None and cell.loosely and not downward:
        below = None
    if right is not None and below is not None and right is not below:
        if downward or (_has_own(right, cells) and not _has_own(below, cells)):
            return below
        if not rightward and not (_has_own(below, cells) and not _has_own(right, cells)):
            owned.doubt(right, "su valor puede ser el de otra etiqueta")
            owned.doubt(below, "su valor puede ser el de otra etiqueta")
        return right
    if right is not None and after is not None and after.owner is not right:
        if downward and _goes_on(cell, after, types):
            return after.owner
        if after.owner is not None and after.text.endswith(","):
            owned.doubt(after.owner, "el renglón siguiente puede ser parte de su valor")
            owned.doubt(right, "su valor puede ser parte de otro")
        if after.owner is not None and downward:
            owned.doubt(right, "su valor puede ser el de otra etiqueta")
        return _beside(cell, right, cells, types, owned)
    if right is not None:
        return _beside(cell, right, cells, types, owned)
    if below is not None:
        return _beside(cell, below, cells, types, owned)
    if after is not None and _goes_on(cell, after, types):
        return after.owner
    return None


def _kind(label: Hit, types: Types) -> str:
    """The type of the label's field; a label that is no field's here has a value as well, which nobody reads."""
    return types.get(label.keys[0], "texto") if label.keys else "texto"


def _has_own(label: Hit, cells: Iterable[Cell]) -> bool:
    """Whether another cell can only be this label's."""
    return any({candidate for candidate in (c.right_of, c.below) if candidate is not None} == {label} for c in cells)


def _beside(cell: Cell, label: Hit, cells: Iterable[Cell], types: Types, owned: Owned) -> Hit | None:
    """This label, with a doubt when it has other words on this line, or a value beside it and another one below."""
    kind = _kind(label, types)
    if cell.right_of is not label and any(c.owner is label and c.right_of is label for c in cells):
        owned.doubt(label, "hay palabras a su derecha y también debajo")
    if kind in _SCATTERED:
        return label
    for other in cells:
        same_line = other is not cell and abs(other.middle - cell.middle) < 0.5 * cell.height
        if same_line and other.owner is label and not 0 <= gap(other.atoms[-1], cell.atoms[0]) <= PHRASE:
            owned.doubt(label, "hay otras palabras en su renglón")
    return label


def _goes_on(cell: Cell, after: Cell, types: Types) -> bool:
    """Whether a cell is the next line of the one above: same letters, close below, at the same left edge."""
    owner = after.owner
    if owner is None:
        return False
    kind = _kind(owner, types)
    if kind not in _WRAPPING or (kind != "contacto" and (cell.widget or after.widget)):
        # What was filled in on screen holds its whole value.
        return False
    pitch = (cell.middle - after.middle) / cell.height
    alike = 0.85 < cell.height / after.height < 1.18
    if kind in _SCATTERED:
        return alike and pitch <= _LOOSE_PITCH
    aligned = any(abs(cell.x0 - x) < 0.6 * cell.height for x in (after.x0, owner.x0))
    centred = abs(cell.x0 + cell.x1 - after.x0 - after.x1) < cell.height
    return alike and pitch <= _PITCH and (aligned or centred)


def in_lines(cells: Sequence[Cell]) -> list[Line]:
    """The atoms of a label's cells in reading order, one list a printed line."""
    lines: list[Line] = []
    last: Cell | None = None
    for cell in sorted(cells, key=lambda c: (c.middle, c.x0)):
        if last is not None and abs(cell.middle - last.middle) < 0.5 * cell.height:
            lines[-1] += cell.atoms
        else:
            lines.append(list(cell.atoms))
        last = cell
    return [sorted(line, key=lambda a: a.x0) for line in lines]
