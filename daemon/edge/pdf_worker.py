"""The child that opens PDFs: it reads one file after another from standard input, each in a fork of its own.

It runs as `python -I` apart from the daemon. It loads the libraries once and parses nothing itself: a fork does, under
limits of time and memory, and ends with the file. So one file costs milliseconds, sees nothing of another one, and
leaves nothing behind, and what kills a fork harms nobody.

A request is `REQUEST` (what, milliseconds, length) and the file; an answer is `ANSWER` (length) and JSON. The child
ends when its input does, so it never outlives the daemon, however that ends.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import select
import signal
import struct
import time
from typing import Any

REQUEST = struct.Struct(">III")
ANSWER = struct.Struct(">I")
PDF, PDF_WITH_OCR, IMAGE = range(3)
MAX_OUTPUT = 8_000_000

_CPU_SECONDS, _CPU_SECONDS_OF_OCR = 10, 45
_MEGABYTES, _MEGABYTES_OF_OCR = 600, 900


def main() -> None:
    """Answer requests until there are no more."""
    # Loaded here, before the first fork, and not above, because the daemon reads this module for its constants.
    from . import pdf_ocr, pdf_pages  # noqa: F401

    # Who stops the daemon stops its children by ending their input: a file must not seem damaged for being interrupted.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    gc.collect()
    gc.freeze()
    while len(head := _receive(REQUEST.size)) == REQUEST.size:
        what, milliseconds, length = REQUEST.unpack(head)
        raw = _receive(length)
        if len(raw) < length:
            return
        answer = _answer(what, milliseconds / 1000, raw)
        del raw
        _send(1, ANSWER.pack(len(answer)) + answer)


def _receive(length: int) -> bytes:
    parts = []
    while length and (part := os.read(0, min(length, 1 << 20))):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _send(place: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(place, view) :]


def _answer(what: int, seconds: float, raw: bytes) -> bytes:
    """What a fork says of this file within the time, else why it died."""
    reading, writing = os.pipe()
    if not (fork := os.fork()):
        try:
            _work(writing, what, seconds, raw)
        finally:
            os._exit(1)
    os.close(writing)
    said, fault = _listen(reading, time.monotonic() + seconds)
    os.close(reading)
    if fault:
        _kill(fork)
    _, status = os.waitpid(fork, 0)
    if not fault and status == 0 and said:
        return said
    late = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    return json.dumps({"fault": fault or ("tiempo" if late else "memoria")}).encode()


def _listen(reading: int, deadline: float) -> tuple[bytes, str]:
    """Everything that the fork writes, or the fault: too late, or too much. Ends the child when the daemon is gone."""
    parts: list[bytes] = []
    size = 0
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    poll.register(0, 0)
    while True:
        events = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
        if not events:
            return b"", "tiempo"
        if 0 in events:
            return b"", "tiempo"
        part = os.read(reading, 1 << 20)
        if not part:
            return b"".join(parts), ""
        parts.append(part)
        size += len(part)
        if size > MAX_OUTPUT:
            return b"", "memoria"


def _kill(fork: int) -> None:
    """End a fork and the programs that it started; they are a group of their own."""
    for end in (os.killpg, os.kill):
        try:
            end(fork, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _work(writing: int, what: int, seconds: float, raw: bytes) -> None:
    """Inside the fork: read the file under limits and write the answer."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(nothing, place)
    _limit(what)
    # Collecting seldom is quicker; the limit of memory stands for what it would have freed.
    gc.set_threshold(100_000, 50, 50)
    try:
        answer = _read(what, seconds, raw)
    except MemoryError:
        answer = {"fault": "memoria"}
    except Exception:  # noqa: BLE001 - a parser may raise anything on a damaged file, and a fork has nobody to tell.
        answer = {"fault": "truncado"}
    _send(writing, _within_limits(answer))
    os._exit(0)


def _limit(what: int) -> None:
    """The limits of a fork; of those that OCR needs more of, the hard limit leaves room."""
    cpu, memory = (_CPU_SECONDS, _MEGABYTES) if what == PDF else (_CPU_SECONDS_OF_OCR, _MEGABYTES_OF_OCR)
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, _CPU_SECONDS, cpu + 1),
        (resource.RLIMIT_AS, _MEGABYTES << 20, memory << 20),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, 32, 32),
    ):
        resource.setrlimit(kind, (soft, hard))


def _give_more() -> None:
    """Let OCR take what the hard limits leave; a second less of time, so that the signal tells time from memory."""
    for kind, less in ((resource.RLIMIT_CPU, 1), (resource.RLIMIT_AS, 0)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (hard - less, hard))


def _read(what: int, seconds: float, raw: bytes) -> dict[str, Any]:
    from . import pdf_ocr, pdf_pages

    # A little less than the whole time, so that what has been read until then is still told.
    deadline = time.monotonic() + 0.8 * seconds
    if what == IMAGE:
        _give_more()
        return pdf_ocr.read_image(raw, deadline)
    answer = pdf_pages.read(raw)
    if what == PDF_WITH_OCR and "fault" not in answer and not answer["sheets_with_words"] and pdf_ocr.is_there():
        _give_more()
        seen = pdf_ocr.read_pdf(raw, deadline)
        return {**answer, **seen, "notes": sorted({*answer["notes"], *seen["notes"]})}
    return answer


def _within_limits(answer: dict[str, Any]) -> bytes:
    """The answer as JSON, without its last sheets where it would be too long."""
    data = json.dumps(answer).encode()
    while len(data) > MAX_OUTPUT and answer.get("sheets"):
        kept = answer["sheets"][: len(answer["sheets"]) // 2]
        answer = {**answer, "sheets": kept, "notes": sorted({*answer["notes"], "paginas_sin_leer"})}
        data = json.dumps(answer).encode()
    return data
