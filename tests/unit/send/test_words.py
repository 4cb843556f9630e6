"""What a consultant corrected is what the person reads, whichever form of the mail the own program lets them edit."""

from __future__ import annotations

from collections.abc import Callable
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import ApprovalUnusable
from daemon.send.private import for_folder, prepare_approved
from daemon.send.words import agreed, page_of, plain_text
from tests.unit.send import saved
from tests.unit.send.drafts import with_file
from tests.unit.send.saved import EDITED, HTML, PDF, TEXT, alpine, apple_mail, neomutt, neomutt_recalled, seen

Client = Callable[..., bytes]
TEXT_ONLY = [neomutt, neomutt_recalled, alpine]
OURS = saved.ours()


def leaving(copy: bytes) -> saved.Seen:
    return seen(prepare_approved(copy, OURS)[0])


@pytest.mark.parametrize("client", [*TEXT_ONLY, lambda: neomutt(attached=True), lambda: alpine(attached=True)])
def test_text_edited_beside_our_old_page_reaches_the_person_in_both_forms(client: Client) -> None:
    mail = leaving(client())
    for form in (mail.text, mail.page):
        assert "18 de septiembre" in form
        assert "11 de septiembre" not in form
    assert mail.kinds.count("text/html") == mail.kinds.count("text/plain") == 1
    assert "multipart/alternative" in mail.kinds


@pytest.mark.parametrize("client", TEXT_ONLY)
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["archivo", "buzon"])
def test_the_same_from_a_file_of_the_shared_folder(client: Client, ends: bytes) -> None:
    mail = leaving(client().replace(b"\r\n", ends))
    assert "18 de septiembre" in mail.page and "11 de septiembre" not in mail.page
    assert mail.text == " ".join(EDITED.split())


@pytest.mark.parametrize("client", [neomutt, alpine])
def test_files_that_the_consultant_added_stay_with_the_mail(client: Client) -> None:
    raw, _ = prepare_approved(client(attached=True), OURS)
    (file,) = saved.parsed(raw).iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("requisitos.pdf", PDF)


@pytest.mark.parametrize("client", [neomutt, alpine, lambda **options: neomutt(TEXT, **options)])
def test_our_own_enclosed_file_stays_while_one_form_is_made_anew(client: Client) -> None:
    enclosing = with_file(OURS, "requisitos.pdf", PDF)
    mail = seen(prepare_approved(client(attached=True), enclosing)[0])
    assert mail.files == ("requisitos.pdf",)
    assert mail.kinds.count("text/html") == mail.kinds.count("text/plain") == 1
    raw, _ = prepare_approved(client(), enclosing)
    assert seen(raw).files == ()


def test_only_what_the_person_may_see_is_in_the_history() -> None:
    assert prepare_approved(alpine(), OURS)[1] == EDITED.strip()


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("este\nmensaje", "este mensaje"), TEXT.replace("\n", "  \n")])
def test_another_wrapping_is_no_edit(text: str) -> None:
    copy = neomutt(text)
    assert prepare_approved(copy, OURS)[0].split(b"\r\n\r\n", 1)[1] == copy.split(b"\r\n\r\n", 1)[1]


def test_one_letter_one_stop_and_one_space_are_edits() -> None:
    for old, new in (
        ("guste.", "guste"),
        ("nombre completo", "nombre  completos"),
        ("cuando", "cuan do"),
        ("=1", "=2"),
    ):
        mail = leaving(neomutt(TEXT.replace(old, new)))
        assert mail.text == " ".join(TEXT.replace(old, new).split())
        assert mail.page != " ".join(HTML.split())


def test_our_page_kept_as_a_file_beside_unedited_text_becomes_one_mail_again() -> None:
    mail = leaving(alpine(TEXT))
    assert mail.page == " ".join(HTML.split())
    assert mail.kinds == ("multipart/alternative", "text/plain", "text/html")


def test_text_that_was_emptied_does_not_leave_as_the_old_page() -> None:
    with pytest.raises(ApprovalUnusable, match="vacío"):
        prepare_approved(neomutt("\n"), OURS)


def test_an_untouched_draft_leaves_byte_for_byte() -> None:
    assert prepare_approved(for_folder(OURS), OURS)[0] == OURS.raw


