"""Pages that are pictures, read by Debian's tesseract with Spanish where it is installed. Only pdf_worker reads so.

What it reads is a proposal for a person: confidence stands beside every word.
"""

from __future__ import annotations

import io
import os
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, ImageOps

DPI = 300
PAGES = 3
MAX_PIXELS = 14_000_000
MAX_SOURCE_PIXELS = 60_000_000
FEW = 12
SURE = 60.0

_ENVIRONMENT = {"PATH": os.defpath + ":/usr/local/bin", "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}

# One word: text, x0, top, x1, bottom, size, sure; lengths in points.
Word = tuple[str, float, float, float, float, float, float]


def is_there() -> bool:
    """Whether tesseract can be run and has Spanish."""
    return b"spa" in _tesseract(["--list-langs"], b"", time.monotonic() + 5).split()


def read_pdf(raw: bytes, deadline: float) -> dict[str, Any]:
    """The first pages of a PDF as read by OCR until the deadline (monotonic seconds)."""
    try:
        document = pypdfium2.PdfDocument(raw)
        return _answer(_rendered(document), deadline, len(document))
    except pypdfium2.PdfiumError:
        return {"notes": []}


def read_image(raw: bytes, deadline: float) -> dict[str, Any]:
    """A photo or scan that came as a picture file: JPEG, PNG or TIFF; the fault's name if it is none."""
    if not is_there():
        return {"fault": "escaneado"}
    Image.MAX_IMAGE_PIXELS = MAX_SOURCE_PIXELS
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "TIFF")) as picture:
            if picture.width * picture.height > MAX_SOURCE_PIXELS:
                return {"fault": "enorme"}
            return _answer(_frames(picture), deadline, getattr(picture, "n_frames", 1))
    except Image.DecompressionBombError:
        return {"fault": "enorme"}
    except (OSError, ValueError, SyntaxError):
        return {"fault": "truncado"}


def _rendered(document: pypdfium2.PdfDocument) -> Iterator[Image.Image]:
    for number in range(min(PAGES, len(document))):
        page = document[number]
        width, height = page.get_size()
        scale = min(DPI / 72, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
        picture = page.render(scale=scale, grayscale=True).to_pil().convert("L")
        yield _scaled(picture, DPI / 72 / scale) if scale < DPI / 72 else picture


def _frames(picture: Image.Image) -> Iterator[Image.Image]:
    """Each picture as a page eleven inches long, because photos say nothing true of their size."""
    for number in range(min(PAGES, getattr(picture, "n_frames", 1))):
        picture.seek(number)
        page = ImageOps.exif_transpose(picture).convert("L")
        yield _scaled(page, 11 * DPI / max(page.size))


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    factor = min(factor, (MAX_PIXELS / (picture.width * picture.height)) ** 0.5)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _answer(pictures: Iterator[Image.Image], deadline: float, pages: int) -> dict[str, Any]:
    sheets: list[dict[str, Any]] = []
    notes: set[str] = set()
    for number, picture in enumerate(pictures, 1):
        if time.monotonic() > deadline:
            notes.add("paginas_sin_leer")
            break
        upright, words = _best(ImageOps.autocontrast(picture), deadline)
        width, height = (round(side * 72 / DPI, 1) for side in upright.size)
        sheets.append({"number": number, "width": width, "height": height, "words": words, "fields": [], "boxes": []})
    if pages > PAGES:
        notes.add("paginas_sin_leer")
    text = "\n".join(_lines(sheet["words"]) for sheet in sheets)
    return {"pages": pages, "text": text, "sheets": sheets, "notes": sorted(notes), "ocr": True}


def _best(picture: Image.Image, deadline: float) -> tuple[Image.Image, list[Word]]:
    """The page set straight and its words; where few are read, the page is tried in the other three directions too."""
    if picture.getextrema()[0] == picture.getextrema()[1]:
        return picture, []
    straight = _straightened(picture)
    best = (straight, _words(straight, deadline))
    if _sure(best[1]) >= FEW:
        return best
    for quarter in (Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270):
        if time.monotonic() > deadline or _sure(best[1]) >= FEW:
            break
        turned = straight.transpose(quarter)
        best = max(best, (turned, _words(turned, deadline)), key=lambda one: _sure(one[1]))
    return best


def _sure(words: list[Word]) -> int:
    """How many words of some length were read with confidence; a page upside down gives short and doubtful ones."""
    return sum(word[6] >= SURE and len(word[0]) >= 3 for word in words)


def _straightened(picture: Image.Image) -> Image.Image:
    """Turned back by up to three degrees, to where its lines are sharpest: ink and gaps in rows differ the most."""
    small = ImageOps.invert(picture.resize((picture.width // 4, picture.height // 4), Image.Resampling.BOX))

    def sharpness(angle: float) -> float:
        rows = small.rotate(angle, Image.Resampling.BILINEAR).resize((1, small.height), Image.Resampling.BOX)
        values = rows.tobytes()
        return sum((one - two) ** 2 for one, two in pairwise(values))

    angle = max((step / 2 for step in range(-6, 7)), key=lambda step: (sharpness(step), -abs(step)))
    angle = max((angle + step / 8 for step in range(-3, 4)), key=lambda step: (sharpness(step), -abs(step)))
    if abs(angle) < 0.2:
        return picture
    return picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)


def _words(picture: Image.Image, deadline: float) -> list[Word]:
    out = io.BytesIO()
    picture.save(out, "PPM")
    table = _tesseract(["-", "-", "-l", "spa", "--psm", "11", "--dpi", str(DPI), "tsv"], out.getvalue(), deadline)
    point = 72 / DPI
    words: list[Word] = []
    for line in table.decode("utf-8", "replace").splitlines()[1:]:
        parts = line.split("\t")
        if len(parts) != 12 or parts[0] != "5" or not any(letter.isalnum() for letter in parts[11]):
            continue
        left, top, width, height = (round(int(part) * point, 1) for part in parts[6:10])
        right, bottom = round(left + width, 1), round(top + height, 1)
        words.append((parts[11].strip(), left, top, right, bottom, height, round(float(parts[10]), 1)))
    return words


def _tesseract(arguments: list[str], data: bytes, deadline: float) -> bytes:
    """What tesseract prints; nothing when it is not installed, fails, or takes too long."""
    try:
        done = subprocess.run(
            ["tesseract", *arguments],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(0.1, deadline - time.monotonic()),
            check=False,
            env=_ENVIRONMENT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def _lines(words: list[Word]) -> str:
    """The words in rows as they stand, since sparse OCR finds them in no order."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word[2] + word[4], word[1])):
        if rows and word[2] + word[4] - rows[-1][0][2] - rows[-1][0][4] < max(6.0, word[5]):
            rows[-1].append(word)
        else:
            rows.append([word])
    return "\n".join(" ".join(word[0] for word in sorted(row, key=lambda word: word[1])) for row in rows)
