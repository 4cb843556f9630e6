"""The rights of access and cancellation at the command line: exact data only, asked first, a receipt without names."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.cli.privacy import person_key
from daemon.errors import AcuseError
from daemon.model.ledger import Past
from daemon.model.petition import State
from daemon.model.privacy import Dato
from daemon.model.survival import Pensioner
from daemon.ports import Store
from storage import open_store
from tests.contract.store_samples import FOLIO, NOW, PERSON
from tests.contract.test_store_privacy import CURP, DATA, NSS, PHONE, a_whole_petition, left_of

from .test_people_commands import SETTINGS, acuse

OTHER = "AC-250910-BBBBB"
MOTIVE = ("--motivo", "Solicitud ARCO 12/2026")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "una clave de firma larga")
    path = tmp_path / "service.toml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def store(settings: Path) -> Iterator[Store]:
    """A concluded petition of Rosa, and one of SIADE's that was imported."""
    store = open_store(f"sqlite:///{settings.parent}/oficina.db")
    a_whole_petition(store)
    store.load_past([Past("2025A1", nss=NSS, nombre="Rosa Medina", cerrada=date(2025, 1, 1), respuesta="Sí hay")], NOW)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("asked", "kind", "value"),
    [
        ("12345678903", Dato.NSS, NSS),
        ("1234-56-7890 3", Dato.NSS, NSS),
        ("lora800101mdfpzn09", Dato.CURP, CURP.lower()),
        (" Rosa.Medina@Correo.example", Dato.CORREO, PERSON),
        ("55 5555 0101", Dato.TELEFONO, PHONE),
        ("+52 55 5555 0101", Dato.TELEFONO, PHONE),
        ("+521 (55) 5555-0101", Dato.TELEFONO, PHONE),
        ("ac-250909-7k3fq", Dato.FOLIO, FOLIO),
        ("2025A1", Dato.SIADE, "2025A1"),
    ],
)
def test_a_person_is_named_by_an_exact_datum_however_it_is_written(asked: str, kind: Dato, value: str) -> None:
    key = person_key(asked)
    assert key
    assert (key.kind, key.value) == (kind, value)


def test_a_name_is_refused_and_tells_whom_it_may_be(settings: Path, store: Store) -> None:
    for command in (("show", "Rosa", "Medina"), ("erase", "Rosa", "Medina", *MOTIVE)):
        with pytest.raises(AcuseError, match="un nombre no basta") as refused:
            acuse(settings, "privacy", *command)
        assert FOLIO in str(refused.value)
    assert left_of(store)


@pytest.mark.parametrize("asked", ["atnder@imss.gob.mx", "nadie@correo.example", "59865152421"])
def test_an_address_of_the_house_and_whoever_is_not_known_are_refused(settings: Path, store: Store, asked: str) -> None:
    with pytest.raises(AcuseError):
        acuse(settings, "privacy", "show", asked)


def test_access_tells_everything_in_plain_words_and_where_the_mails_lie(settings: Path, store: Store) -> None:
    store.load_roster([Pensioner(NSS, "Rosa", "Medina", fecha_nacimiento=date(1980, 1, 1))], NOW)
    told = acuse(settings, "privacy", "show", NSS)
    for words in (FOLIO, "Rosa Medina Ñúñez", PERSON, "1 petición", "2 líneas de historia", "1 correo que escribimos",
                  "<1.nuevo@correo.example>", "2025A1", "Padrón de pensionados"):  # fmt: skip
        assert words in told
    whole = json.loads(acuse(settings, "privacy", "show", NSS, "--json"))
    assert "Estimada Rosa" in whole["renglones"]["drafts"][0]["text"]
    assert whole["peticiones"][0]["folio"] == FOLIO


