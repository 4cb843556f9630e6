"""What a correction changed is shown so that anybody sees it at a glance."""

from __future__ import annotations

from daemon.reply.difference import as_html, as_text, changed

BEFORE = """Estimado enlace:

Solicitamos su opinión sobre la pensión de viudez de la señora Ruiz, que
pide saber desde cuándo se le paga.

Atentamente"""


def test_words_that_went_and_came_are_marked_where_they_stand() -> None:
    page = as_html(changed(BEFORE, BEFORE.replace("opinión", "respuesta fundada")))
    assert ">opinión</del> <ins" in page and ">respuesta fundada</ins> sobre la pensión" in page
    assert "Estimado" not in page


def test_without_colours_a_paragraph_is_told_as_it_was_and_as_it_is() -> None:
    text = " ".join(as_text(changed(BEFORE, BEFORE.replace("opinión", "respuesta fundada"))).split())
    assert "Decía: Solicitamos su opinión sobre" in text
    assert "Dice: Solicitamos su respuesta fundada sobre" in text


def test_whole_paragraphs_come_and_go() -> None:
    assert as_text(changed(BEFORE, f"{BEFORE}\n\nAnexo la receta.")) == "Se agregó: Anexo la receta."
    assert as_text(changed(f"{BEFORE}\n\nAnexo la receta.", BEFORE)) == "Se quitó: Anexo la receta."


def test_lines_parted_anew_and_a_programs_own_marks_are_no_change() -> None:
    rewritten = BEFORE.replace("Ruiz, que\npide", "Ruiz,\nque pide").replace("opinión", "*opinión*")
    assert changed(BEFORE, rewritten) == ()


def test_nothing_in_a_mail_becomes_html_of_the_notice() -> None:
    assert "<script>" not in as_html(changed("hola", "<script>alert(1)</script>"))


def test_a_long_mail_is_compared_in_bearable_time() -> None:
    before = "no hay medicamento en la farmacia " * 3000
    assert changed(before, before.replace("farmacia", "clínica")) != ()
