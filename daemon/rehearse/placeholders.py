"""Sample mails name our mails before they exist; here `<out-n@…>` and `__OUTn_…__` become what was really sent."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from email import message_from_bytes
from email.header import Header
from email.message import Message

from ..model.outgoing import Draft

_PLACEHOLDER = re.compile(r"__OUT(\d+)_(SUBJECT|BODY|REF)__|<out-(\d+)@replay\.invalid>")


def fill_in(raw: bytes, sent: Sequence[Draft]) -> bytes:
    """The mail with its references to our n-th outgoing mail filled in, encoded as each place demands.

    A mail without references, or that names a mail not yet sent, keeps its bytes there.
    """
    message = message_from_bytes(raw)
    changed = False
    for name in dict.fromkeys(message.keys()):
        values = [str(value) for value in message.get_all(name, [])]
        filled = [_PLACEHOLDER.sub(lambda match: _value(match, sent), value) for value in values]
        if filled != values:
            changed = True
            del message[name]
            for value in filled:
                message[name] = value if value.isascii() else Header(value, "utf-8").encode()
    for part in message.walk():
        changed = _fill_part(part, sent) or changed
    return message.as_bytes() if changed else raw


def _fill_part(part: Message, sent: Sequence[Draft]) -> bool:
    payload = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
    if not isinstance(payload, bytes) or b"__OUT" not in payload:
        return False
    text = payload.decode(part.get_content_charset() or "utf-8", "replace")
    is_html = part.get_content_subtype() == "html"
    lines = [_filled_line(line, sent, is_html) for line in text.split("\n")]
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
