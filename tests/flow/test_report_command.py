"""`acuse report` as a person calls it: days and months as they are written, every form, faults with their cure."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.cli.report import span
from daemon.errors import AcuseError

NOW = date(2026, 11, 22)
SETTINGS = """
almacen = "sqlite:///{store}"
[buzon.atnder]
correo = "atnder@imss.gob.mx"
perfil = "medios_electronicos"
[buzon.atnder.imap]
servidor = "imap.example.org"
[buzon.atnder.smtp]
servidor = "smtp.example.org"
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from storage import open_store

    root = Path(__file__).parents[2]
    folders = f'[acuse]\nreglas = ["{root / "rules"}"]\nplantillas = ["{root / "templates"}"]\n'
    file = tmp_path / "service.toml"
    file.write_text(folders + SETTINGS.format(store=tmp_path / "acuse.db"), encoding="utf-8")
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "0" * 64)
    open_store(f"sqlite:///{tmp_path / 'acuse.db'}").close()
    return file


def said(settings: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["report", "-a", str(settings), *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2026-11-03", date(2026, 11, 3), date(2026, 11, 3)),
        ("03/11/2026", date(2026, 11, 3), date(2026, 11, 3)),
        ("3 de noviembre de 2026", date(2026, 11, 3), date(2026, 11, 3)),
        ("3 nov", date(2026, 11, 3), date(2026, 11, 3)),
        ("Febrero 2028", date(2028, 2, 1), date(2028, 2, 29)),
        ("octubre", date(2026, 10, 1), date(2026, 10, 31)),
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        ("10/2026", date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_a_day_or_a_month_is_written_as_people_write_it(words: str, first: date, last: date) -> None:
    assert span(words, NOW) == (first, last)


@pytest.mark.parametrize("words", ["ayer", "31/02/2026", "2026-13", "brumario 2026", ""])
def test_what_is_no_date_is_refused_with_examples(words: str) -> None:
    with pytest.raises(AcuseError) as fault:
        span(words, NOW)
    assert "noviembre 2026" in fault.value.cure


def test_it_prints_a_table_and_data_of_a_month(settings: Path) -> None:
    told = said(settings, "--desde", "octubre 2025")
    assert told.startswith("Informe del miércoles 1 de octubre de 2025 al viernes 31 de octubre de 2025")
    assert "RESUMEN" in told and "Recibidas" in told
    data = json.loads(said(settings, "--desde", "octubre 2025", "--json"))
    assert (data["desde"], data["hasta"]) == ("2025-10-01", "2025-10-31")
    assert {"cifra": "Recibidas", "numero": 0} in data["resumen"]["totales"]


def test_the_same_period_gives_the_same_bytes(settings: Path, tmp_path: Path) -> None:
    for form, name in (("--html", "a.html"), ("--xlsx", "a.xlsx")):
        made = []
        for _ in range(2):
            said(settings, "--desde", "2025-10", form, "--salida", str(tmp_path / name))
            made.append((tmp_path / name).read_bytes())
        assert made[0] == made[1] and len(made[0]) > 3000


@pytest.mark.parametrize(
    "words",
    [["--xlsx"], ["--html", "--json"], ["--desde", "2025-10-02", "--hasta", "2025-10-01"], ["--desde", "mañana"]],
)
def test_what_cannot_be_done_is_said(settings: Path, words: list[str]) -> None:
    with pytest.raises(AcuseError):
        said(settings, *words)
