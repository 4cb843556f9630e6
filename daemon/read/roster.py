"""The roster of pensioners (padron) as people save it from a spreadsheet: good rows, and each bad one with its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ..errors import AcuseError
from ..model.survival import Pensioner
from . import nss
from .plain import plain

COLUMNS = ("nss", "nombre", "apellido_paterno", "apellido_materno", "fecha_nacimiento")
CURRENT = "vigente"
_ANSWERS = {"": True, "si": True, "s": True, "1": True, "x": True, "no": False, "n": False, "0": False}
# Nobody on a roster was born before; an older date is a slip of the pen or of a spreadsheet.
_OLDEST = 1890
# Longer is no name, and a row like that hides another within a stray quotation mark.
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not taken: its line in the file, why (Spanish), and its NSS where at least that can be read."""

    line: int
    reason: str
    nss: str | None = None


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a roster's file says."""

    rows: tuple[Pensioner, ...]
    bad: tuple[BadRow, ...]

    @property
    def share_bad(self) -> float:
        """Which part of all rows is bad, from 0 to 1."""
        return len(self.bad) / max(len(self.rows) + len(self.bad), 1)


def read_roster(raw: bytes, today: date, tell: Callable[[int], None] = lambda _done: None) -> RosterFile:
    """Read a CSV in UTF-8 or Windows-1252, parted by commas, semicolons or tabs, dates as dd/mm/aaaa or ISO.

    AcuseError when it is no such file, or lacks one of COLUMNS; rows that cannot be taken are told in `bad`.
    `tell` hears how many lines have been read.
    """
    records = _records(_text(raw))
    _, header = next(records, (0, []))
    names = [plain(name).replace(" ", "_") for name in header]
    if missing := [name for name in COLUMNS if name not in names]:
        raise AcuseError(
            f"{'falta la columna' if len(missing) == 1 else 'faltan las columnas'} {', '.join(missing)} "
            "en la primera línea",
            cure=f"la primera línea debe decir {','.join(COLUMNS)} (y, si quiere, {CURRENT})",
        )
    rows: dict[str, Pensioner] = {}
    lines: dict[str, int] = {}
    bad: list[BadRow] = []
    for line, record in records:
        tell(line)
        if not any(cell.strip() for cell in record):
            continue
        told = dict(zip(names, (" ".join(cell.split()) for cell in record), strict=False))
        number = re.sub(r"[\s.-]", "", told.get("nss", ""))
        try:
            if len(record) != len(names):
                raise ValueError(f"tiene {len(record)} columnas en vez de {len(names)}")
            row = _pensioner(number, told, today)
            if number in rows:
                raise ValueError(f"repite el NSS de la línea {lines[number]}")
        except ValueError as fault:
            bad.append(BadRow(line, str(fault), number if nss.is_valid(number) else None))
            continue
        rows[number], lines[number] = row, line
    return RosterFile(tuple(rows.values()), tuple(bad))


def read_date(text: str) -> date:
    """A day as people write it, dd/mm/aaaa or ISO; ValueError, in Spanish, when it is none."""
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ValueError(f"«{text}» no es una fecha (dd/mm/aaaa o aaaa-mm-dd)")


def _text(raw: bytes) -> str:
    if raw.startswith(b"PK"):
        raise AcuseError("es un libro de hoja de cálculo, no un CSV", cure="guárdelo como «CSV UTF-8»")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return raw.decode("cp1252")
        except UnicodeDecodeError as fault:
            raise AcuseError("no es texto UTF-8 ni Windows-1252", cure="guárdelo como «CSV UTF-8»") from fault


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it ends."""
    # Not `splitlines`, which would also break a name at a separator that no spreadsheet takes for a line's end.
    lines = [f"{line}\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    first = lines[0]
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count), strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            # What follows an open quotation mark would be lost without a word, so nothing of the file is taken.
            cure = "revise las comillas de esa línea y guárdelo de nuevo como CSV"
            raise AcuseError(f"no se puede leer desde la línea {reader.line_num} ({fault})", cure=cure) from fault
        yield reader.line_num, record


def _pensioner(number: str, told: Mapping[str, str], today: date) -> Pensioner:
    if not number.isdigit() or len(number) != 11:
        if number.isdigit():
            raise ValueError(f"el NSS tiene {len(number)} dígitos en vez de 11 (¿una hoja de cálculo quitó el cero?)")
        raise ValueError(f"«{told['nss'][:20]}» no es un NSS de 11 dígitos")
    if not nss.is_valid(number):
        raise ValueError("el dígito verificador del NSS no corresponde")
    for name in ("nombre", "apellido_paterno"):
        if not told[name]:
            raise ValueError(f"{name} está vacío")
    if any(len(told[name]) > _LONGEST for name in COLUMNS):
        raise ValueError(f"un dato tiene más de {_LONGEST} caracteres; revise las comillas")
    born = read_date(told["fecha_nacimiento"]) if told["fecha_nacimiento"] else None
    if born and not _OLDEST <= born.year <= today.year:
        raise ValueError(f"la fecha de nacimiento «{told['fecha_nacimiento']}» no es creíble")
    current = _ANSWERS.get(plain(told.get(CURRENT, "")))
    if current is None:
        raise ValueError(f"«{told[CURRENT]}» en {CURRENT}: se esperaba sí o no")
    return Pensioner(number, told["nombre"], told["apellido_paterno"], told["apellido_materno"], born, current)
