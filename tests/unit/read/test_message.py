"""The whole of reading: any bytes become a Reading or Unreadable, and nothing a person wrote is lost on the way."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.errors import Unreadable
from daemon.model.mail import Accounts, PdfText
from daemon.read import keys, plain, read

from .makers import ANA, ATNDER, CONTRIBUYENTE, house, mail, reading

WORDS = "Señora, la atención del niño fue pésima. ¿Quién responde?"
HEAD = "From: a@correo.example\r\nTo: atnder@imss.gob.mx\r\nSubject: x\r\nMessage-ID: <1@x>\r\n"


def _body(payload: bytes, charset: str | None, encoding: str = "8bit") -> bytes:
    kind = f"Content-Type: text/plain; charset={charset}\r\n" if charset else ""
    return f"{HEAD}{kind}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + payload


@pytest.mark.parametrize(
    ("charset", "payload"),
    [
        ("utf-8", WORDS.encode()),
        ("iso-8859-1", WORDS.encode("latin-1")),
        ("iso-8859-1", WORDS.encode()),
        ("iso-8859-1", WORDS.encode("cp1252")),
        ("us-ascii", WORDS.encode()),
        ("us-ascii", WORDS.encode("latin-1")),
        ("utf-8", WORDS.encode("latin-1")),
        ("x-user-defined", WORDS.encode()),
        ("no-such-charset", WORDS.encode("cp1252")),
        ("rot13", WORDS.encode()),
        (None, WORDS.encode("latin-1")),
        (None, WORDS.encode()),
        ("utf-8", WORDS.encode().decode("cp1252").encode()),
        ("utf-8", b"\xef\xbb\xbf" + WORDS.encode()),
    ],
)
def test_letters_come_out_right_whatever_the_label_says(charset: str | None, payload: bytes) -> None:
    assert reading(_body(payload, charset)).text.strip() == WORDS


def test_utf_16_is_read_with_and_without_a_mark() -> None:
    for payload in (WORDS.encode("utf-16"), WORDS.encode("utf-16-le")):
        assert reading(_body(b64encode(payload), "utf-16", "base64")).text.strip() == WORDS


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("=?utf-8?B?ww==?=\r\n =?utf-8?B?iSBuZWNlc2FyaW8=?=", "É necesario"),
        ("=?iso-8859-1?Q?Atenci=F3n_p=E9sima?=", "Atención pésima"),
        ("=?utf-8?Q?Atenci=C3=B3n?= en la =?utf-8?Q?cl=C3=ADnica?=", "Atención en la clínica"),
        ("Atención pésima", "Atención pésima"),
        ("=?no-such?Q?hola_=F1?=", "hola ñ"),
        ("=?utf-8?B?%%%?=", ""),
        ("uno\r\n dos", "uno dos"),
    ],
)
def test_subjects_are_decoded_however_they_are_cut(field: str, words: str) -> None:
    assert reading(f"From: a@b.example\r\nSubject: {field}\r\n\r\nhola".encode()).subject == words


def test_a_raw_eight_bit_sender_keeps_the_accents() -> None:
    raw = "From: Concepción Muñoz <c@correo.example>\r\nTo: atnder@imss.gob.mx\r\n\r\nNo hay citas".encode("latin-1")
    read_ = reading(raw)
    assert read_.author is not None
    assert (read_.author.name, read_.author.email) == ("Concepción Muñoz", "c@correo.example")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('"Pech, Rosa" <R@Correo.example>', "Pech, Rosa"),
        ("r@correo.example (Rosa Pech)", "Rosa Pech"),
        ("=?utf-8?Q?Pech=2C_Rosa?= <r@correo.example>", "Pech, Rosa"),
        ("'r@correo.example' <r@correo.example>", ""),
        ("<r@correo.example>", ""),
    ],
)
def test_senders_are_read_in_every_form(field: str, name: str) -> None:
    author = reading(f"From: {field}\r\nSubject: x\r\n\r\nhola".encode()).author
    assert author is not None
    assert (author.email, author.name) == ("r@correo.example", name)


def test_html_alone_is_read_with_its_lines_and_without_what_is_hidden() -> None:
    body = "<style>p{}</style><p>No hay <b>citas</b></p><div style='display:none'>xyz</div><p>Rosa Pech Uc</p>"
    found = reading(mail(body, content_type="text/html; charset=utf-8"))
    assert found.text.split("\n") == ["No hay citas", "", "Rosa Pech Uc"]
    assert found.data.nombre == "Rosa Pech Uc"


def test_the_quote_of_an_html_mail_is_told_from_the_answer() -> None:
    quote = "<div class='gmail_quote'><div>El mar, Ana escribió:</div><blockquote>Indique</blockquote></div>"
    body = f"<div>Es el 5</div>{quote}"
    found = reading(mail(body, content_type="text/html; charset=utf-8", subject="Re: x"))
    assert (found.fresh, "Indique" in found.text, "Indique" in found.quoted) == ("Es el 5", True, True)


def test_html_that_is_nested_to_break_converters_is_still_read() -> None:
    body = "<div>" * 20_000 + "No hay citas" + "</div>" * 20_000
    assert "No hay citas" in reading(mail(body, content_type="text/html; charset=utf-8")).text


def test_flowed_lines_become_paragraphs_again() -> None:
    text = reading(
        mail("No hay \ncitas en \nla clínica\nGracias", content_type="text/plain; format=flowed; charset=utf-8")
    ).text
    assert text == "No hay citas en la clínica\nGracias"


ATTACHED = """--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8

