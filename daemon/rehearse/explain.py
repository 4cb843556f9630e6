"""`acuse explain`: what would be decided about one mail, and why; no side effects, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..decide.profiles import profile_of
from ..errors import AcuseError, Unreadable
from ..model.decision import Decision, Disposition, Reason, Step
from ..model.ledger import History
from ..model.mail import Attachment, Kind, Reading
from ..model.survival import Form
from ..ports import Store
from ..read import keys as keys_of
from .bench import Bench

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_HISTORY: Mapping[str, Store] = MappingProxyType({})


def mails_in(paths: Sequence[Path]) -> list[Path]:
    """The .eml files that these paths name, folders searched whole, in a stable order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob("*.eml"))
        elif path.is_file():
            found.append(path)
        else:
            raise AcuseError("no existe ese archivo o carpeta", where=str(path), cure="revise la ruta")
    if not found:
        raise no_mails(paths[0])
    return found


def no_mails(folder: Path) -> AcuseError:
    """What is told of a folder without any mail: silence would look like success."""
    return AcuseError("no hay ningún correo .eml", where=str(folder), cure="revise la ruta")


def explain(
    raw: bytes, name: str, bench: Bench, *, mailbox: str | None = None, stores: Mapping[str, Store] = NO_HISTORY
) -> dict[str, Any]:
    """The object of DESIGN §9 for one mail. `stores` hold the history by mailbox; `now` is its reception."""
    try:
        reading = bench.read(raw, mailbox)
    except Unreadable as problem:
        return unreadable(name, mailbox, problem)
    history = _history(reading, bench, stores.get(reading.mailbox), reading.received_at)
    profile = profile_of(bench.rules, reading.mailbox)
    plan = profile.on_message(reading, history, bench.policy, reading.received_at)
    assert plan.decision is not None
    return as_object(plan.decision, name, reading)


def _history(reading: Reading, bench: Bench, store: Store | None, now: datetime) -> History:
    if store is None:
        return History()
    return store.history_for(keys_of(reading), bench.policy.calendar.midnight(now))


def as_object(decision: Decision, name: str, reading: Reading) -> dict[str, Any]:
    """A decision in the words and the order of DESIGN §9."""
    data = decision.data
    return {
        "file": name,
        "message_id": reading.message_id,
        "buzon": reading.mailbox,
        "kind": decision.kind.value,
        "type": decision.type.value if decision.type else None,
        "topic": decision.topic,
        "clear": decision.clear,
        "urgent": decision.urgent,
        "sensitive": decision.sensitive,
        "data": {name: getattr(data, name) for name in ("nombre", "nss", "curp", "rfc", "telefono", "correo", "folio")},
        "missing": list(decision.missing),
        "destination": asdict(decision.destination),
        "step": decision.step.value,
        "disposition": decision.disposition.value,
        "template": decision.template,
        "forms": _forms(decision),
        "confidence": round(decision.confidence, 4),
        "reasons": [asdict(reason) for reason in decision.reasons],
    }


def unreadable(name: str, mailbox: str | None, problem: Unreadable) -> dict[str, Any]:
    """The object for a message that cannot be read at all: quarantined as `ilegible`."""
    reason = Reason("ilegible", "", str(problem))
    reading = Reading("", "", mailbox or "", EPOCH, Kind.OTRO, str(problem), None, None)
    decision = Decision(Kind.OTRO, Step.SIN_RESPUESTA, Disposition.NINGUNA, clear=False, reasons=(reason,))
    return as_object(decision, name, reading)


def _is_pdf(attachment: Attachment) -> bool:
    return attachment.content_type == "application/pdf" or attachment.file.lower().endswith(".pdf")


def _forms(decision: Decision) -> list[dict[str, Any]]:
    """The forms of IMSS Digital as they were read; in any other mail the attached PDFs, whose fields nobody reads."""
    if decision.forms:
        return [_form(form) for form in decision.forms]
    return [_unread(attachment) for attachment in decision.attachments if _is_pdf(attachment)]


def _form(form: Form) -> dict[str, Any]:
    faults = [{"code": fault.code, "field": fault.field, "text": fault.text} for fault in form.faults]
    return {"file": form.file, "readable": form.readable, "fields": dict(form.fields), "faults": faults}


def _unread(attachment: Attachment) -> dict[str, Any]:
    faults = [{"code": attachment.fault, "field": None, "text": attachment.fault}] if attachment.fault else []
    return {"file": attachment.file, "readable": attachment.readable, "fields": {}, "faults": faults}


def explain_all(
    paths: Iterable[Path], bench: Bench, *, mailbox: str | None = None, stores: Mapping[str, Store] = NO_HISTORY
) -> Iterator[dict[str, Any]]:
    """One object a file, in order."""
    for path in paths:
        yield explain(path.read_bytes(), path.name, bench, mailbox=mailbox, stores=stores)
