"""Sample mails name our mails before they exist; here `<out-n@…>` and `__OUTn_…__` become what was really sent."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.message import Message

from ..model.outgoing import Draft

_PLACEHOLDER = re.compile(r"__OUT(\d+)_(SUBJECT|BODY|REF)__|(?:<|&lt;)out-(\d+)@replay\.invalid(?:>|&gt;)")


def fill_in(raw: bytes, sent: Sequence[Draft]) -> bytes:
    """The mail with its references to our n-th outgoing mail filled in, encoded as each place demands.

    A mail without references, or that names a mail not yet sent, keeps its bytes there.
    """
    message = message_from_bytes(raw)
    filled = [_fill_headers(part, sent) | _fill_part(part, sent) for part in message.walk()]
    return message.as_bytes() if any(filled) else raw


def _fill_headers(part: Message, sent: Sequence[Draft]) -> bool:
    """Each header where it stands, since the order of Received and its like has a meaning."""
    changed = False
    for number, (name, value) in enumerate(part._headers):  # type: ignore[attr-defined]
        words = str(value) if _PLACEHOLDER.search(str(value)) else _decoded(str(value))
        said = _PLACEHOLDER.sub(lambda match: _value(match, sent), words)
        if said != words:
            changed = True
            part._headers[number] = (name, said if said.isascii() else Header(said, "utf-8").encode())  # type: ignore[attr-defined]
    return changed


def _decoded(value: str) -> str:
    """The header with its encoded words (RFC 2047) in clear."""
    try:
        return str(make_header(decode_header(value))) if "=?" in value else value
    except (LookupError, ValueError):
        return value


def _fill_part(part: Message, sent: Sequence[Draft]) -> bool:
    payload = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
    if not isinstance(payload, bytes):
        return False
    try:
        text = payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        # Real mail names character sets that nobody knows («x-user-defined»): ours name none of those.
        return False
    is_html = part.get_content_subtype() == "html"
    lines = [_filled_line(line, sent, is_html) for line in text.split("\n")]
    if lines == text.split("\n"):
        return False
    del part["Content-Transfer-Encoding"]
    part.set_payload("\n".join(lines), "utf-8")
    return True


def _filled_line(line: str, sent: Sequence[Draft], is_html: bool) -> str:
    def put(match: re.Match[str]) -> str:
        value = _value(match, sent)
        if is_html:
            return html.escape(value).replace("\n", "<br>")
        return value.replace("\n", "\n> ") if line.startswith(">") else value

    return _PLACEHOLDER.sub(put, line)


def _value(match: re.Match[str], sent: Sequence[Draft]) -> str:
    number = int(match[1] or match[3])
    if not 1 <= number <= len(sent):
        return match[0]
    draft = sent[number - 1]
    if match[3]:
        return draft.message_id
    return {"SUBJECT": draft.subject, "BODY": draft.text.rstrip("\n"), "REF": draft.folio}[match[2]]
