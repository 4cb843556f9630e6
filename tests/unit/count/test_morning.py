"""What the supervisor is told at opening: what is due, what waits for whom, what nobody touched, what is amiss."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from daemon.count.morning import morning
from daemon.model.figures import AlarmFact, Facts, RecordFact
from daemon.model.ledger import Delivery, Quarantined
from daemon.model.petition import Clase, State
from daemon.model.report import Report, Section
from daemon.model.rules import DiaPropio
from daemon.model.siade import RecordClase
from tests.unit.count.facts import (
    ANA,
    BETO,
    CALENDAR,
    NAMES,
    a_copy,
    a_mail,
    a_petition,
    a_term,
    at,
    facts,
    moved,
    rows,
    waiting,
)

# Friday the 6th, at opening; what was told last ended with Wednesday.
NOW = at(6, 9)


def told(given: Facts, **more: Any) -> Report:
    now = more.pop("now", NOW)
    return morning(given, at(5, 0), now, CALENDAR, NAMES, **more)


def light(given: Facts, **more: Any) -> Section:
    found = told(given, **more).section("semaforo")
    assert found is not None
    return found


def asked(folio: str = "AC-1", **more: Any) -> dict[str, Any]:
    """A petition that awaits data, with its term."""
    return {
        "petitions": (a_petition(folio, state=State.ESPERA_DATOS_1, consultor=ANA),),
        "moves": moved(folio, (at(3), "enviado", State.ESPERA_DATOS_1)),
        "terms": (a_term(folio, **more),),
    }


def numbers(section: Section) -> list[int]:
    return [tile.number for tile in section.tiles]


def test_a_term_is_overdue_due_today_or_near() -> None:
    for due, place in ((at(5, 18), 0), (at(6, 18), 1), (at(9, 18), 2), (at(10, 18), 2)):
        given = asked(due_at=due, acts_at=due)
        assert numbers(light(facts(until=NOW, **given)))[place] == 1, due
    far = asked(due_at=at(11, 18), acts_at=at(11, 18))
    assert numbers(light(facts(until=NOW, **far))) == [0, 0, 0, 0]


def test_an_overdue_term_says_whom_it_waits_for() -> None:
    late = asked()
    row = rows(light(facts(until=NOW, **late)), "vencidos")
    assert row == {"AC-1": ("segunda solicitud", "jue 5 nov", "acuse")}
    done = asked(ended_at=at(5, 18)) | {"mails": (waiting(turn=2, since=at(5, 18), consultor=ANA),)}
    assert rows(light(facts(until=NOW, **done)), "vencidos")["AC-1"][2] == "Ana"


def test_an_areas_term_is_told_as_the_offices_own() -> None:
    given = {
        "petitions": (a_petition("AC-1", state=State.REGISTRADA_TURNADA, consultor=ANA),),
        "moves": moved("AC-1", (at(3), "paso", State.REGISTRADA_TURNADA)),
        "terms": (a_term(name="respuesta_cdaod", at_due="tarea", ended_at=at(5, 18)),),
    }
    row = rows(light(facts(until=NOW, **given)), "vencidos")["AC-1"]
    assert row == ("respuesta cdaod (plazo propio, no normado)", "jue 5 nov", "el área; sigue Ana")


def test_a_closed_petition_has_no_term_to_show() -> None:
    given = asked() | {"moves": moved("AC-1", (at(3), "concluida", State.CONCLUIDA))}
    assert numbers(light(facts(until=NOW, **given))) == [0, 0, 0, 0]


def test_what_has_no_term_is_shown_from_the_fifth_business_day() -> None:
    for state, numeral in (
        (State.ESPERA_ACLARACION, "P a65"),
        (State.ESPERA_SUPERVISOR, "P a71"),
        (State.ESPERA_CONSULTA_NORMATIVA, "P a73"),
    ):
        given = {"petitions": (a_petition(consultor=ANA),), "moves": moved("AC-1", (at(3), "paso", state))}
        # The fifth business day after Tuesday the 3rd is Tuesday the 10th.
        assert numbers(light(facts(until=at(9, 9), **given), now=at(9, 9)))[3] == 0
        shown = rows(light(facts(until=at(10, 9), **given), now=at(10, 9)), "sin_plazo")
        assert shown == {"AC-1": (f"{state} ({numeral})", "mar 3 nov", "Ana")}


def test_what_waits_is_told_by_consultant_with_the_oldest_draft() -> None:
    given = facts(
        until=NOW,
        petitions=(a_petition("AC-1", consultor=ANA, urgent=True), a_petition("AC-2", consultor=BETO)),
        moves=(
            *moved("AC-1", (at(3), "recibida", State.ORIENTACION_EN_REVISION)),
            *moved("AC-2", (at(3), "recibida", State.REVISION_CONSULTOR)),
        ),
        mails=(waiting("AC-1", at(4)), waiting("AC-1", at(3), number=2)),
    )
    assert rows(told(given).section("esperan"), "por_consultor") == {
        "Ana": (1, 1, 2, "mar 3 nov"),
        "Beto": (1, None, 0, None),
    }


def test_a_draft_that_nobody_touched_for_a_business_day_is_named() -> None:
    given = facts(until=NOW, petitions=(a_petition(consultor=ANA),), mails=(waiting(since=at(5, 17)),))
    assert rows(told(given).section("sin_tocar"), "sin_tocar") == {"AC-1": ("solicitud de datos", "jue 5 nov", "Ana")}
    assert told(facts(until=NOW, mails=(waiting(since=at(6, 8)),))).section("sin_tocar") is None


def test_yesterdays_count_is_told_with_its_differences_and_todays_is_not() -> None:
    yesterday, today = a_mail("AC-1", sent_at=at(5)), a_mail("AC-2", sent_at=at(6, 8))
    count = told(facts(until=NOW, mails=(yesterday, today), copies=(a_copy(today),))).section("conteo")
    assert count is not None and count.title == "Conteo del jue 5 nov"
    assert rows(count, "conteo")["Sin copia"] == 1
    assert rows(count, "diferencias") == {"sin copia": ("AC-1: solicitud de datos", "jue 5 nov, 12:00")}


def test_alarms_of_now_and_of_the_last_day_are_told_and_older_ones_are_not() -> None:
    alarms = (
        AlarmFact("a", "el servidor no responde", at(3), at(3, 13)),
        AlarmFact("b", "se rechazó la clave", at(5, 10), at(5, 11)),
        AlarmFact("c", "falta una copia", at(4)),
    )
    section = told(facts(until=NOW, alarms=alarms), hide=str.upper).section("alarmas")
    assert [row[0] for row in section.tables[0].rows] == ["FALTA UNA COPIA", "SE RECHAZÓ LA CLAVE"]  # type: ignore[union-attr]


def test_siade_tells_what_was_not_exported_what_has_no_folio_and_an_outage() -> None:
    given = facts(
        until=NOW,
        petitions=(a_petition(registered_at=at(4)),),
        records=(RecordFact("AC-1", RecordClase.REGISTRO, at(4)),),
        contingencia="2026-11-05",
    )
    section = told(given).section("siade")
    assert section is not None and "contingencia" in section.text
    assert list(rows(section, "siade").values()) == [1, 1]
    assert rows(section, "sin_folio") == {"AC-1": "mié 4 nov, 12:00"}


def test_what_lies_in_quarantine_is_told_with_its_reason() -> None:
    held = Quarantined(3, Delivery("atnder@imss.gob.mx", "INBOX", 1, 9), "ilegible", "dañado", at(5), 1)
    assert rows(told(facts(until=NOW), quarantined=[held]).section("cuarentena"), "cuarentena") == {
        "N.º 3": ("atnder@imss.gob.mx", "no se pudo leer", "jue 5 nov, 12:00")
    }


def test_in_november_and_december_the_days_of_the_next_year_are_asked_for() -> None:
    assert "2027" in told(facts(until=NOW)).section("dias").title  # type: ignore[union-attr]
    known = DiaPropio(nombre="Jueves Santo", fecha=date(2027, 3, 25))
    yearly = DiaPropio(nombre="15 de septiembre", mes=9, dia=15)
    assert told(facts(until=NOW), own_days=[known]).section("dias") is None
    assert "15 de septiembre" in told(facts(until=NOW), own_days=[yearly]).section("dias").text  # type: ignore[union-attr]
    october = NOW - timedelta(days=30)
    assert told(facts(until=october), now=october).section("dias") is None


def test_a_quiet_morning_has_no_empty_headings() -> None:
    keys = [section.key for section in told(facts(until=NOW)).sections]
    assert keys == ["semaforo", "conteo", "siade", "dias"]


def test_an_acuse_that_waits_for_its_folio_waits_for_siade() -> None:
    given = asked(name="acuse_sin_folio", due_at=at(6, 18), acts_at=at(6, 18))
    given |= {"mails": (a_mail(clase=Clase.ORIENTACION),)}
    assert rows(light(facts(until=NOW, **given)), "hoy")["AC-1"][2] == "el folio de SIADE"
