"""How a mail server encrypts: version of TLS and the day its certificate ends, seen before any password is said."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ..config import Servidor
from ..errors import AcuseError, MailboxUnavailable
from . import tls


@dataclass(frozen=True, slots=True)
class Handshake:
    """What was agreed on: «TLSv1.3», and when the server's certificate ends (UTC)."""

    version: str
    expires: datetime


def shake_hands(protocol: Literal["imap", "smtp"], server: Servidor, timeout: float = 15.0) -> Handshake | None:
    """Connect, encrypt and part again without login; None where `seguridad` is «ninguna».

    MailboxUnavailable says what kept the connection from being encrypted, or from coming about.
    """
    if server.seguridad == "ninguna":
        return None
    context = tls.context(str(server.ca) if server.ca else None)
    where = f"{protocol.upper()} {server.servidor}:{server.puerto}"
    try:
        sock = (_imap if protocol == "imap" else _smtp)(server, context, timeout)
    except (OSError, imaplib.IMAP4.error, smtplib.SMTPException) as fault:
        told = tls.trouble(fault)
        what, cure = told or (
            f"no se pudo conectar ({fault})",
            "compruebe servidor, puerto y seguridad en service.toml, y que ningún cortafuegos lo impida",
        )
        raise MailboxUnavailable(what, where=where, cure=cure) from fault
    with sock:
        certificate = sock.getpeercert() or {}
        ends = str(certificate.get("notAfter", ""))
        if not ends:
            raise AcuseError("el servidor no mostró un certificado", where=where, cure="avise a quien lo administra")
        at = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
        return Handshake(sock.version() or "TLS", at)


def _imap(server: Servidor, context: ssl.SSLContext, timeout: float) -> ssl.SSLSocket:
    if server.seguridad == "tls":
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(server.servidor, server.puerto, ssl_context=context, timeout=timeout)
    else:
        client = imaplib.IMAP4(server.servidor, server.puerto, timeout=timeout)
        try:
            client.starttls(context)
        except BaseException:
            with suppress(OSError):
                client.shutdown()
            raise
    assert isinstance(client.sock, ssl.SSLSocket)
    return client.sock


def _smtp(server: Servidor, context: ssl.SSLContext, timeout: float) -> ssl.SSLSocket:
    if server.seguridad == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.servidor, server.puerto, local_hostname="localhost", timeout=timeout, context=context
        )
    else:
        client = smtplib.SMTP(server.servidor, server.puerto, local_hostname="localhost", timeout=timeout)
        try:
            client.starttls(context=context)
        except BaseException:
            client.close()
            raise
    assert isinstance(client.sock, ssl.SSLSocket)
    return client.sock
