"""The mail as bytes: same input, same bytes; threaded, bounded, and safe from what strangers write."""

from __future__ import annotations

import re
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import TemplateFailed
from daemon.model.decision import Disposition
from daemon.model.ids import folio_of
from daemon.model.mail import PersonData
from daemon.reply.clean import escape, last_four, one_line, person_name, plain_as_markdown, subject_of
from daemon.reply.markdown import to_html, to_text
from daemon.reply.message import address, assemble, references
from tests.unit.reply.samples import KEY, NOW, Mail, parsed, petition_of

HOSTILE = [
    "Hola\r\nBcc: todos@victima.example\r\n\r\nCompre",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "**negritas** _y_ [pulse aquí](http://malo.example) ![x](y)",
    "{{ 7*7 }}{% for x in y %}",
    "a" * 300,
    "palabra " * 60,
    "=?utf-8?q?=41?=",
    "\u202egnirahs\u2066\x00\x07",
    "]]]> & &amp; `código` \\ # titulo",
    "ñandú 😀 " * 30,
]


def parts(draft_raw: bytes) -> tuple[EmailMessage, str, str]:
    message = parsed(draft_raw)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return message, text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def test_the_same_input_gives_the_same_bytes(mail: Mail) -> None:
    one = mail("datos_complementarios", asks=("nombre", "nss"))
    two = mail("datos_complementarios", asks=("nombre", "nss"))
    assert one == two
    assert one.raw != mail("datos_complementarios", asks=("nombre", "nss"), ordinal=2).raw


def test_headers_are_those_of_an_automatic_reply_in_the_persons_thread(mail: Mail) -> None:
    thread = ("<cero@correo.example>", "<uno@correo.example>")
    draft = mail("datos_complementarios", asks=("nss",), petition=petition_of(thread=thread))
    message, text, html = parts(draft.raw)
    assert message["From"].addresses[0].display_name == "Atención a Derechohabientes IMSS"
    assert message["From"].addresses[0].addr_spec == "atnder@imss.gob.mx"
    assert message["To"] == "karla@correo.example"
    assert message["Subject"] == draft.subject == "Re: No me surten mi medicamento [AC-250909-7K3FQ]"
    assert message["In-Reply-To"] == "<uno@correo.example>"
    assert message["References"] == "<cero@correo.example> <uno@correo.example>"
    assert message["Message-ID"] == draft.message_id
    assert folio_of(draft.message_id, KEY) == "AC-250909-7K3FQ"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == "es-MX"
    assert parsedate_to_datetime(message["Date"]) == NOW.replace(microsecond=0)
    assert message["Date"].endswith("-0600")
    assert message["Bcc"] is None
    assert message.get_content_type() == "multipart/alternative"
    assert (text, html) == (draft.text, draft.html)
    assert draft.id == "AC-250909-7K3FQ/1"


def test_what_a_person_approves_is_not_called_automatic(mail: Mail) -> None:
    message = parsed(mail("aclaracion", disposition=Disposition.REVISAR).raw)
    assert message["Auto-Submitted"] is None
    assert message["X-Auto-Response-Suppress"] == "All"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("No me surten mi medicamento", "Re: No me surten mi medicamento [AC-250909-7K3FQ]"),
        ("RE: re : RV: Fwd: No me surten", "Re: No me surten [AC-250909-7K3FQ]"),
        ("Re: Mi caso [AC-250909-7K3FQ]", "Re: Mi caso [AC-250909-7K3FQ]"),
        ("", "Necesitamos que nos cuente un poco más [AC-250909-7K3FQ]"),
        (" Re: ", "Necesitamos que nos cuente un poco más [AC-250909-7K3FQ]"),
        ("Vea http://malo.example/x ya", "Re: Vea … ya [AC-250909-7K3FQ]"),
        ("Reclamo: mi pensión", "Re: Reclamo: mi pensión [AC-250909-7K3FQ]"),
    ],
)
def test_the_subject_stays_the_persons_with_our_reference_once(mail: Mail, theirs: str, ours: str) -> None:
    assert mail("aclaracion", petition=petition_of(subject=theirs)).subject == ours


@pytest.mark.parametrize("evil", HOSTILE)
def test_a_hostile_subject_changes_neither_headers_nor_text_nor_html(mail: Mail, evil: str) -> None:
    calm = parsed(mail("aclaracion").raw)
    draft = mail("aclaracion", petition=petition_of(subject=evil))
    message, text, html = parts(draft.raw)
    assert message.keys() == calm.keys()
    assert len(draft.subject) <= 120
    assert draft.subject.endswith("[AC-250909-7K3FQ]")
    assert message["Subject"] == draft.subject
    assert "49" not in text
    assert "<script" not in html
    assert "<img" not in html
    assert "malo.example" not in html
    assert set(re.findall(r"<(\w+)", html)) <= set(re.findall(r"<(\w+)", mail("aclaracion").html))


