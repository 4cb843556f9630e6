"""A consular office at work: its requests seen, confirmations printed once, refusals, tests, silence alarmed."""

from __future__ import annotations

import itertools
import threading
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.config import load_settings
from daemon.edge.oauth2 import Tokens
from daemon.edge.pdf import PdfReader
from daemon.errors import LoginRefused
from daemon.model.mail import Reading
from daemon.model.outgoing import SendResult
from daemon.model.petition import Clase, Petition, State
from daemon.model.rules import house
from daemon.model.survival import Check, CheckState
from daemon.read import read
from daemon.service import Worker
from tests.flow.memory_office import ACCEPTED, MONDAY, MemoryOffice, words
from tests.flow.test_service import MemoryPost, within
from tests.survival_forms import OFFICE, RECEPTION, VOUCHED, VOUCHED_IMSS, form_pdf, request_mail

CONFIRMED = """Se recibió de manera exitosa la información del pensionado.

NSS: 06674910507
Nombre: MARTIN DE LA CRUZ JUAREZ
ID Trámite: 878653
Recibo: CS-251013-7K3FQ-1
Fecha de recepción: 13/10/2025 10:02
Próxima comprobación: 13/04/2026
"""
REFUSED = """El envío con ID Trámite 878653 NO fue procesado.
Motivo: el NSS no corresponde a un pensionado vigente.
"""
SETTINGS = """
[acuse]
sondeo_segundos = 10
[buzon.dallas]
correo = "imss_dallas@sre.gob.mx"
perfil = "imss_digital_oficina"
[buzon.dallas.imap]
servidor = "127.0.0.1"
[buzon.dallas.smtp]
servidor = "127.0.0.1"
"""
SECRETS = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma para pruebas", "ACUSE_BUZON__DALLAS__CLAVE": "x"}
TEST = "Con el fin de validar la correcta recepción se solicita acusar recibo a más tardar el 19 de octubre de 2025."


@pytest.fixture
def office(pdf: PdfReader) -> MemoryOffice:
    """Both sides; the receiving server vouches for what either sends to the other."""
    office = MemoryOffice(boxes=(RECEPTION, OFFICE))

    def reading(raw: bytes, mailbox: str, at: datetime) -> Reading:
        word = VOUCHED_IMSS if f"<{RECEPTION}>".encode() in raw.partition(b"To:")[0] else VOUCHED
        if b"Authentication-Results" not in raw:
            raw = f"Authentication-Results: {word}\r\n".encode() + raw
        return read(raw, mailbox=mailbox, house=house(office.rules), received_at=at, read_pdf=pdf)

    office.reader = reading
    office.run()
    return office


_numbers = itertools.count(1)


def says(
    office: MemoryOffice,
    text: str,
    *,
    subject: str = "IMSS Digital",
    sender: str = RECEPTION,
    vouched: str = VOUCHED_IMSS,
) -> EmailMessage:
    """IMSS, or who pretends to be, writes to the office."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"Pensionistas SRE <{sender}>", OFFICE, subject
    mail["Date"], mail["Message-ID"] = office.clock.now(), f"<aviso-{next(_numbers)}@imss.gob.mx>"
    mail["Authentication-Results"] = vouched
    mail.set_content(text)
    office.world.deliver(OFFICE, mail.as_bytes(), office.clock.now())
    office.run(OFFICE)
    return mail


def sends(
    office: MemoryOffice, *, folder: str = "Sent", message_id: str = "<solicitud-1@sre.gob.mx>", **changes: str
) -> None:
    """The MCLV sends a request from the office's account; its copy lies in Sent."""
    raw = request_mail(form_pdf(**changes), message_id=message_id).as_bytes()
    office.world.deliver(OFFICE, raw, office.clock.now(), folder)
    office.run(OFFICE)


def checks(office: MemoryOffice) -> list[Check]:
    return [check for petition in petitions(office) for check in office.store.checks_of(petition.folio)]


def petitions(office: MemoryOffice) -> list[Petition]:
    return [petition for petition in office.store.petitions() if petition.account == OFFICE]


