"""Terms: each mail at its instant, never two at once, and nobody concluded whose answer may lie unread."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from daemon.decide.calendar import OfficeCalendar
from daemon.model.mail import Reading
from daemon.model.outgoing import DraftState, SendOutcome, SendResult
from daemon.model.petition import Clase, State
from daemon.model.rules import DiaPropio
from tests.flow.memory_office import ACCEPTED, ATNDER, EMPLOYERS, MONDAY, MemoryOffice

REQUEST, CONCLUSION = Clase.DATOS_COMPLEMENTARIOS, Clase.CONCLUSION_DESINTERES
# Monday's request is repeated on Wednesday at 18:00 and concluded on Thursday at 18:00 of Mexico City.
WEDNESDAY, THURSDAY = datetime.fromisoformat("2025-10-15T18:00-06:00"), datetime.fromisoformat("2025-10-16T18:00-06:00")
ANSWER = "Mi número de seguridad social es 12816177971."


@pytest.fixture
def office() -> MemoryOffice:
    opened = MemoryOffice(boxes=(ATNDER, EMPLOYERS))
    opened.run()
    opened.write()
    opened.run()
    assert opened.petition().state is State.ESPERA_DATOS_1
    return opened


def answering(office: MemoryOffice) -> str:
    return office.drafts()[-1].message_id


def test_silence_brings_the_second_request_and_then_the_conclusion_each_at_its_instant(office: MemoryOffice) -> None:
    office.until(WEDNESDAY - timedelta(seconds=1))
    assert office.classes() == [REQUEST]
    office.until(WEDNESDAY)
    assert (office.classes(), office.petition().state) == ([REQUEST, REQUEST], State.ESPERA_DATOS_2)
    office.until(THURSDAY - timedelta(seconds=1))
    assert office.classes() == [REQUEST, REQUEST]
    office.until(THURSDAY)
    assert office.classes() == [REQUEST, REQUEST, CONCLUSION]
    assert office.petition().state is State.CONCLUIDA_DESINTERES
    assert len(office.mails()) == 3


def test_after_downtime_the_second_request_and_the_conclusion_never_leave_together(office: MemoryOffice) -> None:
    office.wait(days=30)
    assert office.classes() == [REQUEST, REQUEST]
    (term,) = office.petition().terms
    assert term.started_at == MONDAY + timedelta(days=30)
    office.wait(days=30)
    assert office.petition().state is State.CONCLUIDA_DESINTERES


def test_an_answer_that_came_during_downtime_is_read_before_its_term_acts(office: MemoryOffice) -> None:
    office.until(WEDNESDAY)
    office.clock.advance(timedelta(days=20))
    office.write(ANSWER, answering=answering(office), to=(EMPLOYERS,))
    office.run()
    assert office.classes() == [REQUEST, REQUEST]
    assert office.petition().state is State.REGISTRADA_TURNADA


def test_nothing_is_concluded_while_another_of_our_mailboxes_is_unread(office: MemoryOffice) -> None:
    office.until(WEDNESDAY)
    office.write(ANSWER, answering=answering(office), to=(EMPLOYERS,), at=THURSDAY - timedelta(hours=1))
    office.clock.set(THURSDAY + timedelta(days=3))
    office.run(ATNDER)
    assert office.petition().state is State.ESPERA_DATOS_2
    office.run()
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert CONCLUSION not in office.classes()


def test_nothing_is_concluded_while_a_mail_could_not_be_read_yet(office: MemoryOffice) -> None:
    office.until(WEDNESDAY)
    healthy, failures = office.reader, [1]

    def stumbling(raw: bytes, mailbox: str, at: datetime) -> Reading:
        if failures and b"12816177971" in raw:
            failures.pop()
            raise RuntimeError("el lector de adjuntos no respondió")
        return healthy(raw, mailbox, at)

    office.reader = stumbling
    office.write(ANSWER, answering=answering(office), at=THURSDAY - timedelta(minutes=1))
    office.clock.set(THURSDAY)
    for box in (EMPLOYERS, ATNDER):
        office.once(box)
    assert (office.petition().state, failures) == (State.ESPERA_DATOS_2, [])
    office.run()
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert CONCLUSION not in office.classes()


def test_an_answer_in_the_minute_of_the_deadline_counts(office: MemoryOffice) -> None:
    office.until(WEDNESDAY)
    office.clock.set(THURSDAY)
    office.write(ANSWER, answering=answering(office))
    office.run()
    assert office.petition().state is State.REGISTRADA_TURNADA


def test_a_second_request_that_cannot_leave_starts_no_term(office: MemoryOffice) -> None:
    office.world.answer = lambda _: SendResult(SendOutcome.APLAZADO, "451 4.7.1 más tarde")
    office.until(WEDNESDAY)
    assert office.petition().state is State.MENSAJE_EN_COLA
    office.wait(days=10)
    assert office.classes() == [REQUEST, REQUEST]
    office.world.answer = lambda _: ACCEPTED
    office.wait(days=1)
    assert office.petition().state is State.ESPERA_DATOS_2
    assert office.petition().terms[0].started_at == office.clock.now()


def test_an_out_of_office_neither_answers_nor_stops_the_term(office: MemoryOffice) -> None:
    away = f"From: ana.lopez@correo.example\r\nTo: {ATNDER}\r\nSubject: Respuesta automatica: ausente\r\n"
    away += f"Auto-Submitted: auto-replied\r\nIn-Reply-To: {answering(office)}\r\n"
    away += "Message-ID: <fuera@correo.example>\r\n"
    office.world.deliver(ATNDER, f"{away}\r\nEstoy fuera de la oficina.\r\n".encode(), office.clock.now())
    office.until(THURSDAY)
    assert office.petition().state is State.CONCLUIDA_DESINTERES
    assert len(office.mails()) == 3


def test_stopped_a_term_writes_its_mail_and_sends_nothing_until_it_may(office: MemoryOffice) -> None:
    office.envios = "detenidos"
    office.start()
    office.until(THURSDAY + timedelta(days=10))
    assert office.states() == [DraftState.ACEPTADO, DraftState.PREPARADO]
    office.envios = "normales"
    office.start()
    office.run()
    assert office.states() == [DraftState.ACEPTADO, DraftState.ACEPTADO]
    assert office.petition().state is State.ESPERA_DATOS_2


def test_an_answer_overtakes_a_second_request_that_is_stopped(office: MemoryOffice) -> None:
    office.envios = "detenidos"
    office.start()
    office.until(WEDNESDAY)
    office.write(ANSWER, answering=office.drafts()[0].message_id)
    office.run()
    office.envios = "normales"
    office.start()
    office.run()
    assert office.states() == [DraftState.ACEPTADO, DraftState.RETIRADO]
    assert len(office.mails()) == 1


def closed_on(office: MemoryOffice, *days: date) -> None:
    """An admin saves a calendar in which the institution does not work on these days."""
    rules = office.desk.policy.rules
    own = tuple(DiaPropio(fecha=day, nombre="Cierre por sismo") for day in days)
    calendar = rules.calendario.model_copy(update={"dias_propios": (*rules.calendario.dias_propios, *own)})
    rules = rules.model_copy(update={"calendario": calendar})
    policy = replace(office.desk.policy, rules=rules, calendar=OfficeCalendar(calendar))
    office.desk = replace(office.desk, policy=policy)


@pytest.mark.parametrize("closed", [date(2025, 10, 14), date(2025, 10, 15)])
def test_a_day_that_is_closed_while_a_term_runs_lengthens_it_and_says_so(office: MemoryOffice, closed: date) -> None:
    closed_on(office, closed)
    office.until(THURSDAY - timedelta(seconds=1))
    assert office.classes() == [REQUEST]
    (term,) = office.petition().terms
    assert term.due_at == THURSDAY and term.skipped == ((closed, "Cierre por sismo"),)
    told = [entry.text for entry in office.store.story(office.petition().folio) if entry.action == "plazo"]
    new = f"«segunda_solicitud» corre hasta el 16/10/2025: ya no cuenta como hábil {closed:%d/%m/%Y}, Cierre por sismo"
    assert told[-1] == new
    office.until(THURSDAY)
    assert office.classes() == [REQUEST, REQUEST]


def test_nothing_is_concluded_on_a_day_that_was_closed_that_morning(office: MemoryOffice) -> None:
    office.until(THURSDAY - timedelta(hours=9))
    closed_on(office, date(2025, 10, 16))
    office.until(THURSDAY + timedelta(days=1, seconds=-1))
    assert office.petition().state is State.ESPERA_DATOS_2
    office.until(THURSDAY + timedelta(days=1))
    assert office.classes() == [REQUEST, REQUEST, CONCLUSION]


def test_a_day_that_is_opened_while_a_term_runs_does_not_shorten_it(office: MemoryOffice) -> None:
    closed_on(office, date(2025, 10, 16))
    office.until(WEDNESDAY)
    assert office.petition().terms[0].due_at == THURSDAY + timedelta(days=1)
    office.start()
    office.until(THURSDAY)
    assert office.petition().state is State.ESPERA_DATOS_2
