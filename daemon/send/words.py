"""The words of a mail in its two forms, text and HTML: read as mail programs save them, made to agree when they do not.

Many programs let a person edit one form and keep the other as it was: NeoMutt and Alpine keep our HTML beside the
edited text. The person's program shows the other form, and the correction would be lost.
"""

from __future__ import annotations

import hashlib
import quopri
import re
import unicodedata
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import Message
from html import escape
from html.parser import HTMLParser
from itertools import groupby

SMTP = policy.compat32.clone(linesep="\r\n", max_line_length=900)

# Where editors break lines at the latest: a shorter line that had room for the next word was ended on purpose.
_WRAPPED = 72
_ADDRESS = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:)»])")
_LIST_ITEM = re.compile(r"\s*(?:[-•*]|\d{1,2}[.)])\s")
# What a program adds of its own when it writes text out of HTML: targets of links, numbers of lists, marks for bold.
_ADDED = re.compile(r"(?m)<(?:https?:|mailto:)[^<>\s]*>|^\s*\d{1,2}[.)](?=\s)|[*_|•]|(?<!\S)-(?!\S)")
_PAGE = """<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
</head>
<body style="margin:0;padding:0">
<div style="max-width:600px;margin:0 auto;padding:18px 18px 28px;font-family:'Segoe UI',Roboto,'Helvetica Neue',Arial,\
sans-serif;font-size:17px;line-height:1.5">
{}
</div>
</body>
</html>
"""


def agreed(raw: bytes, sent: bytes) -> bytes:
    """`raw`, a copy of our mail `sent` as a program saved it, with text and HTML that say the same.

    Edited text beside our own HTML: the HTML is made anew from the text. Edited HTML beside our own text: the text is
    made anew from the HTML. Our HTML left as a file beside our text: both are one mail again. Files stay. Where the
    program wrote both forms, or saved one alone, the very same bytes come back.
    """
    copy, original = message_from_bytes(raw, policy=SMTP), _leaves(message_from_bytes(sent, policy=SMTP))
    leaves = _leaves(copy)
    text, our_text = _first(leaves, "text/plain"), _first(original, "text/plain")
    our_page = _first(original, "text/html")
    if text is None or our_text is None or our_page is None:
        return raw
    kept = [leaf for leaf in leaves if leaf.get_content_type() == "text/html" and _same_words(leaf, our_page)]
    theirs = _first([leaf for leaf in leaves if leaf not in kept], "text/html")
    edited = _words(text).split() != _words(our_text).split()
    files = [leaf for leaf in leaves if leaf is not text and leaf not in kept]
    if edited:
        if not kept or theirs is not None or _written_out_of(text, kept[0], our_page):
            return raw
        _compose(copy, _words(text), page_of(_words(text)), files)
    elif theirs is None and kept and not _alternatives(copy, text, kept):
        _compose(copy, _words(text), _words(our_page), files)
    elif theirs is not None or kept:
        shown = page_text(_words(kept[0] if theirs is None else theirs))
        if _bare(shown) == _bare(page_text(_words(our_page))):
            return raw
        _write(text, "plain", shown + "\n")
    else:
        return raw
    return copy.as_bytes(policy=SMTP)


def plain_text(raw: bytes) -> str:
    """The words of a mail for people: its text part, else its HTML without tags, trimmed."""
    leaves = _leaves(message_from_bytes(raw))
    for kind in ("text/plain", "text/html"):
        for part in leaves:
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                words = _words(part) if kind == "text/plain" else page_text(_words(part))
                if words.strip():
                    return words.strip()
    return ""


def page_of(text: str) -> str:
    """Plain text as an HTML page: a paragraph for each one, lines that an editor wrapped joined, addresses as links."""
    groups = groupby(text.split("\n"), key=lambda line: bool(line.strip()))
    bodies = ("<br>\n".join(_joined(list(lines))) for written, lines in groups if written)
    return _PAGE.format("\n".join(f'<p style="margin:0 0 16px">{body}</p>' for body in bodies))


def page_text(page: str, *, targets: bool = True) -> str:
    """The visible words of HTML, a line for each block; with `targets`, also where links lead and list numbers."""
    reader = _Reader(targets)
    reader.feed(re.sub(r"<!\[[^>]*>", " ", page))
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _leaves(message: Message) -> list[Message]:
    """The parts that hold content, in order; a mail enclosed in this one is one part and is not looked into."""
    if message.get_content_maintype() != "multipart" or not message.is_multipart():
        return [message]
    return [leaf for part in message.get_payload() if isinstance(part, Message) for leaf in _leaves(part)]


def _first(leaves: Sequence[Message], kind: str) -> Message | None:
    """The first part of this type that is shown in the mail and is not a file."""
    shown = (leaf for leaf in leaves if leaf.get_content_type() == kind and not leaf.get_filename())
    return next((leaf for leaf in shown if leaf.get_content_disposition() != "attachment"), None)


