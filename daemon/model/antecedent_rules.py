"""How the office judges antecedents (P 5.11, 5.14, 5.19, 5.73): thresholds, windows and phrases, as rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .strict import Entero, Numero, Strict, Texto

Share = Annotated[Numero, Field(gt=0, le=1)]


class ColumnasAntecedentes(Strict):
    """Under which headings each datum may stand in a file of antecedents; accents, capitals and marks count for
    nothing."""

    folio: Annotated[tuple[Texto, ...], Field(min_length=1)] = ("folio siade", "folio", "número de folio", "no folio")
    nss: tuple[Texto, ...] = ("nss", "número de seguridad social", "número de seguro social", "afiliación")
    nombre: tuple[Texto, ...] = ("nombre", "nombre completo", "persona usuaria", "persona", "nombre de la persona")
    curp: tuple[Texto, ...] = ("curp",)
    telefono: tuple[Texto, ...] = ("teléfono", "tel", "celular")
    correo: tuple[Texto, ...] = ("correo", "correo electrónico", "email", "e mail")
    consultor: tuple[Texto, ...] = ("consultor", "consultora", "atendió", "responsable", "correo del consultor")
    estado: tuple[Texto, ...] = ("estado", "estatus", "situación")
    tema: tuple[Texto, ...] = ("tema", "asunto", "trámite", "motivo")
    respuesta: tuple[Texto, ...] = ("respuesta", "respuesta dada", "contestación", "solución")
    abierta: tuple[Texto, ...] = ("abierta", "fecha de registro", "fecha de recepción", "fecha de alta", "fecha")
    cerrada: tuple[Texto, ...] = ("cerrada", "fecha de cierre", "fecha de conclusión", "concluida el")


class Antecedentes(Strict):
    """When two petitions of one person are the same matter.

    `parecido` is the share of the shorter one's words that must stand in the other, `parecido_mismo_tema` the same when
    both are of one topic, `parecido_dudoso` from where on different topics are a doubt. `ratificar_dias` is for how
    many calendar days an answer given is ratified (5.14): what is older is a new matter with its antecedent.
    `palabras_nuevas` is how many new words make a repetition one that adds facts. `repite` are phrases of who writes
    again because nobody answered, `sin_resolver` of who says that the answer solved nothing, so that it is not
    ratified. `columnas` are the headings of an imported history. `numeral` is shown with every verdict.
    """

    parecido: Share = 0.7
    parecido_mismo_tema: Share = 0.3
    parecido_dudoso: Share = 0.5
    ratificar_dias: Annotated[Entero, Field(ge=0, le=3650)] = 180
    palabras_nuevas: Annotated[Entero, Field(ge=1, le=1000)] = 12
    repite: tuple[Texto, ...] = ()
    sin_resolver: tuple[Texto, ...] = ()
    numeral: str = "P 5.11, 5.19"
    columnas: ColumnasAntecedentes = ColumnasAntecedentes()
