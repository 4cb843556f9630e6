"""The files that go along with a message, as their writer named them, for whoever files them elsewhere (P 5.20)."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message

from . import damage, headers, mime

_MAX_DEPTH, _MAX_FILES = 15, 300
_WORDS = ("text/plain", "text/html")


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """One file of a message: the writer's name for it (never a path), "" when there is none, and its decoded bytes."""

    name: str
    content: bytes


def files_in(raw: bytes) -> tuple[AttachedFile, ...]:
    """Everything in a message but its own words, in order; a message enclosed in it is one file."""
    found: list[AttachedFile] = []
    _collect(damage.parsed(raw), found, 0)
    return tuple(found)


def _collect(part: Message, found: list[AttachedFile], depth: int) -> None:
    if depth > _MAX_DEPTH or len(found) >= _MAX_FILES:
        return
    kind, inside = part.get_content_type().lower(), part.get_payload()
    children = [child for child in inside if isinstance(child, Message)] if isinstance(inside, list) else []
    if kind == "message/rfc822" and children:
        name = mime.filename(part) or headers.subject(children[0])
        found.append(AttachedFile(f"{name.removesuffix('.eml')}.eml", _bytes_of(children[0])))
    elif children:
        for child in children:
            _collect(child, found, depth + 1)
    elif not kind.startswith("multipart/") and (kind not in _WORDS or mime.filename(part)):
        found.append(AttachedFile(mime.filename(part), mime.payload(part)))


def _bytes_of(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):
        # Python cannot write again what it could read: the words at least are kept.
        return mime.content(message).text.encode("utf-8", "replace")
