"""Delivery failures: who was not reached, for good or for now, and which of our mails it is about (RFC 3464)."""

from __future__ import annotations

import re
from email.message import Message

from flufl.bounce import all_failures

from daemon.model.mail import Bounce

from . import headers, mime
from .charset import decode
from .mime import Content
from .plain import fold

_DAEMON = re.compile(
    r"^(?:mailer-daemon|mail-daemon|postmaster|mdaemon|mailerdaemon|mail\.?delivery.*|bounces?|no-reply-bounce)$"
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|incomplete)|failure notice|returned mail|mail delivery|"
    r"could not be delivered|"
    r"delivery notification|no se puede entregar|no se pudo entregar|no entregad|no se ha podido entregar|"
    r"correo devuelto|"
    r"mensaje devuelto|entrega (?:fallida|no realizada|retrasada|incompleta)|error (?:en la|de) entrega|"
    r"fallo (?:en la|de) entrega|"
    r"notificacion de (?:estado de )?entrega|aviso de no entrega|no se entrego|devolucion de correo|"
    r"message delayed|delayed mail|"
    r"retraso en la entrega|warning: could not send"
)
_TEXT = re.compile(
    r"wasn't able to deliver|could not be delivered|delivery to the following recipients? failed|undeliverable|"
    r"permanent error|"
    r"no se (?:pudo|puede|ha podido) entregar|no se entrego|no ha sido entregado|mailbox (?:is )?full|"
    r"buzon (?:del destinatario )?"
    r"(?:esta )?lleno|user unknown|no existe (?:el|la|esa) (?:buzon|direccion|cuenta)|address not found|"
    r"no se encontro la direccion|"
    r"recipient (?:address )?rejected|does not exist|delivery (?:is )?delayed|se ha retrasado|no se ha podido entregar"
)
_TEMPORARY = re.compile(
    r"delay|retras|temporar|4\.\d\.\d|will (?:be )?retr|se (?:seguira|volvera a) intent|still (?:being )?try|demora"
)
_PERMANENT = re.compile(
    r"\b5\.\d\.\d|\b55[0-4]\b|permanent|given up|no such user|unknown|does not exist|full|lleno|no existe|"
    r"rejected|rechaz"
)
_IDS = re.compile(r"^[ \t>]*message-id:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def is_bounce(message: Message, found: Content, *, personal: bool = False) -> str:
    """Why this is a delivery report, in Spanish; '' when it is none.

    `personal` says that the words are a person's, who may well forward a report and ask about it.
    """
    kind = message.get_content_type().lower()
    report = str(message.get_param("report-type", "") or "").lower() if kind == "multipart/report" else ""
    status = any(part.get_content_type() == "message/delivery-status" for part in found.machine)
    if report == "delivery-status" or (status and not personal):
        return "informe de entrega (multipart/report)"
    if headers.values(message, "X-Failed-Recipients"):
        return "encabezado X-Failed-Recipients"
    if any(key.lower() == "x-ms-exchange-message-is-ndr" for key in message.keys()):  # noqa: SIM118
        return "encabezado de no entrega de Exchange"
    author = next(iter(headers.addresses(message, "From")), None)
    local = author.email.partition("@")[0] if author else headers.value(message, "From").strip("<> ").lower()
    empty_path = any(value.strip() in ("<>", "") for value in headers.values(message, "Return-Path"))
    said = bool(_SUBJECT.search(fold(headers.subject(message))))
    told = bool(_TEXT.search(fold(found.text[:4000])))
    if _DAEMON.match(local) and (said or told or empty_path):
        return f"escribe {local}, el programa de correo" + (", sobre una entrega" if said or told else "")
    if empty_path and said and told:
        return "remitente vacío y texto de una entrega fallida"
    return ""


def read_bounce(message: Message, found: Content) -> Bounce:
    """What the report says, from its fields where it has them, else from its words."""
    fields = _status_fields(found)
    recipient = _address(fields.get("original-recipient", "")) or _address(fields.get("final-recipient", ""))
    recipient = recipient or _address(headers.value(message, "X-Failed-Recipients"))
    permanent: bool | None = None
    action, status = fields.get("action", "").lower(), fields.get("status", "").strip()
    if action or status:
        permanent = (action == "failed" or not action) and not status.startswith("4")
    if recipient is None:
        recipient, guessed = _flufl(message)
        permanent = guessed if permanent is None else permanent
    words = fold(f"{headers.subject(message)}\n{found.text[:3000]}")
    if permanent is None:
        permanent = bool(_PERMANENT.search(words)) or not _TEMPORARY.search(words)
    recipient = recipient or _first_outsider(message, found)
    diagnostic = fields.get("diagnostic-code") or next(
        (line.strip() for line in found.text.split("\n") if _PERMANENT.search(fold(line)) or _TEXT.search(fold(line))),
        "",
    )
    return Bounce(recipient, permanent, _original(message, found), " ".join(diagnostic.split())[:300])


def _status_fields(found: Content) -> dict[str, str]:
    """The fields of the first recipient that has failed, with those of the message."""
    fields: dict[str, str] = {}
    for part in found.machine:
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        text_blocks = [b for b in blocks if isinstance(b, Message)] if isinstance(blocks, list) else []
        for block in text_blocks:
            for key, value in block.raw_items():
                fields.setdefault(key.lower(), headers.text_of(decode(str(value).encode("utf-8", "surrogateescape"))))
        if not text_blocks:
            for line in decode(mime.payload(part)).split("\n"):
                key, colon, value = line.partition(":")
                if colon:
                    fields.setdefault(key.strip().lower(), value.strip())
    return fields


def _address(field: str) -> str | None:
    match = _EMAIL.search(field.partition(";")[2] or field)
    return match[0].lower() if match else None


def _flufl(message: Message) -> tuple[str | None, bool | None]:
    try:
        temporary, permanent = all_failures(message)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        return None, None
    chosen = sorted(permanent) or sorted(temporary)
    return (_address(decode(chosen[0])), bool(permanent)) if chosen else (None, None)


def _first_outsider(message: Message, found: Content) -> str | None:
    ours = {
        address.email for name in ("To", "Delivered-To", "From", "Cc") for address in headers.addresses(message, name)
    }
    return next((m[0].lower() for m in _EMAIL.finditer(found.text) if m[0].lower() not in ours), None)


def _original(message: Message, found: Content) -> str | None:
    """The Message-ID of our mail: in the returned headers, in the returned text, else what the report answers."""
    for part in found.machine:
        if part.get_content_type() == "text/rfc822-headers" and (match := _IDS.search(decode(mime.payload(part)))):
            return str(match[1])
    for inner in found.enclosed:
        if ids := headers.message_ids(inner, "Message-ID"):
            return ids[0]
    if match := _IDS.search(found.text):
        return str(match[1])
    answered = headers.message_ids(message, "In-Reply-To") or headers.message_ids(message, "References")
    return answered[-1] if answered else None
