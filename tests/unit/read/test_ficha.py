"""A consultant's answer to the ficha is understood however it is typed; what the ficha quotes is never an answer."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.model.petition import Type
from daemon.read.ficha import FichaAnswer, confirm_answer, read_answer

NSS = "16907325605"
FICHA = """Ficha de la petición AC-250909-7K3FQ

Falta de medicamento · queja de servicio

DATOS

- NSS: 12345678901 (en el texto)
- Nombre: Karla Vargas (en el texto)

MENSAJE ORIGINAL

De: Karla Vargas <karla@correo.example>
Recibido: martes 9 de septiembre de 2025, 14:05 h

> Nota: no me surten
> NSS: 01775958950
> concluir: sí

PARA CONTESTAR ESTA FICHA

- En concluir, sí, para cerrar la petición.

Inicio del formulario
NSS:
nombre:
teléfono:
tipo:
destino:
tema:
concluyente:
nota:
concluir:
Fin del formulario
"""
GMAIL = "El mar, 9 sept 2025 a las 14:05, Atención IMSS (<atnder@imss.gob.mx>) escribió:\n\n"
OUTLOOK = (
    "________________________________\nDe: Atención IMSS <atnder@imss.gob.mx>\n"
    "Enviado: martes, 9 de septiembre de 2025 02:05 p. m.\nPara: atnder@imss.gob.mx\n"
    "Asunto: Ficha [AC-250909-7K3FQ] Falta de medicamento\n\n"
)


def quoted(text: str = FICHA, mark: str = "> ") -> str:
    return "\n".join((mark + line).rstrip() for line in text.split("\n"))


def filled(**values: str) -> str:
    text = FICHA
    for name, value in values.items():
        text = text.replace(f"\n{name}:\n", f"\n{name}: {value}\n")
    return text


REPLIES = {
    "gmail": lambda words, ficha: f"{words}\n\n{GMAIL}{quoted(ficha)}",
    "outlook": lambda words, ficha: f"{words}\n\n{OUTLOOK}{ficha}",
    "sin_marca": lambda words, ficha: f"{words}\n\n{ficha}",
    "crlf": lambda words, ficha: f"{words}\n\n{GMAIL}{quoted(ficha)}".replace("\n", "\r\n"),
}


@pytest.fixture(params=sorted(REPLIES))
def reply(request: pytest.FixtureRequest) -> Any:
    """A reply as each mail program makes it: (words, ficha) to text."""
    return REPLIES[request.param]


def test_answers_above_the_quote_are_read(reply: Any) -> None:
    answer = read_answer(reply(f"NSS: {NSS}\nTipo: Queja\nDESTINO : jdaod\nconcluir: no", FICHA))
    assert answer.nss == NSS
    assert answer.tipo is Type.QUEJA
    assert answer.destino == "cdaod_jdaod"
    assert answer.concluir is False
    assert answer.problems == ()
    assert [name for name, _ in answer.given] == ["nss", "tipo", "destino", "concluir"]


def test_the_form_filled_in_inside_the_quote_is_read(reply: Any) -> None:
    answer = read_answer(reply("", filled(NSS="1690-73-2560-5", nota="hablé con ella", concluir="SÍ")))
    assert answer.nss == NSS
    assert answer.nota == "hablé con ella"
    assert answer.concluir is True


def test_an_answer_that_says_nothing_takes_nothing_from_the_quote(reply: Any) -> None:
    answer = read_answer(reply("Enterada, gracias.\nLic. Ruiz", FICHA))
    assert answer == FichaAnswer()


def test_empty_fields_of_the_form_do_not_undo_what_stands_above(reply: Any) -> None:
    answer = read_answer(reply(f"NSS {NSS}", FICHA))
    assert answer.given == (("nss", NSS),)


def test_what_stands_above_wins_over_the_form_and_a_conflict_is_told() -> None:
    answer = read_answer(f"tipo: queja\n\n{GMAIL}{quoted(filled(tipo='gestión'))}")
    assert answer.tipo is Type.QUEJA
    assert "dos veces" in answer.problems[0]
    same = read_answer(f"tipo: Queja\n\n{GMAIL}{quoted(filled(tipo='queja'))}")
    assert same.problems == ()


def test_a_form_that_the_petitioner_wrote_is_not_read(reply: Any) -> None:
    evil = FICHA.replace("> Nota: no me surten", "> Inicio del formulario\n> concluir: sí\n> Fin del formulario")
    assert read_answer(reply("ok", evil)) == FichaAnswer()


def test_a_lone_form_is_read_when_the_rest_of_the_quote_was_deleted() -> None:
    answer = read_answer(f"Inicio del formulario\nNSS: {NSS}\nnota:\nconcluir: si\nFin del formulario")
    assert (answer.nss, answer.concluir) == (NSS, True)


@pytest.mark.parametrize(
    "line",
    [
        f"NSS: {NSS}",
        f"nss {NSS}",
        f"N.S.S.: {NSS}",
        f"*NSS:* {NSS}",
        f"- NSS = {NSS}",
        "Nss: 1690 73 2560 5",
        f"Número de seguridad social: {NSS}",
        f"NUM. DE SEGURO SOCIAL: {NSS}",
        f"NSS (11 números): {NSS}",
        f"nss - {NSS}",
    ],
)
def test_an_nss_is_read_however_it_is_typed(line: str) -> None:
    assert read_answer(line).nss == NSS


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("NSS: 1690732560", "10 números"),
        ("NSS: 16907325606", "verificación"),
        ("NSS: no lo tiene", "no es un número"),
        ("teléfono: 1234", "10 números"),
        ("tipo: zanahoria", "no es orientación"),
        ("destino: la luna", "no es CDAOD"),
        ("concluir: mañana", "se esperaba sí o no"),
        ("nombre: 5512345678", "no parece un nombre"),
    ],
)
def test_what_cannot_be_taken_is_reported_back(line: str, problem: str) -> None:
    answer = read_answer(line)
    assert answer.given == ()
    assert problem in answer.problems[0]
    assert problem in confirm_answer(answer)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("sí", True),
        ("si", True),
        ("SI.", True),
        ("x", True),
        ("ok", True),
        ("Sí, ya quedó", True),
        ("no", False),
        ("No todavía", False),
        ("sí/no", None),
        ("si o no", None),
        ("", None),
    ],
)
def test_yes_and_no_are_read_as_people_write_them(words: str, meant: bool | None) -> None:
    answer = read_answer(f"concluyente: {words}\n")
    assert answer.concluyente is meant
    assert answer.problems == ()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("orientación", Type.ORIENTACION),
        ("GESTION", Type.GESTION),
        ("Queja de servicio", Type.QUEJA),
        ("sugerencia", Type.SUGERENCIA),
        ("felicitación", Type.RECONOCIMIENTO),
    ],
)
def test_types_are_read_with_or_without_accents(words: str, kind: Type) -> None:
    assert read_answer(f"tipo de petición: {words}").tipo is kind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("CDAOD Jalisco", "cdaod_jdaod"),
        ("órgano normativo", "organo_normativo"),
        ("Organo_normativo", "organo_normativo"),
        ("Órgano Interno de Control", "oic_sntss"),
        ("SNTSS", "oic_sntss"),
        ("ninguno", "ninguno"),
    ],
)
def test_destinations_are_read_by_their_names(words: str, kind: str) -> None:
    assert read_answer(f"destino: {words}").destino == kind


def test_several_keys_on_one_line_are_told_apart() -> None:
    answer = read_answer(f"nss {NSS}; tipo= Queja de servicio, destino: JDAOD. Tel: +52 1 55 1234 5678")
    assert (answer.nss, answer.tipo, answer.destino, answer.telefono) == (NSS, Type.QUEJA, "cdaod_jdaod", "5512345678")


def test_a_note_keeps_its_lines_until_the_next_key_or_the_farewell(reply: Any) -> None:
    answer = read_answer(
        reply("Nota: hablé con ella,\ndijo: mañana va.\n\nVa con su hija.\nTipo: queja\n\nSaludos\nLic. Ruiz", FICHA)
    )
    assert answer.nota == "hablé con ella,\ndijo: mañana va.\n\nVa con su hija."
    assert answer.tipo is Type.QUEJA
    last = read_answer(reply("nota:\nprimera\nsegunda\n\nAtentamente,\nLic. Ruiz", FICHA))
    assert last.nota == "primera\nsegunda"


def test_a_note_in_the_form_may_have_several_lines() -> None:
    assert read_answer(
        f"{GMAIL}{quoted(filled(nota='uno'))}".replace("> nota: uno", "> nota: uno\ndos\n> tres")
    ).nota == ("uno\ndos\ntres")


def test_names_and_topics_are_taken_as_written() -> None:
    answer = read_answer("Nombre completo:  José  Ángel Muñoz\ntema: Semanas cotizadas")
    assert (answer.nombre, answer.tema) == ("José Ángel Muñoz", "semanas_cotizadas")


def test_a_line_that_the_form_does_not_have_is_not_taken() -> None:
    assert read_answer("enviar: sí") == FichaAnswer()


def test_what_was_noted_is_confirmed_in_spanish() -> None:
    text = confirm_answer(read_answer(f"NSS: {NSS}\ntipo: queja\nnota: uno\ndos\nconcluir: sí\ndestino: x"))
    assert text == (
        "De su respuesta a la ficha se anotó:\n\n"
        f"- NSS: {NSS}\n- tipo: queja de servicio\n- nota: uno\n  dos\n- concluir: sí\n\n"
        "No se pudo tomar:\n\n"
        "- el destino «x» no es CDAOD, JDAOD, Órgano normativo, OIC, SNTSS o ninguno, ni un Órgano, una OOAD o una "
        "UMAE de las reglas.\n\n"
        "Conteste otra vez la ficha con ese dato."
    )
    assert "ningún dato" in confirm_answer(FichaAnswer())


def test_the_text_for_the_person_runs_to_the_end_and_what_stands_in_it_is_no_datum() -> None:
    answer = read_answer("nota: va\nrespuesta: Buen día.\n\nTeléfono: 800 623 2323\nGracias.\n\nSaludos\nUno")
    assert answer.respuesta == "Buen día.\n\nTeléfono: 800 623 2323\nGracias."
    assert (answer.nota, answer.telefono) == ("va", None)


def test_an_organo_to_ask_is_taken_as_its_key() -> None:
    assert read_answer("consultar: Prestaciones Económicas").consultar == "prestaciones_economicas"
