"""Backups: one archive with the store and the office's own files, and how an empty machine is made from it again."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from storage import open_store, sole, store_file
from storage.backup import Facts, copy_store, look_at, set_aside

from .config import Settings, folders, load_settings
from .edge.progress import Tell
from .errors import AcuseError, system_words
from .flow.recovery import RESTORED
from .resources import shipped

FORMAT = 1
_STORE, _MANIFEST, _SETTINGS, _OWN = "acuse.db", "manifiesto.json", "service.toml", "propios"
_CHUNK = 1024 * 1024
_PRIVATE = 0o600
_ANOTHER = "use otra copia de seguridad"


@dataclass(frozen=True, slots=True)
class Archive:
    """What a backup says of itself; `made_at` is before the first page was read, `own` where each file belongs."""

    made_at: datetime
    program: str
    facts: Facts
    key_mark: str
    digests: Mapping[str, str]
    own: Mapping[str, str]


def backup(settings_file: Path, settings: Settings, target: Path, now: datetime, told: Tell) -> Archive:
    """Write the archive `target`: the store as it stands, the settings, and the office's own rules and templates.

    It appears under its name only when it was read back and proven. AcuseError says why it cannot be made.
    """
    source = _file_of(settings)
    # Who may not look into the folder may not write there either (`runuser` from root's own folder).
    with _spoken(target):
        taken = target.exists()
    if taken:
        raise AcuseError("ya existe un archivo con ese nombre", where=str(target), cure="dé otro; nada se sobrescribe")
    with _spoken(target), tempfile.TemporaryDirectory(prefix=".acuse-", dir=target.resolve().parent) as work:
        copy, part = Path(work) / _STORE, Path(work) / "parte.zip"
        copy_store(source, copy, told)
        own = dict(_own_files(settings))
        files = {_STORE: copy, _SETTINGS: settings_file, **own}
        places = {name: str(path) for name, path in own.items()}
        archive = Archive(
            now,
            metadata.version("acuse"),
            look_at(copy),
            key_mark(settings),
            {name: _digest(path) for name, path in files.items()},
            places,
        )
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
            packed.writestr(_MANIFEST, json.dumps(_told(archive), ensure_ascii=False, indent=2))
            for name, path in files.items():
                packed.write(path, name)
        prove(part)
        with part.open("rb") as done:
            os.fsync(done.fileno())
        # A link, not a rename: who made a file of that name meanwhile keeps it.
        os.link(part, target)
        _settle(target.resolve().parent)
    return archive


def prove(path: Path) -> Archive:
    """Read an archive to its end and compare every file with its digest; AcuseError when it is damaged or unknown."""
    with _reading(path) as packed:
        try:
            said = json.loads(packed.read(_MANIFEST))
            if said["formato"] > FORMAT:
                raise AcuseError(
                    "la copia es de una versión más nueva de acuse", where=str(path), cure="actualice acuse primero"
                )
            archive = Archive(
                datetime.fromisoformat(said["hecha"]),
                str(said["programa"]),
                Facts(str(said["esquema"]), dict(said["filas"])),
                str(said["huella_de_la_clave"]),
                dict(said["archivos"]),
                dict(said["propios"]),
            )
        except (KeyError, ValueError, TypeError) as fault:
            raise _damaged(path, "falta su manifiesto o no se entiende") from fault
        for name, digest in archive.digests.items():
            seen = hashlib.sha256()
            try:
                with packed.open(name) as file:
                    while block := file.read(_CHUNK):
                        seen.update(block)
            except KeyError as fault:
                raise _damaged(path, f"le falta «{name}»") from fault
            if seen.hexdigest() != digest:
                raise _damaged(path, f"«{name}» no es lo que se guardó")
    if _STORE not in archive.digests:
        raise _damaged(path, "no contiene el almacén")
    return archive


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: the archive's word, the store's file, where the old one lies, which files it laid down."""

    archive: Archive
    store: Path
    aside: Path | None
    laid: tuple[Path, ...]


