"""No password in clear, no server that nobody vouches for: small real servers that lie, strip and inject."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from daemon.config import Seguridad
from daemon.edge import tls
from daemon.edge.imap import ImapMailbox
from daemon.edge.smtp import SmtpSender
from daemon.errors import LoginRefused, MailboxUnavailable, SenderUnavailable
from tests.contract.test_sender import envelope
from tests.live.servers import Listener, Talk

pytestmark = pytest.mark.live

USER, WORD = "atnder@imss.example", "la-contraseña"


def certificate(
    folder: Path, *, name: str = "localhost", since: timedelta = timedelta(0), life: timedelta = timedelta(days=2)
) -> Path:
    """A certificate that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = datetime.now(UTC) + since
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + life)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return file


def presenting(file: Path, *, oldest: bool = False) -> Talk:
    """A server that shows this certificate and ends; `oldest` speaks TLS 1.1 at most."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if oldest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(file)

    def talk(line: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(line, server_side=True).recv(1)

    return talk


def status(port: int, security: Seguridad, ca: Path | None = None) -> None:
    box = ImapMailbox(USER, "localhost", port, security, USER, lambda: WORD, 5.0, str(ca) if ca else None)
    box.status("INBOX")


def send(port: int, security: Seguridad, ca: Path | None = None) -> None:
    ca_file = str(ca) if ca else None
    SmtpSender("localhost", port, security, USER, lambda: WORD, 5.0, ca_file=ca_file).send(envelope())


@contextmanager
def told_by_both(talk: Talk, security: Seguridad, ca: Path | None, words: str) -> Iterator[list[str]]:
    """That both protocols refuse such a server with these words; what they advise is handed out."""
    cures: list[str] = []
    with Listener(talk) as server:
        with pytest.raises(MailboxUnavailable, match=words) as of_imap:
            status(server.port, security, ca)
        with pytest.raises(SenderUnavailable, match=words) as of_smtp:
            send(server.port, security, ca)
    cures += [of_imap.value.cure, of_smtp.value.cure]
    yield cures


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"since": timedelta(days=-30)}, "ya venció"),
        ({"since": timedelta(days=30)}, "aún no es válido"),
        ({"name": "otro.example"}, "es de otro servidor"),
    ],
)
def test_a_certificate_that_does_not_hold_is_told_in_words(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    file = certificate(tmp_path, **changes)  # type: ignore[arg-type]
    with told_by_both(presenting(file), "tls", file, words):
        pass


def test_a_certificate_of_an_authority_that_nobody_named_is_not_trusted(tmp_path: Path) -> None:
    with told_by_both(
        presenting(certificate(tmp_path)), "tls", None, "una autoridad que este equipo no conoce"
    ) as cures:
        assert all("«ca»" in cure for cure in cures)


def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    with told_by_both(presenting(file, oldest=True), "tls", file, "ya no son seguras"):
        assert tls.context().minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_port_that_speaks_in_clear_is_told_where_tls_was_expected() -> None:
    with told_by_both(
        lambda line: line.sendall(b"* OK hola\r\n220 hola\r\n"), "tls", None, "no responde con TLS"
    ) as cures:
        assert all("143" in cure for cure in cures)


class Imap:
    """A server that speaks a little IMAP; what clients say is noted as it comes over the wire."""

    def __init__(
        self,
        *,
        greeting: str = "OK",
        starttls: str = "",
        after: bytes = b"",
        cert: Path | None = None,
        login_only: bool = False,
    ) -> None:
        self._greeting, self._starttls, self._after, self._cert = greeting, starttls, after, cert
        self._offered = "" if login_only else "AUTH=PLAIN"
        self.clear: list[str] = []
        self.secret: list[str] = []

    def __call__(self, line: socket.socket) -> None:
        line.sendall(f"* {self._greeting} hola\r\n".encode())
        self._converse(line, self.clear)

    def _converse(self, line: socket.socket, heard: list[str]) -> None:
        stream = line.makefile("rb")
        while text := stream.readline().decode("utf-8", "replace").strip():
            heard.append(text)
            tag, command, *_ = text.split(" ")
            if command == "CAPABILITY":
                line.sendall(f"* CAPABILITY IMAP4rev1 {self._offered} {self._starttls}\r\n{tag} OK hecho\r\n".encode())
            elif command == "STARTTLS" and self._cert:
                line.sendall(f"{tag} OK adelante\r\n".encode() + self._after.replace(b"TAG", tag[:-1].encode()))
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self._cert)
                return self._converse(context.wrap_socket(line, server_side=True), self.secret)
            else:
                line.sendall(f"{tag} NO no\r\n".encode())
        return None


def test_where_starttls_was_stripped_imap_says_no_password() -> None:
    talk = Imap()
    with Listener(talk) as server, pytest.raises(MailboxUnavailable, match=r"no ofrece cifrado \(STARTTLS\)"):
        status(server.port, "starttls")
    assert [text.split()[1] for text in talk.clear] == ["CAPABILITY"]


def test_where_starttls_is_refused_imap_says_no_password() -> None:
    talk = Imap(starttls="STARTTLS")
    with Listener(talk) as server, pytest.raises(MailboxUnavailable, match="no quiso cifrar"):
        status(server.port, "starttls")
    assert WORD not in str(talk.clear)


@pytest.mark.parametrize("security", ["starttls", "ninguna"])
def test_a_session_that_nobody_logged_in_to_is_not_used(security: Seguridad) -> None:
    talk = Imap(greeting="PREAUTH", starttls="STARTTLS")
    with Listener(talk) as server, pytest.raises(MailboxUnavailable, match="PREAUTH"):
        status(server.port, security)
    assert [text.split()[1] for text in talk.clear] == ["CAPABILITY"]


def test_what_was_said_before_encryption_began_is_not_believed_by_imap(tmp_path: Path) -> None:
    """An attacker answers the commands to come: capabilities, login, the folder."""
    file = certificate(tmp_path)
    injected = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG2 OK si\r\nTAG3 OK si\r\nTAG4 OK si\r\nTAG5 OK si\r\n"
    talk = Imap(starttls="STARTTLS", after=injected, cert=file)
    with Listener(talk) as server, pytest.raises(LoginRefused):
        status(server.port, "starttls", file)
    assert [text.split()[1] for text in talk.secret] == ["CAPABILITY", "AUTHENTICATE"]
    assert WORD not in str(talk.clear)


def test_a_password_that_a_server_cannot_take_is_told_without_showing_it() -> None:
    with Listener(Imap(login_only=True)) as server, pytest.raises(LoginRefused, match="acentos") as told:
        status(server.port, "ninguna")
    assert told.value.__suppress_context__
    assert WORD not in str(told.value)


class Submission:
    """The same for SMTP."""

    def __init__(self, *, starttls: bool, after: bytes = b"", cert: Path | None = None) -> None:
        self._starttls, self._after, self._cert = starttls, after, cert
        self.clear: list[str] = []
        self.secret: list[str] = []

    def __call__(self, line: socket.socket) -> None:
        line.sendall(b"220 hola\r\n")
        self._converse(line, self.clear)

    def _converse(self, line: socket.socket, heard: list[str]) -> None:
        stream = line.makefile("rb")
        offered = (
            b"250-hola\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n" if self._starttls else b"250-hola\r\n250 AUTH PLAIN\r\n"
        )
        while text := stream.readline().decode("utf-8", "replace").strip():
            heard.append(text)
            command = text.split(" ")[0].upper()
            if command in ("EHLO", "HELO"):
                line.sendall(offered)
            elif command == "STARTTLS" and self._cert:
                line.sendall(b"220 adelante\r\n" + self._after)
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self._cert)
                return self._converse(context.wrap_socket(line, server_side=True), self.secret)
            elif command == "AUTH":
                line.sendall(b"535 no\r\n")
            else:
                line.sendall(b"221 adios\r\n" if command == "QUIT" else b"502 no\r\n")
        return None


def test_where_starttls_was_stripped_smtp_says_no_password() -> None:
    talk = Submission(starttls=False)
    with Listener(talk) as server, pytest.raises(SenderUnavailable, match=r"no ofrece cifrado \(STARTTLS\)"):
        send(server.port, "starttls")
    assert not any(text.upper().startswith("AUTH") for text in talk.clear)


def test_where_starttls_is_refused_smtp_says_no_password() -> None:
    talk = Submission(starttls=True)
    with Listener(talk) as server, pytest.raises(SenderUnavailable):
        send(server.port, "starttls")
    assert not any(text.upper().startswith("AUTH") for text in talk.clear)


def test_what_was_said_before_encryption_began_is_not_believed_by_smtp(tmp_path: Path) -> None:
    """An attacker answers what is to come: EHLO, the login, the whole mail."""
    file = certificate(tmp_path)
    injected = (
        b"250-malo\r\n250 AUTH PLAIN\r\n250 malo\r\n235 pase\r\n250 si\r\n250 si\r\n354 diga\r\n250 entregado\r\n"
    )
    talk = Submission(starttls=True, after=injected, cert=file)
    with Listener(talk) as server, pytest.raises(LoginRefused, match="535"):
        send(server.port, "starttls", file)
    assert any(text.startswith("AUTH") for text in talk.secret)
    assert not any(text.upper().startswith("AUTH") for text in talk.clear)
