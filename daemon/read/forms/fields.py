"""One form: which label is which field's in its section, what each field's value is, and what makes it doubtful."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from daemon.model.mail import Sheet
from daemon.model.survival import CAMPOS
from daemon.model.survival_rules import CampoFormulario, Formulario
from daemon.read.plain import plain

from .cells import Box, Cell, Owned, assign, cells_of, in_lines, named_part
from .labels import AJENO, CAMPO, SECCION, TITULO, Hit, vocabulary
from .places import Atom, Page, gap, key_of, text_of
from .values import NO, YES, Value, answer_of, value_of
from .widgets import BLANK, MARK, named, ticks

# With a title a form has at least this share of its labels; without one, this.
_SHARE, _SHARE_UNTITLED = 0.3, 0.6
# How far around the form, in heights of letters, words that belong to nothing still matter.
_AROUND = 2.5
_TINY = 0.42
_CLEAR = 90.0
# A label of so many letters is recognised even among the words of a value.
_TELLING = 9
# How far apart the words of one value may be, how far from an empty label a loose value counts.
_APART, _NEAR = 0.95, 8.0
_MOST_BOXES = 400
# Words that no name ends in.
_JOINING = frozenset({"de", "del", "la", "las", "los", "y", "e", "para", "san", "santa"})
# So many dates and NSS a page without the form's title must have: a page that explains the form has none.
_TELLTALES = 2
_OTHERS = "el lugar y el nombre del campo del PDF no coinciden"


@dataclass(slots=True)
class FormRead:
    """What one form says: values by field, doubts in Spanish, how many labels were found, fields read badly by OCR."""

    form: str
    labels: int
    fields: dict[str, str | None] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    filled: bool = False


def read_part(page: Page, hits: list[Hit], sheet: Sheet, form: Formulario) -> FormRead | None:
    """The form on this part of a page, or None when too few of its labels are there."""
    campos = {campo.clave: campo for campo in form.campos}
    unsure = _sections(page, hits, form)
    widgets = {a.widget: key for line in page.lines for a in line if a.widget and (key := named(a.widget, form.campos))}
    known = {hit.keys[0] for hit in hits if hit.kind == CAMPO and hit.keys} | set(widgets.values())
    required = sum(campo.obligatorio for campo in form.campos)
    titled = any(hit.kind == TITULO for hit in hits)
    if len(known) < max(3, (_SHARE if titled else _SHARE_UNTITLED) * required):
        return None
    if not titled:
        unsure.append("No se encontró el título del formulario.")
    types = {campo.clave: campo.tipo for campo in form.campos}
    boxes = sorted(sheet.boxes, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))[:_MOST_BOXES]
    cells = cells_of(page, hits)
    if not titled and sum(_telltale(cell) for cell in cells) < _TELLTALES:
        return None
    owned = assign(page, hits, cells, boxes, types)
    read = FormRead(form.clave, len(known), unsure=unsure, filled=any(cell.widget and cell.text for cell in cells))
    for campo in form.campos:
        labels = [hit for hit in hits if hit.kind == CAMPO and hit.keys[:1] == (campo.clave,)]
        if labels or campo.clave in widgets.values():
            _read_field(campo, labels, owned, cells, widgets, boxes, sheet, hits, form, read)
        elif campo.obligatorio or campo.clave in CAMPOS:
            read.unsure.append(f"No se encontró la etiqueta «{campo.etiquetas[0]}».")
    read.unsure += _empty_beside_a_value(form, hits, owned, read)
    _around(page, [hit for hit in hits if hit.kind == CAMPO], owned, widgets, read)
    read.fields = {key: read.fields.get(key) for key in campos if key in read.fields or campos[key].obligatorio}
    return read


def _telltale(cell: Cell) -> bool:
    """Whether this is a date or an NSS, as every filled form has."""
    return any(
        re.search(r"\d{4}", cell.text) and (found := value_of(kind, cell.text)).value is not None and not found.doubts
        for kind in ("fecha", "nss")
    )


def _sections(page: Page, hits: list[Hit], form: Formulario) -> list[str]:
    """Keep for each label the one field that it names where it stands; a section's label elsewhere is no field's."""
    unsure: list[str] = []
    sections = {campo.clave: campo.seccion for campo in form.campos}
    titles = {seccion.clave: tuple(key_of(title) for title in seccion.titulos) for seccion in form.secciones}
    headings = [hit for hit in hits if hit.kind == SECCION]
    printed = {name for heading in headings for name in heading.keys}
    for hit in hits:
        if hit.kind != CAMPO:
            continue
        here = _headings_over(hit, headings, page)
        fits = [
            name
            for name in hit.keys
            if (section := sections[name]) is None
            or section in here
            or any(title in hit.exact for title in titles.get(section, ()))
        ]
        if not fits and (lost := [name for name in hit.keys if sections[name] not in printed]):
            fits = lost
            if _only_ones(sections[lost[0]], hits, form):
                hit.keys = tuple(lost[:1])
                continue
            unsure.append(f"No se encontró el encabezado de la sección de «{text_of(hit.atoms).rstrip(':')}».")
        hit.keys = tuple(fits[:1])
    return unsure


def _only_ones(section: str | None, hits: Sequence[Hit], form: Formulario) -> bool:
    """Whether a form without headings has each label of this section once, below its title: then they can be no others.

    A second «Folio» anywhere, or one in the page's header, leaves it open which of them is meant.
    """
    title = max((hit.bottom for hit in hits if hit.kind == TITULO), default=None)
    if title is None:
        return False
    for campo in form.campos:
        if campo.seccion == section:
            said = [hit for hit in hits if hit.kind == CAMPO and campo.clave in hit.keys]
            if len(said) != 1 or said[0].top < title:
                return False
    return True


def _headings_over(label: Hit, headings: Sequence[Hit], page: Page) -> set[str]:
    """The sections that a label may stand in: of the nearest heading above or to the left, of the nearest aligned."""
    over = [
        h
        for h in headings
        if h.bottom <= label.top + 0.4 * label.height
        or (h.x1 <= label.x0 and h.top < label.bottom and label.top < h.bottom + label.height)
    ]
    alone = [h for h in over if h.x0 <= label.x0 + label.height or _alone(h, page)]
    aligned = [h for h in over if abs(h.x0 - label.x0) < 3 * label.height or (h.x0 < label.x1 and label.x0 < h.x1)]
    nearest = [max(group, key=lambda h: (h.bottom, h.x0)) for group in (alone, aligned) if group]
    return {name for heading in nearest for name in heading.keys}


def _alone(heading: Hit, page: Page) -> bool:
    row = page.where[id(heading.atoms[0])][0]
    return len(page.lines[row]) <= len(heading.atoms)


def _read_field(
    campo: CampoFormulario,
    labels: Sequence[Hit],
    owned: Owned,
    cells: Sequence[Cell],
    widgets: dict[str, str],
    boxes: Sequence[Box],
    sheet: Sheet,
    hits: Sequence[Hit],
    form: Formulario,
    read: FormRead,
) -> None:
    """Note the field's value and its doubts: of each label, and of the AcroForm field of its name."""
    doubts: list[str] = []
    values: list[str | None] = []
    # «CONSULADO GENERAL EN…» is an office, though «Consulado» is one of its labels.
    phrases = _long_phrases(form) - {key_of(etiqueta) for etiqueta in campo.etiquetas if " " not in etiqueta}
    for label in labels:
        mine = owned.cells.get(id(label), [])
        if campo.tipo == "contacto":
            mine = [_with_its_name(cell, hits) for cell in mine]
        doubts += owned.doubts.get(id(label), [])
        value = _value(campo, mine)
        doubts += value.doubts
        doubts += _clipped(campo.tipo, label, mine, hits, boxes, sheet)
        values.append(value.value)
        if _says_a_label(mine, phrases) or _names_a_field(mine, form) or _words(mine) & _telling_words(campo, form):
            doubts.append("incluye palabras de una etiqueta")
        doubts += _uneven(campo, mine, parted=_parted(label, mine, hits))
        doubts += _filled_in(campo, mine, value, widgets, sheet)
        if any(atom.sure < _CLEAR for cell in mine for atom in cell.atoms):
            read.misread.append(campo.etiquetas[0])
    elsewhere = [c for c in cells if c.text and widgets.get(c.widget) == campo.clave and c.owner not in labels]
    if elsewhere:
        value = _value(campo, elsewhere)
        if not labels or not any(owned.cells.get(id(label)) for label in labels):
            doubts += [*value.doubts, *_ticked(campo, elsewhere, value, sheet)]
            values = [value.value]
        elif value.value not in values:
            doubts.append(_OTHERS)
        if any(cell.owner is not None and cell.owner.keys for cell in elsewhere):
            doubts.append(_OTHERS)
    if len(values) > 1 and any(value != values[0] for value in values):
        doubts.append("la etiqueta aparece más de una vez, con valores distintos")
    read.fields[campo.clave] = next((value for value in values if value is not None), None)
    read.unsure += [f"«{campo.etiquetas[0]}»: {doubt}." for doubt in dict.fromkeys(doubts)]


