"""What another rule set would have done differently, mail by mail: the one comparison of `replay` and `rules try`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..reply.difference import changed

# Fields of a decision that are compared, and then what follows from it, for a mail's petition.
_DECIDED = (
    *("kind", "type", "topic", "clear", "urgent", "sensitive", "missing", "destination", "step", "disposition"),
    "template",
)
_FAULTS = ("error", "cuarentena")


def differences(before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each field of a mail's decision that differs between two replays of the same mails, then each petition's mails.

    A petition has the same reference in both, so that what left (`enviado`), what runs (`plazo`) and the words of each
    mail (`texto`, only of mails that are written in both) can be held side by side. `fallo` is what could not be done.
    """
    before, after = list(before), list(after)
    old, new = _decided(before), _decided(after)
    answered: set[str] = set()
    for file, was in old.items():
        for name in _DECIDED if file in new else ():
            if was[name] != new[file][name]:
                answered |= {str(was["petition"])} if name == "disposition" else set()
                yield _line(file, was["petition"], name, was[name], new[file][name])
    yield from _unlike("fallo", _grouped(before, _FAULTS, _fault, "file"), _grouped(after, _FAULTS, _fault, "file"))
    for action, told in (("enviado", _mail), ("plazo", _term)):
        mine, theirs = (_grouped(events, (action,), told, "petition") for events in (before, after))
        yield from _unlike(action, mine, theirs)
    mails, others = _written(before), _written(after)
    for key in sorted(mails.keys() & others.keys()):
        (text, leaves), (other, now) = mails[key], others[key]
        # Mail programs part lines anew: only words count.
        if changed(text, other):
            yield _line(key[0], key[0], "texto", text, other)
        # What answers the mail itself was told above; here is what a term or an answer of somebody's made us write.
        if leaves != now and key[0] not in answered:
            yield _line(key[0], key[0], "disposition", leaves, now)


def _line(file: str, petition: str | None, field: str, before: Any, after: Any) -> dict[str, Any]:
    return {"file": file, "petition": petition, "field": field, "before": before, "after": after}


def _unlike(field: str, before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    for key in sorted({*before, *after}):
        was, became = before.get(key, []), after.get(key, [])
        if was != became:
            yield _line(key, None if field == "fallo" else key, field, was, became)


def _decided(events: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {event["file"]: event for event in events if event["event"] == "decidido"}


def _grouped(
    events: Iterable[dict[str, Any]], actions: Iterable[str], told: Callable[[dict[str, Any]], str], by: str
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for event in events:
        if event["event"] in actions and event.get(by):
            found.setdefault(str(event[by]), []).append(told(event))
    return found


def _written(events: Iterable[dict[str, Any]]) -> dict[tuple[str, str, int], tuple[str, str]]:
    """Words and disposition of each mail as it was written last: one that waits and leaves later is one."""
    return {
        (str(event["petition"]), event["clase"], event["vez"]): (
            f"{event['asunto']}\n\n{event['texto']}",
            event["disposicion"],
        )
        for event in events
        if event["event"] in ("borrador", "enviado")
    }


def _mail(event: dict[str, Any]) -> str:
    return f"{str(event['at'])[:16]} {event['clase']}"


def _term(event: dict[str, Any]) -> str:
    return f"{event['name']} hasta {str(event['due'])[:16]}"


def _fault(event: dict[str, Any]) -> str:
    return str(event.get("motivo") or event.get("detalle"))
