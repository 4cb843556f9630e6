"""A file of the history that SIADE keeps (P 5.11, 5.67): good rows as antecedents, each bad one with its cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ..errors import AcuseError
from ..model import ids
from ..model.antecedent_rules import ColumnasAntecedentes
from ..model.ledger import Past
from ..model.office_rules import Consultor
from ..model.tables import Table, TableRow
from ..model.words import comparable, name_words
from . import nss
from .identifiers import is_curp
from .siade import Misfit

_FOLIO = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,78}[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[!-;=?A-~]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
_OLDEST = date(1943, 1, 19)  # The Institute was founded that day.
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class PastFile:
    """What a file of antecedents says: rows that can be taken in, and cells that cannot."""

    rows: tuple[Past, ...]
    bad: tuple[Misfit, ...]


class _Fault(ValueError):
    """Why a datum cannot be taken; `field` names it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def read_past(
    table: Table,
    known: ColumnasAntecedentes,
    roster: Sequence[Consultor],
    today: date,
    *,
    unknown_left_out: bool = False,
    tell: Callable[[int], None] = lambda _done: None,
) -> PastFile:
    """The antecedents in a table; AcuseError when it has no folio, or nothing by which a person is found again.

    A row with a wrong datum is told of and not taken; the others are. A consultant is named by address or by name;
    with `unknown_left_out` one who is not on the roster is left out instead of the row: people leave offices.
    `tell` hears how many rows have been read.
    """
    columns = _columns(table, known)
    if "folio" not in columns or not columns.keys() & {"nss", "nombre", "curp", "correo", "telefono"}:
        needed = "folio" if "folio" not in columns else "nss, nombre, curp, correo o teléfono"
        raise AcuseError(
            f"falta la columna {needed}; trae: {', '.join(table.columns)}",
            cure="cambie el encabezado, o agregue el suyo a «columnas» de rules/antecedentes.yaml",
        )
    rows: dict[str, Past] = {}
    places: dict[str, str] = {}
    bad: list[Misfit] = []
    for done, line in enumerate(table.rows, 1):
        tell(done)
        told = {field: " ".join(line.cells[key].split()) for field, key in columns.items() if field != "respuesta"}
        told["respuesta"] = line.cells[columns["respuesta"]].strip() if "respuesta" in columns else ""
        if not any(told.values()):
            continue
        try:
            if line.surplus:
                raise _Fault("", f"tiene más celdas que columnas («{line.surplus[0][:40]}»)")
            row = _past(told, line, table, columns, roster, today, unknown_left_out=unknown_left_out)
            if row.folio.casefold() in places:
                raise _Fault("folio", f"repite el folio de la {places[row.folio.casefold()]}")
        except _Fault as fault:
            bad.append(Misfit(table.place(line, columns.get(fault.field, "")), str(fault)))
            continue
        rows[row.folio] = row
        places[row.folio.casefold()] = table.place(line, columns["folio"])
    return PastFile(tuple(rows.values()), tuple(bad))


def _columns(table: Table, known: ColumnasAntecedentes) -> dict[str, str]:
    """The column of each datum, by the first of its names that the table has; a column serves once."""
    found: dict[str, str] = {}
    for field in ColumnasAntecedentes.model_fields:
        names = [comparable(name).replace(" ", "_") for name in getattr(known, field)]
        key = next((name for name in names if name in table.columns and name not in found.values()), None)
        if key:
            found[field] = key
    return found


def _past(
    told: Mapping[str, str],
    line: TableRow,
    table: Table,
    columns: Mapping[str, str],
    roster: Sequence[Consultor],
    today: date,
    *,
    unknown_left_out: bool,
) -> Past:
    folio = told.get("folio", "")
    if not folio:
        raise _Fault("folio", "no dice el folio")
    if ids.folios_in(folio) or not _FOLIO.fullmatch(folio) or not any(letter.isdigit() for letter in folio):
        raise _Fault("folio", f"«{folio[:40]}» no parece un folio de SIADE")
    opened, closed = _day("abierta", told, today), _day("cerrada", told, today)
    if opened and closed and closed < opened:
        raise _Fault("cerrada", f"se cerró el {closed:%d/%m/%Y}, antes de abrirse el {opened:%d/%m/%Y}")
    if len(told["respuesta"]) > _LONGEST:
        raise _Fault("respuesta", f"pasa de {_LONGEST} letras")
    others = {key: line.cells[key].strip() for key in table.columns if key not in columns.values()}
    row = Past(
        folio=folio,
        nss=_checked(
            "nss", re.sub(r"[\s.-]", "", told.get("nss", "")), nss.is_valid, "no es un NSS: revise sus 11 dígitos"
        ),
        nombre=_checked("nombre", told.get("nombre", ""), lambda name: bool(name_words(name)), "no es un nombre"),
        curp=_checked("curp", told.get("curp", "").upper(), is_curp, "no es una CURP: revise sus 18 caracteres"),
        telefono=_checked(
            "telefono", _digits(told.get("telefono", "")), _is_telephone, "no es un teléfono de 10 dígitos"
        ),
        correo=_checked("correo", told.get("correo", "").lower(), _is_address, "no es una dirección de correo"),
        consultor=_consultor(told.get("consultor", ""), roster, unknown_left_out=unknown_left_out),
        estado=told.get("estado", ""),
        tema=told.get("tema", ""),
        respuesta=told["respuesta"],
        abierta=opened,
        cerrada=closed,
        fields={key: value for key, value in others.items() if value},
    )
    if not (row.nss or row.nombre or row.curp or row.correo or row.telefono):
        raise _Fault("nss" if "nss" in columns else "nombre", "no dice de quién es: ni NSS, ni nombre, ni otro dato")
    return row


def _checked(field: str, value: str, good: Callable[[str], bool], wrong: str) -> str | None:
    if value and not good(value):
        raise _Fault(field, f"«{value[:40]}» {wrong}")
    return value or None


def _digits(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return digits[2:] if len(digits) == 12 and digits.startswith("52") else digits or value


def _is_telephone(value: str) -> bool:
    return len(value) == 10 and value.isdigit()


def _is_address(value: str) -> bool:
    return bool(_ADDRESS.fullmatch(value))


def _day(field: str, told: Mapping[str, str], today: date) -> date | None:
    """A date as dd/mm/aaaa or ISO, with or without an hour."""
    written = told.get(field, "")
    if not written:
        return None
    for form in _DAYS:
        try:
            day = datetime.strptime(re.split(r"[ T]", written)[0], form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
        if _OLDEST <= day <= today:
            return day
        raise _Fault(field, f"«{written[:20]}» es una fecha {'futura' if day > today else 'demasiado antigua'}")
    raise _Fault(field, f"«{written[:20]}» no es una fecha que exista (dd/mm/aaaa)")


def _consultor(written: str, roster: Sequence[Consultor], *, unknown_left_out: bool) -> str | None:
    """The consultant's address; without a roster yet, whoever is named."""
    if not written:
        return None
    named = [
        one.correo for one in roster if written.lower() == one.correo or comparable(written) == comparable(one.nombre)
    ]
    if named or not roster:
        return named[0] if named else written
    if unknown_left_out:
        return None
    raise _Fault("consultor", f"«{written[:40]}» no está en consultores.yaml")
