"""Private headers: what a draft carries only while it lies in the review folder, and how it is freed of it to leave."""

from __future__ import annotations

import quopri
import re
from contextlib import suppress
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.message import Message
from email.utils import format_datetime, getaddresses

from ..errors import ApprovalUnusable
from ..model.ids import folios_in
from ..model.outgoing import Draft, InternalMail, Lying, Place
from .words import SMTP, agreed, plain_text

DRAFT_HEADER = "X-Acuse-Borrador"
FICHA_HEADER = "X-Acuse-Ficha"
# What a survey needs of each message; asking for these alone keeps it cheap.
SURVEY_HEADERS = (
    "Message-ID",
    DRAFT_HEADER,
    FICHA_HEADER,
    "From",
    "To",
    "Subject",
    "In-Reply-To",
    "References",
    "Received",
)

# RFC 5322 §2.1.1: no line may be longer than 998 octets without its CRLF.
_LINE_LIMIT = 998
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")

Field = tuple[str, bytes]


def for_folder(draft: Draft) -> bytes:
    """The draft as it lies in the review folder: what would be sent, plus its Bcc (P 5.65) and its private header."""
    head = f"{DRAFT_HEADER}: {draft.id}\r\nBcc: {draft.counting}\r\n".encode("ascii")
    return head + _crlf(draft.raw)


def ficha_for_folder(ficha: InternalMail) -> bytes:
    """The data sheet as it lies beside its draft."""
    return f"{FICHA_HEADER}: {ficha.id}\r\n".encode("ascii") + _crlf(ficha.raw)


def lying(place: Place, handle: str, header: bytes) -> Lying:
    """What a message's header says for recognition; any bytes will do, what cannot be read is empty."""
    message = message_from_bytes(header)
    return Lying(
        place=place,
        handle=handle,
        message_id=next(iter(_MESSAGE_ID.findall(_text(message, "Message-ID"))), ""),
        draft_id=_text(message, DRAFT_HEADER) or None,
        ficha_id=_text(message, FICHA_HEADER) or None,
        to=_addresses(message, "To"),
        subject=_text(message, "Subject"),
        thread=tuple(
            dict.fromkeys(_MESSAGE_ID.findall(f"{_text(message, 'In-Reply-To')} {_text(message, 'References')}"))
        ),
        senders=_addresses(message, "From"),
        travelled="Received" in message,
    )


def may_be_ours(message: Lying) -> bool:
    """Whether a message in somebody's drafts folder is worth a look: our header, our reference, or an answer."""
    return bool(message.draft_id or message.ficha_id or message.thread or folios_in(message.subject))


def prepare_approved(raw: bytes, draft: Draft, *, at: datetime | None = None) -> tuple[bytes, str]:
    """What leaves when a person approved `raw`: (bytes to send, plain text for the history).

    Subject and content are exactly what stands there, edits and the client's HTML included; where a client let only
    one of text and HTML be edited, the other is made anew (`words.agreed`). Everything else of the header is the
    draft's own: From, To, Message-ID, In-Reply-To, References, so that nothing private (Bcc, X-Acuse-*) and
    nothing that a mail client added can leave, and the thread holds although the client dropped it.
    `at` dates the mail; without it the draft's Date stays.

    Raises ApprovalUnusable when somebody else stands in To, Cc or Bcc (personal data would reach a person that
    the petition does not know; the consultant may send that from the mail client), or when the mail is empty.
    """
    copy = message_from_bytes(_without_mbox_line(raw))
    _refuse_other_recipients(copy, draft)
    fields, body = _split(agreed(_without_mbox_line(raw), draft.raw))
    theirs: dict[str, bytes] = {}
    for name, line in fields:
        if _is_content(name) and name not in theirs:
            theirs[name] = line
    head = b"".join(
        theirs.pop(name, b"") if _is_content(name) else line for name, line in _split(draft.raw)[0]
    ) + b"".join(theirs.values())
    ready = _short_lines(head + b"\r\n" + body)
    text = plain_text(ready)
    if not text and not _has_files(copy):
        raise ApprovalUnusable(
            "el borrador aprobado está vacío; no se envió",
            where=f"{draft.folio}, borrador {draft.ordinal}",
            cure="escriba el texto y apruébelo otra vez, o muévalo a «Rechazadas»",
        )
    return (dated(ready, at) if at else ready), text


def half_edited(raw: bytes, draft: Draft) -> bool:
    """Whether a client left one of text and HTML as it was, so that the other program shows another mail."""
    copy = _without_mbox_line(raw)
    return agreed(copy, draft.raw) != copy


