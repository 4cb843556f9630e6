"""Files that people write: read whole, or the one fault that says why not."""

from __future__ import annotations

from pathlib import Path

from daemon.errors import Fault, FileFaults, system_words
from daemon.findings import dotted

# The largest file in bytes that is read; those that ship with the program have a tenth of it at most.
LARGEST = 5_000_000


def read_file(path: Path) -> bytes:
    """What stands in the file. FileFaults when it cannot be read, or nobody wrote it by hand: a pipe would hold up
    the service, a file without end exhaust it."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise _unfit(path, "algo que no es un archivo", "un archivo", "quítelo de ahí")
        if size > LARGEST:
            raise _unfit(path, f"{size // 1_000_000} MB", f"a lo sumo {LARGEST // 1_000_000} MB", "divídalo")
        return path.read_bytes()
    except OSError as error:
        found = f"que no se puede leer ({system_words(error)})"
        raise _unfit(path, found, "un archivo legible", "revise sus permisos") from error


def _unfit(path: Path, found: str, expected: str, cure: str) -> FileFaults:
    return FileFaults([Fault(str(path), dotted(()), found, expected, cure)])
