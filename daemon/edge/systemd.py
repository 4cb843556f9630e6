"""What systemd is told of us (sd_notify): that we are ready, how it goes, that we move, that we stop.

Without systemd nothing is told, and everything else is the same.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress


class Systemd:
    """The socket on which systemd listens, if it started us with Type=notify; any thread may call.

    `watchdog` is after how many seconds of our silence it takes us for stuck and starts us anew, or None.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        given = os.environ if environ is None else environ
        address = given.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog = self._seconds(given) if address else None

    @staticmethod
    def _seconds(given: Mapping[str, str]) -> float | None:
        meant_for = given.get("WATCHDOG_PID", str(os.getpid()))
        try:
            seconds = int(given.get("WATCHDOG_USEC", "0")) / 1_000_000
        except ValueError:
            return None
        return seconds if seconds > 0 and meant_for == str(os.getpid()) else None

    def ready(self, status: str) -> None:
        """All is started; `status` is one Spanish sentence for `systemctl status`."""
        self._tell("READY=1", f"STATUS={status}")

    def moving(self, status: str) -> None:
        """Feed the watchdog."""
        self._tell("WATCHDOG=1", f"STATUS={status}")

    def says(self, status: str) -> None:
        """Change the sentence in `systemctl status` alone."""
        self._tell(f"STATUS={status}")

    def stopping(self) -> None:
        self._tell("STOPPING=1", "STATUS=Termina lo que tiene entre manos.")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        # Whoever listens may be gone or slow: that must not keep us from the mail.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.settimeout(1.0)
            line.sendto("\n".join(lines).encode(), self._address)


class Pulse:
    """Who is at work, and until when each may be silent, by the names of their threads; any thread may call.

    `patience` is the longest, in seconds, that one step may take: one mail sent (ten minutes for the answer to DATA),
    one attached file read, one line of the journal. Whoever is silent for longer is stuck.
    """

    def __init__(self, patience: float = 900.0) -> None:
        self.patience = patience
        self._until: dict[str, float] = {}

    def expect(self, name: str, seconds: float | None = 0.0) -> None:
        """`name` begins a step, or a wait of that many seconds; None is a wait that rightly may be without end."""
        self._until[name] = float("inf") if seconds is None else time.monotonic() + seconds + self.patience

    def heard(self) -> None:
        """The thread that calls has done something: one message, one sending. Only those that are expected count."""
        name = threading.current_thread().name
        if name in self._until:
            self.expect(name)

    def late(self) -> tuple[str, ...]:
        """Whoever should have been heard of by now."""
        now = time.monotonic()
        return tuple(sorted(name for name, until in self._until.items() if until < now))


class Watchdog(threading.Thread):
    """Feeds systemd's watchdog while everybody moves. Once somebody is stuck it stays silent, and systemd starts the
    daemon anew: every effect is safe to repeat, and a mailbox that nobody reads is worse than an interruption.

    `all_well` is the sentence for `systemctl status`; `stuck` is called with the names once, when they become known.
    """

    def __init__(
        self,
        systemd: Systemd,
        pulse: Pulse,
        stopping: threading.Event,
        all_well: str,
        stuck: Callable[[Sequence[str]], None],
    ) -> None:
        super().__init__(name="latido", daemon=True)
        self._systemd, self._pulse, self._stopping = systemd, pulse, stopping
        self._all_well, self._stuck = all_well, stuck

    def run(self) -> None:
        known: Sequence[str] = ()
        # Three times in its interval, so that one lost or late word does no harm.
        every = self._systemd.watchdog and self._systemd.watchdog / 3
        while every and not self._stopping.wait(every):
            late = self._pulse.late()
            if not late:
                self._systemd.moving(self._all_well)
            elif late != known:
                self._systemd.says(f"No avanza: {', '.join(late)}.")
                self._stuck(late)
            known = late
