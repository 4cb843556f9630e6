"""How the office judges antecedents (P 5.11, 5.14, 5.19, 5.73): thresholds, windows and phrases, as rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .strict import Strict

Share = Annotated[float, Field(gt=0, le=1)]


class ColumnasAntecedentes(Strict):
    """Under which headings each datum may stand in a file of antecedents; accents, capitals and marks count for
    nothing."""

    folio: Annotated[tuple[str, ...], Field(min_length=1)] = ("folio siade", "folio", "número de folio", "no folio")
    nss: tuple[str, ...] = ("nss", "número de seguridad social", "número de seguro social", "afiliación")
    nombre: tuple[str, ...] = ("nombre", "nombre completo", "persona usuaria", "persona", "nombre de la persona")
    curp: tuple[str, ...] = ("curp",)
    telefono: tuple[str, ...] = ("teléfono", "tel", "celular")
    correo: tuple[str, ...] = ("correo", "correo electrónico", "email", "e mail")
    consultor: tuple[str, ...] = ("consultor", "consultora", "atendió", "responsable", "correo del consultor")
    estado: tuple[str, ...] = ("estado", "estatus", "situación")
    tema: tuple[str, ...] = ("tema", "asunto", "trámite", "motivo")
    respuesta: tuple[str, ...] = ("respuesta", "respuesta dada", "contestación", "solución")
    abierta: tuple[str, ...] = ("abierta", "fecha de registro", "fecha de recepción", "fecha de alta", "fecha")
    cerrada: tuple[str, ...] = ("cerrada", "fecha de cierre", "fecha de conclusión", "concluida el")


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
    ratificar_dias: Annotated[int, Field(ge=0, le=3650)] = 180
    palabras_nuevas: Annotated[int, Field(ge=1, le=1000)] = 12
    repite: tuple[str, ...] = ()
    sin_resolver: tuple[str, ...] = ()
    numeral: str = "P 5.11, 5.19"
    columnas: ColumnasAntecedentes = ColumnasAntecedentes()
