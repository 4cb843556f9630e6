"""Rules saved while the service works: taken whole or not at all, between two messages; a fault is told once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import daemon.reload
from benchmarks.reload import TERMS, Bench, measure, write_rules
from daemon.books import TrainedLater
from daemon.cli import app
from daemon.decide.classify import Classifier, lessons
from daemon.errors import FileFaults
from daemon.flow import Book
from daemon.service import Service
from tests.flow.memory_office import MemoryOffice
from tests.live.office import ORIENTATION, shipped

# Mails a second that two threads work off on a developer's machine that does nothing else.
_USUAL_RATE = 15.0
BROKEN = "plazos:\n  segunda_solicitud: [\n"


def test_a_save_is_live_within_two_seconds_under_load_and_no_mail_mixes_two_versions(tmp_path: Path) -> None:
    """The full size is `benchmarks/reload.py`. Where the machine is busy with something else, so that even the mails
    are worked off more slowly than usual, the save is given as much longer."""
    found = measure(tmp_path, mails=100)
    print(f"live after {found.seconds:.2f} s, {found.rate:.1f} mails a second, {found.by_version}")
    assert found.mixed == []
    assert min(found.by_version.values()) > 0
    assert found.seconds < 2 * max(1.0, _USUAL_RATE / found.rate)


@pytest.fixture(scope="module", autouse=True)
def learned() -> Iterator[None]:
    """What all of these offices learn is the same, and takes seconds: it is learned once."""
    classifier = shipped()[1]

    def train(judge: TrainedLater) -> Classifier:
        judge._classifier = classifier
        return classifier

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainedLater, "train", train)
        yield


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("oficina")
    made = Bench(folder)
    # What an office does that keeps several sets and turns a link to the one in force.
    made.rules.rename(folder / "juego_1")
    made.rules.symlink_to(folder / "juego_1")
    return made


@pytest.fixture(scope="module")
def service(bench: Bench) -> Iterator[Service]:
    with bench.at_work() as service:
        bench.deliver(1)
        assert bench.wait(60, lambda: bench.told("decidido"))
        yield service


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "bench" in request.fixturenames:
        monkeypatch.setattr(daemon.reload, "PATIENCE", 0.5)
        request.getfixturevalue("bench").events.clear()


def days(service: Service) -> int:
    return service.office.rules.plazos["segunda_solicitud"].n


def terms(bench: Bench, count: int) -> str:
    text = (bench.rules / TERMS).read_text(encoding="utf-8")
    head, name, tail = text.partition("segunda_solicitud:")
    before, _, after = tail.partition("n: ")
    return f"{head}{name}{before}n: {count}{after[after.index(chr(10)) :]}"


def test_what_is_at_fault_changes_nothing_and_is_told_once_and_once_more_when_it_is_another_fault(
    bench: Bench, service: Service
) -> None:
    good, before = (bench.rules / TERMS).read_text(encoding="utf-8"), days(service)
    (bench.rules / TERMS).write_text(BROKEN)
    assert bench.wait(10, lambda: bench.told("reglas_rechazadas"))
    (bench.rules / "sin_nombre.yaml").write_text("x: 1\n")
    assert bench.wait(10, lambda: len(bench.told("reglas_rechazadas")) == 2)
    time.sleep(1.5)
    assert [event.fields["faltas"] for event in bench.told("reglas_rechazadas")] == [1, 2]
    assert TERMS in bench.told("alarma")[0].fields["detalle"]
    assert "sin_nombre.yaml" in bench.told("alarma")[1].fields["detalle"]
    assert days(service) == before
    bench.deliver(1)
    assert bench.wait(20, lambda: bench.told("decidido"))
    (bench.rules / "sin_nombre.yaml").unlink()
    (bench.rules / TERMS).write_text(good, encoding="utf-8")
    assert bench.wait(10, lambda: bench.told("alarma_fin"))
    assert bench.told("reglas_nuevas") == []


@pytest.mark.parametrize("bad", ["nesting", "pipe", "size"])
def test_what_would_exhaust_the_service_or_hold_it_up_is_refused_like_any_fault(
    bench: Bench, service: Service, bad: str
) -> None:
    version, file = service.office.rules.version, bench.rules / "topes.yaml"
    match bad:
        case "nesting":
            file.write_text("topes: " + "[" * 2000)
        case "pipe":
            os.mkfifo(file)
        case "size":
            file.write_text("# " + "x" * 6_000_000)
    assert bench.wait(20, lambda: bench.told("reglas_rechazadas"))
    assert service.office.rules.version == version and not bench.told("error")
    file.unlink()
    assert bench.wait(20, lambda: bench.told("alarma_fin"))


def test_rules_that_no_longer_know_a_mailbox_are_refused_and_a_command_asks_under_the_good_ones(
    bench: Bench, service: Service
) -> None:
    casa = (bench.rules / "casa.yaml").read_text(encoding="utf-8")
    version = service.office.rules.version
    (bench.rules / "casa.yaml").write_text(casa.replace("mujer.embarazada@", "mujer.embarazadas@"), encoding="utf-8")
    service.office.watch.look_now()
    assert bench.wait(10, lambda: bench.told("reglas_rechazadas"))
    assert service.office.rules.version == version
    asked = bench.open()
    assert asked.rules.version == version and asked.watch.refused
    asked.desk.store.close()
    (bench.rules / "casa.yaml").write_text(casa, encoding="utf-8")
    assert bench.wait(10, lambda: bench.told("alarma_fin"))


def test_a_file_that_is_written_slowly_is_taken_when_it_is_whole_and_nothing_is_told_before(
    bench: Bench, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon.reload, "PATIENCE", 3.0)
    whole = terms(bench, 4)
    with (bench.rules / TERMS).open("w", encoding="utf-8") as file:
        for start in range(0, len(whole), len(whole) // 4):
            file.write(whole[start : start + len(whole) // 4])
            file.flush()
            time.sleep(0.5)
    assert bench.wait(10, lambda: days(service) == 4)
    assert bench.told("reglas_rechazadas") == []


def test_a_file_put_in_anothers_place_and_a_link_turned_to_another_folder_are_seen(
    bench: Bench, service: Service
) -> None:
    beside = bench.rules / ".plazos.yaml.swp"
    beside.write_text(terms(bench, 5), encoding="utf-8")
    beside.rename(bench.rules / TERMS)
    assert bench.wait(10, lambda: days(service) == 5)
    other = _made(bench.folder / "juego_2")
    for file in bench.rules.rglob("*.yaml"):
        target = other / file.relative_to(bench.rules)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    (other / TERMS).write_text(terms(bench, 6), encoding="utf-8")
    link = bench.folder / "enlace"
    link.symlink_to(other)
    link.rename(bench.rules)
    assert bench.wait(10, lambda: days(service) == 6)


def test_a_deleted_file_gives_way_to_the_one_that_ships(bench: Bench, service: Service) -> None:
    text = (bench.rules / TERMS).read_text(encoding="utf-8")
    (bench.rules / TERMS).unlink()
    assert bench.wait(10, lambda: days(service) == 2)
    (bench.rules / TERMS).write_text(text, encoding="utf-8")
    assert bench.wait(10, lambda: days(service) == 6)


def test_of_many_saves_in_a_row_the_last_one_stays(bench: Bench, service: Service) -> None:
    for count in range(50):
        (bench.rules / TERMS).write_text(terms(bench, 7 + count % 2), encoding="utf-8")
        time.sleep(0.02)
    assert bench.wait(10, lambda: days(service) == 8)
    time.sleep(1)
    assert days(service) == 8
    kept = service.office.desk.store.rule_versions()
    assert kept[-1].rules == service.office.rules.version
    assert len(kept) < 20


def test_what_was_in_force_is_listed_and_what_changed_is_shown(bench: Bench, service: Service) -> None:
    write_rules(bench, days=9, words="tercera")
    assert bench.wait(10, lambda: days(service) == 9)
    kept = service.office.desk.store.rule_versions()
    environ = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma para pruebas"}
    asked = ["rules", "log", "--ajustes", str(bench.file)]
    table = CliRunner().invoke(app, asked, env=environ)
    assert table.exit_code == 0
    assert kept[-1].rules in table.output and "archivos cambiados" in table.output
    plain = json.loads(CliRunner().invoke(app, [*asked, "--json"], env=environ).output)
    assert [each["numero"] for each in plain] == [each.number for each in kept]
    assert plain[-1]["archivos_cambiados"] == 2
    shown = CliRunner().invoke(app, [*asked, "--diff"], env=environ).output
    assert "2 archivos cambiaron" in shown
    assert "  -    n: 8" in shown and "  +    n: 9" in shown
    assert "  +Esta es la redacción tercera." in shown
    first = CliRunner().invoke(app, [*asked, "--diff", "1", "2"], env=environ).output
    assert "De la versión 1" in first
    wrong = CliRunner().invoke(app, [*asked, "--diff", "99"], env=environ)
    assert wrong.exit_code != 0


# --- without a service -----------------------------------------------------------------------------------------------

_DYING = """
import os, signal, sys
from pathlib import Path
from benchmarks.reload import Bench, write_rules
from daemon.books import Books, TrainedLater
TrainedLater.train = lambda self: None  # It decides nothing, and need not learn.

