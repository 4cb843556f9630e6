"""What a person does with a draft, on real servers: each outcome is noticed, recorded and followed, in both folders."""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.model.outgoing import DraftState
from daemon.model.petition import State
from tests.live.clients import alpine, as_sent, neomutt, outlook, thunderbird
from tests.live.office import COMPLAINT, ORIENTATION, LiveOffice, Paper, drafts_among, fichas_among
from tests.live.servers import PASSWORD, Dovecot

pytestmark = pytest.mark.live

PENDING, APPROVED, REJECTED, DRAFTS = "Respuestas pendientes", "Aprobadas", "Rechazadas", "Drafts"
ADDED = "Le comento además que el trámite es gratuito."


@pytest.fixture(params=["imap", "directorio"])
def office(request: pytest.FixtureRequest, dovecot: Dovecot, tmp_path: Path) -> Iterator[LiveOffice]:
    """An office whose drafts wait in the mailbox, and one whose drafts wait as files."""
    with LiveOffice(dovecot, tmp_path, review=request.param).open() as opened:
        yield opened


def waiting(office: LiveOffice) -> Paper:
    """The one draft that waits, after a petition that gets an orientation."""
    office.write(ORIENTATION)
    office.settle()
    return the_draft(office)


def the_draft(office: LiveOffice) -> Paper:
    (draft,) = drafts_among(office.hands().lying(PENDING))
    return draft


def lying_anywhere(office: LiveOffice) -> list[Paper]:
    """Everything in the review folders but fichas."""
    hands = office.hands()
    papers = [paper for folder in (PENDING, APPROVED, REJECTED, DRAFTS) for paper in hands.lying(folder)]
    return [paper for paper in papers if paper not in fichas_among(papers)]


def counted(office: LiveOffice) -> list[str]:
    papers = office.client(office.account("atnder")).lying("Copias de conteo")
    return [paper.message["Message-ID"] for paper in papers]


def test_approved_as_it_stands_it_leaves_once(office: LiveOffice) -> None:
    draft = waiting(office)
    office.hands().move(draft, APPROVED)
    office.settle()
    office.settle()
    (answer,) = office.received()
    assert answer.text() == draft.text()
    assert (counted(office), lying_anywhere(office)) == ([office.draft().message_id], [])
    assert office.petition().state is State.CONCLUIDA_ORIENTACION


@pytest.mark.parametrize("client", [thunderbird, outlook])
def test_edited_in_a_client_the_edited_text_arrives_once_and_nothing_stays_behind(
    office: LiveOffice, client: Callable[[Paper, str], bytes]
) -> None:
    draft, hands = waiting(office), office.hands()
    edited = client(draft, ADDED)
    hands.save(PENDING, edited)
    hands.save(DRAFTS, edited)
    hands.delete(draft)
    office.settle()
    assert office.states() == [DraftState.EN_REVISION]
    (kept,) = [paper for paper in hands.lying(PENDING) if not paper.message["X-Acuse-Ficha"]]
    hands.move(kept, APPROVED)
    office.settle()
    office.settle()

    (answer,) = office.received()
    message = answer.message
    assert ADDED in " ".join((answer.text() or answer.text("html")).split())
    assert message["Message-ID"] == office.draft().message_id == draft.message["Message-ID"]
    assert message["References"] == draft.message["References"]
    assert not {"X-Mozilla-Draft-Info", "Fcc", "Bcc", "Thread-Index", "X-Acuse-Borrador"} & set(message.keys())
    assert ADDED in " ".join(office.draft().text.split())
    assert (counted(office), lying_anywhere(office)) == ([office.draft().message_id], [])
    assert office.petition().state is State.CONCLUIDA_ORIENTACION


@pytest.mark.parametrize("client", [neomutt, alpine])
def test_edited_where_only_the_text_can_be_edited_the_person_reads_the_edit_in_both_forms(
    office: LiveOffice, client: Callable[[Paper, str], bytes]
) -> None:
    draft, hands = waiting(office), office.hands()
    hands.save(APPROVED, client(draft, ADDED))
    hands.delete(draft)
    office.settle()
    office.settle()
    (answer,) = office.received()
    for kind in ("plain", "html"):
        assert ADDED in " ".join(answer.text(kind).split())
    assert answer.message.get_content_type() == "multipart/alternative"
    assert ADDED in " ".join(office.draft().text.split())
    assert (counted(office), lying_anywhere(office)) == ([office.draft().message_id], [])


