"""What `acuse status` and `acuse show` say, in sentences: figures of the store and a petition told as a story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .model.petition import Petition

if TYPE_CHECKING:
    from .app import Office


def lines(figures: Mapping[str, Any], office: Office) -> Iterator[str]:
    """The figures, one heading a group; groups without anything to say are one short line."""
    for name, value in figures.items():
        title = name.replace("_", " ").capitalize()
        if isinstance(value, Mapping):
            yield f"{title}:{'' if value else ' nada'}"
            yield from (f"  - {key}: {_short(item, office)}" for key, item in value.items())
        elif isinstance(value, list | tuple):
            yield f"{title}: {'ninguno' if not value else len(value)}"
            yield from (f"  - {_short(item, office)}" for item in value)
        else:
            yield f"{title}: {_short(value, office)}"


def _short(value: Any, office: Office) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_short(item, office)}" for key, item in value.items())
    if hasattr(value, "astimezone"):
        return f"{office.desk.policy.calendar.local(value):%d/%m/%Y %H:%M}"
    return "—" if value is None else str(value)


def story(petition: Petition, office: Office) -> Iterator[str]:
    """A petition's facts, its terms with the days they skipped, and its history, each line with its numeral."""
    calendar = office.desk.policy.calendar
    tema = office.rules.tema(petition.topic)
    yield f"{petition.folio}  {petition.state}  ({petition.account})"
    yield f"  Asunto: {petition.subject}"
    captured = f"{petition.captured_on:%d/%m/%Y}"
    yield f"  Llegó: {calendar.local(petition.opened_at):%d/%m/%Y %H:%M}; se captura el {captured} (P 5.19)"
    yield f"  Tipo: {petition.type or '—'}; tema: {tema.nombre if tema else '—'}; destino: {petition.destination}"
    marks = [name for name, on in (("urgente", petition.urgent), ("sensible", petition.sensitive)) if on]
    yield f"  Falta: {', '.join(petition.missing) or 'nada'}" + (f"; {', '.join(marks)}" if marks else "")
    for term in petition.terms:
        yield f"  Plazo {term.name} ({term.numeral}): vence {calendar.local(term.due_at):%d/%m/%Y %H:%M}"
        yield from (f"    no cuenta {day:%d/%m/%Y}: {why}" for day, why in term.skipped)
    for entry in office.desk.store.story(petition.folio):
        numeral = f" ({entry.numeral})" if entry.numeral else ""
        yield f"  {calendar.local(entry.at):%d/%m/%Y %H:%M}  {entry.text}{numeral} — {entry.actor}"
