"""The pieces that plans of both sides are made of: a petition that a message opens, a decision, its own history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...model import ids
from ...model.decision import Decision, Disposition, Plan, Reason, Step
from ...model.ledger import History
from ...model.mail import PersonData, Reading
from ...model.petition import Petition, State
from ...model.survival import Form, whole_name
from ..course import Arrival

TEST, REQUEST = "prueba_conectividad", "supervivencia"


def opened(arrival: Arrival, topic: str | None, part: str = "") -> Petition:
    """The petition that a message opens; `part` tells the several that one message may open apart.

    Its folio depends on the mailbox, too: several offices may get the very same message, and each answers it. It
    counts to the office's own mailbox, and its mails go to the reception account (C).
    """
    reading, policy = arrival.reading, arrival.policy
    survival, cuenta = policy.rules.supervivencia, policy.rules.buzon(reading.mailbox)
    day = policy.calendar.local(reading.received_at).date()
    return Petition(
        folio=ids.folio(reading.message_id, ids.digest_at(reading.digest, f"{reading.mailbox} {part}"), day),
        account=reading.mailbox,
        counting=cuenta.cuenta_a if cuenta else reading.mailbox,
        state=State.NUEVA,
        opened_at=reading.received_at,
        captured_on=policy.calendar.capture_day(reading.received_at),
        petitioner=survival.recepcion if survival else "",
        subject=reading.subject,
        first_message_id=reading.message_id,
        topic=topic,
        confidence=1.0,
        thread=(reading.message_id,) if reading.message_id else (),
        summary=" ".join(reading.fresh.split())[:400],
    )


def decided(arrival: Arrival, chosen: Step, reasons: tuple[Reason, ...], forms: Sequence[Form] = ()) -> Decision:
    """The judgement on a message: what a person must look at is to review, the rest needs no mail."""
    return Decision(
        kind=arrival.reading.kind,
        step=chosen,
        disposition=Disposition.REVISAR if chosen is Step.CONSULTOR else Disposition.NINGUNA,
        attachments=arrival.reading.attachments,
        forms=tuple(forms),
        confidence=1.0,
        reasons=reasons,
        rules_version=arrival.policy.rules.version,
    )


def together(plans: Sequence[Plan], decision: Decision) -> Plan:
    """What follows for several petitions from one message, as one Plan."""
    first, *others = plans
    return replace(first, decision=decision, others=tuple(others))


def alarm(petition: Petition) -> str:
    """The key of the alarm about one request; it ends when the request is settled."""
    return f"supervivencia:{petition.folio}"


def with_message(petition: Petition, reading: Reading) -> Petition:
    """The petition with this message in its conversation."""
    if not reading.message_id or reading.message_id in petition.thread:
        return petition
    return replace(petition, thread=(*petition.thread, reading.message_id))


def own_history(history: History, account: str) -> History:
    """The history without what belongs to other mailboxes: one daemon may serve both sides of the exchange."""
    by_thread = history.by_thread if history.by_thread and history.by_thread.account == account else None
    return replace(
        history,
        by_thread=by_thread,
        by_token=tuple(petition for petition in history.by_token if petition.account == account),
        by_address=tuple(petition for petition in history.by_address if petition.account == account),
        checks=tuple(check for check in history.checks if check.account == account),
    )


def actor(reading: Reading) -> str:
    """Who did this, for the history."""
    return reading.author.email if reading.author else "desconocido"


def whose(forms: Sequence[Form]) -> PersonData:
    """Whose request it is, when it is one person's."""
    if len(forms) != 1:
        return PersonData()
    fields = forms[0].fields
    return PersonData(nombre=whole_name(fields) or None, nss=fields.get("nss"), curp=fields.get("curp"))