def _filled_in(
    campo: CampoFormulario, cells: Sequence[Cell], value: Value, widgets: dict[str, str], sheet: Sheet
) -> list[str]:
    """Doubts about what was filled in on screen here: in a field named for another value, in a box to tick."""
    doubts = _ticked(campo, cells, value, sheet)
    if any(widgets.get(cell.widget, campo.clave) != campo.clave for cell in cells):
        doubts.append(_OTHERS)
    return doubts


def _ticked(campo: CampoFormulario, cells: Sequence[Cell], value: Value, sheet: Sheet) -> list[str]:
    """Doubts about boxes to tick: of a field that is no SÍ or NO, or where the box's own state says the other one."""
    boxes = {cell.widget for cell in cells if ticks(cell.atoms)}
    if not boxes:
        return []
    if campo.tipo != "si_no":
        return ["trae casillas marcadas en pantalla"]
    if value.value is None and any(atom.text == MARK for cell in cells for atom in cell.atoms):
        return ["no se ve qué dice la casilla marcada"]
    states = {plain(field.value) for field in sheet.fields if field.check and field.name in boxes}
    against = {YES: "no", NO: "si"}.get(value.value or "")
    return ["el nombre de la casilla marcada dice otra cosa"] if against in states else []


def _value(campo: CampoFormulario, cells: Sequence[Cell]) -> Value:
    lines = in_lines(cells)
    if campo.tipo == "si_no":
        return answer_of(lines)
    return value_of(campo.tipo, " ".join(text_of(line) for line in lines))


