"""Promises of progress: a bar on a terminal, a line now and then without one, nothing among what programs read."""

from __future__ import annotations

import io
from itertools import count

from daemon.edge.progress import progress, track


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(*, programs: bool = False, total: int | None = 31_500) -> list[str]:
    """What is told of four steps, each a second after the other, with a line every two seconds."""
    out, seconds = io.StringIO(), count()
    with progress("Correos leídos", total, programs=programs, out=out, every=2, now=lambda: next(seconds) / 2) as tell:
        for done in (500, 1000, 1500, 2000, 2500):
            tell(done)
    return out.getvalue().splitlines()


def test_without_a_terminal_there_is_a_line_every_few_seconds_and_not_for_each_thing() -> None:
    told = lines()
    assert 1 <= len(told) < 5
    assert told[0].startswith("Correos leídos: ") and told[0].endswith(" de 31,500")


def test_a_total_that_nobody_knows_is_left_out() -> None:
    assert " de " not in lines(total=None)[0]


def test_programs_get_no_line() -> None:
    assert lines(programs=True) == []


def test_a_terminal_gets_a_bar_even_beside_output_for_programs_and_it_leaves_nothing_behind() -> None:
    out = Terminal()
    with progress("Correos leídos", 4, programs=True, out=out) as tell:
        tell(2)
        tell(4)
    assert "Correos leídos" in out.getvalue()
    assert out.getvalue().rstrip().endswith("\x1b[2K")


def test_short_work_says_nothing() -> None:
    out = io.StringIO()
    assert list(track("abc", "Letras", 3, out=out)) == ["a", "b", "c"]
    assert out.getvalue() == ""
