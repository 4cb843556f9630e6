"""The review folder as a plain directory: `.eml` files in shared folders, moved by people with their file manager."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MailboxUnavailable, MessageGone, system_words
from ..model.outgoing import Draft, InternalMail, Lying, Place
from ..model.rules import Carpetas
from ..send import private
from .review_imap import Shelf, folder_name, local_part

_HEADER_OCTETS = 64 * 1024
# Where a file's words are taken as a person's last ones, so that half a file must not be.
_WHOLE = (Place.POR_SUPERVISAR, Place.APROBADAS)


class DirectoryReviewFolder:
    """daemon.ports.ReviewFolder over `root`, which must exist (a share that is not mounted must not look empty).

    A person approves by moving the file to Aprobadas. Because copying to a share takes time, a file there, or with the
    supervisor, counts only when it has not changed for `settle` seconds. Handles are "place|path below root". Raises
    MailboxUnavailable.
    """

    def __init__(
        self,
        root: Path,
        carpetas: Carpetas,
        shelf: Shelf = local_part,
        settle: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._root = root
        self._carpetas = carpetas
        self._shelf = shelf
        self._settle = settle
        self._clock = clock
        self._headers: dict[Path, tuple[tuple[int, int, int], bytes]] = {}
        self._laid: set[str] | None = None
        with self._disk("preparar las carpetas de revisión"):
            for folder in self._folders().values():
                _make(root, folder)

    def lay(self, draft: Draft) -> None:
        name = f"{'URGENTE ' if draft.urgent else ''}{draft.folio} {draft.ordinal} {draft.clase}"
        self._lay({draft.id, draft.message_id}, name, draft.consultor, private.for_folder(draft))

    def lay_ficha(self, ficha: InternalMail) -> None:
        name = f"{'URGENTE ' if ficha.urgent else ''}{ficha.id} ficha"
        self._lay({ficha.id, ficha.message_id}, name, ficha.consultor, private.ficha_for_folder(ficha))

    def survey(self) -> tuple[Lying, ...]:
        with self._disk("mirar las carpetas de revisión"):
            for waiting in (self._folder(Place.PENDIENTES), self._folder(Place.POR_SUPERVISAR)):
                if not waiting.is_dir():
                    raise MailboxUnavailable(
                        "desapareció la carpeta en que esperan borradores",
                        where=str(waiting),
                        cure="vuelva a conectar la unidad compartida o a crear la carpeta; nada se da por borrado",
                    )
            found = tuple(lying for place in self._folders() for lying in self._look(place))
        seen = {name for lying in found for name in (lying.draft_id, lying.ficha_id, lying.message_id) if name}
        self._laid = (self._laid or set()) | seen
        return found

    def identity(self, place: Place = Place.PENDIENTES) -> int:
        with self._disk("mirar las carpetas de revisión"):
            # The store keeps numbers of 63 bits; some file systems number with 64.
            return self._folder(place).stat().st_ino & 0x7FFF_FFFF_FFFF_FFFF

    def take(self, handle: str) -> bytes:
        with self._disk("leer un borrador"):
            try:
                return self._path(handle).read_bytes()
            except FileNotFoundError as error:
                raise MessageGone(
                    "el archivo ya no está",
                    where=handle.partition("|")[2],
                    cure="alguien lo movió; no hay nada que hacer",
                ) from error

    def clear(self, handle: str) -> None:
        with self._disk("retirar un archivo"):
            self._path(handle).unlink(missing_ok=True)

    def replace(self, handle: str, draft: Draft) -> None:
        with self._disk("guardar un borrador"):
            if (path := self._path(handle)).exists():
                _write(path, private.for_folder(draft))

    def file_ficha(self, handle: str) -> None:
        self._move(handle, self._root / self._carpetas.fichas)

    def relocate(self, handle: str, place: Place) -> None:
        """Move one file to the folder of `place`, as people do with the mouse; gone already is fine."""
        self._move(handle, self._folder(place))

    def _move(self, handle: str, target: Path) -> None:
        with self._disk("mover un archivo"):
            source = self._path(handle)
            if source.exists():
                _make(self._root, target)
                source.rename(_free(target, source.stem))

    def _lay(self, names: set[str], title: str, consultor: str | None, raw: bytes) -> None:
        if self._laid is None:
            self.survey()
        if self._laid is None or names & self._laid:
            return
        folder = self._folder(Place.PENDIENTES)
        if consultor and (name := folder_name(self._shelf(consultor))):
            folder /= _safe(name)
        with self._disk("guardar un borrador"):
            _make(self._root, folder)
            _write(_free(folder, _safe(title)), raw)
        self._laid |= names

    def _look(self, place: Place) -> Iterator[Lying]:
        folder = self._folder(place)
        others = {path for other, path in self._folders().items() if other is not place}
        files = folder.rglob("*") if place is Place.PENDIENTES else folder.glob("*")
        known = [(found.st_mtime_ns, path, found) for path in files if _is_mail(path) and (found := _stat(path))]
        for _, path, found in sorted(known, key=lambda item: item[:2]):
            calm = self._clock() - max(found.st_mtime, found.st_ctime) >= self._settle
            if (place in _WHOLE and not calm) or path.parent in others:
                continue
            header = self._header(path, (found.st_ino, found.st_size, found.st_mtime_ns))
            if header is None:
                continue
            lying = private.lying(place, f"{place}|{path.relative_to(self._root).as_posix()}", header)
            if place is not Place.BORRADORES or private.may_be_ours(lying):
                yield lying

    def _header(self, path: Path, mark: tuple[int, int, int]) -> bytes | None:
        """The beginning of a file, read again only when the file has changed."""
        cached = self._headers.get(path)
        if cached and cached[0] == mark:
            return cached[1]
        try:
            with path.open("rb") as file:
                header = re.split(rb"\r?\n\r?\n", file.read(_HEADER_OCTETS), maxsplit=1)[0]
        except FileNotFoundError:
            return None
        self._headers[path] = (mark, header)
        return header

    def _folders(self) -> dict[Place, Path]:
        names = self._carpetas
        return {
            Place.PENDIENTES: self._root / names.pendientes,
            Place.POR_SUPERVISAR: self._root / names.por_supervisar,
            Place.APROBADAS: self._root / names.aprobadas,
            Place.RECHAZADAS: self._root / names.rechazadas,
            Place.BORRADORES: self._root / names.borradores,
        }

    def _folder(self, place: Place) -> Path:
        return self._folders()[place]

    def _path(self, handle: str) -> Path:
        return self._root / handle.partition("|")[2]

    @contextmanager
    def _disk(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (MailboxUnavailable, MessageGone):
            raise
        except OSError as error:
            raise MailboxUnavailable(
                f"no se pudo {doing}: {system_words(error)}",
                where=str(error.filename or self._root),
                cure="compruebe que la carpeta compartida existe, que hay espacio y que este servicio puede escribir",
            ) from error


def _make(root: Path, folder: Path) -> None:
    """A folder below `root`; never `root` itself."""
    if not root.is_dir():
        raise FileNotFoundError(2, "no existe la carpeta compartida", str(root))
    folder.mkdir(parents=True, exist_ok=True)


def _is_mail(path: Path) -> bool:
    """Editors and office suites leave lock and temporary files about; those are not mail."""
    return path.suffix.lower() == ".eml" and not path.name.startswith((".", "~"))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _safe(name: str) -> str:
    """A name that any file system takes and a person can read."""
    return re.sub(r"[^\w.@ -]+", "-", name).strip(" .-")[:120] or "sin nombre"


def _free(folder: Path, stem: str) -> Path:
    """A path not taken yet, so that nobody's file is overwritten."""
    path, number = folder / f"{stem}.eml", 1
    while path.exists():
        number += 1
        path = folder / f"{stem} ({number}).eml"
    return path


def _write(path: Path, raw: bytes) -> None:
    """Whole or not at all: readers never see half a file."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
