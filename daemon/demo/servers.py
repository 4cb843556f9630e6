"""The demo's mail world: IMAP (pymap) and SMTP (aiosmtpd) on loopback sockets, in one thread; owner of both libraries.

Nothing leaves this machine: mail to an address that is no mailbox here lands in a catch-all.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesHeaderParser
from email.utils import format_datetime, make_msgid
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult
from proxyprotocol.result import ProxyResultUnknown
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import DictBackend, Identity
from pymap.backend.dict.mailbox import MailboxData
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Wildcard
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from ..errors import AcuseError

HOST = "127.0.0.1"
_POSTMASTER = "postmaster@servidor.example"
_FOLDERS = ("Drafts", "Sent", "Junk", "Trash")


def _keep_keywords() -> None:
    """pymap's mailbox in memory would forget keywords that a client sets ($Forwarded and the like); allow them all."""
    mailbox: Any = MailboxData
    system = mailbox.permanent_flags.fget
    if system.__module__ != __name__:
        mailbox.permanent_flags = property(lambda box: system(box) | {Wildcard})


class MailWorld:
    """Mail servers for a few accounts, running between `__enter__` and `__exit__`; ports 0 mean free ones.

    `users` maps address to password. `catch_all` maps a domain ("" any other) to the account that takes its mail.
    Mail to an address of `unreachable` is taken and comes back as a bounce (RFC 3464), as from the world outside.
    The server vouches, under the name `vouching`, for mail of a user who logged in to send it, and for no other.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        catch_all: Mapping[str, str],
        *,
        unreachable: Sequence[str] = (),
        vouching: str = "servidor.example",
        imap_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        self.users = dict(users)
        self.imap_port, self.smtp_port = imap_port, smtp_port
        self._catch_all, self._unreachable, self._vouching = dict(catch_all), frozenset(unreachable), vouching
        self.bounced = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="correo-demo", daemon=True)

    def __enter__(self) -> MailWorld:
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise AcuseError(
                "no se pudieron abrir los servidores de prueba: el puerto está ocupado o reservado",
                where=f"{HOST}, puertos {self.imap_port} (IMAP) y {self.smtp_port} (SMTP)",
                cure="elija otro con --puerto-imap o --puerto-smtp; sin ellos se toma uno libre",
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(5)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        # An aborted conversation of some client is nobody's news here.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        async with AsyncExitStack() as stack:
            try:
                await self._open_imap(stack)
                await self._open_smtp(stack)
            except OSError as problem:
                self._failed = problem
                return
            finally:
                self._ready.set()
            await self._stop.wait()

    async def _open_imap(self, stack: AsyncExitStack) -> None:
        options = argparse.Namespace(
            host=HOST, port=0, debug=False, cert=None, key=None, tls=False, proxy_protocol=None, passlib_cfg=None,
            inherited_sockets=None, demo_data=False, demo_user="", demo_password="",
        )  # fmt: skip
        _keep_keywords()
        self._backend, config = await DictBackend.init(options, hash_context=Cleartext(), invalid_user_sleep=0)
        config.apply_context()
        self._backend.login.users_dict.clear()
        for name, password in self.users.items():
            known = UserMetadata(config, name, password=Cleartext().hash(password))
            self._backend.login.users_dict[name] = known
        await self._backend.start(stack)
        imap = IMAPServer(self._backend.login, config)

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # Not IMAPService: it starts each connection as a task that nobody holds, and the collector may take it.
            await imap(reader, writer, SocketInfo.get(writer, ProxyResultUnknown(), unique_id=uuid4().bytes))

        server = await asyncio.start_server(talk, HOST, self.imap_port)
        stack.callback(server.close)
        self.imap_port = server.sockets[0].getsockname()[1]
        for account in self.users:
            async with self._identity(account).new_session() as session:
                for folder in _FOLDERS:
                    await session.create_mailbox(folder)

    async def _open_smtp(self, stack: AsyncExitStack) -> None:
        def conversation() -> SMTP:
            return SMTP(self, hostname="servidor.example", enable_SMTPUTF8=True, loop=self._loop,
                        authenticator=self._authenticate, auth_require_tls=False)  # fmt: skip

        server = await asyncio.get_running_loop().create_server(conversation, HOST, self.smtp_port)
        stack.callback(server.close)
        self.smtp_port = server.sockets[0].getsockname()[1]

    def _identity(self, account: str) -> Identity:
        return Identity(account, self._backend.login, None, frozenset())

    def _account(self, address: str) -> str:
        address = address.lower()
        if address in self.users:
            return address
        return self._catch_all.get(address.rpartition("@")[2], self._catch_all[""])

    async def _deliver(self, sender: str, address: str, raw: bytes, *, proven: bool = False) -> None:
        now, domain = datetime.now(UTC), sender.rpartition("@")[2]
        word = f"spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"
        vouched = f"Authentication-Results: {self._vouching}; {word}\r\n" if proven else ""
        stamp = f"Return-Path: <{sender}>\r\nDelivered-To: {address}\r\nReceived: by servidor.example; "
        head = f"{vouched}{stamp}{format_datetime(now)}\r\n"
        message = AppendMessage(head.encode() + raw, now, frozenset())
        async with self._identity(self._account(address)).new_session() as session:
            await session.append_messages("INBOX", [message])

    # --- what aiosmtpd asks ------------------------------------------------------------------------------------

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Logging in is possible, as mail clients like it, but not necessary: any server delivers to ours."""
        user = data.login.decode("utf-8", "replace").lower()
        known = data.password.decode("utf-8", "replace") == self.users.get(user)
        return AuthResult(success=known, auth_data=user if known else None)

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        raw, sender = bytes(envelope.content), str(envelope.mail_from or "")
        proven = session.authenticated and session.auth_data == sender.lower()
        for address in envelope.rcpt_tos:
            if address.lower() in self._unreachable:
                self.bounced += 1
                await self._deliver("", sender, _bounce(raw, sender, address))
            else:
                await self._deliver(sender, address, raw, proven=proven)
        return "250 2.0.0 entregado"


def _bounce(raw: bytes, sender: str, address: str) -> bytes:
    """What a server outside answers when a mailbox does not exist (RFC 3464): permanent, with our headers enclosed."""
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"] = f"Mail Delivery System <{_POSTMASTER}>"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(datetime.now(UTC))
    report["Message-ID"] = make_msgid(domain="servidor.example")
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"No se pudo entregar su mensaje a {address}: el buzón no existe.\n", _charset="utf-8"))
    status = MIMEBase("message", "delivery-status")
    told = EmailMessage()
    told["Final-Recipient"] = f"rfc822; {address}"
    told["Action"] = "failed"
    told["Status"] = "5.1.1"
    told["Diagnostic-Code"] = "smtp; 550 5.1.1 user unknown"
    server = EmailMessage()
    server["Reporting-MTA"] = "dns; servidor.example"
    status.set_payload([server, told])
    report.attach(status)
    headers = MIMEText(BytesHeaderParser().parsebytes(raw).as_string().partition("\n\n")[0] + "\n", "rfc822-headers")
    report.attach(headers)
    return report.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
