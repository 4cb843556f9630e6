"""What SIADE is told and what it answers: records on their way out in numbered batches, rows that come back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# The marks under which an outage of SIADE is remembered (P 5.21): since when, why, and when the last one ended.
CONTINGENCIA = "siade_contingencia"
CONTINGENCIA_MOTIVO, CONTINGENCIA_FIN = f"{CONTINGENCIA}_motivo", f"{CONTINGENCIA}_fin"


class RecordClase(StrEnum):
    """What a record tells SIADE: a new petition (P a79), an orientación (P a70, a76), a note and new attachments for an
    open folio (P 5.73), or its closing with reason and visto bueno (P a78, a85, a92)."""

    REGISTRO = "registro"
    ORIENTACION = "orientacion"
    NOTA = "nota"
    CIERRE = "cierre"


@dataclass(frozen=True, slots=True)
class Record:
    """One thing to be captured in SIADE. `id` is unique and stable («AC-250909-7K3FQ/s1»).

    `texto` is what is to be written there (summary, note, answer given), `motivo` the reason of a closing.
    `message_ids` are the mails whose attachments go along (P 5.20).
    """

    id: str
    folio: str
    clase: RecordClase
    account: str
    created_at: datetime
    texto: str
    motivo: str = ""
    numeral: str = ""
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiadeBatch:
    """Records that were handed over together, in the order of their creation; never changed afterwards."""

    number: int
    exported_at: datetime
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class SiadeRow:
    """One row that came back from SIADE: for our `referencia` the official folio, its state there, and an answer.

    `estado` and `respuesta` as SIADE words them, "" when the row does not say; `area` who answered. `row` is its number
    in the spreadsheet, for reports (the heading is row 1).
    """

    row: int
    referencia: str
    folio: str = ""
    estado: str = ""
    respuesta: str = ""
    area: str = ""

    @property
    def digest(self) -> str:
        """A short name for what the row says beside the folio, whatever its spaces: the same words are taken in once.

        "" when it says nothing more.
        """
        said = [" ".join(text.split()) for text in (self.estado, self.respuesta, self.area)]
        return _short("\n".join(said)) if any(said[:2]) else ""

    @property
    def answer(self) -> str:
        """A short name for its answer alone, by which the same answer is known under another state; "" without one."""
        said = " ".join(self.respuesta.split())
        return _short(f"respuesta\n{said}") if said else ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
