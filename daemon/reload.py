"""Rules and templates as people save them: watched, taken whole or not at all, between two messages."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from .books import Books, Texts, read_texts
from .config import Settings
from .edge.watched import Mark, marks
from .errors import AcuseError, FileFaults
from .flow import Desk
from .model.versions import changed_files

# Seconds between two looks at the folders; what changed must have stayed so for one of them.
LOOK = 0.3
# So long a faulty set must lie untouched before it is told: several files may be copied slowly, one by one.
PATIENCE = 3.0
# The alarm while what is saved has faults, and so many of them are told; `acuse check` tells all.
REFUSED = "reglas"
_TOLD = 3


class RuleWatch(threading.Thread):
    """Looks at the folders of rules and templates until it is stopped, and gives the office its newest book.

    It loads, checks and trains in its own thread, so that no mail waits. Whatever is at fault leaves the book in force
    as it is and is told once: in the log, and as an alarm until a good set is saved.
    """

    def __init__(
        self,
        settings: Settings,
        settings_file: Path,
        books: Books,
        desk: Desk,
        texts: Texts,
        refused: FileFaults | None = None,
    ) -> None:
        """`texts` are those in force; `refused` is why they are not what lies in the folders."""
        super().__init__(name="reglas", daemon=True)
        self._settings, self._file, self._books, self._desk = settings, settings_file, books, desk
        self._in_force, self.refused = texts, refused
        self._folders = (*settings.reglas, *settings.plantillas)
        self._ending = False
        self._asked = threading.Event()
        self._seen: tuple[Mark, ...] | None = None
        self._taken: tuple[Mark, ...] | None = None
        self._refused_at = 0.0
        self._told = ""

    def begin(self) -> None:
        """Start watching: from here on the store knows by what is decided."""
        self._keep(self._in_force)
        if self.refused:
            self._tell(self.refused)
        self.start()

    def look_now(self) -> None:
        """Take what lies there at once, changed or not (SIGHUP)."""
        self._asked.set()

    def stop(self) -> None:
        self._ending = True
        self._asked.set()

    def run(self) -> None:
        self._books.learn()
        while True:
            asked = self._asked.wait(LOOK)
            if self._ending:
                return
            self._asked.clear()
            try:
                self.look(asked=asked)
            except AcuseError:
                # The store is out of reach: the mailboxes tell of it, and here it is tried again at the next look.
                self._taken = None
            except Exception as bug:  # noqa: BLE001  (the thread's last frame: without it no rule would be taken any more)
                self._desk.tell("error", detalle=type(bug).__name__, exc=bug)

    def look(self, *, asked: bool = False) -> None:
        """One look: take a change that has come to rest, or anything when `asked`; tell what stayed at fault."""
        lying = marks(self._folders)
        at_rest, self._seen = lying == self._seen, lying
        if asked or (at_rest and lying != self._taken):
            self._take(lying)
        if self.refused and (asked or time.monotonic() - self._refused_at >= PATIENCE):
            self._tell(self.refused)

    def _take(self, lying: tuple[Mark, ...]) -> None:
        """Load what lies there, and turn to it. Where it changed meanwhile, the next look loads it again."""
        began, self.refused = time.monotonic(), None
        try:
            texts = read_texts(self._settings, self._file)
            book = self._books.bind(texts) if texts.version != self._in_force.version else None
        except FileFaults as problem:
            if marks(self._folders) == lying:
                self.refused, self._refused_at, self._taken = problem, time.monotonic(), lying
            return
        if marks(self._folders) != lying:
            return
        if book:
            before = self._in_force
            # First the store knows it, then it decides: no decision names a version that nobody can look up.
            self._keep(texts)
            self._books.turn_to(book)
            self._in_force = texts
            self._desk.tell(
                "reglas_nuevas",
                reglas=texts.rules.version,
                plantillas=texts.templates.version,
                archivos=changed_files(before.files, texts.files),
                segundos=round(time.monotonic() - began, 2),
            )
        self._taken, self._told = lying, ""
        self._desk.calm(REFUSED)

    def _tell(self, problem: FileFaults) -> None:
        """Say once what keeps the saved set from taking effect, and that the work goes on by the last good one."""
        told = "; ".join(str(fault) for fault in problem.faults)
        if told == self._told:
            return
        self._told = told
        count = len(problem.faults)
        first = "; ".join(str(fault) for fault in problem.faults[:_TOLD])
        version = self._in_force.rules.version
        text = (
            f"lo guardado en las reglas o plantillas tiene {count} {'falta' if count == 1 else 'faltas'} y no se tomó; "
            f"se sigue con la última versión buena ({version}). {first}. Vea todas con «acuse check»"
        )
        self._desk.tell("reglas_rechazadas", faltas=count, primeras=first, reglas=version)
        self._desk.alarm_again(REFUSED, text)

    def _keep(self, texts: Texts) -> None:
        self._desk.store.keep_rules(*texts.version, texts.files, self._desk.now())
