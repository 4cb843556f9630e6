"""Names given in separate fields, as forms and careful people do: given names, first surname, second surname."""

from __future__ import annotations

import re

from .plain import fold

# Field to the labels that people and forms give it, over folded text.
_LABELS = {
    "pila": r"nombres?(?: ?\(s\))?(?: de pila)?(?: del (?:asegurado|paciente|titular|trabajador))?|"
    r"primer nombre|first name|given name",
    "segundo": r"segundo nombre|middle name",
    "apellidos": r"apellidos|apellido ?\(s\)|last name|surnames?",
    "paterno": r"(?:primer apellido|apellido paterno|a(?:p|pell?|pdo)\.? ?pat(?:erno|\.)?|paterno|apellido 1)",
    "materno": r"(?:segundo apellido|apellido materno|a(?:p|pell?|pdo)\.? ?mat(?:erno|\.)?|materno|apellido 2)",
}
_LABEL = re.compile(
    r"(?<![a-z0-9])(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items()) + r")(?![a-z])"
    r"[ \t*_]*[:=|.\-–]*[ \t*_]*"
)
_VALUE = re.compile(r"[^\W\d_]+(?:[ '’.\-]+[^\W\d_]+){0,4}")
_NEXT_LABEL = re.compile(
    r"[ \t]*(?:nss|n\.s\.s|curp|rfc|correo|e-?mail|tel|cel|numero|num|fecha|edad|sexo|mensaje|asunto)\b"
)


def find(text: str) -> tuple[str, int, int] | None:
    """The name put together as given names and surnames, with its place; None without separate surname fields."""
    folded = fold(text)
    labels = list(_LABEL.finditer(folded))
    fields: dict[str, tuple[str, int, int]] = {}
    for number, label in enumerate(labels):
        end = labels[number + 1].start() if number + 1 < len(labels) else len(text)
        value = _value(text, folded, label.end(), end)
        if value is not None and label.lastgroup is not None:
            fields.setdefault(label.lastgroup, value)
    if "pila" not in fields or not fields.keys() & {"apellidos", "paterno"}:
        return None
    order = ("pila", "segundo", "apellidos") if "apellidos" in fields else ("pila", "segundo", "paterno", "materno")
    given = [fields[name] for name in order if name in fields]
    words = [given[0][0]]
    # Some put the whole name into the first field and the surnames again into theirs.
    words += [
        value for value, _, _ in given[1:] if not fold(given[0][0]).endswith(fold(value)) and value not in words[0]
    ]
    return " ".join(words), min(start for _, start, _ in given), max(end for _, _, end in given)


def _value(text: str, folded: str, start: int, end: int) -> tuple[str, int, int] | None:
    """The words behind a label on its line, or on the next line where a table puts them below."""
    line_end = folded.find("\n", start, end)
    stop = end if line_end < 0 else line_end
    if not text[start:stop].strip() and line_end >= 0:
        start = line_end + 1
        below = folded.find("\n", start, end)
        stop = end if below < 0 else below
    while start < stop and text[start] in " \t":
        start += 1
    match = _VALUE.match(text, start, stop)
    if match is None or _NEXT_LABEL.match(folded, start):
        return None
    words = match[0]
    for cut in re.finditer(r"(?<= )(?=\S)", words):
        if _NEXT_LABEL.match(folded, start + cut.start()):
            words = words[: cut.start()].strip()
            break
    return words, start, start + len(words)
