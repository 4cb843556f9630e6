"""What a draft carries while it lies for review, and what may leave of the copy that a person approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import ApprovalUnusable
from daemon.model.outgoing import Place
from daemon.send import private, words
from tests.unit.send.drafts import COUNTING, NOW, PERSON, client_copy, draft, ficha

DRAFT = draft()


def parsed(raw: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(raw, policy=policy.default))


def test_a_laid_draft_is_what_would_be_sent_plus_bcc_and_private_header() -> None:
    laid = private.for_folder(draft())
    assert laid.endswith(draft().raw)
    assert parsed(laid)["Bcc"] == COUNTING
    assert parsed(laid)["X-Acuse-Borrador"] == draft().id


def test_a_laid_ficha_carries_its_own_header_and_no_bcc() -> None:
    laid = parsed(private.ficha_for_folder(ficha()))
    assert laid["X-Acuse-Ficha"] == ficha().id
    assert laid["Bcc"] is None


def test_an_untouched_draft_leaves_byte_for_byte_as_it_was_composed() -> None:
    raw, text = private.prepare_approved(private.for_folder(draft()), draft())
    assert raw == draft().raw
    assert text == draft().text


def test_edits_leave_exactly_as_they_stand() -> None:
    raw, text = private.prepare_approved(client_copy(draft()), draft())
    assert "Nos falta su NSS y su nombre completo." in text
    assert raw.split(b"\r\n\r\n", 1)[1] == client_copy(draft()).split(b"\r\n\r\n", 1)[1]


def test_nothing_private_and_nothing_of_the_client_leaves() -> None:
    raw, _ = private.prepare_approved(client_copy(draft()), draft())
    names = {name.lower() for name in parsed(raw)}
    assert names == {
        "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
        "mime-version", "content-type",
    }  # fmt: skip
    assert COUNTING.encode() not in raw


def test_identity_and_thread_are_ours_again_after_a_client_dropped_them() -> None:
    raw, _ = private.prepare_approved(client_copy(draft()), draft())
    for name in ("From", "To", "Message-ID", "In-Reply-To", "References"):
        assert parsed(raw)[name] == parsed(draft().raw)[name]


def test_an_edited_subject_is_kept() -> None:
    copy = client_copy(draft(subject="Sus datos, por favor [AC-250909-7K3FQ]"))
    raw, _ = private.prepare_approved(copy, draft())
    assert parsed(raw)["Subject"] == "Sus datos, por favor [AC-250909-7K3FQ]"


def test_the_date_is_set_when_the_mail_leaves() -> None:
    at = datetime(2025, 9, 10, 15, 0, tzinfo=UTC)
    raw, _ = private.prepare_approved(private.for_folder(draft()), draft(), at=at)
    assert parsed(raw)["Date"].datetime == at
    assert private.dated(raw, NOW) == draft().raw.replace(b"-0000", b"+0000")


def test_a_mail_without_date_gets_one() -> None:
    assert parsed(private.dated(b"Subject: x\r\n\r\nhola", NOW))["Date"].datetime == NOW


@pytest.mark.parametrize("header", ["To", "Cc", "Bcc"])
def test_another_recipient_is_refused_with_what_to_do(header: str) -> None:
    copy = f"{header}: Otra <otra@correo.example>\r\n".encode() + private.for_folder(draft())
    with pytest.raises(ApprovalUnusable, match=r"otra@correo\.example") as refusal:
        private.prepare_approved(copy, draft())
    assert PERSON in refusal.value.cure and COUNTING in refusal.value.cure


def test_the_same_person_written_otherwise_is_the_same_person() -> None:
    copy = client_copy(draft()).replace(f"Ana <{PERSON}>".encode(), PERSON.upper().encode())
    assert private.prepare_approved(copy, draft())[0]


def test_an_empty_mail_does_not_leave() -> None:
    with pytest.raises(ApprovalUnusable, match="vacío"):
        private.prepare_approved(b"To: " + PERSON.encode() + b"\r\n\r\n \r\n", draft())


def test_a_file_that_the_consultant_added_leaves_with_the_mail() -> None:
    message = parsed(client_copy(draft()))
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="Guía.pdf")
    raw, _ = private.prepare_approved(message.as_bytes(policy=policy.SMTP), draft())
    assert [part.get_filename() for part in parsed(raw).iter_attachments()] == ["Guía.pdf"]


def test_raw_accents_in_a_header_become_encoded_words() -> None:
    copy = "Subject: Corrección de señal\nContent-Type: text/plain; charset=utf-8\n\nCuerpo\n".encode()
    raw, _ = private.prepare_approved(copy, draft())
    assert raw.split(b"\r\n\r\n")[0].isascii()
    assert parsed(raw)["Subject"] == "Corrección de señal"


def test_lines_longer_than_smtp_allows_are_encoded_anew_and_read_the_same() -> None:
    words = "Cañón y más palabras. " * 100
    raw, text = private.prepare_approved(client_copy(draft(), words), draft())
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert text == words.strip()
    assert parsed(raw)["Message-ID"] == draft().message_id


def test_a_file_with_unix_line_ends_and_an_mbox_line_leaves_as_mail() -> None:
    copy = b"From atnder Tue Sep  9 10:00:00 2025\n" + private.for_folder(draft()).replace(b"\r\n", b"\n")
    assert private.prepare_approved(copy, draft())[0] == draft().raw


def test_html_alone_is_told_as_text_for_the_history() -> None:
    html = b"<style>p{}</style><p>Uno</p><p>Dos &amp; m&aacute;s<br>Tres</p>"
    text = words.plain_text(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html)
    assert text.split() == ["Uno", "Dos", "&", "más", "Tres"]


@given(st.binary(max_size=400))
def test_no_bytes_at_all_are_too_odd_to_be_looked_at(raw: bytes) -> None:
    seen = private.lying(Place.BORRADORES, "x", raw)
    assert seen.handle == "x"
    private.may_be_ours(seen)
    assert words.plain_text(raw) == private.plain_text(raw).strip()


@given(st.binary(max_size=300), st.booleans())
def test_whatever_lies_approved_never_leaves_under_another_identity(body: bytes, with_header: bool) -> None:
    copy = (private.for_folder(DRAFT) if with_header else b"") + body
    try:
        raw, _ = private.prepare_approved(copy, DRAFT)
    except ApprovalUnusable:
        return
    head = raw.split(b"\r\n\r\n", 1)[0].lower()
    assert DRAFT.message_id.lower().encode() in head
    assert b"bcc:" not in head and b"x-acuse" not in head
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_survey_reads_what_a_client_left_of_the_header() -> None:
    seen = private.lying(Place.PENDIENTES, "h", client_copy(draft()).split(b"\r\n\r\n")[0])
    assert seen.to == (PERSON,)
    assert (seen.draft_id, seen.message_id) == (None, "<0f3c-guardado@thunderbird.example>")
    assert "clínica — faltan datos" in seen.subject
    assert private.may_be_ours(seen)
    assert not private.may_be_ours(replace(seen, subject="Comida del viernes", thread=()))