def test_edited_while_the_original_stays_the_edited_one_wins(office: LiveOffice) -> None:
    draft, hands = waiting(office), office.hands()
    hands.save(APPROVED, thunderbird(draft, ADDED))
    office.settle()
    office.settle()
    (answer,) = office.received()
    assert ADDED in answer.text()
    assert lying_anywhere(office) == []


def send_as_consultant(office: LiveOffice, draft: Paper) -> None:
    """Press Send in the own client: submission with the Bcc in the envelope, then a copy into Sent."""
    message = as_sent(draft, ADDED, blind=False)
    with smtplib.SMTP("localhost", office.smtp.port) as smtp:
        smtp.starttls(context=ssl.create_default_context(cafile=office.smtp.ca_file))
        smtp.ehlo()
        login = b64encode(f"\0{office.consultant}\0{PASSWORD}".encode()).decode()
        smtp.docmd("AUTH", f"PLAIN {login}")
        smtp.sendmail(office.account("atnder"), [office.person, draft.message["Bcc"]], message)
    office.client(office.account("atnder")).save("Enviados", as_sent(draft, ADDED, blind=True))


def test_sent_by_the_consultant_it_is_recognised_counted_and_not_sent_again(office: LiveOffice) -> None:
    draft = waiting(office)
    send_as_consultant(office, draft)
    office.settle()
    office.settle()
    (answer,) = office.received()
    assert ADDED in answer.text()
    assert office.states() == [DraftState.ENVIADO_POR_CONSULTOR]
    assert office.petition().state is State.CONCLUIDA_ORIENTACION
    assert counted(office) == ["<enviado-por-la-consultora@equipo.example>"]
    assert [copy.origin for copy in office.store.copies(counted(office)[0])] == ["conteo", "enviados"]
    assert office.store.foreign_copies(office.clock.now() - timedelta(days=1)) == ()
    assert lying_anywhere(office) == []
    assert [event.fields["por"] for event in office.told("enviado")] == [office.account("atnder")]


def test_rejected_it_never_leaves_and_the_petition_goes_to_a_consultant(office: LiveOffice) -> None:
    office.hands().move(waiting(office), REJECTED)
    office.settle()
    assert office.received() == []
    assert office.states() == [DraftState.RECHAZADO_POR_CONSULTOR]
    assert office.petition().state is State.REVISION_CONSULTOR
    assert len(fichas_among(office.hands().lying(PENDING))) == 1


def test_a_rejected_draft_approved_after_all_is_not_sent(office: LiveOffice) -> None:
    office.hands().move(waiting(office), REJECTED)
    office.settle()
    (rejected,) = office.hands().lying(REJECTED)
    office.hands().move(rejected, APPROVED)
    office.settle()
    assert office.received() == []


def test_deleted_it_counts_as_deleted_only_after_a_moment(office: LiveOffice) -> None:
    office.hands().delete(waiting(office))
    office.settle()
    assert office.states() == [DraftState.EN_REVISION]
    office.clock.advance(timedelta(minutes=2))
    office.settle()
    assert office.states() == [DraftState.BORRADO]
    assert office.petition().state is State.REVISION_CONSULTOR
    assert office.received() == []


def test_a_draft_that_comes_back_within_the_moment_still_waits(office: LiveOffice) -> None:
    draft, hands = waiting(office), office.hands()
    hands.delete(draft)
    office.settle()
    hands.save(PENDING, thunderbird(draft, ADDED))
    office.clock.advance(timedelta(minutes=2))
    office.settle()
    assert office.states() == [DraftState.EN_REVISION]
    assert office.draft().missing_since is None


def test_overtaken_by_the_persons_next_mail_the_draft_is_withdrawn(office: LiveOffice) -> None:
    office.write(ORIENTATION)
    office.settle()
    asked = office.client(office.account("atnder")).lying("Peticiones")[0].message
    office.write("Perdón, también quiero saber si puedo pedir la constancia en persona.", answering=asked)
    office.settle()
    assert office.states()[0] is DraftState.RETIRADO
    assert all(paper.message["Message-ID"] != asked["Message-ID"] for paper in drafts_among(lying_anywhere(office)))
    assert drafts_among(lying_anywhere(office)) == []
    assert office.received() == []
    assert office.petition().state is State.REVISION_CONSULTOR


