"""What came back from SIADE, row by row: each finds its petition, is decided and stored by itself."""

from __future__ import annotations

from dataclasses import replace

from ..decide.registration import on_siade
from ..model.ledger import History, Keys
from ..model.petition import Petition
from ..model.siade import SiadeRow
from .desk import Desk


def take_row(desk: Desk, row: SiadeRow) -> Petition | None:
    """Take one row in; the petition that it belongs to, or None when there is none. Twice is once."""
    petition = desk.store.petition(row.referencia) if row.referencia else desk.store.by_siade(row.folio)
    if petition is None:
        return None
    keys = Keys(message_id="", digest="", tokens=(petition.folio,), address=petition.petitioner)
    history = desk.history_for(keys, petition.account)
    plan = on_siade(petition, row, desk.policy, _about(desk, petition, history), desk.now())
    if plan.petition is not None:
        desk.commit(plan, before=petition)
    return petition


def _about(desk: Desk, petition: Petition, history: History) -> History:
    """The history with all drafts of this petition, and of no other."""
    return replace(history, drafts=desk.store.drafts_of(petition.folio))