def sheets(office: MemoryOffice) -> list[EmailMessage]:
    """The data sheets that lie in the review folder, oldest first."""
    review = office.world.review(OFFICE, office.rules.carpetas)
    raws = [office.world.mailbox(OFFICE).whole(*place) for place in _places(office)] if review else []
    return [message_from_bytes(raw, policy=policy.default) for raw in raws]


def _places(office: MemoryOffice) -> list[tuple[str, int, int]]:
    folder = office.rules.carpetas.pendientes
    stored = office.world.folders(OFFICE).get(folder)
    mailbox = office.world.mailbox(OFFICE)
    return [(folder, mailbox.status(folder).uidvalidity, uid) for uid in stored.messages] if stored else []


def pairs(office: MemoryOffice) -> list[str]:
    """The printed pairs in the review folder, by file name."""
    return [str(part.get_filename()) for sheet in sheets(office) for part in sheet.iter_attachments()]


def test_a_request_seen_in_sent_waits_and_its_confirmation_is_printed_once_and_settles_it(office: MemoryOffice) -> None:
    sends(office)
    (petition,) = petitions(office)
    assert (petition.state, [term.name for term in petition.terms]) == (
        State.ESPERA_CONFIRMACION, ["confirmacion_supervivencia"],
    )  # fmt: skip
    says(office, CONFIRMED)
    (petition,) = petitions(office)
    (check,) = checks(office)
    assert (petition.state, petition.terms, check.state) == (State.CONFIRMADA_POR_IMSS, (), CheckState.CONFIRMADA)
    assert str(check.next_due) == "2026-04-13"
    assert pairs(office) == ["comprobante_CS-251013-7K3FQ-1.pdf"]
    assert sheets(office)[0]["Subject"].startswith("Imprimir en duplicado: ID Trámite 878653")
    says(office, CONFIRMED + "\nSegundo aviso.\n")
    assert pairs(office) == ["comprobante_CS-251013-7K3FQ-1.pdf"]
    assert len(petitions(office)) == 1 and office.alarms() == []


def test_the_copy_in_the_inbox_is_the_same_request_as_the_one_in_sent(office: MemoryOffice) -> None:
    sends(office)
    sends(office, folder="INBOX")
    assert [check.id_tramite for check in checks(office)] == ["878653"]
    sends(office, folder="INBOX", message_id="<solicitud-2@sre.gob.mx>")
    assert [check.id_tramite for check in checks(office)] == ["878653"]


def test_silence_after_its_term_is_an_alarm_that_a_late_confirmation_ends(office: MemoryOffice) -> None:
    sends(office)
    office.until(MONDAY + timedelta(days=2, hours=7))
    assert office.alarms() == []
    office.until(MONDAY + timedelta(days=2, hours=9))
    (petition,) = petitions(office)
    assert petition.state is State.SIN_CONFIRMACION
    assert [check.state for check in checks(office)] == [CheckState.SIN_CONFIRMACION]
    assert office.alarms() == [f"supervivencia:{petition.folio}"]
    assert "Sin confirmación del IMSS" in str(sheets(office)[-1]["Subject"])
    says(office, CONFIRMED)
    assert petitions(office)[0].state is State.CONFIRMADA_POR_IMSS
    assert office.alarms() == [f"supervivencia:{petition.folio}", f"-supervivencia:{petition.folio}"]


def test_a_confirmation_without_request_is_alarmed_printed_with_a_warning_and_joined_later(
    office: MemoryOffice,
) -> None:
    says(office, CONFIRMED)
    (petition,) = petitions(office)
    assert petition.state is State.CONFIRMACION_SIN_SOLICITUD
    assert office.alarms() == [f"supervivencia:{petition.folio}"]
    assert len(pairs(office)) == 1 and "sin solicitud conocida" in str(sheets(office)[0]["Subject"])
    number = checks(office)[0].fields["recibo"]
    assert number
    sends(office)
    (petition,) = petitions(office)
    (check,) = checks(office)
    assert check.fields["recibo"] == number
    assert (petition.state, check.state, check.fields["apellido_materno"]) == (
        State.CONFIRMADA_POR_IMSS, CheckState.CONFIRMADA, "JUAREZ",
    )  # fmt: skip
    assert office.alarms()[-1] == f"-supervivencia:{petition.folio}"


