"""Template files to a TemplateSet: front matter, Jinja2 and layout checked whole, every fault at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from daemon.edge.handwritten import read_file
from daemon.edge.yamltext import encoding_fault, read_yaml
from daemon.errors import Fault, FileFaults
from daemon.model.petition import Clase
from daemon.model.strict import SiNo, Strict
from daemon.model.templates import Hecho, Template, TemplateSet
from daemon.reply import render

_LAYOUT = "base.html"
_FORMATS = "formatos"
_NO_TEMPLATE = (".txt", ".doc", ".docx", ".odt", ".rtf")
_FORMAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(?:pdf|docx?|xlsx?|odt|ods)", re.IGNORECASE)
_Text = Annotated[str, StringConstraints(pattern=r"\S", strip_whitespace=True)]


class _Fact(Strict):
    dice: _Text
    fuente: _Text
    verificada: SiNo


class _Head(Strict):
    """The front matter of one template."""

    clase: Clase
    anexo: _Text
    numeral: _Text
    asunto: _Text
    hechos: tuple[_Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateFiles:
    """What the template folders hold: names of all templates and formats there, faulty ones too; every fault; and the
    templates when there is none."""

    names: frozenset[str]
    formats: frozenset[str]
    faults: tuple[Fault, ...]
    templates: TemplateSet | None


def load_templates(dirs: Sequence[Path]) -> TemplateSet:
    """Read every `*.md` and `base.html` below these folders; a file of a later folder replaces its namesake.

    Names are paths below the folder without suffix ("orientacion/semanas_cotizadas"). Raises FileFaults with every
    fault of every file: encoding, front matter, unknown clase, Jinja2, unknown variables, empty text.
    """
    files = read_templates(dirs)
    if files.templates is None:
        raise FileFaults(files.faults)
    return files.templates


def read_templates(dirs: Sequence[Path]) -> TemplateFiles:
    """The template files of these folders, checked whole; never raises for what a person wrote."""
    faults: list[Fault] = []
    texts = _texts(dirs, faults)
    templates: dict[str, Template] = {}
    for name, (file, text) in texts.items():
        if name != _LAYOUT and (template := _template(name.removesuffix(".md"), file, text, faults)):
            templates[template.name] = template
    layout = _layout(dirs, texts, faults)
    faults += _misplaced(dirs)
    formats = _formats(dirs, faults)
    digest = hashlib.sha256("\0".join(f"{name}\0{text}" for name, (_, text) in texts.items()).encode())
    for name, content in formats.items():
        digest.update(f"\0{name}\0".encode() + content)
    names = frozenset(name.removesuffix(".md") for name in template_files(dirs))
    loaded = None if faults else TemplateSet(templates, layout, digest.hexdigest()[:12], formats)
    told = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line or 0, fault.column or 0)))
    return TemplateFiles(names, frozenset(formats), told, loaded)


def _misplaced(dirs: Sequence[Path]) -> Iterator[Fault]:
    """Templates that would be passed over in silence, since they were saved as «acuse.md.txt» or «acuse.txt»."""
    for path in sorted(path for folder in dirs for path in folder.rglob("*") if path.suffix.lower() in _NO_TEMPLATE):
        if path.parent.name != _FORMATS and not path.name.startswith((".", "~$")):
            cure = f"guárdelo como texto UTF-8 con el nombre «{path.name.partition('.')[0]}.md»"
            yield Fault(str(path), "(nombre)", "un archivo que no se lee", "un nombre que termine en .md", cure)


def template_files(dirs: Sequence[Path]) -> dict[str, Path]:
    """Every template, the layout and every form by its name below its folder, sorted; later folders win."""
    found = {
        path.relative_to(folder).as_posix(): path
        for folder in dirs
        for path in (*folder.rglob("*.md"), folder / _LAYOUT, *(folder / _FORMATS).glob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    return dict(sorted(found.items()))


def _texts(dirs: Sequence[Path], faults: list[Fault]) -> dict[str, tuple[str, str]]:
    """(file, text) by relative name, in the order of names, so that the version depends on nothing else."""
    faults += [
        Fault(str(folder), "(carpeta)", "nada", "una carpeta de plantillas", "corrija su ruta en service.toml")
        for folder in dirs
        if not folder.is_dir()
    ]
    found: dict[str, tuple[str, str]] = {}
    for name, path in template_files(dirs).items():
        if name.startswith(f"{_FORMATS}/"):
            continue
        try:
            found[name] = (str(path), read_file(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
        except UnicodeDecodeError as error:
            faults.append(encoding_fault(error, str(path)))
        except FileFaults as problem:
            faults += problem.faults
    return found


def _formats(dirs: Sequence[Path], faults: list[Fault]) -> dict[str, bytes]:
    """The Órganos' own forms (P 5.27) in `formatos/` of these folders, by file name, sorted."""
    found: dict[str, bytes] = {}
    for path in (path for folder in dirs for path in (folder / _FORMATS).glob("*")):
        if path.name.startswith(".") or not path.is_file() or path.suffix == ".md":
            continue
        if not _FORMAT.fullmatch(path.name):
            expected = "letras sin acentos, cifras, punto y guiones; pdf, doc, docx, xls, xlsx, odt u ods"
            faults.append(Fault(str(path), "(nombre)", f"«{path.name}»", expected, "cambie el nombre del archivo"))
            continue
        try:
            found[path.name] = read_file(path)
        except FileFaults as problem:
            faults += problem.faults
    return dict(sorted(found.items()))


