"""What the operator and the office ask the store on the command line, and what they tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.errors import AcuseError
from daemon.model.decision import Plan
from daemon.model.petition import HistoryEntry, State
from daemon.ports import Store
from storage import at_work, open_store, sole
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


def status(settings: Path, *words: str, code: int = 1) -> str:
    """What `acuse status` says; without a daemon at work something needs a person."""
    done = CliRunner().invoke(app, ["status", *words, "-a", str(settings)])
    assert done.exit_code == code, done.output
    return done.output


def test_status_names_the_mail_whose_copy_is_missing_and_the_copy_of_no_mail_of_ours(
    settings: Path, store: Store
) -> None:
    store.commit(Plan(), now=NOW, copy=a_copy("<a-mano@imss.example>", seen_at=NOW))
    told = json.loads(status(settings, "--json"))
    assert told["copias_faltantes"] == [f"{FOLIO} datos_complementarios"]
    assert told["copias_ajenas"] == ["…@imss.example a …@correo.example, …@correo.example"]
    assert f"  - {FOLIO} datos_complementarios" in status(settings)


def test_status_is_silent_about_copies_when_each_mail_has_its_own(settings: Path, store: Store) -> None:
    store.commit(Plan(), now=NOW, copy=a_copy(a_draft().message_id, seen_at=NOW))
    told = json.loads(status(settings, "--json"))
    assert (told["copias_faltantes"], told["copias_ajenas"]) == ([], [])


SHAPE: dict[str, object] = {
    "type": "object",
    "required": ["forma", "hora", "bien", "en_marcha", "respuestas", "buzones", "alarmas", "reglas", "plazos"],
    "properties": {
        "forma": {"const": 1},
        "hora": {"type": "string", "format": "date-time"},
        "bien": {"type": "boolean"},
        "en_marcha": {"type": ["boolean", "null"]},
        "respuestas": {
            "type": "object",
            "required": ["entra", "sale", "atorado", "vence"],
            "additionalProperties": {
                "type": "object",
                "required": ["bien", "texto"],
                "properties": {"bien": {"type": "boolean"}, "texto": {"type": "string"}},
            },
        },
        "buzones": {
            "type": "array",
            "items": {
                "type": "object",
                "required": [
                    *("buzon", "ultima_revision", "ultimo_recibido", "por_terminar", "envios"),
                    *("por_enviar", "espera_desde", "sin_copia"),
                ],
                "properties": {"envios": {"enum": ["normales", "solo_borradores", "detenidos"]}},
            },
        },
        "alarmas": {
            "type": "array",
            "items": {"type": "object", "required": ["clase", "que", "detalle", "desde"]},
        },
        "reglas": {
            "type": ["object", "null"],
            "required": ["numero", "reglas", "plantillas", "desde", "rechazadas"],
        },
        "plazos": {
            "type": "array",
            "items": {"type": "object", "required": ["folio", "buzon", "estado", "actua", "vencido"]},
        },
        "inciertos": {"type": "object", "required": ["cuantos", "lista"]},
        "tareas_abandonadas": {"type": "object", "required": ["cuantas", "lista"]},
        **{key: {"type": "integer"} for key in ("por_enviar", "cuarentena", "por_terminar", "vencidos")},
        "siade_en_contingencia": {"type": "boolean"},
        **{
            key: {"type": "object", "additionalProperties": {"type": "integer"}}
            for key in ("peticiones", "borradores", "tareas", "supervivencia")
        },
        **{
            key: {"type": "array", "items": {"type": "string"}}
            for key in ("copias_faltantes", "copias_dobles", "enviados_sin_copia", "copias_ajenas")
        },
    },
    "additionalProperties": False,
}


def test_the_json_of_status_keeps_the_shape_that_the_guide_tells(settings: Path, store: Store) -> None:
    store.alarm_on("acceso:atnder@imss.gob.mx", "rechazada", NOW)
    store.keep_rules("r1", "t1", {"a.yaml": b"x"}, NOW)
    told = json.loads(status(settings, "--json"))
    jsonschema.validate(told, SHAPE)
    guide = (Path(__file__).parents[2] / "docs" / "operacion.md").read_text(encoding="utf-8")
    assert set(told) == set(SHAPE["properties"])  # type: ignore[call-overload]
    assert [key for key in (*told, *told["buzones"][0], *told["alarmas"][0]) if f"`{key}`" not in guide] == []
    assert told["reglas"] == {
        **{"numero": 1, "reglas": "r1", "plantillas": "t1"},
        **{"desde": NOW.isoformat(), "rechazadas": False},
    }


def test_status_says_whether_the_daemon_runs_and_ends_with_0_when_nothing_needs_anybody(
    settings: Path, store: Store
) -> None:
    assert "el servicio no está en marcha" in status(settings).lower()
    store.commit(Plan(), now=NOW, copy=a_copy(a_draft().message_id, seen_at=NOW))
    store.read_to_end("atnder@imss.gob.mx", NOW)
    with sole(f"sqlite:///{settings.parent}/oficina.db"):
        told = status(settings, code=0)
    assert told.startswith("✓ ¿Entra el correo? Sí: 1 buzón leído por completo")
    assert told.count("✓") == 4 and "Servicio: en marcha" in told
    store.alarm_on("acceso:atnder@imss.gob.mx", "la contraseña de rosa.medina@correo.example", NOW)
    with sole(f"sqlite:///{settings.parent}/oficina.db"):
        told = status(settings)
    assert "⚠ ¿Entra el correo? El servidor no admite la contraseña de un buzón." in told and "rosa" not in told


def test_a_full_disk_is_seen_though_no_alarm_could_be_kept_there(settings: Path, store: Store) -> None:
    settings.write_text(
        settings.read_text().replace("[buzon.", "[acuse.alarmas]\ndisco_libre_mb = 1000000000\n\n[buzon.", 1)
    )
    told = status(settings)
    assert "⚠ ¿Hay algo atorado?" in told and "MB donde está la base de datos" in told


def test_whoever_looks_whether_the_daemon_runs_does_not_keep_it_from_starting(settings: Path, store: Store) -> None:
    url = f"sqlite:///{settings.parent}/oficina.db"
    assert at_work(url) is False and at_work("sqlite://") is None
    with sole(url):
        assert at_work(url) is True
    assert at_work(url) is False


def test_show_tells_a_petition_as_a_story_with_numerals(settings: Path, store: Store) -> None:
    told = acuse(settings, "show", FOLIO.lower())
    assert told.startswith(f"{FOLIO}  espera_datos_1")
    assert "se captura el 09/09/2025 (P 5.19)" in told
    assert "Llega la petición (P 5.19)" in told


def test_what_a_person_knows_is_noted_and_moves_the_petition(settings: Path, store: Store) -> None:
    told = acuse(settings, "peticion", FOLIO, "--nss", "16907325605", "--quien", "ana")
    assert told == f"Anotado. Estado de {FOLIO}: la revisa un consultor.\n"
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
