"""Report tables for people: HTML for phones and Outlook alike, Markdown for a mail's text, lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape as html_escape

from ..model.report import Cell, Chart, Report, Section, Table, Tile
from .clean import Markdown, escape

# Dark enough on white and light enough on black: mail programs turn backgrounds, not these.
_TONES = {"rojo": "#b3261e", "ambar": "#b26a00", "verde": "#0e7c66", "gris": "#6b7773", "": "#c9d2ce"}
_HEAD = "padding:4px 8px;text-align:{align};font-size:13px;font-weight:normal;color:#6b7773;vertical-align:bottom"
_CELL = "padding:7px 8px;text-align:{align};border-top:1px solid #c9d2ce;vertical-align:top"
_TABLE = "width:100%;border-collapse:collapse;margin:0 0 18px;font-size:15px;line-height:1.35;border-left:4px solid {}"
_SMALL = "font-size:13px;color:#6b7773"


def written(cell: Cell) -> str:
    """A cell as people write it: «1,234», «3.5», «—»."""
    if cell is None:
        return "—"
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.1f}" if isinstance(cell, float) else cell


def numeric(table: Table) -> tuple[bool, ...]:
    """Which columns hold numbers."""
    return tuple(
        all(not isinstance(row[place], str) for row in table.rows) and any(row[place] is not None for row in table.rows)
        for place in range(len(table.columns))
    )


# --- HTML ------------------------------------------------------------------------------------------------------------


def as_html(section: Section, pictures: Mapping[str, str], *, whole: bool = False) -> str:
    """A section with its heading. `pictures` gives each chart's address by its key; `whole` shows every row."""
    numeral = f' <span style="{_SMALL};font-weight:normal">{html_escape(section.numeral)}</span>'
    parts = [
        f'<h2 style="margin:30px 0 10px;font-size:19px;line-height:1.3">{html_escape(section.title)}'
        f"{numeral if section.numeral else ''}</h2>"
    ]
    if section.tiles:
        parts.append(_tiles(section.tiles))
    if section.text:
        parts.append(f'<p style="margin:0 0 12px">{html_escape(section.text)}</p>')
    several = len(section.tables) > 1
    parts += [_table(table, titled=several and table.title != section.title, whole=whole) for table in section.tables]
    parts += [_picture(chart, pictures[chart.key]) for chart in section.charts if chart.key in pictures]
    return "\n".join(parts)


