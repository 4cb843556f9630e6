"""Templates to Markdown (owner of Jinja2): sandboxed, strict, and every value escaped unless it is Markdown."""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ..errors import TemplateFailed
from ..model.petition import Clase
from ..model.templates import Template
from .blocks import INFORME_VARIABLES
from .clean import Markdown, escape, one_line
from .offices import CLASES, OFFICE_VARIABLES
from .variables import COMMITMENT_VARIABLES, FICHA_VARIABLES, VARIABLES

# What the HTML layout (templates/base.html) may name.
LAYOUT_VARIABLES = {
    "asunto": "asunto del correo",
    "preheader": "primeras palabras, que el teléfono muestra junto al asunto",
    "encabezado": "nombre de la cuenta",
    "cuerpo": "el texto de la plantilla en HTML",
    "urgente": "sí o no",
}


def _printable(value: object) -> object:
    """Called for everything a template prints: escapes it, and refuses the word None in a mail."""
    if value is None:
        raise UndefinedError("un valor vacío")
    if isinstance(value, Markdown | StrictUndefined):
        return value
    return escape(str(value))


def _plain(value: object) -> object:
    if value is None:
        raise UndefinedError("un valor vacío")
    return value if isinstance(value, StrictUndefined) else one_line(str(value))


# Filters whose result is no larger than what they are given: one character must not become a text of gigabytes.
FILTERS = frozenset(
    {
        "capitalize",
        "count",
        "d",
        "default",
        "first",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "max",
        "min",
        "reverse",
        "sort",
        "sum",
        "title",
        "trim",
        "unique",
        "upper",
    }
)
# Nor may an operator or a method of a text; Jinja2 works out what is constant as soon as it compiles.
_GROWING = {nodes.Mul: "«*»", nodes.Pow: "«**»", nodes.Mod: "«%»"}


def _environment(**options: Any) -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(undefined=StrictUndefined, **options)
    env.globals.clear()
    env.filters = {name: each for name, each in env.filters.items() if name in FILTERS}
    return env


# A line that holds only tags leaves no trace, so that lists stay lists; the comment keeps its line break counted.
_ONLY_TAGS = re.compile(r"(?m)^[ \t]*((?:\{%(?:(?!%\}).)*%\}[ \t]*)+)\n")


def _prepared(source: str) -> str:
    return _ONLY_TAGS.sub(lambda match: match[1].rstrip() + "{#\n#}", source)


_BODY = _environment(finalize=_printable)
_LINE = _environment(finalize=_plain)
_LAYOUT = _environment(autoescape=True)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a template text: its line and column from 1, what was found and expected (Spanish)."""

    line: int
    found: str
    expected: str
    cure: str = ""
    column: int = 1


def offered(clase: Clase) -> dict[str, str]:
    """The variables a template of this clase may use."""
    if clase is Clase.FICHA:
        return FICHA_VARIABLES
    if clase is Clase.AVISO_INTERNO:
        return COMMITMENT_VARIABLES
    if clase is Clase.INFORME:
        return INFORME_VARIABLES
    return OFFICE_VARIABLES if clase in CLASES else VARIABLES


def check(source: str, names: Iterable[str]) -> list[Problem]:
    """Everything wrong with a template's text, without rendering it: syntax, unknown variables, filters, includes."""
    return list(_check(source, frozenset(names)))


# A save changes one template or two: the others are not asked again.
@lru_cache(maxsize=512)
def _check(source: str, known: frozenset[str]) -> Sequence[Problem]:
    try:
        tree = _BODY.parse(_prepared(source))
        if refused := list(dict.fromkeys(_refused(tree))):
            return refused
        _BODY.compile(_prepared(source))
    except TemplateSyntaxError as error:
        return [_syntax(error, source)]
    except RecursionError:
        return [Problem(1, "demasiados paréntesis o condiciones, unos dentro de otros", "un texto más sencillo")]
    problems = list(_left_over(source, known))
    for name in sorted(meta.find_undeclared_variables(tree) - known):
        close = difflib.get_close_matches(name, known, 1)
        cure = f"¿quiso decir «{close[0]}»?" if close else "la guía para quien administra las reglas las explica"
        for line in sorted({n.lineno for n in tree.find_all(nodes.Name) if n.name == name}):
            column = _column(source, line, name)
            told = f"la variable «{name}», que no existe aquí"
            problems.append(Problem(line, told, "una de: " + ", ".join(sorted(known)), cure, column))
    banned = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)
    problems += [
        Problem(n.lineno, "otra plantilla incluida", "el texto completo en este archivo") for n in tree.find_all(banned)
    ]
    return problems


def _refused(tree: nodes.Template) -> Iterator[Problem]:
    """What is Jinja2, but belongs to programs: it could fill the memory, or reach into the service."""
    expected, cure = "variables, condiciones, listas y sus filtros", "escriba el texto como debe quedar"
    for kind, sign in _GROWING.items():
        for each in tree.find_all(kind):
            yield Problem(each.lineno, f"la operación {sign}", expected, cure)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Getattr | nodes.Getitem):
            yield Problem(call.lineno, "una función de programa", expected, cure)
    named = [(each.lineno, each.attr) for each in tree.find_all(nodes.Getattr)]
    named += [(each.lineno, getattr(each.arg, "value", "")) for each in tree.find_all(nodes.Getitem)]
    for line, name in named:
        if isinstance(name, str) and name.startswith("_"):
            yield Problem(line, f"«{name}», que es de programas", expected, cure)


