"""The printed pair: two copies that say the same, every Latin letter right, nothing over anything else, same bytes."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.model.survival import Receipt
from daemon.reply import duplicate
from tests.unit.reply.exchange import RECEIPT, ZONE, receipt

LETTERS = [chr(code) for code in range(0xA1, 0x250) if unicodedata.category(chr(code)).startswith("L")]
LONG = "SAN CRISTÓBAL DE LAS CASAS Y DE LA FRONTERA " * 9


def pages(*receipts: Receipt) -> list[Any]:
    with pdfplumber.open(BytesIO(duplicate.print_ready(receipts, ZONE))) as pdf:
        return [page for page in pdf.pages if page.chars]


def copies(one: Receipt) -> tuple[str, str]:
    """The words of the upper and of the lower copy."""
    (page,) = pages(one)
    middle = page.height / 2
    halves = (page.crop((0, 0, page.width, middle)), page.crop((0, middle, page.width, page.height)))
    upper, lower = (half.extract_text() for half in halves)
    return upper, lower


def test_both_copies_say_everything_that_was_received() -> None:
    said = ("Confirmación de recepción — comprobación de supervivencia", "Recibo CS-251201-4M8TZ-1", "735120",
            "Dallas, Texas, Estados Unidos", "30684502179", "ROSALBA DE LEÓN IBÁÑEZ", "22/03/1951", "NO",
            "MATRÍCULA CONSULAR · G40718265", "01/12/2025 14:17 (hora de la Ciudad de México)",
            "1 de junio de 2026 (01/06/2026)", "INSTITUTO MEXICANO DEL SEGURO SOCIAL")  # fmt: skip
    for copy in copies(RECEIPT):
        assert [words for words in said if words not in copy] == []


def test_one_copy_is_the_pensioners_and_the_other_is_signed() -> None:
    upper, lower = copies(RECEIPT)
    assert duplicate.PENSIONER_COPY in upper and duplicate.PENSIONER_COPY not in lower
    assert duplicate.OFFICE_COPY in lower and duplicate.OFFICE_COPY not in upper
    for mark in ("Firma", "Lugar", "Fecha\n"):
        assert mark in f"{lower}\n"
    assert "Firma" not in upper


@pytest.mark.parametrize(("verified", "said", "unsaid"), [
    (False, duplicate.RECEIVED_ONLY, duplicate.VERIFIED), (True, duplicate.VERIFIED, duplicate.RECEIVED_ONLY),
])  # fmt: skip
def test_only_what_the_roster_confirmed_is_called_verified(verified: bool, said: str, unsaid: str) -> None:
    for copy in copies(receipt(verified=verified)):
        assert said in copy and unsaid not in copy


def test_a_repetition_says_so_on_both_copies() -> None:
    assert all(duplicate.REPEATED in copy for copy in copies(receipt(repeated=True)))
    assert not any(duplicate.REPEATED in copy for copy in copies(RECEIPT))


@pytest.mark.parametrize("repeated", [False, True])
def test_the_heading_of_the_signed_copy_stays_within_its_box(repeated: bool) -> None:
    (page,) = pages(receipt(repeated=repeated))
    (line,) = [line for line in page.extract_text_lines() if "EJEMPLAR QUE FIRMA" in line["text"]]
    letters = [char for char in page.chars if abs(char["top"] - line["chars"][0]["top"]) < 1]
    box = max((rect for rect in page.rects if rect["top"] < line["top"] < rect["bottom"]), key=lambda r: r["width"])
    own = [char for char in letters if char["x0"] < box["x1"]]
    assert min(char["x0"] for char in own) > box["x0"] and max(char["x1"] for char in own) < box["x1"]


def test_what_is_not_known_is_a_dash_and_what_imss_wrote_stands_as_written() -> None:
    empty = Receipt("", "", dict.fromkeys(RECEIPT.fields), None, None)
    for copy in copies(empty):
        assert copy.count(duplicate.EMPTY) >= 8
        assert "None" not in copy
    assert all("02/12/2025 a las 14:17" in copy for copy in copies(receipt(received_at="02/12/2025 a las 14:17")))


def test_a_note_is_printed() -> None:
    assert all("Sustituye al anterior." in copy for copy in copies(receipt(note="Sustituye al anterior.")))


def test_each_receipt_has_its_own_page_and_the_file_is_named_after_the_first() -> None:
    second = receipt(number="CS-251201-4M8TZ-2", id_tramite="735121")
    both = pages(RECEIPT, second)
    assert [number in both[i].extract_text() for i, number in enumerate((RECEIPT.number, second.number))] == [True] * 2
    assert duplicate.file_name((RECEIPT, second)) == "comprobante_CS-251201-4M8TZ-1.pdf"


@pytest.mark.parametrize(("changes", "name"), [
    ({"number": ""}, "comprobante_735120.pdf"),
    ({"number": "", "id_tramite": None}, "comprobante.pdf"),
    ({"number": "../../á\r\nX: y"}, "comprobante_Xy.pdf"),
])  # fmt: skip
def test_a_file_name_holds_nothing_but_letters_digits_and_hyphens(changes: dict[str, Any], name: str) -> None:
    assert duplicate.file_name((receipt(**changes),)) == name


@pytest.mark.parametrize(
    "name", ["ŁUKASZ ŐRY", "ÇAĞLA ŞİMŞEK", "Žofia Dvořáková", "Ñuñez Ü", "NGUYỄN THỊ HƯƠNG", "ẞß ŒÆØ"]
)
def test_names_with_any_latin_letters_are_printed_right(name: str) -> None:
    assert all(name in copy for copy in copies(receipt(nombre=name)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=12).map("".join))
def test_every_letter_from_latin_1_to_latin_extended_b_has_its_glyph(name: str) -> None:
    composed = unicodedata.normalize("NFC", name)
    assert all(composed in copy for copy in copies(receipt(nombre=name, apellido_paterno="", apellido_materno="")))


def test_a_letter_that_cannot_be_printed_is_a_box_and_the_copy_says_so() -> None:
    for copy in copies(receipt(nombre="山 ROSALBA")):
        assert "□ ROSALBA DE LEÓN" in copy
        assert "una letra que no se pudo imprimir" in copy


WILD = st.text(st.characters(blacklist_categories=("Cs",)), max_size=300)


@settings(max_examples=10, deadline=None)
@example(LONG, LONG, True)
@example("X" * 200, LONG, False)
@given(st.one_of(st.just(LONG), WILD), st.one_of(st.just(LONG), WILD), st.booleans())
def test_long_values_never_run_over_another_or_off_the_page(long: str, other: str, repeated: bool) -> None:
    fields = dict.fromkeys(RECEIPT.fields, long)
    (page,) = pages(Receipt(other, other, fields, other, RECEIPT.next_due, repeated=repeated, note=other))
    words = page.extract_words(keep_blank_chars=True, x_tolerance=8)
    boxes = sorted((w["x0"], w["x1"], (w["top"] + w["bottom"]) / 2, w["text"]) for w in words)
    assert all(x0 >= 15 and x1 <= page.width - 15 for x0, x1, _, _ in boxes)
    for index, (x0, x1, y, text) in enumerate(boxes):
        for x2, x3, y2, text2 in boxes[index + 1 :]:
            # Two lines of the smallest print are seven points apart.
            assert x2 >= x1 - 1 or x3 <= x0 + 1 or abs(y - y2) > 6, (text, text2)


def test_the_same_receipts_give_the_same_bytes() -> None:
    assert duplicate.print_ready((RECEIPT,), ZONE) == duplicate.print_ready((receipt(),), ZONE)
    assert duplicate.print_ready((RECEIPT,), ZONE) != duplicate.print_ready((receipt(nss="1"),), ZONE)


def test_mailboxes_that_print_at_the_same_time_do_not_mix_their_letters() -> None:
    many = [receipt(number=f"CS-{n}", nombre="".join(LETTERS[n * 7 : n * 7 + 40])) for n in range(24)]
    alone = [duplicate.print_ready((one,), ZONE) for one in many]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda one: duplicate.print_ready((one,), ZONE), many * 3)) == alone * 3


def test_the_file_tells_its_title_and_language_and_carries_its_letters() -> None:
    data = duplicate.print_ready((RECEIPT,), ZONE)
    with pdfplumber.open(BytesIO(data)) as pdf:
        assert RECEIPT.number in pdf.metadata["Title"]
        assert (pdf.metadata["Author"], pdf.metadata["Creator"]) == ("acuse", "acuse")
        assert pdf.doc.catalog["Lang"] == b"es-MX"
        assert {char["fontname"].partition("+")[2] for char in pdf.pages[0].chars} == {"DejaVuSans", "DejaVuSans-Bold"}
        assert {char["non_stroking_color"] for char in pdf.pages[0].chars} <= {(0,), (0, 0, 0)}
    assert len(data) < 40_000