def _with_its_name(cell: Cell, hits: Sequence[Hit]) -> Cell:
    """The cell with the phrase that it runs on from, since «Tel.: +1 713…» is one value as it is printed."""
    for hit in hits:
        if named_part(hit, cell):
            return Cell([*hit.atoms, *cell.atoms])
    return cell


@lru_cache(maxsize=16)
def _long_phrases(form: Formulario) -> frozenset[str]:
    """The labels of a form that are too long to be words of a value by chance."""
    words = vocabulary(form).phrases.items()
    return frozenset(key for key, (kind, _) in words if kind == CAMPO and len(key) >= _TELLING)


@lru_cache(maxsize=64)
def _telling_words(campo: CampoFormulario, form: Formulario) -> frozenset[str]:
    """Words of labels that this field's value never has: a label that was not recognised would leave them there."""
    if campo.tipo not in ("nombre", "lugar", "contacto"):
        return frozenset()
    said = [(other.clave == campo.clave, etiqueta) for other in form.campos for etiqueta in other.etiquetas]
    wanted = {"nombre": (True, False), "lugar": (False,), "contacto": (True,)}[campo.tipo]
    words = {key_of(word) for own, etiqueta in said if own in wanted for word in etiqueta.split()}
    return frozenset(word for word in words if len(word) >= 5)


def _words(cells: Iterable[Cell]) -> set[str]:
    return {atom.key for cell in cells for atom in cell.atoms}


def _names_a_field(cells: Sequence[Cell], form: Formulario) -> bool:
    """Whether a label of one short word stands in the midst of these words: «… NSS: 77725571283»."""
    phrases = vocabulary(form).phrases
    words = [atom for line in in_lines(cells) for atom in line]
    return any(
        phrases.get(one.key, ("",))[0] == CAMPO
        and (one.text.endswith(":") or (other is not None and re.search(r"\d{6}", other.text) is not None))
        for one, other in zip(words, [*words[1:], None], strict=False)
    )


