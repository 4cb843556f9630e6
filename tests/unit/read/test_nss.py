"""What finding social security numbers promises: every writing of a good one, none that is wrong or something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from daemon.read import nss

from .makers import ANA, JUAN, LUZ

GOOD = st.from_regex(r"[0-9]{10}", fullmatch=True).map(lambda d: d + str(luhn.calc_check_digit(d))).filter(nss.is_valid)


@st.composite
def writings(draw: st.DrawFn) -> tuple[str, str]:
    """A good number and one of the ways in which people write it."""
    digits = draw(GOOD)
    cuts = sorted(draw(st.sets(st.integers(1, 10), max_size=5)))
    separator = draw(st.sampled_from([" ", "-", ".", " - ", "–", "\u00a0", "/"])) if cuts else ""
    pieces = [digits[a:b] for a, b in zip([0, *cuts], [*cuts, 11], strict=True)]
    label = draw(
        st.sampled_from(["NSS ", "nss: ", "mi número de seguro social es el ", "Núm. de afiliación: ", "N.S.S. "])
    )
    tail = draw(st.sampled_from(["", ".", ", gracias", "\nAna Ruiz Uc", " y no me atienden"]))
    return digits, f"Buenas tardes, {label}{separator.join(pieces)}{tail}"


@given(writings())
@settings(max_examples=200, deadline=None)
def test_any_writing_of_a_good_number_is_found(case: tuple[str, str]) -> None:
    digits, text = case
    assert [n.value for n in nss.find(text) if not n.problem] == [digits]


@given(st.from_regex(r"[0-9]{11}", fullmatch=True).filter(lambda d: not nss.is_valid(d)), st.sampled_from(["", "NSS "]))
@settings(max_examples=200, deadline=None)
def test_no_number_with_a_wrong_check_digit_is_taken(digits: str, label: str) -> None:
    assert [n for n in nss.find(f"{label}{digits}") if not n.problem] == []


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_whatever_is_found_is_good_and_stands_where_it_is_said_to(text: str) -> None:
    for number in nss.find(text):
        assert text[number.start : number.end] == number.raw
        if not number.problem:
            assert nss.is_valid(number.value)


@pytest.mark.parametrize(
    "text",
    [
        f"Mi crédito Infonavit es {ANA}",
        f"folio {ANA}",
        f"el número de guía es {ANA} de Estafeta",
        f"{ANA} es mi número de tarjeta",
        f"Tel. {ANA}",
        f"línea de captura: {ANA}",
        f"+{ANA}",
        f"$ {ANA}",
        f"cuenta bancaria {ANA}",
        f"mi pedido AB{ANA}",
        f"depositaron {ANA} pesos",
    ],
)
def test_other_numbers_of_eleven_digits_are_not_taken(text: str) -> None:
    assert [n for n in nss.find(text) if not n.problem] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"nss{ANA}", ANA),
        (f"soy pensionado del IMSS No. {ANA}.", ANA),
        (f"Mi folio es 4521, mi NSS {ANA}", ANA),
        (f"{ANA} 6675550103", ANA),
        (f"Es el {ANA[:4]} {ANA[4:8]} {ANA[8:]}, gracias", ANA),
        (f"Ana Ruiz Uc · {ANA} · (477) 555-0177", ANA),
        (f"crédito {JUAN} y nss {ANA}", ANA),
        (f"NSS\n{ANA}\nCURP", ANA),
    ],
)
def test_the_nss_is_told_from_the_numbers_beside_it(text: str, value: str) -> None:
    assert [n.value for n in nss.find(text) if not n.problem] == [value]


def test_a_letter_in_place_of_a_digit_is_shown_and_not_taken() -> None:
    number = nss.find("NSS 79917OO96O1")[0]
    assert (number.value, number.raw) == ("79917009601", "79917OO96O1")
    assert number.problem == "lleva la letra O donde va un dígito"


def test_ten_digits_that_are_called_an_nss_are_shown_and_not_taken() -> None:
    assert nss.find(f"mi nss es {ANA[:10]}")[0].problem == "tiene 10 dígitos en vez de 11"


def test_a_wrong_check_digit_is_named() -> None:
    wrong = ANA[:10] + str((int(ANA[10]) + 1) % 10)
    assert nss.find(f"NSS: {wrong}")[0].problem == "su dígito verificador no corresponde"


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        (f"mi nss es {ANA}", "propio"),
        (f"el nss es el mio {ANA}", "propio"),
        (f"La paciente es Rosa Pech, su número de seguro social {ANA}", "de_otra_persona"),
        (f"el NSS de mi mamá es {ANA}", "de_otra_persona"),
        (f"el nss de mi hijo {ANA}", "de_un_hijo"),
        (f"NSS {ANA}", ""),
    ],
)
def test_the_text_says_whose_number_it_is(text: str, owner: str) -> None:
    assert nss.find(text)[0].owner == owner


def test_what_is_said_of_the_first_of_two_numbers_holds_for_the_second() -> None:
    first, second = nss.find(f"Tengo dos números de seguro: {JUAN} y {LUZ}")
    assert (first.labelled, second.labelled) == (True, True)
