"""Rule files: `rules/*.yaml` of one or more folders, checked whole, as one RuleSet named by its version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, create_model

from daemon.edge.destinationfaults import destination_faults
from daemon.edge.rosterfaults import roster_faults
from daemon.edge.yamltext import Document, read_yaml
from daemon.errors import Fault, FileFaults
from daemon.findings import Finding, dotted, nearest, one_of
from daemon.findings import Path as KeyPath
from daemon.model.rules import PLAZOS_NECESARIOS, RuleSet
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
_FOLDERS = {section.field: section for section in (_TOPICS, _FORMS)}
_SECTIONS = (
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
)


def load_rules(dirs: Sequence[Path]) -> RuleSet:
    """The rules of these folders; a file of a later folder replaces the same-named file of an earlier one.

    Raises FileFaults with every fault of every file, each with file, line, column and the path of its key.
    """
    faults = [
        Fault(str(folder), dotted(()), "que la carpeta no existe", "una carpeta con reglas", "revise «reglas»")
        for folder in dirs
        if not folder.is_dir()
    ]
    files = _overlaid(dirs)
    contents: dict[str, bytes] = {}
    for name, file in files.items():
        try:
            contents[name] = file.read_bytes()
        except OSError as error:
            faults.append(
                Fault(str(file), dotted(()), f"que no se puede leer ({error.strerror})", "un archivo legible")
            )
    documents = {name: read_yaml(raw, str(files[name])) for name, raw in contents.items()}
    parts = _parts(documents, dirs, faults)
    faults += [fault for document in documents.values() for fault in document.faults]
    faults += _topic_faults([document for name, document in documents.items() if name.startswith("temas/")])
    faults += _repeated(documents)
    faults += _unknown_clues(documents)
    faults += _missing_terms(documents.get("plazos.yaml"))
    faults += roster_faults(documents)
    faults += destination_faults(documents)
    faults += _unanswered_commitments(documents)
    if faults:
        raise FileFaults(sorted(set(faults), key=lambda fault: (fault.file, fault.line or 0, fault.column or 0)))
    return RuleSet(version=_version(contents), **parts)


def _overlaid(dirs: Sequence[Path]) -> dict[str, Path]:
    """Every rule file by its name below its folder (`casa.yaml`, `temas/citas.yaml`), sorted; later folders win.

    Hidden files are skipped: editors leave their locks and backups there.
    """
    found = {
        file.relative_to(folder).as_posix(): file
        for folder in dirs
        for pattern in ("*.y*ml", *(f"{folder}/*.y*ml" for folder in _FOLDERS))
        for file in folder.glob(pattern)
        if not file.name.startswith(".")
    }
    return dict(sorted(found.items()))


def _parts(documents: dict[str, Document], dirs: Sequence[Path], faults: list[Fault]) -> dict[str, Any]:
    """What each file holds, by field of the RuleSet; faults go to the documents, those of absent files to `faults`."""
    parts: dict[str, Any] = dict.fromkeys(_FOLDERS, ())
    sections = {section.file: section for section in _SECTIONS}
    for name, document in documents.items():
        section = _FOLDERS.get(name.partition("/")[0]) if "/" in name else sections.get(name)
        if section is None or not name.endswith(".yaml"):
            document.faults = [_stranger(document.file, name, sections)]
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
    expected = {section.file: section.field for section in _SECTIONS if not section.optional}
    faults += [
        Fault(str(home / file), field, "que el archivo falta", f"un archivo {file}", "cópielo de las reglas de fábrica")
        for file, field in expected.items()
        if file not in documents
    ]
    if not any(name.startswith("temas/") for name in documents):
        faults.append(Fault(str(home / "temas"), "temas", "ningún tema", "al menos un archivo temas/*.yaml"))
    return parts


def _stranger(file: str, name: str, sections: Iterable[str]) -> Fault:
    cure = nearest(name, sections) or "muévalo fuera de la carpeta de reglas"
    return Fault(file, dotted(()), f"el archivo «{name}», que no es de reglas", one_of(sections), cure, 1, 1)


def _topic_faults(documents: Sequence[Document]) -> list[Fault]:
    """Faults between topics: a clave used twice, a near miss that names no topic."""
    seen: dict[object, str] = {}
    faults: list[Fault] = []
    topics = [(document, index, topic) for document in documents for index, topic in _items(document.data, "temas")]
    for document, index, topic in topics:
        path = ("temas", index, "clave")
        clave = topic.get("clave")
        line = document.values.get(path, (0, 0))[0]
        if clave in seen:
            found = Finding(path, f"la clave «{clave}» que ya usa {seen[clave]}", "una clave distinta en cada tema")
            faults.append(document.fault(found))
        seen.setdefault(clave, f"{document.file}:{line}")
    if any(document.data is None for document in documents):
        return faults  # The topic that a near miss names may stand in the file that could not be read.
    for document, index, topic in topics:
        for at, casi in _items(topic, "casi"):
            other = casi.get("tema")
            if other is not None and other not in seen:
                place = ("temas", index, "casi", at, "tema")
                found = Finding(place, f"«{other}»", "la clave de un tema que exista", nearest(other, map(str, seen)))
                faults.append(document.fault(found))
    return faults


def _missing_terms(document: Document | None) -> list[Fault]:
    """Terms that the procedure needs (P a65, a77, a78) and nobody wrote down."""
    terms = document.data.get("plazos") if document and isinstance(document.data, dict) else None
    if document is None or not isinstance(terms, dict):
        return []
    return [
        document.fault(Finding(("plazos", name), "que falta", f"el plazo «{name}»", nearest(name, terms), at_key=True))
        for name in PLAZOS_NECESARIOS
        if name not in terms
    ]


def _unknown_clues(documents: dict[str, Document]) -> list[Fault]:
    """Faults of matters that count a clue which no one wrote down: it would never be found."""
    clues = documents.get("indicios.yaml", Document(""))
    known = {str(clue.get("clave")) for _, clue in _items(clues.data, "indicios")}
    faults = []
    urgency = documents.get("urgencia.yaml", Document(""))
    told = urgency.data.get("urgencia") if isinstance(urgency.data, dict) else None
    matters: list[tuple[Document, KeyPath, dict[str, Any]]] = []
    if isinstance(told, dict):
        matters.append((urgency, ("urgencia",), told))
    sensitive = documents.get("sensibles.yaml", Document(""))
    matters += [(sensitive, ("sensibles", n), matter) for n, matter in _items(sensitive.data, "sensibles")]
    for document, above, matter in matters:
        listed = matter.get("indicios")
        for index, clave in enumerate(listed if isinstance(listed, list) else []):
            if str(clave) not in known:
                path = (*above, "indicios", index)
                cure = nearest(str(clave), known)
                faults.append(document.fault(Finding(path, f"«{clave}»", "la clave de un indicio que exista", cure)))
    return faults


def _unanswered_commitments(documents: dict[str, Document]) -> list[Fault]:
    """Faults of commitments that nobody could be reminded of: an area without address, an address outside the house."""
    document = documents.get("compromisos.yaml", Document(""))
    house = documents.get("casa.yaml", Document("")).data
    casa = house.get("casa") if isinstance(house, dict) else None
    domains = [str(each).lower() for each in (casa or {}).get("dominios") or ()] if isinstance(casa, dict) else []
    areas = _items(document.data, "areas")
    known = [str(area.get("nombre")) for _, area in areas]
    faults = _twice(document, ("areas",), areas, "nombre")
    faults += _twice(document, ("compromisos",), _items(document.data, "compromisos"), "no")
    for index, area in areas:
        correo = str(area.get("correo", "")).lower()
        if "@" in correo and correo.rpartition("@")[2] not in domains:
            expected = f"una dirección de la casa ({one_of(domains)}): ahí salen los recordatorios" if domains else ""
            found = Finding(("areas", index, "correo"), f"«{correo}»", expected, "corríjala, o agregue su dominio")
            faults.append(document.fault(found))
    for index, row in _items(document.data, "compromisos"):
        name = row.get("area_responsable")
        if isinstance(name, str) and name not in known:
            cure = nearest(name, known) or "agréguela en «areas» con su correo"
            path = ("compromisos", index, "area_responsable")
            found = Finding(path, f"«{name}», que no tiene dirección", "un área de «areas»", cure)
            faults.append(document.fault(found))
    return faults


def _repeated(documents: dict[str, Document]) -> list[Fault]:
    """Faults inside one file that its model cannot see: two rules for one thing, copies counted at no account."""
    faults: list[Fault] = []
    accounts = documents.get("casa.yaml", Document("")).data
    casa = accounts.get("casa") if isinstance(accounts, dict) else None
    for name, top, key in (
        ("sensibles", "sensibles", "clave"),
        ("indicios", "indicios", "clave"),
        ("disposiciones", "disposiciones", "clase"),
        ("areas", "areas", "clave"),
    ):
        document = documents.get(f"{name}.yaml")
        if document is not None:
            faults += _twice(document, (top,), _items(document.data, top), key)
    if isinstance(casa, dict):
        document = documents["casa.yaml"]
        cuentas = _items(casa, "cuentas")
        faults += _twice(document, ("casa", "cuentas"), cuentas, "correo")
        faults += _twice(document, ("casa", "personas"), _items(casa, "personas"), "correo")
        own = [str(cuenta.get("correo")).lower() for _, cuenta in cuentas]
        areas = [str(area.get("clave")) for _, area in _items(documents.get("areas.yaml", Document("")).data, "areas")]
        for index, cuenta in cuentas:
            if (area := cuenta.get("area_de_plazos")) is not None and area not in areas:
                cure = nearest(area, areas) or "declárela en areas.yaml, o quite la línea"
                path = ("casa", "cuentas", index, "area_de_plazos")
                found = Finding(path, f"«{area}»", "un área de areas.yaml", cure)
                faults.append(document.fault(found))
            target = str(cuenta.get("cuenta_a")).lower()
            if "cuenta_a" in cuenta and target not in own:
                path = ("casa", "cuentas", index, "cuenta_a")
                found = Finding(path, f"«{target}»", "el correo de una de estas cuentas (P 5.65)", nearest(target, own))
                faults.append(document.fault(found))
    return faults


def _twice(
    document: Document, above: tuple[str, ...], items: list[tuple[int, dict[str, Any]]], key: str
) -> list[Fault]:
    seen: dict[str, int] = {}
    faults = []
    for index, item in items:
        value = str(item.get(key)).lower()
        path: KeyPath = (*above, index, key)
        line = document.values.get(path, (0, 0))[0]
        if key in item and value in seen:
            found = Finding(path, f"«{value}» por segunda vez (línea {seen[value]})", "cada cosa una sola vez")
            faults.append(document.fault(found))
        seen.setdefault(value, line)
    return faults


def _items(data: Any, key: str) -> list[tuple[int, dict[str, Any]]]:
    """The groups listed under `key`, numbered; whatever has another shape is left to the model's own check."""
    listed = data.get(key) if isinstance(data, dict) else None
    return (
        [(index, item) for index, item in enumerate(listed or []) if isinstance(item, dict)]
        if isinstance(listed, list)
        else []
    )


def _version(contents: dict[str, bytes]) -> str:
    """First 12 hex digits of a SHA-256 over names and bytes: the same rules have the same version everywhere."""
    digest = hashlib.sha256()
    for name, raw in sorted(contents.items()):
        digest.update(f"{name}\0{len(raw)}\0".encode() + raw)
    return digest.hexdigest()[:12]
