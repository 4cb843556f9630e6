"""IMSS Digital on the command line: the roster, the checks and their export, the connectivity tests."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from daemon.check import Report, check
from daemon.cli import app
from daemon.errors import AcuseError
from daemon.model.decision import Plan
from daemon.model.petition import Clase, HistoryEntry, Petition, State
from daemon.model.survival import RECIBO, Check, CheckState, Roster
from daemon.ports import Store
from storage import open_store

RECEPTION, DALLAS = "pensionistas.sre@imss.gob.mx", "imss_dallas@sre.gob.mx"
BOX = """\
[buzon.{name}]
correo = "{account}"
perfil = "imss_digital_{profile}"
[buzon.{name}.imap]
servidor = "imap.example.org"
[buzon.{name}.smtp]
servidor = "smtp.example.org"
"""
TOPIC = """\
temas:
  - clave: becas_deporte
    nombre: Becas del deporte
    tipo: orientacion
    destino: ninguno
    frases: [becas del deporte]
    ejemplos:
""" + "".join(f"      - {{texto: mi duda {n} sobre las becas, tipo: orientacion}}\n" for n in range(5))
ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
# The office's day, which is not the machine's.
TODAY = datetime.now(ZoneInfo("America/Mexico_City")).date()
NSS = "16907325605"
HEADER = "nss,nombre,apellido_paterno,apellido_materno,fecha_nacimiento,vigente\n"
LATER = f"{TODAY + timedelta(days=30):%d/%m/%Y}"


def nss(number: int) -> str:
    """A number with a right check digit."""
    body = f"1690{number:06}"
    doubled = (int(c) * (2 if place % 2 == 0 else 1) for place, c in enumerate(reversed(body)))
    return body + str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rules with one topic instead of all: every command loads them, and none here asks for a topic."""
    folder = tmp_path_factory.mktemp("reglas")
    shutil.copytree(ROOT / "rules", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("temas", "destinos.yaml"))
    (folder / "temas").mkdir()
    (folder / "temas" / "uno.yaml").write_text(TOPIC)
    return folder