def _parted(label: Hit, cells: Sequence[Cell], hits: Sequence[Hit]) -> bool:
    """Whether printed phrases (Teléfono, Correo) stand among the words of this label's value."""
    end = max((cell.bottom for cell in cells), default=label.bottom)
    return any(hit.kind == AJENO and label.top < hit.top < end for hit in hits)


def _uneven(campo: CampoFormulario, cells: Sequence[Cell], *, parted: bool) -> list[str]:
    """Doubts about words that were hardly printed as one value: at other heights, in other sizes, far apart."""
    lines = in_lines([cell for cell in cells if not cell.widget])
    doubts: list[str] = []
    marks = campo.tipo == "si_no"
    for line in lines:
        usual = line[0].height
        if not marks and any(
            abs(a.middle - line[0].middle) > 0.12 * usual or not 0.92 < a.height / usual < 1.09 for a in line
        ):
            doubts.append("sus palabras no están a la misma altura o no son del mismo tamaño")
        combed = all(len(atom.text) == 1 for atom in line)
        widest = {"si_no": 30.0, "contacto": 60.0 if parted else 8.0, "fecha": 4.0}.get(campo.tipo, _APART)
        if not combed and any(gap(a, b) > widest for a, b in pairwise(line)):
            doubts.append("sus palabras están demasiado separadas")
    for above, below in pairwise(lines):
        if below[0].middle - above[0].middle < 0.85 * above[0].height:
            doubts.append("sus renglones están demasiado juntos")
    return doubts


def _says_a_label(cells: Sequence[Cell], phrases: frozenset[str]) -> bool:
    """Whether a label stands among these words, be it broken over two of their lines."""
    keys = [atom.key for line in in_lines(cells) for atom in line]
    return any("".join(keys[a:b]) in phrases for a in range(len(keys)) for b in range(a + 1, min(a + 6, len(keys)) + 1))


def _clipped(
    kind: str, label: Hit, cells: Sequence[Cell], hits: Sequence[Hit], boxes: Sequence[Box], sheet: Sheet
) -> list[str]:
    """Doubts about words that reach into the next column, beyond their box or off the page."""
    doubts: list[str] = []
    if not cells and label.x1 > sheet.width - 2 * label.height:
        doubts.append("la etiqueta llega al borde de la hoja y su valor puede haber quedado fuera")
    beside = [
        hit.x0
        for hit in hits
        if hit.kind == CAMPO
        and hit is not label
        and hit.x0 >= label.x1
        and hit.top < label.bottom
        and label.top < hit.bottom
    ]
    lines = in_lines(cells)
    for number, cell in enumerate(cells):
        edges = [x for x in beside if x > cell.x0 + 0.2 * cell.height]
        holding = [b for b in boxes if b[0] <= cell.x0 <= b[2] and b[1] <= cell.middle <= b[3]]
        if holding:
            edges.append(min(holding, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))[2])
        edge = min(edges, default=sheet.width)
        if cell.widget:
            continue
        if cell.x1 > sheet.width - 0.8 * cell.height or cell.x0 < 0.2 * cell.height:
            doubts.append("sus palabras llegan al borde de la hoja y pueden estar cortadas")
        elif cell.x1 > edge + 0.1 * cell.height:
            doubts.append("sus palabras llegan a la columna siguiente o se salen de su casilla")
        elif len(lines) > 1 and kind in ("nombre", "identificacion") and number == 0 and _fits(lines, edge):
            doubts.append("sigue en otro renglón sin necesidad: puede traer palabras de más")
        elif len(lines) > 1 and number == 0 and edge - cell.x1 < 0.5 * cell.height:
            doubts.append("su primer renglón llena la casilla: una palabra puede estar partida")
    return doubts


def _fits(lines: Sequence[Sequence[Atom]], edge: float) -> bool:
    """Whether the second line's first word had room on the first one, which does not end within a name.

    «CREDENCIAL PARA» surely goes on.
    """
    if lines[0][-1].key in _JOINING:
        return False
    first, second = lines[0][-1], lines[1][0]
    return first.x1 + (second.x1 - second.x0) + 2 * first.height < edge


