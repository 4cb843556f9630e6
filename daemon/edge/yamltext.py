"""YAML as people write it (owner of ruamel.yaml): plain data, the line of every value, and every fault at once.

YAML 1.2: `no` and `09:00` stay text. Dates stay text as well, so that an impossible one is reported with its line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from daemon.errors import Fault
from daemon.findings import Finding, Path, dotted, findings

M = TypeVar("M", bound=BaseModel)

_SYNTAX = {
    "mapping values are not allowed here": "dos puntos donde no van",
    "found character '\\t' that cannot start any token": "un tabulador",
    "could not find expected ':'": "una clave sin sus dos puntos",
    "expected <block end>, but found '<scalar>'": "texto después de unas comillas que ya cerraron",
    "expected <block end>": "una sangría que no coincide con la de arriba",
    "while scanning a quoted scalar": "comillas sin cerrar",
    "found unexpected end of stream": "comillas o corchetes sin cerrar",
    "expected ',' or": "comillas o corchetes sin cerrar",
    "found undefined alias": "una referencia (*) a algo que no existe",
    "expected alphabetic or numeric character": "un texto que empieza con * o &",
    "found character '": "un signo con el que un texto no puede empezar (@, %, ` …)",
    "expected '<document start>'": "un renglón con menos sangría que el primero del archivo",
    "expected a single document": "un segundo documento (una línea «---») en el mismo archivo",
}
_CURES = {
    "dos puntos donde no van": "ponga entre comillas el texto que lleva «: », o revise la sangría, aquí y arriba",
    "texto después de unas comillas que ya cerraron": "si lleva comillas dentro, rodéelo con las sencillas (')",
    "comillas sin cerrar": "ciérrelas donde termina el texto",
    "una referencia (*) a algo que no existe": "si es texto, escríbalo entre comillas",
    "un texto que empieza con * o &": "escríbalo entre comillas",
    "un signo con el que un texto no puede empezar (@, %, ` …)": "escríbalo entre comillas",
    "un segundo documento (una línea «---») en el mismo archivo": "quite esa línea",
    "un renglón con menos sangría que el primero del archivo": "alinéelo; si falta el principio del archivo, repóngalo",
    "un tabulador": "sangre con espacios",
    "una clave sin sus dos puntos": "escriba «clave: valor», con un espacio tras los dos puntos; si sobra, bórrela",
    "una sangría que no coincide con la de arriba": "alinee con espacios esta línea con sus hermanas",
    "comillas o corchetes sin cerrar": "ciérrelos",
}


_ALIGN = _CURES["una sangría que no coincide con la de arriba"]
_CONFLICT = re.compile(r"(<{7}|>{7}|={7})( |$)")
# Lines that are a thing of a list, or a key and its value without the space after the colon.
_ITEM = re.compile(r"\s*[-•–—]\s")
_GLUED = re.compile(r"\s*(- )?[a-z_]+:[^\s/]")


@dataclass(slots=True)
class Document:
    """One YAML text: `data` as plain dicts and lists, `values` and `keys` with (line, column) from 1 by path."""

    file: str
    data: Any = None
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, finding: Finding) -> Fault:
        """A finding with its place in this file; what is missing is placed at the group that lacks it."""
        path = finding.path
        place = self.keys.get(path) if finding.at_key else self.values.get(path)
        while place is None and path:
            path = path[:-1]
            place = self.keys.get(path) or self.values.get(path)
        line, column = place or (1, 1)
        return Fault(
            self.file, dotted(finding.path), finding.found, finding.expected, finding.cure, line=line, column=column
        )

    def groups(self, *above: str) -> list[tuple[Path, dict[str, Any]]]:
        """The groups listed under the keys `above`, each with its path; what has another shape the model tells."""
        listed = self.data
        for key in above:
            listed = listed.get(key) if isinstance(listed, dict) else None
        items = enumerate(listed) if isinstance(listed, list) else ()
        return [((*above, index), item) for index, item in items if isinstance(item, dict)]

    def group(self, key: str) -> dict[str, Any]:
        """The group under a key; empty when there is none, or it has another shape."""
        group = self.data.get(key) if isinstance(self.data, dict) else None
        return group if isinstance(group, dict) else {}

    def at(self, path: Path) -> str:
        """Where a value stands, as a fault says it."""
        line, column = self.values.get(path, (1, 1))
        return f"{self.file}:{line}:{column}"

    def line(self, path: Path) -> int:
        """The line of a value, 0 when it has none."""
        return self.values.get(path, (0, 0))[0]

    def check(self, model: type[M]) -> M | None:
        """The data as `model`, or None after adding every fault to `faults`."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            self.faults += [self.fault(finding) for finding in findings(error, model)]
            return None


