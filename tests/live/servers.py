"""Real mail servers on loopback for tests: Dovecot as a child process, and an SMTP server that delivers into it."""

from __future__ import annotations

import asyncio
import base64
import grp
import itertools
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

# Any account exists as soon as it is named; they share this password, which not every login mechanism can carry.
PASSWORD = "contraseña-ñandú"

_CONF = r"""
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
mail_max_keyword_length = 100
ssl = yes
ssl_cert = <{d}/cert.pem
ssl_key = <{d}/key.pem
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_master_user_separator = *
mail_max_userip_connections = 200
auth_failure_delay = 0 secs
lmtp_save_to_detail_mailbox = no
recipient_delimiter = +
passdb {{
  driver = static
  args = password={password}
  mechanisms = plain login
}}
passdb {{
  driver = static
  args = password={password}
  mechanisms = plain login
  master = yes
}}
{passdb}
userdb {{
  driver = static
  args = uid={user} gid={group} home={d}/home/%u allow_all_users=yes
}}
{namespace}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  process_min_avail = 1
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@imss.example
  auth_username_format = %u
}}
"""

_MODERN = r"""
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    auto = subscribe
    special_use = \Drafts
  }
  mailbox Enviados {
    auto = subscribe
    special_use = \Sent
  }
  mailbox Junk {
    auto = subscribe
    special_use = \Junk
  }
  mailbox Trash {
    auto = subscribe
    special_use = \Trash
  }
}
"""

# As older and other servers are: everything below INBOX, parted by dots, few capabilities, Spanish names, no trash.
_AUSTERE = """
namespace inbox {
  inbox = yes
  separator = .
  prefix = INBOX.
  mailbox Borradores {
    auto = subscribe
  }
  mailbox Enviados {
    auto = subscribe
  }
}
imap_capability = IMAP4rev1 LITERAL+ UIDPLUS NAMESPACE
"""


# Any token that the provider says to hold lets its bearer into any account, as an application's permission does.
_BY_TOKEN = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {d}/oauth2.conf
}}
"""
_OAUTH2 = """
introspection_url = {url}
introspection_mode = post
active_attribute = active
active_value = true
username_attribute = username
username_format = todos
"""


def missing(what: str, package: str) -> None:
    """Skip at home, fail where CI is set: there a part of the suite that silently does not run is worth nothing."""
    reason = f"no está instalado {what} (en Debian: apt-get install {package})"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> tuple[pwd.struct_passwd, list[str]]:
    """Dovecot refuses to keep mail as root, so that root starts it as nobody."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()), []
    nobody = pwd.getpwnam("nobody")
    drop = ["setpriv", "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]
    return nobody, drop


class Dovecot:
    """Dovecot 2.3 with IMAP, IMAPS and LMTP on free ports; `austere` makes it like older servers.

    With `introspection`, the address at which a provider of OAuth2 says which tokens hold, these let in as well.
    A user like `buzon@imss.example*persona` opens the mailbox of the first as the second (a master user).
    """

    _accounts = itertools.count(1)

    def __init__(self, *, austere: bool = False, introspection: str = "") -> None:
        self.austere, self.introspection = austere, introspection
        self.host = "localhost"

    def __enter__(self) -> Dovecot:
        program = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
        if program is None:
            missing("Dovecot", "dovecot-imapd dovecot-lmtpd")
        # Paths of Unix sockets may have 107 characters, so that the system's own temporary folder is used.
        self.folder = Path(tempfile.mkdtemp(prefix="dc", dir="/tmp"))
        self.imap, self.imaps, self.lmtp = free_port(), free_port(), free_port()
        user, drop = _unprivileged()
        for name in ("run", "state", "home"):
            (self.folder / name).mkdir()
        make_certificate(self.folder)
        conf = _CONF.format(
            d=self.folder,
            user=user.pw_name,
            group=grp.getgrgid(user.pw_gid).gr_name,
            password=PASSWORD,
            imap=self.imap,
            imaps=self.imaps,
            lmtp=self.lmtp,
            namespace=_AUSTERE if self.austere else _MODERN,
            mechanisms="plain login xoauth2" if self.introspection else "plain login",
            passdb=_BY_TOKEN.format(d=self.folder) if self.introspection else "",
        )
        (self.folder / "oauth2.conf").write_text(_OAUTH2.format(url=self.introspection))
        (self.folder / "dovecot.conf").write_text(conf)
        if drop:
            subprocess.run(["chown", "-R", f"{user.pw_uid}:{user.pw_gid}", self.folder], check=True)
        self._process = subprocess.Popen(
            [*drop, str(program), "-F", "-c", str(self.folder / "dovecot.conf")],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._await_ports()
        return self

    def __exit__(self, *_: object) -> None:
        # SIGTERM takes seconds, and the whole process group is ours.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ca_file(self) -> str:
        return str(self.folder / "cert.pem")

    def new_account(self, name: str = "cuenta") -> str:
        """An address that no other test uses."""
        return f"{name}{next(self._accounts)}@imss.example"

    def deliver(self, account: str, raw: bytes, sender: str = "persona@correo.example") -> None:
        """Deliver as a mail server does, by LMTP."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail(sender, [account], raw)

    def freeze(self) -> None:
        """Stop every process of the server: connections hang, as with a machine that thrashes."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def _await_ports(self) -> None:
        end = time.monotonic() + 15
        for port in (self.imap, self.lmtp):
            while True:
                try:
                    with socket.create_connection(("127.0.0.1", port), 1) as probe:
                        probe.settimeout(5)
                        if probe.recv(100):
                            break
                except OSError:
                    pass
                if time.monotonic() > end or self._process.poll() is not None:
                    log = self.folder / "log"
                    raise RuntimeError(log.read_text() if log.exists() else "Dovecot no arrancó")
                time.sleep(0.02)


def make_certificate(folder: Path) -> None:
    """A certificate for localhost that signs itself: cert.pem and key.pem."""
    request = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*request.split(), *names, *files], check=True, capture_output=True)


