"""Own words, quotes, signatures: as the mail programs of Mexico mark them, and never at the cost of own words."""

from __future__ import annotations

import pytest

from daemon.read.quotes import split

HEAD = "Atención Derechohabiente <atnder@imss.gob.mx>"
OUTLOOK = (
    f"De: {HEAD}\nEnviado: martes, 9 de septiembre de 2025 09:12 a. m.\nPara: Ana Ruiz\nAsunto: Solicitud\n\nEstimada:"
)


@pytest.mark.parametrize(
    "below",
    [
        f"El mar, 9 sept 2025 a la(s) 9:12 a.m., {HEAD} escribió:\n\n> Estimada:\n> indique su NSS\n",
        "El mar, 9 sept 2025 a las 9:12, Atención Derechohabiente (\natnder@imss.gob.mx) escribió:\n\n> Hola",
        f"________________________________\n{OUTLOOK}",
        OUTLOOK,
        OUTLOOK.replace("<atnder@imss.gob.mx>", "[mailto:atnder@imss.gob.mx]"),
        f"-----Mensaje original-----\n{OUTLOOK}",
        "Enviado desde mi smartphone Samsung Galaxy.\n\n"
        f"-------- Mensaje original --------\nDe: {HEAD}\nFecha: 9/9/25 9:12",
        "Enviado desde Yahoo Mail para Android\n\n"
        f"  El mar., sep. 9, 2025 a la(s) 9:12 a. m., {HEAD} escribió:   Estimada",
        f"    En martes, 9 de septiembre de 2025, 09:12:00 a.m. CST, {HEAD} escribió:\n\n Estimada",
        f"Enviado desde mi iPhone\n\n> El 9 sep 2025, a la(s) 9:12 a.m., {HEAD} escribió:\n> \n> Estimada\n",
        f"On Tue, Sep 9, 2025 at 9:12 AM {HEAD} wrote:\n\n> Dear\n",
        "Obtener Outlook para Android<https://aka.ms/AAb9ysg>\n________________________________\n"
        f"From: {HEAD}\nSent: Tuesday, September 9, 2025 9:12:00 AM\n"
        "To: Ana <a@c.example>\nSubject: Solicitud\n\nEstimada",
    ],
)
def test_what_is_quoted_below_is_told_from_the_answer(below: str) -> None:
    found = split(f"Es el 123, gracias\n\n{below}", "RE: Solicitud")
    assert found.fresh == "Es el 123, gracias"
    assert "Estimada" in found.quoted or "Dear" in found.quoted or "Hola" in found.quoted or "9/9/25" in found.quoted


def test_answers_between_the_quoted_lines_are_kept() -> None:
    text = f"El 9 sep 2025, a la(s) 9:12, {HEAD} escribió:\n> ¿Su NSS?\n123\n> ¿Su nombre?\nAna"
    assert split(text).fresh == "123\nAna"


@pytest.mark.parametrize(
    "text",
    [
        "De: Juan Pérez\nPara: Director\nAsunto: Queja\n\nPor este medio me quejo.",
        'El 9 de septiembre de 2025 la doctora escribió: "no hay nada que hacer". Me quejo.',
        "El 9 de septiembre el doctor escribió:\nreposo 3 días\nPero no me dieron incapacidad.",
        "Este mensaje es para quejarme del trato.",
        "Enviado por trabajo social al HGZ 1 pero no me atendieron",
        "En la farmacia - a las 10:30 - me dijeron que no hay.",
    ],
)
def test_a_persons_own_story_is_never_taken_for_a_quote(text: str) -> None:
    assert split(text).fresh == text


def test_a_forwarded_message_is_not_stripped() -> None:
    text = f"Ahí va\n\n---------- Forwarded message ---------\nDe: {HEAD}\nDate: mar, 9 sept 2025\n\nNo hay citas"
    found = split(text, "Fwd: x")
    assert "No hay citas" in found.fresh
    assert found.forward is not None


@pytest.mark.parametrize(
    "end",
    [
        "Enviado desde mi iPhone",
        "Enviado desde mi smartphone Samsung Galaxy.",
        "Enviado desde Yahoo Mail para Android",
        "Obtener Outlook para iOS",
        "Sent from my iPad",
        "AVISO DE CONFIDENCIALIDAD: Este mensaje es confidencial y para uso exclusivo del destinatario.",
        "Antes de imprimir este correo piense en el medio ambiente.",
        "-- \nAna Ruiz\nCoordinación de Nóminas",
    ],
)
def test_what_programs_and_companies_add_is_no_word_of_the_writer(end: str) -> None:
    assert split(f"Quiero cita.\n\n{end}").fresh == "Quiero cita."


def test_the_signature_stays_among_the_own_words_because_the_name_stands_there() -> None:
    assert "Ana Ruiz" in split("Quiero cita.\n\n-- \nAna Ruiz").own
