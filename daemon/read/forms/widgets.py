"""What was filled in on screen (AcroForm), as atoms at its place among the printed words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from daemon.model.mail import FormField
from daemon.model.survival_rules import CampoFormulario
from daemon.read.plain import plain

from .places import Atom, key_of, lines_of

MARK, BLANK = "☒", "☐"
_OFF = frozenset({"", "off"})
# What is printed where a box to tick is, as its frame and not as its mark.
_FRAMES = frozenset("()[]☐□○◯⬜▢_.· ")


def with_widgets(atoms: Sequence[Atom], fields: Sequence[FormField]) -> list[Atom]:
    """The printed atoms and one for each AcroForm field, filled or not.

    What is also printed in its field counts once; what is printed over an empty field is the value.
    """
    if not fields:
        return list(atoms)
    heights = sorted(atom.height for atom in atoms)
    usual = heights[len(heights) // 2] if heights else 10.0
    out = list(atoms)
    for field in fields:
        text = " ".join(field.value.split())
        printed = [atom for atom in out if not atom.widget and _inside(atom, field)]
        if field.check:
            text = BLANK if plain(text) in _OFF else MARK
            says = any(set(atom.text) - _FRAMES for atom in printed)
            again = not says or text == MARK
        else:
            said = "".join(atom.key for line in lines_of(printed) for atom in line)
            says = said != ""
            again = said in ("", key_of(text))
        if says and text in ("", BLANK):
            continue
        if again:
            double = set(map(id, printed))
            out = [atom for atom in out if id(atom) not in double]
        high = min(usual, field.bottom - field.top)
        out.append(Atom(text, "", field.x0, field.top, field.x1, field.bottom, high, 100.0, widget=field.name or "?"))
    return out


def _inside(atom: Atom, field: FormField) -> bool:
    return field.x0 <= (atom.x0 + atom.x1) / 2 <= field.x1 and field.top <= atom.middle <= field.bottom


def ticks(atoms: Iterable[Atom]) -> bool:
    """Whether one of these is a box to tick on screen."""
    return any(atom.widget and atom.text in (MARK, BLANK) for atom in atoms)


def named(widget: str, campos: Sequence[CampoFormulario]) -> str | None:
    """The field of the form that an AcroForm name means; None when it is nobody's name."""
    leaf = key_of(re.sub(r"\[\d+\]", "", widget).rpartition(".")[2])
    return next((c.clave for c in campos if leaf in {key_of(name) for name in c.acroform}), None)
