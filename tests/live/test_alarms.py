"""Alarms and figures on real servers: a refused password is told by another mailbox, and its end too."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import load_settings
from daemon.service import Service
from tests.live.office import LiveOffice, assembled
from tests.live.servers import Dovecot, free_port, wait_until

pytestmark = pytest.mark.live
BOXES = ("atnder", "atn_contribuyente")


class Watched(LiveOffice):
    """An office whose operator is told of alarms and scrapes its figures."""

    port = 0

    def service_toml(self) -> Path:
        path = super().service_toml()
        more = f'\n[acuse.alarmas]\ncorreo = "{self.operator}"\n[acuse.metricas]\npuerto = {self.port}\n'
        path.write_text(path.read_text() + more, encoding="utf-8")
        return path

    @property
    def operator(self) -> str:
        return f"operacion@{self.house}"

    def service(self, **secrets: str) -> Service:
        settings = load_settings(self.service_toml(), {**self.secrets(), **secrets})
        service = Service(assembled(settings, self.rules(), self.clock, self._hear))
        service.start()
        return service

    def figures(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    def keys(self, action: str) -> list[str]:
        return [str(event.fields["clave"]) for event in self.told(action)]


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(dovecot, tmp_path, boxes=BOXES)
    watched.port = free_port()
    with watched.servers():
        yield watched


def test_a_refused_password_is_told_by_another_mailbox_shown_in_the_figures_and_its_end_is_told_after_a_restart(
    office: Watched,
) -> None:
    account, other = map(office.account, BOXES)
    service = office.service(ACUSE_BUZON__ATNDER__CLAVE="equivocada")
    try:
        assert wait_until(lambda: office.keys("alarma") == [f"acceso:{account}"], 20)
        assert wait_until(lambda: bool(service.office.desk.store.health(office.clock.now()).alarms), 20)
        assert wait_until(lambda: service.workers[1].last_pass is not None, 20)
        told = office.figures()
        assert 'acuse_alarms{clase="acceso"} 1.0' in told and 'acuse_ok{pregunta="entra"} 0.0' in told
        assert f'acuse_last_pass_timestamp_seconds{{buzon="{other}"}}' in told
        assert 'acuse_events_total{accion="alarma"} 1.0' in told
        office.clock.advance(timedelta(minutes=2))
        service._guard.look(service.office.desk)
        service._guard.look(service.office.desk)
        (mail,) = office.received(office.operator)
        assert other in mail.message["From"] and "no admite la contraseña" in mail.message["Subject"]
        assert account in mail.text() and "Qué hacer:" in mail.text()
    finally:
        service.stop()

    service = office.service()
    try:
        assert wait_until(lambda: f"acceso:{account}" in office.keys("alarma_fin"), 20)
        office.clock.advance(timedelta(minutes=15))
        service._guard.look(service.office.desk)
        began, ended = office.received(office.operator)
        assert began.message["Message-ID"] == mail.message["Message-ID"]
        assert ended.message["Subject"].startswith("Terminó: ") and "Duró" in ended.text()
    finally:
        service.stop()
