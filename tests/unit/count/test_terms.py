"""A term that was missed names who let it pass: a person, an area, a server, or the service itself."""

from __future__ import annotations

import pytest

from daemon.count.terms import verdict
from daemon.model.figures import AlarmFact, MailFact, TermFact, Verdict
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase
from tests.unit.count.facts import HOUR, a_mail, a_term, at, waiting

DUE = at(5, 18)
SECOND = {"turn": 2, "created_at": DUE}


def told(term: TermFact, *mails: MailFact, alarms: tuple[AlarmFact, ...] = (), now: int = 9) -> Verdict:
    return verdict(term, mails, alarms, at(now))


def test_a_term_runs_until_it_is_due() -> None:
    assert told(a_term(), now=4) is Verdict.CORRE


def test_an_answer_before_it_is_due_keeps_it() -> None:
    assert told(a_term(ended_at=at(4))) is Verdict.CUMPLIDO


def test_a_second_request_that_leaves_when_it_is_due_keeps_it() -> None:
    assert told(a_term(ended_at=DUE), a_mail(sent_at=DUE, **SECOND)) is Verdict.CUMPLIDO


def test_a_second_request_that_lies_for_review_waits_for_a_person() -> None:
    assert told(a_term(ended_at=DUE), waiting(**(SECOND | {"laid_at": DUE}))) is Verdict.ESPERA_PERSONA


def test_a_second_request_that_a_person_let_go_too_late_waited_for_that_person() -> None:
    mail = a_mail(sent_at=at(9), laid_at=DUE, **SECOND)
    assert told(a_term(ended_at=DUE), mail, now=10) is Verdict.ESPERA_PERSONA


def test_a_mail_that_needed_nobody_and_left_late_is_the_services_fault() -> None:
    mail = a_mail(sent_at=DUE + 5 * HOUR, **SECOND)
    assert told(a_term(ended_at=DUE), mail) is Verdict.TARDE_SERVICIO


def test_a_term_that_the_service_never_acted_on_is_its_fault() -> None:
    assert told(a_term()) is Verdict.TARDE_SERVICIO
    assert told(a_term(ended_at=DUE + 3 * HOUR)) is Verdict.TARDE_SERVICIO


@pytest.mark.parametrize(("ends", "whose"), [(3, Verdict.TARDE_SERVIDOR), (1, Verdict.TARDE_SERVICIO)])
def test_a_delay_is_the_servers_only_when_it_was_away_all_the_while(ends: int, whose: Verdict) -> None:
    away = AlarmFact("buzon:atnder@imss.gob.mx", "no responde", DUE - HOUR, DUE + ends * HOUR)
    assert told(a_term(ended_at=DUE + 3 * HOUR), alarms=(away,)) is whose


def test_an_area_that_does_not_answer_in_the_offices_own_term_is_what_is_waited_for() -> None:
    assert told(a_term(name="respuesta_cdaod", at_due="tarea", ended_at=DUE)) is Verdict.ESPERA_AREA


def test_a_conclusion_that_a_person_must_decide_waits_for_that_person() -> None:
    assert told(a_term(name="conclusion_desinteres", ended_at=DUE)) is Verdict.ESPERA_PERSONA


def test_what_has_no_term_is_neither_kept_nor_missed() -> None:
    free = a_term(name="aclaracion_sin_plazo", at_due="nada")
    assert told(free, now=4) is Verdict.CORRE
    assert told(free) is Verdict.SIN_PLAZO


def test_an_acuse_is_found_by_its_own_class() -> None:
    term = a_term(name="acuse_sin_folio", ended_at=DUE)
    left = a_mail(clase=Clase.ACUSE_CDAOD, created_at=DUE, sent_at=DUE)
    lies = waiting(clase=Clase.ACUSE_CDAOD, since=DUE, state=DraftState.EN_REVISION)
    assert (told(term, left), told(term, lies)) == (Verdict.CUMPLIDO, Verdict.ESPERA_PERSONA)
