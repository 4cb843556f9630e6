"""The parts of a message: its own text, what is attached, what is enclosed, and what only machines read."""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Protocol

from daemon.model.mail import Attachment, PdfText

from . import damage, headers, html
from .charset import decode, head


class ReadPdf(Protocol):
    """Says what a PDF holds, under limits; with `ocr` a page without text is read as a picture, where that can be."""

    def __call__(self, raw: bytes, *, ocr: bool = False) -> PdfText: ...


_MAX_DEPTH = 15
_MAX_PARTS = 300
_MAX_PDFS = 10
_MAX_LEVELS = 4
# Letters are a few thousand characters long, with all that they quote some ten thousands.
_MAX_TEXT = 100_000
_MAX_BYTES = {"text/plain": 4 * _MAX_TEXT, "text/html": 16 * _MAX_TEXT}
DEEP, LONG = "demasiadas_partes", "texto_demasiado_largo"
_TEXT = ("text/plain", "text/html")
_MACHINE = (
    "message/delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
    "message/feedback-report",
)


@dataclass(slots=True)
class Content:
    """What stands in a message. `text` is its own words; `unquoted` the same without what HTML marks as quoted.

    `enclosed` are messages inside it; `machine` the parts of a report, `calendar` the METHOD of an invitation;
    `links` the targets and words of the HTML's links; `faults` what could not be read, by name. `level` counts
    the messages around this one. `pdfs` are the PDFs by file name, as far as they were opened.
    """

    text: str = ""
    unquoted: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosed: list[Message] = field(default_factory=list)
    machine: list[Message] = field(default_factory=list)
    calendar: str = ""
    faults: list[str] = field(default_factory=list)
    pdfs: list[tuple[str, PdfText]] = field(default_factory=list)
    parts: int = 0
    level: int = 0

    def fault(self, name: str) -> None:
        """Note once what could not be read."""
        if name not in self.faults:
            self.faults.append(name)


def content(message: Message, read_pdf: ReadPdf | None = None, level: int = 0) -> Content:
    """Everything in the message, to the depth, number of parts and length of text that real mail has."""
    found = Content(level=level)
    if any(isinstance(defect, damage.TooDeep) for defect in message.defects):
        found.fault(DEEP)
    _walk(message, found, read_pdf, 0)
    if not found.text.strip() and found.unquoted is None:
        _promote(message, found)
    return found


def _walk(part: Message, found: Content, read_pdf: ReadPdf | None, depth: int) -> None:
    found.parts += 1
    if depth > _MAX_DEPTH or found.parts > _MAX_PARTS:
        found.fault(DEEP)
        return
    kind = _type(part)
    if kind.startswith("multipart/") and not part.is_multipart():
        part = damage.reparted(part) or _as_text(part)
        kind = _type(part)
    if kind == "message/rfc822" or (kind.startswith("message/") and kind not in _MACHINE):
        _enclose(part, found, read_pdf)
    elif kind in _MACHINE:
        found.machine.append(part)
    elif kind == "multipart/alternative":
        _alternative(_children(part), found, read_pdf, depth)
    elif part.is_multipart():
        for child in _children(part):
            _walk(child, found, read_pdf, depth + 1)
    elif kind in _TEXT and not _is_attachment(part):
        _add_text(part, kind, found)
    else:
        _attach(part, kind, found, read_pdf)


def _as_text(part: Message) -> Message:
    """A multipart without any part is one text: what people see of it."""
    raw = payload(part)
    kind = b"html" if re.search(rb"<(?:html|body|div|p|br)\b", raw[:4000], re.IGNORECASE) else b"plain"
    return message_from_bytes(b"Content-Type: text/%s\n\n%s" % (kind, raw))


def _type(part: Message) -> str:
    return part.get_content_type().lower()


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _parameter(part: Message, name: str, header: str = "Content-Type") -> str:
    """A header parameter, '' when it is missing or written so badly that the parser fails."""
    try:
        raw = part.get_param(name, "", header=header)
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""
    if isinstance(raw, tuple):
        # RFC 2231 as (charset, language, value); the value may hold undecoded bytes.
        return decode(str(raw[2]).encode("latin-1", "replace"), str(raw[0] or ""))
    return raw if isinstance(raw, str) else ""