def _words(part: Message) -> str:
    """A text part's content as Unicode with LF line ends, flowed lines put together (RFC 3676)."""
    payload = part.get_payload(decode=True)
    text = _unicode(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    cut = 1 if str(part.get_param("delsp", "")).lower() == "yes" else 0
    lines: list[str] = []
    open_line = False
    for raw in text.split("\n"):
        line = raw.removeprefix(" ")
        soft = line.endswith(" ") and line != "-- " and not line.startswith(">")
        content = line[: len(line) - cut] if soft else line
        if open_line and not line.startswith(">"):
            lines[-1] += content
        else:
            lines.append(content)
        open_line = soft
    return "\n".join(lines)


def _unicode(payload: bytes, charset: str | None) -> str:
    for name in (charset or "utf-8", "utf-8"):
        try:
            return payload.decode(name)
        except (LookupError, ValueError):
            continue
    return payload.decode("cp1252", "replace")


def _bare(text: str) -> str:
    """Without white space and invisible characters: programs indent, wrap and fill HTML as they like."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def _same_words(page: Message, ours: Message) -> bool:
    return _bare(page_text(_words(page), targets=False)) == _bare(page_text(_words(ours), targets=False))


def _written_out_of(text: Message, page: Message, ours: Message) -> bool:
    """Whether a program rewrote our HTML word for word and wrote this text out of it: then nobody edited anything."""
    if _bare(_words(page)) == _bare(_words(ours)):
        return False
    shown = page_text(_words(page), targets=False)
    return _ADDED.sub("", _words(text)).split() == _ADDED.sub("", shown).split()


def _alternatives(message: Message, text: Message, pages: Sequence[Message]) -> bool:
    """Whether text and the one page are alternatives, so that a program shows only one of them."""
    groups = (part for part in message.walk() if part.get_content_type() == "multipart/alternative")
    return len(pages) == 1 and any({text, pages[0]} <= set(_leaves(group)) for group in groups)


def _compose(message: Message, text: str, page: str, files: Sequence[Message]) -> None:
    """Give the message this content: both forms as alternatives, and the files after them."""
    for name in ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID"):
        del message[name]
    message["MIME-Version"] = "1.0"
    message.preamble = message.epilogue = None
    forms = message
    if files:
        forms = Message(policy=SMTP)
        _group(message, "mixed", [forms, *files], text + page)
    plain, html = Message(policy=SMTP), Message(policy=SMTP)
    _write(plain, "plain", text)
    _write(html, "html", page)
    _group(forms, "alternative", [plain, html], text + page)


def _group(message: Message, kind: str, parts: list[Message], content: str) -> None:
    """The boundary comes from the content, so that the same approval gives the same bytes."""
    digest = hashlib.sha256(f"{kind}\0{content}".encode("utf-8", "replace")).hexdigest()[:24]
    message["Content-Type"] = f'multipart/{kind}; boundary="=_acuse_{digest}"'
    message.set_payload(list[Message | str](parts))


def _write(part: Message, kind: str, words: str) -> None:
    del part["Content-Type"], part["Content-Transfer-Encoding"]
    part["Content-Type"] = f'text/{kind}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(quopri.encodestring(words.encode("utf-8", "replace")).decode("ascii"))


def _joined(lines: Sequence[str]) -> list[str]:
    """One paragraph's lines as HTML, those put together that an editor broke only because they were full."""
    whole: list[str] = []
    before = ""
    for line in lines:
        full = len(before.rstrip()) + 1 + len(line.split()[0]) > _WRAPPED
        if whole and full and not _LIST_ITEM.match(line) and not line.startswith(">"):
            whole[-1] += " " + line.strip()
        else:
            whole.append(line.strip())
        before = line
    return [_linked(line) for line in whole]


def _linked(line: str) -> str:
    pieces = (
        f'<a href="{escape(piece)}" style="color:#0e7c66">{escape(piece)}</a>' if number % 2 else escape(piece)
        for number, piece in enumerate(_ADDRESS.split(line))
    )
    return "".join(pieces)


class _Reader(HTMLParser):
    """Collects the visible words of HTML; a block element begins a new line, what is not displayed is left out."""

    _blocks = frozenset(
        {"p", "div", "tr", "td", "th", "li", "table", "h1", "h2", "h3", "h4", "blockquote", "ul", "ol", "pre", "hr"}
    )
    _hidden = frozenset({"style", "script", "head", "title"})
    _void = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "col", "area", "base"})

    def __init__(self, targets: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._targets = targets
        self._skipped: list[str] = []
        self._lists: list[int | None] = []
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        style = "".join((dict(attrs).get("style") or "").lower().split())
        if self._skipped or tag in self._hidden or "display:none" in style:
            if tag not in self._void and (not self._skipped or tag == self._skipped[0]):
                self._skipped.append(tag)
            return
        if tag in self._blocks or tag == "br":
            self.words.append("\n")
        if tag in ("ol", "ul"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li" and self._targets:
            self.words.append(self._mark())
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self.words))

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped[0]:
                self._skipped.pop()
            return
        if tag == "a" and self._link and self._targets:
            self._tell_target(*self._link)
            self._link = None
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        if tag in self._blocks:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.words.append(re.sub(r"\s+", " ", data))

    def _mark(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _tell_target(self, href: str, start: int) -> None:
        label = "".join(self.words[start:]).strip()
        target = href.removeprefix("mailto:")
        if re.match(r"https?:|mailto:", href) and label not in (href, target, re.sub(r"^https?://", "", target)):
            self.words.append(f" ({target})")
