"""One pass over one mailbox: receive → read → decide → reply → send → count. The only caller of ports."""

from __future__ import annotations

from .desk import Book, Desk, Station
from .incoming import receive
from .outbox import settle_uncertain, turn_interrupted, work_off
from .reviewing import review
from .terms import fall_due

__all__ = ["Book", "Desk", "Station", "run_pass"]


def run_pass(desk: Desk, station: Station) -> bool:
    """Do all that can be done now for one mailbox; True when something was done and a further pass may find more.

    The order matters: sendings that a crash interrupted are settled first; terms fall due only after the inbox has
    been read to its end (nothing is concluded while an answer may lie unread); effects follow their decision.
    MailboxUnavailable, LoginRefused (IMAP) and StoreUnavailable pass through: the caller backs off.
    """
    turn_interrupted(desk, station)
    worked = receive(desk, station)
    worked = work_off(desk, station) or worked
    worked = review(desk, station) or worked
    worked = settle_uncertain(desk, station) or worked
    worked = fall_due(desk, station) or worked
    return work_off(desk, station) or worked
