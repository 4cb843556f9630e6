"""What the sheets of a PDF promise: every word, widget and box where a person sees it, and nothing that nobody sees."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from reportlab.lib.colors import black, white
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from daemon.edge.pdf import PdfReader
from daemon.model.mail import Sheet, Word


@pytest.fixture(scope="module")
def reader() -> Iterator[PdfReader]:
    found = PdfReader()
    yield found
    found.close()


def _pdf(*pages: Callable[[Canvas], None], size: tuple[float, float] = letter) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _label(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 700, "Oficina Consular")
    canvas.rect(70, 660, 200, 30)
    canvas.acroForm.textfield(name="oficina", value="Laredo", x=72, y=662, width=190, height=20)


def _where(sheet: Sheet, text: str) -> Word:
    return next(word for word in sheet.words if word.text == text)


def _texts(sheet: Sheet) -> list[str]:
    return [word.text for word in sheet.words]


def _drawn(reader: PdfReader, draw: Callable[[Canvas], None]) -> Sheet:
    return reader(_pdf(draw)).sheets[0]


def test_words_boxes_and_widgets_stand_in_points_from_the_top_left(reader: PdfReader) -> None:
    sheet = _drawn(reader, _label)
    word = _where(sheet, "Oficina")
    assert (sheet.number, sheet.width, sheet.height) == (1, 612, 792)
    assert (word.x0, word.bottom) == pytest.approx((72, 94), abs=1)
    assert word.size == pytest.approx(10, abs=0.5)
    assert sheet.boxes[0] == pytest.approx((70, 102, 270, 132), abs=0.2)
    field = sheet.fields[0]
    assert (field.name, field.value) == ("oficina", "Laredo")
    assert (field.x0, field.top, field.x1, field.bottom) == pytest.approx((72, 110, 262, 130), abs=2)


def _turned(quarter: int) -> bytes:
    """The page of `_label` scanned in sideways: drawn turned, and turned back by /Rotate."""

    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90 * quarter)
        _lay(canvas, quarter)
        _words_of_label(canvas)

    # The page that is written is of the turned size: reportlab gives the size as it is seen.
    return _pdf(draw)


def _lay(canvas: Canvas, quarter: int) -> None:
    """Turn what is drawn next by quarters against the clock, onto the page of its turned size."""
    canvas.translate(*((0, 0), (792, 0), (612, 792), (0, 612))[quarter])
    canvas.rotate(90 * quarter)


def _words_of_label(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 700, "Oficina Consular")
    canvas.drawString(72, 680, "Laredo, Texas")
    canvas.rect(70, 660, 200, 30)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_page_that_is_turned_back_by_its_rotation_reads_as_if_never_turned(reader: PdfReader, quarter: int) -> None:
    upright = _drawn(reader, _words_of_label)
    assert reader(_turned(quarter)).sheets == (upright,)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_page_drawn_sideways_is_set_upright_by_its_words(reader: PdfReader, quarter: int) -> None:
    def draw(canvas: Canvas) -> None:
        _lay(canvas, quarter)
        _words_of_label(canvas)

    sideways = reader(_pdf(draw, size=(792, 612) if quarter % 2 else letter)).sheets
    assert sideways == (_drawn(reader, _words_of_label),)


def test_a_note_in_the_margin_does_not_turn_the_page(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        _words_of_label(canvas)
        canvas.translate(30, 100)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Hoja uno")

    sheet = _drawn(reader, draw)
    assert (_where(sheet, "Oficina").x0, sheet.width) == (pytest.approx(72, abs=1), 612)
    hoja = _where(sheet, "Hoja")
    assert hoja.x1 == pytest.approx(32, abs=3)
    assert hoja.bottom == pytest.approx(692, abs=1)


def test_what_lies_outside_the_crop_box_is_not_there_and_places_count_from_its_corner(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((50, 100, 562, 742))
        canvas.drawString(72, 700, "dentro")
        canvas.drawString(72, 770, "fuera")

    sheet = _drawn(reader, draw)
    assert _texts(sheet) == ["dentro"]
    assert (sheet.width, sheet.height) == (512, 642)
    assert sheet.words[0].x0 == pytest.approx(22, abs=1)


def test_letters_spaced_out_or_printed_twice_are_one_word(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        canvas.drawString(72, 700, "SOLICITUD FORMAL", charSpace=4)
        canvas.drawString(72, 680, "Apellido Corro")
        canvas.drawString(72.3, 680, "Apellido Corro")
        canvas.drawString(72, 660, "P E N S I O N A D O")
        for cell, digit in enumerate("12816177971"):
            canvas.drawString(72 + 18 * cell, 640, digit)

    assert _texts(_drawn(reader, draw)) == ["SOLICITUD", "FORMAL", "Apellido", "Corro", "PENSIONADO", "12816177971"]


def test_a_name_that_runs_over_into_the_next_cell_is_not_mixed_with_it(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "MARÍA-DE-LOS-ÁNGELES-GUADALUPE")
        canvas.drawString(200, 700, "PEÑA")

    assert _texts(_drawn(reader, draw)) == ["MARÍA-DE-LOS-ÁNGELES-GUADALUPE", "PEÑA"]


def test_a_page_drawn_letter_by_letter_in_no_order_still_has_words(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        places = [(n, line) for line in range(4) for n in range(12)]
        canvas.setFont("Courier", 12)
        for n, line in sorted(places, key=lambda place: (7 * place[0] + 5 * place[1]) % 11):
            canvas.drawString(72 + 7.2 * n, 700 - 20 * line, "Laredo Texas"[n])

    assert _texts(_drawn(reader, draw)) == ["Laredo", "Texas"] * 4


def test_ruling_lines_whole_or_in_pieces_and_thin_bars_make_boxes(reader: PdfReader) -> None:
    def lines(canvas: Canvas) -> None:
        canvas.grid([72, 172, 272], [600, 620, 640])

    def pieces(canvas: Canvas) -> None:
        for x in (72, 172):
            for y in (600, 620):
                canvas.lines([(x, y, x + 100, y), (x, y, x, y + 20), (x + 100, y, x + 100, y + 20)])
                canvas.line(x, y + 20, x + 100, y + 20)

    def bars(canvas: Canvas) -> None:
        for x in (72, 172, 272):
            canvas.rect(x, 600, 0.5, 40, stroke=0, fill=1)
        for y in (600, 620, 640):
            canvas.rect(72, y, 200, 0.5, stroke=0, fill=1)

    for draw in (lines, pieces, bars):
        boxes = _drawn(reader, draw).boxes
        assert len(boxes) == 4
        assert min(boxes) == pytest.approx((72, 152, 172, 172), abs=1)


def test_cells_of_single_digits_are_one_word_though_they_were_filled_in_any_order(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 660, "Seguridad Social")
        for cell in (3, 0, 10, 7, 1, 9, 4, 8, 2, 6, 5):
            canvas.drawString(72 + 15 * cell, 640, "12816177971"[cell])

    assert _texts(_drawn(reader, draw)) == ["Seguridad", "Social", "12816177971"]


def test_a_stamp_across_the_page_is_text_but_no_word_of_any_cell(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 660, "Seguridad Social")
        canvas.translate(72, 640)
        canvas.rotate(20)
        canvas.drawString(0, 0, "RECIBIDO")

    found = reader(_pdf(draw))
    assert _texts(found.sheets[0]) == ["Seguridad", "Social"]
    assert found.text.splitlines() == ["Seguridad Social", "RECIBIDO"]


def test_a_struck_word_is_noted_and_an_underlined_one_is_not(reader: PdfReader) -> None:
    def draw(canvas: Canvas, height: float) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 660, "12816177971")
        canvas.line(70, 660 + height, 140, 660 + height)

    assert reader(_pdf(lambda canvas: draw(canvas, 3.5))).notes == ("tachado",)
    assert reader(_pdf(lambda canvas: draw(canvas, -1.5))).notes == ()


def test_a_word_that_nobody_sees_is_no_word_of_the_sheet_and_is_noted(reader: PdfReader) -> None:
    def invisible(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "oculto", mode=3)

    def pale(canvas: Canvas) -> None:
        canvas.setFillColor(white)
        canvas.drawString(72, 700, "oculto")

    def covered(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "oculto")
        canvas.setFillColor(white)
        canvas.rect(60, 690, 200, 30, stroke=0, fill=1)

    def seen(canvas: Canvas) -> None:
        canvas.setFillColor(black)
        canvas.drawString(72, 650, "visible")

    for hide in (invisible, pale, covered):
        found = reader(_pdf(lambda canvas, hide=hide: (hide(canvas), seen(canvas))))
        assert _texts(found.sheets[0]) == ["visible"]
        assert found.notes == ("texto_oculto",)


def test_white_letters_on_a_dark_band_are_seen(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(60, 690, 200, 30, fill=1)
        canvas.setFillColor(white)
        canvas.drawString(72, 700, "Solicitud")

    found = reader(_pdf(draw))
    assert (_texts(found.sheets[0]), found.notes) == (["Solicitud"], ())


def test_boxes_choices_and_radios_give_what_a_person_sees_marked(reader: PdfReader) -> None:
    def draw(canvas: Canvas) -> None:
        form = canvas.acroForm
        form.checkbox(name="extrabajador", checked=True, x=72, y=700)
        form.checkbox(name="otro", checked=False, x=72, y=670)
        form.radio(name="tipo", value="pasaporte", selected=True, x=72, y=640)
        form.radio(name="tipo", value="matricula", selected=False, x=172, y=640)
        form.choice(name="oficina", value="Laredo", options=["Laredo", "Dallas"], x=72, y=600, width=100, height=20)

    fields = _drawn(reader, draw).fields
    assert [(field.name, field.value) for field in fields] == [
        ("extrabajador", "Yes"),
        ("otro", "Off"),
        ("tipo", "pasaporte"),
        ("tipo", "Off"),
        ("oficina", "Laredo"),
    ]


def test_twenty_pages_become_sheets_and_more_are_noted(reader: PdfReader) -> None:
    found = reader(_pdf(*[lambda canvas: canvas.drawString(72, 700, "hoja")] * 25))
    assert (found.pages, len(found.sheets), found.notes) == (25, 20, ("paginas_sin_leer",))
    assert [sheet.number for sheet in found.sheets] == list(range(1, 21))
