"""Fixtures of the contract tests: the same promises are asked of every back end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.ports import Store
from storage import open_store

POSTGRES = os.environ.get("ACUSE_TEST_POSTGRES", "")


def _emptied(url: str) -> str:
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


# PostgreSQL joins when there is one to ask: a later issue brings it to the product, and these promises are ready.
BACK_ENDS = ["sqlite_file", "sqlite_memory", *(["postgresql"] if POSTGRES else [])]


@pytest.fixture(params=BACK_ENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind; PostgreSQL only when ACUSE_TEST_POSTGRES names a data base that may be emptied."""
    urls = {"sqlite_file": f"sqlite:///{tmp_path / 'acuse.db'}", "sqlite_memory": "sqlite://"}
    opened = open_store(urls.get(request.param) or _emptied(POSTGRES))
    yield opened
    opened.close()
