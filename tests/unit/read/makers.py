"""Invented mails for the tests of reading, and the house as the shipped rules describe it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML
from stdnum import luhn

from daemon.model.mail import Accounts, PersonData, Reading
from daemon.model.rules import CorreoAjeno, Nombres
from daemon.read import read

RULES = Path(__file__).parents[3] / "rules"
ATNDER, CONTRIBUYENTE = "atnder@imss.gob.mx", "atn.contribuyente@imss.gob.mx"
CONSULTANT, SUPERVISOR, ENLACE = "consultora@imss.gob.mx", "supervision@imss.gob.mx", "enlace@imss.gob.mx"


@lru_cache
def house() -> Accounts:
    """Two accounts, a consultant, a supervisor and an enlace, with the shipped lists of names and phrases."""
    yaml = YAML(typ="safe")
    names = Nombres.model_validate(yaml.load(RULES / "nombres.yaml"))
    foreign = CorreoAjeno.model_validate(yaml.load(RULES / "correo_ajeno.yaml"))
    return Accounts(
        own=frozenset({ATNDER, CONTRIBUYENTE}),
        counting=frozenset({ATNDER, CONTRIBUYENTE}),
        staff=frozenset({CONSULTANT, SUPERVISOR}),
        enlaces=frozenset({ENLACE}),
        given_names=frozenset(names.de_pila),
        surnames=frozenset(names.apellidos),
        phishing=foreign.suplantacion,
        commercial=foreign.publicidad,
    )


def nss(first_ten: str) -> str:
    """A number with a right check digit that begins so."""
    return first_ten + str(luhn.calc_check_digit(first_ten))


ANA, JUAN, LUZ = nss("1281617797"), nss("3879611839"), nss("0476553668")


def mail(
    body: str = "",
    *,
    sender: str = "Ana Ruiz <ana.ruiz@correo.example>",
    to: str = ATNDER,
    subject: str = "consulta",
    auth: str | None = "pass",
    delivered: str = ATNDER,
    content_type: str = "text/plain; charset=utf-8",
    extra: tuple[str, ...] = (),
) -> bytes:
    """A message as our server delivers it; `auth` is what it said of the sender, None when it said nothing."""
    domain = sender.rpartition("@")[2].strip(">")
    lines = [
        f"Delivered-To: {delivered}",
        "Received: from mx.example by mx1.imss.gob.mx (Postfix) with ESMTPS id A1; Mon, 01 Sep 2025 09:30:00 -0600",
    ]
    if auth:
        lines.append(f"Authentication-Results: mx1.imss.gob.mx; dmarc={auth} header.from={domain}")
    lines += [f"From: {sender}", f"To: {to}", f"Subject: {subject}", "Message-ID: <uno@correo.example>"]
    lines += ["Date: Mon, 01 Sep 2025 09:00:00 -0600", "MIME-Version: 1.0", *extra, f"Content-Type: {content_type}"]
    lines.append("Content-Transfer-Encoding: 8bit")
    return ("\r\n".join(lines) + "\r\n\r\n" + body.replace("\n", "\r\n")).encode()


def reading(raw: bytes) -> Reading:
    """Read with the house above, the mailbox taken from the message."""
    return read(raw, mailbox=None, house=house())


def person(body: str, sender: str = "Ana Ruiz <ana.ruiz@correo.example>", **options: str) -> PersonData:
    """The data of a mail with this body."""
    return reading(mail(body, sender=sender, **options)).data  # type: ignore[arg-type]
