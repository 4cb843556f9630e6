"""What the PDF reader promises: words and fields where there are any, else a fault by name, and never a crash."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import pytest
from reportlab.lib.pagesizes import letter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from daemon.edge.pdf import PdfReader

READ = PdfReader()


def _pdf(draw: Callable[[Canvas], None], pages: int = 1, **options: object) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, **options)
    for _ in range(pages):
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _letter(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "Nombre: Concepción Ñáñez Pech")
    canvas.drawString(72, 680, "NSS: 12816177971")


def _form(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "Solicitud")
    canvas.acroForm.textfield(name="nss_asegurado", value="12816177971", x=72, y=640, width=200)


def _one_stream(stream: bytes) -> bytes:
    """A PDF of one page with this compressed content stream."""
    packed = zlib.compress(stream, 1)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%b\nendobj\n" % (number, body)
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + tail


def test_the_text_of_a_pdf_is_read_in_its_lines() -> None:
    found = READ(_pdf(_letter))
    assert found.readable == "text"
    assert found.text == "Nombre: Concepción Ñáñez Pech\nNSS: 12816177971"
    assert found.fault is None


def test_only_the_first_three_pages_are_read_and_all_are_counted() -> None:
    found = READ(_pdf(_letter, pages=5))
    assert found.pages == 5
    assert found.text.count("NSS") == 3


def test_the_values_of_a_form_are_read_though_the_page_does_not_show_them() -> None:
    found = READ(_pdf(_form))
    assert found.readable == "acroform"
    assert found.fields["nss_asegurado"] == "12816177971"
    assert "12816177971" in found.text


def test_the_words_keep_their_places_for_who_reads_printed_forms() -> None:
    words = READ(_pdf(_letter)).sheets[0].words
    assert words[0].text == "Nombre:"
    assert words[0].x0 == pytest.approx(72, abs=1)


def test_a_pdf_that_wants_a_password_is_named_cifrado() -> None:
    locked = _pdf(_letter, encrypt=StandardEncryption("secreto", "otro"))
    assert READ(locked).fault == "cifrado"


def test_a_pdf_that_was_cut_off_is_named_truncado() -> None:
    assert READ(b"%PDF-1.4\n1 0 obj<</Type/Cat").fault == "truncado"


def test_a_scan_is_named_escaneado() -> None:
    found = READ(_pdf(lambda canvas: canvas.rect(10, 10, 500, 700, fill=1)))
    assert (found.readable, found.fault, found.pages) == ("no", "escaneado", 1)


def test_a_huge_file_is_not_even_tried() -> None:
    assert PdfReader(max_bytes=100)(_pdf(_letter)).fault == "enorme"


@pytest.mark.parametrize("raw", [b"", b"hola", b"PK\x03\x04 zip", b"<html>"])
def test_what_is_no_pdf_is_named_so(raw: bytes) -> None:
    assert READ(raw).fault == "no_es_pdf"


def test_a_bomb_that_swells_when_opened_is_stopped_by_its_memory() -> None:
    bomb = _one_stream(b"0 0 m " * 130_000_000)
    assert READ(bomb).fault in ("memoria", "tiempo")


def test_a_file_that_takes_too_long_is_stopped() -> None:
    slow = _one_stream(b"BT /F1 9 Tf (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ET\n" * 40_000)
    assert PdfReader(wall_seconds=1.0)(slow).fault in ("tiempo", "memoria")


def test_damaged_bytes_anywhere_never_raise() -> None:
    good = bytearray(_pdf(_letter))
    for place in range(15, len(good), len(good) // 12):
        damaged = bytes(good[:place]) + b"\x00\xff<<" + bytes(good[place + 4 :])
        found = READ(damaged)
        assert found.fault is None or found.readable == "no"
