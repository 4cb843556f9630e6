"""Mail to our own people that belongs to no petition: the morning mail, an outage of SIADE, a commitment's reminder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from ..model import ids
from ..model.outgoing import InternalMail
from ..model.petition import Clase
from ..model.rules import RuleSet
from ..model.templates import TemplateSet
from .clean import Markdown, one_line
from .markdown import to_html, to_text
from .message import File, address, assemble
from .render import page


def compose_house(
    name: str,
    to: str,
    subject: str,
    body: Markdown,
    *,
    account: str,
    rules: RuleSet,
    templates: TemplateSet,
    now: datetime,
    key: bytes,
    urgent: bool = False,
    files: Sequence[File] = (),
    html: str | None = None,
) -> InternalMail:
    """A finished internal mail. `name` says which one it is («informe/2026-11-22»): the same name to the same address
    is the same mail, so that it is sent once. `html` replaces the page that is made from `body`."""
    zone = rules.calendario.zona
    day = now.date()
    folio = ids.folio(name, to, day)
    domain = account.rpartition("@")[2]
    message_id = ids.message_id(folio, ids.FIRST_INTERNAL + 1, domain, key)
    subject = one_line(subject)[:150]
    text = to_text(body)
    cuenta = rules.buzon(account)
    raw = assemble(
        sender=address(account, cuenta.nombre if cuenta else ""),
        to=address(to),
        subject=subject,
        now=now,
        zone=zone,
        message_id=message_id,
        text=text,
        html=html
        or page(
            templates.layout_html,
            asunto=subject,
            preheader=one_line(text)[:140],
            encabezado="Aviso interno · no se envía a ninguna persona usuaria",
            cuerpo=to_html(body),
            urgente=urgent,
        ),
        extra=[
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            *([("Importance", "high"), ("X-Priority", "1")] if urgent else []),
        ],
        files=files,
    )
    digest = hashlib.sha256(f"{name}\0{to}".encode()).hexdigest()[:12]
    return InternalMail(
        id=f"casa/{digest}",
        folio=None,
        clase=Clase.AVISO_INTERNO,
        account=account,
        to=to,
        subject=subject,
        raw=raw,
        message_id=message_id,
        created_at=now,
        urgent=urgent,
    )