def _empty_beside_a_value(form: Formulario, hits: Sequence[Hit], owned: Owned, read: FormRead) -> list[str]:
    """Doubts about fields without a value where a value of their type stands about that is no field's."""
    nobodys = [cell for hit in hits if hit.kind == CAMPO and not hit.keys for cell in owned.cells.get(id(hit), [])]
    doubts: list[str] = []
    for campo in form.campos:
        if (
            campo.tipo not in ("fecha", "nss", "numero", "folio", "contacto")
            or read.fields.get(campo.clave, "") is not None
        ):
            continue
        labels = [hit for hit in hits if hit.kind == CAMPO and hit.keys[:1] == (campo.clave,)]
        for cell in (*owned.stray, *nobodys):
            near = any(abs(cell.middle - (label.top + label.bottom) / 2) < _NEAR * label.height for label in labels)
            if campo.tipo == "contacto":
                near = "@" in cell.text
            found = value_of(campo.tipo, cell.text)
            if near and found.value is not None and not found.doubts:
                doubts.append(f"«{campo.etiquetas[0]}»: está vacío, y cerca hay un valor que no es de ningún campo.")
                break
    return doubts


def _around(page: Page, labels: Sequence[Hit], owned: Owned, widgets: dict[str, str], read: FormRead) -> None:
    """Doubts about the form's area: words that belong to nothing, words over each other, letters too small to see."""
    named_labels = [label for label in labels if label.keys]
    values = [cell for label in named_labels for cell in owned.cells.get(id(label), [])]
    things: list[Hit | Cell] = [*named_labels, *values]
    if not things:
        return
    usual = sorted(thing.height for thing in things)[len(things) // 2]
    left, right = min(t.x0 for t in things) - 2 * usual, max(t.x1 for t in things) + 3 * usual
    first, last = min(t.top for t in things), max(t.bottom for t in things)
    nobodys = [cell for label in labels if not label.keys for cell in owned.cells.get(id(label), [])]
    loose = [cell for cell in (*owned.stray, *nobodys) if cell.text not in ("", BLANK) and cell.widget not in widgets]
    stray = [
        cell
        for cell in loose
        if cell.widget
        or (
            cell.x1 > left
            and cell.x0 < right
            and (first - 0.3 * usual < cell.middle < last + _AROUND * usual or _heads(cell, named_labels, first, usual))
        )
    ]
    if stray:
        words = " · ".join(cell.text for cell in stray[:5])
        read.unsure.append(f"Hay palabras que no son de ningún campo: «{words}».")
    near = [
        atom
        for line in page.lines
        for atom in line
        if first - usual < atom.middle < last + usual and left < atom.x1 and atom.x0 < right and atom.text
    ]
    if _overlapping(near, {id(atom) for label in named_labels for atom in label.atoms}):
        read.unsure.append("Hay palabras impresas unas sobre otras.")
    if any(atom.height < _TINY * usual and not atom.widget for atom in near):
        read.unsure.append("Hay letras demasiado pequeñas para verse.")


def _heads(cell: Cell, labels: Iterable[Hit], first: float, usual: float) -> bool:
    """Whether a stray cell stands right over a label of the first line, as if labels stood below their values."""
    return first - _AROUND * usual < cell.middle < first and any(
        label.top < first + usual and cell.x0 < label.x1 and label.x0 < cell.x1 and abs(cell.x0 - label.x0) < usual
        for label in labels
    )


def _overlapping(atoms: Sequence[Atom], labels: set[int]) -> bool:
    """Whether words stand on each other; a label may reach a letter far into another one, since both were known.

    The letters in a field of the screen stand away from its edges, which may touch its label.
    """
    ordered = sorted(atoms, key=lambda a: a.top)
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if other.top >= one.bottom:
                break
            high = min(one.height, other.height)
            wide = min(one.x1, other.x1) - max(one.x0, other.x0)
            tall = min(one.bottom, other.bottom) - max(one.top, other.top)
            least = 1.0 if id(one) in labels and id(other) in labels else 0.25
            if wide > least * high and tall > (0.7 if one.widget or other.widget else 0.45) * high:
                return True
    return False
