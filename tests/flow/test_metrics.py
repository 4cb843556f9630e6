"""Figures for Prometheus: scraped for real, on loopback alone, naming nobody and holding up nobody."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.count.health import answers
from daemon.edge.metrics import Figures, Metrics
from daemon.errors import AcuseError, StoreUnavailable
from daemon.model.ledger import Event
from tests.flow.memory_office import ATNDER, PERSON, MemoryOffice


class Scraped:
    """An office whose figures are offered on a port of the system's choice."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.office = MemoryOffice()
        self.fault: Exception | None = None
        self.office.run()
        self.asked, self.slow = 0, 0.0
        self.metrics = Metrics(self._ask)
        self.port = self.metrics.serve(0, address)
        self.url = f"http://{f'[{address}]' if ':' in address else address}:{self.port}/metrics"

    def _ask(self) -> Figures:
        self.asked += 1
        time.sleep(self.slow)
        if self.fault:
            raise self.fault
        desk = self.office.desk
        health, envios = desk.store.health(desk.now()), {ATNDER: "normales"}
        told = answers(health, desk.accounts, envios, True, desk.policy.calendar, timedelta(minutes=15))
        return Figures(health, told, envios)

    def lines(self) -> dict[str, float]:
        with urllib.request.urlopen(self.url, timeout=5) as answer:
            text = answer.read().decode()
        named = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in named}


@pytest.fixture
def scraped() -> Iterator[Scraped]:
    found = Scraped()
    yield found
    found.metrics.stop()


def test_the_four_questions_are_answered_by_a_scrape(scraped: Scraped) -> None:
    office = scraped.office
    office.write()
    office.run()
    office.store.keep_rules("r1", "t1", {"a.yaml": b"x"}, office.clock.now())
    office.desk.alarm_once(f"acceso:{PERSON}", "no")
    found = scraped.lines()
    assert found["acuse_up"] == 1 and found["acuse_quarantine"] == 0 and found["acuse_terms_overdue"] == 0
    assert found[f'acuse_last_pass_timestamp_seconds{{buzon="{ATNDER}"}}'] == office.clock.now().timestamp()
    assert found[f'acuse_last_received_timestamp_seconds{{buzon="{ATNDER}"}}'] == office.clock.now().timestamp()
    assert found['acuse_alarms{clase="acceso"}'] == 1 and found['acuse_alarms{clase="bcc"}'] == 0
    assert found['acuse_ok{pregunta="entra"}'] == 0 and found['acuse_ok{pregunta="vence"}'] == 1
    assert found['acuse_rules_info{numero="1",plantillas="t1",version="r1"}'] == 1
    assert found["acuse_next_term_timestamp_seconds"] > office.clock.now().timestamp()
    assert found[f'acuse_sending_info{{buzon="{ATNDER}",envios="normales"}}'] == 1


def test_no_figure_names_a_person(scraped: Scraped) -> None:
    scraped.office.write()
    scraped.office.run()
    scraped.office.desk.alarm_once(f"acceso:{PERSON}", f"la de {PERSON}")
    told = json.dumps(scraped.lines())
    assert "ana" not in told.lower() and scraped.office.petition().folio not in told


def test_what_happens_is_counted_by_kind(scraped: Scraped) -> None:
    for _ in range(3):
        scraped.metrics.heard(Event(scraped.office.clock.now(), "recibido"))
    assert scraped.lines()['acuse_events_total{accion="recibido"}'] == 3


def test_a_store_out_of_reach_shows_as_down_and_the_endpoint_goes_on(scraped: Scraped) -> None:
    scraped.fault = StoreUnavailable("ocupada")
    assert scraped.lines()["acuse_up"] == 0


def test_many_scrapes_ask_the_store_once_and_an_event_waits_for_none_of_them(scraped: Scraped) -> None:
    scraped.slow = 0.3
    scrapes = [threading.Thread(target=scraped.lines) for _ in range(4)]
    for each in scrapes:
        each.start()
    time.sleep(0.05)
    began = time.monotonic()
    scraped.metrics.heard(Event(scraped.office.clock.now(), "enviado"))
    assert time.monotonic() - began < 0.2
    for each in scrapes:
        each.join()
    assert scraped.asked == 1


def test_it_is_offered_to_this_machine_alone_and_a_port_that_is_taken_is_told(scraped: Scraped) -> None:
    assert scraped.metrics._server.server_address[0] == "127.0.0.1"  # type: ignore[attr-defined]
    with pytest.raises(AcuseError, match="no se pueden ofrecer las cifras"):
        Metrics(scraped._ask).serve(scraped.port)


def test_the_example_of_alert_rules_and_the_guide_name_figures_that_exist(scraped: Scraped) -> None:
    scraped.office.write()
    scraped.office.run()
    scraped.office.store.keep_rules("r1", "t1", {"a.yaml": b"x"}, scraped.office.clock.now())
    scraped.metrics.heard(Event(scraped.office.clock.now(), "recibido"))
    known = {name.partition("{")[0] for name in scraped.lines()} | {"acuse_outbox_oldest_timestamp_seconds"}
    docs = Path(__file__).parents[2] / "docs"
    texts = [(docs / name).read_text(encoding="utf-8") for name in ("alertas_prometheus.yaml", "operacion.md")]
    named = {name for text in texts for name in re.findall(r"\bacuse_[a-z_]+\b", text) if name != "acuse_"}
    assert len(named) > 12 and named <= known


def test_it_is_offered_over_ipv6_where_that_is_asked_for() -> None:
    try:
        found = Scraped("::1")
    except AcuseError:
        pytest.skip("esta máquina no tiene ::1")
    assert found.lines()["acuse_up"] == 1
    found.metrics.stop()
