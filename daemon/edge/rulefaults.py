"""What no rule knows of itself: faults between topics, clues, terms, accounts, forms and commitments, each placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from daemon.edge.ruledocuments import Documents, domains_of, names, outside, topics_of, twice
from daemon.edge.yamltext import Document
from daemon.errors import Fault
from daemon.findings import Finding, closest, nearest
from daemon.findings import Path as KeyPath
from daemon.model.rules import PLAZOS_NECESARIOS

# Lists in which each thing may stand once: file, where the list is, the key that tells one thing from another.
_ONCE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("sensibles.yaml", ("sensibles",), "clave"),
    ("indicios.yaml", ("indicios",), "clave"),
    ("disposiciones.yaml", ("disposiciones",), "clase"),
    ("areas.yaml", ("areas",), "clave"),
    ("casa.yaml", ("casa", "cuentas"), "correo"),
    ("casa.yaml", ("casa", "personas"), "correo"),
    ("compromisos.yaml", ("areas",), "nombre"),
    ("compromisos.yaml", ("compromisos",), "no"),
    ("oficinas_consulares.yaml", ("oficinas_consulares",), "clave"),
    ("oficinas_consulares.yaml", ("oficinas_consulares",), "cuenta"),
)


def rule_faults(documents: Documents) -> list[Fault]:
    """Every fault that needs two rules, or two files, to be seen."""
    checks = (_topics, _once, _clues, _terms, _accounts, _forms, _commitments)
    return [fault for check in checks for fault in check(documents)]


def _topics(documents: Documents) -> Iterator[Fault]:
    """A clave used twice, a near miss that names no topic."""
    # Copies have longer names («citas (1).yaml»), and it is them that are one too many.
    files = sorted(topics_of(documents), key=lambda document: (len(document.file), document.file))
    seen: dict[str, tuple[Document, int]] = {}
    twice: dict[tuple[str, str], list[tuple[Document, KeyPath, str]]] = defaultdict(list)
    for document in files:
        for path, topic in document.groups("temas"):
            clave, place = topic.get("clave"), (*path, "clave")
            if not isinstance(clave, str):
                continue
            if clave in seen:
                twice[document.file, seen[clave][0].file].append((document, place, clave))
            seen.setdefault(clave, (document, document.line(place)))
    for (here, there), repeated in twice.items():
        document, place, clave = repeated[0]
        if len(repeated) == 1 or here == there:
            for document, place, clave in repeated:
                first, line = seen[clave]
                found = f"la clave «{clave}» que ya usa {first.file}:{line}"
                yield document.fault(Finding(place, found, "una clave distinta en cada tema"))
        else:  # A copy under another name is one slip, however many topics there are in it.
            found = (
                f"{len(repeated)} temas que ya están en {there} ({', '.join(each for _, _, each in repeated[:3])} …)"
            )
            beside = document.file.rpartition("/")[0] == there.rpartition("/")[0]
            cure = "si este archivo sustituye a aquel, póngale el mismo nombre"
            cure = "si es una copia, muévala fuera de esta carpeta" if beside else cure
            yield document.fault(Finding(place, found, "una clave distinta en cada tema", cure))
    known = names(files, "temas", key="clave")
    for document in files:
        for path, topic in document.groups("temas"):
            listed = topic.get("casi")
            for at, casi in enumerate(listed if isinstance(listed, list) else ()):
                other = casi.get("tema") if isinstance(casi, dict) else None
                if known is not None and isinstance(other, str) and other not in known:
                    expected = "la clave de un tema que exista"
                    told = Finding((*path, "casi", at, "tema"), f"«{other}»", expected, nearest(other, known))
                    yield document.fault(told)


def _once(documents: Documents) -> Iterator[Fault]:
    for name, above, key in _ONCE:
        if name in documents:
            yield from twice(documents[name], documents[name].groups(*above), key)


def _clues(documents: Documents) -> Iterator[Fault]:
    """Matters that count a clue which no one wrote down: it would never be found."""
    clues = documents.get("indicios.yaml")
    known = names([clues] if clues else [], "indicios", key="clave")
    matters: list[tuple[Document, KeyPath, dict[str, Any]]] = []
    if urgency := documents.get("urgencia.yaml"):
        matters.append((urgency, ("urgencia",), urgency.group("urgencia")))
    if sensitive := documents.get("sensibles.yaml"):
        matters += [(sensitive, path, matter) for path, matter in sensitive.groups("sensibles")]
    for document, above, matter in matters:
        listed = matter.get("indicios")
        for index, clave in enumerate(listed if isinstance(listed, list) else []):
            if known is not None and str(clave) not in known:
                cure = nearest(clave, known) or "escríbalo en indicios.yaml, o quítelo de aquí"
                path = (*above, "indicios", index)
                yield document.fault(Finding(path, f"«{clave}»", "la clave de un indicio que exista", cure))


def _terms(documents: Documents) -> Iterator[Fault]:
    """Terms that the procedure needs (P a65, a77, a78) and nobody wrote down; one that is misspelt is told there."""
    document = documents.get("plazos.yaml")
    told = document.group("plazos") if document else {}
    if document is None or not told:
        return
    others = [name for name in told if name not in PLAZOS_NECESARIOS]
    for name in PLAZOS_NECESARIOS:
        if name in told:
            continue
        if slip := closest(name, others):
            path, found, cure = ("plazos", slip), f"el plazo «{slip}»", f"¿quiso decir «{name}»?"
        else:
            path, found, cure = ("plazos", name), "que falta", "añádalo; las reglas de fábrica lo traen"
        yield document.fault(Finding(path, found, f"el plazo «{name}», que hace falta", cure, at_key=True))


def _accounts(documents: Documents) -> Iterator[Fault]:
    """Accounts whose copies count at no account of ours (P 5.65), or that wait by the terms of no area."""
    document = documents.get("casa.yaml")
    if document is None:
        return
    own = names([document], "casa", "cuentas", key="correo")
    files = [documents["areas.yaml"]] if "areas.yaml" in documents else []
    areas = names(files, "areas", key="clave")
    for path, cuenta in document.groups("casa", "cuentas"):
        area, target = cuenta.get("area_de_plazos"), cuenta.get("cuenta_a")
        if isinstance(area, str) and areas is not None and area not in areas:
            cure = nearest(area, areas) or "declárela en areas.yaml, o quite la línea"
            yield document.fault(Finding((*path, "area_de_plazos"), f"«{area}»", "un área de areas.yaml", cure))
        known = {correo.lower() for correo in own or ()}
        wrong = any(fault.path.endswith(".cuenta_a") for fault in document.faults)
        if isinstance(target, str) and own is not None and not wrong and target.lower() not in known:
            expected, cure = "el correo de una de estas cuentas (P 5.65)", nearest(target, known)
            yield document.fault(Finding((*path, "cuenta_a"), f"«{target.lower()}»", expected, cure))


def _forms(documents: Documents) -> Iterator[Fault]:
    """Fields of a form below a heading that it does not have, and fields of one key."""
    for name, document in documents.items():
        if not name.startswith("formularios/"):
            continue
        for path, form in document.groups("formularios"):
            listed = form.get("secciones")
            sections = [each for each in listed or () if isinstance(each, dict)] if isinstance(listed, list) else []
            known = [str(each.get("clave")) for each in sections]
            campos = form.get("campos")
            fields = [
                ((*path, "campos", index), each)
                for index, each in enumerate(campos if isinstance(campos, list) else [])
                if isinstance(each, dict)
            ]
            yield from twice(document, fields, "clave")
            for place, campo in fields:
                below = campo.get("seccion")
                if below is not None and all(each.get("clave") for each in sections) and below not in known:
                    cure = nearest(below, known) or "declárela en «secciones»"
                    expected = "la clave de una de las «secciones»"
                    yield document.fault(Finding((*place, "seccion"), f"«{below}»", expected, cure))


def _commitments(documents: Documents) -> Iterator[Fault]:
    """Commitments that nobody could be reminded of: an area without address, an address outside the house."""
    document = documents.get("compromisos.yaml")
    if document is None:
        return
    domains = domains_of(documents)
    known = names([document], "areas", key="nombre")
    for path, area in document.groups("areas"):
        why = "ahí salen los recordatorios"
        if told := outside(document, (*path, "correo"), area.get("correo"), domains, why):
            yield told
    for path, row in document.groups("compromisos"):
        name = row.get("area_responsable")
        if isinstance(name, str) and known is not None and name not in known:
            cure = nearest(name, known) or "agréguela en «areas» con su correo"
            found = f"«{name}», que no tiene dirección"
            yield document.fault(Finding((*path, "area_responsable"), found, "un área de «areas»", cure))
