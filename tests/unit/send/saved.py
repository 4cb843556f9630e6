"""A draft with text and HTML, and its copies as mail programs save them, byte by byte as far as it matters here."""

from __future__ import annotations

import quopri
from base64 import encodebytes
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from daemon.model.outgoing import Draft
from tests.unit.send.drafts import FOLIO, PERSON, draft

TEXT = """Estimada Ana:

Recibimos su petición. Para atenderla necesitamos que nos responda este
mensaje con lo siguiente, a más tardar el jueves 11 de septiembre:

1. su nombre completo,
2. su Número de Seguridad Social (NSS).

Consulte su folio en el portal (https://portal.example/consulta?folio=1) cuando guste.

Atentamente,

Atención a la Derechohabiencia
Referencia: AC-250909-7K3FQ
"""
BODY = """<div style="display:none;max-height:0">Recibimos su petición.</div>
<div class="hoja" style="max-width:600px"><div class="cabeza">Atención a la Derechohabiencia</div>
<p style="margin:0 0 16px">Estimada Ana:</p>
<p style="margin:0 0 16px">Recibimos su petición. Para atenderla necesitamos que nos responda este mensaje con lo
siguiente, <strong>a más tardar el jueves 11 de septiembre</strong>:</p>
<ol><li>su nombre completo,</li><li>su Número de Seguridad Social (NSS).</li></ol>
<p>Consulte su folio en <a href="https://portal.example/consulta?folio=1">el portal</a> cuando guste.</p>
<p>Atentamente,</p>
<p><strong>Atención a la Derechohabiencia</strong><br>Referencia: AC-250909-7K3FQ</p></div>"""
HEAD = '<html lang="es"><head><title>Sus datos</title></head>'
HTML = f'<!doctype html>\n{HEAD}\n<body class="hoja">\n{BODY}\n</body></html>\n'
EDITED = TEXT.replace("11 de septiembre", "18 de septiembre")
PDF = b"%PDF-1.4 requisitos"


def qp(text: str) -> bytes:
    return quopri.encodestring(text.encode("utf-8")).replace(b"\n", b"\r\n")


