"""What OCR promises: a page that is a picture gives words with places and confidence, however it was scanned."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from daemon.edge.pdf import PdfReader
from tests.live.servers import missing

LINES = (
    "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA",
    "Oficina Consular: Laredo, Texas",
    "Fecha de solicitud: 14/11/2026",
    "Nombre: Concepción Apellido paterno: Ibarra",
    "Número de Seguridad Social: 12816177971",
    "Identificación: Pasaporte",
)


@pytest.fixture
def tesseract() -> None:
    """OCR is an optional extra: where it is not installed these tests are skipped, and fail where CI is set."""
    if not shutil.which("tesseract"):
        missing("tesseract", "tesseract-ocr tesseract-ocr-spa")


needs_tesseract = pytest.mark.usefixtures("tesseract")


@pytest.fixture(scope="module")
def reader() -> Iterator[PdfReader]:
    found = PdfReader()
    yield found
    found.close()


def _printed(mode: int = 0) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter)
    canvas.setFont("Helvetica", 14)
    for number, line in enumerate(LINES):
        canvas.drawString(72, 700 - 40 * number, line, mode=mode)
    canvas.save()
    return out.getvalue()


def _picture() -> Image.Image:
    return pypdfium2.PdfDocument(_printed())[0].render(scale=150 / 72).to_pil().convert("L")


def _scan(picture: Image.Image, layer: str = "") -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(picture.width * 72 / 150, picture.height * 72 / 150))
    canvas.drawImage(ImageReader(picture), 0, 0, *canvas._pagesize)
    canvas.drawString(72, 700, layer, mode=3)
    canvas.save()
    return out.getvalue()


@needs_tesseract
@pytest.mark.parametrize("angle", [-1.6, 90.0, 180.0])
def test_a_scan_is_read_though_it_is_skewed_or_turned(reader: PdfReader, angle: float) -> None:
    turned = _picture().rotate(angle, Image.Resampling.BICUBIC, expand=angle >= 90, fillcolor=255)
    found = reader(_scan(turned), ocr=True)
    assert (found.readable, found.fault, found.pages) == ("ocr", None, 1)
    assert "12816177971" in found.text.split()
    sheet = found.sheets[0]
    assert (sheet.width, sheet.height) == (pytest.approx(612, abs=1), pytest.approx(792, abs=1))
    number = next(word for word in sheet.words if word.text == "12816177971")
    assert (number.top + number.bottom) / 2 == pytest.approx(248, abs=14)
    assert 50 < number.sure <= 100


@needs_tesseract
def test_the_invisible_layer_of_a_scan_is_no_word_of_its_sheet(reader: PdfReader) -> None:
    found = reader(_scan(_picture(), layer="99999999999"), ocr=True)
    assert (found.readable, found.notes) == ("ocr", ("texto_oculto",))
    assert "99999999999" not in [word.text for word in found.sheets[0].words]


@needs_tesseract
@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_a_photo_of_a_form_is_read_like_a_scan(reader: PdfReader, kind: str) -> None:
    out = io.BytesIO()
    _picture().save(out, kind)
    found = reader.image(out.getvalue())
    assert found.readable == "ocr"
    assert "12816177971" in found.text.split()


def test_nothing_is_read_by_ocr_unless_it_is_asked_for(reader: PdfReader) -> None:
    assert reader(_scan(_picture())).fault == "escaneado"
    assert reader(_printed(), ocr=True).readable == "text"


@pytest.mark.parametrize("raw", [b"", b"\xff\xd8\xff" + b"x" * 999, b"GIF89a" + b"x" * 99])
def test_what_is_no_picture_has_a_fault_and_never_raises(reader: PdfReader, raw: bytes) -> None:
    assert reader.image(raw).fault in ("truncado", "escaneado")
