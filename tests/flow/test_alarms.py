"""Alarms by mail: one when it begins, one when it ends, never a flood, and through an account that works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.check import account_faults
from daemon.config import Alarmas, load_settings
from daemon.errors import LoginRefused, SenderUnavailable, StoreUnavailable
from daemon.flow.alarms import Guard, Voice, take_up
from daemon.model.health import Room
from daemon.model.ledger import Cursor
from daemon.model.outgoing import InternalEnvelope, SendOutcome, SendResult
from tests.flow.memory_office import ACCEPTED, ATNDER, EMPLOYERS, PREGNANT, MemoryOffice, Post, words
from tests.flow.memory_office import rules as shipped_rules
from tests.flow.test_service import SECRETS, SETTINGS, Ailing

OPERATOR, SPARE = "operacion@imss.gob.mx", "avisos@imss.gob.mx"
LIMITS = Alarmas(correo=OPERATOR, espera_minutos=5)


class Refusing:
    """An account that cannot send; it counts how often it was asked."""

    def __init__(self, fault: Exception) -> None:
        self.fault, self.asked = fault, 0

    def send(self, envelope: Post) -> SendResult:
        self.asked += 1
        raise self.fault

    def ready_in(self) -> float:
        return 0.0


class Operators:
    """A memory office with a guard whose minutes the test lets pass."""

    def __init__(self, boxes: Sequence[str] = (ATNDER,), limits: Alarmas = LIMITS) -> None:
        self.office = MemoryOffice(boxes=boxes)
        self.office.world.mailbox(OPERATOR)
        self.office.run()
        self.room = Room("la base de datos", 9000)
        self.limits, self.senders = limits, {box: self.office.world.sender() for box in boxes}
        self.voices: dict[str, Any] = dict(self.senders)
        self.restart()

    def restart(self) -> None:
        self.office.start()
        take_up(self.office.desk)
        voices = [Voice(account, lambda sender=sender: sender) for account, sender in self.voices.items()]
        self.guard = Guard(self.limits, self._passes, lambda: [self.room], voices)

    def _passes(self) -> dict[str, Any]:
        return {box: self.office.store.horizon((box,)) or self.office.clock.now() for box in self.office.boxes}

    def minutes(self, number: int, *, running: bool = True) -> None:
        for _ in range(number):
            self.office.clock.advance(timedelta(minutes=1))
            if running:
                for box in self.office.boxes:
                    self.office.store.read_to_end(box, self.office.clock.now())
            self.guard.look(self.office.desk)

    def mails(self) -> list[Any]:
        return self.office.mails(account=OPERATOR)

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails()]

    def alarm(self, key: str, text: str = "algo pasa") -> None:
        self.office.desk.alarm_once(key, text)

    def calm(self, key: str) -> None:
        self.office.desk.calm(key)


@pytest.fixture
def here() -> Operators:
    return Operators()


def test_an_alarm_is_one_mail_when_it_begins_and_one_when_it_ends(here: Operators) -> None:
    here.alarm(f"buzon:{ATNDER}", "el servidor de correo no responde")
    here.minutes(60)
    here.calm(f"buzon:{ATNDER}")
    here.minutes(60)
    began, ended = here.mails()
    assert str(began["Subject"]) == "Alarma: un buzón no se puede leer"
    text = words(began)
    for told in ("El servidor de correo no responde", "Desde el lun 13 oct, 10:00", "Qué hacer:", "Mientras tanto:"):
        assert told in text
    assert str(ended["Subject"]) == "Terminó: un buzón no se puede leer" and "Duró 1 hora" in words(ended)
    assert str(began["Auto-Submitted"]) == "auto-generated"


def test_a_hiccup_is_worth_no_mail_and_what_is_grave_is_told_at_once(here: Operators) -> None:
    here.alarm(f"buzon:{ATNDER}")
    here.minutes(2)
    here.calm(f"buzon:{ATNDER}")
    here.minutes(30)
    assert here.mails() == []
    here.alarm("bcc:x")
    here.minutes(1)
    assert here.subjects() == ["Alarma: el servidor rechaza la copia oculta de conteo (P 5.65)"]


def test_what_befalls_three_mailboxes_at_once_is_one_mail() -> None:
    here = Operators((ATNDER, EMPLOYERS, PREGNANT))
    for number, box in enumerate(here.office.boxes):
        here.office.clock.advance(timedelta(seconds=20 * number))
        here.alarm(f"buzon:{box}", f"{box}: no responde")
    here.minutes(30)
    (mail,) = here.mails()
    assert str(mail["Subject"]) == "Alarma: un buzón no se puede leer (3)"
    assert all(box in words(mail) for box in here.office.boxes)


def test_an_alarm_that_goes_on_over_a_restart_is_not_told_again_and_its_end_is(here: Operators) -> None:
    here.alarm("bcc:x")
    here.minutes(2)
    here.restart()
    here.minutes(30)
    assert len(here.mails()) == 1
    here.alarm("bcc:x")
    here.minutes(30)
    here.restart()
    here.calm("bcc:x")
    here.minutes(30)
    assert [subject.partition(":")[0] for subject in here.subjects()] == ["Alarma", "Terminó"]


def test_the_alarms_of_a_mailbox_that_is_served_no_more_end_with_the_restart() -> None:
    here = Operators((ATNDER, EMPLOYERS))
    here.alarm(f"acceso:{EMPLOYERS}")
    here.office.boxes = (ATNDER,)
    here.restart()
    assert here.office.alarms()[-1] == f"-acceso:{EMPLOYERS}"


def test_a_crash_before_or_after_the_sending_repeats_the_very_same_mail(here: Operators) -> None:
    here.alarm("bcc:x")
    here.office.desk.store = Ailing(here.office.store, "set_mark", RuntimeError("se fue la luz"))
    with pytest.raises(RuntimeError):
        here.minutes(2)
    here.restart()
    here.alarm(f"acceso:{EMPLOYERS}")
    here.minutes(1)
    first, again = here.mails()
    assert first.as_bytes() == again.as_bytes()
    here.minutes(30)
    assert len(here.mails()) == 3


def test_an_alarm_that_comes_and_goes_is_told_three_times_a_day_and_says_so(here: Operators) -> None:
    for _ in range(12):
        here.alarm(f"bcc:{EMPLOYERS}")
        here.minutes(20)
        here.calm(f"bcc:{EMPLOYERS}")
        here.minutes(20)
    began = [mail for mail in here.mails() if str(mail["Subject"]).startswith("Alarma")]
    assert len(began) == 3 and len(here.mails()) == 6
    assert ["va y viene" in words(mail) for mail in began] == [False, False, True]


def test_a_hundred_alarms_in_an_hour_are_few_mails(here: Operators) -> None:
    for number in range(100):
        here.alarm(f"agenda:{number}", "la carpeta no existe")
        here.minutes(1)
    assert len(here.mails()) <= 11
    assert "… y 2 más." in words(here.mails()[1])


def test_the_mail_leaves_through_an_account_that_works_and_a_refused_one_is_left_alone(here: Operators) -> None:
    refused = Refusing(LoginRefused("rechazado", where=ATNDER))
    here.voices = {ATNDER: refused, SPARE: here.office.world.sender()}
    here.restart()
    here.alarm("bcc:x")
    here.minutes(3)
    here.calm("bcc:x")
    here.minutes(30)
    began, _ = here.mails()
    assert (began["From"], refused.asked) == (SPARE, 1)


def test_an_account_whose_login_is_known_to_be_refused_is_not_tried(here: Operators) -> None:
    refused = Refusing(LoginRefused("rechazado", where=ATNDER))
    here.voices = {ATNDER: refused}
    here.restart()
    here.alarm(f"acceso:{ATNDER}")
    here.minutes(30)
    assert (here.mails(), refused.asked) == ([], 0)
    here.voices = {ATNDER: here.office.world.sender()}
    here.restart()
    here.calm(f"acceso:{ATNDER}")
    here.minutes(15)
    assert len(here.mails()) == 2


def test_without_any_server_the_mail_waits_and_its_end_is_told_after_it(here: Operators) -> None:
    here.voices = {ATNDER: Refusing(SenderUnavailable("no responde"))}
    here.restart()
    here.alarm("bcc:x")
    here.minutes(30)
    here.calm("bcc:x")
    here.voices = dict(here.senders)
    here.restart()
    here.minutes(15)
    assert [subject.partition(":")[0] for subject in here.subjects()] == ["Alarma", "Terminó"]


def test_a_store_out_of_reach_is_told_without_it_and_so_is_its_return(here: Operators) -> None:
    healthy = here.office.store
    here.office.desk.store = Ailing(healthy, "health", StoreUnavailable("disco lleno"), times=1000)
    here.minutes(10)
    here.office.desk.store = healthy
    here.minutes(20)
    assert here.subjects() == ["Alarma: la base de datos no responde", "Terminó: la base de datos no responde"]
    assert [each.key for each in healthy.alarms(here.office.clock.now() - timedelta(days=1))] == ["almacen"]


def test_a_disk_so_full_that_the_alarm_itself_cannot_be_kept_is_told_all_the_same(here: Operators) -> None:
    healthy = here.office.store
    here.office.desk.store = Ailing(healthy, "alarm_on", StoreUnavailable("no queda espacio"), times=1000)
    here.room = Room("la base de datos", 0)
    here.minutes(10)
    assert here.subjects() == ["Alarma: la base de datos no responde"]
    assert "quedan 0 MB donde está la base de datos" in " ".join(words(here.mails()[0]).split())
    here.office.desk.store, here.room = healthy, Room("la base de datos", 9000)
    here.minutes(20)
    assert here.subjects()[1:] == ["Terminó: la base de datos no responde"]
    assert not here.office.desk.alarmed and not here.office.desk.unkept


def test_nobody_is_written_to_without_an_address_and_nobody_outside_the_house() -> None:
    for limits in (Alarmas(), Alarmas(correo="alguien@fuera.example")):
        here = Operators(limits=limits)
        here.alarm("bcc:x")
        here.minutes(5)
        assert here.office.world.sent == [] and here.office.alarms() == ["bcc:x"]


def test_every_person_named_is_told_by_the_one_mail() -> None:
    here = Operators(limits=Alarmas(correo=OPERATOR, tambien=("guardia@imss.gob.mx", OPERATOR)))
    here.alarm("bcc:x")
    here.minutes(2)
    ((_, envelope),) = here.office.world.sent
    assert isinstance(envelope, InternalEnvelope)
    assert envelope.recipients == (OPERATOR, "guardia@imss.gob.mx")


def test_a_mail_on_an_alarm_names_no_person(here: Operators) -> None:
    here.alarm("bcc:y", "550 <rosa.medina@correo.example> NSS 16907325605 MEDR800101HDFRRS09 de atnder@imss.gob.mx")
    here.minutes(2)
    (mail,) = here.mails()
    for datum in ("rosa.medina", "16907325605", "MEDR800101"):
        assert datum not in words(mail)
    assert ATNDER in words(mail)


# --- the questions -------------------------------------------------------------------------------------------------


def test_silence_is_told_after_the_minutes_that_the_operator_set(here: Operators) -> None:
    here.minutes(15, running=False)
    assert here.office.alarms() == []
    here.minutes(1, running=False)
    assert here.office.alarms() == [f"silencio:{ATNDER}"]
    here.minutes(1)
    assert here.office.alarms()[-1] == f"-silencio:{ATNDER}"


def test_a_full_disk_and_one_that_cannot_be_written_are_told(here: Operators) -> None:
    here.room = Room("la base de datos", 499)
    here.minutes(2)
    assert "Quedan 499 MB donde está la base de datos" in words(here.mails()[0])
    here.room = Room("la base de datos", 500)
    here.minutes(1)
    here.room = Room("la base de datos", 9000, writable=False)
    here.minutes(1)
    on, over, again = here.office.alarms()
    assert on == again == "disco:la base de datos" and over == f"-{on}"


def test_mail_in_quarantine_is_told_until_it_is_taken_up_again(here: Operators) -> None:
    here.office.store.start_cursor(ATNDER, "INBOX", Cursor(7, 0))
    (delivery,) = here.office.store.claim(ATNDER, "INBOX", 7, [1], here.office.clock.now())
    here.office.store.quarantine(delivery, "ilegible", "", here.office.clock.now())
    here.minutes(1)
    (held,) = here.office.store.quarantined()
    assert here.office.alarms() == [f"cuarentena:{held.number}"]
    here.office.store.release(delivery, here.office.clock.now())
    here.minutes(1)
    assert here.office.alarms()[-1] == f"-cuarentena:{held.number}"


def test_a_missing_copy_is_told_after_half_an_hour(here: Operators) -> None:
    uncounted = SendResult(SendOutcome.ACEPTADO, "250", {ATNDER: (550, "no existe")})
    here.office.world.answer = lambda post: ACCEPTED if isinstance(post, InternalEnvelope) else uncounted
    here.office.write()
    here.office.run()
    assert [draft.state.sent for draft in here.office.drafts()] == [True]
    here.minutes(30)
    assert here.office.alarms() == [f"bcc:{ATNDER}"]
    here.minutes(2)
    assert here.office.alarms()[1:] == [f"copias:{ATNDER}"]


def test_a_term_at_risk_is_told_when_its_mailbox_is_not_read(here: Operators) -> None:
    here.office.write()
    here.office.run()
    due = here.office.store.next_due(here.office.boxes)
    assert due is not None
    here.office.clock.set(due - timedelta(hours=5))
    here.minutes(20, running=False)
    assert "riesgo" not in here.office.alarms()
    here.minutes(60, running=False)
    assert "riesgo" in here.office.alarms()
    here.minutes(1)
    assert here.office.alarms()[-1] == "-riesgo"


def test_a_term_that_is_overdue_though_everything_is_read_is_told(here: Operators) -> None:
    here.office.write()
    here.office.run()
    due = here.office.store.next_due(here.office.boxes)
    assert due is not None
    here.office.clock.set(due)
    here.minutes(14)
    assert "riesgo" not in here.office.alarms()
    here.minutes(2)
    assert "riesgo" in here.office.alarms()


def test_a_clock_that_jumps_back_is_told_even_over_a_restart_and_is_believed_after_an_hour(here: Operators) -> None:
    here.minutes(2)
    here.restart()
    here.office.clock._now = here.office.clock.now() - timedelta(hours=3)
    here.minutes(1)
    assert here.office.alarms() == ["reloj"]
    here.minutes(59)
    assert here.office.alarms() == ["reloj"]
    here.minutes(3)
    assert here.office.alarms() == ["reloj", "-reloj"]


def test_an_account_with_nothing_to_send_is_in_no_trouble_any_more(here: Operators) -> None:
    here.alarm(f"envio:{ATNDER}")
    here.minutes(1)
    assert here.office.alarms() == [f"envio:{ATNDER}", f"-envio:{ATNDER}"]


def test_an_uncertain_mail_that_a_person_settled_with_a_command_is_an_alarm_no_more(here: Operators) -> None:
    here.alarm("incierto:AC-250101-AAAAA/1")
    here.alarm("plazo:AC-250101-AAAAA")
    here.alarm("tarea:mover:x")
    here.minutes(1)
    assert len(here.office.alarms()) == 6


def test_an_address_outside_the_house_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text(SETTINGS + '[acuse.alarmas]\ncorreo = "alguien@fuera.example"\n')
    (fault,) = account_faults(load_settings(file, SECRETS), shipped_rules(), file)
    assert fault.path == "acuse.alarmas.correo" and "imss.gob.mx" in fault.expected
