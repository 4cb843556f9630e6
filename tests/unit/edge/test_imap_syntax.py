"""What servers answer, read as values: no order of attributes and no line in between is misread."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.edge import imap_large
from daemon.edge.imap_syntax import Part, internal_date, parse, responses, structure


def test_a_message_is_read_whole_whatever_stands_in_it() -> None:
    raw = b'Subject: ") FLAGS (\r\n\r\n* 2 FETCH (UID 9)\r\n'
    data = [(b"1 (UID 5 BODY[] {%d}" % len(raw), raw), b")"]
    assert list(responses(data)) == [{"UID": b"5", "BODY[]": raw}]


def test_attributes_after_the_literal_belong_to_the_same_message() -> None:
    (answer,) = responses([(b"1 (BODY[] {3}", b"abc"), b" UID 5 FLAGS (\\Seen))"])
    assert (answer["UID"], answer["BODY[]"], answer["FLAGS"]) == (b"5", b"abc", [b"\\Seen"])


def test_lines_about_other_messages_are_not_taken_for_this_one() -> None:
    data = [b"7 (FLAGS (\\Seen))", (b"1 (UID 5 BODY[] {3}", b"abc"), b")", b"8 (UID 12 FLAGS ())", None]
    assert [answer.get("BODY[]") for answer in responses(data)] == [None, b"abc", None]


def test_a_section_of_header_fields_keeps_its_name() -> None:
    (answer,) = responses([(b"1 (UID 5 BODY[HEADER.FIELDS (TO SUBJECT)] {2}", b"\r\n"), b")"])
    assert answer["BODY[HEADER.FIELDS (TO SUBJECT)]"] == b"\r\n"


def test_quoted_strings_may_hold_quotes() -> None:
    assert parse(rb'("a \"b\" \\" NIL 12 (c))') == [rb'a "b" ' + b"\\", None, b"12", [b"c"]]


@pytest.mark.parametrize("broken", [b"(", b"(a", b'(a "b', b"a)", b"", b"({9}\r\nabc)"])
def test_an_answer_that_breaks_off_is_an_error_and_never_half_a_value(broken: bytes) -> None:
    with pytest.raises(ValueError, match="respuesta IMAP"):
        parse(broken)


@given(st.binary(max_size=60))
def test_no_answer_is_too_odd_to_be_refused_in_order(wire: bytes) -> None:
    try:
        structure(parse(b"(" + wire + b")"))
    except ValueError as error:
        assert str(error)


def test_arrival_is_told_in_utc_whatever_the_servers_zone() -> None:
    assert internal_date(b"09-Sep-2025 10:30:00 -0600") == datetime(2025, 9, 9, 16, 30, tzinfo=UTC)
    assert internal_date(b" 9-Sep-2025 16:30:00 +0000") == datetime(2025, 9, 9, 16, 30, tzinfo=UTC)


def test_nonsense_for_an_arrival_is_the_epoch_and_no_crash() -> None:
    assert internal_date(b"ayer").year == internal_date(None).year == 1970


def test_a_multipart_is_read_with_numbers_kinds_sizes_and_names() -> None:
    top = structure(
        parse(
            b'((("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 120 3 NIL NIL NIL)'
            b'("text" "html" NIL NIL NIL "7bit" 300 9 NIL NIL NIL) "alternative" ("boundary" "b2") NIL NIL)'
            b'("application" "octet-stream" NIL NIL NIL "base64" 5000 NIL '
            b'("attachment" ("filename" "Acta.PDF")) NIL) "mixed" ("boundary" "b1") NIL NIL)'
        )
    )
    assert (top.kind, top.boundary, top.section) == ("multipart/mixed", b"b1", "")
    alternative, pdf = top.parts
    assert [part.section for part in alternative.parts] == ["1.1", "1.2"]
    assert (pdf.section, pdf.size, pdf.file) == ("2", 5000, "Acta.PDF")
    assert imap_large.wanted(pdf)


def test_what_nobody_reads_is_named_with_its_size_and_left_on_the_server() -> None:
    top = Part("", "image/jpeg", 9_000_000, "foto.jpg")
    assert imap_large.sections(top) == ["HEADER"]
    skeleton = imap_large.rebuild(top, {"HEADER": b"Subject: foto\r\n\r\n"})
    assert skeleton == b"Subject: foto\r\nX-Acuse-Omitido: 9000000\r\n\r\n"


def test_a_description_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="HEADER"):
        imap_large.rebuild(Part("", "text/plain", 3), {})
    with pytest.raises(ValueError, match="frontera"):
        imap_large.rebuild(
            Part("", "multipart/mixed", parts=(Part("1", "text/plain", 3),)), {"HEADER": b"A: b\r\n\r\n", "1.MIME": b""}
        )
