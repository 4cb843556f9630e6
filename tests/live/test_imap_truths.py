"""What must hold on a real IMAP server: other people's mail stays, hangs end, big mails come light."""

from __future__ import annotations

import imaplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from imap_tools.utils import encode_folder

from daemon.edge.imap import ImapMailbox
from daemon.edge.review_imap import ImapReviewFolder
from daemon.edge.smtp import SmtpSender
from daemon.errors import LoginRefused, MailboxUnavailable, MessageGone
from daemon.model.outgoing import Envelope, Place, SendOutcome
from daemon.model.rules import Carpetas
from daemon.send.private import prepare_approved
from tests.live.servers import PASSWORD, Dovecot, Listener, SmtpServer, free_port, wait_until
from tests.unit.send.drafts import draft

pytestmark = pytest.mark.live

NOW = datetime(2025, 9, 9, 16, 30, tzinfo=UTC)


def box_of(server: Dovecot, account: str, **changes: Any) -> ImapMailbox:
    arguments: dict[str, Any] = {"password": lambda: PASSWORD, "timeout": 10.0, "ca_file": server.ca_file, **changes}
    return ImapMailbox(account, "localhost", server.imaps, "tls", account, **arguments)


class Colleague:
    """Somebody else with an own mail client on the same mailbox."""

    def __init__(self, server: Dovecot, account: str) -> None:
        self.client = imaplib.IMAP4("127.0.0.1", server.imap)
        self.client.authenticate("PLAIN", lambda _: f"\0{account}\0{PASSWORD}".encode())

    def flags(self, folder: str) -> dict[int, bytes]:
        self.client.select(folder)
        _, data = self.client.uid("FETCH", "1:*", "(FLAGS)")
        return {int(line.split(b"UID ")[1].split(b" ")[0].rstrip(b")")): line for line in data if line}

    def mark_deleted(self, folder: str, uid: int) -> None:
        self.client.select(folder)
        self.client.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")


@pytest.fixture(params=["dovecot", "austere"])
def server(request: pytest.FixtureRequest) -> Dovecot:
    return cast(Dovecot, request.getfixturevalue("dovecot" if request.param == "dovecot" else "dovecot_austero"))


@pytest.fixture
def account(server: Dovecot) -> str:
    return server.new_account("verdad")


@pytest.fixture
def box(server: Dovecot, account: str) -> Iterator[ImapMailbox]:
    with closing(box_of(server, account)) as found:
        yield found


def plain(n: int) -> bytes:
    return f"Subject: correo {n}\r\n\r\nseñal {n}\r\n".encode()


def test_reading_marks_nothing_as_read(server: Dovecot, account: str, box: ImapMailbox) -> None:
    for n in range(3):
        server.deliver(account, plain(n))
    list(box.fetch("INBOX", box.uids("INBOX", 0)))
    box.headers("INBOX", [1, 2, 3], ["Subject"])
    assert all(b"Seen" not in line for line in Colleague(server, account).flags("INBOX").values())


def test_what_a_colleague_marked_as_deleted_survives_our_filing_and_clearing(
    server: Dovecot, account: str, box: ImapMailbox
) -> None:
    for n in range(4):
        server.deliver(account, plain(n))
    colleague = Colleague(server, account)
    colleague.mark_deleted("INBOX", 1)
    box.move("INBOX", 2, "Peticiones")
    box.remove("INBOX", box.status("INBOX").uidvalidity, 3)
    assert sorted(colleague.flags("INBOX")) == [1, 4]
    assert b"Deleted" in colleague.flags("INBOX")[1]


def test_what_a_client_marked_as_deleted_has_left_the_pending_folder(
    server: Dovecot, account: str, box: ImapMailbox
) -> None:
    review = ImapReviewFolder(box, Carpetas())
    review.lay(draft())
    colleague = Colleague(server, account)
    prefix = "INBOX." if server.austere else ""
    colleague.mark_deleted(f'"{prefix}Respuestas pendientes"', 1)
    assert review.survey() == ()


def test_drafts_lie_unread_and_as_drafts_so_that_clients_open_them_for_editing(
    server: Dovecot, account: str, box: ImapMailbox
) -> None:
    ImapReviewFolder(box, Carpetas()).lay(draft(urgent=True))
    prefix = "INBOX." if server.austere else ""
    (flags,) = Colleague(server, account).flags(f'"{prefix}Respuestas pendientes"').values()
    assert b"\\Draft" in flags and b"\\Flagged" in flags and b"\\Seen" not in flags


