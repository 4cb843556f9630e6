"""YAML as people write it (owner of ruamel.yaml): plain data, the line of every value, and every fault at once.

YAML 1.2: `no` and `09:00` stay text. Dates stay text as well, so that an impossible one is reported with its line.
"""

from __future__ import annotations

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
    "un tabulador": "sangre con espacios",
    "una clave sin sus dos puntos": "escriba «clave: valor», con un espacio después de los dos puntos",
    "una sangría que no coincide con la de arriba": "alinee con espacios esta línea con sus hermanas",
    "comillas o corchetes sin cerrar": "ciérrelos",
}


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
@lru_cache(maxsize=256)
def _read(raw: bytes | str, file: str, first_line: int) -> Document:
    document = Document(file)
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8-sig")
        node = YAML(typ="safe", pure=True).compose(text)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + first_line
        found = f"un byte que no es UTF-8 (0x{error.object[error.start]:02x})"
        document.faults.append(Fault(file, dotted(()), found, "texto UTF-8", "guárdelo como UTF-8", line, 1))
    except MarkedYAMLError as error:
        document.faults.append(_syntax_fault(error, file, first_line))
    except YAMLError as error:
        before = text[: getattr(error, "position", 0)]
        place = before.count("\n") + first_line, len(before) - before.rfind("\n")
        found = "un carácter de control, que no se ve"
        document.faults.append(Fault(file, dotted(()), found, "texto sin caracteres de control", "bórrelo", *place))
    else:
        if node is not None:
            document.data = _Reader(document, first_line).plain(node, (), ())
    return document


class _Reader:
    """Turns nodes into plain data, noting places and duplicate keys on the way."""

    def __init__(self, document: Document, first_line: int) -> None:
        self.document, self.first_line = document, first_line

    def place(self, node: Node) -> tuple[int, int]:
        return node.start_mark.line + self.first_line, node.start_mark.column + 1

    def plain(self, node: Node, path: Path, above: Sequence[Node]) -> Any:
        self.document.values[path] = self.place(node)
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
        return _scalar(node)

    def group(self, node: MappingNode, path: Path, above: Sequence[Node]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*path, key)
            if key in data:
                first = self.document.keys[here][0]
                self.document.keys[here] = self.place(key_node)
                found = f"la clave «{key}» por segunda vez (la primera está en la línea {first})"
                self.complain(Finding(here, found, "cada clave una sola vez", "deje una de las dos", at_key=True))
            self.document.keys[here] = self.place(key_node)
            data[key] = self.plain(value_node, here, above)
            if isinstance(value_node, CollectionNode) and not value_node.flow_style:
                # What is wrong with a list or a group as a whole is told at its key, not at its first line.
                self.document.values[here] = self.document.keys[here]
        return data

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


def _syntax_fault(error: MarkedYAMLError, file: str, first_line: int) -> Fault:
    problem = str(error.problem or error.context or "sintaxis")
    # Quotes and brackets that nobody closed are told where they open: the end of the file is no place to look at.
    opens = str(error.context or "").startswith(("while scanning a quoted", "while parsing a flow"))
    opens = opens and not problem.startswith("found character")
    # A key without its colon is noticed at the line below it.
    opens = opens or problem.startswith("could not find expected ':'")
    told = str(error.context) if opens and "quoted" in str(error.context) else problem
    found = next((spanish for english, spanish in _SYNTAX.items() if told.startswith(english)), None)
    mark = (error.context_mark if opens else None) or error.problem_mark or error.context_mark
    line, column = (mark.line + first_line, mark.column + 1) if mark else (first_line, 1)
    return Fault(
        file,
        dotted(()),
        found or f"un error de sintaxis ({problem})",
        "YAML bien formado",
        _CURES.get(found or "", "revise la sangría, las comillas y los dos puntos"),
        line,
        column,
    )
