"""Mail that our people write by hand, on a real server: what lies in Sent without its blind copy is named (P 5.65)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest

from daemon.count import uncounted
from daemon.reply.informe import names_of
from tests.live.office import LiveOffice
from tests.live.servers import Dovecot

pytestmark = pytest.mark.live

COMPLETE = "No me surten la receta en la UMF 27. Soy Ana López Ruiz, mi NSS es 12816177971."


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Iterator[LiveOffice]:
    with LiveOffice(dovecot, tmp_path).open() as opened:
        opened.write(COMPLETE, subject="Falta de medicamento")
        opened.settle()
        yield opened


def in_sent(office: LiveOffice, *, counted: bool) -> EmailMessage:
    """Somebody answers the person from the shared account: the client keeps it in Sent, the Bcc may be forgotten."""
    account = office.account("atnder")
    mail = EmailMessage()
    mail["From"], mail["To"] = account, office.petition().petitioner
    mail["Subject"] = "RE: Falta de medicamento"
    mail["Message-ID"] = make_msgid(domain=office.house)
    mail.set_content("Su receta se surte mañana.")
    hands = office.client(account)
    hands.make("Sent")
    hands.save("Sent", mail.as_bytes())
    if counted:
        hands.save("INBOX", mail.as_bytes())
    office.settle()
    return mail


def test_what_lies_in_sent_without_its_copy_is_named_and_belongs_to_its_petition(office: LiveOffice) -> None:
    began = office.clock.now() - timedelta(hours=1)
    forgotten = in_sent(office, counted=False)
    in_sent(office, counted=True)
    office.clock.advance(timedelta(hours=1))
    facts = office.desk.store.facts(began, office.clock.now())
    (copy,) = uncounted(facts, facts.since, facts.until, names_of(office.desk.policy.rules))
    assert copy.message_id == forgotten["Message-ID"]
    assert copy.to == (office.petition().petitioner,)
    assert office.petition().thread[-2] == forgotten["Message-ID"]
    told = [line for line in office.desk.store.story(office.petition().folio) if "escribió a la persona" in line.text]
    assert len(told) == 2
