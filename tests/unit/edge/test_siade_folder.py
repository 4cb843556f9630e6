"""The folder for SIADE: a batch appears whole or not at all, is never overwritten, and only its owner reads it."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.edge.siade_folder import SiadeFolder
from daemon.edge.tables import read_table
from daemon.errors import AcuseError

AT = datetime(2025, 10, 13, 16, 30, tzinfo=UTC)


def lay(folder: Path, number: int = 7) -> SiadeFolder:
    gateway = SiadeFolder(folder)
    with gateway.parcel(number) as parcel:
        assert parcel.add("AC_s1", "01_receta.png", b"\x89PNG") == "adjuntos/AC_s1/01_receta.png"
        parcel.finish(["a", "b"], [["1", "=2"]], AT)
    return gateway


def test_a_batch_is_a_folder_with_both_tables_and_its_files(tmp_path: Path) -> None:
    assert lay(tmp_path).has(7) and not SiadeFolder(tmp_path).has(8)
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["lote_0007/adjuntos/AC_s1/01_receta.png", "lote_0007/lote_0007.csv", "lote_0007/lote_0007.xlsx"]
    for kind in ("csv", "xlsx"):
        assert [dict(row.cells) for row in read_table(tmp_path / f"lote_0007/lote_0007.{kind}").rows] == [
            {"a": "1", "b": "=2"}
        ]
    assert all(stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700) for path in (tmp_path / "lote_0007").rglob("*"))


def test_an_interruption_leaves_nothing_and_the_next_time_it_is_whole(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), SiadeFolder(tmp_path).parcel(7) as parcel:
        parcel.add("AC_s1", "01_receta.png", b"x")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".lote_0007.parte").mkdir()
    (tmp_path / ".lote_0007.parte" / "resto").write_text("de una caída")
    lay(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lote_0007"]
    assert not (tmp_path / "lote_0007" / "resto").exists()


def test_a_batch_that_lies_there_is_not_overwritten(tmp_path: Path) -> None:
    lay(tmp_path)
    with pytest.raises(AcuseError, match="no se puede escribir el lote 7"):
        lay(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lote_0007"]


def test_a_folder_that_is_not_there_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(AcuseError) as told:
        lay(tmp_path / "no_hay")
    assert "lote_0007" in told.value.where and "no se pierde nada" in told.value.cure


@pytest.mark.parametrize(("folder", "name"), [("..", "x"), ("a", ".."), ("a", "b/c"), ("a/b", "c"), ("/etc", "x")])
def test_no_file_leaves_the_batch(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / "siade").mkdir()
    with pytest.raises(AcuseError), SiadeFolder(tmp_path / "siade").parcel(7) as parcel:
        parcel.add(folder, name, b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["siade"]


def test_two_who_hand_over_at_once_do_not_empty_each_other(tmp_path: Path) -> None:
    first, second = SiadeFolder(tmp_path), SiadeFolder(tmp_path)
    with first.parcel(1) as parcel:
        parcel.add("AC-1", "receta.pdf", b"PDF")
        with pytest.raises(AcuseError, match="en curso"), second.parcel(1):
            raise AssertionError
        parcel.finish(["referencia"], [["AC-1"]], AT)
    assert (tmp_path / "lote_0001/adjuntos/AC-1/receta.pdf").read_bytes() == b"PDF"
