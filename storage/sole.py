"""One daemon at a time on a store: two would take each other's sendings for interrupted ones."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from types import TracebackType

from sqlalchemy import Connection, NullPool, create_engine, exc, text
from sqlalchemy.engine import URL

from daemon.errors import StoreUnavailable, system_words

from .engine import address_of, spoken, store_file

# Seconds between two looks at the lock in a data base server.
LOOK_AFTER = 5.0
_AT_WORK = 0x61637573
_OTHER = "otro «acuse run» ya atiende con esta base de datos"
_TWICE = "detenga el otro, o dé a este su propio «almacen»; dos a la vez podrían enviar dos veces"


class AlreadyAtWork(StoreUnavailable):
    """Another daemon works on this store."""


def _lock(descriptor: int, tries: int = 5) -> None:
    """Who only looks whether a daemon is at work (`at_work`) holds the lock for a moment, and is waited for."""
    for left in reversed(range(tries)):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if not left:
                raise
            time.sleep(0.05)
    return None


class _Held(AbstractContextManager[None]):
    """A lock beside the data base; the operating system frees it when the process ends, however it ends."""

    def __init__(self, path: str) -> None:
        # A file of its own: closing any descriptor of the data base itself would drop SQLite's locks on it.
        self._path = f"{path}.lock"
        self._descriptor: int | None = None

    def __enter__(self) -> None:
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise StoreUnavailable(
                f"no se puede abrir el archivo que aparta la base de datos ({system_words(fault)})",
                where=self._path,
                cure="compruebe que el usuario del servicio puede escribir en esa carpeta",
            ) from fault
        try:
            _lock(descriptor)
        except OSError as fault:
            os.close(descriptor)
            raise AlreadyAtWork(_OTHER, where=self._path, cure=_TWICE) from fault
        self._descriptor = descriptor

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Leased(AbstractContextManager[None]):
    """A lock in the data base server, held by a connection of its own; the server frees it when that ends.

    It is looked after every few seconds. Where it got lost (the server was started anew) it is taken again; where
    somebody else has it by then, `lost` is called and the daemon must stop.
    """

    def __init__(self, address: URL, lost: Callable[[], None]) -> None:
        self._where, self._lost = address.render_as_string(hide_password=True), lost
        with spoken(self._where):
            options = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
            self._engine = create_engine(
                address, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=options
            )
        self._connection: Connection | None = None
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name="almacen-apartado", daemon=True)

    def __enter__(self) -> None:
        self._take()
        self._watch.start()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._watch.is_alive():
            self._watch.join(15)
        self._drop()
        self._engine.dispose()

    def _take(self) -> None:
        with spoken(self._where):
            self._connection = self._engine.connect()
            got = self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _AT_WORK}).scalar()
        if not got:
            self._drop()
            raise AlreadyAtWork(_OTHER, where=self._where, cure=_TWICE)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(exc.SQLAlchemyError):
                connection.close()

    def _look_after(self) -> None:
        while not self._over.wait(LOOK_AFTER):
            try:
                if self._connection is None:
                    self._take()
                else:
                    self._connection.execute(text("SELECT 1"))
            except AlreadyAtWork:
                self._lost()
                return
            except (exc.SQLAlchemyError, StoreUnavailable):
                # While the server is away nobody can work; the next look takes the lock anew.
                self._drop()


def at_work(url: str) -> bool | None:
    """Whether a daemon works on this store now; None when that cannot be told from here (another machine's, memory)."""
    file = store_file(url)
    if file is None:
        return None
    try:
        descriptor = os.open(f"{file}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def sole(url: str, lost: Callable[[], None] = lambda: None) -> AbstractContextManager[None]:
    """Held by the one daemon that works on this store (AlreadyAtWork when there is another).

    On a data base server it can get lost to another: then `lost` is called, from another thread. Stores in memory have
    one process anyway.
    """
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        return _Leased(address, lost)
    file = store_file(url)
    return _Held(str(file)) if file else nullcontext()