def restore(
    path: Path, settings_file: Path, now: datetime, *, replace: bool = False, other_key: bool = False
) -> Restored:
    """Make the store anew from an archive and note that it was restored, so that the daemon first finds out what left
    since (flow/recovery.py).

    Settings, rules and templates are laid down only where there are none. A store that is there is refused, or with
    `replace` kept under another name. AcuseError when a daemon works on it, the archive is damaged or newer, or the
    signing key is another one (`other_key` goes on all the same).
    """
    archive = prove(path)
    if archive.facts.newer:
        raise AcuseError(
            f"la copia es de una versión más nueva de acuse ({archive.program}, esquema «{archive.facts.revision}»)",
            where=str(path),
            cure="instale esa versión o una posterior, y restaure con ella",
        )
    laid = [] if settings_file.exists() else [_unpack(path, _SETTINGS, settings_file)]
    laid += _lay_own(path, archive, settings_file)
    settings = load_settings(settings_file, passwords=False)
    if not other_key and not hmac.compare_digest(key_mark(settings), archive.key_mark):
        raise AcuseError(
            "la clave de firma no es la que tenía el servicio cuando se hizo la copia: no reconocería sus propios "
            "correos ni las respuestas a ellos, y podría enviar dos veces",
            where=str(path),
            cure="ponga la clave de firma de entonces; si se perdió, repita con --otra-clave y envios = «detenidos»",
        )
    file = _file_of(settings)
    with _spoken(file):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A folder of the office's own that holds nothing yet is in no archive, and the settings name it.
        for folder in (*settings.reglas, *settings.plantillas):
            folder.mkdir(parents=True, exist_ok=True)
    with sole(settings.almacen), _spoken(file):
        if file.exists() and not replace:
            raise AcuseError(
                "ya hay un almacén: no se sustituye sin que usted lo diga",
                where=str(file),
                cure="repita con --reemplazar; el que hay se conserva con otro nombre",
            )
        with tempfile.TemporaryDirectory(prefix=".acuse-", dir=file.parent) as work:
            copy = _unpack(path, _STORE, Path(work) / _STORE)
            _ready(copy, archive, now)
            aside = set_aside(file, f".antes-{now:%Y%m%d-%H%M%S}") if file.exists() else None
            copy.rename(file)
            _settle(file.parent)
    return Restored(archive, file, aside, tuple(laid))


def mark_restored(settings_file: Path, when: str, now: datetime) -> datetime:
    """Note that the store was restored by other means from a backup of `when` (ISO; without a zone, this machine's)."""
    settings = load_settings(settings_file, passwords=False)
    try:
        at = datetime.fromisoformat(when).astimezone(UTC)
    except ValueError as fault:
        cure = "escríbala así: 2026-11-22T03:00"
        raise AcuseError("no es una fecha con su hora", where=when, cure=cure) from fault
    if at > now:
        raise AcuseError("está en el futuro", where=when, cure="es la fecha y hora en que se hizo la copia")
    with sole(settings.almacen):
        store = open_store(settings.almacen)
        store.set_mark(RESTORED, at.isoformat(), now)
        store.close()
    return at


def key_mark(settings: Settings) -> str:
    """By what a signing key is known again without being told."""
    key = settings.clave_de_firma.get_secret_value().encode()
    return hmac.new(key, b"acuse: copia de seguridad", hashlib.sha256).hexdigest()[:16]


def _ready(copy: Path, archive: Archive, now: datetime) -> None:
    """Prove the copy, bring its schema up to date, and note since when it knows nothing."""
    if look_at(copy) != archive.facts:
        raise _damaged(copy, "el almacén no contiene lo que dice el manifiesto")
    store = open_store(f"sqlite:///{copy}")
    store.set_mark(RESTORED, archive.made_at.isoformat(), now)
    store.close()
    look_at(copy)
    if any(copy.with_name(copy.name + beside).exists() for beside in ("-wal", "-shm")):
        raise AcuseError("otro programa tiene abierta la copia", where=str(copy), cure="ciérrelo y repita")


