"""What the operator and the office ask the store on the command line, and what they tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.errors import AcuseError
from daemon.model.decision import Plan
from daemon.model.petition import HistoryEntry, State
from daemon.ports import Store
from storage import open_store
from tests.contract.store_samples import ACCOUNT, FOLIO, a_copy, a_delivery, a_draft, a_petition, opened, send

SETTINGS = """\
[acuse]
almacen = "sqlite:///oficina.db"
[buzon.atnder]
correo = "atnder@imss.gob.mx"
[buzon.atnder.imap]
servidor = "imap.example.org"
[buzon.atnder.smtp]
servidor = "smtp.example.org"
"""
NOW = datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "una clave de firma larga")
    path = tmp_path / "service.toml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def store(settings: Path) -> Iterator[Store]:
    """The office's store, with one petition whose data request has left."""
    store = open_store(f"sqlite:///{settings.parent}/oficina.db")
    petition = opened(store, a_petition(data=replace(a_petition().data, nss=None)), drafts=[a_draft()])
    send(store, a_draft().id, NOW - timedelta(days=1))
    entry = HistoryEntry(NOW, "recibida", "Llega la petición", "P 5.19", state=State.NUEVA)
    store.commit(Plan(petition=petition, history=(entry,)), now=NOW)
    yield store
    store.close()


def acuse(settings: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "-a", str(settings)])
    if isinstance(done.exception, AcuseError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_status_names_the_mail_whose_copy_is_missing_and_the_copy_of_no_mail_of_ours(
    settings: Path, store: Store
) -> None:
    store.commit(Plan(), now=NOW, copy=a_copy("<a-mano@imss.example>", seen_at=NOW))
    figures = json.loads(acuse(settings, "status", "--json"))
    assert figures["copias_faltantes"] == [f"{FOLIO} datos_complementarios"]
    assert figures["copias_ajenas"] == ["atnder@imss.example a rosa.medina@correo.example, otra@correo.example"]
    assert f"  - {FOLIO} datos_complementarios" in acuse(settings, "status")


def test_status_is_silent_about_copies_when_each_mail_has_its_own(settings: Path, store: Store) -> None:
    store.commit(Plan(), now=NOW, copy=a_copy(a_draft().message_id, seen_at=NOW))
    figures = json.loads(acuse(settings, "status", "--json"))
    assert (figures["copias_faltantes"], figures["copias_ajenas"]) == ([], [])


def test_show_tells_a_petition_as_a_story_with_numerals(settings: Path, store: Store) -> None:
    told = acuse(settings, "show", FOLIO.lower())
    assert told.startswith(f"{FOLIO}  espera_datos_1")
    assert "se captura el 09/09/2025 (P 5.19)" in told
    assert "Llega la petición (P 5.19)" in told


def test_what_a_person_knows_is_noted_and_moves_the_petition(settings: Path, store: Store) -> None:
    assert "revision_consultor" in acuse(settings, "peticion", FOLIO, "--nss", "16907325605", "--quien", "ana")
    petition = store.petition(FOLIO)
    assert petition is not None
    assert (petition.data.nss, petition.missing, petition.state) == ("16907325605", (), State.REVISION_CONSULTOR)
    assert ("ana", "nss: dado por un consultor") in [(entry.actor, entry.text) for entry in store.story(FOLIO)]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("show", "AC-250909-ZZZZZ"), "no hay ninguna petición con esa referencia"),
        (("peticion", "AC-250909-ZZZZZ"), "no hay ninguna petición con esa referencia"),
        (("peticion", FOLIO, "--tema", "no_existe"), "no existe el tema"),
        (("peticion", FOLIO, "--nss", "12345678900"), "NSS"),
        (("quarantine", "retry", "1"), "no hay un mensaje con ese número"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_cure(
    settings: Path, store: Store, words: tuple[str, ...], what: str
) -> None:
    with pytest.raises(AcuseError, match=what) as told:
        acuse(settings, *words)
    assert told.value.cure


def test_a_message_in_quarantine_keeps_its_number_when_another_one_is_retried(settings: Path, store: Store) -> None:
    for uid in (71, 72, 73):
        store.claim(ACCOUNT, "INBOX", 1, [uid], NOW)
        store.quarantine(a_delivery(uid), "ilegible", f"detalle {uid}", NOW)
    first, second, third = acuse(settings, "quarantine", "list").splitlines()
    acuse(settings, "quarantine", "retry", first.partition(".")[0])
    assert acuse(settings, "quarantine", "list").splitlines() == [second, third]
    acuse(settings, "quarantine", "retry", third.partition(".")[0])
    assert acuse(settings, "quarantine", "list").splitlines() == [second]
    with pytest.raises(AcuseError, match="no hay un mensaje con ese número"):
        acuse(settings, "quarantine", "retry", first.partition(".")[0])
