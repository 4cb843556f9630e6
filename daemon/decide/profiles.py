"""Profiles: what a mailbox is for. One module for each, one line here; flow asks them and knows none by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..model.decision import Plan
from ..model.ledger import History
from ..model.mail import Reading
from ..model.outgoing import Draft
from ..model.petition import Petition
from ..model.rules import RuleSet
from ..model.survival import Check
from ..model.survival_rules import OFFICE, RECEPTION
from . import arrivals, byhand, outcomes
from .policy import Policy
from .survival import consulate, reception

MEDIOS = "medios_electronicos"


class OnMessage(Protocol):
    """What follows from a message of this mailbox."""

    def __call__(self, reading: Reading, history: History, policy: Policy, now: datetime) -> Plan: ...


class OnSent(Protocol):
    """What follows when a mail of this mailbox has left; `checks`: its petition's, and others it gives receipts of."""

    def __call__(
        self,
        petition: Petition,
        draft: Draft,
        policy: Policy,
        at: datetime,
        *,
        actor: str = "acuse",
        checks: Sequence[Check] = (),
    ) -> Plan: ...


class OnDue(Protocol):
    """What follows when a term of a petition of this mailbox fell due; `unread` counts mails that nobody could read."""

    def __call__(
        self, petition: Petition, history: History, policy: Policy, now: datetime, *, unread: int = 0
    ) -> Plan: ...


class OnCopy(Protocol):
    """What follows from the copy of a mail to a person that none of our drafts is; `proven`: our people did send it."""

    def __call__(self, reading: Reading, history: History, policy: Policy, now: datetime, *, proven: bool) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Profile:
    """A mailbox profile. `on_own_mail` is asked about mail of the account's own that nobody of us wrote (in *Sent*),
    `on_copy` about any copy of a mail that people wrote by hand, seen in *Sent* or by its blind copy.

    `apart`: a message that also came to another of our accounts is a matter of its own here. It is the same petition
    for those that citizens write to, but of IMSS Digital one side sends what the other receives.
    """

    on_message: OnMessage
    on_sent: OnSent
    on_due: OnDue
    on_own_mail: OnMessage | None = None
    on_copy: OnCopy | None = None
    apart: bool = False


PROFILES: dict[str, Profile] = {
    MEDIOS: Profile(arrivals.on_message, outcomes.on_sent, outcomes.on_due, on_copy=byhand.on_own_mail),
    RECEPTION: Profile(reception.on_message, reception.on_sent, reception.on_due, apart=True),
    OFFICE: Profile(consulate.on_message, consulate.on_sent, consulate.on_due, consulate.on_own_mail, apart=True),
}


def name_of_profile(rules: RuleSet, account: str) -> str:
    """The profile of an account: as rules/casa.yaml says; an enabled account of a consular office has the office's."""
    cuenta = rules.buzon(account)
    return cuenta.perfil if cuenta else MEDIOS


def profile_of(rules: RuleSet, account: str) -> Profile:
    """What serves this account; mail of accounts that nobody described is judged as petitions."""
    return PROFILES.get(name_of_profile(rules, account), PROFILES[MEDIOS])