def read_yaml(raw: bytes | str, file: str, first_line: int = 1) -> Document:
    """Read one document; `first_line` is the line of `file` on which the text starts (front matter of a template).

    Never raises for what a person wrote: syntax errors, duplicate keys and wrong encodings are in `faults`. `data`,
    `values` and `keys` are not to be changed.
    """
    document = _read(raw, file, first_line)
    return replace(document, faults=list(document.faults))


# Of a hundred files a save changes one or two: the others need not be taken apart again.
@lru_cache(maxsize=128)
def _read(raw: bytes | str, file: str, first_line: int) -> Document:
    document = Document(file)
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8-sig")
        node = YAML(typ="safe", pure=True).compose(text)
    except UnicodeDecodeError as error:
        document.faults.append(encoding_fault(error, file, first_line))
    except MarkedYAMLError as error:
        document.faults.append(_syntax_fault(error, text, file, first_line))
    except YAMLError as error:
        before = text[: getattr(error, "position", 0)]
        place = before.count("\n") + first_line, len(before) - before.rfind("\n")
        found = "un carácter de control, que no se ve"
        document.faults.append(Fault(file, dotted(()), found, "texto sin caracteres de control", "bórrelo", *place))
    else:
        if node is not None:
            document.data = _Reader(document, first_line, text.splitlines()).plain(node, (), ())
    return document


def encoding_fault(error: UnicodeDecodeError, file: str, first_line: int = 1) -> Fault:
    """A file that is no UTF-8, at the first letter that shows it."""
    raw, at = error.object, error.start
    line, column = raw.count(b"\n", 0, at), at - raw.rfind(b"\n", 0, at)
    found = f"una letra que no está en UTF-8 (0x{raw[at]:02x})"
    cure = "guárdelo como texto con codificación UTF-8 (en el Bloc de notas, «Guardar como…»)"
    return Fault(file, dotted(()), found, "texto UTF-8", cure, line + first_line, column)


# So many values has no file that people write; references to references reach it in ten lines.
_MOST = 200_000


