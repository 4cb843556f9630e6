"""What other people wrote keeps its sense: the breaks that mail programs put in are no line breaks of theirs."""

from __future__ import annotations

from daemon.reply.clean import unwrapped


def test_the_breaks_of_a_mail_program_go_and_those_of_a_person_stay() -> None:
    wrapped = (
        "Se informa que el movimiento posterior se corrigió hoy en el sistema de\n"
        "afiliación, y que la vigencia ya se refleja en la unidad. Para acudir a\n"
        "consulta necesita:\n"
        "- identificación oficial\n"
        "- cartilla\n"
        "\n"
        "Atentamente,\n"
        "Enlace"
    )
    assert unwrapped(wrapped).split("\n") == [
        "Se informa que el movimiento posterior se corrigió hoy en el sistema de afiliación, y que la vigencia ya se "
        "refleja en la unidad. Para acudir a consulta necesita:",
        "- identificación oficial",
        "- cartilla",
        "",
        "Atentamente,",
        "Enlace",
    ]


def test_short_lines_and_whole_paragraphs_are_left_as_they_are() -> None:
    for text in ("Ana López\nNSS 12816177971\nGuadalajara", "una línea muy larga " * 20 + "\nuna línea corta", ""):
        assert unwrapped(text) == text