def _template(name: str, file: str, text: str, faults: list[Fault]) -> Template | None:
    head_text, body, first = _split(text)
    if head_text is None:
        expected, cure = (
            "un encabezado entre dos líneas «---»",
            "copie el de otra plantilla; empieza en la primera línea",
        )
        found = "un texto sin encabezado" if text.strip() else "un archivo vacío"
        if text.startswith("---"):
            found, cure = "un encabezado que no termina", "escriba «---» en una línea, entre el encabezado y el texto"
        faults.append(Fault(file, "(encabezado)", found, expected, cure, 1, 1))
        return None
    document = read_yaml(head_text, file, first_line=2)
    head = None if document.faults else document.check(_Head)
    faults.extend(document.faults)
    if not body.strip():
        faults.append(
            Fault(file, "(texto)", "nada", "el texto del correo", "escríbalo bajo el segundo «---»", first, 1)
        )
    written = document.data if isinstance(document.data, dict) else {}
    for problem in render.check(body, _offered(written.get("clase"))):
        faults.append(_fault(file, "(texto)", problem, problem.line + first - 1))
    if isinstance(asunto := written.get("asunto"), str):
        for problem in render.check(asunto, _offered(written.get("clase"))):
            faults.append(_fault(file, "asunto", problem, document.line(("asunto",))))
        if asunto.startswith("“") and asunto.endswith("”"):
            place = document.values["asunto",]
            found, cure = "comillas de Word (“ ”), que se leerían en el correo", 'quítelas, o escriba las rectas (")'
            faults.append(Fault(file, "asunto", found, "el asunto solo", cure, *place))
    if head is None:
        return None
    facts = tuple(Hecho(fact.dice, fact.fuente, fact.verificada) for fact in head.hechos)
    return Template(name, head.clase, head.anexo, head.numeral, head.asunto, body.strip() + "\n", facts, file)


def _offered(clase: object) -> Collection[str]:
    """The variables of a template; of one whose clase is wrong, all that any may use."""
    known = {each.value: each for each in Clase}
    named = [known[str(clase)]] if str(clase) in known else Clase
    return {name for each in named for name in render.offered(each)}


def _split(text: str) -> tuple[str | None, str, int]:
    """Front matter, text, and the line of the file on which the text starts."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None, text, 1
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            body = lines[number + 1 :]
            blank = next((i for i, content in enumerate(body) if content.strip()), len(body))
            return "\n".join(lines[1:number]), "\n".join(body[blank:]), number + 2 + blank
    return None, text, 1


def _layout(dirs: Sequence[Path], texts: dict[str, tuple[str, str]], faults: list[Fault]) -> str:
    if _LAYOUT not in texts:
        where = str(dirs[-1] / _LAYOUT) if dirs else _LAYOUT
        faults.append(Fault(where, "(archivo)", "nada", "el armazón HTML de los correos", "cópielo del original"))
        return ""
    file, text = texts[_LAYOUT]
    for problem in render.check(text, render.LAYOUT_VARIABLES):
        faults.append(_fault(file, "(texto)", problem, problem.line))
    if not re.search(r"\{\{-?\s*cuerpo\b", text):
        faults.append(Fault(file, "(texto)", "un armazón sin {{ cuerpo }}", "{{ cuerpo }} donde va el texto"))
    return text


def _fault(file: str, path: str, problem: render.Problem, line: int) -> Fault:
    return Fault(file, path, problem.found, problem.expected, problem.cure, line, problem.column)
