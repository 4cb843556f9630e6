"""An area's answer about its commitment: what it says is taken, what it quotes is not, what is wrong is told."""

from __future__ import annotations

from datetime import date

import pytest

from daemon.read.progress import month_of, read_progress

FORM = (
    "El mié, 4 mar 2026 a las 9:00, IMSS <atnder@imss.gob.mx> escribió:\n"
    "> El compromiso 3 vence el 30 de junio.\n>\n"
    "> Inicio del formulario (puede llenarlo aquí mismo)\n"
    "> avance:{}\n> documento probatorio:\n> ubicación:{}\n> mes y año:\n> observaciones:\n"
    "> Fin del formulario\n"
)


@pytest.mark.parametrize(
    ("text", "avance"),
    [
        ("avance: 80 %", 80),
        ("Avance: 80%", 80),
        ("AVANCE = 100", 100),
        ("% de avance: 62.5", 62.5),
        ("Porcentaje de avance de la actividad: 62,5 por ciento", 62.5),
        ("El avance es del 40 %.", 40),
        ("Buenos días:\n\n- Avance: 0 %\n\nSaludos", 0),
    ],
)
def test_a_percentage_is_read_as_people_write_it(text: str, avance: float) -> None:
    assert read_progress(text).avance == avance
    assert read_progress(text).problems == ()


@pytest.mark.parametrize("text", ["avance: 180 %", "avance: -5", "avance: entre 60 y 80 %", "avance: casi todo"])
def test_a_percentage_that_is_none_is_said_back_and_not_guessed(text: str) -> None:
    found = read_progress(text)
    assert found.avance is None
    assert len(found.problems) == 1
    assert found.problems[0].startswith(("en «avance»", "el avance"))


def test_every_field_of_the_form_is_taken_and_remarks_run_on() -> None:
    found = read_progress(
        "avance: 80 %\nDocumento probatorio: Oficio 4507\nUbicación: carpeta compartida\nMes y año: marzo de 2026\n"
        "Observaciones: se anexan carátulas\nde dos procedimientos\n\nAtentamente\nLa Coordinación"
    )
    assert (found.documento, found.ubicacion, found.mes_y_anio) == ("Oficio 4507", "carpeta compartida", "Marzo-2026")
    assert found.observaciones == "se anexan carátulas\nde dos procedimientos"


def test_words_without_a_label_are_remarks_without_greeting_and_farewell() -> None:
    found = read_progress("Buenas tardes:\n\nAvance: 80 %\nFalta la firma de un oficio.\n\nSaludos cordiales\nLic. X")
    assert found.observaciones == "Falta la firma de un oficio."
    assert not read_progress("Gracias, lo revisamos.").labelled


def test_the_form_filled_in_inside_the_quote_counts_and_own_words_win() -> None:
    assert read_progress("Va abajo.\n\n" + FORM.format(" 70 %", "")).avance == 70
    both = read_progress("avance: 90 %\n\n" + FORM.format(" 70 %", " archivo"))
    assert (both.avance, both.ubicacion) == (90, "archivo")


def test_an_empty_form_and_an_older_answer_below_say_nothing() -> None:
    older = "> > avance: 20 %\n"
    found = read_progress("Gracias.\n\n" + FORM.format("", "") + older)
    assert (found.avance, found.labelled) == (None, False)


@pytest.mark.parametrize(("written", "month"), [("mar 2026", "Marzo-2026"), ("03/2026", "Marzo-2026")])
def test_a_month_is_written_as_the_form_writes_it(written: str, month: str) -> None:
    assert read_progress(f"mes y año: {written}").mes_y_anio == month
    assert month_of(date(2016, 3, 31)) == "Marzo-2016"


def test_a_month_that_is_none_is_said_back() -> None:
    assert read_progress("mes y año: pronto").problems[0].startswith("en «mes y año»")
