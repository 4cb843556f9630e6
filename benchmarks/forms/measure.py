"""How well forms of a known truth are read, a line for each layout; exit code 1 when a wrong value is taken for sure.

Run from the checkout: `python benchmarks/forms/measure.py --seed 1 --n 400 [--layout X] [--only N] [--show] [--ocr]`.
Every form is read as the daemon reads it: in a child process, with the rules as shipped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.forms.generate import LAYOUTS, SLOW, Document, Truth, make
from daemon.edge.pdf import PdfReader
from daemon.edge.rulefiles import load_rules
from daemon.model.survival import CAMPOS, Form
from daemon.model.survival_rules import Formulario
from daemon.read.forms import read_forms
from daemon.resources import shipped

COLUMNS = ("formas", "bien", "mal y segura", "seguras", "en duda", "perdidas", "limpias")


@dataclass(frozen=True)
class Miss:
    """A value that the reader is sure of and that is wrong. `key` is None for a form where there is none."""

    document: Document
    key: str | None
    true: str | None
    read: str | None
    traps: tuple[str, ...] = ()


@dataclass
class Tally:
    """What became of the forms of some documents: `wrong` must stay empty.

    `forms` printed; `right` fields read as they are; `sure` forms that are sure and wholly right; `unsure` left to a
    person; `lost` printed and not found, neither sure nor in doubt. `clean` and `clean_sure` count the forms that a
    good reader is expected to be sure of. `silent`: lost while another form of the same document was sure.
    """

    forms: int = 0
    right: int = 0
    sure: int = 0
    unsure: int = 0
    lost: int = 0
    silent: int = 0
    clean: int = 0
    clean_sure: int = 0
    wrong: list[Miss] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        for name in ("forms", "right", "sure", "unsure", "lost", "silent", "clean", "clean_sure"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong
        self.reasons += other.reasons

    def line(self, name: str) -> str:
        fields = f"{100 * self.right / max(1, len(CAMPOS) * self.forms):5.1f} %"
        clean = f"{self.clean_sure}/{self.clean}" if self.clean else "—"
        return in_columns(name, self.forms, fields, len(self.wrong), self.sure, self.unsure, self.lost, clean)


def in_columns(name: str, *cells: object) -> str:
    widths = (8, 12, 14, 10, 10, 10, 10)
    return f"{name:26s}" + "".join(f"{cell!s:>{width}}" for cell, width in zip(cells, widths, strict=True))


def is_sure(form: Form) -> bool:
    """Whether the product would confirm by itself, as far as the reading goes."""
    return bool(form.form) and form.readable in ("text", "acroform") and not form.unsure and not form.faults


def judge(document: Document, read: Sequence[Form]) -> Tally:
    """Compare what was read of a document with its truth."""
    tally = Tally(forms=len(document.forms), clean=document.clean * len(document.forms))
    left = list(read)
    anything_sure = any(is_sure(form) for form in read)
    for truth in document.forms:
        form = max(left, key=lambda form: _agreement(truth, form), default=None)
        if form is None:
            tally.lost += 1
            tally.silent += anything_sure
            continue
        left.remove(form)
        tally.right += _agreement(truth, form)[0]
        if not is_sure(form):
            tally.unsure += 1
            tally.reasons.update(form.unsure or [fault.code for fault in form.faults] or [form.readable])
            continue
        wrong = [
            Miss(document, key, truth.fields[key], form.fields.get(key), truth.traps)
            for key in CAMPOS
            if not truth.right(key, form.fields.get(key))
        ]
        tally.wrong += wrong
        tally.sure += not wrong
        tally.clean_sure += document.clean and not wrong
    tally.wrong += [Miss(document, None, None, str(form.fields.get("nss"))) for form in left if is_sure(form)]
    return tally


def _agreement(truth: Truth, form: Form) -> tuple[int, bool]:
    return sum(truth.right(key, form.fields.get(key)) for key in CAMPOS), form.page == truth.page


def read_document(document: Document, reader: PdfReader, forms: Sequence[Formulario], *, ocr: bool = False) -> Tally:
    """Read one document on the product's path and judge it."""
    return judge(document, read_forms(reader(document.pdf, ocr=ocr and document.layout in SLOW), document.file, forms))


def documents(arguments: argparse.Namespace) -> Iterator[Document]:
    if arguments.only is not None:
        yield make(arguments.seed, arguments.only, arguments.layout)
        return
    for number in range(arguments.n):
        yield make(arguments.seed, number, arguments.layout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--only", type=int, help="one document, by its number")
    parser.add_argument("--layout", choices=tuple(LAYOUTS), help="only this one, instead of each in turn")
    parser.add_argument("--show", action="store_true", help="each wrong value, and why forms were in doubt")
    parser.add_argument("--ocr", action="store_true", help="read scans by OCR, which takes seconds each")
    parser.add_argument("--save", type=Path, help="write the documents with a wrong value into this folder")
    arguments = parser.parse_args()
    forms = load_rules([shipped("rules")]).formularios
    reader, started = PdfReader(), time.perf_counter()
    tallies: dict[str, Tally] = {}

    def read(document: Document) -> tuple[Document, Tally]:
        return document, read_document(document, reader, forms, ocr=arguments.ocr)

    with ThreadPoolExecutor(2) as pool:
        for document, tally in pool.map(read, documents(arguments)):
            tallies.setdefault(document.layout, Tally()).add(tally)
            if tally.wrong and arguments.save:
                arguments.save.mkdir(parents=True, exist_ok=True)
                (arguments.save / document.file).write_bytes(document.pdf)
    took = time.perf_counter() - started
    print(in_columns("", *COLUMNS))
    total = Tally()
    for name, tally in tallies.items():
        print(tally.line(name))
        total.add(tally)
    print(total.line("en total"))
    clean = 100 * total.clean_sure / max(1, total.clean)
    print(f"\nDe {total.clean} formas sin nada raro, seguras y enteramente bien: {total.clean_sure} ({clean:.1f} %).")
    print(f"Perdidas junto a otra segura: {total.silent}. {took:.0f} s.")
    if arguments.show:
        show(total)
    return 1 if total.wrong else 0


def show(total: Tally) -> None:
    for where, misses in groupby(total.wrong, key=lambda miss: (miss.document.where, miss.traps)):
        print(f"\n{where[0]}  {', '.join(where[1])}")
        for miss in misses:
            print(f"  {miss.key or 'forma que no lo es'}: es {miss.true!r}, leyó {miss.read!r}")
    print()
    for reason, count in total.reasons.most_common(40):
        print(f"{count:5d}  {reason}")


if __name__ == "__main__":
    sys.exit(main())
