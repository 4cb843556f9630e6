"""`acuse check --online` against real servers: what is wrong with a mailbox is named with its cure, each by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import load_settings
from daemon.flow.recovery import await_witness
from daemon.online import Line, machine, mailboxes
from tests.live.office import LiveOffice, ShiftedClock
from tests.live.servers import Dovecot

pytestmark = pytest.mark.live


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Iterator[LiveOffice]:
    """Servers and settings; no daemon."""
    with LiveOffice(dovecot, tmp_path, boxes=("atnder", "mujer_embarazada")).servers() as opened:
        yield opened


def look(office: LiveOffice, secrets: Mapping[str, str] | None = None, **asked: object) -> list[Line]:
    settings = load_settings(office.service_toml(), {**office.secrets(), **(secrets or {})})
    options = {"patience": 5.0, **asked}
    return list(mailboxes(settings, office.rules(), list(settings.buzon), **options))  # type: ignore[arg-type]


def faults(lines: list[Line]) -> list[str]:
    return [str(line) for line in lines if line.mark == "✗"]


def said(lines: list[Line], text: str) -> Line:
    return next(line for line in lines if text in line.text)


def test_a_sound_mailbox_is_told_line_by_line_and_its_blind_copy_comes_back(office: LiveOffice) -> None:
    lines = look(office, create=True)
    assert faults(lines) == []
    for text in ("aceptó la contraseña y el correo", "llegó a", "ofrece IDLE", "reloj coincide", "están todas"):
        assert said(lines, text).mark == "✓"
    encrypted = [line for line in lines if "certificado válido hasta" in line.text]
    assert len(encrypted) == 4 and all(re.search(r"TLSv1\.[23]", line.text) for line in encrypted)
    assert {line.mark for line in encrypted} == {"aviso"}, "the test's certificate ends within 30 days"


def test_the_test_mail_is_tidied_away_and_the_daemon_takes_it_for_no_petition(office: LiveOffice) -> None:
    office.start()
    office.settle()
    look(office, create=True)
    office.settle()
    client = office.client(office.account("atnder"))
    assert client.lying("INBOX") == []
    assert {paper.message["Subject"] for paper in client.lying("Copias de conteo")} == {
        "Prueba de acuse: copia de conteo"
    }
    assert office.store.petitions() == ()
    assert office.store.foreign_copies(office.clock.now() - timedelta(days=1)) == ()
    office.stop()


def test_a_daemon_at_work_leaves_the_test_mail_where_it_meets_it(office: LiveOffice) -> None:
    office.start()
    office.settle()
    smtp_lines = look(office, create=True, patience=0.0)
    assert smtp_lines
    office.settle()
    assert office.store.petitions() == () and office.store.quarantined() == []
    office.stop()


def test_a_wrong_password_is_one_fault_of_one_mailbox_and_is_tried_once(office: LiveOffice) -> None:
    lines = look(office, {"ACUSE_BUZON__ATNDER__CLAVE": "otra"}, create=True)
    (refused, uncounted) = faults(lines)
    assert office.account("atnder") in refused and "contraseña" in refused and "→" in refused
    assert "cuenta de conteo" in uncounted and office.account("mujer_embarazada") in uncounted
    assert office.smtp.logins == 1, "only the other mailbox sends"
    assert sum("rechazó" in line.text for line in lines) == 2


def test_missing_folders_are_named_and_made_when_asked(office: LiveOffice) -> None:
    missing = said(look(office, mail=False), "faltan carpetas")
    assert missing.mark == "aviso" and "«Respuestas pendientes»" in missing.text and "--crear" in missing.cure
    made = look(office, mail=False, create=True)
    assert said(made, "se creó la carpeta «Aprobadas»")
    assert not any("faltan carpetas" in line.text for line in look(office, mail=False))
    assert office.smtp.got == []


def test_a_blind_copy_that_never_comes_is_a_fault(office: LiveOffice) -> None:
    office.smtp.domains = ()
    lost = faults(look(office, patience=0.5))
    assert len(lost) == 2 and all("la copia de conteo no llegó" in line and "5.65" in line for line in lost)


@pytest.mark.parametrize(("ahead", "side"), [(5, "adelantado"), (-5, "atrasado")])
def test_a_clock_that_goes_wrong_is_a_fault(office: LiveOffice, ahead: int, side: str) -> None:
    found = faults(look(office, clock=ShiftedClock(timedelta(minutes=ahead))))
    assert found and all(side in line and "plazos" in line for line in found)


def test_a_server_that_is_not_there_hides_nothing_of_the_others(office: LiveOffice) -> None:
    lines = look(office, {"ACUSE_BUZON__MUJER_EMBARAZADA__IMAP__PUERTO": "1"}, create=True)
    assert all(office.account("mujer_embarazada") in line for line in faults(lines))
    assert said(lines, "la copia de conteo llegó").place == office.account("atnder")


def test_files_that_anybody_can_read_are_faults_of_this_machine(office: LiveOffice) -> None:
    settings_file = office.service_toml()
    secrets = settings_file.parent / "secretos"
    secrets.mkdir()
    (secrets / "clave_de_firma").write_text("una clave de firma para pruebas")
    (secrets / "clave_de_firma").chmod(0o644)
    settings = load_settings(settings_file, office.secrets())
    (fault,) = faults(list(machine(settings, office.rules(), settings_file, {})))
    assert "clave_de_firma" in fault and "chmod" in fault
    (secrets / "clave_de_firma").chmod(0o600)
    lines = list(machine(settings, office.rules(), settings_file, {}))
    assert faults(lines) == []
    assert said(lines, "quedan") and said(lines, "en la oficina")


def test_a_witness_is_waited_for_no_longer_than_asked(office: LiveOffice) -> None:
    office.start()
    mailbox = office.stations["atnder"].mailbox
    assert await_witness(mailbox, "Junk", "<nunca@oficina.example>", 0.1) is None
    office.stop()
