"""`acuse rules try`: what changed rules would decide otherwise of the mail that really came in, the gravest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..decide.profiles import profile_of
from ..edge.imap import ImapMailbox
from ..edge.imap_past import fetch, look
from ..errors import Unreadable
from ..model import ids
from ..model.masks import masked
from ..model.rules import RuleSet
from .bench import Bench
from .compare import differences
from .replay import Arrived, replay_mails

# From the gravest change to the least: first what a person would get without anybody's looking, last how it is worded.
GRAVITY = (
    *("fallo", "disposition", "step", "kind", "sensitive", "urgent", "destination", "type", "topic", "missing"),
    *("clear", "enviado", "plazo", "template", "texto"),
)
# What these become differs from mail to mail: a group of its own for each would tell nothing.
_EACH_ITS_OWN = frozenset({"fallo", "enviado", "plazo", "texto"})
# Where the daemon looks for mail, and where it files what it has read (rules/carpetas.yaml).
_FILED = ("peticiones", "supervivencia", "copias", "rebotes", "automaticos", "ajenos", "fichas")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be otherwise about a mail, in the words of `explain` and `replay`."""

    field: str
    before: Any
    after: Any

    @property
    def gravity(self) -> tuple[int, int]:
        """The lower, the graver; what would leave by itself is graver than what would wait for a person."""
        leaves = self.field == "disposition" and self.after == "enviar"
        return GRAVITY.index(self.field), 0 if leaves else 1


@dataclass(frozen=True, slots=True)
class Altered:
    """One mail that would fare otherwise: `place` is its file, or account, folder and UID; `sender` is masked."""

    at: datetime
    account: str
    place: str
    petition: str | None
    message_id: str
    sender: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Mails whose gravest change is the same; `change` has no values where each mail has its own."""

    change: Change
    mails: tuple[Altered, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome: how many mails were read, and those that would fare otherwise, oldest first."""

    read: int
    altered: tuple[Altered, ...] = ()
    versions: tuple[str, str] = ("", "")

    @property
    def groups(self) -> tuple[Group, ...]:
        """Each mail once, with those that share its gravest change; the gravest groups first, then the biggest."""
        found: dict[Change, list[Altered]] = {}
        for mail in self.altered:
            worst = mail.changes[0]
            alone = worst.field in _EACH_ITS_OWN
            key = Change(worst.field, None, None) if alone else _as_key(worst)
            found.setdefault(key, []).append(mail)
        groups = [Group(change, tuple(mails)) for change, mails in found.items()]
        return tuple(sorted(groups, key=lambda group: (group.change.gravity, -len(group.mails))))

    def counts(self) -> dict[str, int]:
        """How many mails change in each field, the gravest field first; a mail may count in several."""
        fields = [{change.field for change in mail.changes} for mail in self.altered]
        counted = {name: sum(name in each for each in fields) for name in GRAVITY}
        return {name: number for name, number in counted.items() if number}


def try_rules(
    mails: Sequence[Arrived],
    before: Bench,
    after: Bench,
    *,
    until: datetime | None = None,
    accounts: tuple[str, ...] = (),
    tell: Callable[[int], None] = lambda _done: None,
) -> Trial:
    """Replay the mails under both and compare; nothing of it leaves memory. `tell` hears up to twice their number."""
    done = len(mails)
    was = list(replay_mails(mails, before, until=until, accounts=accounts, tell=tell))
    now = list(replay_mails(mails, after, until=until, accounts=accounts, tell=lambda number: tell(done + number)))
    return Trial(done, _altered(mails, was, now, before), (before.rules.version, after.rules.version))


def _altered(
    mails: Sequence[Arrived], was: list[dict[str, Any]], now: list[dict[str, Any]], bench: Bench
) -> tuple[Altered, ...]:
    """The changes by mail. What changes of a petition later is told of the mail that opened it."""
    opened, petitions = _opened_by((*was, *now)), _petition_of((*now, *was))
    changes: dict[str, list[Change]] = {}
    for line in differences(was, now):
        name = opened.get(line["file"], line["file"])
        changes.setdefault(name, []).append(Change(line["field"], line["before"], line["after"]))
    found = []
    for mail in mails:
        if mine := changes.get(mail.name):
            sender, message_id = _author(mail, bench)
            ordered = tuple(sorted(mine, key=lambda change: change.gravity))
            petition = petitions.get(mail.name)
            at = bench.policy.calendar.local(mail.at)
            found.append(Altered(at, mail.account, mail.name, petition, message_id, sender, ordered))
    return tuple(found)


def _opened_by(events: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The first mail of each petition."""
    found: dict[str, str] = {}
    for event in events:
        if event["event"] == "decidido" and event["petition"]:
            found.setdefault(event["petition"], event["file"])
    return found


def _petition_of(events: Iterable[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        if event["event"] == "decidido" and event["petition"]:
            found.setdefault(event["file"], event["petition"])
    return found


def _author(mail: Arrived, bench: Bench) -> tuple[str, str]:
    """(masked address, Message-ID) of who wrote."""
    try:
        reading = bench.read(mail.raw, mail.account, mail.at)
    except Unreadable:
        return "", ""
    return masked(reading.author.email) if reading.author else "", reading.message_id


def _as_key(change: Change) -> Change:
    """The same change in values that can be compared and counted: of a destination its kind and name."""

    def plain(value: Any) -> Any:
        return tuple(value.values()) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value

    return Change(change.field, plain(change.before), plain(change.after))


# --- the mail that really came in ----------------------------------------------------------------------------------


def gather(
    mailboxes: Sequence[ImapMailbox],
    rules: RuleSet,
    since: datetime,
    key: bytes,
    tell: Callable[[int, int | None], None],
) -> list[Arrived]:
    """Everything that came into these accounts since then, in order, read again without a trace of it.

    Our own mails are left out, since a replay writes them anew. The daemon has moved most into folders: they are found
    by the day of their arrival.
    """
    found: list[Arrived] = []
    for mailbox in mailboxes:
        inward = ("INBOX", rules.carpetas.no_deseado, *(str(getattr(rules.carpetas, name)) for name in _FILED))
        asks = profile_of(rules, mailbox.account).on_own_mail is not None
        sent = mailbox.resolve(rules.carpetas.enviados)
        places = look(
            mailbox, (*inward, *((sent,) if asks else ())), since, lambda name: ids.folio_of(name, key) is not None
        )
        total = len(found) + sum(len(place.uids) for place in places)
        for folder, message in fetch(mailbox, places):
            name = f"{mailbox.account}/{folder}/{message.uid}"
            own = asks and folder == sent
            found.append(Arrived(message.received_at, name, mailbox.account, message.raw, own))
            tell(len(found), total)
    return sorted(found, key=lambda mail: (mail.at, mail.name))
