"""Who attends petitions and where they go, as rules: consultants with their absences, destinations, OOAD and UMAE."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .strict import Clave, Correo, Fecha, Numero, SiNo, Strict, Texto
from .words import comparable


class Ausencia(Strict):
    """Days, both included, on which a consultant is away; `suple` stands in (empty: whoever the office chooses)."""

    desde: Fecha
    hasta: Fecha
    suple: Correo | None = None
    motivo: str = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Ausencia:
        if self.desde > self.hasta:
            raise ValueError("«desde» anterior o igual a «hasta»")
        return self


class Consultor(Strict):
    """One consultant (P 5.66, 5.67): the topics that are theirs (none: any), their share of the work (1.0: a whole
    one, 0: only what is theirs by antecedent or topic), their absences and their supervisor.

    `avisos`: a mail for every petition that is registered, too, or only when something waits for them.
    """

    correo: Correo
    nombre: Texto
    supervisor: Correo | None = None
    temas: tuple[Clave, ...] = ()
    carga: Annotated[Numero, Field(ge=0, le=2)] = 1.0
    avisos: Literal["cada_peticion", "solo_pendientes"] = "cada_peticion"
    ausencias: tuple[Ausencia, ...] = ()

    def away(self, day: date) -> Ausencia | None:
        """The absence that covers this day, or None."""
        return next((each for each in self.ausencias if each.desde <= day <= each.hasta), None)


class Organo(Strict):
    """One place where matters go: an Órgano normativo, the OIC, the SNTSS, or the División de Procesos Operativos de
    Afiliación (MO). Without `enlace` nothing is sent there: the proposal stays with the consultant.

    `nombre` with its article, as it stands in a sentence to the person («la Dirección de …»). `formatos` are files of
    templates/formatos/ that the Órgano wants filled in (P 5.27). `plazo` names a term of rules/plazos.yaml.
    """

    clave: Clave
    nombre: Texto
    tipo: Literal["organo_normativo", "oic_sntss"]
    temas: tuple[Clave, ...] = ()
    ooad: tuple[Texto, ...] = ()
    enlace: Correo | None = None
    formatos: tuple[Texto, ...] = ()
    plazo: Clave = "respuesta_organo_normativo"
    numeral: str = ""
    nota: str = ""


class Lugar(Strict):
    """An OOAD or a UMAE by name, with the other names under which people and documents know it."""

    clave: Clave
    nombre: Texto
    tambien: tuple[Texto, ...] = ()
    estado: str = ""


class Destinos(Strict):
    """The derivation matrix (P a79–a92, a123): Órganos by topic and place; the OOAD and UMAE whose CDAOD or JDAOD get
    their matters through SIADE and need no address. `revisa_supervisor`: what is registered for those goes to the
    supervisor to be checked (P a81)."""

    revisa_supervisor: SiNo = True
    organos: tuple[Organo, ...] = ()
    ooad: tuple[Lugar, ...] = ()
    umae: tuple[Lugar, ...] = ()


class ColumnasSiade(Strict):
    """Under which headings each datum may stand in a file that comes from SIADE; accents, capitals and marks count
    for nothing."""

    referencia: tuple[Texto, ...] = ("referencia", "referencia acuse", "nuestra referencia")
    folio: Annotated[tuple[Texto, ...], Field(min_length=1)] = ("folio siade", "folio", "número de folio", "no folio")
    estado: tuple[Texto, ...] = ("estado", "estatus", "estado siade", "situación")
    respuesta: tuple[Texto, ...] = ("respuesta", "respuesta cdaod", "respuesta del área", "contestación")
    area: tuple[Texto, ...] = ("área que responde", "área", "área responsable", "responde")


class Siade(Strict):
    """What SIADE's files look like (P a84): their columns, and the words by which a folio is closed there."""

    columnas: ColumnasSiade = ColumnasSiade()
    cerrada: tuple[Texto, ...] = ("cerrada", "cerrado", "concluida", "concluido", "atendida", "resuelta", "finalizada")

    def closes(self, estado: str) -> bool:
        """Whether a folio in this state is closed, as SIADE words it."""
        words = set(comparable(estado).split())
        return "no" not in words and any(comparable(word) in words for word in self.cerrada)
