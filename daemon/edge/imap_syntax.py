"""IMAP's wire syntax (RFC 9051 §9) as values: FETCH responses and BODYSTRUCTURE, read from what imaplib returns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

# An atom may hold a section in brackets, with parentheses inside: BODY[HEADER.FIELDS (SUBJECT)].
_ATOM = re.compile(rb"[^\s()\[\]\"{]+(?:\[[^\]]*\](?:<\d+>)?)?")
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n")
_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_RESPONSE = re.compile(rb"\d+ (?:FETCH )?(?=\()")

Value = Any  # bytes for atoms and strings, None for NIL, list for parentheses


def responses(data: Iterable[Any]) -> Iterator[dict[str, Value]]:
    """Each message's attributes by upper-case name ("UID", "BODY[]"), from the data list of `IMAP4.uid("FETCH")`.

    imaplib cuts a response at its literals; it is put together again, so that no order of attributes and no line
    about another message that a server sends in between can be taken for this one's.
    """
    wire = b""
    for piece in data:
        if isinstance(piece, tuple):
            wire += piece[0] + b"\r\n" + piece[1]
            continue
        wire += piece or b""
        match = _RESPONSE.match(wire)
        if match:
            items = parse(wire[match.end() :])
            yield {_name(items[n]): items[n + 1] for n in range(0, len(items) - 1, 2)}
        wire = b""


def parse(wire: bytes) -> list[Value]:
    """One parenthesised list with everything in it; ValueError when it breaks off or is none."""
    stack: list[list[Value]] = []
    place = 0
    while place < len(wire):
        byte = wire[place : place + 1]
        if byte == b"(":
            stack.append([])
            place += 1
        elif byte == b")":
            done = stack.pop() if stack else None
            place += 1
            if done is None or not stack:
                if done is None:
                    break
                return done
            stack[-1].append(done)
        elif byte.isspace():
            place += 1
        else:
            value, place = _scalar(wire, place)
            if not stack:
                break
            stack[-1].append(value)
    raise ValueError("respuesta IMAP incompleta")


def _scalar(wire: bytes, place: int) -> tuple[Value, int]:
    if match := _LITERAL.match(wire, place):
        end = match.end() + int(match[1])
        return wire[match.end() : end], end
    if match := _STRING.match(wire, place):
        return re.sub(rb"\\(.)", rb"\1", match[1], flags=re.DOTALL), match.end()
    if match := _ATOM.match(wire, place):
        return (None if match[0].upper() == b"NIL" else match[0]), match.end()
    raise ValueError("respuesta IMAP incomprensible")


def _name(value: Value) -> str:
    return value.decode("ascii", "replace").upper() if isinstance(value, bytes) else ""


def number(value: Value) -> int:
    """A number, or 0 for anything else."""
    return int(value) if isinstance(value, bytes) and value.isdigit() else 0


def internal_date(value: Value) -> datetime:
    """INTERNALDATE as an aware datetime in UTC; the epoch when a server gives nonsense."""
    try:
        moment = parsedate_to_datetime(value.decode("ascii"))
    except (AttributeError, UnicodeError, ValueError, TypeError):
        return datetime.fromtimestamp(0, UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message as BODYSTRUCTURE describes it (RFC 9051 §7.5.2).

    `section` is its number ("1.2"; "" for the message itself), `kind` "type/subtype" in lower case, `size` in octets
    as encoded, `file` its name if it has one, `boundary` of a multipart, `parts` of a multipart or, one, of an
    enclosed message.
    """

    section: str
    kind: str
    size: int = 0
    file: str = ""
    boundary: bytes = b""
    parts: tuple[Part, ...] = ()

    @property
    def body_section(self) -> str:
        """What to fetch for its content: a message that is one part has the number 1."""
        return self.section or "1"


def structure(value: Value, section: str = "") -> Part:
    """BODYSTRUCTURE as a tree; ValueError when it is none."""
    if not isinstance(value, list) or not value:
        raise ValueError("BODYSTRUCTURE incomprensible")
    if isinstance(value[0], list):
        return _multipart(value, section)
    if len(value) < 7:
        raise ValueError("BODYSTRUCTURE incompleta")
    kind = f"{_lower(value[0])}/{_lower(value[1])}"
    enclosed: tuple[Part, ...] = ()
    own = section or "1"
    if kind == "message/rfc822" and len(value) > 8 and isinstance(value[8], list):
        inner = value[8]
        # The parts of an enclosed multipart are numbered below it; an enclosed single part is its number 1.
        enclosed = (structure(inner, own if isinstance(inner[0], list) else f"{own}.1"),)
    names = {**_pairs(value[2]), **_disposition(value)}
    return Part(section, kind, number(value[6]), names.get("filename") or names.get("name") or "", parts=enclosed)


def _multipart(value: list[Value], section: str) -> Part:
    children = [item for item in value if isinstance(item, list)]
    count = next((n for n, item in enumerate(value) if not isinstance(item, list)), len(value))
    parts = tuple(
        structure(child, f"{section}.{n}" if section else str(n)) for n, child in enumerate(children[:count], 1)
    )
    boundary = _pairs(value[count + 1] if len(value) > count + 1 else None).get("boundary", "")
    return Part(section, f"multipart/{_lower(value[count])}", boundary=boundary.encode("latin-1"), parts=parts)


def _disposition(value: list[Value]) -> dict[str, str]:
    """Parameters of Content-Disposition, which stands somewhere after the fixed fields, as (type (name value ...))."""
    for item in value[7:]:
        if isinstance(item, list) and len(item) == 2 and isinstance(item[0], bytes) and isinstance(item[1], list):
            return _pairs(item[1])
    return {}


def _pairs(value: Value) -> dict[str, str]:
    if not isinstance(value, list):
        return {}
    found = {}
    for name, text in zip(value[::2], value[1::2], strict=False):
        if isinstance(name, bytes) and isinstance(text, bytes):
            found[_lower(name).split("*")[0]] = text.decode("latin-1")
    return found


def _lower(value: Value) -> str:
    return value.decode("latin-1").lower() if isinstance(value, bytes) else ""
