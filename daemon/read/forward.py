"""Forwarded petitions: the message inside, whether pasted under a header block or enclosed, and who wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from daemon.model.mail import Accounts, Address

from . import headers, mime, quotes
from .mime import Content
from .plain import fold

_HEADER_LINE = re.compile(
    r"^[ \t>*_]*(de|from|desde|remitente|enviado(?: el)?|enviada(?: el)?|fecha|date|sent|para|to|asunto|subject|cc|cco|"
    r"responder a|reply-to|importancia|importance|datos adjuntos|adjuntos)[ \t*_]*:[ \t*_]*(.*)$"
)
_MAX_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Inner:
    """A message inside another: its author (None when the program left the address out), `name` as shown, its words."""

    author: Address | None
    name: str
    subject: str
    text: str
    origin: str


def domain_is_ours(address: Address, house: Accounts) -> bool:
    """Whether the address is of the institution, its subdomains included."""
    return any(address.domain == d or address.domain.endswith(f".{d}") for d in house.domains)


def is_house(address: Address, house: Accounts) -> bool:
    """Whether somebody of the house writes: an account, a member of staff, an enlace or any address of its domains."""
    known = house.own | house.counting | house.staff | house.enlaces
    return address.email in known or domain_is_ours(address, house)


def petition_inside(subject: str, text: str, found: Content, house: Accounts) -> Inner | None:
    """The citizen's message that a member of staff forwards; the innermost that is not of the house, or None."""
    for enclosed in found.enclosed:
        inner = of_message(enclosed)
        if inner.author is None or not is_house(inner.author, house):
            return inner
        deeper = petition_inside(inner.subject, inner.text, mime.content(enclosed), house)
        if deeper is not None:
            return deeper
    return _pasted(subject, text, house, _MAX_DEPTH)


def of_message(message: Message) -> Inner:
    """An enclosed message as such an Inner."""
    author = next(iter(headers.addresses(message, "From")), None)
    name = author.name if author else headers.text_of(headers.value(message, "From"))
    return Inner(author, name, headers.subject(message), mime.content(message).text, "adjunto")


def _pasted(subject: str, text: str, house: Accounts, depth: int) -> Inner | None:
    split = quotes.split(text, subject)
    if split.forward is None or depth == 0:
        return None
    inner = of_block(text[split.forward :])
    if inner is None:
        return None
    if inner.author is not None and is_house(inner.author, house):
        deeper = _pasted(inner.subject or subject, inner.text, house, depth - 1)
        return deeper or _pasted(subject, inner.text, house, depth - 1)
    return inner


def of_block(block: str) -> Inner | None:
    """Read the header lines at the beginning of a forwarded block; what follows them is the message."""
    lines = block.split("\n")
    fields: dict[str, str] = {}
    body = len(lines)
    last = ""
    for position, line in enumerate(lines[:30]):
        body = position
        match = _HEADER_LINE.match(fold(line))
        if match:
            last = match[1]
            fields.setdefault(last, line[match.start(2) :].strip(" *_\t"))
        elif not line.strip(" >\t") and len(fields) >= 2:
            break
        elif fields and line.strip(" >\t") and last:
            # A folded address list, or already the text when the program leaves no empty line.
            if last not in ("de", "from", "para", "to", "cc") or "@" not in line:
                break
            fields[last] += f" {line.strip()}"
    raw = next((fields[key] for key in ("de", "from", "desde", "remitente") if key in fields), None)
    if raw is None:
        return None
    raw = re.sub(r"\[?mailto:([^\]\s>]+)\]?", r"<\1>", raw)
    raw = re.sub(r"<\s*<([^<>]+)>\s*>", r"<\1>", re.sub(r"\[([^\s\]@]+@[^\s\]]+)\]", r"<\1>", raw))
    author = next(iter(headers.parse_addresses(raw)), None)
    name = author.name if author else re.sub(r"[<>\[\]].*$", "", raw).strip(" \"'")
    subject = next((fields[key] for key in ("asunto", "subject") if key in fields), "")
    text = "\n".join(re.sub(r"^[ \t]*> ?", "", line) for line in lines[body:]).strip()
    return Inner(author, name, subject, text, "reenviado")
