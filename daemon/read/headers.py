"""Header fields, read by hand: the standard parser raises on hostile ones and splits encoded words inside a letter."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from quopri import decodestring

from daemon.model.mail import Address

from .charset import clean, decode

_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_EMAIL = re.compile(r"[^\s<>()\[\],;:\"'@]+@[^\s<>()\[\],;:\"'@]+")
_IDS = re.compile(r"<[^<>\s]+>")
_FIRST_YEAR, _LAST_YEAR = 1990, 2200


def values(message: Message, name: str) -> list[str]:
    """Every field of this name, top first, unfolded, as text in which encoded words are not yet decoded."""
    wanted = name.lower()
    found = []
    for key, value in message.raw_items():
        if key.lower() == wanted:
            raw = str(value).encode("utf-8", "surrogateescape")
            found.append(re.sub(r"\r?\n[ \t]*", " ", decode(raw)).strip())
    return found


def value(message: Message, name: str) -> str:
    """The first field of this name, or ''."""
    return next(iter(values(message, name)), "")


def text_of(raw: str) -> str:
    """A header's words for people: encoded words decoded (RFC 2047), neighbours joined before decoding."""
    # Neighbouring words of one charset may split a letter between them, so their bytes are joined first.
    parts: list[tuple[str, bytes]] = []
    end = 0
    for match in _WORD.finditer(raw):
        between = raw[end : match.start()]
        charset = match[1].partition("*")[0].lower()
        data = _word_bytes(match[2], match[3])
        if parts and not between.strip() and parts[-1][0] == charset:
            parts[-1] = (charset, parts[-1][1] + data)
        else:
            if between.strip() or not parts:
                parts.append(("", between.encode("utf-8", "replace")))
            parts.append((charset, data))
        end = match.end()
    parts.append(("", raw[end:].encode("utf-8", "replace")))
    return " ".join(clean("".join(decode(data, charset or "utf-8") for charset, data in parts)).split())


def _word_bytes(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return decodestring(raw.replace(b"_", b"=20"))
    raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    try:
        return b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return b64decode(raw[: len(raw) // 4 * 4])


def subject(message: Message) -> str:
    """The subject for people, on one line."""
    return text_of(value(message, "Subject"))


def addresses(message: Message, name: str) -> tuple[Address, ...]:
    """Every mailbox of the fields of this name, groups opened, faulty ones skipped (RFC 5322 §3.4)."""
    return tuple(address for field in values(message, name) for address in parse_addresses(field))


def parse_addresses(field: str) -> tuple[Address, ...]:
    """The mailboxes of one address list, as tolerant as people's programs are careless."""
    found = []
    items = _split(field)
    for number, item in enumerate(items[:-1]):
        if "@" not in item and ":" not in item and "<" in items[number + 1]:
            # 'Pech Uc, Rosa <r@…>' without the quotation marks that it needs.
            items[number], items[number + 1] = "", f"{item},{items[number + 1]}"
    for item in items:
        address = _mailbox(item)
        if address is not None:
            found.append(address)
    return tuple(found)


def _split(field: str) -> list[str]:
    """Cut at commas and semicolons that stand outside quotes, comments and angles."""
    items, current, quoted, depth = [], "", False, 0
    for i, char in enumerate(field):
        if char == '"' and field[i - 1 : i] != "\\":
            quoted = not quoted
        elif not quoted and char in "(<":
            depth += 1
        elif not quoted and char in ")>":
            depth = max(0, depth - 1)
        if char in ",;" and not quoted and depth == 0:
            items.append(current)
            current = ""
        else:
            current += char
    return [*items, current]


def _mailbox(item: str) -> Address | None:
    angle = re.search(r"<([^<>]*)>[^<>]*$", item)
    where = angle[1] if angle else item
    match = _EMAIL.search(where) or _EMAIL.search(item)
    if match is None:
        return None
    email = match[0].lower().strip(".")
    name = item[: angle.start()] if angle else item.replace(match[0], " ")
    name = text_of(name.replace('\\"', "'").replace('"', " ")).strip(" '<>():")
    # A group's name before its colon and an address as its own name say nothing.
    name = name.rpartition(":")[2].strip()
    return Address(email, "" if _EMAIL.fullmatch(name) else name)


def message_ids(message: Message, name: str) -> tuple[str, ...]:
    """The `<…>` of a Message-ID, In-Reply-To or References field, in order, once each."""
    ids: list[str] = []
    for field in values(message, name):
        decoded = text_of(field) if "=?" in field else field
        ids += _IDS.findall(decoded)
        if not ids and name.lower() == "message-id" and decoded:
            ids.append("<" + re.sub(r"[\s<>]+", "", decoded) + ">")
    return tuple(dict.fromkeys(ids))


def date(raw: str) -> datetime | None:
    """An RFC 5322 date in UTC, or None for what is no date."""
    try:
        moment = parsedate_to_datetime(raw)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    # Outside these years a clock was wrong, and at the ends of time no time zone can be computed.
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def received_at(message: Message, authserv: frozenset[str]) -> datetime | None:
    """When our own server took the message: its topmost Received, else the sender's Date, else any Received."""
    for field in values(message, "Received"):
        by = re.search(r"\bby\s+(\S+)", field)
        if by and by[1].rstrip(";").lower() in authserv and (moment := date(field.rpartition(";")[2].strip())):
            return moment
    passed = (date(field.rpartition(";")[2].strip()) for field in values(message, "Received"))
    return date(value(message, "Date")) or next((moment for moment in passed if moment), None)
