"""What the PDF reader promises of files that harm: each ends in its limits, with a name, and costs nothing."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from daemon.edge.pdf import PdfReader

from .test_pdf import _form, _letter, _one_stream, _pdf


@pytest.fixture(scope="module")
def reader() -> Iterator[PdfReader]:
    found = PdfReader(wall_seconds=4.0)
    yield found
    found.close()


def _children(pid: int) -> list[int]:
    """The processes that this one started and that are not yet buried, zombies included."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _own_children() -> set[int]:
    found = set[int]()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread of an earlier test may end between the listing and the reading
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def _resident() -> int:
    """Our own memory in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def _file(*objects: bytes) -> bytes:
    """A PDF without a table of places: readers look for the objects themselves."""
    body = b"".join(b"%d 0 obj%b\nendobj\n" % (number, thing) for number, thing in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
_BOMB = zlib.compress(zlib.compress(b" " * 300_000_000, 9), 9)
HOSTILE = {
    "no_es_pdf": [b"", b"<html><body>Solicitud</body></html>", b"MZ\x90\x00" * 400, b"PK\x03\x04" * 400],
    "truncado": [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + bytes(range(256)) * 200,
        _file(_CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"),
        _file(_CATALOG, *[b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % n for n in range(3, 1300)]),
    ],
    "cifrado": [_pdf(_letter, encrypt=StandardEncryption("secreto", "otro"))],
    "escaneado": [_pdf(lambda canvas: canvas.rect(10, 10, 500, 700, fill=1))],
}


@pytest.mark.parametrize(("fault", "raw"), [(fault, raw) for fault, files in HOSTILE.items() for raw in files])
def test_each_has_its_name(reader: PdfReader, fault: str, raw: bytes) -> None:
    assert reader(raw).fault == fault


def test_a_bomb_in_a_bomb_and_drawings_without_end_are_stopped_by_a_limit(reader: PdfReader) -> None:
    packed = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%b\nendstream" % (len(_BOMB), _BOMB)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>>>"
    pages = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    assert reader(_file(_CATALOG, pages, page, packed)).fault in ("memoria", "tiempo")
    endless = _one_stream(b"BT /F1 9 Tf (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ET\n" * 200_000)
    began = time.monotonic()
    assert reader(endless).fault in ("memoria", "tiempo")
    assert time.monotonic() - began < 10
    assert reader(_pdf(_letter)).readable == "text"


def test_a_form_that_only_restricts_printing_is_read(reader: PdfReader) -> None:
    found = reader(_pdf(_letter, encrypt=StandardEncryption("", "otro", canPrint=0)))
    assert (found.readable, found.text.splitlines()[1]) == ("text", "NSS: 12816177971")


def test_a_wrong_table_of_places_is_mended_and_noted(reader: PdfReader) -> None:
    good = _one_stream(b"BT /F1 9 Tf 72 700 Td (NSS: 12816177971) Tj ET")
    start = good.rindex(b"\nxref") + 1
    wrong = good[: start + 10] + good[start + 10 :].replace(b"00000001", b"00000009")
    moved = good.replace(b"%PDF-1.4\n", b"%PDF-1.4\n%" + b"x" * 77 + b"\n")
    for damaged in (moved, wrong):
        found = reader(damaged)
        assert (found.text, found.fault, found.notes) == ("NSS: 12816177971", None, ("reparado",))


def test_what_a_file_carries_beside_its_pages_is_noted(reader: PdfReader) -> None:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>%b>>"
    text = b"BT /F 9 Tf 72 700 Td (Solicitud) Tj ET"
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    cases = [
        (b"/OpenAction" + script, b"", "javascript"),
        (b"/AA<</WC" + script + b">>", b"", "javascript"),
        (b"/Names<</JavaScript<</Names[(a)" + script + b"]>>>>", b"", "javascript"),
        (b"", b"/AA<</O<</S/GoTo/Next" + script + b">>>>", "javascript"),
        (b"/Names<</EmbeddedFiles<</Names[]>>>>", b"", "incrustados"),
        (b"", b"/Annots[<</Type/Annot/Subtype/FreeText/Rect[72 600 200 620]/Contents(otro)>>]", "anotaciones"),
        (b"/AcroForm<</SigFlags 3/Fields[]>>", b"", "firma"),
    ]
    for catalog, more, note in cases:
        raw = _file(
            b"<</Type/Catalog/Pages 2 0 R%b>>" % catalog,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page % more,
            b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        )
        found = reader(raw)
        assert (found.text, set(found.notes)) == ("Solicitud", {note, "reparado"})


def test_a_form_that_only_adobe_can_show_is_named_xfa(reader: PdfReader) -> None:
    raw = _file(
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA(<xdp/>)>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>",
    )
    assert reader(raw).fault == "xfa"


def test_a_value_unlike_its_picture_is_noted(reader: PdfReader) -> None:
    same = _pdf(_form)
    assert reader(same).notes == ()
    changed = same.replace(b"/V (12816177971)", b"/V (12816177970)")
    assert changed != same
    assert reader(changed).notes == ("valor_distinto",)


def test_a_thousand_pages_are_counted_and_twenty_are_read(reader: PdfReader) -> None:
    kids = b" ".join(b"3 0 R" if number == 0 else b"%d 0 R" % (number + 3) for number in range(1000))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
    found = reader(_file(_CATALOG, b"<</Type/Pages/Count 1000/Kids[%b]>>" % kids, *[page] * 1003))
    assert (found.pages, found.notes) == (1000, ("paginas_sin_leer", "reparado"))


def test_the_daemons_own_memory_stays_flat_over_three_hundred_files(reader: PdfReader) -> None:
    good = [_pdf(_letter), _pdf(_form), _pdf(_letter, pages=12)]
    files = [*good, *(raw for files in HOSTILE.values() for raw in files)]
    for raw in files:
        reader(raw)
    gc.collect()
    before = _resident()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda number: reader(files[number % len(files)]).fault, range(300)))
    gc.collect()
    assert _resident() - before < 8


def test_one_file_leaves_nothing_behind_for_the_next(reader: PdfReader) -> None:
    raw = _pdf(_form)
    first = reader(raw)
    reader(HOSTILE["truncado"][1])
    assert reader(raw) == first


def test_many_threads_may_read_at_once_by_few_children() -> None:
    reader = PdfReader(workers=2)
    before = _own_children()
    raw = _pdf(_letter)
    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(lambda _: reader(raw).text, range(24)))) == 1
    assert len(_own_children() - before) == 2
    reader.close()
    assert _own_children() <= before


def test_a_child_that_dies_is_replaced_and_its_file_read_all_the_same() -> None:
    reader = PdfReader(workers=1)
    before = _own_children()
    raw = _pdf(_letter)
    reader(raw)
    (child,) = _own_children() - before
    os.kill(child, signal.SIGKILL)
    assert reader(raw).readable == "text"
    reader.close()
    assert _own_children() <= before


def test_what_stops_the_daemon_does_not_make_a_file_seem_damaged() -> None:
    reader = PdfReader(workers=1)
    before = _own_children()
    reader(_pdf(_letter))
    for child in _own_children() - before:
        os.kill(child, signal.SIGTERM)
    assert reader(_pdf(_letter)).readable == "text"
    reader.close()


def test_a_closed_reader_still_reads_and_keeps_no_child() -> None:
    reader = PdfReader()
    before = _own_children()
    reader.close()
    assert reader(_pdf(_letter)).readable == "text"
    assert _own_children() <= before


def test_a_fork_reads_by_children_of_its_own() -> None:
    reader = PdfReader()
    raw = _pdf(_letter)
    expected = reader(raw)
    if not (fork := os.fork()):
        same = reader(raw) == expected
        reader.close()
        os._exit(0 if same else 1)
    assert os.waitpid(fork, 0)[1] == 0
    assert reader(raw) == expected
    reader.close()


@pytest.mark.parametrize("end", ["", "import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)"])
def test_no_child_outlives_the_daemon_however_it_ends(end: str) -> None:
    script = "import sys, os; from daemon.edge.pdf import PdfReader; r = PdfReader(); r(sys.stdin.buffer.read());"
    script += "print(*open(f'/proc/self/task/{os.getpid()}/children').read().split(), flush=True);" + end
    done = subprocess.run([sys.executable, "-c", script], input=_pdf(_letter), capture_output=True, check=False)
    assert done.stderr == b""
    child = Path(f"/proc/{int(done.stdout)}")
    deadline = time.monotonic() + 5
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.exists()


def test_a_file_in_reading_ends_with_the_daemon_too() -> None:
    script = "import sys; from daemon.edge.pdf import PdfReader; PdfReader(wall_seconds=60)(sys.stdin.buffer.read())"
    endless = _one_stream(b"0 0 m 9 9 l S\n" * 3_000_000)
    daemon = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
    assert daemon.stdin
    daemon.stdin.write(endless)
    daemon.stdin.close()
    deadline = time.monotonic() + 10
    forks: list[int] = []
    while not forks and time.monotonic() < deadline:
        time.sleep(0.05)
        forks = [fork for child in _children(daemon.pid) for fork in _children(child)]
    daemon.kill()
    daemon.wait()
    (fork,) = forks
    while Path(f"/proc/{fork}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{fork}").exists()