@pytest.fixture
def settings(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACUSE_CLAVE_DE_FIRMA", "una clave de firma larga")
    path = tmp_path / "service.toml"
    boxes = BOX.format(name="recepcion", account=RECEPTION, profile="recepcion") + BOX.format(
        name="dallas", account=DALLAS, profile="oficina"
    )
    path.write_text(f'[acuse]\nalmacen = "sqlite:///oficina.db"\nreglas = ["{rules}"]\n{boxes}')
    return path


@pytest.fixture
def store(settings: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{settings.parent}/oficina.db")
    yield store
    store.close()


def acuse(settings: Path, *words: str | Path) -> str:
    done = CliRunner().invoke(app, [*map(str, words), "-a", str(settings)])
    if isinstance(done.exception, AcuseError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def refusal(settings: Path, *words: str | Path) -> str:
    with pytest.raises(AcuseError) as refused:
        acuse(settings, *words)
    assert refused.value.cure
    return str(refused.value)


# --- the roster ------------------------------------------------------------------------------------------------------


def roster(settings: Path, *rows: str) -> Path:
    path = settings.parent / "padron.csv"
    path.write_text(HEADER + "\n".join(rows), encoding="cp1252")
    return path


def row(number: int, name: str = "Zoé", current: str = "sí") -> str:
    return f"{nss(number)},{name},Núñez,,31/12/1948,{current}"


def test_a_roster_is_loaded_and_the_next_one_says_what_changed(settings: Path, store: Store) -> None:
    assert "No hay padrón" in acuse(settings, "padron", "estado")
    assert "Nuevas: 3" in acuse(settings, "padron", "import", roster(settings, *map(row, range(3))))
    told = acuse(settings, "padron", "import", roster(settings, row(0), row(1, "Ana", "no"), row(3)))
    assert "Padrón cargado: 3 personas.\nNuevas: 1; cambiadas: 1; quitadas: 1." in told
    assert "3 personas, 2 vigentes; cargado el " in acuse(settings, "padron", "estado")
    state = json.loads(acuse(settings, "padron", "estado", "--json"))
    assert (state["personas"], state["vigentes"]) == (3, 2)


def test_a_bad_row_is_told_and_takes_nobody_off_the_roster(settings: Path, store: Store) -> None:
    rows = [row(number) for number in range(20)]
    acuse(settings, "padron", "import", roster(settings, *rows))
    told = acuse(settings, "padron", "import", roster(settings, *rows[1:], row(0).replace("31/12", "31/13")))
    assert "línea 21: «31/13/1948» no es una fecha" in told
    assert "Se conservó como estaba a 1 persona" in told
    assert store.roster().size == 20


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([row(0), row(1), "123,Ana,Li,,,"], "falla el 33% de las filas"),
        ([row(0)], "trae 1 persona y el padrón tiene 10"),
    ],
)
def test_a_roster_that_looks_like_an_accident_is_loaded_only_on_purpose(
    settings: Path, store: Store, rows: list[str], why: str
) -> None:
    acuse(settings, "padron", "import", roster(settings, *map(row, range(10))))
    file = roster(settings, *rows)
    said = refusal(settings, "padron", "import", file)
    assert why in said
    assert "--aunque-falle" in said
    assert store.roster().size == 10
    acuse(settings, "padron", "import", file, "--aunque-falle")
    assert store.roster().size == len([row for row in rows if not row.startswith("123")])


def test_a_roster_without_any_good_row_is_never_loaded(settings: Path, store: Store) -> None:
    file = roster(settings, "123,Ana,Li,,,")
    assert "no se cargó nada" in refusal(settings, "padron", "import", file, "--aunque-falle")
    assert "no se puede leer" in refusal(settings, "padron", "import", settings.parent / "no.csv")
    assert store.roster() == Roster()


def test_a_program_gets_the_bad_rows_above_all_when_they_keep_the_roster_out(settings: Path, store: Store) -> None:
    file = roster(settings, row(0), "123,Ana,Li,,,")
    done = CliRunner().invoke(app, ["padron", "import", str(file), "--json", "-a", str(settings)])
    assert isinstance(done.exception, AcuseError)
    told = json.loads(done.output)
    assert (told["cargado"], told["motivo"]) == (False, "falla el 50% de las filas")
    assert [row["linea"] for row in told["filas_malas"]] == [3]
    assert store.roster() == Roster()


# --- survival checks -------------------------------------------------------------------------------------------------


def a_check(number: int = 1, **changes: Any) -> Check:
    check = Check(
        id=f"CS-261121-7K3FQ-{number}",
        folio="AC-261121-7K3FQ",
        account=RECEPTION,
        office=DALLAS,
        id_tramite=f"20200{number}",
        nss=nss(number),
        state=CheckState.CONFIRMADA,
        received_at=NOW - timedelta(days=10, minutes=-number),
        fields={"nombre": "Zoé", "apellido_paterno": "Núñez", "contacto": "+1 214 555 0101", "nss": nss(number)},
        next_due=TODAY + timedelta(days=170),
    )
    return replace(check, **changes)


def keep(store: Store, *checks: Check) -> None:
    store.commit(Plan(checks=checks), now=NOW)


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_checks_are_listed_by_state_and_mailbox(settings: Path, store: Store) -> None:
    keep(store, a_check(1, repeats=2), a_check(2, state=CheckState.RECHAZADA), a_check(3, account=DALLAS))
    told = acuse(settings, "supervivencia", "list")
    assert [line.split()[-1][-1] for line in told.splitlines()[1:]] == ["3", "2", "1"]
    assert "confirmada (+2)  202001   " in told
    assert "Zoé Núñez" in told
    assert "rechazada" not in acuse(settings, "supervivencia", "list", "--estado", "confirmada")
    found = json.loads(acuse(settings, "supervivencia", "list", "--buzon", DALLAS, "--json"))
    assert [(check["comprobante"], check["oficina"]) for check in found] == [(a_check(3).id, "Dallas")]
    assert "Hay más" in acuse(settings, "supervivencia", "list", "--limite", "2")
    assert "no es un buzón de IMSS Digital" in refusal(settings, "supervivencia", "list", "--buzon", "x@y.mx")


def test_an_office_finds_a_check_by_the_number_that_stands_on_the_paper(settings: Path, store: Store) -> None:
    sent = a_check(1, id="SO-261121-7K3FQ-1", account=DALLAS, state=CheckState.ENVIADA)
    keep(store, sent, a_check(2, id="SO-261121-7K3FQ-2", account=DALLAS, fields={RECIBO: "CS-261121-2B7KX-1"}))
    numbers = [line.split()[-1] for line in acuse(settings, "supervivencia", "list").splitlines()[1:]]
    assert numbers == ["CS-261121-2B7KX-1", "SO-261121-7K3FQ-1"]
    found = json.loads(acuse(settings, "supervivencia", "list", "--json"))
    assert [check["recibo"] for check in found] == ["CS-261121-2B7KX-1", None]
    assert RECIBO not in found[0]["datos"]


def test_an_empty_list_says_that_it_is_empty(settings: Path, store: Store) -> None:
    assert acuse(settings, "supervivencia", "list") == "Ninguna.\n"
    assert acuse(settings, "supervivencia", "list", "--json") == "[]\n"
    assert acuse(settings, "quarantine", "list") == "Ninguno.\n"


def test_status_counts_checks_by_state(settings: Path, store: Store) -> None:
    def status() -> str:
        # Nobody reads the mailboxes, so it does not end with 0.
        return CliRunner().invoke(app, ["status", "-a", str(settings)]).output

    assert "Supervivencia" not in status()
    keep(store, a_check(1), a_check(2))
    assert "Supervivencia:\n  - confirmada: 2\n" in status()


def test_confirmed_checks_are_exported_once_to_both_files(settings: Path, store: Store, tmp_path: Path) -> None:
    keep(store, a_check(1), a_check(2), a_check(3, state=CheckState.RECHAZADA), a_check(4, account=DALLAS))
    assert "Por exportar: 2" in acuse(settings, "supervivencia", "export")
    told = acuse(settings, "supervivencia", "export", "--csv", tmp_path / "1.csv", "--xlsx", tmp_path / "1.xlsx")
    assert told == "Lote 1: 2 comprobaciones.\n"
    rows = lines_of(tmp_path / "1.csv")
    assert [row["comprobante"] for row in rows] == [a_check(1).id, a_check(2).id]
    assert rows[0] | {"recibida": ""} == rows[0] | {
        "recibida": "",
        "lote": "1",
        "oficina": "Dallas, Texas, Estados Unidos",
        "nss": nss(1),
        "contacto": "'+1 214 555 0101",
        "cotejada_con_padron": "no",
    }
    again = acuse(settings, "supervivencia", "export", "--csv", tmp_path / "2.csv")
    assert "No hay comprobaciones confirmadas por exportar.\nEl último lote es el 1" in again
    assert not (tmp_path / "2.csv").exists()


def test_a_batch_whose_file_was_lost_is_written_again_to_the_byte(settings: Path, store: Store, tmp_path: Path) -> None:
    keep(store, a_check(1))
    acuse(settings, "supervivencia", "export", "--csv", tmp_path / "a.csv", "--xlsx", tmp_path / "a.xlsx")
    keep(store, a_check(1, repeats=1), a_check(2))
    again = ("supervivencia", "export", "--de-nuevo", "1", "--csv", tmp_path / "b.csv", "--xlsx", tmp_path / "b.xlsx")
    acuse(settings, *again)
    for kind in ("csv", "xlsx"):
        assert (tmp_path / f"b.{kind}").read_bytes() == (tmp_path / f"a.{kind}").read_bytes()
    assert "Por exportar: 1" in acuse(settings, "supervivencia", "export")


def test_an_export_that_cannot_be_written_is_refused_before_anything_is_marked(
    settings: Path, store: Store, tmp_path: Path
) -> None:
    keep(store, a_check())
    (tmp_path / "viejo.csv").write_text("de ayer")
    for path, why in ((tmp_path / "viejo.csv", "ya existe"), (tmp_path / "no" / "a.csv", "esa carpeta no existe")):
        assert why in refusal(settings, "supervivencia", "export", "--csv", path)
    assert "falta decir a qué archivo" in refusal(settings, "supervivencia", "export", "--de-nuevo", "1")
    assert "no hay un lote" in refusal(settings, "supervivencia", "export", "--de-nuevo", "1", "--csv", tmp_path / "a")
    assert (tmp_path / "viejo.csv").read_text() == "de ayer"
    assert store.exported(RECEPTION) is None


def test_a_failure_while_writing_names_the_batch_that_can_be_written_again(
    settings: Path, store: Store, tmp_path: Path
) -> None:
    keep(store, a_check())
    (tmp_path / ".lote.csv.parte").mkdir()
    assert "--de-nuevo 1" in refusal(settings, "supervivencia", "export", "--csv", tmp_path / "lote.csv")
    acuse(settings, "supervivencia", "export", "--de-nuevo", "1", "--csv", tmp_path / "otro.csv")
    assert len(lines_of(tmp_path / "otro.csv")) == 1


def test_an_export_killed_while_it_writes_loses_no_check_and_sends_none_twice(
    settings: Path, store: Store, tmp_path: Path
) -> None:
    keep(store, a_check(1), a_check(2))
    file = tmp_path / "lote.csv"
    # The file that is being written is a pipe that nobody reads, so the export waits in the middle of its work.
    os.mkfifo(tmp_path / ".lote.csv.parte")
    words = ["supervivencia", "export", "--csv", str(file), "-a", str(settings)]
    killed = subprocess.Popen([sys.executable, "-m", "daemon", *words], cwd=ROOT)
    end = time.monotonic() + 60
    while store.exported(RECEPTION) is None and killed.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    assert not file.exists()
    (tmp_path / ".lote.csv.parte").unlink()
    assert "«--de-nuevo 1» lo escribe otra vez" in acuse(settings, "supervivencia", "export", "--csv", file)
    assert not file.exists()
    acuse(settings, "supervivencia", "export", "--de-nuevo", "1", "--csv", file)
    assert [row["comprobante"] for row in lines_of(file)] == [a_check(1).id, a_check(2).id]


def test_who_is_due_is_told_with_who_is_overdue(settings: Path, store: Store) -> None:
    late = a_check(1, next_due=TODAY - timedelta(days=2))
    soon = a_check(2, next_due=TODAY + timedelta(days=20))
    keep(store, late, soon, a_check(3))
    told = acuse(settings, "supervivencia", "proximas")
    assert told.splitlines()[0].endswith(": 2, de ellas vencidas 1.")
    assert f"  {late.next_due:%d/%m/%Y}    VENCIDA  {nss(1)}  Zoé Núñez" in told
    everyone = acuse(settings, "supervivencia", "proximas", "--hasta", f"{TODAY + timedelta(days=365):%d/%m/%Y}")
    assert nss(3) in everyone
    found = json.loads(acuse(settings, "supervivencia", "proximas", "--json"))
    assert [(check["nss"], check["vencida"]) for check in found] == [(nss(1), True), (nss(2), False)]


def test_who_of_the_roster_was_never_checked_is_due_as_well(settings: Path, store: Store) -> None:
    acuse(settings, "padron", "import", roster(settings, row(1), row(2, "Ana")))
    keep(store, a_check(1))
    assert "sin ninguna comprobación confirmada: 1 (--sin-ninguna)" in acuse(settings, "supervivencia", "proximas")
    assert f"  {nss(2)}  Ana Núñez\n" in acuse(settings, "supervivencia", "proximas", "--sin-ninguna")


def test_an_office_counts_who_was_never_checked_by_its_own_checks(settings: Path, store: Store) -> None:
    acuse(settings, "padron", "import", roster(settings, row(1), row(2, "Ana"), row(3, "Eva")))
    keep(store, a_check(1), a_check(2, account=DALLAS))
    assert "confirmada: 1 (--sin-ninguna)" in acuse(settings, "supervivencia", "proximas")
    never = acuse(settings, "supervivencia", "proximas", "--sin-ninguna", "--buzon", DALLAS)
    assert nss(1) in never
    assert nss(2) not in never


def test_an_office_sees_what_misses_its_answer_and_what_answers_nothing(settings: Path, store: Store) -> None:
    states = (CheckState.SIN_CONFIRMACION, CheckState.SIN_SOLICITUD, CheckState.ENVIADA, CheckState.CONFIRMADA)
    keep(store, *(a_check(number, account=DALLAS, state=state) for number, state in enumerate(states, 1)))
    told = acuse(settings, "supervivencia", "pendientes")
    assert [line for line in told.splitlines() if not line.startswith(" ")] == [
        "Solicitudes sin confirmación, con el plazo vencido: 1",
        "Confirmaciones sin solicitud: 1",
        "Solicitudes que esperan su confirmación, en plazo: 1",
    ]
    assert nss(4) not in told
    assert len(json.loads(acuse(settings, "supervivencia", "pendientes", "--json"))) == 3


# --- connectivity tests ----------------------------------------------------------------------------------------------


def by_office(store: Store) -> dict[str, Petition]:
    return {test.petitioner: test for test in store.petitions_about(RECEPTION, "prueba_conectividad")}


def goes_on(store: Store, account: str, state: State, action: str = "estado", actor: str = "acuse") -> None:
    """What the daemon notes when a test's mail leaves or an answer comes."""
    test = by_office(store)[account]
    line = HistoryEntry(datetime.now(UTC), action, "", "C", actor, state)
    store.commit(Plan(petition=replace(test, state=state), history=(line,)), now=NOW)


def test_a_campaign_writes_to_every_office_and_is_followed(settings: Path, store: Store) -> None:
    assert "No se ha hecho ninguna" in acuse(settings, "conectividad", "estado")
    assert f"con respuesta hasta el {LATER}" in acuse(settings, "conectividad", "start", "--hasta", LATER)
    tests = by_office(store)
    assert len(tests) >= 10
    assert len({test.opened_at for test in tests.values()}) == 1
    (draft,) = store.drafts_of(tests[DALLAS].folio)
    assert (draft.to, draft.clase, draft.counting) == (DALLAS, Clase.PRUEBA_CONECTIVIDAD, RECEPTION)
    goes_on(store, DALLAS, State.ESPERA_ACUSE)
    goes_on(store, DALLAS, State.PRUEBA_ACUSADA)
    goes_on(store, "imss_madrid@sre.gob.mx", State.ESPERA_ACUSE)
    goes_on(store, "imss_madrid@sre.gob.mx", State.ESPERA_ACUSE, "acuse_otra_cuenta", "consul@sre.gob.mx")
    told = acuse(settings, "conectividad", "estado")
    share = f"({100 / len(tests):.0f} %)"
    assert f"1 de {len(tests)} oficinas con respuesta {share}" in told
    lines = {line.split()[0]: line for line in told.splitlines() if line.startswith("  ")}
    assert lines["Dallas"].endswith("  respondió")
    assert lines["Madrid"].endswith("sin respuesta todavía  consul@sre.gob.mx")
    assert lines["Chicago"].split()[1:] == ["imss_chicago@sre.gob.mx", "—", "—", "por", "enviar"]
    (campaign,) = json.loads(acuse(settings, "conectividad", "estado", "--json"))
    assert campaign["en_curso"]
    assert campaign["por_dia"][-1]["respondieron"] == 1


def test_a_second_campaign_waits_for_the_first_unless_it_is_wanted(settings: Path, store: Store) -> None:
    acuse(settings, "conectividad", "start", "--hasta", LATER, "--oficina", "dallas", "--oficina", "madrid")
    other = f"{TODAY + timedelta(days=31):%d/%m/%Y}"
    assert "ya se preparó hoy" in refusal(
        settings, "conectividad", "start", "--hasta", LATER, "--oficina", "madrid", "--otra"
    )
    said = refusal(settings, "conectividad", "start", "--hasta", other)
    assert re.match(r"ya hay una prueba en curso con 2 de \d+ oficinas: Dallas, Madrid → ", said)
    acuse(settings, "conectividad", "start", "--hasta", other, "--oficina", "dallas", "--otra")
    assert len(store.petitions_about(RECEPTION, "prueba_conectividad")) == 3
    assert acuse(settings, "conectividad", "estado").count("Campaña del") == 2


def test_a_campaign_that_was_interrupted_goes_on_as_the_same(settings: Path, store: Store) -> None:
    acuse(settings, "conectividad", "start", "--hasta", LATER, "--oficina", "dallas")
    acuse(settings, "conectividad", "start", "--hasta", LATER)
    tests = store.petitions_about(RECEPTION, "prueba_conectividad")
    assert len(tests) == len(by_office(store))
    assert acuse(settings, "conectividad", "estado").count("Campaña del") == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--hasta", f"{TODAY - timedelta(days=2):%d/%m/%Y}"), "esa fecha ya pasó"),
        (("--hasta", LATER, "--oficina", "atlantida"), "no hay una oficina con esa clave"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused(
    settings: Path, store: Store, words: tuple[str, ...], why: str
) -> None:
    assert why in refusal(settings, "conectividad", "start", *words)
    assert by_office(store) == {}


def test_a_service_that_does_not_read_the_reception_starts_no_campaign(settings: Path) -> None:
    settings.write_text(
        '[acuse]\nalmacen = "sqlite:///o.db"\n' + BOX.format(name="dallas", account=DALLAS, profile="oficina")
    )
    assert "no atiende esa cuenta" in refusal(settings, "conectividad", "start", "--hasta", LATER)


@pytest.mark.parametrize(
    ("envios", "told"),
    [
        ("normales", "El servicio («acuse run») los envía;"),
        ("solo_borradores", "Los correos esperan su aprobación en «Respuestas pendientes»;"),
        ("detenidos", "Los correos no saldrán hasta que"),
    ],
)
def test_who_starts_a_campaign_hears_whether_its_mails_leave(
    settings: Path, store: Store, envios: str, told: str
) -> None:
    settings.write_text(settings.read_text().replace("[acuse]", f'[acuse]\nenvios = "{envios}"'))
    said = acuse(settings, "conectividad", "start", "--hasta", LATER, "--oficina", "dallas")
    assert "Prueba preparada para 1 oficina, con respuesta" in said
    assert told in said
    assert "0 de 1 oficina con respuesta (0 %)" in acuse(settings, "conectividad", "estado")


def test_who_starts_a_campaign_hears_of_a_deadline_that_is_no_business_day_or_too_near(
    settings: Path, store: Store
) -> None:
    saturday = TODAY + timedelta(days=(5 - TODAY.weekday()) % 7 + 14)
    said = acuse(settings, "conectividad", "start", "--hasta", f"{saturday:%d/%m/%Y}", "--oficina", "dallas")
    assert f"aviso: el {saturday:%d/%m/%Y} no es día hábil (fin de semana)." in said
    assert "recordatorio" not in said
    said = acuse(settings, "conectividad", "start", "--hasta", f"{TODAY:%d/%m/%Y}", "--oficina", "madrid")
    assert "ya no se enviará recordatorio" in said


# --- the look before the start ---------------------------------------------------------------------------------------


def looked_at(settings: Path, *accounts: str) -> Report:
    """What the check says of an installation that reads these mailboxes."""
    head = settings.read_text().partition("[buzon")[0]
    boxes = (
        BOX.format(name=f"b{n}", account=account, profile="recepcion" if account == RECEPTION else "oficina")
        for n, account in enumerate(accounts)
    )
    settings.write_text(head + "".join(boxes))
    passwords = {f"ACUSE_BUZON__B{n}__CLAVE": "x" for n in range(len(accounts))}
    return check(settings, {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma larga", **passwords})


def test_an_account_that_only_looks_like_an_offices_keeps_the_service_from_starting(settings: Path) -> None:
    (fault,) = [f for f in looked_at(settings, "imss_dalas@sre.gob.mx").faults if f.path.startswith("buzon")]
    assert fault.cure.startswith(
        "¿quiso decir «imss_dallas@sre.gob.mx»?; si no, añada la cuenta en oficinas_consulares"
    )
    assert "oficinas_consulares.yaml no conoce" in fault.found
    assert "no conoce" in refusal(settings, "supervivencia", "list")


def test_the_check_says_what_matters_to_a_reception_and_nothing_about_other_mailboxes(settings: Path) -> None:
    report = looked_at(settings, RECEPTION)
    told = " ".join(report.notices)
    assert "de unas 146 oficinas" in told
    assert "tesseract" in f"{told} {' '.join(report.sums)}"
    assert "1 buzón: " in report.sums[0]
    for other in ("atnder@", "encuesta"):
        assert other not in told


def test_an_office_hears_nothing_about_the_mailboxes_of_the_institute(settings: Path) -> None:
    told = " ".join(looked_at(settings, DALLAS).notices)
    assert "no tiene buzón" not in told
    assert "146" not in told
