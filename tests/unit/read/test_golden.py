"""The golden mails: what people write, and whose data are taken from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from daemon.model.mail import Kind

from .makers import mail, reading

MAILS: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).parents[2] / "golden" / "lectura.yaml")["correos"]


@pytest.mark.parametrize("case", MAILS, ids=lambda case: case["cuerpo"][:40].replace("\n", " "))
def test_the_data_of_every_golden_mail_are_taken_as_expected(case: dict[str, Any]) -> None:
    read = reading(mail(case["cuerpo"], sender=case["de"]))
    expected = {"nombre": None, "nss": None, "telefono": None, "tercero": False} | (case["espera"] or {})
    assert {name: getattr(read.data, name) for name in expected} == expected
    assert read.kind is Kind.PETICION
