"""Attached PDFs, read by child processes under limits of time and memory, so that none can stop the daemon."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from daemon.model.mail import FormField, PdfText, Sheet, Word

from .pdf_worker import ANSWER, IMAGE, MAX_OUTPUT, PDF, PDF_WITH_OCR, REQUEST

_ROOT = Path(__file__).parents[2]
_CHILD = "import sys; sys.path.append(sys.argv[1]); from daemon.edge.pdf_worker import main; main()"
_MEGABYTE = 1 << 20
# The child itself stops a file in time; this is how much later it is taken for dead.
_GRACE_SECONDS = 5.0


class PdfReader:
    """Callable from the bytes of a PDF to what it says: text of the first three pages, form fields, and its sheets.

    Never raises: what cannot be read comes with its fault by name: cifrado, truncado, escaneado, enorme (more than
    `max_bytes`, not tried), no_es_pdf, tiempo, memoria, xfa. The first twenty pages become sheets. `wall_seconds` is
    the longest that one file may take, `ocr_seconds` with OCR. At most `workers` files are read at a time, each by a
    child process that stays for the next one; any thread may call. `moving` hears of each file that was tried, since
    one mail may bring hundreds. `close` ends the children, as does the end of
    the daemon, of whatever kind.
    """

    def __init__(
        self,
        max_bytes: int = 15 * _MEGABYTE,
        wall_seconds: float = 20.0,
        ocr_seconds: float = 60.0,
        workers: int = 2,
        moving: Callable[[], None] = lambda: None,
    ) -> None:
        self._max_bytes = max_bytes
        self._wall_seconds = wall_seconds
        self._ocr_seconds = ocr_seconds
        self._workers = workers
        self._moving = moving
        self._open_pool()

    def __call__(self, raw: bytes, *, ocr: bool = False) -> PdfText:
        """Read one PDF; with `ocr` a file without text or fields is read as a picture, where tesseract is installed."""
        if len(raw) > self._max_bytes:
            return PdfText("no", fault="enorme")
        if b"%PDF-" not in raw[:1024]:
            return PdfText("no", fault="no_es_pdf")
        return self._read(PDF_WITH_OCR if ocr else PDF, raw)

    def image(self, raw: bytes) -> PdfText:
        """Read a picture of a form (JPEG, PNG, TIFF) by OCR; fault escaneado where tesseract is not installed."""
        if len(raw) > self._max_bytes:
            return PdfText("no", fault="enorme")
        return self._read(IMAGE, raw)

    def close(self) -> None:
        """End the children that wait; one that reads ends after its file. A later call starts a child for itself."""
        self._closed = True
        _end(self._idle, self._pid)

    def _open_pool(self) -> None:
        self._pid = os.getpid()
        self._closed = False
        self._places = threading.BoundedSemaphore(self._workers)
        self._idle: list[_Child] = []
        weakref.finalize(self, _end, self._idle, self._pid)

    def _read(self, what: int, raw: bytes) -> PdfText:
        seconds = self._wall_seconds if what == PDF else self._ocr_seconds
        if os.getpid() != self._pid:
            # After a fork the children and the locks are still those of the process before.
            self._open_pool()
        with self._places:
            answer = self._asked(what, seconds, raw)
        self._moving()
        try:
            return _as_text(answer)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return PdfText("no", fault="truncado")

    def _waiting(self) -> _Child | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _asked(self, what: int, seconds: float, raw: bytes) -> dict[str, Any]:
        """A child's answer; a child that died while it waited (for want of memory, say) is replaced once."""
        for _ in range(2):
            try:
                child = self._waiting() or _Child()
            except OSError:
                break
            answer = child.ask(what, seconds, raw)
            if answer is None:
                child.end()
                continue
            self._idle.append(child)
            if self._closed:
                _end(self._idle, self._pid)
            return answer
        return {"fault": "memoria"}


class _Child:
    """One child process that reads files one after another."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _CHILD, str(_ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )

    def ask(self, what: int, seconds: float, raw: bytes) -> dict[str, Any] | None:
        """The answer for this file; None when the child is dead."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        dead = threading.Timer(seconds + _GRACE_SECONDS, self._process.kill)
        dead.daemon = True
        dead.start()
        try:
            stdin.write(REQUEST.pack(what, int(seconds * 1000), len(raw)) + raw)
            stdin.flush()
            head = stdout.read(ANSWER.size)
            length = ANSWER.unpack(head)[0] if len(head) == ANSWER.size else 0
            data = stdout.read(length) if 0 < length <= MAX_OUTPUT else b""
        except OSError:
            return None
        finally:
            dead.cancel()
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict) else None

    def end(self) -> None:
        """Close its input, by which it ends; kill it if it does not."""
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _end(children: list[_Child], pid: int) -> None:
    """End the children of the process with this id; in a fork of it they are somebody else's."""
    if os.getpid() != pid:
        return
    while children:
        with suppress(IndexError):
            children.pop().end()


def _as_text(answer: dict[str, Any]) -> PdfText:
    notes = tuple(str(note) for note in answer.get("notes") or ())
    pages = int(answer.get("pages") or 0)
    if fault := answer.get("fault"):
        return PdfText("no", pages=pages, fault=str(fault), notes=notes)
    fields = {str(name): str(value) for name, value in dict(answer.get("fields") or {}).items()}
    text = _with_fields(str(answer["text"]), fields)
    sheets = tuple(_sheet(sheet) for sheet in answer["sheets"])
    if answer.get("ocr") and any(sheet.words for sheet in sheets):
        return PdfText("ocr", text, pages, fields, None, sheets, notes)
    if fields or any(sheet.fields for sheet in sheets):
        return PdfText("acroform", text, pages, fields, None, sheets, notes)
    if text.strip():
        return PdfText("text", text, pages, {}, None, sheets, notes)
    return PdfText("no", pages=pages, fault="escaneado", sheets=sheets, notes=notes)


def _sheet(sheet: dict[str, Any]) -> Sheet:
    return Sheet(
        number=int(sheet["number"]),
        width=float(sheet["width"]),
        height=float(sheet["height"]),
        words=tuple(Word(str(text), *_numbers(rest)) for text, *rest in sheet["words"]),
        fields=tuple(_field(*field) for field in sheet["fields"]),
        boxes=tuple((x0, top, x1, bottom) for x0, top, x1, bottom in map(_numbers, sheet["boxes"])),
    )


def _field(name: Any, value: Any, box: Iterable[Any], check: Any) -> FormField:
    x0, top, x1, bottom = _numbers(box)
    return FormField(str(name), str(value), x0, top, x1, bottom, check is True)


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _with_fields(text: str, fields: dict[str, str]) -> str:
    """The form's values as lines 'name: value' below the text, because the page's text does not hold them."""
    lines = [f"{re.sub(r'[_.]+', ' ', name)}: {value}" for name, value in fields.items() if value and value not in text]
    return "\n".join([text, *lines]).strip()
