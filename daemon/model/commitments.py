"""Commitments of improvement and their follow-up (form ASM of CONEVAL): the rules' table and what was noted since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from .strict import Correo, Entero, Fecha, Numero, Strict, Texto

_Dias = Annotated[Entero, Field(ge=0, le=250)]


class Avisos(Strict):
    """On which days the responsible area is reminded: business days before and after the date of a commitment."""

    antes: tuple[_Dias, ...] = (10, 3)
    despues: tuple[Annotated[Entero, Field(ge=1, le=250)], ...] = (1, 5, 10)


class AreaResponsable(Strict):
    """An area that answers for commitments, and the one address that it reports from."""

    nombre: Texto
    correo: Correo


class Compromiso(Strict):
    """One row of the form, with its columns in their order. `avance` is a percentage, 0 to 100.

    `area_responsable` is the name of one of the areas. What the area reports by mail or is noted at a terminal comes
    on top of `avance`, `documento_probatorio`, `ubicacion`, `observaciones` and `mes_y_anio`.
    """

    no: Annotated[Entero, Field(ge=1)]
    aspecto: Texto
    actividades: Texto
    area_responsable: Texto
    fecha_de_termino: Fecha
    resultados_esperados: str = ""
    productos_evidencias: str = ""
    avance: Annotated[Numero, Field(ge=0, le=100)] = 0
    documento_probatorio: str = ""
    ubicacion: str = ""
    observaciones: str = ""
    mes_y_anio: str = ""


class Compromisos(Strict):
    """The whole table: whose it is, of which period, who is reminded when, and its rows."""

    programa: str = ""
    periodo: Annotated[str, Field(max_length=60)] = ""
    avisos: Avisos = Avisos()
    areas: tuple[AreaResponsable, ...] = ()
    compromisos: tuple[Compromiso, ...] = ()

    @model_validator(mode="after")
    def _names_its_period(self) -> Compromisos:
        if self.compromisos and not self.periodo:
            raise ValueError("la clave «periodo», como «2014-2015»: distingue estos compromisos de los de otro año")
        return self

    def clave(self, compromiso: Compromiso) -> str:
        """What a commitment is known by for good: its number begins again with every period."""
        return f"{self.periodo}/{compromiso.no}"

    def correo(self, compromiso: Compromiso) -> str:
        """The address of the area that answers for it, which a check of the file makes sure of."""
        return next((area.correo for area in self.areas if area.nombre == compromiso.area_responsable), "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A documento probatorio: its name, and the SHA-256 of an attachment, '' of what was only named."""

    nombre: str
    sha256: str = ""

    def __str__(self) -> str:
        return f"{self.nombre} (sha256 {self.sha256})" if self.sha256 else self.nombre


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened to a commitment: a mail of ours about it (`aviso`), or progress that somebody reported.

    `id` is unique and stable, so that noting twice is once. `compromiso` as `Compromisos.clave` gives it. Of an
    `aviso`, `actor` is who got it and `message_id` what an answer names; of a report, who reported and its mail.
    None and '' are «not said».
    """

    id: str
    compromiso: str
    at: datetime
    aviso: bool
    actor: str
    message_id: str = ""
    avance: float | None = None
    documentos: tuple[Evidence, ...] = ()
    ubicacion: str = ""
    observaciones: str = ""
    mes_y_anio: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What an area's answer says of its commitment; `problems` tell in Spanish what was written and cannot be taken.

    `labelled` says that something stood under a name of the form: words alone may be a mere thank-you.
    """

    avance: float | None = None
    documento: str = ""
    ubicacion: str = ""
    observaciones: str = ""
    mes_y_anio: str = ""
    labelled: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A commitment as it stands: the rules' row with all notes on top of it."""

    clave: str
    correo: str
    compromiso: Compromiso
    avance: float
    documentos: tuple[Evidence, ...]
    ubicacion: str
    observaciones: str
    mes_y_anio: str
    avisado: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that is due: `name` says which one («antes-3»), `days` how many business days are left or gone."""

    name: str
    days: int
    late: bool
