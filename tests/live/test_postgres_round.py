"""The whole round with the store in PostgreSQL: a mail arrives, its answer leaves and is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.model.petition import State
from tests.live.office import COMPLAINT, LiveOffice
from tests.live.postgres import Postgres
from tests.live.servers import Dovecot

pytestmark = pytest.mark.live


class OnPostgres(LiveOffice):
    """An office whose store is a data base server's."""

    almacen: str

    def service_toml(self) -> Path:
        path = super().service_toml()
        embedded = f'"sqlite:///{self.folder / "acuse.db"}"'
        path.write_text(path.read_text("utf-8").replace(embedded, f'"{self.almacen}"'), encoding="utf-8")
        return path


def test_a_mail_is_answered_and_counted_on_postgresql(dovecot: Dovecot, postgres: Postgres, tmp_path: Path) -> None:
    office = OnPostgres(dovecot, tmp_path, trusting=True)
    office.almacen = postgres.emptied()
    with office.open():
        office.write(COMPLAINT, subject="Falta de medicamento")
        office.settle()
        assert len(office.received()) == 1
        assert office.petition().state is State.ESPERA_DATOS_1
        assert len(office.store.copies(office.draft().message_id)) == 1
        office.restart()
        office.settle()
        assert len(office.received()) == 1 and office.told("alarma") == []
