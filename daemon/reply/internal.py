"""Mail to our own people: the envelope that data sheets and notices share, numbered apart from mail to persons."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from ..errors import TemplateFailed
from ..model import ids
from ..model.decision import Notify
from ..model.outgoing import InternalMail
from ..model.petition import Clase, Petition
from ..model.rules import RuleSet
from ..model.templates import TemplateSet
from .clean import one_line, plain_as_markdown
from .markdown import to_html, to_text
from .message import address, assemble
from .render import page

# Message-IDs of internal mails count from here, so that none equals that of a draft of the same petition.
FIRST_INTERNAL = ids.FIRST_INTERNAL


@dataclass(frozen=True, slots=True)
class Sheet:
    """An internal mail before it has a name: what it says and between whom."""

    clase: Clase
    account: str
    to: str
    subject: str
    text: str
    html: str
    urgent: bool = False


def internal_mail(
    sheet: Sheet, *, petition: Petition | None, rules: RuleSet, now: datetime, ordinal: int, key: bytes
) -> InternalMail:
    """Finish an internal mail to the byte. With a petition its Message-ID is signed, so an answer finds its way."""
    domain = sheet.account.rpartition("@")[2]
    if petition:
        name = f"{petition.folio}/i{ordinal}"
        message_id = ids.message_id(petition.folio, FIRST_INTERNAL + ordinal, domain, key)
    else:
        stamp = f"{sheet.to}\0{sheet.subject}\0{sheet.text}\0{now.isoformat()}\0{ordinal}".encode()
        digest = hmac.new(key, stamp, hashlib.sha256).hexdigest()[:16]
        name, message_id = f"aviso/{digest}", f"<aviso-{digest}@{domain}>"
    cuenta = rules.cuenta(sheet.account)
    urgent = [("Importance", "high"), ("X-Priority", "1")] if sheet.urgent else []
    raw = assemble(
        sender=address(sheet.account, cuenta.nombre if cuenta else ""),
        to=address(sheet.to),
        subject=sheet.subject,
        now=now,
        zone=rules.calendario.zona,
        message_id=message_id,
        text=sheet.text,
        html=sheet.html,
        extra=[("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"), *urgent],
    )
    return InternalMail(
        id=name,
        folio=petition.folio if petition else None,
        clase=sheet.clase,
        account=sheet.account,
        to=sheet.to,
        subject=sheet.subject,
        raw=raw,
        message_id=message_id,
        created_at=now,
        consultor=petition.consultor if petition else None,
        urgent=sheet.urgent,
    )


def compose_notice(
    notify: Notify,
    *,
    rules: RuleSet,
    now: datetime,
    ordinal: int,
    key: bytes,
    petition: Petition | None = None,
    account: str = "",
    templates: TemplateSet | None = None,
) -> InternalMail:
    """A notice or an alarm to one of our own (never counted: P 5.65 is about mail to persons).

    It leaves from `account`, else from the petition's account. `ordinal` counts the petition's internal mails from
    1; without a petition it tells apart notices of one instant. `notify.text` is plain text; `templates` gives the
    HTML layout, without it the page is bare. TemplateFailed without a sender or with an impossible address.
    """
    sender = account or (petition.account if petition else "")
    if not sender:
        raise TemplateFailed("un aviso interno necesita la cuenta de la que sale", cure="indique petition o account")
    subject = one_line(notify.subject)[:150]
    if notify.urgent and "urgente" not in subject.casefold():
        subject = f"URGENTE · {subject}"
    markdown = plain_as_markdown(notify.text)
    layout = templates.layout_html if templates else _BARE
    title = "Alarma" if notify.clase is Clase.ALARMA else "Aviso interno"
    html = page(
        layout,
        asunto=subject,
        preheader=one_line(notify.text)[:140],
        encabezado=f"{title} · no se envía a la persona",
        cuerpo=to_html(markdown),
        urgente=notify.urgent,
    )
    sheet = Sheet(notify.clase, sender, notify.to, subject, to_text(markdown), html, notify.urgent)
    return internal_mail(sheet, petition=petition, rules=rules, now=now, ordinal=ordinal, key=key)


_BARE = (
    '<!doctype html>\n<html lang="es">\n<head><meta charset="utf-8"><title>{{ asunto }}</title></head>\n'
    "<body><p><b>{{ encabezado }}</b></p>\n{{ cuerpo }}</body>\n</html>\n"
)
