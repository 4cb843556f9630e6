"""What another rule set would have done differently, mail by mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

_FIELDS = ("kind", "type", "topic", "clear", "urgent", "sensitive", "missing", "destination", "step", "disposition")


def differences(before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each field of a mail's decision that differs between two replays of the same folder, in file order."""
    new = {event["file"]: event for event in after if event["event"] == "decidido"}
    for event in before:
        other = new.get(event.get("file")) if event["event"] == "decidido" else None
        if other is None:
            continue
        for name in _FIELDS:
            if event[name] != other[name]:
                yield {"file": event["file"], "field": name, "before": event[name], "after": other[name]}