def test_folders_of_other_names_are_found_by_their_use(server: Dovecot, box: ImapMailbox) -> None:
    assert box.resolve("Sent") == "Enviados"
    assert box.resolve("Drafts") == ("Borradores" if server.austere else "Drafts")
    assert box.resolve("Trash") == "Trash"


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("Junk", "Correo electrónico no deseado"),
        ("Junk", "Correo no deseado"),
        ("Trash", "Elementos eliminados"),
        ("Trash", "Deleted Items"),
    ],
)
def test_a_server_that_marks_no_folder_is_known_by_the_names_of_its_folders(
    dovecot_austero: Dovecot, use: str, name: str
) -> None:
    account = dovecot_austero.new_account("nombres")
    with closing(box_of(dovecot_austero, account)) as box:
        assert box.resolve(use) == use
        Colleague(dovecot_austero, account).client.create(f'"INBOX.{encode_folder(name).decode().strip(chr(34))}"')
        assert box.subfolders("INBOX") == []
        assert box.resolve(use) == name


class Lister:
    """A server that has these folders (lines of LIST), and tells what they are for only to who asks, as Cyrus does."""

    def __init__(self, *folders: str, uses: tuple[str, ...] = ()) -> None:
        self._folders, self._uses = folders, uses

    def __call__(self, line: socket.socket) -> None:
        line.sendall(b"* OK hola\r\n")
        for text in line.makefile("r", encoding="ascii", newline="\r\n"):
            tag, command, *rest = text.split()
            answer: tuple[str, ...] = ()
            if command == "CAPABILITY":
                answer = ("CAPABILITY IMAP4rev1 SPECIAL-USE LIST-EXTENDED",)
            elif command == "LIST":
                answer = tuple(f"LIST {folder}" for folder in (self._uses if "RETURN" in rest else self._folders))
            line.sendall("".join(f"* {told}\r\n" for told in answer).encode() + f"{tag} OK hecho\r\n".encode())


def test_what_a_folder_is_for_is_asked_where_the_server_does_not_say_it_by_itself() -> None:
    plain_list = ('(\\HasNoChildren) "/" INBOX', '() "/" "Correo saliente"', '() "/" "Borr&AOE-dores"')
    uses = ('() "/" INBOX', '(\\Sent) "/" "Correo saliente"', '(\\Drafts) "/" "Borr&AOE-dores"')
    with Listener(Lister(*plain_list, uses=uses)) as server:
        box = ImapMailbox("a@imss.example", "127.0.0.1", server.port, "ninguna", "a", lambda: "b")
        assert (box.resolve("Sent"), box.resolve("Drafts"), box.resolve("Junk")) == (
            "Correo saliente",
            "Borrádores",
            "Junk",
        )
        box.close()


def test_folders_of_gmail_lie_below_its_own() -> None:
    marked = ('() "/" INBOX', '(\\Noselect) "/" "[Gmail]"', '(\\Sent) "/" "[Gmail]/Enviados"', '() "/" "[Gmail]/Spam"')
    with Listener(Lister(*marked)) as gmail:
        box = ImapMailbox("a@imss.example", "127.0.0.1", gmail.port, "ninguna", "a", lambda: "b")
        assert (box.resolve("Sent"), box.resolve("Junk")) == ("[Gmail]/Enviados", "[Gmail]/Spam")
        box.close()


def test_a_name_in_the_rules_wins_over_what_the_server_says_a_folder_is_for(
    server: Dovecot, account: str, box: ImapMailbox
) -> None:
    box.ensure("Elementos enviados")
    assert box.resolve("Elementos enviados") == "Elementos enviados"
    assert box.resolve("elementos ENVIADOS") in ("Enviados", "Elementos enviados")
    assert box.resolve("Peticiones") == "Peticiones"


def test_a_mailbox_is_opened_by_another_user_than_its_owner(dovecot: Dovecot) -> None:
    shared = dovecot.new_account("compartido")
    dovecot.deliver(shared, plain(1))
    with (
        closing(box_of(dovecot, shared)) as own,
        closing(
            ImapMailbox(
                shared,
                "localhost",
                dovecot.imaps,
                "tls",
                f"{shared}*persona@imss.example",
                lambda: PASSWORD,
                ca_file=dovecot.ca_file,
            )
        ) as box,
    ):
        assert box.uids("INBOX", 0) == own.uids("INBOX", 0) == [1]