bench = Bench.again(Path(sys.argv[1]))
Books.turn_to = lambda self, book: os.kill(os.getpid(), signal.SIGKILL)
with bench.at_work():
    write_rules(bench, days=3, words="segunda")
    bench.wait(60, lambda: False)
"""


def test_a_process_killed_between_storing_a_version_and_turning_to_it_goes_on_with_it_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    died = subprocess.run([sys.executable, "-c", _DYING, str(tmp_path)], cwd=Path.cwd(), timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL
    office = bench.open()
    assert office.rules.plazos["segunda_solicitud"].n == 3
    store = office.desk.store
    assert [each.number for each in store.rule_versions()] == [1, 2]
    office.watch.begin()
    office.watch.stop()
    assert [each.number for each in store.rule_versions()] == [1, 2]
    assert store.rule_versions()[-1].rules == office.rules.version


def test_a_service_started_over_faulty_rules_works_by_those_in_force_last_and_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    (bench.rules / TERMS).write_text(BROKEN)
    with pytest.raises(FileFaults):
        bench.open()
    write = Bench.again(tmp_path)
    (bench.rules / TERMS).write_bytes(Path("rules", TERMS).read_bytes())
    write_rules(write, days=4, words="primera")
    first = bench.open()
    first.watch.begin()
    first.watch.stop()
    first.desk.store.close()
    (bench.rules / TERMS).write_text(BROKEN)
    bench.events.clear()
    with bench.at_work() as service:
        assert days(service) == 4
        assert service.office.rules.version == first.rules.version
        (refused,) = bench.told("reglas_rechazadas")
        assert refused.fields["reglas"] == first.rules.version
        assert [event.fields["clave"] for event in bench.told("alarma")] == ["reglas"]


def test_a_pass_under_way_keeps_its_folders_and_takes_everything_else() -> None:
    desk = MemoryOffice().desk
    rules = desk.policy.rules
    longer = rules.model_copy(update={"version": "otra"})
    moved = rules.model_copy(update={"carpetas": rules.carpetas.model_copy(update={"rechazadas": "No"})})
    for newer, taken in ((longer, True), (moved, False)):
        book = Book(replace(desk.policy, rules=newer), desk.templates, desk.read)
        watched = replace(desk, newest=lambda book=book: book)
        assert (watched.fresh().policy is book.policy) is taken
        assert watched.fresh(folders=True).policy is book.policy
        assert watched.fresh(folders=True).alarmed is desk.alarmed


def test_the_classifier_asks_only_what_makes_it_learn_anew() -> None:
    rules, classifier, _ = shipped()
    elsewhere = rules.temas[0].model_copy(update={"plantilla": "otra", "umbral": 0.5})
    assert lessons(rules.model_copy(update={"temas": (elsewhere, *rules.temas[1:])})) == lessons(rules)
    said = elsewhere.model_copy(update={"frases": (*elsewhere.frases, "algo nuevo")})
    assert lessons(rules.model_copy(update={"temas": (said, *rules.temas[1:])})) != lessons(rules)
    assert Classifier(lessons(rules)).classify("", ORIENTATION) == classifier.classify("", ORIENTATION)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
