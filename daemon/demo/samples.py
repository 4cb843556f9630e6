"""The demo's sample mailbox: invented mails in `correos/`, handed to the embedded server as the world outside would."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from pathlib import Path

from .servers import HOST

_FOLDER = Path(__file__).parent / "correos"
_DATE = re.compile(rb"^Date:[^\r\n]*(?=\r?$)", re.MULTILINE)


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


def deliver(sample: Sample, port: int, now: datetime) -> None:
    """Hand the mail to the SMTP server, dated now; every other byte as it is, wrong charsets included."""
    dated = _DATE.sub(b"Date: " + format_datetime(now).encode("ascii"), sample.raw, count=1)
    with smtplib.SMTP(HOST, port, timeout=10) as smtp:
        smtp.sendmail(sample.sender, [sample.to], dated, mail_options=["BODY=8BITMIME"])
