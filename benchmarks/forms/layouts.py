"""How a form lies on its page: each layout draws one form in a region of the page and returns where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .pen import Pen
from .people import Case

Layout = Callable[[Pen, Case, float, float, float], float]


def _rows(case: Case, columns: int) -> Iterator[tuple[str | None, list[str]]]:
    """Each heading, and the fields below it in rows of so many columns."""
    for heading, keys in case.sections:
        for start in range(0, len(keys), columns):
            yield (heading if start == 0 else None), keys[start : start + columns]


def _heading(pen: Pen, text: str | None, x: float, y: float) -> float:
    if text is None:
        return y
    pen.text(x, y, text, pen.habits.size * 1.1, pen.bold())
    return y + pen.habits.size * 2


def _hint(pen: Pen, case: Case, key: str, x: float, y: float) -> None:
    if key in case.hints:
        pen.text(x, y, case.hints[key], max(4.5, pen.habits.label_size * 0.7))


def _above(columns: int) -> Layout:
    """Labels above their values in so many columns; with three it is the circular's form."""

    def draw(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
        size = pen.habits.size
        for heading, keys in _rows(case, columns):
            y = _heading(pen, heading, x, y)
            step = width / (2 if columns == 3 and len(keys) == 2 else columns if len(keys) > 1 or columns < 3 else 1)
            lines = 1
            for place, key in enumerate(keys):
                left = x + place * step
                end = pen.label(left, y, case.labels[key], step - 8)
                _hint(pen, case, key, min(end + 3, left + step - 40), y) if columns < 3 else None
                lines = max(lines, pen.value(case, key, left, y + size * 1.35, step - 10))
            y += size * (1.35 + 1.2 * lines + 1.1)
        return y

    return draw


def labels_left(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """One field a line: labels in a left column, values in a right one."""
    for heading, keys in _rows(case, 1):
        y = _heading(pen, heading, x, y)
        end = pen.label(x, y, case.labels[keys[0]], width * 0.42)
        _hint(pen, case, keys[0], min(end + 3, x + width * 0.3), y + pen.habits.size * 0.9)
        lines = pen.value(case, keys[0], x + width * 0.45, y, width * 0.53)
        y += pen.habits.size * (1.2 * lines + 0.9)
    return y


def two_columns(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """Two fields a line, each with its label at its left."""
    half = width / 2
    for heading, keys in _rows(case, 2):
        y = _heading(pen, heading, x, y)
        lines = 1
        for place, key in enumerate(keys):
            left = x + place * half
            end = pen.label(left, y, case.labels[key], half * 0.5)
            lines = max(lines, pen.value(case, key, max(end + 5, left + half * 0.4), y, half * 0.46))
        y += pen.habits.size * (1.2 * lines + 0.9)
    return y


def ruled_table(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """A table with rules: label cell, value cell."""
    size = pen.habits.size
    for heading, keys in _rows(case, 1):
        if heading:
            pen.rect(x, y, width, size * 1.9)
            pen.text(x + 4, y + size * 1.3, heading, size, pen.bold())
            y += size * 1.9
        pen.label(x + 4, y + size * 1.3, case.labels[keys[0]], width * 0.4 - 8)
        lines = pen.value(case, keys[0], x + width * 0.4 + 4, y + size * 1.3, width * 0.6 - 8)
        high = size * (0.7 + 1.2 * lines)
        pen.rect(x, y, width * 0.4, high)
        pen.rect(x + width * 0.4, y, width * 0.6, high)
        y += high
    return y + size


def table_rows(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """A table whose header row holds the labels and whose next row holds the values."""
    size = pen.habits.size
    for heading, keys in _rows(case, 3):
        y = _heading(pen, heading, x, y + size * (1.2 if heading else 0))
        step, lines = width / len(keys), 1
        for place, key in enumerate(keys):
            left = x + place * step
            pen.rect(left, y, step, size * 1.6)
            pen.label(left + 3, y + size * 1.1, case.labels[key], step - 6, colon=False)
            lines = max(lines, pen.value(case, key, left + 3, y + size * 2.8, step - 6))
        for place in range(len(keys)):
            pen.rect(x + place * step, y + size * 1.6, step, size * (0.8 + 1.2 * lines))
        y += size * (2.4 + 1.2 * lines)
    return y + size


def boxed(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """Boxes with the label small in the upper corner and the value below it, as on tax forms."""
    size = pen.habits.size
    for heading, keys in _rows(case, 3):
        y = _heading(pen, heading, x, y + size * (1.2 if heading else 0))
        step, lines = width / len(keys), 1
        for place, key in enumerate(keys):
            left = x + place * step
            pen.label(
                left + 2, y + size * 0.8, case.labels[key], step - 4, size=pen.habits.label_size * 0.8, colon=False
            )
            lines = max(lines, pen.value(case, key, left + 5, y + size * 2.1, step - 9))
        for place in range(len(keys)):
            pen.rect(x + place * step, y, step, size * (1.4 + 1.2 * lines))
        y += size * (1.4 + 1.2 * lines)
    return y + size


def comb(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """Labels above; NSS, ID Trámite and dates with one cell a character, the rest on one line."""
    size, cell = pen.habits.size, pen.habits.size * 1.5
    for heading, keys in _rows(case, 2):
        y = _heading(pen, heading, x, y)
        lines = 1
        for place, key in enumerate(keys):
            left = x + place * width / 2
            pen.label(left, y, case.labels[key], width / 2 - 8)
            printed = case.printed[key]
            if key in ("nss", "id_tramite", "fecha_nacimiento", "fecha_solicitud") and len(printed) <= 13:
                for number, letter in enumerate(printed):
                    pen.text(left + number * cell + cell * 0.28, y + size * 1.75, letter)
                for number in range(len(printed) or 11):
                    pen.rect(left + number * cell, y + size * 0.6, cell, size * 1.5)
                lines = max(lines, 2)
            else:
                lines = max(lines, pen.value(case, key, left, y + size * 1.5, width / 2 - 10))
        y += size * (1.5 + 1.2 * lines + 0.9)
    return y


def joined(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """Lines «Label: value», the value right behind the label."""
    for heading, keys in _rows(case, 1):
        y = _heading(pen, heading, x, y)
        end = pen.label(x, y, case.labels[keys[0]], width * 0.6)
        lines = pen.value(case, keys[0], end + pen.habits.size * 0.4, y, x + width - end - 8)
        y += pen.habits.size * (1.2 * lines + 0.5)
    return y


def pairs(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """As many «Label: value» on a line as fit, one behind the other."""
    at, size = x, pen.habits.size
    for heading, keys in case.sections:
        if heading:
            y = _heading(pen, heading, x, y + size * 2)
            at = x
        for key in keys:
            need = pen.text_width(case.labels[key] + ":", pen.habits.label_size, pen.bold())
            need += pen.text_width(case.printed[key], size) + size * 2.5
            if at > x and at + need > x + width:
                at, y = x, y + size * 1.9
            end = pen.label(at, y, case.labels[key], width * 0.6)
            lines = pen.value(case, key, end + size * 0.4, y, max(60, x + width - end - 8))
            at += need
            y += size * 1.2 * (lines - 1)
        at, y = x, y + size * 1.9
    return y


def leaders(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """Label, dots, value."""
    for heading, keys in _rows(case, 1):
        y = _heading(pen, heading, x, y)
        end = pen.label(x, y, case.labels[keys[0]], width * 0.4, colon=False)
        dot = pen.text_width(".", pen.habits.size)
        pen.text(end + 2, y, "." * max(3, int((x + width * 0.5 - end - 6) / dot)))
        lines = pen.value(case, keys[0], x + width * 0.5 + 4, y, width * 0.48)
        y += pen.habits.size * (1.2 * lines + 0.8)
    return y


def underlined(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """Label, then a rule on which the value stands."""
    for heading, keys in _rows(case, 1):
        y = _heading(pen, heading, x, y)
        end = pen.label(x, y, case.labels[keys[0]], width * 0.5)
        lines = pen.value(case, keys[0], end + 6, y, x + width - end - 10)
        pen.line(end + 4, y + 2, x + width, y + 2)
        y += pen.habits.size * (1.2 * lines + 0.9)
    return y


def label_below(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """The value on a rule and its label below the rule, as in many Mexican forms."""
    size = pen.habits.size
    for heading, keys in _rows(case, 2):
        y = _heading(pen, heading, x, y) + size * 0.6
        step = width / len(keys)
        lines = max(pen.value(case, key, x + place * step, y, step - 12) for place, key in enumerate(keys))
        y += size * 1.2 * (lines - 1)
        for place, key in enumerate(keys):
            pen.line(x + place * step, y + 2, x + (place + 1) * step - 10, y + 2)
            pen.label(x + place * step, y + size * 1.1, case.labels[key], step - 12, colon=False)
        y += size * 2.6
    return y


def spaced_text(pen: Pen, case: Case, x: float, y: float, width: float) -> float:
    """Plain text as from a typewriter: label and value in one string, parted by blanks."""
    size = pen.habits.size
    size = min(size, size * width / pen.text_width("x" * 96, size))
    column = max(len(label) for label in case.labels.values()) + 4
    for heading, keys in _rows(case, 1):
        if heading:
            pen.text(x, y + size, heading, size)
            y += size * 2.4
        first, *rest = _broken(case.printed[keys[0]], max(20, 94 - column)) or [""]
        pen.text(x, y, f"{case.labels[keys[0]] + pen.habits.colon:<{column}}{first}".rstrip(), size)
        for line in rest:
            y += size * 1.2
            pen.text(x, y, " " * column + line, size)
        y += size * 1.6
    return y


def _broken(text: str, length: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= length:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


circular = _above(3)
one_column = _above(1)
above_two = _above(2)
above_four = _above(4)

# Those that only place labels and values through the pen, so that everything may be hidden in them.
PLAIN: dict[str, Layout] = {
    "circular": circular,
    "etiquetas_izquierda": labels_left,
    "dos_columnas": two_columns,
    "una_columna": one_column,
    "arriba_dos": above_two,
    "tabla": ruled_table,
    "tabla_encabezados": table_rows,
    "casillas": boxed,
    "peine": comb,
    "dos_puntos": joined,
    "seguidos": pairs,
    "puntos": leaders,
    "renglones": underlined,
    "etiqueta_abajo": label_below,
    "texto_espaciado": spaced_text,
}
