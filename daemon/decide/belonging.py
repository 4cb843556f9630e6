"""Does a message belong to a petition that we know? Only proof joins them; a bare reference is only a suggestion."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..model import ids
from ..model.decision import Reason
from ..model.ledger import History
from ..model.mail import Reading
from ..model.petition import Petition, State

_ANSWER_MARKS = re.compile(r"^(?:\s*(?:re|rv|rep|resp|aw|fwd?)\s*:)+", re.IGNORECASE)
_AWAITING = (State.ESPERA_ACLARACION, State.ESPERA_DATOS_1, State.ESPERA_DATOS_2)


@dataclass(frozen=True, slots=True)
class Belonging:
    """The petition that a message continues (None: a new matter), by what proof, and the trail of what was asked."""

    petition: Petition | None
    reasons: tuple[Reason, ...]
    suggestion: str = ""


def belonging(
    reading: Reading, history: History, key: bytes, another: Callable[[Petition], bool] = lambda _petition: False
) -> Belonging:
    """Join a message to its petition by one of these proofs (DESIGN §4), asked in this order.

    1. It answers a Message-ID that we signed (or the writer's own earlier mail of that petition).
    2. It names our reference, or the folio that SIADE gave it, and its sender is known to that petition.
    3. Its sender is authenticated and answers ("Re:") by the subject of their one open petition: some mail programs
       drop the thread.
    4. Its sender is authenticated, exactly one petition of theirs awaits an answer, and the mail brings one without
       naming another person or another matter: a family may share an address. `another` says whether it does.
    """
    sender = reading.sender.email if reading.sender else None
    trail: list[Reason] = []

    threaded = history.by_thread
    # A signature proves the petition that it names, and no other whose Message-ID stands beside it.
    signed = [m for m in reading.thread if threaded and ids.folio_of(m, key) == threaded.folio]
    if threaded and (signed or sender == threaded.petitioner):
        proof = signed[0] if signed else reading.thread[0]
        return Belonging(threaded, (Reason("pertenencia_por_hilo", "P 5.73", f"responde a {proof}"),))
    trail.append(Reason("pertenencia_por_hilo", "P 5.73", "no responde a un mensaje nuestro", hit=False))

    official = (reading.data.folio or "").casefold()
    named = [p for p in (*history.kin, *history.by_address) if official and (p.siade or "").casefold() == official]
    for petition in (*history.by_token, *named):
        if sender is not None and sender == petition.petitioner:
            found = (*trail, Reason("pertenencia_por_referencia", "P 5.73", f"nombra {petition.folio}"))
            return Belonging(petition, found)
    suggestion = ", ".join(dict.fromkeys(petition.folio for petition in (*history.by_token, *named)))
    evidence = f"nombra {suggestion}, pero escribe otra dirección" if suggestion else "no nombra una referencia"
    trail.append(Reason("pertenencia_por_referencia", "P 5.73", evidence, hit=False))

    same = [p for p in history.by_address if not p.state.closed and answers_subject(reading.subject, p)]
    if reading.authentic == "pass" and len(same) == 1:
        evidence = f"remitente autenticado, responde al asunto de {same[0].folio}"
        return Belonging(same[0], (*trail, Reason("pertenencia_por_asunto", "P 5.73", evidence)))
    trail.append(Reason("pertenencia_por_asunto", "P 5.73", "no responde al asunto de una petición suya", hit=False))

    awaiting = [p for p in history.by_address if p.state in _AWAITING]
    answered = len(awaiting) == 1 and _brings_what_was_asked(reading, awaiting[0])
    if reading.authentic == "pass" and answered and not another(awaiting[0]):
        evidence = f"remitente autenticado, única petición en espera: {awaiting[0].folio}"
        return Belonging(awaiting[0], (*trail, Reason("pertenencia_por_remitente", "P 5.73", evidence)))
    trail.append(Reason("pertenencia_por_remitente", "P 5.73", f"{len(awaiting)} peticiones en espera", hit=False))
    return Belonging(None, tuple(trail), suggestion)


def answers_subject(subject: str, petition: Petition) -> bool:
    """Whether the subject is that of the petition behind an answer mark; without a mark it may be a new matter."""
    bare = _ANSWER_MARKS.sub("", subject)
    return bare != subject and bare.strip().casefold() == _ANSWER_MARKS.sub("", petition.subject).strip().casefold()


def _brings_what_was_asked(reading: Reading, petition: Petition) -> bool:
    if petition.state is State.ESPERA_ACLARACION:
        return bool(reading.fresh.strip())
    given = {"nombre": reading.data.nombre, "nss": reading.data.nss, "contacto": reading.data.telefono}
    return any(given.get(name) for name in petition.asked)
