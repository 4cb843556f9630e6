"""Does it add up? Every mail to a person has exactly one blind copy in its counting mailbox (P 5.65)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model.ledger import Copy
from ..model.outgoing import Draft

# How long a copy may take before it is missed: mail servers queue, and the counting mailbox is read in passes.
PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Balance:
    """One day's or period's count, each difference by name: drafts without copy, copies twice, copies of no draft."""

    sent: int
    counted: int
    missing: tuple[Draft, ...]
    double: tuple[str, ...]
    outside: tuple[Copy, ...]

    @property
    def even(self) -> bool:
        return not (self.missing or self.double)


def balance(sent: Iterable[Draft], copies: Iterable[Copy], now: datetime) -> Balance:
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
        double=tuple(sorted(message_id for message_id, number in times.items() if number > 1)),
        outside=tuple(copy for copy in counted if copy.message_id not in ours),
    )
