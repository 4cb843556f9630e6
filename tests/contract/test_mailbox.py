"""What every Mailbox promises: the one in memory, over a modern and over an austere IMAP server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.edge.imap import ImapMailbox
from daemon.edge.memory import MemoryWorld
from daemon.errors import FolderMissing, MessageGone
from tests.live.servers import PASSWORD, Dovecot

MAIL = "From: Ana <ana@correo.example>\r\nTo: {to}\r\nSubject: =?utf-8?q?Aclaraci=C3=B3n?= {n}\r\n\r\nSeñal {n}\r\n"


class Case:
    """A mailbox under test and the hand of the world: `deliver(n)` brings mail number n."""

    def __init__(self, box: Any, deliver: Callable[[bytes], None]) -> None:
        self.box = box
        self._deliver = deliver

    def deliver(self, n: int) -> bytes:
        raw = MAIL.format(to=self.box.account, n=n).encode()
        self._deliver(raw)
        return raw


def imap_case(server: Dovecot) -> Case:
    account = server.new_account()
    box = ImapMailbox(account, "localhost", server.imaps, "tls", account, lambda: PASSWORD, 10, server.ca_file)
    return Case(box, lambda raw: server.deliver(account, raw))


@pytest.fixture(params=["memory", "dovecot", "austere"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "memory":
        world = MemoryWorld()
        box = world.mailbox("cuenta@imss.example")
        yield Case(box, lambda raw: world.deliver(box.account, raw, datetime.now(UTC)) and None)
        return
    found = imap_case(request.getfixturevalue("dovecot" if request.param == "dovecot" else "dovecot_austero"))
    yield found
    found.box.close()


def test_status_names_the_uid_that_the_next_message_gets(case: Case) -> None:
    before = case.box.status("INBOX")
    case.deliver(1)
    assert case.box.uids("INBOX", before.uidnext - 1) == [before.uidnext]
    after = case.box.status("INBOX")
    assert (after.uidvalidity, after.uidnext) == (before.uidvalidity, before.uidnext + 1)


def test_a_folder_that_is_not_there_is_missing_and_says_so(case: Case) -> None:
    with pytest.raises(FolderMissing, match="Aclaración & más"):
        case.box.status("Aclaración & más")


def test_no_old_message_is_listed_as_new(case: Case) -> None:
    case.deliver(1)
    case.deliver(2)
    uids = case.box.uids("INBOX", 0)
    assert len(uids) == 2
    assert case.box.uids("INBOX", uids[0]) == uids[1:]
    assert case.box.uids("INBOX", uids[1]) == []
    assert case.box.uids("INBOX", uids[1] + 500) == []


def test_a_delivery_is_seen_at_once_by_a_connection_that_already_listed(case: Case) -> None:
    assert case.box.uids("INBOX", 0) == []
    for n in range(5):
        case.deliver(n)
        assert len(case.box.uids("INBOX", 0)) == n + 1


def test_since_counts_from_the_instant_of_arrival(case: Case) -> None:
    case.deliver(1)
    now = datetime.now(UTC)
    assert len(case.box.uids("INBOX", 0, since=now - timedelta(minutes=5))) == 1
    assert case.box.uids("INBOX", 0, since=now + timedelta(minutes=5)) == []


def test_a_message_comes_byte_for_byte_with_its_arrival(case: Case) -> None:
    sent = [case.deliver(n) for n in range(3)]
    messages = list(case.box.fetch("INBOX", case.box.uids("INBOX", 0)))
    assert [message.raw[-len(raw) :] for message, raw in zip(messages, sent, strict=True)] == sent
    assert all(abs(message.received_at - datetime.now(UTC)) < timedelta(minutes=1) for message in messages)
    assert [message.size for message in messages] == [len(message.raw) for message in messages]


def test_fetching_asks_only_for_what_is_still_there(case: Case) -> None:
    case.deliver(1)
    (uid,) = case.box.uids("INBOX", 0)
    assert [message.uid for message in case.box.fetch("INBOX", [uid, uid + 7])] == [uid]
    assert list(case.box.fetch("INBOX", [])) == []


def test_a_moved_message_lies_in_its_new_folder_and_nowhere_else(case: Case) -> None:
    case.deliver(1)
    (uid,) = case.box.uids("INBOX", 0)
    case.box.move("INBOX", uid, "Aclaración & más/ñandú")
    assert case.box.uids("INBOX", 0) == []
    (moved,) = case.box.fetch("Aclaración & más/ñandú", case.box.uids("Aclaración & más/ñandú", 0))
    assert "Señal 1".encode() in moved.raw


def test_moving_what_is_gone_is_told(case: Case) -> None:
    case.deliver(1)
    (uid,) = case.box.uids("INBOX", 0)
    case.box.move("INBOX", uid, "Peticiones")
    with pytest.raises(MessageGone):
        case.box.move("INBOX", uid, "Peticiones")
    assert len(case.box.uids("Peticiones", 0)) == 1


def test_making_a_folder_twice_is_making_it_once(case: Case) -> None:
    case.box.ensure("Respuestas pendientes/María Ñandú")
    case.box.ensure("Respuestas pendientes/María Ñandú")
    assert len(case.box.subfolders("Respuestas pendientes")) == 1
    case.box.status("Respuestas pendientes/María Ñandú")


def test_drafts_is_the_folder_that_serves_as_such(case: Case) -> None:
    assert case.box.listing(case.box.resolve("Drafts"))[0] > 0
    assert case.box.resolve("Peticiones") == "Peticiones"


def test_waiting_ends_with_the_arrival_of_mail(case: Case) -> None:
    case.box.status("INBOX")
    timer = threading.Timer(0.2, case.deliver, [1])
    timer.start()
    try:
        assert case.box.wait(1.5)
    finally:
        timer.join()
    assert len(case.box.uids("INBOX", 0)) == 1


def test_mail_that_came_before_the_waiting_began_is_not_slept_over(case: Case) -> None:
    case.box.status("INBOX")
    case.deliver(1)
    assert case.box.wait(1.5)


def test_waiting_without_mail_ends_with_the_time(case: Case) -> None:
    case.box.status("INBOX")
    assert case.box.wait(0.3) is False


def test_a_message_is_found_by_its_header(case: Case) -> None:
    now = datetime.now(UTC)
    case.box.append("Peticiones", b"Message-ID: <uno@x>\r\n\r\nhola\r\n", [], now)
    case.box.append("Peticiones", b"Message-ID: <dos@x>\r\n\r\nhola\r\n", [], now)
    assert len(case.box.find("Peticiones", "Message-ID", "<dos@x>")) == 1
    assert case.box.find("Peticiones", "Message-ID", "<tres@x>") == []
    assert case.box.find("No hay tal", "Message-ID", "<uno@x>") == []


def test_a_message_found_by_its_id_comes_whole_wherever_it_was_filed_and_gone_is_told(case: Case) -> None:
    raw = b"Message-ID: <Uno=2B$1@x.example>\r\nSubject: x\r\n\r\n" + b"0123456789abcdef\r\n" * 120_000
    case.box.append("Peticiones", raw, [], datetime.now(UTC))
    (uid,) = case.box.find("Peticiones", "Message-ID", "<Uno=2B$1@x.example>")
    validity = case.box.status("Peticiones").uidvalidity
    assert case.box.whole("Peticiones", validity, uid) == raw
    case.box.move("Peticiones", uid, "Archivo")
    assert case.box.find("Peticiones", "Message-ID", "<Uno=2B$1@x.example>") == []
    with pytest.raises(MessageGone):
        case.box.whole("Peticiones", validity, uid)
    assert len(case.box.find("Archivo", "Message-ID", "<Uno=2B$1@x.example>")) == 1
    assert case.box.find("Archivo", "Message-ID", '<"raro\\"@x.example>') == []


def test_after_closing_the_next_verb_connects_again(case: Case) -> None:
    case.box.status("INBOX")
    case.box.close()
    assert case.box.status("INBOX").uidvalidity > 0
