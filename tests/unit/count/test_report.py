"""Each figure of a report, computed by hand from a few petitions."""

from __future__ import annotations

from datetime import date

from daemon.count.report import report
from daemon.model.figures import CopyFact, Facts, RecordFact
from daemon.model.petition import Clase, State
from daemon.model.report import Section
from daemon.model.siade import RecordClase
from tests.unit.count.facts import (
    ACCOUNT,
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
)

_S = State


def section(given: Facts, key: str) -> Section | None:
    return report(given, CALENDAR, NAMES).section(key)


def totals(given: Facts) -> dict[str, int]:
    return rows(section(given, "resumen"), "totales")


def test_received_answered_closed_and_pending_are_told_as_they_stood_at_the_end() -> None:
    given = facts(
        petitions=(
            a_petition("AC-1", state=_S.CONCLUIDA_ORIENTACION),
            a_petition("AC-2", opened_at=at(4)),
            # From the month before; closed only after the time of the report, so it is pending in it.
            a_petition("AC-3", opened_at=at(1) - (at(8) - at(1)), state=_S.CONCLUIDA),
        ),
        moves=(
            *moved(
                "AC-1", (at(3), "recibida", _S.ORIENTACION_EN_REVISION), (at(4), "enviado", _S.CONCLUIDA_ORIENTACION)
            ),
            *moved("AC-2", (at(4), "recibida", _S.REVISION_CONSULTOR)),
            *moved("AC-3", (at(1), "recibida", _S.REVISION_CONSULTOR)),
        ),
        mails=(a_mail("AC-1", Clase.ORIENTACION, sent_at=at(4), survey=True),),
    )
    said = totals(given)
    assert (said["Recibidas"], said["Contestadas por primera vez"], said["Concluidas"]) == (2, 1, 1)
    assert (said["Pendientes al final"], said["Ligas a la encuesta enviadas (5.68)"]) == (2, 1)


def test_a_petition_that_comes_back_is_reopened_and_pending_again() -> None:
    steps = (
        (at(3), "recibida", _S.ORIENTACION_EN_REVISION),
        (at(3, 15), "enviado", _S.CONCLUIDA_ORIENTACION),
        (at(5), "reabierta", _S.REVISION_CONSULTOR),
    )
    said = totals(facts(petitions=(a_petition(),), moves=moved("AC-1", *steps)))
    assert (said["Concluidas"], said["Reabiertas"], said["Pendientes al final"]) == (1, 1, 1)


def test_mail_to_an_organo_is_no_reply_to_the_person() -> None:
    mail = a_mail("AC-1", Clase.DERIVACION_ORGANO_NORMATIVO)
    assert totals(facts(petitions=(a_petition(),), mails=(mail,)))["Contestadas por primera vez"] == 0


def test_petitions_are_told_by_type_topic_consultant_ooad_and_mailbox() -> None:
    given = facts(
        petitions=(
            a_petition("AC-1", type="queja", topic="cita", consultor=ANA, ooad="Jalisco"),
            a_petition("AC-2", type="queja", topic="cita", consultor=BETO),
            a_petition("AC-3", account="pensionistas.sre@imss.gob.mx"),
        ),
        mails=(a_mail("AC-1"),),
    )
    groups = section(given, "grupos")
    assert rows(groups, "tipo") == {"queja de servicio": (2, 1, 2)}
    assert rows(groups, "consultor") == {"Ana": (1, 1, 1), "Beto": (1, 0, 1)}
    assert rows(groups, "ooad") == {"Jalisco": (1, 1, 1), "no se sabe": (1, 0, 1)}
    assert rows(groups, "buzon") == {ACCOUNT: (2, 1, 2)}


def test_times_are_told_in_business_hours() -> None:
    given = facts(
        petitions=(a_petition("AC-1", opened_at=at(3, 16)), a_petition("AC-2", opened_at=at(4, 9))),
        # Two hours of the afternoon and one of the morning; and one hour.
        mails=(a_mail("AC-1", sent_at=at(4, 10)), a_mail("AC-2", sent_at=at(4, 10))),
    )
    assert rows(section(given, "tiempos"), "tiempos")["Hasta la primera respuesta"] == (2, 2.0, 3.0, 3.0)


