"""Every way in which an SMTP conversation can fail says whether the mail may have left."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from daemon.edge.smtp import Pace, SmtpSender
from daemon.errors import LoginRefused, SenderUnavailable
from daemon.model.outgoing import Envelope, SendOutcome
from tests.contract.test_sender import envelope, smtp
from tests.live.servers import PASSWORD, SmtpServer, free_port
from tests.unit.send.drafts import ACCOUNT, COUNTING, PERSON, draft

pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    ("fault", "outcome", "code"),
    [
        ("mail_550", SendOutcome.RECHAZADO, "550"),
        ("data_554", SendOutcome.RECHAZADO, "554"),
        ("data_451", SendOutcome.APLAZADO, "451"),
    ],
)
def test_a_refusal_is_final_or_for_now_as_the_server_says(
    smtp_server: SmtpServer, fault: str, outcome: SendOutcome, code: str
) -> None:
    smtp_server.fault = fault
    result = smtp(smtp_server).send(envelope())
    assert result.outcome is outcome
    assert result.detail.startswith(code)


def test_a_person_put_off_is_worth_another_try(smtp_server: SmtpServer) -> None:
    result = smtp(smtp_server).send(envelope(to="luego@correo.example"))
    assert result.outcome is SendOutcome.APLAZADO
    assert smtp_server.got == []


def test_silence_before_data_means_surely_not_sent(smtp_server: SmtpServer) -> None:
    smtp_server.fault = "rcpt_hang"
    assert smtp(smtp_server, timeout=0.3).send(envelope()).outcome is SendOutcome.NO_ENTREGADO
    assert smtp_server.got == []


@pytest.mark.parametrize("fault", ["data_hang", "data_drop"])
def test_silence_after_data_is_uncertain_because_the_server_may_have_it(smtp_server: SmtpServer, fault: str) -> None:
    smtp_server.fault = fault
    assert smtp(smtp_server, data_timeout=0.3).send(envelope()).outcome is SendOutcome.INCIERTO
    assert len(smtp_server.got) == 1


def test_a_wrong_password_is_tried_once_and_told_as_such(smtp_server: SmtpServer) -> None:
    sender = SmtpSender(
        "localhost", smtp_server.port, "starttls", ACCOUNT, lambda: "otra", 2, ca_file=smtp_server.ca_file
    )
    with pytest.raises(LoginRefused, match="535"):
        sender.send(envelope())
    assert smtp_server.logins == 1


def test_a_server_that_is_not_there_is_unavailable_and_nothing_left(smtp_server: SmtpServer) -> None:
    sender = SmtpSender("localhost", free_port(), "starttls", ACCOUNT, lambda: PASSWORD, 2)
    with pytest.raises(SenderUnavailable, match="no se pudo hablar"):
        sender.send(envelope())


def test_a_server_of_unknown_authority_is_not_trusted_with_the_password(smtp_server: SmtpServer) -> None:
    with pytest.raises(SenderUnavailable, match="certificado"):
        smtp(smtp_server, ca_file=None).send(envelope())
    assert smtp_server.logins == 0


def test_where_encryption_is_not_offered_nothing_is_said(tmp_path: Path, smtp_server: SmtpServer) -> None:
    with SmtpServer(smtp_server.folder, starttls=False) as plain:
        with pytest.raises(SenderUnavailable):
            smtp(plain).send(envelope())
        assert (plain.logins, plain.got) == (0, [])


def test_only_this_machine_is_spoken_to_in_clear(smtp_server: SmtpServer) -> None:
    with pytest.raises(SenderUnavailable, match="sin cifrar"):
        SmtpSender("correo.imss.gob.mx", 25, "ninguna", "", lambda: "")
    with SmtpServer(smtp_server.folder, starttls=False) as plain:
        assert SmtpSender("127.0.0.1", plain.port, "ninguna", "", lambda: "").send(envelope()).outcome == "aceptado"


def test_an_address_with_accents_reaches_a_server_that_can_take_it(smtp_server: SmtpServer) -> None:
    assert smtp(smtp_server).send(envelope(to="peña@correo.example")).outcome is SendOutcome.ACEPTADO
    assert len(smtp_server.outside("peña@correo.example")) == 1


def test_an_address_that_speaks_smtp_itself_is_refused_here(smtp_server: SmtpServer) -> None:
    hostile = Envelope(ACCOUNT, ("a@x.example>\r\nRCPT TO:<b@x.example",), COUNTING, "<x@y>", draft().raw)
    assert smtp(smtp_server).send(hostile).outcome is SendOutcome.RECHAZADO
    assert smtp_server.got == []


def test_leading_dots_and_accents_arrive_as_they_were_sent(smtp_server: SmtpServer) -> None:
    raw = draft().raw + ".\r\n..dos puntos\r\nseñal\r\n".encode()
    smtp(smtp_server).send(envelope(raw=raw))
    assert smtp_server.outside(PERSON) == [raw]


def test_the_rate_limit_of_the_account_is_kept(smtp_server: SmtpServer) -> None:
    slept: list[float] = []
    sender = smtp(smtp_server, rate_per_minute=2, sleep=slept.append)
    assert sender.ready_in() == 0
    for _ in range(2):
        sender.send(envelope())
    assert slept == [] and 50 < sender.ready_in() <= 60
    sender.send(envelope())
    assert 50 < slept[0] <= 60


def test_the_pace_lets_no_window_hold_more_than_its_limit() -> None:
    pace, now, taken = Pace(3, 60), 0.0, []
    for _ in range(12):
        now += pace.delay(now)
        pace.take(now)
        taken.append(now)
        now += 1
    assert all(sum(1 for other in taken if start <= other < start + 60) <= 3 for start in taken)


def test_a_hanging_server_costs_no_more_than_the_time_limit(smtp_server: SmtpServer) -> None:
    smtp_server.fault = "rcpt_hang"
    start = time.monotonic()
    smtp(smtp_server, timeout=0.3).send(envelope())
    assert time.monotonic() - start < 3
