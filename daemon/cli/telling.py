"""How the commands tell things: an instant, a day, a count, a table, and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..app import Office

AsJson = Annotated[bool, typer.Option("--json", help="Datos JSON para programas.")]


def today(office: Office) -> date:
    """Which day it is at the office."""
    return office.desk.policy.calendar.local(office.desk.now()).date()


def when(office: Office, at: datetime) -> str:
    """An instant on the office's clock."""
    return f"{office.desk.policy.calendar.local(at):%d/%m/%Y %H:%M}"


def as_json(value: Any) -> str:
    """Plain values and dates for programs."""

    def plain(item: Any) -> str:
        return item.isoformat() if isinstance(item, date) else str(item)

    return json.dumps(value, ensure_ascii=False, default=plain)


def tell_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns side by side; nothing without rows."""
    lines = [header, *rows]
    if len(lines) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
