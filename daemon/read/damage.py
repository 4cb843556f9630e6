"""What programs break on the way: base64 cut short, encodings that nobody declared, boundaries that do not fit."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from email import message_from_bytes
from email.errors import MessageDefect
from email.message import Message
from email.parser import BytesHeaderParser
from quopri import decodestring

CUT = "texto_truncado"
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CLEAR = re.compile(rb"^[^\n]*\S[ \t]\S[^\n]*$", re.MULTILINE)
_BASE64_BODY = re.compile(rb"\s*(?:[A-Za-z0-9+/]{60,998}={0,2}\r?\n?){1,}(?:[A-Za-z0-9+/]{2,998}={0,2})?\s*\Z")
_QP_LETTER = re.compile(rb"=(?:C3=[89AB][0-9A-F]|[EF][0-9A-F](?![0-9A-F]))", re.IGNORECASE)
_BOUNDARY = re.compile(rb"^--([^\s\"][^\r\n\"]{0,200}?)[ \t]*\r?\n(?=content-[a-z-]+:)", re.MULTILINE | re.IGNORECASE)


def decoded(part: Message) -> tuple[bytes, str]:
    """The bytes of a part as far as they are good, and the name of what was wrong with them ('' for nothing)."""
    raw = part.get_payload()
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64" and isinstance(raw, str):
        return unbased(raw.encode("utf-8", "surrogateescape"))
    try:
        data = part.get_payload(decode=True)
    except (LookupError, ValueError, TypeError, AttributeError, binascii.Error):
        data = None
    if not isinstance(data, bytes):
        data = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""
    if encoding in ("", "7bit", "8bit", "binary") and part.get_content_maintype() == "text":
        return _undeclared(data), ""
    return data, ""


def unbased(raw: bytes) -> tuple[bytes, str]:
    """Base64 decoded up to where it breaks; what a list or a virus scanner wrote in clear below it is left out."""
    head = _CLEAR.sub(b"", raw.partition(b"=")[0])
    digits = _NOT_BASE64.sub(b"", head)
    cut = len(digits) % 4 == 1 or (len(digits) % 4 > 1 and b"=" not in raw)
    whole = digits[: len(digits) - (len(digits) % 4 == 1)]
    return b64decode(whole + b"=" * (-len(whole) % 4)), CUT if cut else ""


def _undeclared(data: bytes) -> bytes:
    """Text that is base64 or quoted-printable although its headers do not say so."""
    if _BASE64_BODY.match(data[:400_000]):
        found, _ = unbased(data)
        try:
            return found if found.decode("utf-8").isprintable() or b" " in found else data
        except UnicodeDecodeError:
            return data
    if len(_QP_LETTER.findall(data[:20_000])) >= 2 and data.isascii():
        return decodestring(data)
    return data


class TooDeep(MessageDefect):
    """Parts in parts by the hundred, as no program writes them: what is inside stands there as plain text."""


def parsed(raw: bytes) -> Message:
    """A message and its parts; one that is nested too deep for the parser is its headers and one text."""
    try:
        return message_from_bytes(raw)
    except RecursionError:
        flat = BytesHeaderParser().parsebytes(raw)
        for name in ("Content-Type", "Content-Transfer-Encoding"):
            del flat[name]
        flat.defects.append(TooDeep())
        return flat


def reparted(part: Message) -> Message | None:
    """A multipart whose declared boundary never comes, parsed again by the one that does; None when there is none."""
    raw, _ = decoded(part)
    boundary = _BOUNDARY.search(raw)
    if boundary is None:
        return None
    kind = "alternative" if part.get_content_subtype() == "alternative" else "mixed"
    found = parsed(b'Content-Type: multipart/%s; boundary="%s"\n\n' % (kind.encode(), boundary[1]) + raw)
    return found if found.is_multipart() else None
