"""What was filled in on screen (AcroForm), as atoms at its place among the printed words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from daemon.model.mail import FormField
from daemon.model.survival_rules import CampoFormulario
from daemon.read.plain import plain

from .places import Atom, key_of

MARK, BLANK = "☒", "☐"
_STATES = frozenset({"yes", "on", "1", "true", "x", "marcado", "checked", "si", "no"})
_OFF = frozenset({"off", "no marcado"})


def with_widgets(atoms: Sequence[Atom], fields: Sequence[FormField]) -> list[Atom]:
    """The printed atoms and those of filled fields; a value that is also printed in its field counts once."""
    if not fields:
        return list(atoms)
    heights = sorted(atom.height for atom in atoms)
    usual = heights[len(heights) // 2] if heights else 10.0
    out = list(atoms)
    for field in fields:
        text = " ".join(field.value.split())
        if not text or field.x1 <= field.x0 or field.bottom <= field.top:
            continue
        text = _mark(text, field, usual) or text
        said = key_of(text)
        out = [atom for atom in out if not (_inside(atom, field) and (not atom.key or atom.key in said))]
        high = min(usual, field.bottom - field.top)
        out.append(Atom(text, "", field.x0, field.top, field.x1, field.bottom, high, 100.0, widget=field.name or "?"))
    return out


def _mark(text: str, field: FormField, usual: float) -> str | None:
    """The mark that a check box's state is; None for a field of text."""
    wide, high = field.x1 - field.x0, field.bottom - field.top
    if plain(text) in _OFF:
        return BLANK
    return MARK if plain(text).lstrip("/") in _STATES and wide < 1.6 * high and wide < 3 * usual else None


def _inside(atom: Atom, field: FormField) -> bool:
    return field.x0 <= (atom.x0 + atom.x1) / 2 <= field.x1 and field.top <= atom.middle <= field.bottom


def named(widget: str, campos: Sequence[CampoFormulario]) -> str | None:
    """The field of the form that an AcroForm name means; None when it is nobody's name."""
    leaf = key_of(re.sub(r"\[\d+\]", "", widget).rpartition(".")[2])
    return next((c.clave for c in campos if leaf in {key_of(name) for name in c.acroform}), None)
