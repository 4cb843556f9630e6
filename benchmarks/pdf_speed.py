"""How many ordinary one-page forms are read a second, beside pypdfium2's bare text extraction of the same files.

    .venv/bin/python benchmarks/pdf_speed.py --n 200

The forms are seeded, printed with reportlab; every word of every value is checked, so that speed is never bought
with exactness. Reading goes as in the daemon: through PdfReader and its child processes, one file after another with
one worker, then two at a time with two. The processor time, that of the children included, says what a page costs on a
machine that is also doing other things.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from daemon.edge.pdf import PdfReader
from daemon.model.mail import PdfText

NAMES = ("Concepción", "José Ángel", "Ma. Guadalupe", "Itzel", "Ñuño", "Abundio", "Zenaida", "Refugio")
SURNAMES = ("Güereca", "Peña", "Ibarra", "Muñoz", "Xicoténcatl", "De la Cruz", "Ordóñez", "Tzab")
PLACES = ("Chicago, Illinois, Estados Unidos", "Madrid, España", "Montreal, Quebec, Canadá", "Laredo, Texas")


def form(chance: random.Random) -> tuple[bytes, list[str]]:
    """One form with its title, a table of ruled cells and two paragraphs of small print; and the values in it."""
    values = {
        "Fecha de solicitud": f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/2026",
        "Oficina Consular": chance.choice(PLACES),
        "ID Trámite": str(chance.randint(100_000, 999_999)),
        "Número de Seguridad Social": "".join(chance.choices("0123456789", k=11)),
        "Fecha de nacimiento": f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/19{chance.randint(30, 65)}",
        "Ex trabajador IMSS": chance.choice(("Sí", "No")),
        "Nombre(s)": chance.choice(NAMES),
        "Apellido paterno": chance.choice(SURNAMES),
        "Apellido materno": chance.choice(SURNAMES),
        "Tipo de identificación": chance.choice(("Pasaporte", "Matrícula consular", "Credencial para votar")),
        "Folio de la identificación": f"G{chance.randint(10_000_000, 99_999_999)}",
        "Datos de contacto del pensionado": f"+1 {chance.randint(200, 989)} 555 0{chance.randint(100, 199)}",
    }
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    canvas.setFont("Helvetica-Bold", 13)
    canvas.drawCentredString(306, 740, "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA")
    for place, (label, value) in enumerate(values.items()):
        x, y = 60 + 246 * (place % 2), 690 - 40 * (place // 2)
        canvas.rect(x, y - 22, 246, 36)
        canvas.setFont("Helvetica", 7)
        canvas.drawString(x + 4, y + 4, label)
        canvas.setFont("Helvetica", 10)
        canvas.drawString(x + 4, y - 14, value)
    canvas.setFont("Helvetica", 7)
    for line in range(8):
        canvas.drawString(60, 400 - 10 * line, "La persona pensionada comparece ante la oficina consular y acredita.")
    canvas.save()
    return out.getvalue(), list(values.values())


def bare(raw: bytes) -> str:
    """The text of the first page by pypdfium2, in this process and without limits."""
    document = pypdfium2.PdfDocument(raw)
    text: str = document[0].get_textpage().get_text_bounded()
    document.close()
    return text


def timed(name: str, count: int, run: Callable[[], Iterable[object]]) -> list[object]:
    """Run, print pages per second and how long 10,000 would take, give back what came."""
    began = time.perf_counter()
    found = list(run())
    seconds = time.perf_counter() - began
    minutes = 10_000 * seconds / count / 60
    print(f"{name:<42}{count / seconds:>9.1f} pages/s{1000 * seconds / count:>9.2f} ms/page{minutes:>9.1f} min/10,000")
    return found


def main() -> None:
    """Make the forms, read them three ways, and fail when a value was not read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=200, help="how many forms")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    forms = [form(chance) for _ in range(options.n)]
    files = [raw for raw, _ in forms]
    print(f"{options.n} forms, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    timed("pypdfium2, bare text, no limits", options.n, lambda: map(bare, files))
    for workers in (1, 2):
        before, reader = _processor_seconds(), PdfReader(workers=workers)
        with ThreadPoolExecutor(workers) as threads:
            list(threads.map(reader, files[:workers]))
            found = timed(f"PdfReader, {workers} at a time", options.n, lambda t=threads, r=reader: t.map(r, files))
        # The children's processor time is known when they have ended; the start of each is in it.
        reader.close()
        print(f"  {1000 * (_processor_seconds() - before) / options.n:.1f} ms of processor a page")
        wrong = sum(not _has(one, values) for one, (_, values) in zip(found, forms, strict=True))
        if wrong:
            raise SystemExit(f"{wrong} of {options.n} forms were not read exactly")


def _processor_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def _has(found: object, values: list[str]) -> bool:
    assert isinstance(found, PdfText)
    words = {word.text for sheet in found.sheets for word in sheet.words}
    return all(word in words for value in values for word in value.split())


if __name__ == "__main__":
    main()
