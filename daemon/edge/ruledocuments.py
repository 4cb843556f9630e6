"""What every check between rules needs: who may be referred to, what stands twice, which address is not the house's.

The documents are those of all files by their names. Who refers to something whose name itself is wrong is not told as
well: one slip is one fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from daemon.edge.yamltext import Document
from daemon.errors import Fault
from daemon.findings import Finding, one_of
from daemon.findings import Path as KeyPath

Documents = Mapping[str, Document]
# A group of a document with its path.
Entry = tuple[KeyPath, dict[str, Any]]


def names(documents: Iterable[Document], *above: str, key: str) -> set[str] | None:
    """What others may refer to: the `key` of each group listed under `above`; None when nobody can tell, because a
    file or one of the names in it is wrong, which is a fault of its own."""
    found: set[str] = set()
    for document in documents:
        groups = document.groups(*above)
        listed = document.data
        for step in above:
            listed = listed.get(step) if isinstance(listed, dict) else None
        if len(groups) != len(listed or ()) or (listed is None and document.faults):
            return None
        if any(fault.path.endswith(f".{key}") for fault in document.faults):
            return None
        if any(not isinstance(group.get(key), str) for _, group in groups):
            return None
        found |= {group[key] for _, group in groups}
    return found


def topics_of(documents: Documents) -> list[Document]:
    """The files of topics."""
    return [document for name, document in documents.items() if name.startswith("temas/")]


def domains_of(documents: Documents) -> tuple[str, ...]:
    """The house's mail domains; none when casa.yaml does not tell them, and no address can be told to lie outside."""
    house = documents.get("casa.yaml", Document("")).group("casa").get("dominios")
    return tuple(str(domain).lower() for domain in house) if isinstance(house, list) else ()


def twice(document: Document, groups: Sequence[Entry], key: str, cure: str = "deje una de las dos") -> Iterator[Fault]:
    """Each of the groups whose `key` says what an earlier one says; capitals make no difference."""
    seen: dict[str, int] = {}
    for path, group in groups:
        value = str(group.get(key)).lower()
        if group.get(key) is not None and value in seen:
            found = f"«{value}» por segunda vez (línea {seen[value]})"
            yield document.fault(Finding((*path, key), found, "cada cosa una sola vez", cure))
        seen.setdefault(value, document.line((*path, key)))


def outside(document: Document, path: KeyPath, written: object, domains: Sequence[str], why: str = "") -> Fault | None:
    """The fault of an address at which the house has nobody; `why` says what it is for.

    What is no address the model tells, and without `domains` nobody can say which of them lie outside.
    """
    address = str(written or "").strip().lower()
    if "@" not in address or not domains or address.rpartition("@")[2] in domains:
        return None
    expected = f"una dirección de la casa ({one_of(domains)})" + (f": {why}" if why else "")
    cure = "corríjala, o agregue su dominio a casa.yaml"
    return document.fault(Finding(path, f"«{address}»", expected, cure))
