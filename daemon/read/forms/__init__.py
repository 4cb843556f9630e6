"""Forms in PDFs, read by the places of their words."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.model.mail import PdfText
from daemon.model.survival import Form
from daemon.model.survival_rules import Formulario


def read_forms(pdf: PdfText, file: str, formularios: Sequence[Formulario]) -> tuple[Form, ...]:
    """Stub until the reader lands."""
    return ()
