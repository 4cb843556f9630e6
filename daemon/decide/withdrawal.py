"""Does the person want nothing more (P a78, a85)? Only plain words count; the rest is a person's to judge."""

from __future__ import annotations

import re
from functools import lru_cache

from ..model.mail import Reading
from ..model.petition import Petition
from ..model.rules import Desistimiento
from .phrases import PhraseBook
from .words import read_words

# A question, or a number that may be the datum asked for.
_WANTS = re.compile(r"\?|\d{4}")


@lru_cache(maxsize=4)
def _books(rule: Desistimiento) -> tuple[PhraseBook, PhraseBook]:
    said = PhraseBook(("desiste", phrase) for phrase in rule.frases)
    return said, PhraseBook(("salvo", phrase) for phrase in rule.salvo)


def withdrawn(reading: Reading, petition: Petition, rule: Desistimiento | None) -> str | None:
    """The words by which the petitioner gives this petition up, or None when nobody may take them so.

    They must be the petitioner's own, short, and ask for nothing: whoever asks a question, sends a number or a file, or
    says «pero» wants something after all.
    """
    sender = reading.sender.email if reading.sender else None
    mine = sender is not None and sender == petition.petitioner and reading.authentic != "fail"
    text = read_words(reading.fresh).words
    asks = bool(reading.attachments) or bool(_WANTS.search(reading.fresh))
    if rule is None or not mine or asks or len(reading.fresh.split()) > rule.palabras_maximas:
        return None
    said, save = _books(rule)
    hits = said.find(text)
    return hits[0].words if hits and not save.find(text) else None
