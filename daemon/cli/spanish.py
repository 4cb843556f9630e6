"""The command line in Spanish: headings and notes of the help, whole lines in lists of commands, errors of usage.

Typer takes its words from no file that could be replaced. What it lets one choose is the class that lays out the help;
errors reach us as exceptions, and are told by the table below. `tests/unit/test_spanish.py` runs every help page and
each sort of error, so that a new release of Typer cannot bring English back unnoticed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import typer

from ..findings import nearest

_HEADINGS = {"Options": "Opciones", "Commands": "Órdenes", "Arguments": "Argumentos"}
_NOTES = (
    (r"(\[|; )(\S+)<=x<=(\S+)\]", r"\1de \2 a \3]"),
    (r"x>=(\S+)\]", r"\1 o más]"),
    (r"x<=(\S+)\]", r"\1 o menos]"),
    (r"\[default: (\d+)\.0(?=[\];])", r"[si no se dice: \1"),
    (r"\[default: ", "[si no se dice: "),
    (r"; required\]", "; hace falta]"),
    (r"\[required\]", "[hace falta]"),
    (r"^Show this message and exit\.$", "Muestra esta ayuda."),
)
# What stands for a value where the option does not name it itself.
_VALUES = (
    (r"<list\[(?:Path|path)\]>|<path>", "RUTA"),
    (r"<list\[str\]>|<str>|<text>", "TEXTO"),
    (r"<datetime>", "FECHA"),
    (r"<list\[int\]>|<int(?:eger)?(?: range)?>|<float(?: range)?>", "N"),
    (r"<list\[([^\]>]*\|[^\]>]*)\]>|<([^>]*\|[^>]*)>", r"\1\2"),
)
_ERRORS = (
    (r"No such command '(.*?)'\..*", r"No hay ninguna orden «\1»."),
    (r"No such option: (\S+).*", r"No hay ninguna opción «\1»."),
    (r"Missing command\.", "Falta decir qué orden."),
    (r"Missing (?:argument|parameter) '(.*?)'\..*", r"Falta «\1»."),
    (r"Missing option '(.*?)'\..*", r"Falta la opción «\1»."),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"Sobra «\1»."),
    (r"Option '(.*?)' requires (?:an argument|\d+ arguments)\.", r"A la opción «\1» le falta su valor."),
    (r"Option '(.*?)' does not take a value\.", r"La opción «\1» no lleva valor."),
    (r"Argument '(.*?)' takes (\d+) values\.", r"«\1» lleva \2 valores."),
    (r"Invalid value for '?(.*?)'?(?: / '?.*?'?)?: (.*)", r"«\1»: \2"),
    (r"Invalid value: (.*)", r"\1"),
)
_PROBLEMS = (
    (r"(?:Value error, )?'(.*?)' is not one of (.*?)\.?", r"«\1» no es ninguno de: \2."),
    (
        r"(?:Value error, )?'(.*?)' does not match the formats? .*",
        r"«\1» no es una fecha como 31/12/2026 o 2026-12-31.",
    ),
    (r"Input should be a valid date.*", "no es una fecha como 2026-12-31."),
    (r"Input should be a valid integer.*", "no es un número entero."),
    (r"Input should be a valid number.*", "no es un número."),
    (r"Input should be a valid boolean.*", "no es sí ni no."),
    (r"Input should be greater than or equal to (\S+)", r"debe ser \1 o más."),
    (r"Input should be greater than (\S+)", r"debe ser más de \1."),
    (r"Input should be less than or equal to (\S+)", r"debe ser \1 o menos."),
    (r"Input should be less than (\S+)", r"debe ser menos de \1."),
    (r"(?:Path|File|Directory) '(.*?)' does not exist\.?", r"no existe «\1»."),
    (r"(?:Path|File|Directory) '(.*?)' is (?:a|not a) .*", r"«\1» no es lo que se espera."),
    (
        r"(?:Path|File|Directory) '(.*?)' is not (?:readable|writable)\.?",
        r"no se puede usar «\1»: revise sus permisos.",
    ),
)
_ODD = "no es un valor de los que se esperan; vea la ayuda."


_TypersPage: Any = typer.Context.formatter_class


class Page(_TypersPage):  # type: ignore[misc]
    """A help page in Spanish."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        args = args.replace("[OPTIONS]", "[OPCIONES]").replace("COMMAND [ARGS]...", "ORDEN …").replace("...", "…")
        args = re.sub(r"\{([\w.]+…?)\}", r"\1", args)
        super().write_usage(prog, _translated(_VALUES, args), prefix or "Uso: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        # An argument's own name says what it stands for.
        told = [(name if name.startswith("-") else name.partition(" <")[0], text) for name, text in rows]
        told = [(_translated(_VALUES, name), _translated(_NOTES, text)) for name, text in told]
        super().write_dl(told, col_max, col_spacing)


class Where(typer.Context):
    """A command as it is called; its help pages are in Spanish."""

    formatter_class = Page


def spoken(command: Any) -> Any:
    """The command and all below it, with Spanish pages and with the whole first sentence in lists of commands."""
    command.context_class = Where
    command.short_help = command.short_help or _first(command.help or "")
    for below in getattr(command, "commands", {}).values():
        spoken(below)
    return command


def run(app: typer.Typer) -> int:
    """Run the command line; the exit code, 2 for wrong usage. What the commands raise passes through."""
    try:
        code = spoken(typer.main.get_command(app)).main(standalone_mode=False)
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        _tell(error)
        return error.exit_code
    return code if isinstance(code, int) else 0


def _tell(error: typer.TyperException) -> None:
    """Where the command line went wrong, how, and where help is; or the help itself, where nothing was asked for."""
    context = getattr(error, "ctx", None)
    said = error.format_message()
    if context is None or said == context.get_help():
        print(said if context else f"acuse: {in_spanish(said)}", file=sys.stderr)
        return
    wrong = re.match(r"No such (?:command|option):? '?([^'\s.]+)", said)
    known = (
        *getattr(context.command, "commands", ()),
        *(name for each in context.command.params for name in each.opts),
    )
    cure = f" {nearest(wrong[1], known)}".replace("¿q", "¿Q").rstrip() if wrong else ""
    print(context.get_usage(), file=sys.stderr)
    print(f"\nacuse: {in_spanish(said)}{cure}", file=sys.stderr)
    print(f"Vea «{context.command_path} --help».", file=sys.stderr)


def in_spanish(said: str) -> str:
    """An error of usage as Typer words it, in Spanish; one that the table does not know says no more than it is one."""
    for pattern, words in _ERRORS:
        if match := re.fullmatch(pattern, said, re.DOTALL):
            told = match.expand(words)
            if pattern.startswith("Invalid"):
                problem = match[match.lastindex or 1]
                told = told.removesuffix(problem) + _problem(problem)
            return told
    return _ODD


def _problem(said: str) -> str:
    for pattern, words in _PROBLEMS:
        if match := re.fullmatch(pattern, said, re.DOTALL):
            return match.expand(words).replace("'", "")
    return _ODD


def _translated(table: Sequence[tuple[str, str]], text: str) -> str:
    for pattern, words in table:
        text = re.sub(pattern, words, text)
    return text


def _first(text: str) -> str:
    """The first sentence of a help text on one line."""
    paragraph = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    return re.split(r"(?<=\.) (?=[A-ZÁÉÍÓÚÑ])", paragraph)[0]
