"""The room that is left where something is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..model.health import Room


def rooms(places: Iterable[tuple[str, Path]]) -> Iterator[Room]:
    """What each named folder (or the one that will hold it) has left; a folder out of reach counts as not writable."""
    for name, path in places:
        folder = next((each for each in (path, *path.parents) if each.is_dir()), Path("/"))
        try:
            free = shutil.disk_usage(folder).free // 2**20
            read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
        except OSError:
            yield Room(name, 0, writable=False)
            continue
        yield Room(name, free, writable=not read_only and os.access(folder, os.W_OK))