def filename(part: Message) -> str:
    """The name that the writer gave this part, for people; '' when it has none."""
    raw = _parameter(part, "filename", "Content-Disposition") or _parameter(part, "name")
    decoded = headers.text_of(decode(raw.encode("utf-8", "surrogateescape")))
    return re.sub(r"[/\\\x00-\x1f]+", "_", decoded).strip()[:200]


def _disposition(part: Message) -> str:
    return headers.value(part, "Content-Disposition").partition(";")[0].strip().lower()


def _is_attachment(part: Message) -> bool:
    disposition = _disposition(part)
    return disposition == "attachment" or (
        bool(filename(part)) and disposition != "inline" and _type(part) == "text/html"
    )


def payload(part: Message) -> bytes:
    """The decoded bytes of a part; what is damaged comes as far as it is good."""
    return damage.decoded(part)[0]


def _text_of(part: Message, found: Content) -> str:
    data, fault = damage.decoded(part)
    if fault:
        found.fault(fault)
    declared = _parameter(part, "charset")
    beginning = head(data, _MAX_BYTES[_type(part)], declared)
    if len(beginning) < len(data):
        found.fault(LONG)
    text = decode(beginning, declared)
    if _type(part) == "text/plain" and _parameter(part, "format").lower() == "flowed":
        return _unflowed(text, delsp=_parameter(part, "delsp").lower() == "yes")
    return text


def _unflowed(text: str, *, delsp: bool) -> str:
    """Paragraphs as written before format=flowed cut them (RFC 3676)."""
    out: list[str] = []
    joining = False
    for line in text.split("\n"):
        quote = re.match(r">*", line)
        depth = quote.end() if quote else 0
        stuffed = line[depth:].removeprefix(" ") if depth == 0 or line[depth:].startswith(" ") else line[depth:]
        soft = stuffed.endswith(" ") and stuffed != "-- "
        words = (stuffed[:-1] if delsp else stuffed) if soft else stuffed
        if joining and not depth:
            out[-1] += words
        else:
            out.append(">" * depth + (" " if depth else "") + words)
        joining = soft and not depth
    return "\n".join(out)


def _alternative(children: list[Message], found: Content, read_pdf: ReadPdf | None, depth: int) -> None:
    """One body in several forms: the plain one, or the rich one where the plain one is empty or only says so.

    What hangs on either form is kept: Apple puts the attachments beside the HTML one.
    """
    plain = next((child for child in children if _type(child) == "text/plain"), None)
    rich = next((child for child in children if _type(child) == "text/html" or child.is_multipart()), None)
    if plain is None or rich is None:
        for child in children:
            _walk(child, found, read_pdf, depth + 1)
        return
    own, copy = Content(parts=found.parts, level=found.level), Content(level=found.level)
    _walk(plain, own, read_pdf, depth + 1)
    copy.parts = own.parts
    _walk(rich, copy, read_pdf, depth + 1)
    found.parts = copy.parts
    poor = len(own.text.split()) * 3 < len(copy.text.split())
    _add_words(found, *((copy.text, copy.unquoted) if poor else (own.text, own.unquoted)))
    found.links += copy.links
    for form in (own, copy):
        found.attachments += form.attachments
        found.enclosed += form.enclosed
        found.machine += form.machine
        for fault in form.faults:
            found.fault(fault)
        found.pdfs += form.pdfs
        found.calendar = found.calendar or form.calendar
    for child in children:
        if child is not plain and child is not rich:
            _walk(child, found, read_pdf, depth + 1)


