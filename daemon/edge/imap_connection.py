"""One IMAP connection: TLS, login, keep-alive, capabilities, and every failure in words; owner of imap-tools."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from ..config import Seguridad, is_loopback
from ..errors import AcuseError, LoginRefused, MailboxUnavailable
from . import tls

# They have no common base; abort is an IMAP4.error, TimeoutError and SSLError are OSErrors.
TROUBLE = (ImapToolsError, imaplib.IMAP4.error, OSError, UnicodeError)
# A connection unused for so long is asked whether it still lives before a command is trusted to it.
_STALE_AFTER = 60.0
# RFC 5530: these refusals say that the server is in trouble, not that the password is wrong.
_NOT_THE_PASSWORD = re.compile(r"\[(UNAVAILABLE|LIMIT|INUSE|SERVERBUG)\]|temporar", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Access:
    """Where and as whom to log in. `password` is called at each login and kept nowhere; `timeout` in seconds."""

    account: str
    host: str
    port: int
    security: Seguridad
    user: str
    password: Callable[[], str]
    timeout: float = 30.0
    ca_file: str | None = None

    @property
    def where(self) -> str:
        return f"buzón {self.account} ({self.host}:{self.port})"


class Connection:
    """Opened at first use, thrown away after any error: after a broken command nothing it says can be trusted.

    For one thread, except `interrupt`, which ends what the owner is waiting for.
    """

    def __init__(self, access: Access) -> None:
        if access.security == "ninguna" and not is_loopback(access.host):
            raise MailboxUnavailable(
                "no se habla sin cifrar con un servidor ajeno a esta máquina",
                where=access.where,
                cure='ponga seguridad = "tls" (puerto 993) o "starttls" (puerto 143) en service.toml',
            )
        self.access = access
        self._box: BaseMailBox | None = None
        self._used_at = 0.0
        self._opened = 0
        self.interrupted = threading.Event()

    @property
    def generation(self) -> int:
        """Grows with every new login; what was learnt in an earlier one is worth nothing."""
        return self._opened

    @contextmanager
    def talk(self, doing: str) -> Iterator[BaseMailBox]:
        """The open mailbox for a few commands; any failure closes it and becomes MailboxUnavailable."""
        try:
            yield self._open()
            self._used_at = time.monotonic()
        except AcuseError:
            raise
        except TROUBLE as error:
            self.drop()
            raise MailboxUnavailable(
                f"se interrumpió la conversación al {doing}: {_words(error)}",
                where=self.access.where,
                cure="se reintenta solo; si dura, revise la red y el servidor de correo",
            ) from error

    def close(self) -> None:
        """Log out politely."""
        box, self._box = self._box, None
        if box:
            with suppress(*TROUBLE):
                box.logout()

    def drop(self) -> None:
        """Forget the connection without a word to the server."""
        box, self._box = self._box, None
        if box:
            with suppress(*TROUBLE):
                box.client.shutdown()

    def interrupt(self) -> None:
        """From another thread: end what the owner waits for, at once."""
        self.interrupted.set()
        box = self._box
        if box:
            with suppress(OSError):
                box.client.sock.shutdown(socket.SHUT_RDWR)

    def _open(self) -> BaseMailBox:
        if self._box and time.monotonic() - self._used_at > _STALE_AFTER:
            try:
                self._box.client.noop()
            except TROUBLE:
                self.drop()
        if self._box is None:
            self._box = self._login(self._connect())
            self._opened += 1
        return self._box

    def _connect(self) -> BaseMailBox:
        access = self.access
        try:
            if access.security == "tls":
                box: BaseMailBox = MailBox(
                    access.host, access.port, timeout=access.timeout, ssl_context=tls.context(access.ca_file)
                )
            elif access.security == "starttls":
                box = MailBoxStartTls(
                    access.host, access.port, timeout=access.timeout, ssl_context=tls.context(access.ca_file)
                )
            else:
                box = MailBoxUnencrypted(access.host, access.port, timeout=access.timeout)
        except ssl.SSLCertVerificationError as error:
            raise MailboxUnavailable(
                f"el certificado del servidor no es de fiar: {error.verify_message}",
                where=access.where,
                cure="compruebe el nombre del servidor; si usa una autoridad propia, indíquela en ca_file",
            ) from error
        except (*TROUBLE, ValueError) as error:
            raise MailboxUnavailable(
                f"no se pudo conectar con el servidor IMAP: {_words(error)}",
                where=access.where,
                cure="compruebe servidor, puerto y seguridad en service.toml, y que el servidor esté en marcha",
            ) from error
        _keep_alive(box.client.sock, access.timeout)
        return box

    def _login(self, box: BaseMailBox) -> BaseMailBox:
        access = self.access
        try:
            # One attempt, by the mechanism that carries any character; more would help to get the account locked.
            if "AUTH=PLAIN" in box.client.capabilities:
                box.login_utf8(access.user, access.password(), initial_folder=None)
            else:
                box.login(access.user, access.password(), initial_folder=None)
            _refresh_capabilities(box.client)
        except (imaplib.IMAP4.abort, OSError) as error:
            raise self._unavailable_at_login(box, error) from error
        except (ImapToolsError, imaplib.IMAP4.error, UnicodeError) as error:
            if _NOT_THE_PASSWORD.search(str(error)):
                raise self._unavailable_at_login(box, error) from error
            with suppress(*TROUBLE):
                box.client.shutdown()
            raise LoginRefused(
                f"el servidor IMAP rechazó al usuario {access.user}: {_words(error)}",
                where=access.where,
                cure="corrija la contraseña de este buzón y reinicie el servicio; por sí solo prueba cada hora, "
                "para que la cuenta no se bloquee",
            ) from error
        return box

    def _unavailable_at_login(self, box: BaseMailBox, error: Exception) -> MailboxUnavailable:
        with suppress(*TROUBLE):
            box.client.shutdown()
        return MailboxUnavailable(
            f"el servidor IMAP no pudo atender el inicio de sesión: {_words(error)}",
            where=self.access.where,
            cure="se reintenta solo; si dura, avise a quien administra el servidor",
        )


def _refresh_capabilities(client: imaplib.IMAP4) -> None:
    """Servers tell more after login (MOVE, UIDPLUS, IDLE); imaplib asks only before."""
    _, data = client.capability()
    client.capabilities = tuple(data[-1].decode("ascii").upper().split())


def _keep_alive(sock: socket.socket, timeout: float) -> None:
    """A peer that vanished without a word is noticed although we only listen."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(timeout * 1000))


def _words(error: Exception) -> str:
    """What the server or the system said, on one line."""
    result = getattr(error, "command_result", None)
    text = " ".join(_plain(piece) for piece in result[1]) if result else str(error.args[0] if error.args else error)
    if isinstance(error, TimeoutError):
        return "no respondió a tiempo"
    return " ".join((error.strerror if isinstance(error, OSError) and error.strerror else text).split()) or repr(error)


def _plain(piece: object) -> str:
    return piece.decode("utf-8", "replace") if isinstance(piece, bytes) else str(piece)
