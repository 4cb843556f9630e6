"""Each petition's life in the time of a report: first reply, closings, reopenings, what its data request came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..model.figures import Facts, MailFact, Move, PetitionFact
from ..model.petition import Clase, State

# Mail to an Órgano normativo is no reply to the person.
_TO_OTHERS = frozenset({Clase.DERIVACION_ORGANO_NORMATIVO, Clase.PRUEBA_CONECTIVIDAD})
_AWAITS = (State.ESPERA_DATOS_1, State.ESPERA_DATOS_2)


class Request(StrEnum):
    """What a data request (P a76–a78) came to."""

    COMPLETA = "completa"
    PARCIAL = "parcial"
    CONCLUSION = "conclusion"
    EN_ESPERA = "en_espera"
    OTRA = "otra"


@dataclass(frozen=True, slots=True)
class Life:
    """`replied_at` is when the first mail to the person left. `closed_at` are the instants at which it was closed,
    `reopened_at` those at which it came back; `since` is when it came to the state in which it stands at the end.
    `asked_at` is when its first data request left, `request` what that came to.
    """

    petition: PetitionFact
    replied_at: datetime | None
    closed_at: tuple[datetime, ...]
    reopened_at: tuple[datetime, ...]
    state: State
    since: datetime
    asked_at: datetime | None
    request: Request | None

    @property
    def open(self) -> bool:
        return not self.state.closed


def lives(facts: Facts) -> Iterator[Life]:
    """The life of each petition as it stood at `facts.until`, in the order in which they were opened."""
    moves: dict[str, list[Move]] = defaultdict(list)
    mails: dict[str, list[MailFact]] = defaultdict(list)
    for move in facts.moves:
        moves[move.folio].append(move)
    for mail in facts.mails:
        if mail.sent_at and mail.sent_at < facts.until:
            mails[mail.folio].append(mail)
    for petition in facts.petitions:
        yield _life(petition, moves[petition.folio], mails[petition.folio])


def _life(petition: PetitionFact, moves: Iterable[Move], mails: Iterable[MailFact]) -> Life:
    state, since = State.NUEVA, petition.opened_at
    asked: Move | None = None
    wrote = False
    closed: list[datetime] = []
    reopened: list[datetime] = []
    for move in moves:
        if asked is None and move.state in _AWAITS and move.action == "enviado":
            asked = move
        wrote = wrote or (asked is not None and move.action == "escribe")
        if move.state is None or move.state is state:
            continue
        if move.state.closed and not state.closed:
            closed.append(move.at)
        elif state.closed and not move.state.closed:
            reopened.append(move.at)
        state, since = move.state, move.at
    replies = [mail.sent_at for mail in mails if mail.sent_at and mail.clase not in _TO_OTHERS]
    return Life(
        petition=petition,
        replied_at=min(replies, default=None),
        closed_at=tuple(closed),
        reopened_at=tuple(reopened),
        state=state,
        since=since,
        asked_at=asked.at if asked else None,
        request=_request(petition, state, wrote) if asked else None,
    )


def _request(petition: PetitionFact, state: State, wrote: bool) -> Request:
    """What a data request came to, by how the petition stands and whether the person `wrote` after it."""
    if state is State.CONCLUIDA_DESINTERES:
        return Request.CONCLUSION
    if not petition.missing:
        return Request.COMPLETA
    if wrote:
        return Request.PARCIAL
    return Request.OTRA if state.closed else Request.EN_ESPERA
