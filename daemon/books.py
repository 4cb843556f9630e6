"""Books: what admins write, read whole, checked whole and learned before anything is decided under it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .check import account_faults
from .config import Settings
from .decide.calendar import OfficeCalendar
from .decide.classify import Classifier, lessons
from .decide.policy import Policy
from .edge.pdf import PdfReader
from .edge.rulebook import read_rulebook
from .edge.rulefiles import rule_files
from .edge.templatefiles import template_files
from .errors import Fault, FileFaults
from .flow import Book
from .model.decision import Classification
from .model.rules import RuleSet, house
from .model.templates import TemplateSet
from .ports import Store
from .read import read

_RULES, _TEMPLATES = "reglas", "plantillas"


@dataclass(frozen=True, slots=True)
class Texts:
    """Rules and templates that are in order, and the very files that they were read from, by name."""

    rules: RuleSet
    templates: TemplateSet
    files: Mapping[str, bytes]

    @property
    def version(self) -> tuple[str, str]:
        return self.rules.version, self.templates.version


def read_texts(settings: Settings, settings_file: Path) -> Texts:
    """What lies in the folders that service.toml names; FileFaults with every fault of all of them at once."""
    return _read(settings, settings_file, settings.reglas, settings.plantillas)


def last_good(store: Store, settings: Settings, settings_file: Path) -> Texts | None:
    """What was in force last, from the store; None when there is nothing, or this program finds fault with it.

    Forms of the Órganos are not in the store: they are taken from where they lie, if they are still the same.
    """
    newest = next(reversed(store.rule_versions()), None)
    if newest is None:
        return None
    lying = {name: raw for name, raw in _files(settings.reglas, settings.plantillas).items() if name in newest.files}
    with TemporaryDirectory(prefix="acuse-ultima-version-buena-") as name:
        folder = Path(name)
        for part in (_RULES, _TEMPLATES):
            (folder / part).mkdir()
        for file, text in store.rule_texts(newest.number).items():
            raw = lying.get(file) if text is None else text.encode()
            if raw is not None:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(raw)
        try:
            found = _read(settings, settings_file, [folder / _RULES], [folder / _TEMPLATES])
        except FileFaults:
            return None
    return found if found.version == (newest.rules, newest.templates) else None


def _read(settings: Settings, settings_file: Path, rule_dirs: Sequence[Path], template_dirs: Sequence[Path]) -> Texts:
    try:
        book = read_rulebook(rule_dirs, template_dirs)
    except Exception as bug:  # Whatever is written there, the service goes on by the last good set.
        found = f"algo con lo que el programa no puede ({type(bug).__name__})"
        cure = "deshaga el último cambio; si no basta, mande los archivos a quien mantiene acuse"
        raise FileFaults([Fault(str(rule_dirs[-1]), "(carpeta)", found, "reglas y plantillas", cure)]) from bug
    rules, templates = book.rules, book.templates
    faults = [*book.faults, *(account_faults(settings, rules, settings_file) if rules else ())]
    if faults or rules is None or templates is None:
        raise FileFaults(faults)
    return Texts(rules, templates, _files(rule_dirs, template_dirs))


def _files(rule_dirs: Sequence[Path], template_dirs: Sequence[Path]) -> dict[str, bytes]:
    lying = {f"{_RULES}/{name}": path for name, path in rule_files(rule_dirs).items()}
    lying |= {f"{_TEMPLATES}/{name}": path for name, path in template_files(template_dirs).items()}
    return {name: path.read_bytes() for name, path in lying.items() if path.is_file()}


class TrainedLater:
    """The classifier, trained at its first mail: commands that judge nothing (`acuse show`) start at once.

    What it learns from is all that it is given: where that is the same, it judges the same.
    """

    def __init__(self, rules: RuleSet) -> None:
        self.lessons = lessons(rules)
        self._lock = threading.Lock()
        self._classifier: Classifier | None = None

    def train(self) -> Classifier:
        """Learn now, unless it has."""
        with self._lock:
            self._classifier = self._classifier or Classifier(self.lessons)
            return self._classifier

    def classify(
        self, subject: str, text: str, *, patron: bool = False, attachments: int = 0, copies: Sequence[str] = ()
    ) -> Classification:
        return self.train().classify(subject, text, patron=patron, attachments=attachments, copies=copies)


class Books:
    """The newest book, for whoever asks; each is bound from texts, and takes effect in one step."""

    def __init__(self, key: bytes, texts: Texts, moving: Callable[[], None] = lambda: None) -> None:
        self._key, self._pdf = key, PdfReader(moving=moving)
        self._judge = TrainedLater(texts.rules)
        self.newest = self._bound(texts, self._judge)

    def learn(self) -> None:
        """Learn now what the newest book judges by, before the first mail or the first change asks for it."""
        self._judge.train()

    def turn_to(self, book: Book) -> None:
        """From now on this is the newest; what is under way is finished under its own."""
        self.newest = book

    def bind(self, texts: Texts) -> Book:
        """A book of these texts whose judge has learned: nobody waits for it at the first mail.

        The judge stays where nothing that it learned from has changed.
        """
        judge = TrainedLater(texts.rules)
        if judge.lessons == self._judge.lessons:
            judge = self._judge
        judge.train()
        self._judge = judge
        return self._bound(texts, judge)

    def _bound(self, texts: Texts, judge: TrainedLater) -> Book:
        rules, accounts, pdf = texts.rules, house(texts.rules), self._pdf
        return Book(
            Policy(rules, judge, OfficeCalendar(rules.calendario), self._key),
            texts.templates,
            lambda raw, mailbox, at: read(raw, mailbox=mailbox, house=accounts, received_at=at, read_pdf=pdf),
        )