def test_a_forged_copy_of_a_request_calms_no_alarm_and_names_nobody(office: MemoryOffice) -> None:
    says(office, CONFIRMED)
    forged = request_mail(form_pdf(nombre="FALSO"), message_id="<falsa@correo.example>")
    forged["Authentication-Results"] = "mx1.imss.gob.mx; spf=none smtp.mailfrom=correo.example"
    office.world.deliver(OFFICE, forged.as_bytes(), office.clock.now())
    office.run(OFFICE)
    (petition,) = petitions(office)
    assert petition.state is State.CONFIRMACION_SIN_SOLICITUD
    assert office.alarms() == [f"supervivencia:{petition.folio}"]
    assert checks(office)[0].fields.keys() == {"recibo"}


def test_a_refusal_reaches_the_office_with_its_reasons_and_a_new_request_may_follow(office: MemoryOffice) -> None:
    sends(office)
    says(office, REFUSED)
    assert petitions(office)[0].state is State.RECHAZADA_POR_IMSS
    sheet = words(sheets(office)[0])
    assert "el NSS no corresponde a un pensionado vigente" in " ".join(sheet.split()) and pairs(office) == []
    sends(office, message_id="<solicitud-2@sre.gob.mx>")
    assert sorted(check.state for check in checks(office)) == [CheckState.ENVIADA, CheckState.RECHAZADA]
    says(office, CONFIRMED)
    assert sorted(check.state for check in checks(office)) == [CheckState.CONFIRMADA, CheckState.RECHAZADA]


def test_a_refusal_after_a_confirmation_is_for_a_person_with_an_alarm(office: MemoryOffice) -> None:
    sends(office)
    says(office, CONFIRMED)
    says(office, REFUSED)
    (petition,) = petitions(office)
    assert petition.state is State.REVISION_CONSULTOR
    assert office.alarms() == [f"supervivencia:{petition.folio}"]
    assert [check.state for check in checks(office)] == [CheckState.CONFIRMADA]


def test_one_mail_may_settle_two_requests_each_in_its_own_way(office: MemoryOffice) -> None:
    sends(office)
    sends(office, message_id="<solicitud-2@sre.gob.mx>", id_tramite="474840", nss="48694790063", nombre="IÑAKI")
    rows = "878653   06674910507   Recibida\n474840   48694790063   Rechazada: NSS no vigente\n"
    says(office, f"ID Trámite   NSS   Resultado\n{rows}")
    assert {check.id_tramite: check.state for check in checks(office)} == {
        "878653": CheckState.CONFIRMADA, "474840": CheckState.RECHAZADA,
    }  # fmt: skip
    assert {petition.state for petition in petitions(office)} == {State.CONFIRMADA_POR_IMSS, State.RECHAZADA_POR_IMSS}
    assert len(pairs(office)) == 1


@pytest.mark.parametrize(
    ("sender", "vouched"),
    [
        (RECEPTION, "mx1.imss.gob.mx; spf=none smtp.mailfrom=imss.gob.mx"),
        (RECEPTION, VOUCHED_IMSS.replace("pass", "fail")),
        ("pensiones@imss.gob.mx", VOUCHED_IMSS),
        (
            "pensionistas.sre@imss-gob.mx",
            VOUCHED_IMSS.replace("imss.gob.mx;", "imss.gob.mx;").replace("from=imss", "from=x"),
        ),
        ("pensionistas.sre@correo.example", "mx1.imss.gob.mx; dmarc=pass header.from=correo.example"),
    ],
)
@pytest.mark.parametrize("text", [CONFIRMED, REFUSED, TEST])
def test_nobody_but_the_proven_reception_account_moves_a_request_or_gets_an_acknowledgement(
    office: MemoryOffice, sender: str, vouched: str, text: str
) -> None:
    sends(office)
    says(office, text, subject="PRUEBA DE CONECTIVIDAD", sender=sender, vouched=vouched)
    assert [check.state for check in checks(office)] == [CheckState.ENVIADA]
    assert State.ESPERA_CONFIRMACION in {petition.state for petition in petitions(office)}
    assert pairs(office) == [] and office.mails(account=RECEPTION) == []


