"""How long each kind of data is kept (P 5.22), as rules: terms in days, months or years, or never erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints, field_validator

from .strict import Hora, Strict

NEVER = "nunca"
_UNITS = {"día": "days", "mes": "months", "año": "years"}
Duracion = Annotated[str, StringConstraints(pattern=r"^(nunca|[1-9]\d{0,3} (días?|mes|meses|años?))$")]


class Kind(StrEnum):
    """What is kept for a time of its own; each is a key of rules/retencion.yaml."""

    PETICIONES = "peticiones"
    SUPERVIVENCIA = "supervivencia"
    CORREOS = "correos"
    REGISTROS_SIADE = "registros_siade"
    ANTECEDENTES = "antecedentes"
    SIN_PETICION = "sin_peticion"
    COPIAS_AJENAS = "copias_ajenas"
    CUARENTENA = "cuarentena"
    ALARMAS = "alarmas"


class Guarda(Strict):
    """One term. `plazo` is «90 días», «18 meses», «5 años» or «nunca»; `nota` says who decided it and why."""

    plazo: Duracion = NEVER
    nota: str = ""

    def before(self, now: datetime) -> datetime | None:
        """What moved last before this instant is past its time; None: it never is."""
        if self.plazo == NEVER:
            return None
        number, word = self.plazo.split(" ")
        unit = next(unit for start, unit in _UNITS.items() if word.startswith(start))
        if unit == "days":
            return now - timedelta(days=int(number))
        return _months_before(now, int(number) * (12 if unit == "years" else 1))


def _months_before(now: datetime, months: int) -> datetime:
    """The same day so many months earlier; the first of March for a 29 February that was not."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    try:
        return now.replace(year=years, month=month + 1)
    except ValueError:
        after = now.replace(year=years, month=month + 1, day=1) + timedelta(days=31)
        return after.replace(day=1)


class Retencion(Strict):
    """When personal data are blanked by themselves, and at what hour of the night; figures stay.

    A petition's time runs from its last movement. Nothing open, waiting, unsettled or uncounted is touched.
    """

    numeral: str = "P 5.22"
    hora: Hora = time(3, 30)
    peticiones: Guarda = Guarda()
    supervivencia: Guarda = Guarda()
    correos: Guarda = Guarda()
    registros_siade: Guarda = Guarda()
    antecedentes: Guarda = Guarda()
    sin_peticion: Guarda = Guarda()
    copias_ajenas: Guarda = Guarda()
    cuarentena: Guarda = Guarda()
    alarmas: Guarda = Guarda()

    @field_validator("peticiones", "supervivencia", "correos")
    @classmethod
    def _long_enough_to_answer(cls, value: Guarda) -> Guarda:
        year = datetime(2025, 1, 1, tzinfo=UTC)
        before = value.before(year)
        if before is not None and year - before < timedelta(days=180):
            raise ValueError("un plazo de 180 días o más: antes, una respuesta todavía se ratifica (P 5.14)")
        return value

    def terms(self) -> Iterator[tuple[Kind, Guarda]]:
        """Every kind with its term, in the order in which they are erased."""
        for kind in Kind:
            yield kind, getattr(self, kind.value)
