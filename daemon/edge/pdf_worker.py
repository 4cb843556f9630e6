"""The child that opens one PDF under limits of time and memory: bytes on standard input, JSON on standard output.

It runs as `python -I` apart from the daemon and imports nothing of it, because a hostile PDF may kill it.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import sys
from typing import Any

CPU_SECONDS = 10
MEMORY_BYTES = 600 << 20
PAGES = 3
MAX_TEXT = 200_000
MAX_OUTPUT = 2_000_000
MAX_FIELDS = 500


def main() -> None:
    """Read one PDF and say what it holds: pages, text, words with their places, form fields, or the fault's name."""
    raw = sys.stdin.buffer.read()
    _limit()
    logging.disable(logging.CRITICAL)
    try:
        answer = _read(raw)
    except MemoryError:
        answer = {"fault": "memoria"}
    except RecursionError:
        answer = {"fault": "truncado"}
    text = json.dumps(answer)
    if len(text) > MAX_OUTPUT:
        text = json.dumps({**answer, "words": []})
    sys.stdout.write(text)


def _limit() -> None:
    for what, value in (
        (resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1)),
        (resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_FSIZE, (0, 0)),
        (resource.RLIMIT_NOFILE, (32, 32)),
    ):
        resource.setrlimit(what, value)


def _read(raw: bytes) -> dict[str, Any]:
    import pdfplumber

    try:
        with pdfplumber.open(io.BytesIO(raw), raise_unicode_errors=False) as pdf:
            answer: dict[str, Any] = {"pages": len(pdf.pages), "text": "", "words": [], "fields": {}}
            answer["fields"] = _fields(pdf)
            for page in pdf.pages[:PAGES]:
                words = page.extract_words(use_text_flow=True, x_tolerance=2)
                answer["words"].append([(w["text"], round(w["x0"], 1), round(w["top"], 1)) for w in words])
                answer["text"] = f"{answer['text']}\n{_lines(words)}".strip()[:MAX_TEXT]
                page.close()
            return answer
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - the parser raises anything on damaged files; the parent needs its name.
        inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
        if isinstance(inner, MemoryError):
            return {"fault": "memoria"}
        return {"fault": _named(type(inner).__name__, raw)}


def _named(error: str, raw: bytes) -> str:
    if error in ("PDFPasswordIncorrect", "PDFEncryptionError"):
        return "cifrado"
    return "truncado" if b"%PDF-" in raw[:1024] else "no_es_pdf"


def _lines(words: list[dict[str, Any]]) -> str:
    """The words in lines: a word that stands lower or further left than the one before begins a new line."""
    lines: list[list[str]] = []
    last_top = last_x = 0.0
    for word in words:
        if not lines or abs(word["top"] - last_top) > 4 or word["x0"] < last_x - 1:
            lines.append([])
        lines[-1].append(word["text"])
        last_top, last_x = word["top"], word["x0"]
    return "\n".join(" ".join(line) for line in lines)


def _fields(pdf: Any) -> dict[str, str]:
    """AcroForm values by full name; they are not in the page's text.

    Only leaves are decoded: a field points to its page, which points back, and decoding that whole never ends.
    """
    form = _resolved(pdf.doc.catalog.get("AcroForm"))
    found: dict[str, str] = {}
    todo = [("", field) for field in _resolved(form.get("Fields")) or []] if isinstance(form, dict) else []
    for _ in range(MAX_FIELDS):
        if not todo:
            break
        prefix, reference = todo.pop(0)
        field = _resolved(reference)
        if not isinstance(field, dict):
            continue
        name = ".".join(part for part in (prefix, _leaf(field.get("T"))) if part)
        todo += [(name, kid) for kid in _resolved(field.get("Kids")) or []]
        if name and (value := _leaf(field.get("V"))):
            found[name] = value
    return found


def _leaf(thing: Any) -> str:
    """A string or a name of a PDF as text; '' for anything bigger."""
    from pdfminer.psparser import PSLiteral
    from pdfplumber.utils.pdfinternals import decode_text

    thing = _resolved(thing)
    if isinstance(thing, PSLiteral):
        thing = thing.name
    if isinstance(thing, list):
        return ", ".join(filter(None, (_leaf(item) for item in thing[:20])))
    return decode_text(thing)[:2000] if isinstance(thing, (str, bytes)) else ""


def _resolved(thing: Any) -> Any:
    from pdfminer.pdftypes import resolve1

    return resolve1(thing)


if __name__ == "__main__":
    main()
