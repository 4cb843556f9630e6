"""The witness: a mail of ours to ourselves whose arrival proves that blind copies arrive (5.65); it is no petition."""

from __future__ import annotations

from datetime import datetime
from html import escape

from ..model import ids
from ..model.outgoing import Envelope
from ..model.rules import RuleSet
from .message import address, assemble

_SUBJECT = "Prueba de acuse: copia de conteo"
_TEXT = (
    "Este correo lo envió acuse a su propia cuenta para comprobar que la copia oculta de conteo llega. "
    "No es de ninguna persona y no necesita respuesta: puede borrarlo.\n"
)


def compose_witness(account: str, token: str, *, rules: RuleSet, now: datetime, key: bytes) -> Envelope | None:
    """A mail from `account` to itself with its blind copy; None for an account that the rules do not know.

    `token` makes it one of its kind. Its Message-ID is signed as internal, so that the daemon leaves it alone wherever
    it meets it.
    """
    cuenta = rules.buzon(account)
    if cuenta is None:
        return None
    domain = account.rpartition("@")[2]
    reference = ids.folio(token, account, now.date())
    message_id = ids.message_id(reference, ids.FIRST_INTERNAL, domain, key)
    raw = assemble(
        sender=address(account, cuenta.nombre),
        to=address(account),
        subject=_SUBJECT,
        now=now,
        zone=rules.calendario.zona,
        message_id=message_id,
        text=_TEXT,
        html=f"<p>{escape(_TEXT)}</p>",
        extra=[("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")],
    )
    return Envelope(account, (account,), cuenta.cuenta_a, message_id, raw)
