"""Has this person been here before (P 5.11, 5.14, 5.19, 5.67, 5.73)? The same matter, another one, or a doubt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..model.decision import Classification, Reason
from ..model.ledger import History
from ..model.mail import Reading
from ..model.petition import Petition


class Relation(StrEnum):
    """How a new mail stands to what the person asked before."""

    NINGUNA = "ninguna"
    MISMO_ABIERTO = "mismo_asunto_abierto"
    MISMO_CERRADO = "mismo_asunto_cerrado"
    OTRO_ASUNTO = "otro_asunto"
    DUDA = "duda"


@dataclass(frozen=True, slots=True)
class Antecedent:
    """The verdict on a mail's antecedents: which petition it is about, by what evidence, for the trail."""

    relation: Relation
    petition: Petition | None
    reason: Reason


def look(reading: Reading, found: Classification, history: History) -> Antecedent:
    """Judge a mail that no thread joins to a petition against those of the same person (`history.kin`)."""
    mine = [each for each in history.kin if _same_person(reading, each)]
    if not mine:
        none = Reason("antecedente", "P 5.11, 5.19", "no hay antecedentes", hit=False)
        return Antecedent(Relation.NINGUNA, None, none)
    same = [each for each in mine if found.topic is not None and each.topic == found.topic]
    still_open = [each for each in same if not each.state.closed]
    if still_open:
        text = f"antecedente {still_open[0].folio}: misma persona y mismo tema, sigue abierta"
        return Antecedent(Relation.MISMO_ABIERTO, still_open[0], Reason("antecedente", "P 5.73", text))
    text = f"antecedente {mine[0].folio} de la misma persona, otro asunto"
    return Antecedent(Relation.OTRO_ASUNTO, mine[0], Reason("antecedente", "P 5.67", text))


def _same_person(reading: Reading, petition: Petition) -> bool:
    if reading.authentic != "pass" or reading.sender is None or reading.sender.email != petition.petitioner:
        return False
    return reading.data.nss is not None and reading.data.nss == petition.data.nss
