"""What the commands of IMSS Digital share: who receives, how an instant, an office, a table and JSON are told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import AcuseError

if TYPE_CHECKING:
    from ..app import Office

AsJson = Annotated[bool, typer.Option("--json", help="Datos JSON para programas.")]
DAY_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]


def reception(office: Office) -> str:
    """The account that requests come to, which the rules name."""
    rules = office.rules.supervivencia
    if rules is None:
        raise AcuseError("las reglas no describen IMSS Digital", where="rules/", cure="agregue supervivencia.yaml")
    return rules.recepcion


def office_name(office: Office, account: str) -> str:
    """The city of a consular office by its enabled account, else the account."""
    oficina = office.rules.oficina(account)
    return oficina.ciudad if oficina else account


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


def counted(number: int, one: str, more: str) -> str:
    """So many of them: «1 oficina», «3 oficinas»."""
    return f"{number} {one if number == 1 else more}"


def tell_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns side by side; nothing without rows."""
    lines = [header, *rows]
    if len(lines) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
