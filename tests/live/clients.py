"""Drafts as mail clients save and send them after an edit: what they keep, drop and rewrite."""

from __future__ import annotations

import itertools
from email import policy
from email.message import EmailMessage

from tests.live.office import Paper

_SAVED = policy.SMTP.clone(max_line_length=900, cte_type="8bit")
_numbers = itertools.count(1)


def thunderbird(draft: Paper, added: str) -> bytes:
    """New Message-ID, own headers, thread and Bcc kept, private headers dropped, HTML as its editor writes it."""
    old = draft.message
    new = EmailMessage(policy=_SAVED)
    new["X-Mozilla-Draft-Info"] = "internal/draft; vcard=0; receipt=0; DSN=0; uuencode=0; attachmentreminder=0"
    new["X-Identity-Key"] = "id1"
    new["Fcc"] = "imap://atnder/Sent"
    new["Message-ID"] = f"<{next(_numbers):08x}-5f0e-thunderbird@equipo.example>"
    new["Date"] = old["Date"]
    new["User-Agent"] = "Mozilla Thunderbird"
    new["Content-Language"] = "es-MX"
    for name in ("From", "To", "Bcc", "Subject", "References", "In-Reply-To"):
        new[name] = old[name]
    new.set_content(f"{draft.text()}\n{added}\n", cte="8bit")
    words = f'<p><font size="+1">{added}</font><br></p><pre class="moz-quote-pre">{draft.text()}</pre>'
    page = _page(words, '<meta http-equiv="content-type" content="text/html">')
    new.add_alternative(page, subtype="html", cte="8bit")
    return new.as_bytes()


def outlook(draft: Paper, added: str) -> bytes:
    """New Message-ID, the thread replaced by Outlook's own index, HTML only, in its own dialect and charset."""
    old = draft.message
    new = EmailMessage(policy=_SAVED)
    for name in ("From", "To", "Subject"):
        new[name] = old[name]
    new["Thread-Topic"] = str(old["Subject"])
    new["Thread-Index"] = "AdvPq1s2ZkNf0m8uQ1yZ1Q=="
    new["Message-ID"] = f"<SA1PR{next(_numbers):06d}@SA1PR01.outlook.example>"
    new["Accept-Language"] = "es-MX, en-US"
    new["X-MS-Has-Attach"] = ""
    body = f'<div class="WordSection1"><p class="MsoNormal"><b>{added}</b><o:p></o:p></p><p>{draft.text()}</p></div>'
    style = "<style><!-- p.MsoNormal {margin:0cm; font-family:Calibri,sans-serif;} --></style>"
    new.set_content(_page(body, style), subtype="html", charset="windows-1252", cte="quoted-printable")
    return new.as_bytes()


def neomutt(draft: Paper, added: str) -> bytes:
    """The raw message in an editor: everything stays as it was, our HTML too, but the words of the text part."""
    edited = draft.message
    plain = edited.get_body(("plain",))
    assert plain is not None
    plain.set_content(f"{draft.text()}\n{added}\n", cte="8bit")
    return edited.as_bytes(policy=_SAVED)


def alpine(draft: Paper, added: str) -> bytes:
    """New Message-ID, thread kept, the edited text in multipart/mixed with our HTML beside it as a file."""
    old = draft.message
    new = EmailMessage(policy=_SAVED)
    for name in ("From", "To", "Bcc", "Subject", "References", "In-Reply-To"):
        new[name] = old[name]
    new["Message-ID"] = f"<alpine.DEB.2.26.{next(_numbers)}@equipo.example>"
    new.set_content(f"{draft.text()}\n{added}\n", cte="quoted-printable")
    new.add_attachment(draft.text("html"), subtype="html", cte="base64")
    return new.as_bytes()


def _page(body: str, head: str) -> str:
    return f"<html><head>{head}</head><body>{body}</body></html>"


def as_sent(draft: Paper, added: str, *, blind: bool) -> bytes:
    """The draft as a client sends it: own Message-ID; the Bcc stands only in the copy it keeps in Sent."""
    old = draft.message
    new = EmailMessage(policy=_SAVED)
    for name in ("From", "To", "Subject", "References", "In-Reply-To", *(("Bcc",) if blind else ())):
        new[name] = old[name]
    new["Date"] = old["Date"]
    new["Message-ID"] = "<enviado-por-la-consultora@equipo.example>"
    new["User-Agent"] = "Mozilla Thunderbird"
    new.set_content(f"{draft.text()}\n{added}\n", cte="8bit")
    return new.as_bytes()