@dataclass
class SmtpServer:
    """A submission server with STARTTLS and login: accounts of `domains` are delivered by LMTP, others kept here.

    `fault` makes the next conversation fail: "data_554", "data_451", "data_hang", "data_drop" (drops the line after
    the mail was taken), "rcpt_hang", "mail_550". Recipients beginning with "no" are refused (550), with "luego"
    put off (451). `got` holds (sender, recipients, raw) of each mail taken. With `holds`, which knows the tokens that
    let in, the login is by XOAUTH2 alone, and `users` are those who came in so.
    """

    folder: Path
    lmtp: int | None = None
    domains: tuple[str, ...] = ("imss.example",)
    starttls: bool = True
    holds: Callable[[str], bool] | None = None
    fault: str | None = None
    got: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logins: int = 0
    users: list[str] = field(default_factory=list)
    host: str = "localhost"

    def __enter__(self) -> SmtpServer:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        options: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if self.starttls else {}
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._authenticate,
            auth_require_tls=self.starttls,
            auth_exclude_mechanism=["LOGIN", "PLAIN"] if self.holds else ["XOAUTH2"],
            enable_SMTPUTF8=True,
            **options,
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop(no_assert=True)

    @property
    def ca_file(self) -> str:
        return str(self.folder / "cert.pem")

    def outside(self, address: str) -> list[bytes]:
        """What reached a person outside."""
        return [raw for _, recipients, raw in self.got if address in recipients]

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        self.logins += 1
        user, bearer, *_ = base64.b64decode(args[1]).decode().split("\1")
        if self.holds and self.holds(bearer.removeprefix("auth=Bearer ")):
            self.users.append(user.removeprefix("user="))
            return AuthResult(success=True, auth_data=user)
        # The client answers what is wrong with an empty line, and only then hears that it was refused.
        assert await server.challenge_auth(b'{"status":"401"}', encode_to_b64=True) == b""
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.fault == "mail_550":
            return "550 5.7.60 esta cuenta no puede enviar como esa"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.fault == "rcpt_hang":
            await asyncio.sleep(5)
        if address.startswith("no"):
            return "550 5.1.1 no existe"
        if address.startswith("luego"):
            return "451 4.7.1 mas tarde"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.fault in ("data_554", "data_451"):
            return f"{self.fault[-3:]} por prueba"
        self.got.append((envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content)))
        inside = [address for address in envelope.rcpt_tos if address.rpartition("@")[2] in self.domains]
        if inside and self.lmtp:
            await asyncio.to_thread(self._hand_on, envelope.mail_from, inside, envelope.content)
        if self.fault == "data_hang":
            await asyncio.sleep(5)
        if self.fault == "data_drop":
            server.transport.abort()
        return "250 2.0.0 entregado"

    def _hand_on(self, sender: str, recipients: list[str], raw: bytes) -> None:
        # LMTP answers DATA once for each recipient, smtplib reads one answer; so one at a time.
        for recipient in recipients:
            with smtplib.LMTP("127.0.0.1", self.lmtp or 0) as lmtp:
                lmtp.sendmail(sender, [recipient], raw)


Talk = Callable[[socket.socket], None]


class Listener:
    """A server on a free port that does with each connection what `talk` says."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def __enter__(self) -> Listener:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._socket.accept()
                line.settimeout(5)
                with line, suppress(OSError):
                    self._talk(line)


def wait_until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Look again and again until something is so; what it came to."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
