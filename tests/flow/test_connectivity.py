"""A campaign of connectivity tests from its start to its report, with the reception and an office both at work."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from daemon.count.survival import Campaign, campaigns
from daemon.decide.survival.connectivity import TOPIC, start_test
from daemon.model.mail import Reading
from daemon.model.petition import State
from daemon.model.rules import house
from daemon.read import read
from tests.flow.memory_office import MemoryOffice
from tests.survival_forms import OFFICE, RECEPTION, VOUCHED, VOUCHED_IMSS

MADRID, CONSUL = "imss_madrid@sre.gob.mx", "consul.madrid@sre.gob.mx"
# The office hears of it on a Monday and has until Friday.
DEADLINE = date(2025, 10, 17)


def at_work() -> MemoryOffice:
    """The reception and the office of Dallas under one daemon, behind servers that vouch for both."""
    office = MemoryOffice(boxes=(RECEPTION, OFFICE))

    def reading(raw: bytes, mailbox: str, at: datetime) -> Reading:
        word = VOUCHED_IMSS if mailbox == OFFICE else VOUCHED
        vouched = f"Authentication-Results: {word}\r\n".encode() + raw
        return read(vouched, mailbox=mailbox, house=house(office.rules), received_at=at)

    office.reader = reading
    office.run()
    return office


def start(office: MemoryOffice, *accounts: str) -> None:
    now = office.clock.now()
    for account in accounts:
        oficina = office.rules.oficina(account)
        assert oficina is not None
        office.desk.commit(start_test(oficina, office.desk.policy, now, DEADLINE))
    office.run()


def report(office: MemoryOffice) -> Campaign:
    tests = office.store.petitions_about(RECEPTION, TOPIC)
    (found,) = campaigns(tests, office.store.story, office.clock.now(), office.desk.policy.calendar.local)
    return found


def test_an_office_at_work_answers_by_itself_and_the_report_says_when() -> None:
    office = at_work()
    start(office, OFFICE, MADRID)
    dallas, madrid = report(office).tests
    assert dallas.state is State.PRUEBA_ACUSADA
    assert dallas.sent_at and dallas.answered_at and dallas.sent_at <= dallas.answered_at
    assert (madrid.state, madrid.answered_at) == (State.ESPERA_ACUSE, None)
    assert madrid.sent_at
    assert report(office).by_day == ((date(2025, 10, 13), 1, 50.0),)


def test_an_answer_from_another_account_is_named_and_counts_for_nothing() -> None:
    office = at_work()
    start(office, MADRID)
    (sent,) = office.store.drafts_of(report(office).tests[0].folio)
    office.wait(days=1)
    office.write(
        "Se acusa de recibido.",
        to=(RECEPTION,),
        subject=f"Re: {sent.subject}",
        sender=CONSUL,
        answering=sent.message_id,
    )
    office.run()
    campaign = report(office)
    assert campaign.tests[0].wrong == (CONSUL,)
    assert (campaign.answered, campaign.running) == (0, True)


def test_who_does_not_answer_is_told_so_after_the_deadline_and_a_late_answer_as_late() -> None:
    office = at_work()
    start(office, MADRID)
    (sent,) = office.store.drafts_of(report(office).tests[0].folio)
    office.until(datetime(2025, 10, 20, 18, 0, tzinfo=UTC))
    campaign = report(office)
    assert (campaign.tests[0].state, campaign.running) == (State.PRUEBA_SIN_ACUSE, False)
    assert len(office.store.drafts_of(sent.folio)) == 2
    office.write("Acuse de recibo.", to=(RECEPTION,), subject="Re: prueba", sender=MADRID, answering=sent.message_id)
    office.run()
    (test,) = report(office).tests
    assert (test.late, test.state) == (True, State.PRUEBA_ACUSADA)
    assert test.answered_at
    assert test.answered_at - office.clock.now() < timedelta(seconds=1)


def test_what_an_office_reports_beside_an_acknowledgement_is_read_by_a_person() -> None:
    office = at_work()
    pending = office.rules.carpetas.pendientes
    report_of_death = "Acusamos de recibido su confirmación. Informamos que el pensionado falleció ayer."
    office.write(report_of_death, to=(RECEPTION,), subject="RE: Confirmación de recepción", sender=MADRID)
    office.run()
    assert office.petition().state is State.REVISION_CONSULTOR
    assert len(office.mails(pending, RECEPTION)) == 1
    start(office, MADRID)
    (test,) = report(office).tests
    (sent,) = office.store.drafts_of(test.folio)
    office.write(report_of_death, to=(RECEPTION,), subject="RE: prueba", sender=MADRID, answering=sent.message_id)
    office.run()
    assert report(office).tests[0].state is State.PRUEBA_ACUSADA
    assert len(office.mails(pending, RECEPTION)) == 2
