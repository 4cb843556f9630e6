"""One daemon at a time on an embedded store: two would take each other's sendings for interrupted ones."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from sqlalchemy.engine import make_url

from daemon.errors import StoreUnavailable


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
                f"no se puede abrir el archivo que aparta la base de datos ({fault.strerror})",
                where=self._path,
                cure="compruebe que el usuario del servicio puede escribir en esa carpeta",
            ) from fault
        try:
            _lock(descriptor)
        except OSError as fault:
            os.close(descriptor)
            raise StoreUnavailable(
                "otro «acuse run» ya atiende con esta base de datos",
                where=self._path,
                cure="detenga el otro, o dé a este su propio «almacen»; dos a la vez podrían enviar dos veces",
            ) from fault
        self._descriptor = descriptor

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def at_work(url: str) -> bool | None:
    """Whether a daemon works on this store now; None when that cannot be told from here (another machine's, memory)."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    try:
        descriptor = os.open(f"{address.database}.lock", os.O_RDONLY | os.O_CLOEXEC)
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


def sole(url: str) -> AbstractContextManager[None]:
    """Held by the one daemon that works on this store (StoreUnavailable when there is another).

    Stores in memory have one process anyway, and a data base server has leases of its own.
    """
    address = make_url(url)
    embedded = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    return _Held(str(address.database)) if embedded else nullcontext()
