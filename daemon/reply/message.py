"""The bytes of a mail: headers and the two parts, the same for the same input (RFC 5322, 2045, 2047, 3834)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, quoprimime
from email.errors import MessageError
from email.header import Header
from email.policy import compat32
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from ..errors import TemplateFailed

_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.\-]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>")
# Servers may cut lines of more than 998 characters, and Python destroys ids when it folds them: stay below.
_MAX_IDS = 880
_MAX_LINE = 990


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes along with a mail; `cid` names a picture that the HTML shows («cid:…»)."""

    name: str
    content: bytes
    mime: str = "application/pdf"
    cid: str | None = None


def address(email: str, name: str = "") -> str:
    """A header address; TemplateFailed for one that could carry other headers or cannot be written in ASCII."""
    if not _ADDRESS.fullmatch(email):
        raise TemplateFailed(
            f"«{ascii(email)[1:-1]}» no es una dirección a la que se pueda escribir", cure="comuníquese por otro medio"
        )
    if not name:
        return email
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"' if name.isascii() else name
    return f"{_words(quoted, 'From') if not name.isascii() else quoted} <{email}>"


def references(thread: Sequence[str], in_reply_to: str | None) -> tuple[str, ...]:
    """The ids for References, oldest first: the first and the last ones, bounded, without those that are not ids."""
    wanted = [*thread, *([in_reply_to] if in_reply_to else [])]
    ids = list(dict.fromkeys(i for i in wanted if is_message_id(i)))
    if in_reply_to in ids:
        ids.remove(in_reply_to)
        ids.append(in_reply_to)
    while len(ids) > 2 and len(" ".join(ids)) > _MAX_IDS:
        del ids[1]
    return tuple(ids)


def is_message_id(text: str | None) -> bool:
    """Whether this may stand in In-Reply-To: one id in angle brackets, ASCII, of bearable length."""
    return bool(text) and len(text or "") <= 400 and bool(_MESSAGE_ID.fullmatch(text or ""))


def assemble(
    *,
    sender: str,
    to: str,
    subject: str,
    now: datetime,
    zone: str,
    message_id: str,
    text: str,
    html: str,
    in_reply_to: str | None = None,
    thread: Sequence[str] = (),
    extra: Sequence[tuple[str, str]] = (),
    files: Sequence[File] = (),
) -> bytes:
    """One message with CRLF lines, text and HTML as alternatives. Boundaries come from the content, so bytes repeat.

    `sender` and `to` are header addresses (see `address`), `extra` further ASCII headers. With `files` the
    alternatives are the first part of a multipart/mixed; pictures with a `cid` lie beside the HTML instead.
    """
    digest = hashlib.sha256(f"{message_id}\0{text}\0{html}".encode()).hexdigest()[:24]
    shown, below = [file for file in files if file.cid], [file for file in files if not file.cid]
    page = _part("html", html)
    if shown:
        # Beside the HTML that shows them: elsewhere some programs list them as attachments (RFC 2387).
        page = _multipart("related", f"=_acuse_r_{digest}", [page, *map(_file, shown)])
    content = _multipart("alternative", f"=_acuse_{digest}", [_part("plain", text), page])
    if below:
        content = _multipart("mixed", f"=_acuse_m_{digest}", [content, *map(_file, below)])
    ids = references(thread, in_reply_to)
    headers = [
        ("Date", format_datetime(now.astimezone(ZoneInfo(zone)).replace(microsecond=0))),
        ("From", sender),
        ("To", to),
        ("Subject", _words(subject, "Subject")),
        ("Message-ID", message_id),
        *([("In-Reply-To", in_reply_to)] if in_reply_to and is_message_id(in_reply_to) else []),
        *([("References", " ".join(ids))] if ids else []),
        ("MIME-Version", "1.0"),
        ("Content-Language", "es-MX"),
        *extra,
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{head}{content}".encode("ascii")


def original(raw: bytes, name: str = "mensaje_original.eml") -> File:
    """A mail that goes along whole, as a mail that programs open (RFC 2046 §5.2.1: it may not be encoded).

    What has 8-bit letters is written anew with its parts encoded. What cannot be (lines without end, broken parts)
    goes as a file, to the byte.
    """
    lines = b"\r\n".join(raw.splitlines()) + b"\r\n"
    if not _seven_bit(lines):
        lines = _encoded(raw)
    return File(name, lines, "message/rfc822") if _seven_bit(lines) else File(name, raw, "application/octet-stream")


def _seven_bit(raw: bytes) -> bool:
    return raw.isascii() and b"\0" not in raw and all(len(line) <= _MAX_LINE for line in raw.split(b"\r\n"))


def _encoded(raw: bytes) -> bytes:
    """The mail with every part in 7-bit letters; b"\0" when it is too broken for that."""
    rules = compat32.clone(cte_type="7bit", linesep="\r\n", max_line_length=None)
    try:
        return message_from_bytes(raw, policy=rules).as_bytes(policy=rules)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        # Whatever strangers send: Python's own parser builds messages that its generator cannot write.
        return b"\0"


def _multipart(kind: str, boundary: str, parts: Sequence[str]) -> str:
    """A whole part, from its Content-Type to its end, made of whole parts."""
    inside = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{inside}--{boundary}--\r\n'


def _file(file: File) -> str:
    """One attachment; with `cid` it stands inside the HTML («cid:…») instead of below it (RFC 2392)."""
    if file.mime == "message/rfc822":
        head = f'Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="{file.name}"\r\n\r\n'
        return head + file.content.decode("ascii")
    shown = f"Content-ID: <{file.cid}>\r\n" if file.cid else ""
    place = "inline" if file.cid else "attachment"
    return (
        f'Content-Type: {file.mime}; name="{file.name}"\r\nContent-Transfer-Encoding: base64\r\n{shown}'
        f'Content-Disposition: {place}; filename="{file.name}"\r\n\r\n'
        + base64.encodebytes(file.content).decode("ascii").replace("\n", "\r\n")
    )


def _words(value: str, name: str) -> str:
    """A header text: ASCII as it is, anything else in encoded words of at most 75 characters (RFC 2047)."""
    if value.isascii() and "=?" not in value:
        return value
    return Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")


def _part(kind: str, content: str) -> str:
    lines = content.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8").decode("latin-1")
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        + quoprimime.body_encode(lines, maxlinelen=76, eol="\r\n")
    )
