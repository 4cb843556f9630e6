"""What no entry of destinos.yaml knows of itself: its faults against topics, terms, the house and each other."""

from __future__ import annotations

from typing import Any

from daemon.edge.ruledocuments import Documents, Entry, domains_of, names, outside, topics_of, twice
from daemon.edge.yamltext import Document
from daemon.errors import Fault
from daemon.findings import Finding, nearest
from daemon.model.rules import PLAZOS_NECESARIOS


def destination_faults(documents: Documents) -> list[Fault]:
    """Every fault of destinos.yaml that needs the whole of it, or another file: unknown topics, places and terms, two
    Órganos for one topic and place, a name that means two places, an enlace outside the house's domains."""
    document = documents.get("destinos.yaml")
    if document is None:
        return []
    organos, ooad, umae = (document.groups("destinos", key) for key in ("organos", "ooad", "umae"))
    places = [*ooad, *umae]
    topics = names(topics_of(documents), "temas", key="clave")
    domains, why = domains_of(documents), "se le envían datos personales (P 5.22)"
    strangers = (outside(document, (*path, "enlace"), each.get("enlace"), domains, why) for path, each in organos)
    found = [
        *_two_places(places),
        *_unknown(organos, "temas", topics, "la clave de un tema que exista"),
        *_unknown(organos, "ooad", _places(document), "la clave de una OOAD o UMAE"),
        *_two_organos(organos),
        *_terms(organos, documents),
    ]
    return [
        *twice(document, [*organos, *places], "clave"),
        *(document.fault(each) for each in found),
        *(told for told in strangers if told),
    ]


def _places(document: Document) -> set[str] | None:
    ooad, umae = (names([document], "destinos", each, key="clave") for each in ("ooad", "umae"))
    return None if ooad is None or umae is None else ooad | umae


def _words(entry: dict[str, Any], key: str) -> list[tuple[int, str]]:
    listed = entry.get(key)
    return [(index, str(word)) for index, word in enumerate(listed if isinstance(listed, list) else [])]


def _two_places(places: list[Entry]) -> list[Finding]:
    """A name that two OOAD or UMAE have in common recognises neither."""
    seen: dict[str, str] = {}
    found = []
    for path, place in places:
        names = [((*path, "nombre"), str(place.get("nombre")))]
        names += [((*path, "tambien", index), name) for index, name in _words(place, "tambien")]
        for where, name in names:
            other = seen.setdefault(name.casefold(), str(place.get("clave")))
            if other != str(place.get("clave")):
                found.append(Finding(where, f"«{name}», que también nombra a «{other}»", "un nombre de una sola"))
    return found


def _unknown(organos: list[Entry], key: str, known: set[str] | None, expected: str) -> list[Finding]:
    return [
        Finding((*path, key, index), f"«{word}»", expected, nearest(word, known))
        for path, organo in organos
        for index, word in _words(organo, key)
        if known is not None and word not in known
    ]


def _two_organos(organos: list[Entry]) -> list[Finding]:
    """One topic, one place, one Órgano of a kind: else nobody could say which of them attends it."""
    found = []
    for number, (path, organo) in enumerate(organos):
        here = {word for _, word in _words(organo, "ooad")}
        for _, other in organos[:number]:
            there = {word for _, word in _words(other, "ooad")}
            meet = bool(here & there) or (not here and not there)
            taken = {word for _, word in _words(other, "temas")} if other.get("tipo") == organo.get("tipo") else set()
            found += [
                Finding(
                    (*path, "temas", index),
                    f"«{word}», que ya atiende «{other.get('clave')}»",
                    "un solo Órgano por tema y lugar",
                    "quítelo de uno de los dos, o dígales su «ooad»",
                )
                for index, word in _words(organo, "temas")
                if meet and word in taken
            ]
    return found


def _terms(organos: list[Entry], documents: Documents) -> list[Finding]:
    plazos = documents.get("plazos.yaml", Document("")).group("plazos")
    if not plazos:
        return []
    known = {*plazos, *PLAZOS_NECESARIOS}  # A needed one that is not there is missed in plazos.yaml.
    return [
        Finding((*path, "plazo"), f"«{organo['plazo']}»", "un plazo de plazos.yaml", nearest(organo["plazo"], known))
        for path, organo in organos
        if organo.get("plazo") is not None and organo["plazo"] not in known
    ]