def _tiles(tiles: Sequence[Tile]) -> str:
    """The numbers to be seen first, side by side also on a phone."""
    cells = "".join(_tile(tile, 100 // len(tiles)) for tile in tiles)
    style = "width:100%;border-collapse:collapse;margin:0 0 16px;table-layout:fixed"
    return f'<table role="presentation" cellpadding="0" cellspacing="0" style="{style}"><tr>{cells}</tr></table>'


def _tile(tile: Tile, share: int) -> str:
    box = f"background:{_TONES[tile.tone]};color:#ffffff;padding:10px 4px;text-align:center;border-radius:6px"
    return (
        f'<td style="width:{share}%;padding:0 2px;vertical-align:top"><table role="presentation" width="100%" '
        f'cellpadding="0" cellspacing="0" style="border-collapse:collapse"><tr><td style="{box}">'
        f'<div style="font-size:28px;line-height:1.1;font-weight:bold;color:#ffffff">{tile.number:,}</div>'
        f'<div style="font-size:13px;line-height:1.25;color:#ffffff">{html_escape(tile.label)}</div>'
        "</td></tr></table></td>"
    )


def _table(table: Table, *, titled: bool, whole: bool) -> str:
    shown = table.rows if whole else table.rows[: table.limit]
    numbers = numeric(table)
    # Three columns of words are too many for a phone: two lines a row are read more easily than narrow columns.
    stacked = len(table.columns) in (3, 4) and not any(numbers)
    rows = "".join(_stacked(row) if stacked else _row(row, numbers) for row in shown)
    head = "" if stacked or _bare(table) else _heads(table, numbers)
    title = f'<div style="margin:0 0 6px;font-weight:bold">{html_escape(table.title)}</div>' if titled else ""
    left = len(table.rows) - len(shown)
    more = f'<p style="margin:-10px 0 18px;{_SMALL}">{_more(left)}</p>' if left else ""
    style = _TABLE.format(_TONES[table.tone])
    return f'{title}<table cellpadding="0" cellspacing="0" style="{style}">{head}{rows}</table>{more}'


def _bare(table: Table) -> bool:
    """A list of sums needs no headings."""
    return tuple(key for key, _ in table.columns) == ("cifra", "numero")


def _heads(table: Table, numbers: Sequence[bool]) -> str:
    cells = "".join(
        f'<th scope="col" style="{_HEAD.format(align=_side(number))}">{html_escape(title)}</th>'
        for (_, title), number in zip(table.columns, numbers, strict=True)
    )
    return f"<tr>{cells}</tr>"


def _row(row: Sequence[Cell], numbers: Sequence[bool]) -> str:
    cells = "".join(
        f'<td style="{_CELL.format(align=_side(number))}{";white-space:nowrap" if number else ""}">'
        f"{html_escape(written(cell))}</td>"
        for cell, number in zip(row, numbers, strict=True)
    )
    return f"<tr>{cells}</tr>"


def _stacked(row: Sequence[Cell]) -> str:
    first, second, third, *fourth = (html_escape(written(cell)) for cell in row)
    keep = ";white-space:nowrap" if len(first) < 24 else ""
    below = "".join(f'<br><span style="{_SMALL}">{cell}</span>' for cell in fourth)
    return (
        f'<tr><td style="{_CELL.format(align="left")}"><strong style="font-weight:600{keep}">{first}</strong>'
        f'<br>{second}</td><td style="{_CELL.format(align="right")};width:36%">{third}{below}</td></tr>'
    )


def _side(number: bool) -> str:
    return "right" if number else "left"


def _more(left: int) -> str:
    return f"y {left} más, en la hoja de cálculo adjunta" if left > 1 else "y uno más, en la hoja de cálculo adjunta"


def _picture(chart: Chart, address: str) -> str:
    return (
        f'<p style="margin:0 0 18px"><img src="{html_escape(address)}" alt="{html_escape(chart.alt)}" width="420" '
        'style="display:block;width:100%;max-width:420px;height:auto;border:0;background:#ffffff"></p>'
    )


# --- text ------------------------------------------------------------------------------------------------------------


def as_markdown(section: Section) -> Markdown:
    """A section for the text part of a mail: one line a row, which any width can break."""
    parts = [f"## {escape(section.title)}"]
    if section.numeral:
        parts.append(escape(f"({section.numeral})"))
    if section.tiles:
        parts.append("\n".join(f"- {escape(f'{tile.label}: {tile.number:,}')}" for tile in section.tiles))
    if section.text:
        parts.append(escape(section.text))
    for table in section.tables:
        if len(section.tables) > 1:
            parts.append(f"**{escape(table.title)}**")
        lines = [_line(table, row) for row in table.rows[: table.limit]]
        if left := len(table.rows) - len(lines):
            lines.append(_more(left))
        parts.append("\n".join(f"- {escape(line)}" for line in lines) or "nada")
    parts += [escape(chart.alt) for chart in section.charts]
    return Markdown("\n\n".join(parts))


def _line(table: Table, row: Sequence[Cell]) -> str:
    numbers = numeric(table)
    if _bare(table):
        return f"{row[0]}: {written(row[1])}"
    said = [
        f"{title.lower()} {written(cell)}" if number else written(cell)
        for (_, title), cell, number in zip(table.columns, row, numbers, strict=True)
        if cell is not None
    ]
    return " · ".join(said)


def as_lines(report: Report, width: int = 100) -> Iterator[str]:
    """A report for a terminal: aligned columns, numbers to the right."""
    yield report.title
    for section in report.sections:
        yield ""
        yield f"{section.title.upper()}{f'  ({section.numeral})' if section.numeral else ''}"
        yield from (f"  {tile.label}: {tile.number:,}" for tile in section.tiles)
        if section.text:
            yield from (f"  {line}" for line in textwrap.wrap(section.text, width))
        for table in section.tables:
            yield ""
            yield from _aligned(table)


def _aligned(table: Table) -> Iterator[str]:
    numbers = numeric(table)
    cells = [[title for _, title in table.columns], *([written(cell) for cell in row] for row in table.rows)]
    wide = [max(len(row[place]) for row in cells) for place in range(len(table.columns))]
    wide[0] = min(wide[0], 64)
    for number, row in enumerate(cells):
        padded = (
            cell.rjust(room) if right else cell[:room].ljust(room)
            for cell, room, right in zip(row, wide, numbers, strict=True)
        )
        yield "  " + "  ".join(padded).rstrip()
        if number == 0:
            yield "  " + "  ".join("-" * room for room in wide)
    if not table.rows:
        yield "  nada"
