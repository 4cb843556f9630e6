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
from .internal import Sheet, finished
from .markdown import to_html, to_text
from .message import File
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
    subject, text = one_line(subject)[:150], to_text(body)
    html = html or page(
        templates.layout_html,
        asunto=subject,
        preheader=one_line(text)[:140],
        encabezado="Aviso interno · no se envía a ninguna persona usuaria",
        cuerpo=to_html(body),
        urgente=urgent,
    )
    digest = hashlib.sha256(f"{name}\0{to}".encode()).hexdigest()[:12]
    sheet = Sheet(Clase.AVISO_INTERNO, account, to, subject, text, html, urgent, tuple(files))
    return finished(sheet, f"casa/{digest}", ids.folio(name, to, now.date()), 1, rules=rules, now=now, key=key)
