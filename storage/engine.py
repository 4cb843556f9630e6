"""Opening the data base: the connection's settings, its schema's version, transactions, and failures put into words."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    StaticPool,
    Table,
    create_engine,
    event,
    exc,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from daemon.errors import StoreUnavailable, system_words

from . import tables

_MIGRATIONS = Path(__file__).parent / "migrations"
_READING = "acuse_reading"
# Names the lock under which a PostgreSQL schema is changed.
_MIGRATING = 0x61637573_6D

# Word in the driver's message → what it means, and what to do about it.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        "locked",
        "otro programa mantiene ocupada la base de datos",
        "cierre el programa que la usa (¿un segundo «acuse run», una copia de seguridad?) e intente de nuevo",
    ),
    (
        "unable to open",
        "no se puede abrir el archivo de la base de datos",
        "compruebe que la carpeta existe y que el usuario del servicio puede escribir en ella",
    ),
    (
        "readonly",
        "la base de datos no se puede escribir",
        "dé permiso de escritura al usuario del servicio sobre el archivo y su carpeta",
    ),
    ("full", "no queda espacio para la base de datos", "libere espacio en el disco e intente de nuevo"),
    (
        "not a database",
        "el archivo no es una base de datos de acuse",
        "corrija la ruta en service.toml, o recupere la última copia de seguridad",
    ),
    (
        "malformed",
        "la base de datos está dañada",
        "detenga el servicio y recupere la última copia de seguridad",
    ),
)


@contextmanager
def spoken(where: str) -> Iterator[None]:
    """Turn the driver's failures into StoreUnavailable, and refused values (a naive instant) into their ValueError."""
    try:
        yield
    except exc.DBAPIError as fault:
        # "No such table" is an OperationalError too; integrity and programming errors are faults of ours and stay.
        if not isinstance(fault, exc.OperationalError | exc.InterfaceError) and type(fault) is not exc.DatabaseError:
            raise
        said = str(fault.orig)
        for word, what, cure in _MEANINGS:
            if word in said:
                raise StoreUnavailable(f"{what} ({said})", where=where, cure=cure) from fault
        raise StoreUnavailable(
            f"la base de datos no responde ({said})", where=where, cure="compruebe que está en marcha"
        ) from fault
    except exc.StatementError as fault:
        if isinstance(fault.orig, ValueError | TypeError):
            raise fault.orig from None
        raise
    except exc.TimeoutError as fault:
        raise StoreUnavailable(
            "no quedó libre ninguna conexión a la base de datos", where=where, cure="intente de nuevo en un momento"
        ) from fault


class Database:
    """An open data base: reading and writing transactions, each all or nothing."""

    def __init__(self, engine: Engine, where: str, *, shared: bool) -> None:
        """`shared` says that all threads use one connection (in memory), so they take turns."""
        self._writer, self.where = engine, where
        self._reader = engine.execution_options(**{_READING: True})
        self._turn: AbstractContextManager[Any] = threading.RLock() if shared else nullcontext()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds SQLite's one write lock from its start, so nothing read in it can grow stale."""
        with self._turn, spoken(self.where), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of everything and waits for no writer."""
        with self._turn, spoken(self.where), self._reader.begin() as connection:
            yield connection

    def forget(self) -> bool:
        """Empty SQLite's write-ahead log, in which replaced words still stand; False when somebody reads just now."""
        if self._writer.dialect.name != "sqlite":
            return True
        with self._turn, spoken(self.where), self._writer.connect() as connection:
            raw: Any = connection.connection.driver_connection
            (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
            try:
                # Writers wait meanwhile, so it does not wait long for readers; the next time will do.
                raw.execute("PRAGMA busy_timeout=500")
                busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                raw.execute(f"PRAGMA busy_timeout={int(patience)}")
            return not busy

    def close(self) -> None:
        self._writer.dispose()


def insert_once(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows that are not there yet; those whose key is there stay as they are."""
    if rows:
        connection.execute(_dialect(connection).insert(table).on_conflict_do_nothing(), list(rows))


def insert_or_update(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], keep: Sequence[str]) -> None:
    """Insert the rows, or give those whose key is there these values; columns in `keep` stay as they are there."""
    if rows:
        statement = _dialect(connection).insert(table)
        keys = [column.name for column in table.primary_key]
        new = {name: statement.excluded[name] for name in rows[0] if name not in (*keys, *keep)}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), list(rows))


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def open_database(url: str, *, migrate: bool, patience: float) -> Database:
    """Connect, and bring the schema up to date (`migrate`) or make sure that it is.

    `patience` is how many seconds to wait for another writer. StoreUnavailable says why it cannot be used.
    """
    try:
        address = address_of(url)
    except exc.ArgumentError as fault:
        raise StoreUnavailable(
            "la dirección de la base de datos no se entiende",
            where=url,
            cure="escriba en service.toml, por ejemplo, sqlite:////var/lib/acuse/acuse.db",
        ) from fault
    where = address.render_as_string(hide_password=True)
    in_memory = address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:")
    with spoken(where):
        engine = _engine(address, where, patience, in_memory=in_memory)
        if in_memory:
            tables.metadata.create_all(engine)
        else:
            _bring_up_to_date(engine, address, where, patience, migrate=migrate)
    return Database(engine, where, shared=in_memory)


def address_of(url: str) -> URL:
    """The address that a URL means: PostgreSQL by the one driver that comes with us."""
    address = make_url(url)
    return address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address


def store_file(url: str) -> Path | None:
    """The file of an embedded store; None for one in memory or on a data base server."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database))


def _engine(address: URL, where: str, patience: float, *, in_memory: bool, foreign_keys: bool = True) -> Engine:
    options: dict[str, Any] = {}
    if in_memory:
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    elif address.get_backend_name() == "sqlite":
        _make_private_file(address, where)
    try:
        if address.get_backend_name() == "postgresql":
            # A server that was started anew has ended the connections that wait here: each is asked before it is used.
            options = {"pool_pre_ping": True, "connect_args": {"connect_timeout": max(2, int(patience))}}
        engine = create_engine(address, **options)
    except (ModuleNotFoundError, exc.NoSuchModuleError) as fault:
        raise StoreUnavailable(
            "falta el controlador de esta base de datos",
            where=where,
            cure="use sqlite:///…, o postgresql+psycopg://… con el paquete psycopg instalado",
        ) from fault
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_set_pragmas, patience, foreign_keys))
        event.listen(engine, "begin", _begin)
    return engine


