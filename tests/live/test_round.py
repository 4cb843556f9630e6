"""The whole round on real servers: a mail arrives, a person approves, the answer reaches the writer and is counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.model.outgoing import DraftState
from daemon.model.petition import State
from tests.live.office import COMPLAINT, ORIENTATION, LiveOffice, drafts_among, fichas_among, header_names
from tests.live.servers import Dovecot, wait_until

pytestmark = pytest.mark.live


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Iterator[LiveOffice]:
    with LiveOffice(dovecot, tmp_path).open() as opened:
        yield opened


def test_a_petition_goes_the_whole_round_from_inbox_to_counted_reply(office: LiveOffice) -> None:
    asked = office.write(ORIENTATION)
    office.settle()

    consultant = office.client(office.account("atnder"))
    pending = consultant.lying("Respuestas pendientes")
    (draft,), (ficha,) = drafts_among(pending), fichas_among(pending)
    assert len(pending) == 2
    assert draft.message["Bcc"] == office.account("atnder")
    assert ORIENTATION[:40] in ficha.text()
    assert office.petition().state is State.ORIENTACION_EN_REVISION
    assert office.received() == []

    consultant.move(draft, "Aprobadas")
    office.settle()

    (answer,) = office.received()
    message = answer.message
    assert office.account("atnder") in message["From"]
    assert message["To"] == office.person
    assert message["Message-ID"] == office.draft().message_id
    assert message["In-Reply-To"] == asked["Message-ID"]
    assert asked["Message-ID"] in message["References"]
    assert asked["Subject"] in message["Subject"]
    assert not header_names(message) & {"bcc", "x-acuse-borrador", "x-acuse-ficha"}
    assert office.account("atnder") not in str(message["To"])
    assert "semanas" in answer.text() and "<p" in answer.text("html")

    (copy,) = consultant.lying("Copias de conteo")
    assert copy.message["Message-ID"] == message["Message-ID"]
    assert len(office.store.copies(message["Message-ID"])) == 1
    assert [event.fields["message_id"] for event in office.told("contado")] == [message["Message-ID"]]

    assert [paper.message["Message-ID"] for paper in consultant.lying("Peticiones")] == [asked["Message-ID"]]
    assert [paper.message["X-Acuse-Ficha"] for paper in consultant.lying("Fichas atendidas")] == [
        ficha.message["X-Acuse-Ficha"]
    ]
    for folder in ("INBOX", "Respuestas pendientes", "Aprobadas", "Drafts"):
        assert consultant.lying(folder) == []
    assert office.petition().state is State.CONCLUIDA_ORIENTACION
    assert office.states() == [DraftState.ACEPTADO]
    assert office.told("alarma") == []


def test_a_data_request_that_is_sure_leaves_by_itself_and_its_term_begins(dovecot: Dovecot, tmp_path: Path) -> None:
    with LiveOffice(dovecot, tmp_path, trusting=True).open() as office:
        asked = office.write(COMPLAINT, subject="Falta de medicamento")
        office.settle()

        (request,) = office.received()
        assert request.message["In-Reply-To"] == asked["Message-ID"]
        assert "seguridad social" in request.text().lower()
        assert office.petition().state is State.ESPERA_DATOS_1
        assert [term.name for term in office.petition().terms] == ["segunda_solicitud"]
        consultant = office.client(office.account("atnder"))
        assert consultant.lying("Respuestas pendientes") == []
        assert len(consultant.lying("Copias de conteo")) == len(office.store.copies(office.draft().message_id)) == 1

        office.write("Mi número de seguridad social es 12816177971.", answering=request.message)
        office.settle()
        assert office.petition().data.nss == "12816177971"
        assert office.petition().state is State.REGISTRADA_TURNADA
        assert len(office.received()) == 1


def test_mail_to_pregnant_women_is_counted_where_the_rules_say(dovecot: Dovecot, tmp_path: Path) -> None:
    boxes = ("atnder", "mujer_embarazada")
    with LiveOffice(dovecot, tmp_path, boxes=boxes, trusting=True).open() as office:
        office.write(COMPLAINT, subject="Falta de medicamento", to=("mujer_embarazada",))
        office.settle()

        (request,) = office.received()
        assert office.account("mujer_embarazada") in request.message["From"]
        assert office.petition().counting == office.account("atnder")
        assert len(office.client(office.account("atnder")).lying("Copias de conteo")) == 1
        assert office.client(office.account("mujer_embarazada")).lying("Copias de conteo") == []
        (copy,) = office.store.copies(request.message["Message-ID"])
        assert copy.account == office.account("atnder")


def test_the_daemon_as_the_operator_runs_it_does_the_round_and_stops_when_asked(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    office = LiveOffice(dovecot, tmp_path)
    with office.open():
        consultant, own = office.client(office.account("atnder")), tmp_path / "reglas"
        own.mkdir()
        casa = office.rules().casa.model_dump(mode="json")
        (own / "casa.yaml").write_text(json.dumps({"casa": casa}), encoding="utf-8")
        overlay = f'sondeo_segundos = 5\nreglas = ["{Path("rules").resolve()}", "{own}"]\n[buzon.atnder]'
        settings = office.service_toml()
        settings.write_text(settings.read_text().replace("[buzon.atnder]", overlay), encoding="utf-8")
        command = [sys.executable, "-m", "daemon", "run", "--ajustes", str(settings)]
        with subprocess.Popen(command, env=os.environ | office.secrets(), stderr=subprocess.PIPE) as daemon:
            try:
                office.write(ORIENTATION)
                assert wait_until(lambda: bool(drafts_among(consultant.lying("Respuestas pendientes"))), 30)
                (draft,) = drafts_among(consultant.lying("Respuestas pendientes"))
                consultant.move(draft, "Aprobadas")
                assert wait_until(lambda: bool(consultant.lying("Copias de conteo")), 30)
                assert len(office.received()) == 1
            finally:
                daemon.terminate()
            assert daemon.stderr is not None
            said = daemon.stderr.read()
            assert (daemon.wait(20), b"Traceback" in said) == (0, False), said
