"""SIADE's gateway by files: each batch a folder with its table as CSV and XLSX and its attachments, whole or absent."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ..errors import AcuseError, system_words
from .spreadsheets import write_csv, write_xlsx
from .tables import read_table

ATTACHMENTS = "adjuntos"


class SiadeFolder:
    """daemon.ports.SiadeGateway: batch 7 is the folder `lote_0007` within `folder`, which must exist.

    It is made under a hidden name and appears at once, so that who looks finds all of it or nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, number: int) -> bool:
        return self.place(number).is_dir()

    def place(self, number: int) -> Path:
        """Where a batch lies, or will lie."""
        return self._folder / f"lote_{number:04d}"

    def handed(self) -> dict[int, tuple[str, ...]]:
        found = {}
        for place in sorted(self._folder.glob("lote_[0-9]*")):
            number = place.name.removeprefix("lote_")
            if place.is_dir() and number.isdigit():
                rows = read_table(place / f"{place.name}.csv").rows
                found[int(number)] = tuple(dict(row.cells).get("registro", "") for row in rows)
        return found

    @contextmanager
    def parcel(self, number: int) -> Iterator[_Parcel]:
        final = self.place(number)
        part = final.with_name(f".{final.name}.parte")
        try:
            with self._alone():
                # What a crash left behind.
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir(mode=0o700)
                try:
                    yield _Parcel(part, final)
                finally:
                    shutil.rmtree(part, ignore_errors=True)
        except OSError as fault:
            what = f"no se puede escribir el lote {number} para SIADE ({system_words(fault)})"
            cure = "revise que la carpeta exista, sus permisos y el espacio; no se pierde nada: se escribe otra vez"
            raise AcuseError(what, where=str(final), cure=cure) from fault

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The daemon's hour and a person at a terminal may meet: the second would empty what the first is filling.

        The lock goes with its process, however that ends.
        """
        held = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            what = "otra entrega a SIADE está en curso en esta carpeta"
            raise AcuseError(what, where=str(self._folder), cure="espere a que termine e inténtelo otra vez") from None
        finally:
            os.close(held)


class _Parcel:
    """daemon.ports.SiadeParcel: a folder that is being filled. Only its owner can read what is about people."""

    def __init__(self, part: Path, final: Path) -> None:
        self._part, self._final = part, final

    def add(self, folder: str, name: str, content: bytes) -> str:
        path = self._part / ATTACHMENTS / folder / name
        if path.parent.parent.parent != self._part or path.name != name or ".." in (folder, name):
            raise AcuseError(f"«{folder}/{name}» no es el nombre de un archivo", where=str(self._final))
        for parent in (path.parent.parent, path.parent):
            parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return path.relative_to(self._part).as_posix()

    def finish(self, columns: Sequence[str], rows: Sequence[Sequence[str]], at: datetime) -> None:
        name = self._final.name
        write_csv(self._part / f"{name}.csv", columns, rows)
        write_xlsx(self._part / f"{name}.xlsx", "SIADE", columns, rows, at)
        # A rename onto a folder that holds something fails, so that a batch is never overwritten.
        self._part.rename(self._final)
