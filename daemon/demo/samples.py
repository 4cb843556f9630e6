"""The demo's sample mailbox: invented mails in `correos/`, handed to the embedded server as the world outside would."""

from __future__ import annotations

import imaplib
import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from pathlib import Path

from .servers import HOST, MailWorld

_FOLDER = Path(__file__).parent / "correos"
_DATE = re.compile(rb"^Date:[^\r\n]*(?=\r?$)", re.MULTILINE)
# What stands in the place of the date on a form: as long as one, so that the PDF around it stays in order.
_FORM_DATE = b"00/00/0000"


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail to deliver: `raw` as its file has it, `sender` and `to` for the envelope."""

    raw: bytes
    sender: str
    to: str


def samples() -> Iterator[Sample]:
    """All samples in the order of their file names."""
    for path in sorted(_FOLDER.glob("*.eml")):
        raw = path.read_bytes()
        head = BytesHeaderParser().parsebytes(raw)
        sender, to = (parseaddr(str(head[name]))[1] for name in ("From", "To"))
        yield Sample(raw, sender, to)


def deliver(sample: Sample, world: MailWorld, now: datetime) -> None:
    """Hand the mail to the SMTP server, dated now; every other byte as it is, wrong charsets included.

    A form in it is dated the day before. Who has a mailbox here logs in and keeps a copy in *Sent*, as the MCLV does
    for a consular office.
    """
    dated = _DATE.sub(b"Date: " + format_datetime(now).encode("ascii"), sample.raw, count=1)
    dated = dated.replace(_FORM_DATE, f"{now - timedelta(days=1):%d/%m/%Y}".encode("ascii"))
    password = world.users.get(sample.sender)
    if password is not None:
        with imaplib.IMAP4(HOST, world.imap_port, timeout=10) as client:
            client.login(sample.sender, password)
            client.append("Sent", "", imaplib.Time2Internaldate(now), dated)
    with smtplib.SMTP(HOST, world.smtp_port, timeout=10) as smtp:
        if password is not None:
            smtp.login(sample.sender, password)
        smtp.sendmail(sample.sender, [sample.to], dated, mail_options=["BODY=8BITMIME"])
