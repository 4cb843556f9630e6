"""Figures for Prometheus on this very machine (owner of prometheus-client): the four questions as numbers.

Nothing here names a person: labels are our own accounts, kinds of alarms, states and versions. Whoever scrapes reads
the store, which holds up nobody, and gets the same figures for a few seconds.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..count.alarms import KINDS, word_of
from ..count.health import Answer
from ..errors import AcuseError, system_words
from ..model.health import BoxHealth, Health
from ..model.ledger import Event

# Seconds for which the figures of one scrape serve the next ones.
_FRESH = 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What is asked at a scrape: how the store stands, what that comes to, and what each account may send."""

    health: Health
    answers: tuple[Answer, ...]
    envios: dict[str, str]


class Metrics(Collector):
    """The endpoint `/metrics`. `ask` is called by the scraping thread; an AcuseError of it shows as `acuse_up` 0."""

    def __init__(self, ask: Callable[[], Figures]) -> None:
        # Two locks: whoever tells an event never waits for a scrape.
        self._ask, self._asking, self._counting = ask, threading.Lock(), threading.Lock()
        self._told: tuple[float, Figures | None] = (float("-inf"), None)
        self._events: Counter[str] = Counter()
        self._server: object = None
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def heard(self, event: Event) -> None:
        """Count one thing that happened, by its kind alone."""
        with self._counting:
            self._events[event.action] += 1

    def serve(self, port: int, address: str = "127.0.0.1") -> int:
        """Begin to answer; returns the port (0 lets the system choose). AcuseError when it is taken."""
        try:
            self._server, _ = start_http_server(port, addr=address, registry=self.registry)
        except OSError as fault:
            raise AcuseError(
                f"no se pueden ofrecer las cifras en {address}:{port} ({system_words(fault)})",
                where="[acuse.metricas]",
                cure="elija otro «puerto» en service.toml y reinicie; el correo se atiende mientras tanto",
            ) from fault
        return int(self._server.server_port)

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()  # type: ignore[attr-defined]
            self._server.server_close()  # type: ignore[attr-defined]
            self._server = None

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: registering must not ask the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        figures = self._figures()
        yield _gauge("acuse_up", "1 while the store answers", float(figures is not None))
        with self._counting:
            events = CounterMetricFamily("acuse_events", "What happened since the start, by kind", labels=["accion"])
            for action, number in sorted(self._events.items()):
                events.add_metric([action], number)
        yield events
        if figures is not None:
            yield from _of_mailboxes(figures)
            yield from _of_all(figures.health)
            well = GaugeMetricFamily("acuse_ok", "1 when all is well, by question", labels=["pregunta"])
            for answer in figures.answers:
                well.add_metric([answer.question.value], float(answer.well))
            yield well

    def _figures(self) -> Figures | None:
        with self._asking:
            asked, known = self._told
            if time.monotonic() - asked < _FRESH:
                return known
            try:
                found = self._ask()
            except AcuseError:
                found = None
            self._told = (time.monotonic(), found)
            return found


def _of_mailboxes(figures: Figures) -> Iterator[Metric]:
    boxes = [figures.health.box(account) for account in figures.envios]

    def each(name: str, what: str, value: Callable[[BoxHealth], float | None]) -> Metric:
        family = GaugeMetricFamily(name, what, labels=["buzon"])
        for box in boxes:
            if (number := value(box)) is not None:
                family.add_metric([box.account], number)
        return family

    yield each("acuse_last_pass_timestamp_seconds", "Last whole reading", lambda box: _instant(box.last_pass))
    yield each("acuse_last_received_timestamp_seconds", "Last mail in", lambda box: _instant(box.last_received))
    yield each("acuse_unfinished", "Messages taken in and not decided yet", lambda box: box.unfinished)
    yield each("acuse_outbox_waiting", "Mails that wait to leave", lambda box: box.sending)
    yield each("acuse_outbox_oldest_timestamp_seconds", "Since when", lambda box: _instant(box.oldest))
    yield each("acuse_copies_missing", "Mails of the week without blind copy", lambda box: box.uncounted)
    stop = GaugeMetricFamily("acuse_sending_info", "What a mailbox may send", labels=["buzon", "envios"])
    for account, envios in figures.envios.items():
        stop.add_metric([account, envios], 1)
    yield stop


def _of_all(health: Health) -> Iterator[Metric]:
    waiting = sum(box.sending for box in health.boxes)
    outbox = {"por_enviar": waiting, "incierto": health.uncertain, "abandonada": health.failed}
    yield _by("acuse_outbox", "What leaves, by state", "estado", outbox)
    on = Counter(word_of(each.key) for each in health.alarms)
    # Every kind is there, at 0 as well: what never was cannot be watched.
    yield _by("acuse_alarms", "Alarms that are on, by kind", "clase", {**dict.fromkeys(KINDS, 0), **on})
    yield _by("acuse_petitions", "Petitions, by state", "estado", health.petitions)
    yield _by("acuse_drafts", "Drafts, by state", "estado", health.drafts)
    yield _gauge("acuse_quarantine", "Messages set aside", health.quarantine)
    yield _gauge("acuse_terms_overdue", "Terms that should have acted", health.overdue)
    coming = [term.acts_at for term in health.terms if term.acts_at > health.at]
    if coming:
        yield _gauge("acuse_next_term_timestamp_seconds", "When the next term acts", coming[0].timestamp())
    if health.rules:
        labels = ["version", "plantillas", "numero"]
        info = GaugeMetricFamily("acuse_rules_info", "The rules in force", labels=labels)
        info.add_metric([health.rules.rules, health.rules.templates, str(health.rules.number)], 1)
        yield info
        yield _gauge("acuse_rules_since_timestamp_seconds", "Since when they are", health.rules.since.timestamp())


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _by(name: str, what: str, label: str, figures: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, number in figures.items():
        family.add_metric([key], number)
    return family


def _instant(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
