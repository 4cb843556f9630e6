"""The demo is what somebody who just cloned this sees first: it runs the real daemon, ends well, and can be joined."""

from __future__ import annotations

import fcntl
import imaplib
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes

import pytest

from daemon.demo.office import ENLACE, PASSWORD, PEOPLE
from daemon.demo.samples import samples

DEMO = [sys.executable, "-m", "daemon", "demo"]
ACCOUNT = "atnder@imss.gob.mx"
CONSULTANTS, SUPERVISOR = ("consultora.uno@imss.gob.mx", "consultor.dos@imss.gob.mx"), "supervision.dac@imss.gob.mx"
MACHINES = ("gsolis@proveedora", "boletin@cursosfiscales", "soporte@imss-gob-mx", "plugo@camara", "postmaster@")


@pytest.fixture(scope="module")
def unattended() -> tuple[subprocess.CompletedProcess[str], float]:
    """One run to the end on a wide page, and how many seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        [*DEMO, "--once"], capture_output=True, text=True, timeout=90, check=False, env={**os.environ, "COLUMNS": "140"}
    )
    return done, time.monotonic() - began


def figure(output: str, name: str) -> int:
    found = re.search(rf"{name}: (\d+)", output)
    assert found is not None, output
    return int(found[1])


def row(output: str, subject: str) -> str:
    return next(line for line in output.partition("Resumen")[2].splitlines() if line.startswith(subject))


def sent_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if "  SALE  " in line]


def test_it_works_everything_off_within_a_minute_and_says_that_all_went_well(unattended) -> None:
    done, seconds = unattended
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert seconds < 60
    assert "Todo cuadra" in done.stdout


def test_every_mail_that_arrived_has_its_line_in_the_summary(unattended) -> None:
    output = unattended[0].stdout
    # One of the samples comes from an address that bounces, and the bounce is a mail too; so are a test and its
    # acknowledgement, a confirmation and a refusal, which one installation sends to the other, and the Órgano's answer.
    assert figure(output, "Recibidos") == len(list(samples())) + 1 + 4 + 1


def test_every_mail_that_left_was_counted_by_its_blind_copy(unattended) -> None:
    output = unattended[0].stdout
    assert figure(output, "Enviados") == figure(output, "Copias contadas") == len(sent_lines(output)) >= 1


def test_the_approved_orientation_leaves_and_concludes_its_petition(unattended) -> None:
    output = unattended[0].stdout
    assert any("orientación para jpacheco@taller.example" in line for line in sent_lines(output))
    assert "concluida" in row(output, "¿Dónde veo mis semanas")


def test_who_speaks_of_taking_their_life_gets_no_automatic_mail(unattended) -> None:
    output = unattended[0].stdout
    assert re.search(r"consultor +sin correo +con un consultor, sensible", row(output, "mi incapacidad"))
    assert not any("raul.t@" in line for line in sent_lines(output))


def test_machines_are_not_answered(unattended) -> None:
    output = unattended[0].stdout
    assert not [line for line in sent_lines(output) for machine in MACHINES if machine in line]
    for subject in ("Respuesta automática", "Curso:", "Su buzón ha excedido", "Invitación:", "Undelivered Mail"):
        assert re.search(r"ninguno +sin correo", row(output, subject)), subject


def test_data_in_a_pdf_and_in_a_text_with_the_wrong_charset_are_read(unattended) -> None:
    output = unattended[0].stdout
    assert "Martín Nuño Beltrán" in output
    assert "registrar" in row(output, "Corrección de mi salario")


def test_an_acuse_waits_for_the_folio_that_the_file_of_siade_brings(unattended) -> None:
    output = unattended[0].stdout
    before, _, after = output.partition("folios_0001.csv")
    assert re.search(r"SIADE +lote 1 por capturar: [5-9] registros, \d+ archivos", before)
    assert "acuse espera su folio" in before
    assert not any("SALE  acuse con folio" in line for line in before.splitlines())
    assert re.search(r"con\s+novedad: [5-9]; sin\s+novedad: 0; no\s+tomadas: 0", after)
    assert any("SALE  acuse con folio para rosae.cardenas@" in line for line in sent_lines(after))
    assert "turnada por SIADE" in row(output, "Tres semanas sin levotiroxina")


def test_what_goes_to_an_organo_passes_the_supervisor_and_its_answer_reaches_the_person(unattended) -> None:
    output = unattended[0].stdout
    told = re.search(
        r"SUPERVISA +propuesta al Órgano.+La supervisión mueve a «Aprobadas».+SALE +propuesta al Órgano para "
        + re.escape(ENLACE)
        + r".+El Órgano normativo contesta.+SALE +respuesta del Órgano para rh@acerosficticios",
        output,
        re.DOTALL,
    )
    assert told is not None
    assert "concluida" in row(output, "IDSE rechaza los reingresos")
    # No enlace is known for this one: its proposal stays with the consultant, and no address is invented.
    assert "propuesta al Órgano" in row(output, "RV: mi patrón")


def test_each_petition_has_its_consultant_who_gets_its_data_sheet(unattended) -> None:
    output = unattended[0].stdout
    for consultant in CONSULTANTS:
        assert f"la atiende {consultant}" in output
        assert re.search(rf"correo interno a {consultant}: Ficha \[AC-", output)


def test_at_the_end_the_supervisor_gets_the_morning_mail(unattended) -> None:
    output = unattended[0].stdout
    assert re.search(rf"INTERNO +a {SUPERVISOR}: Informe del ", output)


def test_a_request_of_the_consular_office_ends_there_as_a_pair_to_print(unattended) -> None:
    output = unattended[0].stdout
    assert re.search(r"confirmar +sale solo +confirmada", row(output, "IMSS DIGITAL 878653"))
    assert "confirmada por el IMSS" in row(output, "Confirmación de recepción")
    assert re.search(r"confirmación · ID Trámite 878653 · NSS \*\*\*…07 · recibo CS-\d{6}-\w+-1", output)
    assert re.search(r"comprobante en duplicado listo para imprimir.+«Imprimir en duplicado: ID Trámite 878653", output)


def test_a_request_with_faults_is_refused_with_both_once_a_person_agrees(unattended) -> None:
    output = unattended[0].stdout
    assert re.search(r"rechazar +se revisa +rechazada", row(output, "IMSS DIGITAL 878661"))
    assert "rechazada por el IMSS" in row(output, "Notificación de envío no exitoso 878661")
    told = output.partition("«Notificación de envío no exitoso 878661")[2].partition("LLEGA")[0]
    assert "El NSS no es válido" in told
    assert "«31/02/1951» no existe" in told


def test_a_request_from_a_personal_account_waits_for_a_person(unattended) -> None:
    output = unattended[0].stdout
    assert re.search(r"rechazar +se revisa +respuesta en revisión", row(output, "Solicitud de comprobación"))
    assert "llegó de una cuenta personal (consulado.dallas@correo.example)" in output


def test_the_connectivity_test_is_acknowledged_and_the_acknowledgement_counted(unattended) -> None:
    output = unattended[0].stdout
    for subject in ("PRUEBA DE CONECTIVIDAD", "Acuse de recibo de la prueba"):
        assert "con acuse" in row(output, subject)


def test_no_number_of_a_pensioner_is_shown_whole(unattended) -> None:
    output = unattended[0].stdout
    assert not re.search(r"06674910507|16907325604|23785207111", output)


class Terminal:
    """The demo on a terminal of its own, 80 columns wide; `screen` is all that it wrote so far."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 80, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            DEMO, stdin=slave, stdout=slave, stderr=slave, env={**environment, "TERM": "dumb"}, start_new_session=True
        )
        os.close(slave)
        self.screen = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        pieces = b""
        try:
            while piece := os.read(self._master, 4096):
                pieces += piece
                self.screen = pieces.decode("utf-8", "ignore").replace("\r\n", "\n")
        except OSError:
            return

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def wait_for(self, pattern: str, seconds: float = 30.0) -> re.Match[str]:
        end = time.monotonic() + seconds
        while (found := re.search(pattern, self.screen)) is None:
            assert time.monotonic() < end, f"no apareció {pattern!r}:\n{self.screen}"
            assert self.process.poll() is None, self.screen
            time.sleep(0.1)
        return found

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    found = Terminal()
    yield found
    if found.process.poll() is None:
        found.process.kill()
        found.process.wait(10)


