"""Attached PDFs, read by a child process under limits of time and memory, so that none can stop the daemon."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from signal import SIGXCPU
from typing import Any

from daemon.model.mail import PdfText

_WORKER = Path(__file__).with_name("pdf_worker.py")
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class PdfReader:
    """Callable from the bytes of a PDF to what it says: text of the first three pages and form fields.

    Never raises: what cannot be read comes with its fault by name: cifrado, truncado, escaneado, enorme (more than
    `max_bytes`, not tried), no_es_pdf, tiempo, memoria. `wall_seconds` is the longest that one file may take.
    """

    max_bytes: int = 15 * _MEGABYTE
    wall_seconds: float = 20.0

    def __call__(self, raw: bytes) -> PdfText:
        answer = self.raw_answer(raw)
        fault = answer.get("fault")
        if isinstance(fault, str):
            return PdfText("no", fault=fault)
        fields = {str(name): str(value) for name, value in dict(answer.get("fields") or {}).items()}
        text = _with_fields(str(answer.get("text") or ""), fields)
        pages = int(answer.get("pages") or 0)
        if fields:
            return PdfText("acroform", text, pages, fields)
        if text.strip():
            return PdfText("text", text, pages)
        return PdfText("no", pages=pages, fault="escaneado")

    def raw_answer(self, raw: bytes) -> dict[str, Any]:
        """The child's whole answer, with `words` as (text, x, y) a page for who reads forms, or `fault`."""
        if len(raw) > self.max_bytes:
            return {"fault": "enorme"}
        if b"%PDF-" not in raw[:1024]:
            return {"fault": "no_es_pdf"}
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-B", str(_WORKER)],
                input=raw,
                capture_output=True,
                timeout=self.wall_seconds,
                check=False,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired:
            return {"fault": "tiempo"}
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            return {"fault": _death(done.returncode, done.stderr)}
        return answer if isinstance(answer, dict) else {"fault": "truncado"}


def _with_fields(text: str, fields: dict[str, str]) -> str:
    """The form's values as lines 'name: value' below the text, because the page's text does not hold them."""
    lines = [f"{re.sub(r'[_.]+', ' ', name)}: {value}" for name, value in fields.items() if value and value not in text]
    return "\n".join([text, *lines]).strip()


def _death(code: int, stderr: bytes) -> str:
    """Why a child without an answer died: its processor time was over, or its memory (also by SIGSEGV or SIGKILL)."""
    return "tiempo" if code == -SIGXCPU and b"MemoryError" not in stderr else "memoria"
