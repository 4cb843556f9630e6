"""A file that came back from SIADE (P a84): rows with folio, state and answer, and each cell that cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from ..errors import AcuseError
from ..model import ids
from ..model.office_rules import ColumnasSiade
from ..model.siade import SiadeRow
from ..model.tables import Table, TableRow
from ..model.words import comparable

_FOLIO = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{1,38}[A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row, or one cell of it, that was not taken in: where it stands and why (Spanish)."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SiadeFile:
    """What a file of SIADE says. `columns` names the key of the column in which each datum of a SiadeRow stands."""

    rows: tuple[SiadeRow, ...]
    bad: tuple[Misfit, ...]
    table: Table
    columns: Mapping[str, str]

    def misfit(self, row: SiadeRow, field: str, reason: str) -> Misfit:
        """A row that cannot be taken in, at the cell of that datum."""
        return Misfit(self.table.place(TableRow(row.row, {}), self.columns.get(field, "")), reason)


def read_siade(table: Table, known: ColumnasSiade) -> SiadeFile:
    """The rows of a table of SIADE; AcuseError when its columns cannot tell which petition a row is about, or nothing
    of it. A row that says nothing is passed over."""
    columns = _columns(table, known)
    if not columns.keys() & {"referencia", "folio"} or not columns.keys() & {"folio", "estado", "respuesta"}:
        names = "; ".join(f"{field}: {', '.join(getattr(known, field))}" for field in ("referencia", "folio", "estado"))
        raise AcuseError(
            f"no se reconocen sus columnas: {', '.join(table.columns)}",
            cure=f"use alguno de estos encabezados, o agregue los suyos a rules/siade.yaml ({names})",
        )
    rows: list[SiadeRow] = []
    bad: list[Misfit] = []
    for line in table.rows:
        told = {name: line.cells[key] for name, key in columns.items()}
        fault = _fault(told, line)
        if fault:
            bad.append(Misfit(table.place(line, columns.get(fault[0], "")), fault[1]))
        elif any(told.values()):
            reference = next(iter(ids.folios_in(told.get("referencia", ""))), "")
            rows.append(SiadeRow(row=line.number, **{**told, "referencia": reference}))
    return SiadeFile(tuple(rows), tuple(bad), table, columns)


def _columns(table: Table, known: ColumnasSiade) -> dict[str, str]:
    """The column of each datum, by the first of its names that the table has; a column serves once."""
    found: dict[str, str] = {}
    for field in fields(SiadeRow):
        names = [comparable(name).replace(" ", "_") for name in getattr(known, field.name, ())]
        key = next((name for name in names if name in table.columns and name not in found.values()), None)
        if key:
            found[field.name] = key
    return found


def _fault(told: Mapping[str, str], line: TableRow) -> tuple[str, str] | None:
    """Why a row cannot be read, as (datum, reason)."""
    reference, folio = told.get("referencia", ""), told.get("folio", "")
    if line.surplus:
        return "", f"tiene más celdas que columnas («{line.surplus[0][:40]}»): quizá una coma partió un texto"
    if not any(told.values()):
        return None
    if reference and not ids.folios_in(reference):
        return "referencia", f"«{reference[:40]}» no es una referencia como AC-250909-7K3FQ"
    if ids.folios_in(folio):
        return "folio", f"«{folio[:40]}» es nuestra referencia, no un folio de SIADE"
    if folio and not (_FOLIO.fullmatch(folio) and any(letter.isdigit() for letter in folio)):
        return "folio", f"«{folio[:40]}» no parece un folio de SIADE"
    if not reference and not folio:
        return "referencia", "no dice ni referencia ni folio"
    return None
