"""Markdown to the two parts of a mail (owner of markdown-it): HTML with inline styles, and text wrapped at 76."""

from __future__ import annotations

import textwrap

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

WIDTH = 76

# Without raw HTML, images, code and references: what citizens write cannot become any of them.
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(
    ["html_block", "html_inline", "image", "code", "fence", "lheading", "reference"]
)
_STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding-left:22px",
    "ol": "margin:0 0 16px;padding-left:26px",
    "li": "margin:0 0 10px",
    "a": "color:#0e7c66;word-break:break-word",
    "h1": "margin:0 0 16px;font-size:20px;line-height:1.3",
    "h2": "margin:26px 0 10px;font-size:17px;line-height:1.3",
    "h3": "margin:20px 0 8px;font-size:16px;line-height:1.3",
    "blockquote": "margin:0 0 16px;padding:2px 0 2px 14px;border-left:3px solid #8a9a94",
    "hr": "margin:22px 0;border:0;border-top:1px solid #8a9a94",
}


def to_html(source: str) -> str:
    """The body's HTML, each element with its own style, because mail programs drop style sheets."""
    tokens = _PARSER.parse(source)
    _style(tokens)
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {})).strip()


def _style(tokens: list[Token]) -> None:
    for token in tokens:
        if token.nesting >= 0 and token.tag in _STYLES:
            token.attrSet("style", _STYLES[token.tag])
        _style(token.children or [])


def to_text(source: str) -> str:
    """The plain part: dashes and numbers for lists, links in full, lines of at most 76 characters."""
    return _blocks(SyntaxTreeNode(_PARSER.parse(source)).children, WIDTH) + "\n"


def _blocks(nodes: list[SyntaxTreeNode], width: int, gap: str = "\n\n") -> str:
    return gap.join(text for node in nodes if (text := _block(node, width)))


def _block(node: SyntaxTreeNode, width: int) -> str:
    match node.type:
        case "bullet_list":
            return _list(node, ["- "] * len(node.children), width)
        case "ordered_list":
            start = int(node.attrs.get("start", 1))
            return _list(node, [f"{start + i}. " for i in range(len(node.children))], width)
        case "blockquote":
            inner = _blocks(node.children, width - 2)
            return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
        case "hr":
            return "-" * 20
        case "heading" if node.tag != "h1":
            return _wrap("".join(_inline(child) for child in node.children).upper(), width)
        case _:
            lines = "".join(_inline(child) for child in node.children).split("\n")
            return "\n".join(_wrap(line, width) for line in lines)


def _list(node: SyntaxTreeNode, marks: list[str], width: int) -> str:
    items = []
    for mark, item in zip(marks, node.children, strict=True):
        body = _blocks(item.children, width - len(mark))
        items.append(mark + body.replace("\n", "\n" + " " * len(mark)))
    long = any("\n\n" in item or len(item) > width for item in items)
    text = ("\n\n" if long else "\n").join(items)
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _wrap(line: str, width: int) -> str:
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)


def _inline(node: SyntaxTreeNode) -> str:
    inside = "".join(_inline(child) for child in node.children)
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            return _link(inside, str(node.attrs.get("href", "")))
        case _:
            return inside


def _link(label: str, href: str) -> str:
    target = href.removeprefix("mailto:")
    same = (href, target, target.removeprefix("https://").removeprefix("http://"))
    return label if label in same else f"{label} ({target})"