def test_data_requests_are_told_by_how_they_ended() -> None:
    asked = (at(3), "enviado", _S.ESPERA_DATOS_1)
    wrote = (at(4), "escribe", _S.REVISION_CONSULTOR)
    given = facts(
        petitions=tuple(
            a_petition(folio, missing=missing)
            for folio, missing in (("AC-1", 0), ("AC-2", 1), ("AC-3", 1), ("AC-4", 1), ("AC-5", 1))
        ),
        moves=(
            *moved("AC-1", asked, wrote),
            *moved("AC-2", asked, wrote),
            *moved("AC-3", asked),
            *moved("AC-4", asked, (at(6), "enviado", _S.CONCLUIDA_DESINTERES)),
            *moved("AC-5", asked, (at(6), "concluida", _S.CONCLUIDA)),
        ),
    )
    told = rows(section(given, "solicitudes"), "solicitudes")
    assert list(told.values()) == [1, 1, 1, 1, 1]
    assert totals(given)["de ellas, por desinterés o falta de información (a78)"] == 1


def test_the_count_names_every_difference_and_veils_the_person() -> None:
    left = [a_mail("AC-1", number=number, consultor=ANA) for number in (1, 2, 3)]
    by_hand = a_copy(None)
    in_sent = CopyFact("<sin-copia@imss.gob.mx>", ACCOUNT, "enviados", at(4), BETO, ("luz.mar@correo.example",))
    given = facts(mails=tuple(left), copies=(a_copy(left[0]), a_copy(left[1], times=2), by_hand, in_sent))
    count = section(given, "conteo")
    assert list(rows(count, "conteo").values()) == [3, 2, 1, 1, 1, 1]
    assert rows(count, "consultor") == {"Ana": (3, 1)}
    assert rows(count, "diferencias") == {
        "sin copia": ("AC-1: solicitud de datos", "mar 3 nov, 12:00"),
        "contado más de una vez": ("AC-1: solicitud de datos", "mar 3 nov, 12:00"),
        "fuera de acuse, contado": ("de Ana a r…a@correo.example", "mar 3 nov, 12:05"),
        "fuera de acuse, sin copia": ("de Beto a l…r@correo.example", "mié 4 nov, 12:00"),
    }


def test_mail_among_our_own_people_needs_no_copy() -> None:
    among_us = CopyFact("<entre-nosotros@imss.gob.mx>", ACCOUNT, "enviados", at(4), BETO, (ANA,))
    assert list(rows(section(facts(copies=(among_us,)), "conteo"), "conteo").values()) == [0] * 6


def test_a_copy_under_the_id_of_a_consultants_program_counts_for_its_draft() -> None:
    mail = a_mail()
    copy = CopyFact("<outlook@imss.gob.mx>", ACCOUNT, "conteo", at(3), ANA, ("x@y.example",), draft=mail.id)
    assert list(rows(section(facts(mails=(mail,), copies=(copy,)), "conteo"), "conteo").values()) == [1, 1, 0, 0, 0, 0]


def test_registration_is_told_by_how_many_business_days_it_came_after_the_capture() -> None:
    friday = date(2026, 11, 6)
    given = facts(
        until=at(12, 0),
        petitions=(
            a_petition("AC-1", registered_at=at(3, 15)),
            a_petition("AC-2", captured_on=friday, registered_at=at(9, 10), siade="S1"),
            a_petition("AC-3", captured_on=friday, registered_at=at(11, 10)),
        ),
        records=(
            RecordFact("AC-1", RecordClase.REGISTRO, at(3, 15), at(3, 18)),
            RecordFact("AC-3", RecordClase.REGISTRO, at(11, 10)),
        ),
    )
    assert list(rows(section(given, "registro"), "registro").values()) == [1, 1, 1, 1, 3.0, 2]


def test_terms_kept_and_missed_are_told_by_term_with_whom_they_wait_for() -> None:
    given = facts(
        petitions=(a_petition("AC-1"), a_petition("AC-2")),
        terms=(a_term("AC-1", ended_at=at(4)), a_term("AC-2")),
    )
    terms = section(given, "plazos")
    assert rows(terms, "plazos") == {"segunda solicitud": (1, 0, 0, 0, 0, 1, 0)}
    assert rows(terms, "tarde") == {"AC-2": ("segunda solicitud", "acuse")}


def test_the_same_facts_give_the_same_report() -> None:
    given = facts(petitions=(a_petition(type="queja"),), mails=(a_mail(),))
    assert report(given, CALENDAR, NAMES) == report(given, CALENDAR, NAMES)
