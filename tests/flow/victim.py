"""A daemon to be killed: it learns once, then forks a process for each order that dies at the port call it is told.

Orders come as one JSON object a line on standard input; for each the way the process ended goes to standard output.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from daemon.config import load_settings
from daemon.flow import run_pass
from daemon.model.ledger import Event
from tests.flow.memory_office import MemoryOffice
from tests.live.office import ShiftedClock, assembled, rules_of


class Fate:
    """Writes down every port call, and ends the process as a power cut does: at one call, or at each new one once.

    `die` is [call, turn, before|after]. `died` names a file: then the process dies at the first moment (a call, before
    or after) that is not in it, having noted it there.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self._die = tuple(order.get("die") or ())
        self._died = Path(order["died"]) if order.get("died") else None
        self._known = set(self._died.read_text().split("\n")) if self._died and self._died.exists() else set()
        self._trace = Path(order["trace"]) if order.get("trace") else None
        self._turns: Counter[str] = Counter()

    def at(self, call: str, when: str) -> None:
        if when == "before":
            self._turns[call] += 1
            if self._trace:
                _note(self._trace, call)
        moment = f"{call} {when}"
        if self._died and moment not in self._known:
            _note(self._died, moment)
            os.kill(os.getpid(), signal.SIGKILL)
        if (call, self._turns[call], when) == self._die:
            os.kill(os.getpid(), signal.SIGKILL)


def _note(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


class Watched:
    """A port: every call of a verb passes by its fate, before and after."""

    def __init__(self, inner: Any, name: str, fate: Fate) -> None:
        self._inner, self._name, self._fate = inner, name, fate

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._inner, verb)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._fate.at(f"{self._name}.{verb}", "before")
            result = found(*args, **kwargs)
            if isinstance(result, Iterator):
                result = list(result)
            self._fate.at(f"{self._name}.{verb}", "after")
            return result

        return call


def silent(event: Event) -> None:
    """Nobody listens."""


def live(order: dict[str, Any]) -> None:
    """The daemon of one office, until nothing moves any more."""
    settings = load_settings(Path(order["settings"]), order["secrets"])
    rules = rules_of(order["house"], order["consultant"], trusting=False)
    office = assembled(settings, rules, ShiftedClock(timedelta(seconds=order["ahead"])), silent)
    fate, desk = Fate(order), office.desk
    desk.attempts = order.get("attempts", desk.attempts)
    desk.store = Watched(desk.store, "store", fate)
    stations = [office.station(name) for name in settings.buzon]
    for station in stations:
        for port in ("mailbox", "review", "sender"):
            setattr(station, port, Watched(getattr(station, port), port, fate))
    while sum(run_pass(desk, station) for station in stations):
        continue


def warm_up() -> None:
    """Do once what a process does the first time only, so that its children need not."""
    office = MemoryOffice()
    office.write()
    office.run()


def main() -> None:
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                live(json.loads(line))
            except BaseException:  # noqa: BLE001
                traceback.print_exc()
                os._exit(3)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