def test_a_copy_for_the_person_goes_to_a_file_that_only_its_owner_reads(settings: Path, store: Store) -> None:
    file = settings.parent / "acceso.json"
    acuse(settings, "privacy", "show", NSS, "--json", "--salida", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["dato"] == {"tipo": "nss", "valor": NSS}


def test_cancellation_shows_asks_erases_and_gives_a_receipt_that_names_nobody(settings: Path, store: Store) -> None:
    done = CliRunner().invoke(app, ["privacy", "erase", NSS, *MOTIVE, "-a", str(settings)], input="n\n")
    assert "Esto no se puede deshacer" in done.output
    assert "No se borró nada" in done.output
    assert left_of(store)
    said = acuse(settings, "privacy", "erase", NSS, *MOTIVE, "--si")
    receipt = next(line for line in said.splitlines() if line.startswith("Constancia de borrado 1:"))
    assert FOLIO in receipt
    assert "2025A1" in receipt
    assert not [word for word in (NSS, "Rosa", PERSON) if word in receipt]
    assert left_of(store) == []
    assert acuse(settings, "privacy", "log").strip() == receipt
    (record,) = json.loads(acuse(settings, "privacy", "log", "--json"))
    assert record["folios"] == [FOLIO]
    assert len(record["person"]) == 64
    with pytest.raises(AcuseError, match="no se guarda nada"):
        acuse(settings, "privacy", "show", NSS)
    assert "ya se borró" in acuse(settings, "privacy", "show", FOLIO)


def test_what_is_open_is_named_with_what_to_do_and_only_the_concluded_goes_when_asked(
    settings: Path, store: Store
) -> None:
    a_whole_petition(store, OTHER, uid=2, state=State.ESPERA_DATOS_1)
    with pytest.raises(AcuseError, match="sigue abierta") as refused:
        acuse(settings, "privacy", "erase", NSS, *MOTIVE, "--si")
    assert OTHER in str(refused.value)
    assert "--concluir" in str(refused.value)
    said = acuse(settings, "privacy", "erase", NSS, *MOTIVE, "--si", "--solo-concluidas")
    assert f"Queda sin borrar lo que sigue en curso: {OTHER}" in said
    kept = store.petition(OTHER)
    assert kept
    assert kept.data.nss == NSS


def test_an_address_that_several_people_use_is_not_enough_to_erase(settings: Path, store: Store) -> None:
    a_whole_petition(store, OTHER, uid=2, data=replace(DATA, nombre="Luis Mora", nss="12816177971", curp=None))
    with pytest.raises(AcuseError, match="lo comparten varias personas") as refused:
        acuse(settings, "privacy", "erase", PERSON, *MOTIVE, "--si")
    assert "Luis Mora" in str(refused.value)
    acuse(settings, "privacy", "erase", OTHER, *MOTIVE, "--si")
    assert store.held_about(person_key(NSS), date(2026, 1, 1)).matters  # type: ignore[arg-type]


@pytest.mark.parametrize("motive", [f"pide {PERSON}", f"NSS {NSS}", "NSS 1234-56-7890-3", " "])
def test_the_reason_must_not_keep_what_is_erased(settings: Path, store: Store, motive: str) -> None:
    asked = PERSON if "@" in motive else NSS
    with pytest.raises(AcuseError, match="motivo"):
        acuse(settings, "privacy", "erase", asked, "--motivo", motive, "--si")
    assert left_of(store)


def test_after_a_restore_of_an_older_backup_the_records_erase_again(settings: Path, store: Store) -> None:
    acuse(settings, "privacy", "erase", NSS, *MOTIVE, "--si")
    records = settings.parent / "constancias.json"
    records.write_text(acuse(settings, "privacy", "log", "--json"))
    assert "ya está borrado" in acuse(settings, "privacy", "repeat", str(records), "--si")
    store.close()
    for file in settings.parent.glob("oficina.db*"):
        file.unlink()
    older = open_store(f"sqlite:///{settings.parent}/oficina.db")
    a_whole_petition(older)
    older.load_past([Past("2025A1", nss=NSS, nombre="Rosa Medina", cerrada=date(2025, 1, 1))], NOW)
    said = acuse(settings, "privacy", "repeat", str(records), "--si")
    assert "de nuevo tras restaurar: Solicitud ARCO 12/2026" in said
    assert left_of(older) == []
    assert "ya está borrado" in acuse(settings, "privacy", "repeat", str(records), "--si")
    older.close()


@pytest.mark.parametrize("text", ["no es json", "{}", '[{"origin": "solicitud"}]', "[3]"])
def test_a_file_that_holds_no_records_is_refused(settings: Path, store: Store, text: str) -> None:
    (settings.parent / "otro.json").write_text(text)
    if text != "{}":
        with pytest.raises(AcuseError, match="no son constancias"):
            acuse(settings, "privacy", "repeat", str(settings.parent / "otro.json"), "--si")


def test_whoever_asks_the_office_meets_blanks_and_no_fault(settings: Path, store: Store) -> None:
    day = f"{datetime(2025, 9, 9, tzinfo=UTC):%Y-%m}"
    before = acuse(settings, "report", "--desde", day, "--json")
    acuse(settings, "privacy", "erase", NSS, *MOTIVE, "--si")
    assert acuse(settings, "report", "--desde", day, "--json") == before
    assert "[borrado]" in acuse(settings, "show", FOLIO)
    assert "No hay antecedentes" in acuse(settings, "antecedentes", "buscar", PERSON)
    acuse(settings, "antecedentes", "buscar", FOLIO)
    # Whether something is wrong is its exit code; that it tells the figures is what counts here.
    told = CliRunner().invoke(app, ["status", "--json", "-a", str(settings)])
    assert json.loads(told.output)
