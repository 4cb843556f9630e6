"""Reports of IMSS Digital: a batch for the pension system, and how a campaign of connectivity tests stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from daemon.count.survival import EXPORT_COLUMNS, WRONG_ACCOUNT, campaigns, export_rows
from daemon.decide.survival.connectivity import ANOTHER_ACCOUNT
from daemon.model.petition import HistoryEntry, Petition, State
from daemon.model.survival import Check, CheckState, Export
from tests.contract.store_samples import a_petition

START = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def local(at: datetime) -> datetime:
    return at - timedelta(hours=6)


def test_a_batch_is_a_row_of_text_for_each_check() -> None:
    check = Check(
        "CS-1",
        "AC-1",
        "pensionistas.sre@imss.gob.mx",
        "imss_dallas@sre.gob.mx",
        "202007",
        "16907325605",
        CheckState.CONFIRMADA,
        datetime(2026, 11, 16, 3, 0, tzinfo=UTC),
        {"nss": "16907325605", "nombre": "Daniel", "contacto": None},
        next_due=date(2027, 5, 16),
        verified=True,
    )
    (row,) = export_rows(Export(3, START, (check,)), {"imss_dallas@sre.gob.mx": "Dallas, Texas"}, local)
    told = dict(zip(EXPORT_COLUMNS, row, strict=True))
    assert (told["lote"], told["comprobante"], told["oficina"]) == ("3", "CS-1", "Dallas, Texas")
    assert told["recibida"].startswith("2026-11-15T21:00:00")
    assert (told["nss"], told["nombre"], told["contacto"], told["curp"]) == ("16907325605", "Daniel", "", "")
    assert (told["proxima_comprobacion"], told["cotejada_con_padron"]) == ("2027-05-16", "sí")


def a_test(number: int, state: State, opened_at: datetime = START) -> Petition:
    account = f"imss_{number}@sre.gob.mx"
    return a_petition(f"AC-261116-0000{number}", state=state, opened_at=opened_at, petitioner=account)


def line(days: float, state: State | None, action: str = "algo", actor: str = "acuse") -> HistoryEntry:
    return HistoryEntry(START + days * DAY, action, "", "C", actor, state)


STORIES = {
    "AC-261116-00001": (line(0, State.MENSAJE_EN_COLA), line(0.1, State.ESPERA_ACUSE), line(1, State.PRUEBA_ACUSADA)),
    "AC-261116-00002": (
        line(0.1, State.ESPERA_ACUSE),
        line(1, State.ESPERA_ACUSE, WRONG_ACCOUNT, "consul@sre.gob.mx"),
    ),
    "AC-261116-00003": (
        line(0.1, State.ESPERA_ACUSE),
        line(2, State.PRUEBA_SIN_ACUSE),
        line(3, State.PRUEBA_ACUSADA),
    ),
    "AC-261116-00004": (line(0, State.MENSAJE_EN_COLA),),
}
TESTS = (
    a_test(1, State.PRUEBA_ACUSADA),
    a_test(2, State.ESPERA_ACUSE),
    a_test(3, State.PRUEBA_ACUSADA),
    a_test(4, State.MENSAJE_EN_COLA),
)


def test_a_campaign_tells_who_answered_when_from_where_and_who_did_not() -> None:
    (campaign,) = campaigns(TESTS, STORIES.__getitem__, START + 4 * DAY, local)
    assert campaign.running
    assert campaign.answered == 2
    first, second, third, fourth = campaign.tests
    assert (first.sent_at, first.answered_at, first.late) == (START + 0.1 * DAY, START + DAY, False)
    assert (second.answered_at, second.wrong) == (None, ("consul@sre.gob.mx",))
    assert third.late
    assert (fourth.sent_at, fourth.account) == (None, "imss_4@sre.gob.mx")


def test_the_percentage_is_told_for_every_day_until_today_while_the_campaign_runs() -> None:
    (campaign,) = campaigns(TESTS, STORIES.__getitem__, START + 4 * DAY, local)
    first = date(2026, 11, 16)
    wanted = [(0, 0.0), (1, 25.0), (1, 25.0), (2, 50.0), (2, 50.0)]
    assert campaign.by_day == tuple((first + n * DAY, *told) for n, told in enumerate(wanted))


def test_a_campaign_that_has_ended_is_told_until_its_last_answer() -> None:
    tests = (TESTS[0], a_test(2, State.PRUEBA_SIN_ACUSE))
    (campaign,) = campaigns(tests, STORIES.__getitem__, START + 90 * DAY, local)
    assert not campaign.running
    assert [day[1:] for day in campaign.by_day] == [(0, 0.0), (1, 50.0)]


def test_tests_that_were_started_together_are_one_campaign_and_the_newest_comes_first() -> None:
    later = a_test(4, State.MENSAJE_EN_COLA, START + DAY)
    found = campaigns((*TESTS[:3], later), STORIES.__getitem__, START + 2 * DAY, local)
    assert [len(campaign.tests) for campaign in found] == [1, 3]


def test_the_history_calls_an_answer_from_elsewhere_as_the_report_looks_for_it() -> None:
    assert WRONG_ACCOUNT == ANOTHER_ACCOUNT
