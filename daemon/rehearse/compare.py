"""What another rule set would have done differently, mail by mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

_FIELDS = ("kind", "type", "topic", "clear", "urgent", "sensitive", "missing", "destination", "step", "disposition")


def differences(before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each field of a mail's decision that differs between two replays of the same folder, then each mail and term.

    A petition has the same reference in both, so that what left and what runs can be held side by side.
    """
    before, after = list(before), list(after)
    new = {event["file"]: event for event in after if event["event"] == "decidido"}
    for event in before:
        other = new.get(event.get("file")) if event["event"] == "decidido" else None
        if other is None:
            continue
        for name in _FIELDS:
            if event[name] != other[name]:
                yield {"file": event["file"], "field": name, "before": event[name], "after": other[name]}
    for action, told in (("enviado", _mail), ("plazo", _term)):
        old, now = _by_petition(before, action, told), _by_petition(after, action, told)
        for petition in sorted({*old, *now}):
            if old.get(petition) != now.get(petition):
                was, became = old.get(petition, []), now.get(petition, [])
                yield {"file": petition, "field": action, "before": was, "after": became}


def _by_petition(
    events: Iterable[dict[str, Any]], action: str, told: Callable[[dict[str, Any]], str]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for event in events:
        if event["event"] == action:
            found.setdefault(str(event["petition"]), []).append(told(event))
    return found


def _mail(event: dict[str, Any]) -> str:
    return f"{str(event['at'])[:16]} {event['clase']}"


def _term(event: dict[str, Any]) -> str:
    return f"{event['name']} hasta {str(event['due'])[:16]}"
