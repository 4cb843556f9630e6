"""Who wrote each message that a mail quotes: the writer's own earlier words are the writer's, others' are not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import headers
from .plain import fold
from .quotes import quote_headers

_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+")
_EMAIL = re.compile(r"[^\s<>()\[\],;:\"'*]+@[^\s<>()\[\],;:\"'*]+")
_NAMED = re.compile(r"^[ \t>*_]*(?:de|from|desde|remitente)[ \t*_]*:[ \t*_]*([^\n<\[]*)", re.IGNORECASE | re.MULTILINE)

# What people quote of their own mails is short; nothing is looked for further down.
_LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Quoted:
    """One quoted message without its marks; `email` lower-case and `name` as shown, '' when its header has none."""

    email: str
    name: str
    text: str


def messages(quoted: str) -> list[Quoted]:
    """The messages in a quote, outermost first, each with the lines that are its own.

    Depth of '>' tells where an inner quote ends and its surroundings go on.
    """
    lines = quoted[:_LONGEST].split("\n")
    depths = [_depth(line) for line in lines]
    bare = [_MARK.sub("", line) for line in lines]
    starts = _header_lines("\n".join(bare))
    found: list[tuple[str, str, list[str]]] = [("", "", [])]
    # (depth from which lines belong to it, index into found): the innermost open message takes the line.
    open_at: list[tuple[int, int]] = [(0, 0)]
    skip = 0
    for number, line in enumerate(bare):
        if number in starts:
            height, email, name = starts[number]
            skip = number + height
            found.append((email, name, []))
            inner = next((depths[i] for i in range(skip, len(lines)) if bare[i].strip()), depths[number])
            while len(open_at) > 1 and open_at[-1][0] > depths[number]:
                open_at.pop()
            open_at.append((max(inner, depths[number]), len(found) - 1))
        if number < skip:
            continue
        while line.strip() and len(open_at) > 1 and depths[number] < open_at[-1][0]:
            open_at.pop()
        found[open_at[-1][1]][2].append(line)
    return [Quoted(email, name, "\n".join(own).strip()) for email, name, own in found if any(x.strip() for x in own)]


def _depth(line: str) -> int:
    mark = _MARK.match(line)
    return mark[0].count(">") if mark else 0


def _header_lines(text: str) -> dict[int, tuple[int, str, str]]:
    """Line number to (how many lines, address, name) for every header of a quote."""
    found: dict[int, tuple[int, str, str]] = {}
    covered = line = counted = 0
    for start, end in quote_headers(fold(text)):
        if start < covered:
            continue
        covered = end
        words = text[start:end]
        email = _EMAIL.search(_first_field(words))
        named = _NAMED.search(words)
        name = (
            named[1]
            if named
            else re.sub(r"^.*(?:\d:\d\d\S*(?: ?[ap]\.? ?m\.?)?|\d{4})[ ,]*(?:GMT\S*,?)?", "", _oneline(words))
        )
        name = re.split(r"[<(\[]|\bescribi|\bwrote", name)[0]
        height = len(words.rstrip("\n").split("\n"))
        line, counted = line + text.count("\n", counted, start), start
        found[line] = (height, email[0].lower().strip(".") if email else "", _clean(name))
    return found


def _first_field(words: str) -> str:
    """The part of a header that names the author: the De: line, or all of 'El … escribió:'."""
    named = _NAMED.search(words)
    return words[named.start() :].split("\n", 1)[0] if named else words


def _oneline(words: str) -> str:
    return " ".join(words.split())


def _clean(name: str) -> str:
    return headers.text_of(name).strip(" \t\"'*_,:;-")
