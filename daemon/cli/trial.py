"""`acuse rules try`: what changed rules or templates would have decided otherwise of the mail that really came in."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AcuseError
from .base import DEFAULT_SETTINGS, SettingsFile, rules
from .telling import AsJson, as_json

if TYPE_CHECKING:
    from ..config import Buzon, Settings
    from ..rehearse.bench import Bench
    from ..rehearse.replay import Arrived
    from ..rehearse.trial import Trial


@rules.command("try")
def try_rules(
    carpeta: Annotated[
        Path, typer.Argument(help="Carpeta con lo que se cambió: reglas, plantillas o ambas.", metavar="CARPETA")
    ],
    dias: Annotated[int, typer.Option(help="Cuántos días hacia atrás se lee.", min=1, max=366, metavar="N")] = 30,
    buzon: Annotated[str | None, typer.Option(help="Solo este buzón de service.toml.", metavar="NOMBRE")] = None,
    correos: Annotated[
        Path | None, typer.Option(help="En vez de los buzones, una carpeta de archivos .eml.", metavar="CARPETA")
    ] = None,
    en_json: AsJson = False,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Vuelve a leer lo que llegó y dice qué se decidiría distinto con las reglas o plantillas de CARPETA.

    No envía, mueve, marca ni guarda nada: los buzones se abren solo para lectura.
    """
    from ..rehearse.trial_words import as_object, lines

    begun = time.monotonic()
    if correos is not None:
        trial, now = _of_folder(carpeta, correos, ajustes, programs=en_json)
    else:
        trial, now = _of_mailboxes(carpeta, ajustes, buzon, dias, programs=en_json)
    took = time.monotonic() - begun
    if en_json:
        typer.echo(as_json({**as_object(trial), "segundos": round(took, 1)}))
        return
    for line in lines(trial, now.rules):
        typer.echo(line)
    same, other = trial.read - len(trial.altered), len(trial.altered)
    typer.echo("")
    typer.echo(f"Correos leídos: {trial.read:,}. Se decide lo mismo: {same:,}. Se decide otra cosa: {other:,}.")
    typer.echo(f"Tardó {_spoken(took)}. No se envió, movió ni marcó nada.")


def _of_folder(changed: Path, mails: Path, ajustes: Path, *, programs: bool) -> tuple[Trial, Bench]:
    """Try on files: neither a mailbox nor a secret is needed."""
    from ..config import folders
    from ..rehearse.bench import REHEARSAL_KEY
    from ..rehearse.replay import in_order

    before, after = _benches(*folders(ajustes), changed, REHEARSAL_KEY)
    return _tried(in_order(mails, before), before, after, programs=programs), after


def _of_mailboxes(changed: Path, ajustes: Path, buzon: str | None, dias: int, *, programs: bool) -> tuple[Trial, Bench]:
    """Try on what came into the real mailboxes. The store is not even opened: it knows nothing that is needed here."""
    from ..app import past_mailbox
    from ..config import load_settings
    from ..edge.clock import SystemClock
    from ..edge.progress import progress
    from ..rehearse.trial import gather

    settings = load_settings(ajustes)
    boxes = _boxes(settings, buzon)
    key = settings.clave_de_firma.get_secret_value().encode()
    before, after = _benches(settings.reglas, settings.plantillas, changed, key)
    now = SystemClock().now()
    mailboxes = [past_mailbox(settings, box) for box in boxes]
    try:
        with progress("Correos leídos", programs=programs) as tell:
            mails = gather(mailboxes, before.rules, now - timedelta(days=dias), key, tell)
    finally:
        for mailbox in mailboxes:
            mailbox.close()
    accounts = tuple(box.correo for box in settings.buzon.values())
    return _tried(mails, before, after, programs=programs, until=now, accounts=accounts), after


def _tried(
    mails: list[Arrived],
    before: Bench,
    after: Bench,
    *,
    programs: bool,
    until: datetime | None = None,
    accounts: tuple[str, ...] = (),
) -> Trial:
    from ..edge.progress import progress
    from ..rehearse.trial import try_rules

    with progress("Correos repasados, con unas y otras reglas", 2 * len(mails), programs=programs) as tell:
        return try_rules(mails, before, after, until=until, accounts=accounts, tell=tell)


def _benches(reglas: tuple[Path, ...], plantillas: tuple[Path, ...], changed: Path, key: bytes) -> tuple[Bench, Bench]:
    """The bench as it is, and with what was changed laid over it."""
    from ..rehearse.bench import bench_of

    more_rules, more_templates = folders_in(changed)
    before = bench_of(reglas, plantillas, key)
    return before, bench_of((*reglas, *more_rules), (*plantillas, *more_templates), key, like=before)


def folders_in(folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Rule and template folders in what was changed: its folders `rules` and `templates`, else itself for what it has.

    Rules may have a page of notes beside them, so a folder with rules in it is a folder of rules alone.
    """
    if not folder.is_dir():
        raise AcuseError("no existe esa carpeta", where=str(folder), cure="revise la ruta")
    named = tuple((path,) if (path := folder / name).is_dir() else () for name in ("rules", "templates"))
    if any(named):
        return named[0], named[1]
    if any(folder.rglob("*.y*ml")):
        return (folder,), ()
    if any(folder.rglob("*.md")) or (folder / "base.html").is_file():
        return (), (folder,)
    raise AcuseError(
        "no hay reglas ni plantillas en esa carpeta",
        where=str(folder),
        cure="ponga ahí los archivos .yaml o .md que cambió, con el mismo nombre que tienen en su carpeta",
    )


def _boxes(settings: Settings, name: str | None) -> list[Buzon]:
    """All mailboxes, or the one of this name or address."""
    from ..findings import nearest

    if name is None:
        return list(settings.buzon.values())
    known = {key: box for key, box in settings.buzon.items() if name in (key, box.correo)}
    if not known:
        cure = nearest(name, settings.buzon) or f"use {' o '.join(settings.buzon)}"
        raise AcuseError("no hay ningún buzón con ese nombre", where=name, cure=cure)
    return list(known.values())


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s" if minutes else f"{seconds:.1f} s"
