"""IMSS Digital closes its circle on real servers: an office's request ends there as a printed pair."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pdfplumber
import pytest

from daemon.app import Office, assemble
from daemon.config import load_settings
from daemon.decide.survival.connectivity import start_test
from daemon.edge.clock import SystemClock
from daemon.flow import run_pass
from daemon.model.ledger import Event
from daemon.model.petition import Petition, State
from daemon.model.survival import CheckState
from storage import open_store
from tests.live.office import KEY, MailClient, Paper, drafts_among, fichas_among, shipped
from tests.live.servers import PASSWORD, Dovecot, SmtpServer, make_certificate
from tests.survival_forms import OFFICE, RECEPTION, VOUCHED, form_pdf, request_mail

pytestmark = pytest.mark.live


class Vouching(SmtpServer):
    """The mail server of both institutions: it adds its word on whom it took a mail from, as mx1 does."""

    def _hand_on(self, sender: str, recipients: list[str], raw: bytes) -> None:
        domain = sender.rpartition("@")[2]
        word = f"mx1.imss.gob.mx; spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"
        super()._hand_on(sender, recipients, f"Authentication-Results: {word}\r\n".encode() + raw)


class Side:
    """One institution's installation: its mailbox, its own store, its daemon's parts as `daemon.app` joins them."""

    def __init__(self, folder: Path, dovecot: Dovecot, smtp: SmtpServer, account: str, profile: str) -> None:
        folder.mkdir()
        self.account, self.events = account, list[Event]()
        file = folder / "service.toml"
        file.write_text(
            f'[acuse]\nalmacen = "sqlite:///{folder / "acuse.db"}"\nenvios = "normales"\n'
            f'[buzon.digital]\ncorreo = "{account}"\nperfil = "{profile}"\n'
            f'[buzon.digital.imap]\nservidor = "localhost"\npuerto = {dovecot.imaps}\nca = "{dovecot.ca_file}"\n'
            f'[buzon.digital.smtp]\nservidor = "localhost"\npuerto = {smtp.port}\nca = "{smtp.ca_file}"\n'
            'seguridad = "starttls"\npor_minuto = 1000\n',
            encoding="utf-8",
        )
        settings = load_settings(file, {"ACUSE_CLAVE_DE_FIRMA": KEY, "ACUSE_BUZON__DIGITAL__CLAVE": PASSWORD})
        store = open_store(settings.almacen)
        self.office: Office = assemble(settings, shipped()[0], store, self.events.append, SystemClock())
        self.store, self.station = store, self.office.station("digital")
        self.client = MailClient(dovecot, account)
        self.client.make("Sent")

    def settle(self) -> None:
        quiet = 0
        while quiet < 2:
            quiet = 0 if run_pass(self.office.desk, self.station) else quiet + 1

    def petition(self) -> Petition:
        (found,) = self.store.petitions()
        return found

    def pending(self) -> list[Paper]:
        return self.client.lying("Respuestas pendientes")

    def close(self) -> None:
        self.station.mailbox.close()
        self.store.close()


@contextmanager
def both_sides(dovecot: Dovecot, folder: Path) -> Iterator[tuple[Side, Side]]:
    make_certificate(folder)
    with Vouching(folder, lmtp=dovecot.lmtp, domains=("imss.gob.mx", "sre.gob.mx")) as smtp:
        reception = Side(folder / "recepcion", dovecot, smtp, RECEPTION, "imss_digital_recepcion")
        consulate = Side(folder / "oficina", dovecot, smtp, OFFICE, "imss_digital_oficina")
        try:
            for side in (reception, consulate):
                side.settle()
            yield reception, consulate
        finally:
            reception.close()
            consulate.close()


@pytest.fixture
def server() -> Iterator[Dovecot]:
    """A Dovecot of its own for each test: these accounts have one address only."""
    with Dovecot() as running:
        yield running


def today(days: int = 0) -> date:
    return (datetime.now(UTC) + timedelta(days=days)).date()


def send_request(dovecot: Dovecot, consulate: Side, number: str, **changes: str) -> None:
    """What the MCLV does: the form leaves from the enabled account, and a copy lies in its Sent folder."""
    pdf = form_pdf(id_tramite=number, fecha_solicitud=f"{today(-1):%d/%m/%Y}", **changes)
    mail = request_mail(pdf, message_id=f"<solicitud-{number}@sre.gob.mx>")
    consulate.client.save("Sent", mail.as_bytes())
    mail["Authentication-Results"] = VOUCHED
    dovecot.deliver(RECEPTION, mail.as_bytes(), OFFICE)


def pages(paper: Paper) -> list[str]:
    (attached,) = paper.message.iter_attachments()
    with pdfplumber.open(io.BytesIO(attached.get_content())) as pdf:
        return [page.extract_text() for page in pdf.pages]


def test_a_request_ends_as_a_printed_pair_in_the_mailbox_of_the_office_that_sent_it(
    server: Dovecot, tmp_path: Path
) -> None:
    with both_sides(server, tmp_path) as (reception, consulate):
        send_request(server, consulate, "878653")
        consulate.settle()
        assert consulate.petition().state is State.ESPERA_CONFIRMACION

        reception.settle()
        assert reception.petition().state is State.SUPERVIVENCIA_CONFIRMADA
        (check,) = reception.store.checks_of(reception.petition().folio)
        assert check.state is CheckState.CONFIRMADA
        (counted,) = [event for event in reception.events if event.action == "contado"]
        assert counted.fields["por"] == RECEPTION

        consulate.settle()
        assert consulate.petition().state is State.CONFIRMADA_POR_IMSS
        (sheet,) = fichas_among(consulate.pending())
        (page,) = pages(sheet)
        assert page.count("06674910507") == page.count(check.id) == 2
        assert "Imprimir" in sheet.message["Subject"]
        (kept,) = consulate.store.checks_of(consulate.petition().folio)
        assert kept.next_due == check.next_due


def test_a_refusal_reaches_the_office_with_its_reasons(server: Dovecot, tmp_path: Path) -> None:
    with both_sides(server, tmp_path) as (reception, consulate):
        send_request(server, consulate, "878700", nss="")
        consulate.settle()
        reception.settle()
        (draft,) = drafts_among(reception.pending())
        reception.client.move(draft, "Aprobadas")
        reception.settle()
        consulate.settle()
        assert consulate.petition().state is State.RECHAZADA_POR_IMSS
        assert any("Falta el NSS" in sheet.text() for sheet in fichas_among(consulate.pending()))


def test_a_connectivity_test_is_acknowledged_by_the_office_and_counted_as_answered(
    server: Dovecot, tmp_path: Path
) -> None:
    with both_sides(server, tmp_path) as (reception, consulate):
        desk = reception.office.desk
        oficina = desk.policy.rules.oficina(OFFICE)
        assert oficina is not None
        desk.commit(start_test(oficina, desk.policy, desk.now(), today(20)))
        reception.settle()
        assert reception.petition().state is State.ESPERA_ACUSE
        consulate.settle()
        reception.settle()
        assert reception.petition().state is State.PRUEBA_ACUSADA
        (answer,) = [event.fields["borrador"] for event in consulate.events if event.action == "enviado"]
        assert (answer.to, answer.counting) == (RECEPTION, OFFICE)
        assert re.search(r"(?i)acuse de recibo", answer.subject + answer.text)
