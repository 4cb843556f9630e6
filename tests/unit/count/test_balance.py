"""Every mail to a person has exactly one blind copy, and each difference is told by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from daemon.count import PATIENCE, balance
from daemon.model.ledger import Copy
from daemon.model.outgoing import Draft, DraftState
from tests.unit.send.drafts import draft

NOW = datetime(2025, 10, 13, 18, tzinfo=UTC)


def sent(minutes_ago: int = 60) -> Draft:
    return replace(draft(), state=DraftState.ACEPTADO, sent_at=NOW - timedelta(minutes=minutes_ago))


def copy(message_id: str, origin: str = "conteo") -> Copy:
    return Copy(message_id, "atnder@imss.gob.mx", origin, NOW, "atnder@imss.gob.mx", ("ana@correo.example",))


def test_one_mail_with_one_copy_is_even() -> None:
    mail = sent()
    result = balance([mail], [copy(mail.message_id)], NOW)
    assert (result.sent, result.counted, result.even) == (1, 1, True)


def test_a_mail_without_its_copy_is_missed_only_after_a_while() -> None:
    assert balance([sent()], [], NOW).missing == (sent(),)
    assert balance([sent(minutes_ago=int(PATIENCE.total_seconds() // 60) - 1)], [], NOW).missing == ()


def test_a_copy_that_came_twice_is_named() -> None:
    mail = sent()
    assert balance([mail], [copy(mail.message_id)] * 2, NOW).double == (mail.message_id,)


def test_a_copy_of_no_draft_was_sent_outside_the_daemon() -> None:
    assert [found.message_id for found in balance([], [copy("<a-mano@imss.gob.mx>")], NOW).outside] == [
        "<a-mano@imss.gob.mx>"
    ]


def test_what_lies_in_sent_is_evidence_and_no_count() -> None:
    mail = sent()
    assert balance([mail], [copy(mail.message_id, "enviados")], NOW).counted == 0
