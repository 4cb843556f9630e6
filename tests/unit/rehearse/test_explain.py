"""What explaining a mail promises: an answer for every mail, however damaged."""

from __future__ import annotations

from functools import cache

import pytest

from daemon.rehearse.bench import Bench, make_bench
from daemon.rehearse.explain import explain


@cache
def bench() -> Bench:
    return make_bench()


@pytest.mark.parametrize("date", ["", "Date: ayer\n", "Date: Tue, 01 Jan 1901 00:00:00 +0000\n"])
def test_a_mail_without_any_date_is_explained(date: str) -> None:
    raw = (
        f"From: Ana Ruiz <ana@correo.example>\nTo: atnder@imss.gob.mx\nSubject: citas\n{date}\nNo hay citas en la UMF 8"
    )
    assert explain(raw.encode(), "sin_fecha.eml", bench())["step"]
