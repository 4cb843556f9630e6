"""Drafts and surveys for tests of sending."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any

from daemon.model import ids
from daemon.model.decision import Disposition
from daemon.model.outgoing import Draft, DraftState, InternalMail, Lying, Place
from daemon.model.petition import Clase

ACCOUNT = "atnder@imss.gob.mx"
COUNTING = "atn.contribuyente@imss.gob.mx"
PERSON = "ana.perez@correo.example"
FOLIO = "AC-250909-7K3FQ"
ASKED = "<pregunta-1@correo.example>"
NOW = datetime(2025, 9, 9, 16, 30, tzinfo=UTC)
KEY = b"clave de prueba"
MAIL = policy.SMTP.clone(max_line_length=900)


def ours(message_id: str) -> str | None:
    return ids.folio_of(message_id, KEY)


def draft(ordinal: int = 1, folio: str = FOLIO, **changes: Any) -> Draft:
    """A data request as the reply step composes it: text and HTML, threaded, no Bcc."""
    to = changes.get("to", PERSON)
    subject = changes.get("subject", f"Re: Alta en clínica — faltan datos [{folio}]")
    message_id = ids.message_id(folio, ordinal, "imss.gob.mx", KEY)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"Atención a la Derechohabiencia <{ACCOUNT}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = NOW
    message["Message-ID"] = message_id
    message["In-Reply-To"] = ASKED
    message["References"] = ASKED
    message["Auto-Submitted"] = "auto-replied"
    message.set_content("Estimada Ana:\n\nPara atenderla nos falta su NSS.\n")
    message.add_alternative("<p>Estimada Ana:</p><p>Para atenderla nos falta su <b>NSS</b>.</p>", subtype="html")
    message.set_boundary("frontera-de-prueba")
    made = Draft(
        id=f"{folio}/{ordinal}",
        folio=folio,
        ordinal=ordinal,
        clase=Clase.DATOS_COMPLEMENTARIOS,
        turn=1,
        account=ACCOUNT,
        counting=COUNTING,
        to=to,
        subject=subject,
        text="Estimada Ana:\n\nPara atenderla nos falta su NSS.",
        html="",
        raw=message.as_bytes(policy=MAIL),
        message_id=message_id,
        in_reply_to=ASKED,
        disposition=Disposition.REVISAR,
        template="datos_complementarios",
        rules_version="prueba",
        created_at=NOW,
        state=DraftState.EN_REVISION,
    )
    return replace(made, **changes)


def ficha(folio: str = FOLIO, **changes: Any) -> InternalMail:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = message["To"] = ACCOUNT
    message["Subject"] = f"Ficha {folio}"
    message["Message-ID"] = f"<ficha-{folio.lower()}@imss.gob.mx>"
    message.set_content("Por qué lo ve una persona: prueba.\n")
    made = InternalMail(
        id=f"{folio}/f1",
        folio=folio,
        clase=Clase.FICHA,
        account=ACCOUNT,
        to=ACCOUNT,
        subject=f"Ficha {folio}",
        raw=message.as_bytes(policy=MAIL),
        message_id=f"<ficha-{folio.lower()}@imss.gob.mx>",
        created_at=NOW,
    )
    return replace(made, **changes)


def original(of: Draft, place: Place, handle: str = "original") -> Lying:
    """Our own bytes as a survey sees them."""
    thread = (of.in_reply_to,) if of.in_reply_to else ()
    return Lying(place, handle, of.message_id, of.id, None, (of.to,), of.subject, thread)


def rewritten(of: Draft, place: Place, handle: str = "copia") -> Lying:
    """What a client leaves that knows neither our header nor our Message-ID."""
    return replace(original(of, place, handle), draft_id=None, message_id=f"<{handle}@thunderbird.example>")


def with_file(of: Draft, name: str, content: bytes) -> Draft:
    """The draft with a PDF beside its words, as the reply step encloses a receipt (C)."""
    kept, content_type, body = of.raw.partition(b"Content-Type: multipart/alternative")
    file = (
        f'Content-Type: application/pdf; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    ).encode() + encodebytes(content).replace(b"\n", b"\r\n")
    head = b'Content-Type: multipart/mixed; boundary="todo"\r\n\r\n--todo\r\n'
    raw = kept + head + content_type + body + b"\r\n--todo\r\n" + file + b"\r\n--todo--\r\n"
    return replace(of, raw=raw)


def client_copy(
    of: Draft,
    text: str = "Estimada Ana:\n\nNos falta su NSS y su nombre completo.\n",
    files: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """An edited draft as mail clients save it: new Message-ID, no private header, own junk, HTML rewritten."""
    message = EmailMessage(policy=policy.SMTP)
    message["X-Mozilla-Status"] = "0001"
    message["X-Mozilla-Draft-Info"] = "internal/draft; vcard=0; receipt=0"
    message["X-Identity-Key"] = "id1"
    message["Fcc"] = "imap://atnder/Sent"
    message["User-Agent"] = "Mozilla Thunderbird"
    message["From"] = ACCOUNT
    message["To"] = f"Ana <{of.to}>"
    message["Bcc"] = of.counting
    message["Reply-To"] = "consultora.uno@imss.gob.mx"
    message["Subject"] = of.subject
    message["Message-ID"] = "<0f3c-guardado@thunderbird.example>"
    message.set_content(text, cte="8bit")
    message.add_alternative(f"<html><body><p>{text}</p></body></html>", subtype="html", cte="8bit")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    message.set_boundary("frontera-del-cliente")
    return message.as_bytes(policy=MAIL.clone(cte_type="8bit"))