def test_a_folder_made_anew_invalidates_old_handles(server: Dovecot, account: str, box: ImapMailbox) -> None:
    box.append("Peticiones", plain(1), [], NOW)
    uidvalidity, uids = box.listing("Peticiones")
    name = "INBOX.Peticiones" if server.austere else "Peticiones"
    colleague = Colleague(server, account)
    colleague.client.delete(name)
    time.sleep(1.1)  # Dovecot makes UIDVALIDITY of the time in seconds.
    colleague.client.create(name)
    with pytest.raises(MessageGone):
        box.whole("Peticiones", uidvalidity, uids[0])
    box.remove("Peticiones", uidvalidity, uids[0])


def test_flags_that_change_meanwhile_bring_no_phantoms_and_hide_nothing(
    server: Dovecot, account: str, box: ImapMailbox
) -> None:
    for n in range(60):
        box.append("INBOX", plain(n), [], NOW)
    stop = threading.Event()
    colleague = Colleague(server, account)

    def fidget() -> None:
        colleague.client.select("INBOX")
        while not stop.is_set():
            colleague.client.uid("STORE", "1:60", "+FLAGS", r"(\Flagged)")
            colleague.client.uid("STORE", "1:60", "-FLAGS", r"(\Flagged)")

    thread = threading.Thread(target=fidget)
    thread.start()
    try:
        for _ in range(10):
            messages = list(box.fetch("INBOX", box.uids("INBOX", 0)))
            assert [message.raw for message in messages] == [plain(n) for n in range(60)]
    finally:
        stop.set()
        thread.join()


def big_mail() -> EmailMessage:
    inner = EmailMessage(policy=policy.SMTP)
    inner["Subject"] = "El correo de mi mamá"
    inner.set_content("Petición encerrada\n")
    inner.add_attachment(b"\xff" * 700_000, maintype="image", subtype="png", filename="dentro.png")
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = "Señales con mucho adjunto"
    mail["Message-ID"] = "<grande@correo.example>"
    mail.set_content("Éste es el texto.\n")
    mail.add_alternative("<p>Éste es el texto.</p>", subtype="html")
    mail.add_attachment(b"\x00\x01" * 1_000_000, maintype="image", subtype="jpeg", filename="foto ñ.jpg")
    mail.add_attachment(b"%PDF-1.4 " + b"x" * 200_000, maintype="application", subtype="pdf", filename="acta.pdf")
    mail.add_attachment(b"%PDF-1.4 y", maintype="application", subtype="octet-stream", filename="ACTA.PDF")
    mail.add_attachment(inner)
    return mail


def test_a_big_mail_comes_without_the_parts_that_nobody_reads(server: Dovecot, account: str, box: ImapMailbox) -> None:
    sent = big_mail()
    raw = sent.as_bytes(policy=policy.SMTP)
    box.append("INBOX", raw, [], NOW)
    (got,) = box.fetch("INBOX", box.uids("INBOX", 0))
    assert got.size == len(raw) > 3_000_000
    assert len(got.raw) < 400_000
    kept = {p.get_filename() or p.get_content_type(): p for p in message_from_bytes(got.raw).walk()}
    whole = {p.get_filename() or p.get_content_type(): p for p in message_from_bytes(raw).walk()}
    assert list(kept) == list(whole)
    for name in ("text/plain", "text/html", "acta.pdf", "ACTA.PDF"):
        assert kept[name].get_payload(decode=True) == whole[name].get_payload(decode=True)
    for name in ("foto ñ.jpg", "dentro.png"):
        assert kept[name].get_payload() == ""
        assert int(kept[name]["X-Acuse-Omitido"]) > 500_000
        assert kept[name]["Content-Disposition"] == whole[name]["Content-Disposition"]
    assert message_from_bytes(got.raw)["Message-ID"] == "<grande@correo.example>"


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: foto\r\nContent-Type: image/jpeg\r\n\r\n" + b"QUJD\r\n" * 300_000,
        b"Subject: roto\r\nContent-Type: multipart/mixed\r\n\r\n" + b"sin frontera\r\n" * 100_000,
        b"Subject: enorme\r\n\r\n" + b"texto\r\n" * 200_000,
        b"Content-Type: message/rfc822\r\n\r\nSubject: dentro\r\nContent-Type: image/png\r\n\r\n" + b"A\r\n" * 500_000,
    ],
    ids=["only a photo", "broken multipart", "endless text", "only an enclosed mail"],
)
def test_big_mails_of_odd_shapes_come_light_and_readable(
    server: Dovecot, account: str, box: ImapMailbox, raw: bytes
) -> None:
    box.append("INBOX", raw, [], NOW)
    (got,) = box.fetch("INBOX", box.uids("INBOX", 0))
    assert got.size == len(raw)
    assert len(got.raw) <= 1024 * 1024 + 200
    assert got.raw.split(b"\r\n")[0] == raw.split(b"\r\n")[0]


