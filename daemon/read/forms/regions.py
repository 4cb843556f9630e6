"""Which part of a page each form takes: below its title, and beside or above the next one."""

from __future__ import annotations

from collections.abc import Sequence

from .labels import CAMPO, TITULO, Hit, Vocabulary, hits_of
from .places import Atom, Page, lines_of


def parts_of(atoms: Sequence[Atom], words: Vocabulary, *, ocr: bool) -> list[tuple[Page, list[Hit]]]:
    """The page, or one part of it for each form's title on it, each with the known phrases in it."""
    page = Page(lines_of(atoms))
    hits = hits_of(page, words, ocr=ocr)
    titles = [hit for hit in hits if hit.kind == TITULO]
    if len(titles) < 2:
        return [(page, hits)]
    parts = [_page(group, words, ocr=ocr) for group in _groups(atoms, titles, hits)]
    forms = [part for part in parts if sum(hit.kind == CAMPO for hit in part[1]) >= 3]
    # A title that is only named, in a header or a footer, is no second form.
    return forms if len(forms) > 1 else [(page, hits)]


def _page(atoms: Sequence[Atom], words: Vocabulary, *, ocr: bool) -> tuple[Page, list[Hit]]:
    page = Page(lines_of(atoms))
    return page, hits_of(page, words, ocr=ocr)


def _groups(atoms: Sequence[Atom], titles: Sequence[Hit], hits: Sequence[Hit]) -> list[list[Atom]]:
    """The atoms of each form: titles side by side part the page in columns, titles below each other in bands."""
    bands: list[list[Hit]] = []
    for title in sorted(titles, key=lambda t: (t.top, t.x0)):
        beside = bands and title.top < bands[-1][0].bottom and all(_apart(title, other) for other in bands[-1])
        if beside:
            bands[-1].append(title)
        else:
            bands.append([title])
    groups: list[list[Atom]] = []
    for at, band in enumerate(bands):
        top = min(t.top for t in band) - 0.5 * band[0].height if at else float("-inf")
        end = min(t.top for t in bands[at + 1]) - 0.5 * bands[at + 1][0].height if at + 1 < len(bands) else float("inf")
        inside = [a for a in atoms if top <= a.middle < end]
        columns = _columns(sorted(band, key=lambda t: t.x0), [h for h in hits if top <= h.top < end])
        for left, right in zip(columns, [*columns[1:], float("inf")], strict=True):
            groups.append([a for a in inside if left <= (a.x0 if a.x0 >= left else a.x1) and left <= a.x0 < right])
    return groups


def _apart(one: Hit, other: Hit) -> bool:
    return one.x0 >= other.x1 or other.x0 >= one.x1


def _columns(titles: Sequence[Hit], hits: Sequence[Hit]) -> list[float]:
    """The left edges of forms side by side: copies of the first form's left edge, moved as their titles are."""
    columns = [float("-inf")]
    labels = [hit for hit in hits if hit.kind == CAMPO]
    left = min((hit.x0 for hit in labels), default=titles[0].x0)
    for title in titles[1:]:
        moved = left + title.x0 - titles[0].x0
        columns.append(min(moved, title.x0) - 0.5 * title.height)
    return columns
