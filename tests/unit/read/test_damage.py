"""Broken mails are read as far as they are good, and what was lost is said."""

from __future__ import annotations

from base64 import b64encode

import pytest

from daemon.model.mail import Kind

from .makers import ANA, mail, reading

WORDS = (
    f"Solicito mi cita de oftalmología.\nRosa Pech Uc\nNSS {ANA}\n" + "No me la dan en la UMF 8, por más que voy. " * 4
)


def test_base64_that_was_cut_short_is_read_to_the_cut_and_said_to_be_cut() -> None:
    whole = b64encode(WORDS.encode()).decode()
    read = reading(mail(whole[:121]).replace(b"Encoding: 8bit", b"Encoding: base64"))
    assert (read.data.nss, read.data.nombre) == (ANA, "Rosa Pech Uc")
    assert read.faults == ("texto_truncado",)
    assert any("incompleto" in doubt for doubt in read.doubts)


def test_what_a_scanner_writes_in_clear_below_base64_spoils_nothing() -> None:
    body = b64encode(WORDS.encode()).decode() + "\n-- revisado por el antivirus de la empresa\n"
    read = reading(mail(body).replace(b"Encoding: 8bit", b"Encoding: base64"))
    assert (read.data.nss, read.faults) == (ANA, ())


@pytest.mark.parametrize(
    "encoded", [b64encode(WORDS.encode()).decode(), WORDS.replace("í", "=C3=AD").replace("á", "=C3=A1")]
)
def test_an_encoding_that_the_headers_do_not_name_is_seen(encoded: str) -> None:
    read = reading(mail(encoded))
    assert "oftalmología" in read.text
    assert read.data.nss == ANA


def test_parts_under_another_boundary_than_the_declared_one_are_read() -> None:
    body = f"--verdadero\nContent-Type: text/plain; charset=utf-8\n\n{WORDS}\n--verdadero--\n"
    read = reading(mail(body, content_type="multipart/alternative; boundary=otro"))
    assert (read.data.nss, read.data.nombre) == (ANA, "Rosa Pech Uc")


def test_a_multipart_without_parts_is_one_text() -> None:
    assert reading(mail(WORDS, content_type="multipart/mixed; boundary=otro")).data.nss == ANA


def test_invisible_letters_of_html_are_taken_out_of_numbers() -> None:
    split = "&#8203;".join([ANA[:4], ANA[4:8], ANA[8:]])
    read = reading(mail(f"<p>Rosa Pech Uc</p><p>NSS&nbsp;{split}</p>", content_type="text/html; charset=utf-8"))
    assert (read.kind, read.data.nss) == (Kind.PETICION, ANA)
