"""Handing one mail to the SMTP server, knowing after every failure whether it may have left; owner of aiosmtplib."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from ..config import Seguridad, is_loopback
from ..errors import AcuseError, LoginRefused, SenderUnavailable, system_words
from ..model.outgoing import Envelope, InternalEnvelope, SendOutcome, SendResult
from . import tls
from .oauth2 import TokenSource

# The conversation broke; what that means depends on whether DATA had begun.
_LOST = (SMTPTimeoutError, SMTPServerDisconnected, OSError)
# Names that EHLO may carry; users of shared mailboxes are written in ways that are none.
_HOST = re.compile(r"[A-Za-z0-9.-]+")
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f@]+@[^\s<>\x00-\x1f\x7f@]+")

Refused = dict[str, tuple[int, str]]


class Pace:
    """At most `limit` sends in any `window` seconds (Microsoft 365 allows 30 messages a minute and mailbox)."""

    def __init__(self, limit: int, window: float = 60.0) -> None:
        self._limit, self._window = limit, window
        self._taken: deque[float] = deque()

    def delay(self, now: float) -> float:
        """Seconds from `now` (any monotonic clock) until the next send may start; 0 when it may at once."""
        while self._taken and now - self._taken[0] >= self._window:
            self._taken.popleft()
        return self._taken[0] + self._window - now if len(self._taken) >= self._limit else 0.0

    def take(self, now: float) -> None:
        """Note that a send starts."""
        self._taken.append(now)


class SmtpSender:
    """daemon.ports.Sender over one account's submission server; one connection per mail.

    `security` is "tls" (implicit, port 465), "starttls" (port 587; refused, never skipped, when not offered) or
    "ninguna", for this very machine only. `user` "" means no login; with `tokens` it is by OAuth2. `timeout` seconds
    per answer, `data_timeout` for upload and the last answer together. Raises SenderUnavailable when no conversation
    came about and LoginRefused on refused credentials; from MAIL FROM on the answer is a SendResult. Must not be called
    inside a running event loop.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Seguridad,
        user: str,
        password: Callable[[], str],
        timeout: float = 30.0,
        rate_per_minute: int = 30,
        ca_file: str | None = None,
        data_timeout: float = 600.0,
        sleep: Callable[[float], None] = time.sleep,
        tokens: TokenSource | None = None,
    ) -> None:
        self._where = f"servidor SMTP {host}:{port}" + (f", usuario {user}" if user else "")
        if security == "ninguna" and not is_loopback(host):
            raise SenderUnavailable(
                "no se envía sin cifrar por un servidor ajeno a esta máquina",
                where=self._where,
                cure='ponga seguridad = "starttls" (puerto 587) o "tls" (puerto 465) en service.toml',
            )
        self._host, self._port, self._security = host, port, security
        self._user, self._password, self._tokens = user, password, tokens
        self._timeout, self._data_timeout = timeout, data_timeout
        self._ca_file = ca_file
        self._pace = Pace(rate_per_minute)
        self._sleep = sleep

    def ready_in(self) -> float:
        """Seconds until the account's rate limit lets the next mail leave; `send` would sleep for so long."""
        return self._pace.delay(time.monotonic())

    def send(self, envelope: Envelope | InternalEnvelope) -> SendResult:
        """One attempt. Of the outcomes only `incierto` leaves open whether the mail left; `refused` names who did not
        get it, the blind copy included."""
        wrong = [address for address in envelope.recipients if not _ADDRESS.fullmatch(address)]
        if wrong:
            # An address with a line break in it would speak to the server itself.
            return SendResult(SendOutcome.RECHAZADO, f"dirección mal escrita: {wrong[0]!r}")
        if (delay := self.ready_in()) > 0:
            self._sleep(delay)
        self._pace.take(time.monotonic())
        return asyncio.run(self._send(envelope))

    def probe(self) -> None:
        """Log in and out again without sending anything; SenderUnavailable or LoginRefused when that fails."""

        async def look() -> None:
            await _bye(await self._connected())

        asyncio.run(look())

    async def _send(self, envelope: Envelope | InternalEnvelope) -> SendResult:
        client = await self._connected()
        try:
            return await self._deliver(client, envelope)
        finally:
            await _bye(client)

    async def _connected(self) -> SMTP:
        """Connect and log in. A token that was refused though it should serve yet is replaced once."""
        while self._tokens:
            token = self._tokens.token(SenderUnavailable)
            try:
                return await self._logged_in(token.text)
            except LoginRefused:
                self._tokens.refused(token.text)
                if token.fresh:
                    raise
        return await self._logged_in()

    async def _logged_in(self, token: str | None = None) -> SMTP:
        domain = self._user.partition("@")[2]
        client = SMTP(
            hostname=self._host,
            port=self._port,
            timeout=self._timeout,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=None if self._security == "ninguna" else tls.context(self._ca_file),
            # The default asks the name service, which may hang; servers want any well-formed name.
            local_hostname=domain if _HOST.fullmatch(domain) else "localhost",
        )
        try:
            await client.connect()
            # What was offered in clear is worth nothing after STARTTLS (RFC 3207 §4.2); ask anew.
            await client.ehlo()
            await (self._login_by_token(client, token) if token else self._login(client))
        except AcuseError:
            client.close()
            raise
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            if told := tls.trouble(error):
                raise SenderUnavailable(told[0], where=self._where, cure=f"nada se envió; {told[1]}") from error
            raise SenderUnavailable(
                f"no se pudo hablar con el servidor: {_words(error)}",
                where=self._where,
                cure="nada se envió; se reintenta solo; si dura, revise servidor, puerto y seguridad en service.toml",
            ) from error
        return client

    async def _login(self, client: SMTP) -> None:
        if not self._user:
            return
        try:
            # One method, one attempt: trying every method with a wrong password helps to get the account locked.
            if "plain" in client.supported_auth_methods:
                await client.auth_plain(self._user, self._password())
            elif "login" in client.supported_auth_methods:
                await client.auth_login(self._user, self._password())
            else:
                raise SenderUnavailable(
                    "el servidor no ofrece iniciar sesión con contraseña",
                    where=self._where,
                    cure="compruebe seguridad y puerto (587 o 465) en service.toml, y que la cuenta permita SMTP AUTH",
                )
        except SMTPAuthenticationError as error:
            if error.code < 500:
                raise
            raise LoginRefused(
                f"el servidor rechazó al usuario: «{error.code} {error.message}»",
                where=self._where,
                cure="corrija la contraseña de este buzón y reinicie el servicio; por sí solo prueba cada hora, "
                "para que la cuenta no se bloquee",
            ) from error

    async def _login_by_token(self, client: SMTP, token: str) -> None:
        if "xoauth2" not in client.server_auth_methods:
            raise SenderUnavailable(
                "el servidor no ofrece iniciar sesión con OAuth2 (XOAUTH2)",
                where=self._where,
                cure="compruebe «servidor» y «puerto» en service.toml; si este servidor pide contraseña, dele una "
                "propia (buzon__…__smtp__clave)",
            )
        try:
            await client.auth_xoauth2(self._user, token)
        except SMTPAuthenticationError as error:
            if error.code < 500:
                raise
            said = f"«{error.code} {error.message}»".replace(token, "…")
            raise LoginRefused(
                f"el servidor no dejó entrar con OAuth2: {said}",
                where=self._where,
                cure="compruebe que «SMTP autenticado» esté activado en ese buzón y que la aplicación o la persona "
                "pueda enviar como él (docs/operacion.md, «Las cuentas de correo»); por sí solo prueba cada hora",
            ) from None

    async def _deliver(self, client: SMTP, envelope: Envelope | InternalEnvelope) -> SendResult:
        refused: Refused = {}
        if not all(map(str.isascii, envelope.recipients)) and not client.supports_extension("smtputf8"):
            return SendResult(SendOutcome.RECHAZADO, "el servidor no admite acentos en direcciones (SMTPUTF8)")
        try:
            await client.mail(envelope.sender, options=_mail_options(client, envelope), encoding="utf-8")
            for recipient in envelope.recipients:
                try:
                    await client.rcpt(recipient, encoding="utf-8")
                except SMTPRecipientRefused as error:
                    refused[recipient] = (error.code, error.message)
            if all(address in refused for address in envelope.to):
                # The person gets nothing, so the counting mailbox shall not count it.
                return _all_refused(envelope, refused)
        except SMTPResponseException as error:
            return SendResult(_by_code(error.code), f"{error.code} {error.message}", refused)
        except _LOST as error:
            return SendResult(SendOutcome.NO_ENTREGADO, _words(error), refused)
        try:
            answer = await client.data(envelope.raw, timeout=self._data_timeout)
        except SMTPResponseException as error:
            return SendResult(_by_code(error.code), f"{error.code} {error.message}", refused)
        except _LOST as error:
            # The server may have it: tests showed both timeout and dropped line after a delivered mail.
            return SendResult(SendOutcome.INCIERTO, _words(error), refused)
        return SendResult(SendOutcome.ACEPTADO, f"{answer.code} {answer.message}", refused)


