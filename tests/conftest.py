"""Fixtures for all tests: the real servers and readers, started once a session when the first test asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.edge.pdf import PdfReader
from tests.live.postgres import Postgres, start_or_skip
from tests.live.servers import Dovecot, SmtpServer, make_certificate


@pytest.fixture(scope="session")
def pdf() -> Iterator[PdfReader]:
    """The real reader of PDFs, with its child processes."""
    reader = PdfReader()
    yield reader
    reader.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL; `emptied()` is one data base for many tests, `new()` one of their own."""
    server = start_or_skip()
    yield server
    server.__exit__()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A real IMAP and LMTP server; `new_account()` gives each test its own mailbox."""
    with Dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_austero() -> Iterator[Dovecot]:
    """The same as older servers are: names below INBOX, parted by dots, without MOVE, IDLE and SPECIAL-USE."""
    with Dovecot(austere=True) as server:
        yield server


@pytest.fixture
def smtp_server(tmp_path: Path) -> Iterator[SmtpServer]:
    """A submission server with STARTTLS that keeps what it gets."""
    make_certificate(tmp_path)
    with SmtpServer(tmp_path) as server:
        yield server
