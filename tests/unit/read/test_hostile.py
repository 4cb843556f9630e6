"""Mail that is built to hold the reader up, or to bring it down, is read as far as it is good, and soon."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest

from daemon.read import read

from .makers import ATNDER, house, mail, reading

SIZE = 300_000
# Seconds of processor time; a letter takes some hundredths. Generous, since what is meant to be slow takes minutes.
SOON = 8.0
LETTER = "No me surten mi medicamento en la UMF 12 desde hace un mes, quiero poner una queja."
DEEP = "demasiadas_partes"


def soon(raw: bytes) -> float:
    began = time.process_time()
    read(raw, mailbox=ATNDER, house=house())
    return time.process_time() - began


@pytest.mark.parametrize(
    "piece", ["*", ">\n", "\t\n", "NSS: ", "> hola\n", "a@", "El lunes, x escribió:\n", "De: x\n", '"', "_____\n"]
)
def test_a_text_without_end_is_read_soon(piece: str) -> None:
    assert soon(mail(piece * (SIZE // len(piece)))) < SOON


@pytest.mark.parametrize("piece", ["<!--", "<style>", "<p>hola</p>", "<", "<div>", '<a href="http://x.y/">z</a>'])
def test_a_page_without_end_is_read_soon(piece: str) -> None:
    assert soon(mail("<html><body>" + piece * (SIZE // len(piece)), content_type="text/html; charset=utf-8")) < SOON


def test_of_a_text_of_many_megabytes_the_beginning_is_read_and_a_person_looks() -> None:
    found = reading(mail(f"{LETTER}\n" + "año nuevo\n" * 1_600_000))
    assert LETTER in found.text
    assert len(found.text) < SIZE
    assert "año nuevo" in found.text and "Ã" not in found.text
    assert found.faults == ("texto_demasiado_largo",)
    assert any("solo se leyó el principio" in doubt for doubt in found.doubts)


def test_a_long_text_in_many_parts_is_no_longer() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@correo.example", ATNDER, "<1@x>"
    message.set_content(LETTER)
    message.make_mixed()
    for _ in range(50):
        part = EmailMessage()
        part.set_content("hola mundo\n" * 5000)
        message.attach(part)
    found = reading(message.as_bytes())
    assert LETTER in found.text
    assert len(found.text) < SIZE
    assert "texto_demasiado_largo" in found.faults


def test_an_ordinary_text_is_read_whole() -> None:
    found = reading(mail("hola mundo\n" * 2000 + LETTER))
    assert LETTER in found.text
    assert (found.faults, found.doubts) == ((), reading(mail(LETTER)).doubts)


HEAD = b"From: Ana <ana@correo.example>\r\nTo: atnder@imss.gob.mx\r\nSubject: Queja\r\nMessage-ID: <1@x>\r\n"


def nested(depth: int) -> bytes:
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    closed = b"".join(b"\r\n--b%d--\r\n" % n for n in reversed(range(depth)))
    return HEAD + opened + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + LETTER.encode() + closed


@pytest.mark.parametrize("depth", [100, 400, 3000])
def test_parts_in_parts_without_end_are_read_as_far_as_they_go(depth: int) -> None:
    found = reading(nested(depth))
    assert (found.subject, found.sender.email if found.sender else "") == ("Queja", "ana@correo.example")
    assert DEEP in found.faults


@pytest.mark.parametrize("depth", [30, 300, 2000])
def test_messages_in_messages_without_end_are_read_as_far_as_they_go(depth: int) -> None:
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + LETTER.encode() + b"\r\n--b\r\n"
    inner = b"Content-Type: message/rfc822\r\n\r\nFrom: a@x.example\r\nSubject: s\r\n" * depth
    found = reading(head + inner + b"\r\nhola\r\n")
    assert found.subject == "Queja"
    assert LETTER in found.text
    assert DEEP in found.faults


@pytest.mark.parametrize("words", ["(" * 50_000, "dkim=pass " * 20_000, "dkim=pass header.d=x; " * 20_000])
def test_what_a_server_says_without_end_is_not_heard_to_its_end(words: str) -> None:
    assert soon(mail(LETTER, auth=None, extra=(f"Authentication-Results: mx1.imss.gob.mx; {words}",))) < SOON