def test_a_wrong_password_is_told_apart_and_names_the_account(server: Dovecot, account: str) -> None:
    with pytest.raises(LoginRefused, match=account):
        box_of(server, account, password=lambda: "otra").status("INBOX")


def test_a_server_of_unknown_authority_is_not_trusted(server: Dovecot, account: str) -> None:
    with pytest.raises(MailboxUnavailable, match="certificado"):
        box_of(server, account, ca_file=None).status("INBOX")


def test_starttls_serves_and_clear_text_only_on_this_machine(server: Dovecot, account: str) -> None:
    for security in ("starttls", "ninguna"):
        box = ImapMailbox(
            account, "localhost", server.imap, security, account, lambda: PASSWORD, ca_file=server.ca_file
        )
        assert box.status("INBOX").uidnext == 1
        box.close()
    with pytest.raises(MailboxUnavailable, match="sin cifrar"):
        ImapMailbox(account, "correo.imss.gob.mx", 143, "ninguna", account, lambda: PASSWORD)


def test_nobody_there_is_told_with_what_to_check() -> None:
    box = ImapMailbox("a@imss.example", "localhost", free_port(), "tls", "a", lambda: "")
    with pytest.raises(MailboxUnavailable, match="no se pudo conectar") as told:
        box.status("INBOX")
    assert told.value.cure


def test_a_hanging_server_ends_in_time_and_is_used_again_when_it_recovers() -> None:
    with Dovecot() as own:
        account = own.new_account()
        box = box_of(own, account, timeout=0.6)
        box.status("INBOX")
        own.freeze()
        start = time.monotonic()
        with pytest.raises(MailboxUnavailable, match="a tiempo"):
            box.status("INBOX")
        assert time.monotonic() - start < 3
        own.resume()
        assert box.status("INBOX").uidnext == 1
        box.close()


def test_stopping_ends_the_waiting_at_once(server: Dovecot, account: str, box: ImapMailbox) -> None:
    box.status("INBOX")
    timer = threading.Timer(0.3, box.interrupt)
    timer.start()
    start = time.monotonic()
    assert box.wait(20) is False
    assert time.monotonic() - start < 3


def test_a_draft_goes_the_whole_way_from_the_folder_to_person_and_count(
    dovecot: Dovecot, smtp_server: SmtpServer
) -> None:
    account, counting = dovecot.new_account("atnder"), dovecot.new_account("conteo")
    person = dovecot.new_account("persona")
    smtp_server.lmtp = dovecot.lmtp
    mine = draft(to=person, counting=counting, account=account)
    review = ImapReviewFolder(box_of(dovecot, account), Carpetas())
    review.lay(mine)
    review.relocate(review.survey()[0].handle, Place.APROBADAS)
    (approved,) = review.survey()
    raw, _ = prepare_approved(review.take(approved.handle), mine)
    sender = SmtpSender(
        "localhost", smtp_server.port, "starttls", account, lambda: PASSWORD, 5, ca_file=smtp_server.ca_file
    )
    result = sender.send(Envelope(account, (person,), counting, mine.message_id, raw))
    assert (result.outcome, result.refused) == (SendOutcome.ACEPTADO, {})
    for address in (person, counting):
        box = box_of(dovecot, address)
        assert wait_until(lambda box=box: len(box.find("INBOX", "Message-ID", mine.message_id)) == 1)  # type: ignore[misc]
        (got,) = box.fetch("INBOX", box.uids("INBOX", 0))
        assert got.raw.endswith(raw.split(b"\r\n\r\n", 1)[1])
        assert counting.encode() not in got.raw.split(b"\r\n\r\n", 1)[0] or address == counting
        box.close()