def part(kind: str, content: bytes, *headers: str, encoding: str = "quoted-printable") -> bytes:
    lines = (f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def joined(kind: str, boundary: str, *parts: bytes) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(b"--" + boundary.encode() + b"\r\n" + one for one in parts) + f"--{boundary}--\r\n".encode()


def saved(content: bytes, *headers: str) -> bytes:
    """A whole message: what every client keeps of the head, its own headers, and the content."""
    lines = (*headers, f"To: {PERSON}", f"Subject: Sus datos [{FOLIO}]", "MIME-Version: 1.0")
    return "\r\n".join(lines).encode() + b"\r\n" + content


PLAIN = 'text/plain; charset="utf-8"'
PAGE = 'text/html; charset="utf-8"'
PDF_PART = part(
    'application/pdf; name="requisitos.pdf"',
    encodebytes(PDF),
    'Content-Disposition: attachment; filename="requisitos.pdf"',
    encoding="base64",
)


def ours(**changes: str) -> Draft:
    """The draft as composed: multipart/alternative, quoted-printable."""
    head = [f"Message-ID: {draft().message_id}", "From: atnder@imss.gob.mx"]
    content = joined("alternative", "=_acuse_1", part(PLAIN, qp(TEXT)), part(PAGE, qp(HTML)))
    return draft(raw=saved(content, *head), text=TEXT.strip(), html=HTML, subject=f"Sus datos [{FOLIO}]", **changes)


def neomutt(text: str = EDITED, *, attached: bool = False) -> bytes:
    """`e` in NeoMutt: the raw message in an editor. Raw letters in a part that says it is quoted-printable."""
    raw = text.encode("utf-8").replace(b"\n", b"\r\n")
    content = joined("alternative", "=_acuse_1", part(PLAIN, raw), part(PAGE, qp(HTML)))
    return saved(joined("mixed", "=_neo", content, PDF_PART) if attached else content, "User-Agent: NeoMutt/20220429")


def neomutt_recalled(text: str = EDITED) -> bytes:
    """`R` in NeoMutt: the parts beside each other, the text flowed by the editor."""
    flowed = text.replace("\nmensaje con", " \nmensaje con").encode("utf-8")
    words = part("text/plain; charset=utf-8; format=flowed", flowed, "Content-Disposition: inline", encoding="8bit")
    page = part("text/html; charset=utf-8", qp(HTML), "Content-Disposition: inline")
    return saved(joined("mixed", "nlyPMfZyWQ9ZVoJ4", words, page))


def alpine(text: str = EDITED, *, attached: bool = False) -> bytes:
    """Alpine's postponed folder: multipart/mixed, the text edited, our page an attachment in base64."""
    words = part("TEXT/PLAIN; format=flowed; charset=UTF-8", qp(text))
    page = part(
        "TEXT/HTML; charset=utf-8",
        encodebytes(HTML.encode()),
        "Content-ID: <f2a1@atnder>",
        "Content-Description: ",
        "Content-Disposition: attachment; FILENAME=",
        encoding="BASE64",
    )
    files = (PDF_PART,) if attached else ()
    return saved(joined("MIXED", "0-1957747793-1424171966=:5232", words, page, *files), "X-X-Sender: atnder")


def thunderbird(page: str = HTML, text: str | None = None) -> bytes:
    """Thunderbird writes both forms itself: the text out of the page, flowed, with stars for bold."""
    own = text or (
        "Atención a la Derechohabiencia\n\nEstimada Ana:\n\nRecibimos su petición. Para atenderla necesitamos que nos "
        "\nresponda este mensaje con lo siguiente, *a más tardar el jueves 11 de \nseptiembre*:\n\n 1. su nombre "
        "completo,\n 2. su Número de Seguridad Social (NSS).\n\nConsulte su folio en el portal \n"
        "<https://portal.example/consulta?folio=1> cuando guste.\n\nAtentamente,\n\n"
        "*Atención a la Derechohabiencia*\nReferencia: AC-250909-7K3FQ\n"
    )
    body = page.replace('<body class="hoja">', '<body class="hoja" bgcolor="#ffffff" text="#000000">').replace(
        "<title>", '<meta http-equiv="content-type" content="text/html; charset=UTF-8"><title>'
    )
    words = part("text/plain; charset=UTF-8; format=flowed", own.encode(), encoding="8bit")
    html = part("text/html; charset=UTF-8", body.encode(), encoding="8bit")
    return saved(joined("alternative", "------------5D0fAk", words, html), "User-Agent: Mozilla Thunderbird")


def outlook(body: str) -> bytes:
    """Outlook saves HTML alone, in its own dialect and character set."""
    page = f"<html><head><style>p.MsoNormal {{margin:0cm}}</style></head><body><div>{body}</div></body></html>"
    content = part("text/html; charset=windows-1252", quopri.encodestring(page.encode("cp1252")))
    return saved(content, "Thread-Topic: Sus datos", "X-MS-Has-Attach: ")


def apple_mail(text: str = EDITED, page: str = HTML) -> bytes:
    """Apple Mail writes both; its text is flowed with DelSp, so a line may break inside a word."""
    flowed = text.replace("Recibimos", "Reci \nbimos").replace(" este\nmensaje", " este  \nmensaje")
    words = part("text/plain; charset=utf-8; format=flowed; delsp=yes", qp(flowed))
    html = part(PAGE, qp(page.replace("<head>", '<head><meta http-equiv="Content-Type" content="text/html">')))
    return saved(joined("alternative", "Apple-Mail=_0A", words, html), "X-Apple-Base-Url: x-msg://1/")


def parsed(raw: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(raw, policy=policy.default))


@dataclass(frozen=True)
class Seen:
    """What a person's mail program makes of it: words of each form, one space apart, the page itself and the files."""

    text: str
    page: str
    files: tuple[str, ...]
    kinds: tuple[str, ...]


def seen(raw: bytes) -> Seen:
    message = parsed(raw)
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    return Seen(
        text=" ".join(text.get_content().split()) if text else "",
        page=" ".join(page.get_content().split()) if page else "",
        files=tuple(one.get_filename() or one.get_content_type() for one in message.iter_attachments()),
        kinds=tuple(one.get_content_type() for one in message.walk()),
    )