def wording(raw: bytes) -> str:
    """What a mail says, its subject first: by this two versions of one mail are compared."""
    return f"Asunto: {_text(message_from_bytes(raw), 'Subject')}\n\n{plain_text(raw)}"


def dated(raw: bytes, at: datetime) -> bytes:
    """The same mail with `at` (aware) as its Date; every other byte stays."""
    fields, body = _split(raw)
    line = f"Date: {format_datetime(at)}\r\n".encode("ascii")
    kept = [field for field in fields if field[0] != "date"]
    place = next((number for number, (name, _) in enumerate(fields) if name == "date"), len(kept))
    kept.insert(min(place, len(kept)), ("date", line))
    return b"".join(line for _, line in kept) + b"\r\n" + body


def _refuse_other_recipients(copy: Message, draft: Draft) -> None:
    wanted = {draft.to.lower()}
    strangers = set(_addresses(copy, "To") + _addresses(copy, "Cc")) - wanted
    strangers |= set(_addresses(copy, "Bcc")) - wanted - {draft.counting.lower()}
    if strangers:
        raise ApprovalUnusable(
            f"el borrador aprobado lleva otros destinatarios ({', '.join(sorted(strangers))}); no se envió",
            where=f"{draft.folio}, borrador {draft.ordinal}",
            cure=f"deje solo a {draft.to} y apruébelo otra vez; si debe ir a otra persona, envíelo desde su programa "
            f"de correo con copia oculta a {draft.counting}",
        )


def _crlf(raw: bytes) -> bytes:
    """SMTP and IMAP know one line ending (RFC 5321 §2.3.8); files edited by hand have others."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", raw)


def _without_mbox_line(raw: bytes) -> bytes:
    """Some programs save an mbox separator above the header."""
    return re.sub(rb"\A>?From [^\r\n]*\r?\n", b"", raw)


def _split(raw: bytes) -> tuple[list[Field], bytes]:
    """Header fields as (lower-case name, whole lines with CRLF), and the body, byte for byte."""
    head, _, body = (b"\r\n" + _crlf(_without_mbox_line(raw))).partition(b"\r\n\r\n")
    fields: list[Field] = []
    for line in re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", head):
        name, colon, _ = line.partition(b":")
        if colon and re.fullmatch(rb"[!-9;-~]+[ \t]*", name):
            fields.append((name.strip().decode("ascii").lower(), _ascii_only(line) + b"\r\n"))
    return fields, body


def _ascii_only(line: bytes) -> bytes:
    """A header line fit for any server: raw UTF-8 that a client saved becomes encoded words (RFC 2047)."""
    if line.isascii():
        return line
    name, _, value = line.partition(b":")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    encoded = Header(" ".join(text.split()), "utf-8", maxlinelen=76, header_name=name.decode("ascii"))
    return name + b": " + encoded.encode(linesep="\r\n").encode("ascii")


def _is_content(name: str) -> bool:
    return name in ("subject", "mime-version") or name.startswith("content-")


def _short_lines(raw: bytes) -> bytes:
    """The mail with no line over the limit; only text parts that break it are encoded anew."""
    if all(len(line) <= _LINE_LIMIT for line in raw.split(b"\r\n")):
        return raw
    message = message_from_bytes(raw)
    for part in message.walk():
        encoding = str(part.get("Content-Transfer-Encoding", "7bit")).strip().lower()
        payload = part.get_payload(decode=True)
        if not part.is_multipart() and encoding in ("7bit", "8bit", "binary") and isinstance(payload, bytes):
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = "quoted-printable"
            part.set_payload(quopri.encodestring(payload.replace(b"\r\n", b"\n")).decode("ascii"))
    return message.as_bytes(policy=SMTP)


def _has_files(message: Message) -> bool:
    return any(part.get_filename() for part in message.walk())


def _text(message: Message, name: str) -> str:
    """A header as one decoded line; hostile ones are given as they stand."""
    raw = str(message.get(name, ""))
    with suppress(MessageError, UnicodeError, LookupError, ValueError):
        raw = str(make_header(decode_header(raw)))
    return " ".join(raw.split())


def _addresses(message: Message, name: str) -> tuple[str, ...]:
    values = [str(value) for value in message.get_all(name, [])]
    found = (address.strip().lower() for _, address in getaddresses(values))
    return tuple(dict.fromkeys(address for address in found if "@" in address))
