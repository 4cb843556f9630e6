"""What one profile writes the other reads: letters of IMSS at a consular office, and the acuse of an office at IMSS."""

from __future__ import annotations

from datetime import date

import pytest

from daemon.edge.rulefiles import load_rules
from daemon.model.mail import Accounts, Kind, Reading
from daemon.model.outgoing import Draft
from daemon.model.rules import house
from daemon.model.survival import Notice, Said
from daemon.model.templates import TemplateSet
from daemon.read import read
from tests.unit.reply.exchange import DALLAS, FIELDS, RECEIPT, RECEPTION, REFUSED, letter, receipt, request_of
from tests.unit.reply.samples import NOW, ROOT

CONFIRMED = Notice(
    Said.CONFIRMACION,
    id_tramite="735120",
    nss=FIELDS["nss"],
    nombre="ROSALBA DE LEÓN IBÁÑEZ",
    receipt=RECEIPT.number,
    received="01/12/2025 14:17",
    next_due=date(2026, 6, 1),
)
SECOND = receipt(number="CS-251201-4M8TZ-2", id_tramite="735121", nss="16907325605", nombre="ANA", repeated=True)


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    return house(load_rules([ROOT / "rules"]))


def arrived(draft: Draft, accounts: Accounts) -> Reading:
    """The mail as the other side's server delivers it, its sender proven."""
    domain = draft.account.partition("@")[2]
    head = (
        f"Delivered-To: {draft.to}\r\n"
        "Received: from mail.example (mail.example [198.51.100.7]) by mx1.imss.gob.mx with ESMTPS id 1;"
        " Tue, 2 Dec 2025 09:00:00 -0600\r\n"
        f"Authentication-Results: mx1.imss.gob.mx; spf=pass smtp.mailfrom={domain};"
        f" dkim=pass header.d={domain}; dmarc=pass header.from={domain}\r\n"
    )
    return read(head.encode() + draft.raw, mailbox=draft.to, house=accounts)


def test_an_office_reads_each_confirmation_with_its_receipt_and_next_date(
    templates: TemplateSet, accounts: Accounts
) -> None:
    one = arrived(letter(templates, "confirmacion", receipts=(RECEIPT,)), accounts)
    assert (one.kind, one.notices) == (Kind.CONFIRMACION_SUPERVIVENCIA, (CONFIRMED,))
    both = arrived(letter(templates, "confirmacion", receipts=(RECEIPT, SECOND)), accounts)
    assert [(n.said, n.id_tramite, n.nss, n.receipt) for n in both.notices] == [
        (Said.CONFIRMACION, "735120", "30684502179", RECEIPT.number),
        (Said.CONFIRMACION, "735121", "16907325605", SECOND.number),
    ]


def test_an_office_reads_each_refusal_with_its_reasons(templates: TemplateSet, accounts: Accounts) -> None:
    refusal = arrived(letter(templates, "rechazo", values={"rechazos": [REFUSED]}), accounts)
    assert refusal.kind is Kind.RECHAZO_SUPERVIVENCIA
    (notice,) = refusal.notices
    assert (notice.said, notice.id_tramite) == (Said.RECHAZO, "604417")
    assert notice.reasons == ("Falta el NSS", "La fecha 31/02/1941 no existe")


def test_an_office_reads_in_one_mail_what_was_refused_and_what_was_not(
    templates: TemplateSet, accounts: Accounts
) -> None:
    mixed = arrived(letter(templates, "rechazo", values={"rechazos": [REFUSED]}, receipts=(RECEIPT,)), accounts)
    assert [(n.said, n.id_tramite) for n in mixed.notices] == [
        (Said.RECHAZO, "604417"),
        (Said.CONFIRMACION, "735120"),
    ]


@pytest.mark.parametrize("turn", [1, 2])
def test_an_office_reads_until_when_a_test_asks_for_its_acuse(
    templates: TemplateSet, accounts: Accounts, turn: int
) -> None:
    values = {"limite": date(2026, 1, 19)}
    test = arrived(letter(templates, "prueba_conectividad", values=values, turn=turn), accounts)
    assert test.kind is Kind.PRUEBA_CONECTIVIDAD
    assert test.notices == (Notice(Said.PRUEBA, deadline=date(2026, 1, 19)),)


def test_imss_reads_an_acuse_although_no_person_wrote_it(templates: TemplateSet, accounts: Accounts) -> None:
    dallas = request_of(account=DALLAS, counting=DALLAS, petitioner=RECEPTION, subject="PRUEBA DE CONECTIVIDAD")
    acuse = arrived(letter(templates, "acuse_conectividad", petition=dallas, values={"recibida": NOW}), accounts)
    assert (acuse.kind, acuse.automatic) == (Kind.PRUEBA_CONECTIVIDAD, False)
