"""The morning mail through the whole flow: one mail a business day to each supervisor, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from functools import partial
from io import BytesIO

import pytest
from PIL import Image

from daemon.edge.charts import draw
from daemon.edge.spreadsheets import report_book
from daemon.flow import morning
from daemon.flow.agenda import Job, work_agenda
from daemon.model.rules import DiaPropio
from tests.flow.memory_office import ATNDER, CONSULTANT, MONDAY, ORIENTATION, SUPERVISOR, MemoryOffice, words

JOBS = (Job(morning.JOB, time(9), partial(morning.tell_morning, draw=draw, book=report_book)),)


class Mornings(MemoryOffice):
    """An office whose agenda is looked at whenever it runs."""

    def run(self, *boxes: str) -> None:
        super().run(*boxes)
        work_agenda(self.desk, JOBS, self.clock.now())
        super().run(*boxes)

    def reports(self) -> list[EmailMessage]:
        return self.mails(account=SUPERVISOR)


@pytest.fixture
def office() -> Iterator[Mornings]:
    made = Mornings()
    yield made
    made.store.close()


def days(report: EmailMessage) -> str:
    return str(report["Subject"]).split(":")[0]


def test_the_supervisor_gets_one_mail_at_opening_and_no_other_that_day(office: Mornings) -> None:
    office.clock.set(MONDAY + timedelta(hours=22, minutes=59))
    office.run()
    assert office.reports() == []
    office.wait(minutes=2)
    office.wait(hours=3)
    assert [days(each) for each in office.reports()] == ["Informe del martes 14 de octubre de 2025"]
    assert office.mails(account=CONSULTANT) == []


def test_after_a_restart_it_is_not_sent_twice(office: Mornings) -> None:
    office.run()
    office.start()
    # Also when the crash came between the mail and the note that it was made.
    office.store.set_mark("agenda:informe", None, office.clock.now())
    office.run()
    assert len(office.reports()) == 1


def test_on_a_day_of_rest_there_is_none(office: Mornings) -> None:
    calendar = office.rules.calendario.model_copy(
        update={"dias_propios": (DiaPropio(nombre="Día propio", fecha=MONDAY.date()),)}
    )
    office.rules = office.rules.model_copy(update={"calendario": calendar})
    office.start()
    office.run()
    assert office.reports() == []
    office.clock.set(datetime(2025, 10, 18, 16, tzinfo=UTC))  # Saturday
    office.run()
    assert office.reports() == []


def test_after_days_of_downtime_one_mail_tells_the_count_since_the_last_one(office: Mornings) -> None:
    office.run()
    office.wait(days=3)
    _, second = office.reports()
    assert days(second) == "Informe del jueves 16 de octubre de 2025"
    assert "CONTEO DEL LUN 13 OCT AL MIÉ 15 OCT" in words(second)


def test_it_tells_what_waits_and_carries_pictures_and_workbook(office: Mornings) -> None:
    office.run()
    office.write(ORIENTATION, subject="Semanas cotizadas")
    office.run()
    office.wait(days=1, hours=1)
    report = office.reports()[-1]
    folio = office.petition().folio
    assert folio in words(report) and "1 borrador lleva un día hábil o más sin que nadie lo toque" in words(report)
    html = report.get_body(("html",))
    assert html is not None
    pictures = [part for part in report.walk() if part.get_content_type() == "image/png"]
    assert {f"cid:{str(part['Content-ID'])[1:-1]}" in html.get_content() for part in pictures} == {True}
    assert all(Image.open(BytesIO(part.get_payload(decode=True))).format == "PNG" for part in pictures)  # type: ignore[arg-type]
    assert [part.get_filename() for part in report.iter_attachments()] == ["informe_2025-10-14.xlsx"]


def test_nothing_in_it_tells_who_writes_or_what(office: Mornings) -> None:
    office.run()
    office.write(f"{ORIENTATION} Mi NSS es 12345678903 y mi CURP LORA800101MDFPZN09.", subject="Secreto de familia")
    office.run()
    office.wait(days=1, hours=1)
    report = office.reports()[-1]
    told = words(report) + report.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for secret in ("12345678903", "LORA800101", "Ana", "ana.lopez", "semanas cotizadas por internet", "Secreto"):
        assert secret not in told, secret


def test_an_alarm_is_told_the_next_morning(office: Mornings) -> None:
    office.run()
    office.desk.alarm_once("acceso:atnder", "el servidor rechazó la clave de atnder", buzon=ATNDER)
    office.wait(days=1)
    assert "El servidor rechazó la clave de atnder" in words(office.reports()[-1])
    office.desk.calm("acceso:atnder")
    office.wait(days=2)
    assert "rechazó la clave" not in words(office.reports()[-1])


def test_an_alarm_tells_the_readers_of_the_morning_mail_no_more_of_a_person_than_its_own_mail_does(
    office: Mornings,
) -> None:
    office.run()
    text = f"550 rosa.medina@correo.example, NSS 16907325605, CURP MEDR800101HDFRRS09, en {ATNDER}"
    office.desk.alarm_once("bcc:y", text, buzon=ATNDER)
    office.wait(days=1)
    told = words(office.reports()[-1])
    assert ATNDER in told
    for datum in ("rosa.medina", "5605", "RS09"):
        assert datum not in told
