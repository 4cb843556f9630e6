"""Attachments for SIADE from a real IMAP server: found again where they were filed, byte for byte, whatever size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.edge.siade_folder import SiadeFolder
from daemon.edge.tables import read_table
from daemon.flow.siade import export, hand_over
from daemon.model.petition import State
from daemon.model.siade import SiadeBatch
from tests.live.office import COMPLAINT, LiveOffice
from tests.live.servers import Dovecot

pytestmark = pytest.mark.live

COMPLETE = f"{COMPLAINT} Mi nombre es Ana López Ruiz y mi NSS es 12816177971.\n"
# Larger than what is read whole when mail is taken in.
SCAN = os.urandom(2 * 1024 * 1024)


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Iterator[LiveOffice]:
    with LiveOffice(dovecot, tmp_path, boxes=("atnder", "atn_contribuyente"), trusting=True).open() as opened:
        yield opened


def petition_with(office: LiveOffice, **files: bytes) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Ana López Ruiz <{office.person}>", office.account("atnder")
    mail["Subject"], mail["Message-ID"] = "Falta de medicamento", f"<receta-{len(files)}@{office.people}>"
    mail.set_content(COMPLETE)
    for name, content in files.items():
        mail.add_attachment(content, maintype="image", subtype="jpeg", filename=f"../{name} ñ.jpg")
    office.dovecot.deliver(office.account("atnder"), mail.as_bytes())
    office.settle()
    return mail


def batch(office: LiveOffice) -> SiadeBatch:
    found = office.store.exported_records()
    assert found is not None
    return found


def table(folder: Path) -> dict[str, str]:
    return dict(read_table(folder / "lote_0001" / "lote_0001.csv").rows[0].cells)


def test_attachments_are_found_where_they_were_filed_and_come_out_byte_for_byte(
    office: LiveOffice, tmp_path: Path
) -> None:
    petition_with(office, receta=b"\xff\xd8 chica", estudio=SCAN)
    assert len(office.client(office.account("atnder")).lying("Peticiones")) == 1
    folder = tmp_path / "siade"
    folder.mkdir()
    (handed,) = export(office.desk, SiadeFolder(folder), office.office.mailbox)
    assert handed.missing == ()
    names = table(folder)["adjuntos"].split(" | ")
    assert [name.rpartition("/")[2] for name in names] == ["01_mensaje.eml", "02_receta_n.jpg", "03_estudio_n.jpg"]
    assert (folder / "lote_0001" / names[1]).read_bytes() == b"\xff\xd8 chica"
    assert (folder / "lote_0001" / names[2]).read_bytes() == SCAN


def test_a_mail_that_somebody_moved_or_deleted_is_named_and_found_again_once_it_is_back(
    office: LiveOffice, tmp_path: Path
) -> None:
    mail = petition_with(office, receta=b"\xff\xd8 receta")
    person = office.client(office.account("atnder"))
    person.make("Archivo de Ana")
    person.move(person.lying("Peticiones")[0], "Archivo de Ana")
    first, second = tmp_path / "uno", tmp_path / "dos"
    first.mkdir(), second.mkdir()
    (handed,) = export(office.desk, SiadeFolder(first), office.office.mailbox)
    assert str(mail["Message-ID"]) in handed.missing[0]
    assert "ya no está" in table(first)["adjuntos_faltantes"]
    person.move(person.lying("Archivo de Ana")[0], "INBOX")
    again = hand_over(office.desk, SiadeFolder(second), office.office.mailbox, batch(office))
    assert again.missing == () and again.files == 2
    assert office.petition().state is State.REGISTRADA_TURNADA
