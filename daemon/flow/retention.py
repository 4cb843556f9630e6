"""The night's erasure: personal data past its time (rules/retencion.yaml) is blanked little by little (P 5.22)."""

from __future__ import annotations

from datetime import date

from ..model.privacy import Erasure
from .desk import Desk

JOB = "retencion"
# One transaction's share, short enough that no mail waits for it; and as many of them at one stroke.
_BATCH, _BATCHES = 10, 30


def erase_old(desk: Desk, day: date) -> bool:
    """Blank what is past its time; False when there is more, or when traces of it are left, so that it is asked again.

    Safe to repeat: what is blanked is past its time no more.
    """
    now, rules = desk.now(), desk.policy.rules
    left, total = _BATCHES, 0
    for kind, term in rules.retencion.terms():
        before = term.before(now)
        while before is not None:
            if left == 0:
                return False
            record = Erasure(0, now, "plazo", by="acuse", reason=f"plazo de conservación cumplido, {day.isoformat()}")
            number = desk.store.expire(kind, before, record, day, _BATCH, rules.casa.encuesta)
            left, total = left - 1, total + number
            if number < _BATCH:
                break
    if total:
        desk.tell("borrado_por_plazo", cuantos=total)
    return desk.store.forget()
