"""What came back from SIADE, row by row: each finds its petition, is decided and stored by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..decide.registration import misfit, on_siade
from ..errors import IllegalTransition
from ..model.ledger import History, Keys
from ..model.petition import Petition
from ..model.siade import SiadeRow
from .desk import Desk

# The daemon may store something newer about the same petition at this very moment.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a row: the petition that it is about, whether it told anything new, or why it does not fit.

    `misfit` is (datum of the row, reason in Spanish).
    """

    petition: Petition | None
    new: bool = False
    misfit: tuple[str, str] | None = None


def take_row(desk: Desk, row: SiadeRow) -> Taken:
    """Take one row in, or say why it does not fit; twice is once."""
    for attempt in range(1, _TRIES + 1):
        try:
            return _take(desk, row)
        except IllegalTransition:
            if attempt == _TRIES:
                raise
    raise AssertionError


def _take(desk: Desk, row: SiadeRow) -> Taken:
    owner = desk.store.by_siade(row.folio) if row.folio else None
    petition = desk.store.petition(row.referencia) if row.referencia else owner
    if (why := misfit(petition, row, owner)) or petition is None:
        return Taken(petition, misfit=why)
    keys = Keys(message_id="", digest="", tokens=(petition.folio,), address=petition.petitioner)
    history = desk.history_for(keys, petition.account)
    plan = on_siade(petition, row, desk.policy, _about(desk, petition, history), desk.now())
    if plan.petition is None:
        return Taken(petition)
    desk.commit(plan, before=petition)
    return Taken(plan.petition, new=True)


def _about(desk: Desk, petition: Petition, history: History) -> History:
    """The history with all drafts of this petition, and of no other."""
    return replace(history, drafts=desk.store.drafts_of(petition.folio))
