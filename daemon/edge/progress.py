"""How far long work has come: a bar on a terminal, else a plain line every few seconds; always on stderr.

Each command that may take longer than a breath uses it, in one of two ways:

    with progress("Correos leídos", total=31_500) as tell:      # the work calls back with absolute figures
        backup(into, told=tell)                                 # told(done) or told(done, total)

    for mail in track(mails, "Correos leídos", total=len(mails)):   # or it is a loop over things

What works below takes a `Tell` as an argument and knows nothing of terminals (storage, which imports no edge, writes it
`Callable[[int, int | None], None]`); `untold` is the one that says nothing. `programs=True` (the option --json) keeps
plain lines away from whoever reads the output: then only a terminal is told. Short work stays silent without a
terminal, for the first line comes after `EVERY` seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

# Seconds between two plain lines.
EVERY = 5.0

T = TypeVar("T")


class Tell(Protocol):
    """Takes how much is done by now and, where it is known or has changed, of how much; both are absolute."""

    def __call__(self, done: int, total: int | None = None, /) -> None: ...


def untold(_done: int, _total: int | None = None, /) -> None:
    """The progress of work that nobody watches."""


@contextmanager
def progress(
    what: str,
    total: int | None = None,
    *,
    programs: bool = False,
    out: TextIO | None = None,
    every: float = EVERY,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Tell]:
    """Tell of work while the block runs. `what` counts things, in the plural: «Correos leídos».

    The bar vanishes at the end, so that what a command prints stands alone. Nothing here fails for want of a terminal.
    """
    out = out or sys.stderr
    if out.isatty():
        with _bar(what, total, out) as tell:
            yield tell
    elif programs:
        yield untold
    else:
        yield _lines(what, total, out, every, now)


def track(
    things: Iterable[T], what: str, total: int | None = None, *, programs: bool = False, out: TextIO | None = None
) -> Iterator[T]:
    """The things themselves; that the next one is asked for means that the one before is done."""
    with progress(what, total, programs=programs, out=out) as tell:
        for done, thing in enumerate(things, 1):
            yield thing
            tell(done)


@contextmanager
def _bar(what: str, total: int | None, out: TextIO) -> Iterator[Tell]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counted]}"),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        task = bar.add_task(what, total=total, counted=_counted(0, total))

        def tell(done: int, of: int | None = None, /) -> None:
            whole = of if of is not None else total
            bar.update(task, completed=done, total=whole, counted=_counted(done, whole))

        yield tell


def _lines(what: str, total: int | None, out: TextIO, every: float, now: Callable[[], float]) -> Tell:
    last = now()

    def tell(done: int, of: int | None = None, /) -> None:
        nonlocal last
        if now() - last >= every:
            last = now()
            print(f"{what}: {_counted(done, of if of is not None else total)}", file=out, flush=True)

    return tell


def _counted(done: int, total: int | None) -> str:
    return f"{done:,}" if total is None else f"{done:,} de {total:,}"