def test_a_mail_client_can_join_and_what_it_approves_is_seen_leaving(terminal: Terminal) -> None:
    port = int(terminal.wait_for(r"IMAP +127\.0\.0\.1 +puerto (\d+)")[1])
    terminal.wait_for(r"«¿Dónde veo mis semanas cotizadas\?»")
    with imaplib.IMAP4("127.0.0.1", port, timeout=10) as client:
        client.login(ACCOUNT, PASSWORD)
        uid, draft = orientation_draft(client)
        # What lies there is exactly what would be sent, with its blind copy to see (P 5.65).
        assert draft["Bcc"] == ACCOUNT
        assert draft["To"] == "jpacheco@taller.example"
        assert client.uid("MOVE", uid, "Aprobadas")[0] == "OK"
        terminal.wait_for(r"SALE +orientación para jpacheco@taller.example")
    with imaplib.IMAP4("127.0.0.1", port, timeout=10) as client:
        client.login(PEOPLE, PASSWORD)
        client.select("INBOX", readonly=True)
        assert client.search(None, "TO", '"jpacheco@taller.example"')[1] != [b""]
    terminal.interrupt()
    terminal.interrupt()
    assert terminal.process.wait(15) == 0
    assert "Resumen" in terminal.screen
    assert "Traceback" not in terminal.screen


def orientation_draft(client: imaplib.IMAP4) -> tuple[str, object]:
    """UID and message of the draft for the person who asks for their weeks."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        # Each consultant's drafts lie in a folder of their own below.
        for folder in client.list('""', '"Respuestas pendientes*"')[1]:
            client.select(folder.decode().rpartition(' "/" ')[2])
            found = client.uid("SEARCH", "TO", '"jpacheco@taller.example"')[1][0].decode().split()
            for uid in found:
                message = message_from_bytes(client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1])
                if message["X-Acuse-Borrador"]:
                    return uid, message
        time.sleep(0.3)
    raise AssertionError("el borrador no llegó a la carpeta")


def test_a_port_that_is_taken_is_told_with_its_cure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [*DEMO, "--once", "--puerto-imap", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "el puerto está ocupado" in done.stderr
    assert "--puerto-imap" in done.stderr


def test_without_the_test_servers_one_sentence_says_what_to_install() -> None:
    program = "import sys; sys.modules['pymap'] = None; from daemon.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "demo"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "make venv" in done.stderr
