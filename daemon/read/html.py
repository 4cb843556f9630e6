"""HTML to text for people, with what is quoted in it set apart."""

from __future__ import annotations

import re
from html import unescape

import lxml.etree
import lxml.html
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from .charset import clean

_QUOTED = (
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' gmail_quote ')]"
    " | //blockquote[@type='cite'] | //*[@id='divRplyFwdMsg'] | //*[@id='divRplyFwdMsg']/following-sibling::*"
    " | //*[contains(@class, 'yahoo_quoted')] | //*[contains(@class, 'moz-cite-prefix')]"
    " | //*[@id='mail-editor-reference-message-container'] | //*[@id='appendonsend']/following-sibling::*"
    " | //*[contains(@class, 'gmail_attr')] | //*[@id='quoted_header'] | //*[contains(@class, 'quoted_html')]"
)
_CONFIG = ParserConfig(css=CSS_PROFILES["strict"])
_LIMIT = 1_500_000


def _tree(html: str) -> lxml.html.HtmlElement | None:
    # lxml refuses a string that carries an encoding declaration, so it gets bytes and is told what they are.
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        return lxml.html.document_fromstring(html[:_LIMIT].encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        return None


def to_text(html: str) -> str:
    """The visible words of an HTML body, tables in lines; '' when there are none."""
    tree = _tree(html)
    text = "" if tree is None else _text(tree)
    # Pages nested thousands deep come out empty: then the tags are simply taken away.
    return text or _without_tags(html[:_LIMIT])


def _without_tags(html: str) -> str:
    """The words between tags, in one look from left to right whatever is missing; not those of styles and scripts."""
    pieces = re.split(r"<(/?\w*)[^<>]*>?", html)
    words, hidden = [pieces[0]], False
    for tag, text in zip(pieces[1::2], pieces[2::2], strict=True):
        hidden = tag.lower() in ("style", "script") or (hidden and not tag.startswith("/"))
        words.append("" if hidden else text)
    return " ".join(unescape(" ".join(words)).split())


def without_quotes(html: str) -> str | None:
    """The same without the elements in which mail programs put what they quote; None when there are no such."""
    tree = _tree(html)
    if tree is None:
        return None
    quoted = tree.xpath(_QUOTED)
    if not quoted:
        return None
    for element in quoted:
        if element.getparent() is not None:
            element.drop_tree()
    return _text(tree)


def links(html: str) -> list[tuple[str, str]]:
    """Every link as (target, visible words): what says one place and leads to another is a sign of forgery."""
    tree = _tree(html)
    if tree is None:
        return []
    return [(a.get("href") or "", " ".join(a.text_content().split())) for a in tree.iter("a") if a.get("href")]


def _text(tree: lxml.html.HtmlElement) -> str:
    for element in tree.xpath("//script | //style | //head/title | //comment()"):
        if element.getparent() is not None:
            element.drop_tree()
    try:
        source = lxml.etree.tostring(tree, encoding="unicode", method="html")
        text = get_text(source, _CONFIG)
    except (RecursionError, ValueError, AttributeError, IndexError, KeyError, TypeError):
        # A page built to break converters is still read, without its layout.
        text = ""
    if not text.strip():
        text = "\n".join(part.strip() for part in tree.itertext() if isinstance(part, str) and part.strip())
    # Entities such as &zwnj; and &shy; become characters only here.
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in clean(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
