"""What every Sender promises: the one in memory and the one that speaks SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from daemon.edge.memory import MemoryWorld
from daemon.edge.smtp import SmtpSender
from daemon.model.outgoing import Envelope, InternalEnvelope, SendOutcome, SendResult
from tests.live.servers import PASSWORD, SmtpServer
from tests.unit.send.drafts import ACCOUNT, COUNTING, PERSON, draft


class Post:
    """A sender under test, and what recipients got: `inbox(address)` is a list of raw mails."""

    def __init__(self, sender: Any, got: Any) -> None:
        self.sender = sender
        self.inbox = got


def smtp(server: SmtpServer, **changes: Any) -> SmtpSender:
    arguments: dict[str, Any] = {"timeout": 2.0, "ca_file": server.ca_file, "data_timeout": 2.0, **changes}
    return SmtpSender("localhost", server.port, "starttls", "atnder@imss.example", lambda: PASSWORD, **arguments)


@pytest.fixture(params=["memory", "smtp"])
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    if request.param == "memory":
        yield from _in_memory()
        return
    server: SmtpServer = request.getfixturevalue("smtp_server")
    yield Post(smtp(server), server.outside)


def _in_memory() -> Iterator[Post]:
    world = MemoryWorld()

    def answer(envelope: Envelope | InternalEnvelope) -> SendResult:
        refused = {address: (550, "no existe") for address in envelope.recipients if address.startswith("no")}
        if all(address in refused for address in envelope.to):
            return SendResult(SendOutcome.RECHAZADO, "550 no existe", refused)
        return SendResult(SendOutcome.ACEPTADO, "250", refused)

    world.answer = answer
    yield Post(
        world.sender(),
        lambda address: [e.raw for _, e in world.sent if address in e.recipients and not address.startswith("no")],
    )


def envelope(to: str = PERSON, counting: str = COUNTING, raw: bytes | None = None) -> Envelope:
    return Envelope(ACCOUNT, (to,), counting, draft().message_id, raw or draft().raw)


def test_the_person_and_the_counting_mailbox_get_the_same_bytes(post: Post) -> None:
    assert post.sender.send(envelope()).outcome is SendOutcome.ACEPTADO
    assert post.inbox(PERSON) == post.inbox(COUNTING) == [draft().raw]


def test_the_blind_copy_is_in_no_header(post: Post) -> None:
    post.sender.send(envelope())
    assert COUNTING.encode() not in post.inbox(PERSON)[0]


def test_a_refused_blind_copy_is_named_and_the_person_still_gets_the_mail(post: Post) -> None:
    result = post.sender.send(envelope(counting="no.existe@imss.gob.mx"))
    assert result.outcome is SendOutcome.ACEPTADO
    assert result.refused["no.existe@imss.gob.mx"][0] == 550
    assert len(post.inbox(PERSON)) == 1


def test_when_the_person_is_refused_nothing_is_counted(post: Post) -> None:
    result = post.sender.send(envelope(to="no.existe@correo.example"))
    assert result.outcome is SendOutcome.RECHAZADO
    assert result.refused["no.existe@correo.example"][0] == 550
    assert post.inbox(COUNTING) == []


def test_an_internal_mail_goes_to_our_own_people_only(post: Post) -> None:
    mail = InternalEnvelope(ACCOUNT, ("consultora.uno@imss.gob.mx",), "<aviso@imss.gob.mx>", draft().raw)
    assert post.sender.send(mail).outcome is SendOutcome.ACEPTADO
    assert len(post.inbox("consultora.uno@imss.gob.mx")) == 1
    assert post.inbox(COUNTING) == []
