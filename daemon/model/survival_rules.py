"""What the rules say of IMSS Digital (C): consular offices, forms and their fields, checks, windows, words, faults."""

from __future__ import annotations

import re
from datetime import date
from string import Formatter
from typing import Literal

from pydantic import Field, field_validator, model_validator

from .strict import Clave, Correo, Entero, Fecha, SiNo, Strict, Texto

# The profiles of its two sides: the mailbox that requests go to, and a consular office's.
RECEPTION, OFFICE = "imss_digital_recepcion", "imss_digital_oficina"

TipoDeCampo = Literal[
    "texto", "nombre", "fecha", "nss", "curp", "numero", "si_no", "lugar", "identificacion", "folio", "contacto"
]


class OficinaConsular(Strict):
    """A consular office with its one enabled account. `alias` are other spellings of the office on a form;

    `institucionales` other accounts of the same office, from which no request counts (C: first failure).
    """

    clave: Clave
    ciudad: Texto
    estado: str = ""
    pais: Texto
    cuenta: Correo
    alias: tuple[Texto, ...] = ()
    institucionales: tuple[Correo, ...] = ()

    @property
    def nombre(self) -> str:
        """The office as people read it: «Dallas, Texas, Estados Unidos»."""
        return ", ".join(part for part in (self.ciudad, self.estado, self.pais) if part)


class CampoFormulario(Strict):
    """One field of a form: how its label may be printed, what sort of value stands there, in which section.

    `etiquetas` are the label's spellings without regard to accents, capitals and punctuation; `acroform` the names
    that a fillable version may give the field. Without `obligatorio` an empty value is no fault.
    """

    clave: Clave
    etiquetas: tuple[Texto, ...] = Field(min_length=1)
    tipo: TipoDeCampo = "texto"
    seccion: Clave | None = None
    obligatorio: SiNo = True
    acroform: tuple[Texto, ...] = ()


class SeccionFormulario(Strict):
    """A heading that gathers fields: it tells «Tipo» of the identification from any other «Tipo»."""

    clave: Clave
    titulos: tuple[Texto, ...] = Field(min_length=1)


class Formulario(Strict):
    """One PDF form as it is printed. `titulos` recognise it, `ajenos` are printed words that are nobody's value."""

    clave: Clave
    titulos: tuple[Texto, ...] = Field(min_length=1)
    secciones: tuple[SeccionFormulario, ...] = ()
    ajenos: tuple[Texto, ...] = ()
    campos: tuple[CampoFormulario, ...] = Field(min_length=1)


class Identificacion(Strict):
    """A type of identification that is accepted, its spellings, and what its folio must look like (regex, whole)."""

    nombre: Texto
    alias: tuple[Texto, ...] = ()
    folio: str = r"[A-Z0-9-]{5,20}"

    @field_validator("folio")
    @classmethod
    def _is_an_expression(cls, folio: str) -> str:
        try:
            re.compile(folio)
        except re.error as error:
            raise ValueError("una expresión regular bien formada, como [A-Z0-9-]{5,20}") from error
        return folio


class Ventana(Strict):
    """Days in which test forms, real forms or both are taken (C: tests before 26 January, real ones from then on)."""

    desde: Fecha | None = None
    hasta: Fecha | None = None
    admite: tuple[Literal["prueba", "real"], ...]

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Ventana:
        if self.desde and self.hasta and self.desde > self.hasta:
            raise ValueError("«desde» anterior o igual a «hasta»")
        return self

    def has(self, day: date) -> bool:
        """Whether the day lies within."""
        return (self.desde is None or self.desde <= day) and (self.hasta is None or day <= self.hasta)


class Falta(Strict):
    """A fault's sentence for the office that sent the form, how to mend it, and on which numeral or rule it rests.

    `texto` and `remedio` may name {campo}, {valor} and {detalle}.
    """

    texto: Texto
    remedio: Texto
    numeral: str = "C"

    @field_validator("texto", "remedio")
    @classmethod
    def _names_what_is_told(cls, sentence: str) -> str:
        try:
            names = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
        except ValueError:
            names = {""}
        if names - {"campo", "valor", "detalle"}:
            raise ValueError("entre llaves, solo {campo}, {valor} o {detalle}")
        return sentence


class Palabras(Strict):
    """Phrases that tell what a mail of the exchange says, without regard to accents and capitals.

    `alerta`: with one of them a request is looked at by a person before anything is confirmed. `reserva`: with one of
    them IMSS's confirmation is.
    """

    confirmacion: tuple[Texto, ...] = ()
    reserva: tuple[Texto, ...] = ()
    rechazo: tuple[Texto, ...] = ()
    prueba: tuple[Texto, ...] = ()
    acuse: tuple[Texto, ...] = ()
    solicitud: tuple[Texto, ...] = ()
    alerta: tuple[Texto, ...] = ()


class Supervivencia(Strict):
    """The survival check's own rules; `recepcion` is the account that requests go to and answers come from.

    `meses` is how long a check holds (two a year: six). `dias_solicitud` how old a request's date may be when it
    comes. `edad_minima` and `edad_maxima` bound the age that a birth date may give, in years. `padron_obligatorio`:
    with a roster loaded, who is not in it is refused (else reviewed).
    """

    recepcion: Correo
    meses: Entero = Field(default=6, ge=1, le=24)
    dias_solicitud: Entero = Field(default=90, ge=1)
    edad_minima: Entero = Field(default=0, ge=0, le=150)
    edad_maxima: Entero = Field(default=115, ge=0, le=150)
    padron_obligatorio: SiNo = True
    identificaciones: tuple[Identificacion, ...] = Field(min_length=1)
    ventanas: tuple[Ventana, ...] = ()
    palabras: Palabras = Palabras()
    faltas: dict[Clave, Falta]
    acceso_rechazado: str = ""

    @model_validator(mode="after")
    def _ages_in_order(self) -> Supervivencia:
        if self.edad_minima > self.edad_maxima:
            raise ValueError("«edad_minima» menor o igual a «edad_maxima»")
        return self

    def admite(self, day: date, kind: Literal["prueba", "real"]) -> bool:
        """Whether forms of this kind are taken on that day; without windows only real ones are."""
        if not self.ventanas:
            return kind == "real"
        return any(kind in ventana.admite for ventana in self.ventanas if ventana.has(day))


class SurvivalHouse(Strict):
    """What a reader must know to read the exchange's mails: who is who, the forms, the words."""

    recepcion: Correo
    oficinas: tuple[OficinaConsular, ...]
    formularios: tuple[Formulario, ...]
    palabras: Palabras

    def es_de_la_secretaria(self, cuenta: str) -> bool:
        """Whether an address is of the domain that the enabled accounts have (sre.gob.mx)."""
        return cuenta.rpartition("@")[2] in {oficina.cuenta.rpartition("@")[2] for oficina in self.oficinas}

    def es_de_oficina(self, cuenta: str) -> bool:
        """Whether an address is named as the enabled accounts are, listed or not: imss_<oficina>@sre.gob.mx (C)."""
        return cuenta.startswith("imss_") and self.es_de_la_secretaria(cuenta)