@pytest.mark.parametrize(
    "evil",
    [*(h for h in HOSTILE if "\x00" not in h), "Ana http://malo.example", "Ana 5512345678", "ana@correo.example"],
)
def test_a_name_that_is_no_name_is_not_said(mail: Mail, evil: str) -> None:
    draft = mail("aclaracion", petition=petition_of(data=PersonData(nombre=evil)))
    assert draft.text.startswith("Estimada persona usuaria:")


def test_a_name_loses_control_and_direction_characters() -> None:
    assert person_name("\u202eAna\x00 \tRuiz\u2066") == "Ana Ruiz"


@pytest.mark.parametrize("name", ["José Ángel Muñoz-Pérez", "Ma. del Carmen O'Farrill Ñu", "LUZ MARÍA", "Ana L."])
def test_real_names_are_said_as_written(name: str) -> None:
    assert person_name(f"  {name} ") == name


@pytest.mark.parametrize("to", ["a@b.mx\r\nBcc: c@d.mx", "a b@c.mx", "sin-arroba", "a@b.mx, c@d.mx", "ñ@ñ.mx", ""])
def test_an_address_that_could_carry_more_than_itself_is_refused(mail: Mail, to: str) -> None:
    with pytest.raises(TemplateFailed):
        mail("aclaracion", to=to)


def test_references_keep_the_first_and_the_last_ids_within_bounds() -> None:
    thread = [f"<{'x' * 60}{n}@correo.example>" for n in range(40)]
    ids = references(thread, thread[5])
    assert ids[0] == thread[0]
    assert ids[-1] == thread[5]
    assert ids[-2] == thread[39]
    assert len(" ".join(ids)) < 900
    assert references(["no es un id", "<a b@c>", "<a@b>\r\nX: y"], None) == ()


def test_every_line_fits_what_servers_bear_and_encoded_words_their_75_characters(mail: Mail) -> None:
    subject = "Señora directora: ñandúes y pingüinos 😀 sin atención médica, ¿cuándo habrá más años así?"
    thread = [f"<{'x' * 70}{n}@correo.example>" for n in range(40)]
    draft = mail("aclaracion", petition=petition_of(subject=subject, thread=tuple(thread)))
    assert draft.raw.isascii()
    head, _, body = draft.raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?[^ ?]+\?[^ ?]*\?=", head))
    assert b"\n" not in draft.raw.replace(b"\r\n", b"")
    assert parsed(draft.raw)["Subject"] == draft.subject


def test_serialised_again_as_senders_do_it_nothing_is_lost(mail: Mail) -> None:
    draft = mail("datos_complementarios", asks=("nss",))
    again = parsed(draft.raw).as_bytes(policy=policy.SMTP.clone(max_line_length=900))
    assert parts(again)[1:] == parts(draft.raw)[1:]


def test_an_id_that_is_none_is_not_answered_to(mail: Mail) -> None:
    draft = mail("aclaracion", in_reply_to="<a@b>\r\nBcc: c@d.mx", petition=petition_of(thread=()))
    assert draft.in_reply_to is None
    assert "In-Reply-To" not in parsed(draft.raw)


def test_a_quoted_display_name_survives() -> None:
    assert address("a@imss.gob.mx", 'Oficina "A"\\B') == '"Oficina \\"A\\"\\\\B" <a@imss.gob.mx>'


@given(st.text(max_size=200))
def test_any_text_comes_through_markdown_as_itself(text: str) -> None:
    line = one_line(text)
    shown = " ".join(to_text(escape(line)).split())
    assert shown == " ".join(line.split())
    html = to_html(escape(line))
    assert set(re.findall(r"<(\w+)", html)) <= {"p"}


@given(st.text(max_size=300))
def test_any_text_of_a_consultant_makes_only_paragraphs_and_links(text: str) -> None:
    html = to_html(plain_as_markdown(text))
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "br", "a"}


@given(st.text(max_size=400))
def test_any_subject_becomes_one_bounded_line_that_comes_back_from_the_header(text: str) -> None:
    subject = subject_of(text, 90)
    assert len(subject) <= 90
    raw = assemble(
        sender="a@imss.gob.mx",
        to="b@c.mx",
        subject=f"Re: {subject} [AC-250909-7K3FQ]",
        now=NOW,
        zone="America/Mexico_City",
        message_id="<x@imss.gob.mx>",
        text="t\n",
        html="<p>t</p>\n",
    )
    head = raw.partition(b"\r\n\r\n")[0]
    names = re.findall(rb"(?m)^([A-Za-z-]+):", head)
    assert names.count(b"Subject") == 1
    assert len(names) == 8


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mi NSS es 16907325605.", "mi NSS es …5605."),
        ("16 90 73 2560 5", "…5605"),
        ("llame al 55 1234 5678", "llame al …5678"),
        ("VADK800101MDFRZR09", "…ZR09"),
        ("el 12 de mayo de 2024 a las 10", "el 12 de mayo de 2024 a las 10"),
    ],
)
def test_numbers_that_identify_a_person_keep_their_last_four(text: str, shown: str) -> None:
    assert last_four(text) == shown
