"""Does it add up? Every mail to a person has exactly one blind copy in its counting mailbox (P 5.65)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from ..model.figures import CopyFact, Facts, MailFact
from ..model.outgoing import DraftState
from ..model.report import Names

# How long a copy may take before it is missed: mail servers queue, and the counting mailbox is read in passes.
PATIENCE = timedelta(minutes=30)


class Mail(Protocol):
    """What counting needs to know of a mail of ours."""

    @property
    def message_id(self) -> str: ...
    @property
    def state(self) -> DraftState: ...
    @property
    def sent_at(self) -> datetime | None: ...


class Seen(Protocol):
    """What counting needs to know of a copy."""

    @property
    def message_id(self) -> str: ...
    @property
    def origin(self) -> str: ...


M = TypeVar("M", bound=Mail)
C = TypeVar("C", bound=Seen)


@dataclass(frozen=True, slots=True)
class Balance(Generic[M, C]):
    """One day's or period's count, each difference by name: mails without copy, copies twice, copies of no draft.

    `double` are the Message-IDs of mails counted more than once.
    """

    sent: int
    counted: int
    missing: tuple[M, ...]
    double: tuple[str, ...]
    outside: tuple[C, ...]

    @property
    def even(self) -> bool:
        return not (self.missing or self.double)


def balance(sent: Iterable[M], copies: Iterable[C], now: datetime) -> Balance[M, C]:
    """Hold what was sent against the copies seen. A copy is missing only after PATIENCE since the sending."""
    drafts = [draft for draft in sent if draft.state.sent]
    counted = [copy for copy in copies if copy.origin == "conteo"]
    times = Counter(copy.message_id for copy in counted)
    ours = {draft.message_id for draft in drafts}
    missing = tuple(d for d in drafts if not times[d.message_id] and d.sent_at and now - d.sent_at > PATIENCE)
    return Balance(
        sent=len(drafts),
        counted=sum(1 for message_id in times if message_id in ours),
        missing=missing,
        double=tuple(sorted(message_id for message_id, number in times.items() if number > 1 and message_id in ours)),
        outside=tuple(copy for copy in counted if copy.message_id not in ours),
    )


def balance_of(facts: Facts, since: datetime, until: datetime) -> Balance[MailFact, CopyFact]:
    """The count of the mails that left from `since` to before `until`, as far as it is known at `facts.until`.

    Outside are copies of no draft that were seen in that time; each once, though it lay there twice.
    """
    sent = [mail for mail in facts.mails if mail.sent_at and since <= mail.sent_at < until]
    names = {mail.id: mail.message_id for mail in facts.mails}
    ours = {mail.id for mail in sent}
    copies = [
        copy
        for copy in facts.copies
        if copy.draft in ours or (copy.draft is None and not copy.internal and since <= copy.seen_at < until)
    ]
    return balance(sent, _as_often_as_seen(copies, names), facts.until)


def _as_often_as_seen(copies: Iterable[CopyFact], names: dict[str, str]) -> Iterator[CopyFact]:
    """Each copy under its draft's own Message-ID (a consultant's program gives another), once for each time it lay."""
    for copy in copies:
        name = names.get(copy.draft, copy.message_id) if copy.draft else copy.message_id
        yield from (replace(copy, message_id=name) for _ in range(copy.times if copy.draft else 1))


def uncounted(facts: Facts, since: datetime, until: datetime, names: Names) -> tuple[CopyFact, ...]:
    """Mails that somebody sent by hand: seen in a Sent folder, not ours, and no counting mailbox has their copy."""
    counted = {copy.message_id for copy in facts.copies if copy.origin == "conteo"}
    return tuple(
        copy
        for copy in facts.copies
        if copy.origin == "enviados"
        and copy.draft is None
        and not copy.internal
        and copy.message_id not in counted
        and names.counts(copy.account)
        and any(map(names.outside, copy.to))
        and since <= copy.seen_at < min(until, facts.until - PATIENCE)
    )


__all__ = ["PATIENCE", "Balance", "balance", "balance_of", "uncounted"]