@pytest.mark.parametrize(
    "copy",
    [
        saved.thunderbird(),
        saved.thunderbird(HTML.replace("11 de", "18 de"), EDITED),
        apple_mail(TEXT),
        apple_mail(EDITED, HTML.replace("11 de", "18 de")),
        saved.outlook("<p class=MsoNormal>Responda antes del <b>18</b> de septiembre.<o:p></o:p></p>"),
        saved.saved(saved.part(saved.PLAIN, saved.qp(EDITED))),
    ],
    ids=["thunderbird", "thunderbird edited", "apple", "apple edited", "outlook", "text alone"],
)
def test_what_a_program_wrote_in_both_forms_or_in_one_alone_stays_as_it_stands(copy: bytes) -> None:
    assert agreed(copy, OURS.raw) == copy


def test_a_page_edited_beside_our_old_text_brings_its_text_along() -> None:
    page = HTML.replace("11 de", "18 de").replace("folio=1", "folio=2")
    mail = leaving(apple_mail(TEXT, page))
    assert "18 de septiembre" in mail.text and "11 de septiembre" not in mail.text
    assert "el portal (https://portal.example/consulta?folio=2)" in mail.text
    assert "18 de septiembre" in mail.page and "http-equiv" in mail.page


def test_a_page_whose_links_alone_were_corrected_brings_its_text_along() -> None:
    mail = leaving(apple_mail(TEXT, HTML.replace("folio=1", "folio=2")))
    assert "folio=2" in mail.text and "folio=2" in mail.page
    assert "folio=1" not in mail.text + mail.page


def test_pictures_in_an_edited_page_stay_in_their_place() -> None:
    picture = saved.part("image/png", b"iVBORw0KGgo=", "Content-ID: <foto>", encoding="base64")
    page = saved.part(saved.PAGE, saved.qp(HTML.replace("</ol>", '</ol><img src="cid:foto"><p>Vea la foto.</p>')))
    related = saved.joined("related", "rel", page, picture)
    copy = saved.saved(saved.joined("alternative", "alt", saved.part(saved.PLAIN, saved.qp(TEXT)), related))
    mail = leaving(copy)
    assert "Vea la foto." in mail.text
    assert mail.kinds == ("multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png")


def test_a_mail_enclosed_by_the_consultant_is_not_taken_apart() -> None:
    enclosed = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + OURS.raw + b"\r\n"
    words = saved.part(saved.PLAIN, saved.qp("Le reenvío lo que le escribimos."))
    copy = saved.saved(saved.joined("mixed", "mix", words, enclosed))
    assert agreed(copy, OURS.raw) == copy


def test_the_page_made_anew_reads_well_on_a_telephone() -> None:
    page = page_of(TEXT + "\n¿Dudas? Vea https://portal.example/a?b=1&c=<2>.\n")
    assert "Recibimos su petición. Para atenderla necesitamos que nos responda este mensaje con lo siguiente" in page
    assert "1. su nombre completo,<br>\n2. su Número" in page
    assert "Derechohabiencia<br>\nReferencia: AC-250909-7K3FQ</p>" in page
    assert '<a href="https://portal.example/a?b=1&amp;c=" ' in page and "&lt;2&gt;." in page
    assert '(<a href="https://portal.example/consulta?folio=1" ' in page
    assert page.count("<p ") == 7
    assert "width=device-width" in page


def test_making_the_forms_agree_twice_gives_the_same_bytes() -> None:
    for copy in (alpine(attached=True), neomutt(), apple_mail(TEXT, HTML.replace("11 de", "18 de"))):
        assert prepare_approved(copy, OURS) == prepare_approved(copy, OURS)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=200))
def test_any_edited_text_leaves_whole(words: str) -> None:
    message = saved.parsed(OURS.raw)
    plain = message.get_body(("plain",))
    assert plain is not None
    plain.set_content(f"Hola:\n{words}", cte="base64")
    raw = agreed(message.as_bytes(policy=policy.SMTP), OURS.raw)
    assert plain_text(raw).split() == f"Hola:\n{words}".split()


@given(st.binary(max_size=300))
def test_odd_bytes_are_no_obstacle(odd: bytes) -> None:
    for copy in (odd, alpine() + odd, neomutt().replace(b"Content-Type: text/html", odd)):
        assert isinstance(agreed(copy, OURS.raw), bytes)
