"""Data that stand only in a quoted mail: taken from the writer's own earlier words, from nobody else's."""

from __future__ import annotations

import pytest

from daemon.read.quoted import messages

from .makers import ANA, mail, reading

ME = "Rosa Pech <rosa.pech@correo.example>"
EARLIER = f"No me dan mi cita de oftalmología en la UMF 8.\nRosa Pech Uc\nNSS {ANA}\nCel 9991234567"
ARROWS = "\n".join(f"> {line}" for line in EARLIER.split("\n"))
OURS = f"> Indique su NSS (ejemplo: {ANA}).\n> Lic. Juana Tec Poot\n> Tel 55 5238 2700\n"


@pytest.mark.parametrize(
    "quote",
    [
        f"El lun, 1 sep 2025 a las 9:00, Rosa Pech (<rosa.pech@correo.example>) escribió:\n\n{ARROWS}",
        f"On Mon, Sep 1, 2025 at 9:00 AM Rosa Pech <rosa.pech@correo.example> wrote:\n\n{ARROWS}",
        f"From: Rosa Pech <rosa.pech@correo.example>\nSent: Monday, September 1, 2025 9:00 AM\n"
        f"To: atnder@imss.gob.mx\nSubject: cita\n\n{EARLIER}",
        f"________________________________\nDe: Rosa Pech\nEnviado: lunes, 1 de septiembre de 2025 09:00 a. m.\n"
        f"Para: atnder@imss.gob.mx\nAsunto: cita\n\n{EARLIER}",
        "El mar, 2 sep 2025 a las 9:00, Atención (<atnder@imss.gob.mx>) escribió:\n\n> Indique su NSS.\n>\n"
        "> El lun, 1 sep 2025 a las 9:00, Rosa Pech (<rosa.pech@correo.example>) escribió:\n>\n"
        + "\n".join(f">{line}" for line in ARROWS.split("\n"))
        + "\n> Lic. Juana Tec Poot",
    ],
)
def test_the_data_of_the_own_earlier_mail_are_taken(quote: str) -> None:
    read = reading(mail(f"Sigo sin respuesta.\n\n{quote}", sender=ME, subject="Re: cita"))
    assert (read.data.nombre, read.data.nss, read.data.telefono) == ("Rosa Pech Uc", ANA, "9991234567")
    assert read.found["nss"][0].where == "cita"


def test_what_we_wrote_is_nobodys_datum() -> None:
    body = f"Ya lo puse.\n\nEl lun, 1 sep 2025 a las 9:00, Atención (<atnder@imss.gob.mx>) escribió:\n\n{OURS}"
    data = reading(mail(body, sender=ME, subject="Re: datos")).data
    assert (data.nombre, data.nss, data.telefono) == ("Rosa Pech", None, None)


def test_somebody_elses_number_in_a_quote_is_a_doubt() -> None:
    body = f"¿Y esto?\n\nEl lun, 1 sep 2025 a las 9:00, Hugo <hugo@correo.example> escribió:\n> mi NSS es {ANA}"
    read = reading(mail(body, sender=ME, subject="Re: x"))
    assert read.data.nss is None
    assert any("otra persona" in doubt for doubt in read.doubts)


def test_answers_written_between_our_questions_are_taken() -> None:
    body = (
        "El mar, 2 sep 2025 a las 9:00, Atención (<atnder@imss.gob.mx>) escribió:\n\n"
        f"> Nombre completo:\nRosa Pech Uc\n> NSS:\n{ANA}\n> Lic. Juana Tec Poot"
    )
    data = reading(mail(body, sender=ME, subject="Re: datos")).data
    assert (data.nombre, data.nss) == ("Rosa Pech Uc", ANA)


def test_the_depth_of_the_marks_tells_whose_a_line_is() -> None:
    quote = (
        "El mar, 2 sep 2025 a las 9:00, Atención (<atnder@imss.gob.mx>) escribió:\n> Díganos más\n"
        "> El lun, 1 sep 2025 a las 9:00, Rosa (<rosa@correo.example>) escribió:\n>> No hay citas\n> Saludos"
    )
    ours, hers = messages(quote)
    assert (ours.email, ours.text) == ("atnder@imss.gob.mx", "Díganos más\nSaludos")
    assert (hers.email, hers.name, hers.text) == ("rosa@correo.example", "Rosa", "No hay citas")
