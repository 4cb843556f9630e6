"""Opening a store: what is refused is refused in words that say what to do; the schema is what the code believes."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, exc, text

from daemon.errors import StoreUnavailable
from daemon.model.decision import Plan
from storage import engine, open_store, tables
from tests.contract.store_samples import NOW, a_line, a_petition


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "acuse.db"


def refusal(url: str, *, migrate: bool = True) -> str:
    with pytest.raises(StoreUnavailable) as refused:
        open_store(url, migrate=migrate)
    assert refused.value.cure
    return str(refused.value)


def test_the_migrations_make_the_tables_that_the_code_believes_in(file: Path) -> None:
    open_store(f"sqlite:///{file}").close()
    with create_engine(f"sqlite:///{file}").connect() as connection:
        command.check(engine.alembic_config(connection))


def test_the_migrations_make_the_same_triggers_as_a_store_in_memory(file: Path) -> None:
    migrated = sqlite3.connect(file)
    open_store(f"sqlite:///{file}").close()
    memory = create_engine("sqlite://")
    tables.metadata.create_all(memory)
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    with memory.connect() as connection:
        made = [tuple(row) for row in connection.execute(text(query))]
    assert made == migrated.execute(query).fetchall()
    assert len(made) == 2


def test_the_code_knows_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(engine.alembic_config()).get_current_head() == tables.REVISION


def test_every_migration_can_be_taken_back(file: Path) -> None:
    open_store(f"sqlite:///{file}").close()
    with create_engine(f"sqlite:///{file}").begin() as connection:
        command.downgrade(engine.alembic_config(connection), "base")
    names = {row[0] for row in sqlite3.connect(file).execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {"alembic_version"}


def test_what_was_stored_is_there_after_reopening(file: Path) -> None:
    first = open_store(f"sqlite:///{file}")
    first.commit(Plan(petition=a_petition()), now=NOW)
    first.close()
    assert open_store(f"sqlite:///{file}", migrate=False).petition(a_petition().folio) is not None


def test_a_schema_newer_than_the_program_is_refused(file: Path) -> None:
    open_store(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for migrate in (True, False):
        said = refusal(f"sqlite:///{file}", migrate=migrate)
        assert "versión más nueva" in said
        assert "9999" in said


def test_without_leave_to_migrate_an_empty_file_is_refused(file: Path) -> None:
    assert "acuse run" in refusal(f"sqlite:///{file}", migrate=False)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    said = refusal(f"sqlite:///{tmp_path / 'no' / 'acuse.db'}")
    assert str(tmp_path / "no") in said
    assert "compruebe que la carpeta existe" in said


def test_a_folder_is_no_data_base(tmp_path: Path) -> None:
    assert "no se puede abrir" in refusal(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_data_base_is_refused_and_left_as_it_is(file: Path) -> None:
    file.write_text("Estimada Rosa: " * 100)
    assert "no es una base de datos" in refusal(f"sqlite:///{file}")
    assert file.read_text().startswith("Estimada Rosa")


@pytest.mark.parametrize("url", ["acuse.db", "sqlite:/mal escrito", "mongodb://x/y", "oracle+nada://x/y"])
def test_an_address_that_makes_no_sense_is_refused(url: str) -> None:
    assert refusal(url)


def test_a_password_in_the_address_is_not_told_to_anyone() -> None:
    assert "secreta" not in refusal("postgresql+nada://acuse:secreta@127.0.0.1:1/acuse")


def test_a_new_file_can_be_read_by_its_owner_alone(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    store.commit(Plan(petition=a_petition()), now=NOW)
    for each in file.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def test_every_connection_is_safe_against_power_cuts_and_keeps_references(file: Path) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    store = open_store(f"sqlite:///{file}")
    with store._db.reading() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
    assert found == wanted


@pytest.mark.parametrize("order", ["UPDATE history SET text = 'otra cosa'", "DELETE FROM history"])
@pytest.mark.parametrize("memory", [True, False])
def test_history_can_be_neither_changed_nor_shortened(order: str, memory: bool, file: Path) -> None:
    store = open_store("sqlite://" if memory else f"sqlite:///{file}")
    store.commit(Plan(petition=a_petition(), history=(a_line(),)), now=NOW)
    with pytest.raises(exc.IntegrityError, match="la historia solo crece"), store._db.writing() as connection:
        connection.execute(text(order))
    assert store.story(a_petition().folio) == (a_line(),)


def test_a_readers_transaction_does_not_wait_for_a_writer(file: Path) -> None:
    store = open_store(f"sqlite:///{file}", patience=0.1)
    other = open_store(f"sqlite:///{file}", patience=0.1)
    with store._db.writing() as connection:
        connection.execute(text("DELETE FROM outbox"))
        assert other.petitions() == ()
