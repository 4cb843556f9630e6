"""Copies of an embedded store: a consistent one while the daemon writes, and the look that proves a copy sound."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon.errors import StoreUnavailable, system_words

from . import tables
from .engine import known_revisions

# So many pages of 4 KiB a step: progress is told after each, and an interruption comes through.
_PAGES = 1000
# What a person counts when asked whether everything is there.
_COUNTED = {
    "peticiones": tables.petitions,
    "correos escritos": tables.drafts,
    "entregas": tables.deliveries,
    "copias": tables.copies,
    "registros": tables.records,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a store is: the revision of its schema, and how many rows it holds by what they are (in Spanish)."""

    revision: str
    counts: dict[str, int]

    @property
    def newer(self) -> bool:
        """Whether this program is too old for it."""
        return self.revision not in known_revisions()


def copy_store(source: Path, target: Path, told: Callable[[int, int | None], None]) -> None:
    """Copy the store to the new file `target` (0600), as it stands at one instant, while others go on writing to it.

    `told` is given pages done and pages in all. StoreUnavailable when there is no such store or no room.
    """
    with _spoken(source), closing(_open(source)) as reading:
        # An open reader keeps the copy at one instant, and in WAL no writer waits for readers. Without it each
        # commit in between would make the copy begin anew.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(target)) as copy:
            reading.backup(copy, pages=_PAGES, progress=lambda _status, left, of: told(of - left, of))
            # One plain file: whoever carries it elsewhere must not forget the other two.
            copy.execute("PRAGMA journal_mode=DELETE")


def look_at(copy: Path) -> Facts:
    """Prove that a copy is whole and say what is in it; StoreUnavailable when it is damaged or no store of ours."""
    with _spoken(copy), closing(_open(copy)) as reading:
        said = reading.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            raise sqlite3.DatabaseError(f"malformed: {said}")
        revision = reading.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        there = {row[0] for row in reading.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = {
            what: int(reading.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0])
            for what, table in _COUNTED.items()
            if table.name in there
        }
    return Facts(str(revision), counts)


def set_aside(file: Path, suffix: str) -> Path:
    """Give a store that nobody uses another name, with what SQLite keeps beside it; returns the new name."""
    aside = file.with_name(file.name + suffix)
    for beside in ("-wal", "-shm", ""):
        there = file.with_name(file.name + beside)
        if there.exists():
            there.rename(aside.with_name(aside.name + beside))
    return aside


def _open(file: Path) -> sqlite3.Connection:
    # Never make what is not there.
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=10)


@contextmanager
def _spoken(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, TypeError) as fault:
        # A table without a row gives None, which has no first column.
        said = f"{system_words(fault)}: {fault.filename}" if isinstance(fault, OSError) else str(fault)
        damaged = any(word in said for word in ("malformed", "not a database", "no such table", "NoneType"))
        raise StoreUnavailable(
            f"no es un almacén de acuse, o está dañado ({said})" if damaged else f"no se pudo copiar ({said})",
            where=str(file),
            cure="use otra copia de seguridad" if damaged else "revise la ruta, los permisos y el espacio en el disco",
        ) from fault
