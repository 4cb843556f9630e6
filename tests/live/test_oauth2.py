"""Mailboxes that log in by OAuth2, at a real Dovecot that asks the provider about each token and at a real SMTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.config import OAuth2
from daemon.edge.imap import ImapMailbox
from daemon.edge.oauth2 import TokenSource
from daemon.edge.smtp import SmtpSender
from daemon.errors import LoginRefused, MailboxUnavailable, SenderUnavailable
from daemon.model.outgoing import SendOutcome
from daemon.service import Worker
from tests.contract.test_sender import envelope
from tests.live.office import COMPLAINT, KEY, LiveOffice
from tests.live.servers import Dovecot, SmtpServer, make_certificate, wait_until
from tests.live.tokens import SECRET, TokenServer
from tests.unit.send.drafts import ACCOUNT

pytestmark = pytest.mark.live


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


@pytest.fixture
def imap(provider: TokenServer) -> Iterator[Dovecot]:
    """An IMAP server that lets in whom the provider vouches for."""
    with Dovecot(introspection=provider.introspection) as server:
        yield server


@pytest.fixture
def smtp(provider: TokenServer, tmp_path: Path) -> Iterator[SmtpServer]:
    """A submission server that does the same."""
    make_certificate(tmp_path)
    with SmtpServer(tmp_path, holds=provider.holds) as server:
        yield server


def source(provider: TokenServer, **changes: Any) -> TokenSource:
    block = {"proveedor": "otro", "url_de_token": provider.url, "cliente": "acuse", "secreto": SECRET, **changes}
    return TokenSource("imss", OAuth2.model_validate(block), "")


def mailbox(server: Dovecot, tokens: TokenSource, account: str = "atnder@imss.example") -> ImapMailbox:
    return ImapMailbox(
        account, "localhost", server.imaps, "tls", account, lambda: "", ca_file=server.ca_file, tokens=tokens
    )


def sender(server: SmtpServer, tokens: TokenSource, user: str = ACCOUNT) -> SmtpSender:
    return SmtpSender("localhost", server.port, "starttls", user, lambda: "", 5, ca_file=server.ca_file, tokens=tokens)


def test_one_token_opens_the_mailbox_and_sends_from_it(provider: TokenServer, imap: Dovecot, smtp: SmtpServer) -> None:
    tokens = source(provider)
    imap.deliver("atnder@imss.example", b"Subject: hola\r\n\r\nhola\r\n")
    with closing(mailbox(imap, tokens)) as box:
        assert box.uids("INBOX", 0) == [1]
    assert sender(smtp, tokens).send(envelope()).outcome is SendOutcome.ACEPTADO
    assert smtp.users == [ACCOUNT]
    assert len(provider.asked) == 1


def test_a_token_that_was_revoked_is_replaced_at_once(provider: TokenServer, imap: Dovecot, smtp: SmtpServer) -> None:
    tokens = source(provider)
    box = mailbox(imap, tokens)
    box.status("INBOX")
    box.close()
    provider.revoke()
    assert box.status("INBOX").uidnext == 1
    box.close()
    provider.revoke()
    assert sender(smtp, tokens).send(envelope()).outcome is SendOutcome.ACEPTADO
    assert len(provider.asked) == 3


def test_a_token_that_ran_out_is_renewed_for_the_next_login(provider: TokenServer, imap: Dovecot) -> None:
    provider.life = 0.5
    tokens = source(provider)
    box = mailbox(imap, tokens)
    box.status("INBOX")
    box.close()
    time.sleep(0.5)
    box.status("INBOX")
    box.close()
    assert len(provider.asked) == 2


def test_a_token_that_no_server_takes_is_tried_once_and_told_without_showing_it(
    provider: TokenServer, imap: Dovecot, smtp: SmtpServer
) -> None:
    provider.life = None
    tokens = source(provider)
    with pytest.raises(LoginRefused, match=r"IMAP no dejó entrar a atnder@imss.example.*\(401\)") as of_imap:
        mailbox(imap, tokens).status("INBOX")
    with pytest.raises(LoginRefused, match="no dejó entrar con OAuth2: «535") as of_smtp:
        sender(smtp, tokens).send(envelope())
    assert len(provider.asked) == 2 == smtp.logins + 1
    for told in (of_imap.value, of_smtp.value):
        assert "testigo" not in str(told)
        assert "cada hora" in told.cure


def test_servers_that_want_a_password_are_told_as_such(
    provider: TokenServer, dovecot: Dovecot, smtp_server: SmtpServer
) -> None:
    tokens = source(provider)
    with pytest.raises(MailboxUnavailable, match="no ofrece iniciar sesión con OAuth2"):
        mailbox(dovecot, tokens).status("INBOX")
    with pytest.raises(SenderUnavailable, match="no ofrece iniciar sesión con OAuth2"):
        sender(smtp_server, tokens).send(envelope())
    assert smtp_server.logins == 0


def test_trouble_of_the_provider_is_trouble_of_the_server_that_waits_for_its_token(
    provider: TokenServer, imap: Dovecot, smtp: SmtpServer
) -> None:
    provider.answer = (503, "")
    tokens = source(provider)
    with pytest.raises(MailboxUnavailable, match="503"):
        mailbox(imap, tokens).status("INBOX")
    with pytest.raises(SenderUnavailable, match="503"):
        sender(smtp, tokens).send(envelope())
    provider.refuse("invalid_client", "AADSTS7000222: expired")
    with pytest.raises(LoginRefused, match="AADSTS7000222"):
        mailbox(imap, tokens).status("INBOX")
    with pytest.raises(LoginRefused, match="AADSTS7000222"):
        sender(smtp, tokens).send(envelope())


def test_a_refused_login_is_tried_once_an_hour(provider: TokenServer, imap: Dovecot, tmp_path: Path) -> None:
    office = TokenOffice(imap, tmp_path)
    office.provider = provider
    provider.refuse("invalid_client", "AADSTS7000222: expired")
    with office.servers():
        office.start()
        stopping = threading.Event()
        worker = Worker(office.office, "atnder", stopping, backoff=(0.01,))
        worker.start()
        assert wait_until(lambda: bool(office.told("alarma")))
        time.sleep(0.3)
        stopping.set()
        worker.join(5)
        office.stop()
    assert len(provider.asked) == 1


class TokenOffice(LiveOffice):
    """An office without any password: its mailboxes share one application's permission, and mail leaves as another user
    than the mailbox, as Microsoft 365 wants it of shared mailboxes."""

    provider: TokenServer

    def service_toml(self) -> Path:
        path = super().service_toml()
        block = f'[acuse.oauth2.imss]\nproveedor = "otro"\nurl_de_token = "{self.provider.url}"\ncliente = "acuse"\n'
        text = path.read_text(encoding="utf-8").replace("revision =", 'oauth2 = "imss"\nrevision =')
        text = text.replace("por_minuto = 1000", f'por_minuto = 1000\nusuario = "persona@{self.house}"')
        path.write_text(text.replace("[buzon.", f"{block}[buzon.", 1), encoding="utf-8")
        return path

    def secrets(self) -> dict[str, str]:
        return {"ACUSE_CLAVE_DE_FIRMA": KEY, "ACUSE_OAUTH2__IMSS__SECRETO": SECRET}


def test_a_mail_comes_in_and_its_reply_leaves_and_is_counted_by_token_alone(
    provider: TokenServer, imap: Dovecot, tmp_path: Path
) -> None:
    office = TokenOffice(imap, tmp_path, trusting=True)
    office.provider, office.holds = provider, provider.holds
    with office.open():
        office.write(COMPLAINT, subject="Falta de medicamento")
        office.settle()
        (reply,) = office.received()
        assert office.account("atnder") in reply.message["From"]
        assert [sender for sender, _, _ in office.smtp.got] == [office.account("atnder")]
        assert office.smtp.users == [f"persona@{office.house}"]
        assert len(office.store.copies(office.draft().message_id)) == 1
        assert office.told("alarma") == []
    assert len(provider.asked) == 1