def _file_of(settings: Settings) -> Path:
    file = store_file(settings.almacen)
    if file is None:
        raise AcuseError(
            "el almacén está en un servidor de base de datos: acuse no hace copias de él",
            where=settings.almacen.partition("://")[0],
            cure="use pg_dump y pg_restore; tras restaurar, ejecute «acuse restore --marcar FECHA» antes de arrancar",
        )
    return file


def _own_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Rules and templates that did not come with the program, by their name in the archive."""
    for kind, listed in (("rules", settings.reglas), ("templates", settings.plantillas)):
        for number, folder in enumerate(listed):
            if folder.resolve() == shipped(kind).resolve() or not folder.is_dir():
                continue
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                yield f"{_OWN}/{kind}/{number}/{path.relative_to(folder).as_posix()}", path


def _lay_own(path: Path, archive: Archive, settings_file: Path) -> list[Path]:
    """Lay the office's own rules and templates where service.toml looks for them, unless something lies there."""
    wanted = dict(zip(("rules", "templates"), folders(settings_file), strict=True))
    laid = []
    for name in archive.own:
        parts = PurePosixPath(name).parts
        if len(parts) < 4 or parts[0] != _OWN or ".." in parts or parts[1] not in wanted or not parts[2].isdigit():
            raise _damaged(path, f"«{name}» no es el nombre de un archivo de la oficina")
        listed, number = wanted[parts[1]], int(parts[2])
        if number < len(listed) and not (target := listed[number].joinpath(*parts[3:])).exists():
            laid.append(_unpack(path, name, target))
    return laid


def _unpack(archive: Path, name: str, target: Path) -> Path:
    """One file of the archive, whole or not at all; readable by its owner alone when it is the store."""
    with _spoken(target), _reading(archive) as packed:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.parte")
        with packed.open(name) as source, os.fdopen(_new(part, name), "wb") as file:
            shutil.copyfileobj(source, file, _CHUNK)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    return target


def _new(part: Path, name: str) -> int:
    part.unlink(missing_ok=True)
    return os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE if name == _STORE else 0o644)


def _told(archive: Archive) -> dict[str, Any]:
    return {
        "formato": FORMAT,
        "hecha": archive.made_at.isoformat(),
        "programa": archive.program,
        "esquema": archive.facts.revision,
        "filas": archive.facts.counts,
        "huella_de_la_clave": archive.key_mark,
        "archivos": archive.digests,
        "propios": archive.own,
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(folder: Path) -> None:
    """A new name survives a power cut only once its folder is written."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _damaged(path: Path, what: str) -> AcuseError:
    return AcuseError(f"la copia de seguridad está dañada: {what}", where=str(path), cure=_ANOTHER)


@contextmanager
def _reading(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except (zipfile.BadZipFile, EOFError, zlib.error) as fault:
        raise _damaged(path, str(fault)) from fault
    except FileNotFoundError as fault:
        raise AcuseError("no existe ese archivo", where=str(path), cure="revise la ruta") from fault


@contextmanager
def _spoken(path: Path) -> Iterator[None]:
    try:
        yield
    except AcuseError:
        raise
    except OSError as fault:
        cure = "dé la ruta entera de una carpeta en la que el servicio pueda escribir, y vea que quede espacio"
        raise AcuseError(f"no se puede escribir ({system_words(fault)})", where=str(path), cure=cure) from fault


def summary(counts: Mapping[str, int]) -> str:
    """How much there is, for people."""
    return ", ".join(f"{what} {number:,}" for what, number in counts.items())


__all__: Sequence[str] = ["Archive", "Restored", "backup", "mark_restored", "prove", "restore", "summary"]
