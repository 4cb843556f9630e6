"""Rule files: `rules/*.yaml` of one or more folders, checked whole, as one RuleSet named by its version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, create_model

from daemon.edge.destinationfaults import destination_faults
from daemon.edge.handwritten import read_file
from daemon.edge.rosterfaults import roster_faults
from daemon.edge.rulefaults import rule_faults
from daemon.edge.yamltext import Document, read_yaml
from daemon.errors import Fault, FileFaults
from daemon.findings import Finding, closest, dotted, nearest, one_of
from daemon.model.rules import RuleSet
from daemon.model.strict import Strict


@dataclass(frozen=True, slots=True)
class _Section:
    """Which field of the RuleSet a file feeds: under a top key of that name, or (`whole`) with all its top keys."""

    field: str
    whole: bool = False
    optional: bool = False

    @property
    def file(self) -> str:
        return f"{self.field}.yaml"

    @property
    def model(self) -> type[BaseModel]:
        annotation: Any = RuleSet.model_fields[self.field].annotation
        if self.whole:
            return cast(type[BaseModel], annotation)
        under_its_key: dict[str, Any] = {self.field: (annotation, ...)}
        return create_model(self.file, __base__=Strict, **under_its_key)


# Each may be spread over several files of a folder of that name.
_TOPICS = _Section("temas")
_FORMS = _Section("formularios", optional=True)
FOLDERS = {section.field: section for section in (_TOPICS, _FORMS)}
SECTIONS = (
    _Section("tipos"),
    _Section("sensibles"),
    _Section("urgencia"),
    _Section("claridad"),
    _Section("plazos"),
    _Section("calendario"),
    _Section("disposiciones"),
    _Section("casa"),
    _Section("indicios", optional=True),
    _Section("topes", optional=True),
    _Section("carpetas", optional=True),
    _Section("correo_ajeno", whole=True, optional=True),
    _Section("nombres", whole=True, optional=True),
    _Section("oficinas_consulares", optional=True),
    _Section("supervivencia", optional=True),
    _Section("consultores", optional=True),
    _Section("destinos", optional=True),
    _Section("informe", optional=True),
    _Section("siade", optional=True),
    _Section("antecedentes", optional=True),
    _Section("desistimiento", optional=True),
    _Section("areas", optional=True),
    _Section("compromisos", whole=True, optional=True),
    _Section("retencion", optional=True),
)


_FIELDS = {section.field for section in SECTIONS} | set(FOLDERS)
_KEY = re.compile(rb"^([a-z_]+):\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """What the rule folders hold: every file as it was read, every fault, and the rules when there is none."""

    documents: Mapping[str, Document]
    faults: tuple[Fault, ...]
    rules: RuleSet | None


def load_rules(dirs: Sequence[Path]) -> RuleSet:
    """The rules of these folders; a file of a later folder replaces the same-named file of an earlier one.

    Raises FileFaults with every fault of every file, each with file, line, column and the path of its key.
    """
    files = read_rules(dirs)
    if files.rules is None:
        raise FileFaults(files.faults)
    return files.rules


def read_rules(dirs: Sequence[Path]) -> RuleFiles:
    """The rule files of these folders, checked whole; never raises for what a person wrote."""
    faults = [
        Fault(str(folder), dotted(()), "que la carpeta no existe", "una carpeta con reglas", "revise su nombre")
        for folder in dirs
        if not folder.is_dir()
    ]
    faults += [fault for folder in dirs for fault in _misplaced(folder)]
    files = rule_files(dirs)
    contents: dict[str, bytes] = {}
    for name, file in files.items():
        try:
            contents[name] = read_file(file)
        except FileFaults as problem:
            faults += problem.faults
    documents = {name: read_yaml(raw, str(files[name])) for name, raw in contents.items()}
    parts = _parts(documents, set(files), dirs, faults)
    own = [fault for document in documents.values() for fault in document.faults]
    wrong = {(fault.file, fault.path) for fault in own}
    between = [*rule_faults(documents), *roster_faults(documents), *destination_faults(documents)]
    # What is wrong by itself is not told again for what it does to others.
    faults += [*own, *(fault for fault in between if (fault.file, fault.path) not in wrong)]
    told = tuple(sorted(set(faults), key=lambda fault: (fault.file, fault.line or 0, fault.column or 0)))
    return RuleFiles(documents, told, None if told else RuleSet(version=_version(contents), **parts))


def _misplaced(folder: Path) -> list[Fault]:
    """Rules that would be passed over in silence: in a sub-folder of a slightly wrong name, or as «casa.yaml.txt»."""
    found = []
    for each in sorted(folder.glob("*")):
        if each.is_dir() and each.name not in FOLDERS and any(each.glob("*.y*ml")):
            cure = nearest(each.name, FOLDERS)
            if cure:
                found.append(Fault(str(each), dotted(()), "una carpeta que no se lee", one_of(FOLDERS), cure))
    inside = [each for above in (folder, *(folder / name for name in FOLDERS)) for each in sorted(above.glob("*"))]
    for each in inside:
        if each.is_file() and not each.name.startswith((".", "~$")) and _meant_as_rules(each):
            cure = f"guárdelo como texto UTF-8 con el nombre «{each.name.partition('.')[0]}.yaml»"
            found.append(
                Fault(str(each), dotted(()), "un archivo que no se lee", "un nombre que termine en .yaml", cure)
            )
    return found


def _meant_as_rules(file: Path) -> bool:
    """Whether what stands in a file that is not read is rules: by its name («casa.docx», «casa.yaml.txt»), or, since
    there may be notes beside the rules, by its first key."""
    if file.suffix in (".yaml", ".yml"):
        return False
    stem, _, ending = file.name.lower().partition(".")
    if ending in ("yaml", "yml", "yaml.txt", "yml.txt"):
        return True
    if ending not in ("txt", "md", "doc", "docx", "odt", "rtf"):
        return False
    if stem in _FIELDS or ending not in ("txt", "md"):
        return stem in _FIELDS
    with file.open("rb") as opened:
        first = _KEY.search(opened.read(100_000).replace(b"\0", b""))
    return first is not None and first[1].decode() in _FIELDS


def rule_files(dirs: Sequence[Path]) -> dict[str, Path]:
    """Every rule file by its name below its folder (`casa.yaml`, `temas/citas.yaml`), sorted; later folders win.

    Hidden files are skipped: editors leave their locks and backups there.
    """
    found = {
        file.relative_to(folder).as_posix(): file
        for folder in dirs
        for pattern in ("*.y*ml", *(f"{folder}/*.y*ml" for folder in FOLDERS))
        for file in folder.glob(pattern)
        if not file.name.startswith(".")
    }
    return dict(sorted(found.items()))


def _parts(
    documents: dict[str, Document], there: set[str], dirs: Sequence[Path], faults: list[Fault]
) -> dict[str, Any]:
    """What each file holds, by field of the RuleSet; faults go to the documents, those of absent files to `faults`."""
    parts: dict[str, Any] = dict.fromkeys(FOLDERS, ())
    sections = {section.file: section for section in SECTIONS}
    for name, document in documents.items():
        section = FOLDERS.get(name.partition("/")[0]) if "/" in name else sections.get(name)
        if section is None or not name.endswith(".yaml"):
            # A file of nearly the right name is surely meant as that one, which then is not missing as well.
            there.add(str(_meant(name)))
            document.faults = [_stranger(document, name)]
            continue
        if document.data is None:
            if not document.faults:
                found = Finding((), "un archivo vacío", f"la clave «{section.field}»")
                document.faults.append(document.fault(found))
            continue
        checked = document.check(section.model)
        if checked is None:
            continue
        value = checked if section.whole else getattr(checked, section.field)
        parts[section.field] = parts[section.field] + value if "/" in name else value
    home = dirs[-1] if dirs else Path()
    expected = {section.file: section.field for section in SECTIONS if not section.optional}
    faults += [
        Fault(str(home / file), field, "que el archivo falta", f"un archivo {file}", "cópielo de las reglas de fábrica")
        for file, field in expected.items()
        if file not in there
    ]
    if not any(name.startswith("temas/") for name in there):
        faults.append(Fault(str(home / "temas"), "temas", "ningún tema", "al menos un archivo temas/*.yaml"))
    return parts


def _meant(name: str) -> str | None:
    """The file of rules that one of another name is surely meant as; endings, which are all alike, do not count."""
    stem, fields = name.rpartition("/")[2].rpartition(".")[0].lower(), [section.field for section in SECTIONS]
    close = next((field for field in fields if stem.startswith(field)), None) or closest(stem, fields)
    return f"{close}.yaml" if close else None


def _stranger(document: Document, name: str) -> Fault:
    """A file that is none of the rules: a slip in its name, a copy beside the original, topics in the wrong folder."""
    meant = _meant(name)
    under = next((key for key in FOLDERS if isinstance(document.data, dict) and key in document.data), None)
    expected, cure = f"«{meant}»", f"¿quiso decir «{meant}»?"
    if under and "/" not in name:
        expected, cure = f"en la carpeta «{under}»", f"muévalo a la carpeta «{under}»"
    elif meant is None:
        expected, cure = one_of(section.file for section in SECTIONS), "muévalo fuera de la carpeta de reglas"
    elif Path(document.file).with_name(meant).is_file():
        cure += " Si es una copia, muévala fuera de la carpeta de reglas"
    return Fault(document.file, dotted(()), f"el archivo «{name}», que no es de reglas", expected, cure, 1, 1)


def _version(contents: dict[str, bytes]) -> str:
    """First 12 hex digits of a SHA-256 over names and bytes: the same rules have the same version everywhere."""
    digest = hashlib.sha256()
    for name, raw in sorted(contents.items()):
        digest.update(f"{name}\0{len(raw)}\0".encode() + raw)
    return digest.hexdigest()[:12]
