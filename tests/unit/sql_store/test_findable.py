"""Petitions stored before antecedents were looked up are found by them once the data base is brought up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from storage import engine, open_store
from tests.contract.store_samples import NOW, a_petition, folios, keys, opened


def test_petitions_of_before_are_made_findable(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'acuse.db'}"
    store = open_store(url)
    petition = opened(store, a_petition())
    store.close()
    with create_engine(url).begin() as connection:
        command.downgrade(engine.alembic_config(connection), "0002")
    again = open_store(url)
    for by in ({"address": petition.petitioner}, {"nss": petition.data.nss}, {"nombre": petition.data.nombre}):
        assert folios(again.history_for(keys(**by), NOW).kin) == [petition.folio]
