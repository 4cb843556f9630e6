"""`acuse compromisos`: what is noted at a terminal stands in every form of the table; what is wrong is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.errors import AcuseError

ROOT = Path(__file__).parents[2]
SETTINGS = f"""\
[acuse]
almacen = "sqlite:///oficina.db"
reglas = ["{ROOT / "rules"}", "propias"]
[buzon.atnder]
correo = "atnder@imss.gob.mx"
[buzon.atnder.imap]
servidor = "imap.example.org"
[buzon.atnder.smtp]
servidor = "smtp.example.org"
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "una clave de firma larga")
    (tmp_path / "propias").mkdir()
    shutil.copy(ROOT / "docs" / "compromisos_ejemplo.yaml", tmp_path / "propias" / "compromisos.yaml")
    path = tmp_path / "service.toml"
    path.write_text(SETTINGS)
    return path


def acuse(settings: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["compromisos", *words, "-a", str(settings)])
    if isinstance(done.exception, AcuseError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_what_is_noted_by_hand_stands_in_every_form_of_the_table(settings: Path) -> None:
    assert "Anotado" in acuse(
        settings, "anotar", "2", "--avance", "70", "--documento", "Oficio 9", "--mes", "abril 2016"
    )
    told = acuse(settings, "list")
    assert "70 %" in told and "vencido hace" in told and told.rstrip().endswith("Promedio: 90.00%")
    whole = json.loads(acuse(settings, "list", "--json"))
    assert whole["promedio"] == 90
    assert whole["compromisos"][1]["Mes y Año"] == "Abril-2016"
    assert "Oficio 9" in acuse(settings, "print")
    page, book = settings.parent / "tabla.html", settings.parent / "tabla.xlsx"
    acuse(settings, "print", "--html", str(page))
    assert "Promedio: 90.00%" in page.read_text(encoding="utf-8")
    acuse(settings, "export", "--xlsx", str(book))
    assert book.read_bytes().startswith(b"PK")
    with pytest.raises(AcuseError, match="ya existe"):
        acuse(settings, "export", "--xlsx", str(book))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("9", "--avance", "10"), "no existe ese compromiso"),
        (("2",), "no se dijo qué anotar"),
        (("2", "--mes", "pronto"), "mes y año"),
    ],
)
def test_what_cannot_be_noted_is_told(settings: Path, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(AcuseError, match=why):
        acuse(settings, "anotar", *words)
