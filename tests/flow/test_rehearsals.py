"""Rehearsals are the real flow: conversations end as they must, and the same input gives the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.edge.clock import VirtualClock
from daemon.errors import AcuseError
from daemon.flow import Desk, Station, run_pass
from daemon.model.decision import Disposition
from daemon.model.petition import Clase
from daemon.rehearse.bench import Bench, make_bench
from daemon.rehearse.compare import differences
from daemon.rehearse.explain import explain, explain_all, mails_in
from daemon.rehearse.replay import Arrived, Replay, history_of, replay_folder
from daemon.rehearse.scenarios import run_scenario, run_scenarios
from daemon.rehearse.score import score_folder
from daemon.rehearse.trial import try_rules
from daemon.rehearse.trial_words import as_object, lines

ROOT = Path(__file__).parents[2]
CONVERSATIONS = ROOT / "tests" / "golden" / "conversaciones"
NAMES = sorted(path.parent.name for path in CONVERSATIONS.glob("*/scenario.json"))

# DESIGN §9: other programs rely on these names.
EXPLAINED = [
    *("file", "message_id", "buzon", "kind", "type", "topic", "clear", "urgent", "sensitive", "data", "missing"),
    *("destination", "step", "disposition", "template", "forms", "confidence", "reasons"),
]


@pytest.fixture(scope="module")
def bench() -> Bench:
    return make_bench()


@pytest.mark.parametrize("name", NAMES)
def test_each_conversation_ends_as_it_must(name: str, bench: Bench) -> None:
    result = run_scenario(CONVERSATIONS / name, bench)
    assert result.misses == []
    assert result.checks > 0


def test_an_expectation_that_nobody_knows_is_an_error_never_skipped(tmp_path: Path, bench: Bench) -> None:
    folder = CONVERSATIONS / "orientacion_aprobada"
    scenario = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    scenario["steps"][0]["expect"]["estrella"] = 5
    (tmp_path / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")
    (tmp_path / "01.eml").write_bytes((folder / "01.eml").read_bytes())
    assert any("estrella" in miss for miss in run_scenario(tmp_path, bench).misses)


def test_a_wrong_expectation_is_missed_with_the_reason_of_the_decision(tmp_path: Path, bench: Bench) -> None:
    folder = CONVERSATIONS / "orientacion_aprobada"
    text = (folder / "scenario.json").read_text(encoding="utf-8").replace("orientacion_en_revision", "espera_datos_1")
    (tmp_path / "scenario.json").write_text(text, encoding="utf-8")
    (tmp_path / "01.eml").write_bytes((folder / "01.eml").read_bytes())
    (first, *_) = run_scenario(tmp_path, bench).misses
    assert "se esperaba espera_datos_1; resultó orientacion_en_revision" in first
    assert "paso_orientacion" in first


def test_an_empty_folder_of_scenarios_says_so(tmp_path: Path, bench: Bench) -> None:
    with pytest.raises(AcuseError, match=r"scenario\.json"):
        list(run_scenarios(tmp_path, bench))


def test_an_explanation_has_the_fields_that_other_programs_rely_on(bench: Bench) -> None:
    (found,) = explain_all([CONVERSATIONS / "respuesta_parcial" / "01.eml"], bench)
    assert list(found) == EXPLAINED
    assert list(found["data"]) == ["nombre", "nss", "curp", "rfc", "telefono", "correo", "folio"]
    assert found["step"] == "datos_complementarios"
    assert all(list(reason) == ["rule", "numeral", "evidence", "hit"] for reason in found["reasons"])
    assert {reason["hit"] for reason in found["reasons"]} == {True, False}


def test_what_cannot_be_read_at_all_is_explained_as_ilegible(bench: Bench) -> None:
    found = explain(b"", "nada.eml", bench)
    assert (found["kind"], found["step"]) == ("otro", "sin_respuesta")
    assert found["reasons"][0]["rule"] == "ilegible"


def test_a_history_makes_an_answer_a_follow_up(bench: Bench, tmp_path: Path) -> None:
    first = CONVERSATIONS / "cambia_el_asunto" / "01.eml"
    (tmp_path / "01.eml").write_bytes(first.read_bytes())
    answer = CONVERSATIONS / "cambia_el_asunto" / "02.eml"
    alone = explain(answer.read_bytes(), answer.name, bench)
    after = explain(answer.read_bytes(), answer.name, bench, stores=history_of(tmp_path, bench))
    assert alone["kind"] == "peticion"
    assert after["kind"] == "seguimiento"
    assert after["data"]["nombre"] == "Rosa Iturbe Sandoval"


def test_every_line_of_a_replay_names_instant_petition_and_state(bench: Bench) -> None:
    events = list(replay_folder(CONVERSATIONS / "reinicio_y_paro", bench))
    assert all({"at", "event", "petition", "state"} <= set(event) for event in events)
    assert all(event["at"][-6:] == "-06:00" for event in events)
    sent = [event for event in events if event["event"] == "enviado"]
    assert [event["n"] for event in sent] == [1, 2, 3]
    assert [event["clase"] for event in sent][-1] == "conclusion_desinteres"
    counted = [event["message_id"] for event in events if event["event"] == "contado"]
    assert counted == [event["message_id"] for event in sent]


def test_a_folder_without_a_scenario_runs_on_to_its_terms(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "01.eml").write_bytes((CONVERSATIONS / "reinicio_y_paro" / "01.eml").read_bytes())
    sent = [event for event in replay_folder(tmp_path, bench) if event["event"] == "enviado"]
    assert [str(event["at"])[:10] for event in sent] == ["2026-04-13", "2026-04-15", "2026-04-16"]


def test_nothing_is_approved_when_nobody_approves(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "01.eml").write_bytes((CONVERSATIONS / "orientacion_aprobada" / "01.eml").read_bytes())
    assert not [e for e in replay_folder(tmp_path, bench, approve="ninguna") if e["event"] == "enviado"]
    assert [e["clase"] for e in replay_folder(tmp_path, bench, approve="todas") if e["event"] == "enviado"] == [
        "orientacion"
    ]


def test_another_rule_set_shows_what_it_would_have_done_differently(bench: Bench, tmp_path: Path) -> None:
    rules = tmp_path / "reglas"
    rules.mkdir()
    text = (ROOT / "rules" / "sensibles.yaml").read_text(encoding="utf-8")
    first = text.index("    frases:\n") + len("    frases:\n")
    (rules / "sensibles.yaml").write_text(text[:first] + "      - no me surten\n" + text[first:], encoding="utf-8")
    (tmp_path / "01.eml").write_bytes((CONVERSATIONS / "reinicio_y_paro" / "01.eml").read_bytes())
    before = list(replay_folder(tmp_path, bench))
    after = list(replay_folder(tmp_path, make_bench([rules])))
    changed = {line["field"]: (line["before"], line["after"]) for line in differences(before, after)}
    assert changed["step"] == ("datos_complementarios", "consultor")


def test_a_score_counts_each_field_and_names_each_miss(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "01.eml").write_bytes((CONVERSATIONS / "reinicio_y_paro" / "01.eml").read_bytes())
    gold = {
        "file": "01.eml",
        "category": "queja de servicio",
        "clear": True,
        "identifiers": {"nss": None, "curp": None, "rfc": None, "name": "Rosa Iturbe Sandoval", "phone": None},
        "missing_minimum": ["nss"],
        "is_new_vs_followup": "new",
        "urgent": False,
        "destination": "CDAOD-JDAOD",
        "expected_next_step": "consultor",
        "must_not_autoreply": False,
    }
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold) + "\n", encoding="utf-8")
    result = score_folder(tmp_path, bench)
    assert (result.fields["tipo"].right, result.fields["tipo"].total) == (1, 1)
    assert [miss[:3] for miss in result.fields["paso"].misses] == [
        ("01.eml", "['consultor', 'registro']", "datos_complementarios")
    ]
    assert not result.perfect


def test_the_same_input_gives_the_same_bytes_in_every_process() -> None:
    def told(seed: str) -> bytes:
        command = [sys.executable, "-m", "daemon", "replay", "--json", str(CONVERSATIONS / "respuesta_parcial")]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout

    first = told("1")
    assert first
    assert first == told("2")


def test_mails_are_found_in_folders_in_a_stable_order() -> None:
    found = mails_in([CONVERSATIONS])
    assert found == sorted(found)
    with pytest.raises(AcuseError, match="no existe"):
        mails_in([ROOT / "no" / "hay"])


def test_a_script_without_what_each_step_must_say_is_named_not_a_bug(tmp_path: Path, bench: Bench) -> None:
    (tmp_path / "scenario.json").write_text(json.dumps({"steps": [{"file": "01.eml"}]}), encoding="utf-8")
    with pytest.raises(AcuseError, match="al paso 1 le falta at, event"):
        list(replay_folder(tmp_path, bench))
    (tmp_path / "scenario.json").write_text("{", encoding="utf-8")
    with pytest.raises(AcuseError, match="no es un guion"):
        list(replay_folder(tmp_path, bench))


@pytest.mark.parametrize("command", ["replay", "explain"])
def test_a_folder_without_mails_is_told_and_is_no_success(tmp_path: Path, command: str) -> None:
    done = CliRunner().invoke(app, [command, str(tmp_path)])
    assert isinstance(done.exception, AcuseError)
    assert "no hay ningún correo" in str(done.exception)
    assert done.output == ""


@pytest.mark.parametrize("name", ["contesta_el_enlace", "consultor_cierra_con_encuesta", "un_minuto_despues"])
def test_passes_that_would_find_nothing_are_spared_and_nothing_comes_out_otherwise(
    name: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[str] = []

    def counted(desk: Desk, station: Station) -> bool:
        passes.append(station.account)
        return run_pass(desk, station)

    monkeypatch.setattr("daemon.rehearse.replay.run_pass", counted)
    spared, made = list(replay_folder(CONVERSATIONS / name, bench)), len(passes)
    monkeypatch.setattr(Replay, "_still", lambda *_: False)
    assert list(replay_folder(CONVERSATIONS / name, bench)) == spared
    assert made < (len(passes) - made) / 2


def test_a_long_first_reading_says_now_and_then_how_far_it_has_come(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(VirtualClock):
        """Four seconds go by whenever somebody looks at the clock."""

        def now(self) -> datetime:
            self.set(super().now() + timedelta(seconds=4))
            return super().now()

    monkeypatch.setattr("daemon.flow.incoming.BATCH", 2)
    replay = Replay(bench, accounts=("atnder@imss.gob.mx",), clock=Slow(datetime(2026, 3, 10, tzinfo=UTC)))
    for number in range(7):
        mail = f"From: lista@correo.example\nList-Id: <x.example>\nMessage-ID: <{number}@x.example>\n\nHola"
        replay.world.deliver("atnder@imss.gob.mx", mail.encode(), datetime(2026, 3, 10, tzinfo=UTC))
    run_pass(replay.desk, replay.stations[0])
    told = [(event["leidos"], event["total"]) for event in replay.events if event["event"] == "avance"]
    assert told and len(told) < 4
    assert all(done < total == 7 for done, total in told)


def requests_wait(bench: Bench) -> Bench:
    """The same rules, but requests for data wait for a person, and say so in other words."""
    waiting = tuple(
        rule.model_copy(update={"disposicion": Disposition.REVISAR})
        if rule.clase is Clase.DATOS_COMPLEMENTARIOS
        else rule
        for rule in bench.rules.disposiciones
    )
    other = bench.under(bench.rules.model_copy(update={"disposiciones": waiting, "version": "otra"}))
    name = "datos_complementarios"
    template = bench.templates.templates[name]
    body = template.body.replace("Qué debe hacer", "Qué puede hacer")
    assert body != template.body
    templates = {**bench.templates.templates, name: replace(template, body=body)}
    return replace(other, templates=replace(bench.templates, templates=templates))


def test_what_changed_rules_would_do_otherwise_is_grouped_with_the_gravest_first(bench: Bench) -> None:
    account, at = "atnder@imss.gob.mx", datetime(2026, 4, 13, 15, tzinfo=UTC)
    asks = Arrived(at, "pide.eml", account, CONVERSATIONS / "reinicio_y_paro" / "01.eml")
    other = Arrived(at, "orienta.eml", account, CONVERSATIONS / "orientacion_aprobada" / "01.eml")
    heard: list[int] = []
    trial = try_rules([other, asks], bench, requests_wait(bench), until=at + timedelta(hours=1), tell=heard.append)
    assert heard == [1, 2, 3, 4]
    assert trial.read == 2
    (changed,) = trial.altered
    assert (changed.place, changed.petition is not None) == ("pide.eml", True)
    assert trial.counts() == {"disposition": 1, "texto": 1}
    told = "\n".join(lines(trial, bench.rules))
    assert "1. Si el correo sale solo: sale solo → espera a una persona (1 correo)" in told
    assert "Qué puede hacer" in told and "rosa" not in changed.sender
    assert as_object(trial)["iguales"] == 1


def test_rules_that_change_nothing_are_told_to_change_nothing(bench: Bench) -> None:
    mail = Arrived(
        datetime(2026, 4, 13, 15, tzinfo=UTC),
        "a.eml",
        "atnder@imss.gob.mx",
        CONVERSATIONS / "reinicio_y_paro" / "01.eml",
    )
    assert list(lines(try_rules([mail], bench, bench), bench.rules)) == ["Sin diferencias."]
