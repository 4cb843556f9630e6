"""Fixtures of the contract tests: the same promises are asked of every back end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.ports import Store
from storage import open_store

BACK_ENDS = ["sqlite_file", "sqlite_memory", "postgresql"]


@pytest.fixture(params=BACK_ENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").emptied()
    else:
        url = f"sqlite:///{tmp_path / 'acuse.db'}" if request.param == "sqlite_file" else "sqlite://"
    opened = open_store(url)
    yield opened
    opened.close()