def _add_words(found: Content, own: str, unquoted: str | None) -> None:
    """Put a further body below what there is; `unquoted` None when HTML marks nothing as quoted."""
    before = found.text if found.unquoted is None else found.unquoted
    if unquoted is not None or found.unquoted is not None:
        found.unquoted = f"{before}\n\n{own if unquoted is None else unquoted}".strip("\n")
    found.text = f"{found.text}\n\n{own}".strip("\n")
    if len(found.text) > _MAX_TEXT:
        found.fault(LONG)
        found.text = found.text[:_MAX_TEXT]
    if found.unquoted is not None:
        found.unquoted = found.unquoted[:_MAX_TEXT]


def _add_text(part: Message, kind: str, found: Content) -> None:
    if len(found.text) >= _MAX_TEXT:
        found.fault(LONG)
        return
    source = _text_of(part, found)
    if kind == "text/html":
        found.links += html.links(source)
        _add_words(found, html.to_text(source), html.without_quotes(source))
    else:
        _add_words(found, source, None)


def _attach(part: Message, kind: str, found: Content, read_pdf: ReadPdf | None) -> None:
    data = payload(part)
    name = filename(part)
    if kind == "text/calendar":
        method = _parameter(part, "method") or next(iter(re.findall(r"(?m)^METHOD:(\w+)", decode(data))), "")
        found.calendar = found.calendar or method.upper()
    if name.lower().endswith(".eml") and (inner := _parsed(data)) is not None:
        _keep_enclosed(inner, name, len(data), data, found)
        return
    size, digest = len(data), hashlib.sha256(data).hexdigest()
    if read_pdf is not None and _is_pdf(kind, name, data) and _pdfs(found) < _MAX_PDFS:
        pdf = read_pdf(data)
        found.pdfs.append((name, pdf))
        found.attachments.append(Attachment(name, "application/pdf", size, pdf.readable, pdf.text, pdf.fault, digest))
    else:
        kind = "application/pdf" if _is_pdf(kind, name, data) else kind
        found.attachments.append(Attachment(name, kind, size, "no", "", None, digest))


def _is_pdf(kind: str, name: str, data: bytes) -> bool:
    return kind in ("application/pdf", "application/x-pdf") or name.lower().endswith(".pdf") or b"%PDF-" in data[:1024]


def _pdfs(found: Content) -> int:
    return sum(attachment.content_type == "application/pdf" for attachment in found.attachments)


def _enclose(part: Message, found: Content, read_pdf: ReadPdf | None) -> None:
    children = _children(part)
    inner = children[0] if children else None
    encoding = headers.value(part, "Content-Transfer-Encoding").strip().lower()
    if inner is not None and encoding == "base64" and not inner.keys():
        # RFC 2046 forbids it, programs do it: the enclosed message as base64.
        raw = re.sub(rb"[^A-Za-z0-9+/]", b"", payload(inner))
        try:
            inner = _parsed(b64decode(raw + b"=" * (-len(raw) % 4))) or inner
        except binascii.Error:
            found.faults.append("mensaje_adjunto_danado")
    if inner is None:
        if not part.is_multipart():
            _attach(part, _type(part), found, read_pdf)
        return
    _keep_enclosed(inner, filename(part) or headers.subject(inner), 0, b"", found)


def _parsed(data: bytes) -> Message | None:
    message = damage.parsed(data)
    return message if headers.value(message, "From") else None


def _keep_enclosed(inner: Message, name: str, size: int, data: bytes, found: Content) -> None:
    found.enclosed.append(inner)
    text = ""
    if found.level >= _MAX_LEVELS:
        found.fault(DEEP)
    elif len(found.enclosed) <= 5:
        within = content(inner, level=found.level + 1)
        text = within.text
        if DEEP in within.faults:
            found.fault(DEEP)
    try:
        data = data or inner.as_bytes()
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):
        data = text.encode("utf-8", "replace")
    found.attachments.append(
        Attachment(name, "message/rfc822", size or len(data), "text", text, None, hashlib.sha256(data).hexdigest())
    )


def _promote(message: Message, found: Content) -> None:
    """A message whose only text is sent as an attachment has that as its text."""
    for part in message.walk():
        if _type(part) in _TEXT and _is_attachment(part) and not part.is_multipart():
            _add_text(part, _type(part), found)
            return