def _make_private_file(address: URL, where: str) -> None:
    """The store holds people's data: a new file is readable by the service's user alone (as are its -wal and -shm).

    A file that exists is not opened here: closing it again would drop SQLite's own locks on it (POSIX locks belong to
    the process, not to the descriptor), and another program could then remove the WAL under a running daemon.
    """
    try:
        os.close(os.open(str(address.database), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as fault:
        raise StoreUnavailable(
            f"no se puede abrir el archivo de la base de datos ({system_words(fault)})",
            where=where,
            cure="compruebe que la carpeta existe y que el usuario del servicio puede escribir en ella",
        ) from fault


def _set_pragmas(patience: float, foreign_keys: bool, connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them too late (see `_begin`).
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
    connection.execute("PRAGMA journal_mode=WAL")
    # With NORMAL a power cut may take back the last commits, and a mail that had left would be sent again.
    connection.execute("PRAGMA synchronous=FULL")
    # What is blanked or replaced must not stay readable in the file (P 5.22); pages are freed by every connection.
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")


def _begin(connection: Connection) -> None:
    # A writer that begins by reading and asks for the lock later loses updates or fails as "locked" at once.
    reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _bring_up_to_date(engine: Engine, address: URL, where: str, patience: float, *, migrate: bool) -> None:
    with engine.execution_options(**{_READING: True}).begin() as connection:
        found = _revision(connection)
    if found == tables.REVISION:
        return
    if found is not None and found not in known_revisions():
        raise StoreUnavailable(
            f"la base de datos es de una versión más nueva de acuse (esquema «{found}»)",
            where=where,
            cure="actualice acuse a la versión que la creó, o recupere una copia de seguridad anterior",
        )
    if not migrate:
        raise StoreUnavailable(
            "la base de datos no existe todavía o es de una versión anterior de acuse",
            where=where,
            cure="arranque el servicio («acuse run»), que la crea y la pone al día",
        )
    if found is not None and address.get_backend_name() == "sqlite":
        _keep_the_old(address, where, found)
    # SQLite rebuilds a table to alter it, which its foreign keys would forbid; they are off on this engine only.
    migrator = _engine(address, where, patience, in_memory=False, foreign_keys=False)
    try:
        with migrator.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            # Another process may have done it while we waited for the lock.
            if _revision(connection) != tables.REVISION:
                from alembic import command

                command.upgrade(alembic_config(connection), "head")
    finally:
        migrator.dispose()


def _keep_the_old(address: URL, where: str, found: str) -> None:
    """Before an older store is changed: nobody of the old program may work on it, and a copy of it stays beside."""
    # Imported late: they know the connection's settings and the schema from here.
    from .backup import copy_store, look_at
    from .sole import at_work

    if at_work(str(address)):
        raise StoreUnavailable(
            "la base de datos es de una versión anterior, con la que un servicio sigue en marcha",
            where=where,
            cure="detenga el servicio y arránquelo de nuevo: al arrancar la pone al día",
        )
    file = Path(str(address.database))
    copy, part = (file.with_name(f"{file.name}.{word}") for word in (f"esquema-{found}", f"parte-{os.getpid()}"))
    part.unlink(missing_ok=True)
    try:
        copy_store(file, part, lambda _done, _of: None)
        look_at(part)
        part.rename(copy)
    finally:
        part.unlink(missing_ok=True)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def alembic_config(connection: Connection | None = None) -> Any:
    """Alembic's configuration, from code: there is no alembic.ini. Imported late, because only a migration needs it."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> frozenset[str]:
    """Every schema version that this program can start from."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config())
    return frozenset(script.revision for script in scripts.walk_revisions())
