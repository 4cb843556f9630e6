"""Mail to our own people: the envelope that data sheets and notices share, numbered apart from mail to persons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import ids
from ..model.decision import Notify
from ..model.outgoing import InternalMail
from ..model.petition import Clase, Petition
from ..model.rules import RuleSet
from ..model.templates import TemplateSet
from . import difference
from .clean import one_line, plain_as_markdown
from .markdown import to_html, to_text
from .message import File, address, assemble
from .render import page


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
    files: tuple[File, ...] = ()


def internal_mail(
    sheet: Sheet, *, petition: Petition, rules: RuleSet, now: datetime, ordinal: int, key: bytes
) -> InternalMail:
    """Finish an internal mail about a petition. Its Message-ID is signed, so that an answer finds its way."""
    name, folio = f"{petition.folio}/i{ordinal}", petition.folio
    mail = finished(sheet, name, folio, ordinal, rules=rules, now=now, key=key)
    return replace(mail, folio=folio, consultor=petition.consultor)


def finished(
    sheet: Sheet, name: str, reference: str, ordinal: int, *, rules: RuleSet, now: datetime, key: bytes
) -> InternalMail:
    """An internal mail to the byte, of no petition yet: `name` is its id, `reference` goes into its Message-ID."""
    domain = sheet.account.rpartition("@")[2]
    message_id = ids.message_id(reference, ids.FIRST_INTERNAL + ordinal, domain, key)
    cuenta = rules.buzon(sheet.account)
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
        files=sheet.files,
    )
    return InternalMail(
        id=name,
        folio=None,
        clase=sheet.clase,
        account=sheet.account,
        to=sheet.to,
        subject=sheet.subject,
        raw=raw,
        message_id=message_id,
        created_at=now,
        urgent=sheet.urgent,
    )


def compose_notice(
    notify: Notify,
    *,
    petition: Petition,
    rules: RuleSet,
    templates: TemplateSet,
    now: datetime,
    ordinal: int,
    key: bytes,
) -> InternalMail:
    """A notice to one of our own about a petition (never counted: P 5.65 is about mail to persons).

    `ordinal` counts the petition's internal mails from 1; `notify.text` is plain text. TemplateFailed with an
    impossible address.
    """
    subject = one_line(notify.subject)[:150]
    if notify.urgent and "urgente" not in subject.casefold():
        subject = f"URGENTE · {subject}"
    markdown = plain_as_markdown(notify.text)
    text, body = to_text(markdown), to_html(markdown)
    if paragraphs := difference.changed(*notify.change) if notify.change else ():
        text, body = f"{text}\n{difference.as_text(paragraphs)}\n", f"{body}\n{difference.as_html(paragraphs)}"
    html = page(
        templates.layout_html,
        asunto=subject,
        preheader=one_line(notify.text)[:140],
        encabezado="Aviso interno · no se envía a la persona",
        cuerpo=body,
        urgente=notify.urgent,
    )
    sheet = Sheet(notify.clase, petition.account, notify.to, subject, text, html, notify.urgent)
    return internal_mail(sheet, petition=petition, rules=rules, now=now, ordinal=ordinal, key=key)