def _left_over(source: str, known: frozenset[str]) -> Iterator[Problem]:
    """What is no fault of Jinja2 and would still be read in a mail: braces by halves, the marks of a merge."""
    for number, line in enumerate(source.split("\n"), start=1):
        for hit in re.finditer(r"(?<!\{)\{ *(\w+) *\}{1,2}", line):
            if hit[1] in known:
                told, right = f"«{hit[0]}», con una sola llave", "dos llaves de cada lado"
                yield Problem(number, told, right, f"escriba {{{{ {hit[1]} }}}}", hit.start() + 1)
        if re.match(r"<{7}( |$)", line):
            cure = "deje una de las dos versiones y borre los tres renglones de marcas (<<<<<<<, =======, >>>>>>>)"
            yield Problem(number, "la marca de dos versiones que chocaron", "un solo texto", cure)


_SYNTAX = (
    (r"No filter named '(.*)'", "el filtro «{0}», que no existe"),
    (r"Encountered unknown tag '(.*?)'", "«{{% {0} %}}», que no existe o que aquí no cierra nada"),
    (r"Unexpected end of template.*innermost block.*'(\w+)'", "un «{{% {0} %}}» que nadie cierra"),
    (r"expected token 'end of (?:print|statement)", "algo de más entre las llaves"),
    (r"unexpected|Expected an expression", "un signo que no va ahí, o llaves a medias"),
)


def _syntax(error: TemplateSyntaxError, source: str) -> Problem:
    message = error.message or ""
    hits = ((re.search(pattern, message, re.DOTALL), told) for pattern, told in _SYNTAX)
    found = next((told.format(*hit.groups()) for hit, told in hits if hit), f"un error de Jinja2 ({message})")
    cure = "revise que cada {{ tenga su }}, y cada {% if %} o {% for %} su {% endif %} o {% endfor %}"
    line, column = error.lineno, 1
    if found.endswith("que nadie cierra") and (opened := _opened(source)):
        line, column = opened
    else:
        column, quoted = _half(source.split("\n")[line - 1])
        if quoted:
            found, cure = "comillas de Word (“ ”) entre las llaves", 'escriba las rectas (")'
    return Problem(line, found, "Jinja2 bien formado", cure, column)


def _opened(source: str) -> tuple[int, int] | None:
    """Line and column of the last «{% if %}» or «{% for %}» that nobody closes."""
    stack: list[int] = []
    for hit in re.finditer(r"\{%-?\s*(end)?(if|for|set|macro|filter)\b[^%]*%\}", source):
        if not hit[1] and not (hit[2] == "set" and "=" in hit[0]):
            stack.append(hit.start())
        elif hit[1] and stack:
            stack.pop()
    return (source.count("\n", 0, stack[-1]) + 1, stack[-1] - source.rfind("\n", 0, stack[-1])) if stack else None


def _half(line: str) -> tuple[int, bool]:
    """In a line with a fault of syntax: the column of the braces that it is most likely about, and whether there are
    quotes in them that are none to Jinja2."""
    tags = list(re.finditer(r"\{\{.*?(\}\}|(?=\{\{|\{%)|$)|\{%.*?(%\}|(?=\{\{|\{%)|$)", line))
    for tag in tags:
        if re.search("[“”‘’]", tag[0]):
            return tag.start() + 1, tag[0].endswith(("}}", "%}"))
    halves = [tag for tag in tags if not tag[0].endswith(("}}", "%}"))]
    return ((halves or tags)[0].start() + 1 if tags else 1), False


def _column(source: str, line: int, name: str) -> int:
    """Where a name stands in its line, from 1."""
    lines = source.split("\n")
    hit = re.search(rf"\b{re.escape(name)}\b", lines[line - 1]) if line <= len(lines) else None
    return hit.start() + 1 if hit else 1


def body(template: Template, values: Mapping[str, Any]) -> Markdown:
    """The template's text as Markdown, every value in place; TemplateFailed otherwise."""
    text = _render(_BODY, template.body, values, template).strip()
    if not text:
        raise TemplateFailed("la plantilla quedó sin texto", where=_place(template), cure="revise sus condiciones")
    return Markdown(text)


def line(template: Template, values: Mapping[str, Any]) -> str:
    """The template's `asunto` as one plain line."""
    return one_line(_render(_LINE, template.asunto, values, template))


def page(layout: str, *, asunto: str, preheader: str, encabezado: str, cuerpo: str, urgente: bool) -> str:
    """The whole HTML document; `cuerpo` is HTML already, everything else is escaped."""
    values = {
        "asunto": asunto,
        "preheader": preheader,
        "encabezado": encabezado,
        "cuerpo": Markup(cuerpo),
        "urgente": urgente,
    }
    try:
        return _compiled(_LAYOUT, layout).render(values).strip() + "\n"
    except Exception as error:
        raise TemplateFailed(
            f"no se pudo armar el HTML ({_why(error)})", where=f"base.html{_line_of(error)}", cure="acuse check"
        ) from error


def _render(env: ImmutableSandboxedEnvironment, source: str, values: Mapping[str, Any], template: Template) -> str:
    try:
        return str(_compiled(env, source).render(values))
    except Exception as error:  # Whatever a template does, it holds up its own mail and no other.
        raise TemplateFailed(
            f"la plantilla no se pudo completar ({_why(error)})",
            where=_place(template) + _line_of(error),
            cure="revísela y «acuse check»",
        ) from error


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def _line_of(error: Exception) -> str:
    """On which line of the text rendering stopped, as far as Jinja2 tells."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return f", renglón {lines[-1]} del texto" if lines else ""


@lru_cache(maxsize=512)
def _compiled(env: ImmutableSandboxedEnvironment, source: str) -> Compiled:
    """Compiling costs more than all the rest of a mail, and the sources are few: those of one TemplateSet."""
    return env.from_string(source if env is _LAYOUT else _prepared(source))


def _place(template: Template) -> str:
    return template.file or f"plantilla {template.name}"