class _Reader:
    """Turns nodes into plain data, noting places and duplicate keys on the way."""

    def __init__(self, document: Document, first_line: int, lines: Sequence[str]) -> None:
        self.document, self.first_line, self.lines = document, first_line, lines

    def place(self, node: Node) -> tuple[int, int]:
        return node.start_mark.line + self.first_line, node.start_mark.column + 1

    def plain(self, node: Node, path: Path, above: Sequence[Node]) -> Any:
        self.document.values[path] = self.place(node)
        if len(self.document.values) >= _MOST:
            if len(self.document.values) == _MOST:
                found = "referencias (*) que se multiplican hasta más de lo que cabe"
                self.complain(Finding(path[:1], found, "los valores escritos tal cual"))
            return None
        if any(node is other for other in above):
            self.complain(Finding(path, "una referencia (*) que se contiene a sí misma", "un valor"))
            return None
        if isinstance(node, MappingNode):
            if any(not isinstance(key, ScalarNode) for key, _ in node.value):
                found, cure = "llaves o corchetes en el lugar de una clave", "si es texto, escríbalo entre comillas"
                self.complain(Finding(path, found, "una clave con su valor", cure))
                return "{…}"
            return self.group(node, path, (*above, node))
        if isinstance(node, SequenceNode):
            return [self.plain(item, (*path, index), (*above, node)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            self.run_on(node, path)
        return _scalar(node)

    def run_on(self, node: ScalarNode, path: Path) -> None:
        """A line that was meant as one of its own, and for its indentation goes on with the text above it."""
        if node.style is not None:
            return
        for number in range(node.start_mark.line + 1, node.end_mark.line + 1):
            line = self.lines[number] if number < len(self.lines) else ""
            if _ITEM.match(line) or _GLUED.match(line):
                found, cure = "un renglón que, por su sangría, sigue al texto de arriba", "una línea aparte"
                fault = self.document.fault(Finding(path, found, cure, _ALIGN))
                place = number + self.first_line, len(line) - len(line.lstrip()) + 1
                self.document.faults.append(replace(fault, line=place[0], column=place[1]))

    def group(self, node: MappingNode, path: Path, above: Sequence[Node]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        again = self.begins_again(node, path)
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*path, key)
            if key in data:
                # The first one stands, or all that the second lacks would be told as missing.
                first = self.document.keys[here]
                if not again:
                    self.document.keys[here] = self.place(key_node)
                    found = f"la clave «{key}» por segunda vez (la primera está en la línea {first[0]})"
                    self.complain(Finding(here, found, "cada clave una sola vez", "deje una de las dos", at_key=True))
                    self.document.keys[here] = first
                continue
            self.document.keys[here] = self.place(key_node)
            data[key] = self.plain(value_node, here, above)
            if isinstance(value_node, CollectionNode) and not value_node.flow_style:
                # What is wrong with a list or a group as a whole is told at its key, not at its first line.
                self.document.values[here] = self.document.keys[here]
            elif value_node.start_mark.index == value_node.end_mark.index:
                # An empty value is noticed where the next thing stands, which may be lines below.
                self.document.values[here] = self.document.keys[here]
        return data

    def begins_again(self, node: MappingNode, path: Path) -> bool:
        """Whether all the keys of a group come a second time: a lost «- », or a copy. That is one slip, told once."""
        keys = [str(key.value) for key, _ in node.value]
        start = next((index for index, key in enumerate(keys) if index and key == keys[0]), len(keys))
        repeated = [key for key in keys[start:] if key in keys[:start]]
        if len(repeated) < 2:
            return False
        here = (*path, keys[start])
        self.document.keys[here] = self.place(node.value[start][0])
        found = (
            f"las claves {', '.join(repeated[:3])}… por segunda vez (la primera está en la línea {self.place(node)[0]})"
        )
        cure = "si aquí empieza otra cosa de la lista, póngale su guion («- »); si es una copia, bórrela"
        self.complain(Finding(here, found, "cada clave una sola vez", cure, at_key=True))
        return True

    def complain(self, finding: Finding) -> None:
        self.document.faults.append(self.document.fault(finding))


def _scalar(node: Node) -> object:
    text = str(node.value)
    try:
        match str(node.tag).rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text)
            case "float":
                return float(text)
    except ValueError:
        return text  # 0x1F or 1_000: whoever needs a number will say that this is none.
    return text


def _syntax_fault(error: MarkedYAMLError, text: str, file: str, first_line: int) -> Fault:
    problem = str(error.problem or error.context or "sintaxis")
    # Quotes and brackets that nobody closed are told where they open: the end of the file is no place to look at.
    opens = str(error.context or "").startswith(("while scanning a quoted", "while parsing a flow"))
    opens = opens and not problem.startswith("found character")
    # A key without its colon is noticed at the line below it.
    opens = opens or problem.startswith("could not find expected ':'")
    told = str(error.context) if opens and "quoted" in str(error.context) else problem
    found = next((spanish for english, spanish in _SYNTAX.items() if told.startswith(english)), None)
    mark = (error.context_mark if opens else None) or error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    found = found or f"un error de sintaxis ({problem})"
    cure = _CURES.get(found, "revise la sangría, las comillas y los dos puntos")
    if better := _seen(text.splitlines(), line, column, problem):
        line, column, found, cure = better
    elif problem.startswith("expected <block end>, but found '<scalar>'") and (start := _open_quote(text, line)):
        line, column = start
        found, cure = "comillas sin cerrar", _CURES["comillas sin cerrar"]
    return Fault(file, "(renglón)", found, "YAML bien formado", cure, line + first_line, column + 1)


def _seen(lines: Sequence[str], at: int, column: int, problem: str) -> tuple[int, int, str, str] | None:
    """What a person sees at once around a syntax error, and the parser does not know: line and column from 0, what
    is there, and its cure. None when it is nothing of the kind."""
    here = lines[at] if at < len(lines) else ""
    above = next((number for number in range(at - 1, -1, -1) if _content(lines[number])), None)
    # A colon is out of place, when it is the first of its line, for what the line above lacks.
    blames_above = problem.startswith("mapping values") and re.match(r"[ \u00a0]*(- )?[^\s:]+$", here[:column])
    for number in (at, above) if blames_above and above is not None else (at,):
        line = lines[number] if number < len(lines) else ""
        indent = len(line) - len(line.lstrip())
        if _CONFLICT.match(line):
            cure = "deje una de las dos versiones y borre los tres renglones de marcas (<<<<<<<, =======, >>>>>>>)"
            return number, 0, "la marca de dos versiones que chocaron", cure
        looked = line if problem.startswith("could not find") else line[: max(column + 1, indent)]
        if (hard := re.search("[\u00a0\u2007\u202f\u200b\ufeff]", looked)) is not None:
            cure = "bórrelo y escriba espacios con la barra"
            return number, hard.start(), "un espacio especial, de los que deja Word o una página", cure
        if re.match(r"\s*[•·–—▪●]\s", line):
            return (
                number,
                indent,
                f"una viñeta ({line.strip()[0]}) en el lugar de un guion",
                "escriba «- », con el guion común",
            )
    if problem.startswith("found character '\\t'") and here[:column].strip():
        return at, column, "un tabulador", "ponga un espacio en su lugar, o bórrelo si está al final"
    if problem.startswith("mapping values") and "“" in here[:column]:
        return at, column, "dos puntos donde no van", 'cambie las comillas “ ” de Word por las rectas (")'
    if problem.startswith("expected '<document start>'"):
        first = next(number for number, line in enumerate(lines) if _content(line))
        if ":" not in lines[first] and not lines[first].lstrip().startswith("-"):
            missing = "una clave sin sus dos puntos"
            return first, 0, missing, _CURES[missing]
    if blames_above and above is not None:
        return _blamed(lines, at, above)
    return None


def _blamed(lines: Sequence[str], at: int, above: int) -> tuple[int, int, str, str] | None:
    """The slip in the line above one whose key the parser could not take for a key."""
    line = lines[above]
    indent, below = (len(each) - len(each.lstrip()) for each in (line, lines[at]))
    if _GLUED.match(line) or ":" not in line:
        missing = "una clave sin sus dos puntos"
        return above, indent, missing, _CURES[missing]
    before = next((each for each in reversed(lines[:above]) if _content(each)), "")
    shifted = "una sangría que no coincide con la de arriba"
    # Of two lines that disagree, it is the one that stands apart from those around both.
    odd = above if len(before) - len(before.lstrip()) == below else at
    return (odd, indent if odd == above else below, shifted, _CURES[shifted]) if indent < below else None


def _content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _open_quote(text: str, line: int) -> tuple[int, int] | None:
    """Where a quoted text starts that ends in this line and runs over several: its own closing quote is missing."""
    for token in YAML(typ="safe", pure=True).scan(text):
        if token.start_mark.line > line:
            break
        if getattr(token, "style", None) in ("'", '"') and token.start_mark.line < token.end_mark.line == line:
            return token.start_mark.line, token.start_mark.column
    return None
