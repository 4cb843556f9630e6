"""Forms of a known truth, made by a generator that shares no code with the reader: no wrong value is ever sure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.forms.generate import LAYOUTS, SLOW, make
from benchmarks.forms.measure import Tally, read_document
from daemon.edge.pdf import PdfReader
from daemon.edge.rulefiles import load_rules
from daemon.resources import shipped

SEED = 20251121
QUICK = [name for name in LAYOUTS if name not in SLOW]


@pytest.fixture(scope="module")
def tally() -> Iterator[Tally]:
    """What became of one document of each layout that is no scan, and of some more of the circular's own."""
    forms, reader, total = load_rules([shipped("rules")]).formularios, PdfReader(), Tally()
    for number, layout in enumerate([*QUICK, *["circular"] * 5]):
        total.add(read_document(make(SEED, number, layout), reader, forms))
    yield total
    reader.close()


def test_the_generator_makes_the_same_document_again() -> None:
    once, again = make(SEED, 1), make(SEED, 1)
    assert (once.pdf, once.forms) == (again.pdf, again.forms)


def test_no_wrong_value_is_sure(tally: Tally) -> None:
    assert [(miss.document.where, miss.key, miss.true, miss.read) for miss in tally.wrong] == []


def test_most_forms_with_nothing_odd_are_sure_and_right(tally: Tally) -> None:
    assert tally.clean_sure >= 0.6 * tally.clean


def test_no_form_gets_lost_beside_another(tally: Tally) -> None:
    assert tally.silent == 0