def test_overtaken_while_it_lies_approved_but_not_yet_taken_it_does_not_leave(office: LiveOffice) -> None:
    draft = waiting(office)
    asked = office.client(office.account("atnder")).lying("Peticiones")[0].message
    office.hands().move(draft, APPROVED)
    office.write("Perdón, ya no hace falta la consulta, pero tengo otra duda.", answering=asked)
    office.settle()
    assert office.states()[0] is DraftState.RETIRADO
    assert office.received() == []
    assert office.hands().lying(APPROVED) == []


def answer_to(ficha: Paper, office: LiveOffice, *lines: str) -> bytes:
    """The consultant's reply to a ficha, with the ficha quoted below as clients do."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["Authentication-Results"] = f"mx1.imss.gob.mx; dmarc=pass header.from={office.house}"
    mail["From"] = f"Consultora Uno <{office.consultant}>"
    mail["To"] = office.account("atnder")
    mail["Subject"] = f"Re: {ficha.message['Subject']}"
    mail["Message-ID"] = f"<respuesta-{len(lines)}@{office.house}>"
    mail["In-Reply-To"] = mail["References"] = ficha.message["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in ficha.text().splitlines())
    mail.set_content("\n".join(lines) + f"\n\nEl lunes, acuse escribió:\n{quoted}\n")
    return mail.as_bytes()


def test_an_answer_to_the_ficha_is_taken_and_confirmed_back(office: LiveOffice) -> None:
    office.write(COMPLAINT, subject="Falta de medicamento")
    office.settle()
    (ficha,) = fichas_among(office.hands().lying(PENDING))
    said = answer_to(ficha, office, "NSS: 12816177971", "nota: lo vi en la foto", "concluir: sí")
    office.dovecot.deliver(office.account("atnder"), said, office.consultant)
    office.settle()

    petition = office.petition()
    assert (petition.data.nss, petition.state) == ("12816177971", State.CONCLUIDA)
    assert any("lo vi en la foto" in entry.text for entry in office.store.story(petition.folio))
    (confirmation,) = office.received(office.consultant)
    for word in ("12816177971", "lo vi en la foto", "concluir: sí"):
        assert word in confirmation.text()
    assert office.received() == []
    assert (lying_anywhere(office), office.hands().lying(PENDING)) == ([], [])
    assert office.client(office.account("atnder")).lying("INBOX") == []


def test_what_could_not_be_taken_of_an_answer_is_said_back(office: LiveOffice) -> None:
    office.write(COMPLAINT, subject="Falta de medicamento")
    office.settle()
    (ficha,) = fichas_among(office.hands().lying(PENDING))
    office.dovecot.deliver(office.account("atnder"), answer_to(ficha, office, "NSS: 12816177972"), office.consultant)
    office.settle()
    (confirmation,) = office.received(office.consultant)
    assert "12816177972" in confirmation.text() and "No se pudo tomar" in confirmation.text()
    assert office.petition().data.nss is None


def test_stopped_nothing_is_sent_and_nothing_is_lost_and_later_it_leaves(office: LiveOffice) -> None:
    office.restart(envios="detenidos")
    office.hands().move(waiting(office), APPROVED)
    office.settle()
    office.settle()
    assert (office.received(), office.states()) == ([], [DraftState.APROBADO])
    office.restart(envios="normales")
    office.settle()
    assert len(office.received()) == 1
    assert (counted(office), lying_anywhere(office)) == ([office.draft().message_id], [])


@pytest.mark.parametrize("review", ["imap", "directorio"])
def test_in_the_shadow_what_would_leave_by_itself_waits_for_a_person(
    dovecot: Dovecot, tmp_path: Path, review: str
) -> None:
    shadow = LiveOffice(dovecot, tmp_path, review=review, envios="solo_borradores", trusting=True)
    with shadow.open() as office:
        office.write(COMPLAINT, subject="Falta de medicamento")
        office.settle()
        assert (office.received(), office.states()) == ([], [DraftState.EN_REVISION])
        assert office.petition().state is State.MENSAJE_EN_COLA
        office.hands().move(the_draft(office), APPROVED)
        office.settle()
        assert len(office.received()) == 1
        assert office.petition().state is State.ESPERA_DATOS_1
