"""One IMAP connection: TLS, login, keep-alive, capabilities, and every failure in words; owner of imap-tools."""

from __future__ import annotations

import imaplib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from ..config import Seguridad, is_loopback
from ..errors import AcuseError, LoginRefused, MailboxUnavailable, system_words
from . import tls
from .oauth2 import TokenSource

# They have no common base; abort is an IMAP4.error, TimeoutError and SSLError are OSErrors.
TROUBLE = (ImapToolsError, imaplib.IMAP4.error, OSError, UnicodeError)
# A connection unused for so long is asked whether it still lives before a command is trusted to it.
_STALE_AFTER = 60.0
# RFC 5530: these refusals say that the server is in trouble, not that the password is wrong.
_NOT_THE_PASSWORD = re.compile(r"\[(UNAVAILABLE|LIMIT|INUSE|SERVERBUG)\]|temporar", re.IGNORECASE)
# What imaplib says, and what it means to an operator. Nothing was said to the server that it should not hear.
_BEFORE_LOGIN = {
    "TLS not supported by server": "el servidor no ofrece cifrado (STARTTLS), así que no se le dijo la contraseña",
    "Couldn't establish TLS session": "el servidor no quiso cifrar la conversación (STARTTLS)",
    "illegal in state AUTH": "el servidor da la sesión por iniciada sin preguntar quién entra (PREAUTH)",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Where and as whom to log in: by `tokens` (OAuth2) when there are any, else by `password`.

    `password` is called at each login and kept nowhere; `timeout` in seconds.
    """

    account: str
    host: str
    port: int
    security: Seguridad
    user: str
    password: Callable[[], str]
    timeout: float = 30.0
    ca_file: str | None = None
    tokens: TokenSource | None = None

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
            self._box = self._logged_in()
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
        except (*TROUBLE, ValueError) as error:
            if told := tls.trouble(error):
                raise MailboxUnavailable(told[0], where=access.where, cure=told[1]) from error
            raise MailboxUnavailable(
                _before_login(error) or f"no se pudo conectar con el servidor IMAP: {_words(error)}",
                where=access.where,
                cure="compruebe servidor, puerto y seguridad en service.toml, y que el servidor esté en marcha",
            ) from error
        if box.client.state != "NONAUTH":
            # Whose mail that would be, nobody has proved.
            with suppress(*TROUBLE):
                box.client.shutdown()
            raise MailboxUnavailable(
                _BEFORE_LOGIN["illegal in state AUTH"],
                where=access.where,
                cure="compruebe servidor y puerto en service.toml: un servidor de correo pregunta quién entra",
            )
        _keep_alive(box.client.sock, access.timeout)
        return box

    def _logged_in(self) -> BaseMailBox:
        """Connect and log in. A token that was refused though it should serve yet is replaced once."""
        tokens = self.access.tokens
        while tokens:
            token = tokens.token(MailboxUnavailable)
            try:
                return self._login(self._connect(), token.text)
            except LoginRefused:
                tokens.refused(token.text)
                if token.fresh:
                    raise
        return self._login(self._connect())

    def _login(self, box: BaseMailBox, token: str | None = None) -> BaseMailBox:
        access = self.access
        challenge = _Challenge(access.user, token or "")
        try:
            # One attempt, by the mechanism that carries any character; more would help to get the account locked.
            if token:
                self._must_offer_xoauth2(box)
                box.client.authenticate("XOAUTH2", challenge.answer)
            elif "AUTH=PLAIN" in box.client.capabilities:
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
            if isinstance(error, UnicodeError):
                # The error itself holds the password.
                raise LoginRefused(
                    "la contraseña lleva acentos u otras letras que este servidor IMAP no admite",
                    where=access.where,
                    cure="ponga a este buzón una contraseña solo con letras sin acento, cifras y signos, y reinicie el "
                    "servicio",
                ) from None
            if token:
                raise self._token_refused(f"{_words(error)}{challenge.told}".replace(token, "…")) from None
            raise LoginRefused(
                f"el servidor IMAP rechazó al usuario {access.user}: {_words(error)}",
                where=access.where,
                cure="corrija la contraseña de este buzón y reinicie el servicio; por sí solo prueba cada hora, "
                "para que la cuenta no se bloquee",
            ) from error
        return box

    def _must_offer_xoauth2(self, box: BaseMailBox) -> None:
        if "AUTH=XOAUTH2" in box.client.capabilities:
            return
        with suppress(*TROUBLE):
            box.client.shutdown()
        raise MailboxUnavailable(
            "el servidor IMAP no ofrece iniciar sesión con OAuth2 (XOAUTH2)",
            where=self.access.where,
            cure="compruebe «servidor» en service.toml; si el servidor pide contraseña, quite «oauth2» de este buzón",
        )

    def _token_refused(self, said: str) -> LoginRefused:
        return LoginRefused(
            f"el servidor IMAP no dejó entrar a {self.access.user} con OAuth2: {said}",
            where=self.access.where,
            cure="compruebe que IMAP esté activado en ese buzón y que la aplicación o la persona tenga permiso sobre "
            "él (docs/operacion.md, «Las cuentas de correo»); por sí solo prueba cada hora",
        )

    def _unavailable_at_login(self, box: BaseMailBox, error: Exception) -> MailboxUnavailable:
        with suppress(*TROUBLE):
            box.client.shutdown()
        return MailboxUnavailable(
            f"el servidor IMAP no pudo atender el inicio de sesión: {_words(error)}",
            where=self.access.where,
            cure="se reintenta solo; si dura, avise a quien administra el servidor",
        )


class _Challenge:
    """The client's side of XOAUTH2: the token, and an empty line when the server answers with what is wrong with it."""

    def __init__(self, user: str, token: str) -> None:
        self._first = f"user={user}\1auth=Bearer {token}\1\1".encode()
        self.told = ""

    def answer(self, challenge: bytes) -> bytes:
        """What to say next; only an empty line lets the server say that it refused."""
        first, self._first = self._first, b""
        with suppress(ValueError, AttributeError):
            self.told = f" ({json.loads(challenge).get('status', '')})"
        return first


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


def _before_login(error: Exception) -> str:
    return next((told for said, told in _BEFORE_LOGIN.items() if said in str(error)), "")


def _words(error: Exception) -> str:
    """What the server or the system said, on one line."""
    result = getattr(error, "command_result", None)
    text = " ".join(_plain(piece) for piece in result[1]) if result else str(error.args[0] if error.args else error)
    if isinstance(error, TimeoutError):
        return "no respondió a tiempo"
    if isinstance(error, OSError) and error.strerror:
        return system_words(error)
    # In quotes, as whatever others say: a log leaves it out.
    return f"«{' '.join(text.split()) or type(error).__name__}»"


def _plain(piece: object) -> str:
    return piece.decode("utf-8", "replace") if isinstance(piece, bytes) else str(piece)
