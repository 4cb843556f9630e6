"""PDFs that no one sends in good faith, or that broke on their way: each small, and made in a moment.

`HOSTILE` maps a name to what makes it; what the product answers to each is for its tests to say.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from .generate import make

_MEGABYTE = 1 << 20


def good() -> bytes:
    """A faultless form on one page, to compare with and to break."""
    return next(
        document.pdf
        for number in range(1000)
        if (document := make(3, number, "circular")).forms[0].confirmable and not document.forms[0].traps
    )


def encrypted(*, owner_only: bool = False) -> bytes:
    """A form that opens with a password; `owner_only`: it opens without, and only printing is forbidden."""
    locked = StandardEncryption("" if owner_only else "secreto", ownerPassword="otro", canPrint=0, strength=128)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=locked)
    canvas.drawString(50, 740, "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA")
    canvas.drawString(50, 700, "NSS (Número de Seguridad Social): 16907325605")
    canvas.save()
    return buffer.getvalue()


def truncated(share: float = 0.6) -> bytes:
    """The first part of a form, as when the connection broke."""
    pdf = good()
    return pdf[: int(len(pdf) * share)]


def javascript() -> bytes:
    """A form whose catalogue runs a script when it is opened, and asks to launch a program."""
    script = b"/OpenAction << /S /JavaScript /JS (app.alert\\('hola'\\);) >>"
    launch = b"/AA << /WC << /S /Launch /F (cmd.exe) >> >>"
    return _document([_TITLE, b"NSS \\(Numero de Seguridad Social\\): 16907325605"], catalogue=script + b" " + launch)


def image_only() -> bytes:
    """A scan: one picture, no text."""
    return make(3, 0, "escaneada").pdf


def thousand_pages(count: int = 1000) -> bytes:
    """As many pages with the same line; the form is the last one that anybody would look at."""
    return _document([b"Hoja sin nada que decir."], pages=count)


def stream_bomb(megabytes: int = 400) -> bytes:
    """A page of which the stream unpacks to so much white space."""
    return _document([], content=_blanks(megabytes), filters=b"/FlateDecode")


def stream_bomb_twice(megabytes: int = 2000) -> bytes:
    """A bomb in a bomb: a few kilobytes that unpack, twice, to gigabytes."""
    return _document([], content=zlib.compress(_blanks(megabytes), 9), filters=b"[/FlateDecode /FlateDecode]")


def _blanks(megabytes: int) -> bytes:
    """So much white space, packed in a moment: after a full flush a block stands alone, so it may be repeated."""
    packer = zlib.compressobj(9)
    first = packer.compress(b" " * _MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + first[2:] * (megabytes - 1)  # Two bytes are the header, which stands once.


def letter_bomb(letters: int = 3_000_000) -> bytes:
    """A page of millions of letters, each with a place of its own for a reader to keep."""
    line = b"(" + b"A" * 1000 + b") Tj\n"
    return _document(
        [], content=zlib.compress(b"BT /F1 1 Tf 10 10 Td\n" + line * (letters // 1000) + b"ET"), filters=b"/FlateDecode"
    )


def path_bomb(strokes: int = 1_500_000) -> bytes:
    """A page of as many strokes, which somebody might try to join to boxes."""
    return _document([], content=zlib.compress(b"1 1 m 2 2 l S\n" * strokes, 9), filters=b"/FlateDecode")


def page_loop() -> bytes:
    """A page tree that holds itself."""
    return _file([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 3 /Kids [2 0 R 2 0 R 2 0 R] >>"])


def deep_nest(depth: int = 60_000) -> bytes:
    """Brackets in brackets, for a parser that calls itself."""
    return _file(
        [b"<< /Type /Catalog /Pages 2 0 R /Deep " + b"[" * depth + b"]" * depth + b" >>", _pages([3]), _page(4)]
    )


def field_loop() -> bytes:
    """A fillable field that is its own child."""
    form = b"/AcroForm << /Fields [6 0 R] >>"
    looped = b"<< /FT /Tx /T (nss) /V (16907325605) /Kids [6 0 R] /Parent 6 0 R >>"
    return _document([_TITLE], catalogue=form, more=[looped])


def huge_page() -> bytes:
    """A page of a size that no renderer should try: some fifty kilometres."""
    return _document([_TITLE], box=b"[0 0 140000000 140000000]")


def form_in_form(depth: int = 40) -> bytes:
    """Drawings that each draw the next one ten times: small to say, without end to draw."""
    content = b"/X0 Do"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", _pages([3])]
    drawn = b"/Resources << /XObject << /X0 5 0 R >> >>"
    objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %s >>" % drawn)
    objects.append(_stream(content))
    for number in range(depth):
        following = 6 + number if number + 1 < depth else 5
        draws = b"/X Do " * 10
        head = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>" % following
        objects.append(_stream(draws, head))
    return _file(objects)


_TITLE = b"SOLICITUD DE COMPROBACION DE SUPERVIVENCIA"

HOSTILE: dict[str, Callable[[], bytes]] = {
    "cifrado": encrypted,
    "cifrado_solo_permisos": lambda: encrypted(owner_only=True),
    "truncado": truncated,
    "truncado_al_inicio": lambda: truncated(0.1),
    "sin_inicio": lambda: good()[200:],
    "javascript": javascript,
    "solo_imagen": image_only,
    "mil_paginas": thousand_pages,
    "bomba": stream_bomb,
    "bomba_doble": stream_bomb_twice,
    "bomba_de_letras": letter_bomb,
    "bomba_de_trazos": path_bomb,
    "arbol_sin_fin": page_loop,
    "anidado": deep_nest,
    "campo_sin_fin": field_loop,
    "hoja_enorme": huge_page,
    "dibujo_en_dibujo": form_in_form,
    "vacio": lambda: b"",
    "solo_cabecera": lambda: b"%PDF-1.7\n",
    "no_es_pdf": lambda: b"PK\x03\x04 esto es otra cosa" * 50,
    "html": lambda: b"<html><body>SOLICITUD DE COMPROBACION DE SUPERVIVENCIA</body></html>",
    "basura_tras_la_cabecera": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 200,
}


def _document(
    lines: Iterable[bytes], *, content: bytes | None = None, filters: bytes = b"", pages: int = 1,
    catalogue: bytes = b"", box: bytes = b"[0 0 612 792]", more: Iterable[bytes] = (),
) -> bytes:  # fmt: skip
    """A PDF by hand: so many pages with the same content, which is either lines of text or a packed stream."""
    if content is None:
        shown = b" ".join(b"(%s) Tj 0 -20 Td" % line for line in lines)
        content = b"BT /F1 10 Tf 50 740 Td %s ET" % shown
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    after = list(more)
    numbers = [6 + len(after) + place for place in range(pages)]
    objects = [b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue, _pages(numbers), font]
    objects += [_stream(content, b"/Filter %s" % filters if filters else b""), b"null", *after]
    return _file([*objects, *[_page(4, box)] * pages])


def _pages(numbers: list[int]) -> bytes:
    return b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(numbers), b" ".join(b"%d 0 R" % n for n in numbers))


def _page(content: int, box: bytes = b"[0 0 612 792]") -> bytes:
    resources = b"/Resources << /Font << /F1 3 0 R >> >>"
    return b"<< /Type /Page /Parent 2 0 R /MediaBox %s %s /Contents %d 0 R >>" % (box, resources, content)


def _stream(content: bytes, head: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(content), content)


def _file(objects: Iterable[bytes]) -> bytes:
    """The objects, numbered from 1, with their table; the first is the catalogue."""
    pdf, places = bytearray(b"%PDF-1.7\n"), []
    for number, thing in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    table = len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    pdf += b"".join(b"%010d 00000 n \n" % place for place in places)
    pdf += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, table)
    return bytes(pdf)
