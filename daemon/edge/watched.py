"""Folders that people save into, looked at again and again: a cheap mark that is another as soon as a file is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

# Of one file: its path, when it was written (ns), its size, its inode. A file put in another's place has another inode.
Mark = tuple[str, int, int, int]
# Nobody nests rules deeper; it ends a link that leads back into its own folder.
_DEEPEST = 4


def marks(folders: Sequence[Path]) -> tuple[Mark, ...]:
    """What lies in these folders now, hidden files apart (editors keep their locks and backups there).

    The folders are asked, no library that the system tells of changes: inotify hears nothing of what another machine
    writes into a network folder, nor of a link that is turned to another folder.
    """
    return tuple(sorted(mark for folder in folders for mark in _below(str(folder), 0)))


def _below(folder: str, depth: int) -> Iterator[Mark]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir() and depth < _DEEPEST:
                    yield from _below(entry.path, depth + 1)
                else:
                    found = entry.stat()
                    yield entry.path, found.st_mtime_ns, found.st_size, found.st_ino
    except OSError:
        # It vanished under our eyes, or its server is away: whoever loads it says so with its name.
        yield folder, 0, 0, 0