Adjunto mi documento
--c
Content-Type: text/html; charset=utf-8

<p>Adjunto mi documento</p>
--c--
--b
Content-Type: application/octet-stream; name*=utf-8''constancia%20a%C3%B1o.pdf
Content-Disposition: attachment
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b
Content-Type: image/heic; name="IMG_1.HEIC"
Content-Disposition: attachment; filename="IMG_1.HEIC"
Content-Transfer-Encoding: base64

AAAA
--b
Content-Type: application/ms-tnef; name="winmail.dat"
Content-Transfer-Encoding: base64

eJ8+
--b--
"""
PDF = f"CONSTANCIA\nNombre: Rosa Pech Uc\nNSS: {ANA}\nLa asegurada solicita la corrección de sus semanas cotizadas"


def test_attachments_are_listed_and_only_pdfs_are_opened() -> None:
    asked: list[bytes] = []

    def pdf(raw: bytes) -> PdfText:
        asked.append(raw)
        return PdfText("text", PDF, 1)

    found = read(mail(ATTACHED, content_type="multipart/mixed; boundary=b"), mailbox=None, house=house(), read_pdf=pdf)
    assert [(a.file, a.content_type, a.readable) for a in found.attachments] == [
        ("constancia año.pdf", "application/pdf", "text"),
        ("IMG_1.HEIC", "image/heic", "no"),
        ("winmail.dat", "application/ms-tnef", "no"),
    ]
    assert asked == [b"%PDF-1.4\n"]
    assert (found.origin, found.data.nss, found.data.nombre) == ("adjunto", ANA, "Rosa Pech Uc")
    assert found.found["nss"][0].where == "adjunto"
    assert "semanas cotizadas" in found.fresh


def test_own_words_go_before_those_of_an_attachment() -> None:
    raw = mail(ATTACHED.replace("Adjunto mi documento", "No me dan cita en la UMF 9 desde marzo.\nLuis Gil Soto"))
    raw = raw.replace(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-T",
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-T",
        1,
    )
    found = read(raw, mailbox=None, house=house(), read_pdf=lambda _: PdfText("text", PDF, 1))
    assert (found.origin, found.data.nombre) == ("propio", "Luis Gil Soto")


def test_a_pdf_that_cannot_be_read_is_listed_with_its_fault() -> None:
    raw = mail(ATTACHED, content_type="multipart/mixed; boundary=b")
    found = read(raw, mailbox=None, house=house(), read_pdf=lambda _: PdfText("no", fault="cifrado"))
    assert found.attachments[0].fault == "cifrado"
    assert found.origin == "propio"


def test_the_mailbox_is_where_it_was_delivered_else_our_account_among_the_addressed() -> None:
    assert reading(mail("x", delivered=CONTRIBUYENTE)).mailbox == CONTRIBUYENTE
    raw = f"From: a@b.example\r\nTo: otro@b.example, {CONTRIBUYENTE}\r\n\r\nx".encode()
    assert reading(raw).mailbox == CONTRIBUYENTE
    assert read(raw, mailbox="MUJER@imss.gob.mx", house=Accounts()).mailbox == "mujer@imss.gob.mx"


def test_the_moment_is_that_of_our_server_else_the_senders_else_one_before_all_mail() -> None:
    assert reading(mail("x")).received_at == datetime(2025, 9, 1, 15, 30, tzinfo=UTC)
    raw = b"From: a@b.example\r\nDate: Mon, 01 Sep 2025 09:00:00 -0600\r\n\r\nx"
    assert reading(raw).received_at == datetime(2025, 9, 1, 15, 0, tzinfo=UTC)
    assert reading(b"From: a@b.example\r\nDate: ayer\r\n\r\nx").received_at == datetime(1990, 1, 1, tzinfo=UTC)
    assert reading(b"From: a@b.example\r\nDate: Tue, 01 Jan 1901 00:00:00 +0000\r\n\r\nx").received_at.year == 1990
    given = datetime(2025, 1, 1, tzinfo=UTC)
    assert read(mail("x"), mailbox=None, house=house(), received_at=given).received_at == given


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        (["mx1.imss.gob.mx; dmarc=pass header.from=correo.example"], "pass"),
        (["mx1.imss.gob.mx; dmarc=pass"], "pass"),
        (["mx1.imss.gob.mx; dmarc=pass header.from=otro.example"], "none"),
        (["mx1.imss.gob.mx; spf=pass smtp.mailfrom=correo.example"], "pass"),
        (["mx1.imss.gob.mx; dkim=pass header.d=correo.example; spf=fail smtp.mailfrom=otro.example"], "pass"),
        (["mx1.imss.gob.mx; spf=pass smtp.mailfrom=otro.example"], "none"),
        (["mx1.imss.gob.mx; dmarc=fail header.from=correo.example; spf=pass smtp.mailfrom=correo.example"], "fail"),
        (["mx1.imss.gob.mx; spf=fail smtp.mailfrom=correo.example; dkim=none"], "fail"),
        (["mx.ajeno.example; dmarc=pass header.from=correo.example"], "none"),
        (["spf=pass smtp.mailfrom=correo.example; dmarc=pass"], "none"),
        (["mx1.imss.gob.mx; spf=fail smtp.mailfrom=<>; dmarc=fail"], "fail"),
        (["mx1.imss.gob.mx; dmarc=fail", "mx1.imss.gob.mx; dmarc=pass header.from=correo.example"], "fail"),
        (["mx1.imss.gob.mx; spf=pass smtp.mailfrom=correo.example", "mx1.imss.gob.mx; dkim=none"], "pass"),
        (["((((", "mx1.imss.gob.mx;;;=", ""], "none"),
        ([], "none"),
    ],
)
def test_only_our_own_server_says_whether_a_sender_is_genuine(fields: list[str], verdict: str) -> None:
    extra = tuple(f"Authentication-Results: {field}" for field in fields)
    assert reading(mail("x", auth=None, extra=extra)).authentic == verdict


def test_the_same_mail_to_two_accounts_has_one_digest_and_other_words_another() -> None:
    one, other = mail("No hay citas"), mail("No  hay\ncitas", delivered=CONTRIBUYENTE)
    assert reading(one).digest == reading(other).digest
    assert reading(one).digest != reading(mail("Sí hay citas")).digest


def test_two_persons_without_message_id_who_write_the_same_are_not_one() -> None:
    ids = {reading(f"From: {who}@b.example\r\n\r\nayuda".encode()).message_id for who in ("a", "b")}
    assert len(ids) == 2


def test_the_thread_and_our_reference_are_kept_for_whoever_decides_belonging() -> None:
    extra = ("In-Reply-To: <ac-250909-7k3fq-1-0123456789ab@imss.gob.mx>", "References: <a@x> <b@x>")
    found = reading(mail("Mi referencia es ac-250909-7k3fq", extra=extra))
    assert found.thread == ("<ac-250909-7k3fq-1-0123456789ab@imss.gob.mx>", "<b@x>", "<a@x>")
    assert found.tokens == ("AC-250909-7K3FQ",)
    assert keys(found).thread == found.thread
    assert keys(found).address == "ana.ruiz@correo.example"


def test_an_nss_that_is_only_quoted_is_taken_with_a_doubt() -> None:
    body = f"Sigo esperando\n\nEl lun, 1 sep 2025 a las 9:00, Ana <ana.ruiz@correo.example> escribió:\n> NSS {ANA}"
    found = reading(mail(body, subject="Re: x"))
    assert (found.data.nss, found.found["nss"][0].where) == (ANA, "cita")
    assert found.doubts


def test_english_is_noticed() -> None:
    assert reading(mail("Dear Sir, could you tell us whether we may enroll, please? Thank you")).language == "en"
    assert reading(mail("Buenas tardes, quiero saber de mi pensión")).language == "es"


@pytest.mark.parametrize("raw", [b"", b"   \r\n\r\n", b"\n\n\n"])
def test_nothing_at_all_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        reading(raw)


def test_plain_makes_equal_for_people_equal() -> None:
    assert plain("  ÁRBOL\u00a0de  la   Ñ ") == "arbol de la n"


SEEDS = [
    mail("No hay citas\nRosa Pech Uc\nNSS 1281 6177 971"),
    mail(ATTACHED, content_type="multipart/mixed; boundary=b"),
    mail("<div>Es el 5<blockquote type=cite>x</blockquote></div>", content_type="text/html; charset=iso-8859-1"),
    mail(
        "--b\nContent-Type: message/rfc822\n\nFrom: x@y.example\nSubject: z\n\nhola\n--b--",
        content_type="multipart/mixed; boundary=b",
    ),
    mail(
        "--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--",
        content_type="multipart/report; boundary=b",
    ),
    mail(
        "Atiendan\n\n---------- Forwarded message ---------\nDe: R <r@x.example>\nDate: hoy\n\nhola",
        sender="s@imss.gob.mx",
    ),
    mail("=?utf-8?B?ww==?= (((", subject='=?utf-8?Q?"Pech, Rosa?=', sender='"=?utf-8?Q?Pech=2C?= (x" <r@x.example>'),
]


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.binary(max_size=12)), min_size=1, max_size=6),
)
@settings(max_examples=200, deadline=None)
def test_damaged_mail_is_read_or_unreadable_and_nothing_else(raw: bytes, cuts: list[tuple[float, int, bytes]]) -> None:
    for place, length, put in cuts:
        at = int(place * len(raw))
        raw = raw[:at] + put + raw[at + length :]
    try:
        found = read(raw, mailbox=None, house=house())
    except Unreadable:
        return
    assert found.text.encode("utf-8") is not None
    assert found.received_at.tzinfo is not None


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_unreadable(raw: bytes) -> None:
    try:
        assert read(raw, mailbox=ATNDER, house=house()).mailbox == ATNDER
    except Unreadable:
        return