def _mail_options(client: SMTP, envelope: Envelope | InternalEnvelope) -> list[str]:
    options = []
    if client.supports_extension("size"):
        options.append(f"SIZE={len(envelope.raw)}")
    if client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if not all(map(str.isascii, envelope.recipients)):
        options.append("SMTPUTF8")
    return options


def _all_refused(envelope: Envelope | InternalEnvelope, refused: Refused) -> SendResult:
    answers = [refused[address] for address in envelope.to]
    outcome = SendOutcome.APLAZADO if any(code < 500 for code, _ in answers) else SendOutcome.RECHAZADO
    return SendResult(outcome, f"{answers[0][0]} {answers[0][1]}", refused)


def _by_code(code: int) -> SendOutcome:
    """RFC 5321 §4.2.1: 4yz is worth another try, 5yz is not."""
    return SendOutcome.APLAZADO if code < 500 else SendOutcome.RECHAZADO


async def _bye(client: SMTP) -> None:
    """Part politely; what was agreed stands whatever becomes of the farewell."""
    with suppress(SMTPException, OSError):
        if client.is_connected:
            await client.quit(timeout=5)
    client.close()


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no respondió a tiempo"
    if isinstance(error, SMTPServerDisconnected):
        return "el servidor cortó la conexión"
    if "STARTTLS extension not supported" in str(error):
        return "no ofrece cifrado (STARTTLS), así que no se le dijo la contraseña"
    if isinstance(error, OSError) and error.strerror:
        return system_words(error)
    # In quotes, as whatever others say: a log leaves it out.
    return f"«{' '.join(str(error).split()) or type(error).__name__}»"
