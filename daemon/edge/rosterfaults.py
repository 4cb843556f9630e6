"""What no entry of consultores.yaml knows of itself: its faults against the house, the topics and the other entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from daemon.edge.ruledocuments import Documents, Entry, domains_of, names, outside, topics_of, twice
from daemon.edge.yamltext import Document
from daemon.errors import Fault
from daemon.findings import Finding, nearest
from daemon.findings import Path as KeyPath

_NAMED = "el correo de otro consultor, o de quien casa.yaml nombra como supervisor o jefatura"


@dataclass(frozen=True, slots=True)
class _Absence:
    """One absence whose days can be read: who is away, from when to when, who stands in."""

    path: KeyPath
    who: str
    since: date
    until: date
    suple: str


@dataclass(slots=True)
class _Roster:
    """The entries as written, whatever is wrong with them; `supervisors` are those whom casa.yaml names.

    `whole` says whether everybody who may be named could be read: where an address is wrong, that is the fault.
    """

    document: Document
    entries: list[Entry]
    supervisors: set[str]
    domains: tuple[str, ...]
    whole: bool
    topics: set[str] | None
    absences: list[_Absence] = field(default_factory=list)

    @property
    def consultores(self) -> set[str]:
        return {_address(entry.get("correo")) for _, entry in self.entries} - {""}

    def fault(self, path: KeyPath, found: str, expected: str, cure: str = "") -> Fault:
        return self.document.fault(Finding(path, found, expected, cure))


def roster_faults(documents: Documents) -> list[Fault]:
    """Every fault of consultores.yaml that needs the whole of it, or another file: consultants named twice, unknown
    topics, people or domains, absences that overlap, stand-ins who stand in for each other."""
    document = documents.get("consultores.yaml")
    if document is None:
        return []
    house = documents.get("casa.yaml")
    people = names([house], "casa", "personas", key="correo") if house and house.group("casa") else None
    roster = _Roster(
        document=document,
        entries=document.groups("consultores"),
        supervisors={
            _address(person.get("correo"))
            for _, person in (house.groups("casa", "personas") if house else ())
            if person.get("papel") in ("supervisor", "jefatura")
        },
        domains=domains_of(documents),
        whole=people is not None and names([document], "consultores", key="correo") is not None,
        topics=names(topics_of(documents), "temas", key="clave"),
    )
    roster.absences = [each for path, entry in roster.entries for each in _absences(path, entry)]
    checks = (_unknown_topics, _strangers, _overlaps, _rings)
    return [
        *twice(document, roster.entries, "correo", "junte las dos entradas"),
        *(fault for check in checks for fault in check(roster)),
    ]


def _unknown_topics(roster: _Roster) -> Iterator[Fault]:
    for path, entry in roster.entries:
        listed = entry.get("temas")
        for index, clave in enumerate(listed if isinstance(listed, list) else []):
            if roster.topics is not None and str(clave) not in roster.topics:
                cure = nearest(clave, roster.topics) or "vea las claves en rules/temas"
                yield roster.fault((*path, "temas", index), f"«{clave}»", "la clave de un tema que exista", cure)


def _strangers(roster: _Roster) -> Iterator[Fault]:
    """Addresses that no internal mail may go to, and people whom nobody has named."""
    known = roster.consultores | roster.supervisors
    for path, entry in roster.entries:
        who, above = _address(entry.get("correo")), _address(entry.get("supervisor"))
        if told := outside(roster.document, (*path, "correo"), who, roster.domains):
            yield told
        if told := outside(roster.document, (*path, "supervisor"), above, roster.domains):
            yield told
        elif above and roster.whole and above not in known - {who}:
            cure = nearest(above, known - {who}) or "agréguelo a «personas» de casa.yaml con papel: supervisor"
            yield roster.fault((*path, "supervisor"), f"«{above}»", _NAMED, cure)
        for index, absence in _numbered(entry, "ausencias"):
            place, suple = (*path, "ausencias", index, "suple"), _address(absence.get("suple"))
            if suple and suple == who:
                yield roster.fault(place, "que se suple a sí mismo", _NAMED, "ponga a otra persona, o quite «suple»")
            elif suple and roster.whole and suple not in known:
                cure = nearest(suple, known - {who}) or "agréguelo a esta lista, o a «personas» de casa.yaml"
                yield roster.fault(place, f"«{suple}»", _NAMED, cure)


def _overlaps(roster: _Roster) -> Iterator[Fault]:
    for later in roster.absences:
        for earlier in roster.absences:
            if earlier is later:
                break
            if earlier.who == later.who and earlier.since <= later.until and later.since <= earlier.until:
                found = f"una ausencia que se encima con la del {earlier.since:%d/%m/%Y} al {earlier.until:%d/%m/%Y}"
                yield roster.fault((*later.path, "desde"), found, "ausencias que no se encimen", "junte las dos")


def _rings(roster: _Roster) -> Iterator[Fault]:
    """Who stands in is away, too, and so on round: nobody would get the mail. Once a ring, at its last absence."""
    told: set[frozenset[str]] = set()
    for day in sorted({absence.since for absence in roster.absences}):
        away = {each.who: each for each in roster.absences if each.since <= day <= each.until}
        for begin in away:
            chain, who = [begin], begin
            while who in away and (who := away[who].suple) in away and who not in chain:
                chain.append(who)
            ring = frozenset(chain[chain.index(who) :]) if who in chain else frozenset()
            if len(ring) > 1 and ring not in told:
                told.add(ring)
                last = max((away[each] for each in ring), key=lambda absence: str(absence.path))
                names = " → ".join((*chain[chain.index(who) :], who))
                found = f"que el {day:%d/%m/%Y} se suplen entre sí quienes están ausentes ({names})"
                yield roster.fault((*last.path, "suple"), found, "que supla alguien presente", "cambie un suplente")


def _absences(path: KeyPath, entry: dict[str, Any]) -> Iterator[_Absence]:
    for index, absence in _numbered(entry, "ausencias"):
        since, until = (_day(absence.get(name)) for name in ("desde", "hasta"))
        if since and until and since <= until:
            who, suple = _address(entry.get("correo")), _address(absence.get("suple"))
            yield _Absence((*path, "ausencias", index), who, since, until, suple)


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        return None


def _address(written: object) -> str:
    return written.strip().lower() if isinstance(written, str) else ""


def _numbered(data: Any, key: str) -> list[tuple[int, dict[str, Any]]]:
    """The groups listed under `key`, numbered; whatever has another shape is left to the model's own check."""
    listed = data.get(key) if isinstance(data, dict) else None
    items = enumerate(listed) if isinstance(listed, list) else ()
    return [(index, item) for index, item in items if isinstance(item, dict)]