def test_a_connectivity_test_is_acknowledged_at_once_and_the_same_one_once_a_day(office: MemoryOffice) -> None:
    says(office, TEST, subject="PRUEBA DE CONECTIVIDAD. Favor de acusar recibo")
    (petition,) = petitions(office)
    assert petition.state is State.PRUEBA_ACUSADA
    (draft,) = office.store.drafts_of(petition.folio)
    assert (draft.clase, draft.to, draft.counting) == (Clase.ACUSE_CONECTIVIDAD, RECEPTION, OFFICE)
    says(office, TEST, subject="PRUEBA DE CONECTIVIDAD. Favor de acusar recibo")
    assert len(petitions(office)) == 1
    office.clock.advance(timedelta(days=1))
    says(office, TEST, subject="PRUEBA DE CONECTIVIDAD. Favor de acusar recibo")
    assert [petition.state for petition in petitions(office)] == [State.PRUEBA_ACUSADA] * 2
    assert office.alarms() == []


def test_a_test_that_came_after_its_date_is_acknowledged_and_alarmed(office: MemoryOffice) -> None:
    office.clock.advance(timedelta(days=10))
    says(office, TEST, subject="PRUEBA DE CONECTIVIDAD. Favor de acusar recibo")
    (petition,) = petitions(office)
    assert petition.state is State.PRUEBA_ACUSADA
    assert office.alarms()[0] == f"supervivencia:{petition.folio}"


def test_the_circle_closes_a_request_that_one_side_sends_ends_as_a_printed_pair_at_the_other(
    office: MemoryOffice,
) -> None:
    sent = request_mail(form_pdf())
    office.world.deliver(OFFICE, sent.as_bytes(), office.clock.now(), "Sent")
    sent["Authentication-Results"] = VOUCHED
    office.world.deliver(RECEPTION, sent.as_bytes(), office.clock.now())
    office.run()
    (petition,) = petitions(office)
    assert petition.state is State.CONFIRMADA_POR_IMSS
    (name,) = pairs(office)
    assert name.startswith("comprobante_CS-251013-")
    assert office.alarms() == []


def test_anything_else_waits_for_a_person_and_answers_nobody(office: MemoryOffice) -> None:
    says(office, "Se envía la circular sobre horarios.", sender="dgsc@sre.gob.mx", vouched=VOUCHED)
    (petition,) = petitions(office)
    assert petition.state is State.REVISION_CONSULTOR and len(sheets(office)) == 1
    assert office.store.drafts_of(petition.folio) == ()


def test_a_refused_login_is_urgent_says_what_the_circular_says_and_is_not_tried_again(
    office: MemoryOffice, tmp_path: Path
) -> None:
    (tmp_path / "service.toml").write_text(SETTINGS)
    post = MemoryPost(load_settings(tmp_path / "service.toml", SECRETS), office.desk, Tokens({}))
    object.__setattr__(post, "stations", office.stations)
    office.cut.add("login")
    stopping = threading.Event()
    worker = Worker(post, "dallas", stopping, backoff=(0.01,))
    worker.start()
    assert within(10, lambda: office.alarms() == [f"acceso:{OFFICE}"])
    office.cut.clear()
    says_nothing = len(petitions(office))
    office.world.deliver(OFFICE, request_mail(form_pdf()).as_bytes(), office.clock.now(), "Sent")
    assert not within(0.5, lambda: len(petitions(office)) > says_nothing)
    stopping.set()
    worker.join(5)
    assert not worker.is_alive()
    text = str(office.told("alarma")[0].fields["detalle"])
    assert "URGENTE" in text and "no debe modificarse" in text and "SIAC" in text and "DGTII" in text


def test_a_refused_smtp_login_of_an_office_waits_for_people(office: MemoryOffice) -> None:
    def refused(_: object) -> SendResult:
        raise LoginRefused("el servidor rechazó al usuario", where=OFFICE)

    office.world.answer = refused
    says(office, TEST, subject="PRUEBA DE CONECTIVIDAD. Favor de acusar recibo")
    assert office.alarms() == [f"envio:{OFFICE}"]
    assert "DGTII" in str(office.told("alarma")[0].fields["detalle"])
    office.world.answer = lambda _: ACCEPTED
    office.wait(days=3)
    assert petitions(office)[0].state is State.MENSAJE_EN_COLA
    office.start()
    office.wait(hours=2)
    assert petitions(office)[0].state is State.PRUEBA_ACUSADA
