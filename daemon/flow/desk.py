"""What every step of a pass works with: the desk (store, clock, policy, templates, journal) and a mailbox's station."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ..decide.assignment import briefed
from ..decide.guards import in_the_shadow
from ..decide.policy import Policy
from ..decide.supervision import shelf
from ..decide.survival.plans import alarm
from ..errors import AcuseError
from ..model import ids
from ..model.decision import Decision, Ficha, Notify, Plan, Register, SendFicha, Write
from ..model.figures import AlarmFact
from ..model.ledger import Copy, Delivery, Event, History, Keys
from ..model.mail import Reading
from ..model.outgoing import Draft, DraftState, InternalMail
from ..model.petition import HistoryEntry, Petition
from ..model.siade import Record
from ..model.survival import Check
from ..model.templates import TemplateSet
from ..ports import Clock, Journal, Mailbox, ReviewFolder, Sender, Store
from ..reply import compose, compose_ficha, compose_notice
from ..reply.clean import Markdown
from ..reply.house import compose_house
from ..reply.message import File

ReadMail = Callable[[bytes, str, datetime], Reading]


@dataclass(slots=True)
class Station:
    """One mailbox with its review folder and its sender. `envios` is normales|solo_borradores|detenidos (DESIGN §7).

    `since` is where a first run starts; None means from now on.
    """

    mailbox: Mailbox
    review: ReviewFolder
    sender: Sender
    envios: str = "normales"
    since: datetime | None = None

    @property
    def account(self) -> str:
        return self.mailbox.account


@dataclass(frozen=True, slots=True)
class Book:
    """One version of everything that admins write: rules and templates, loaded and checked as one.

    `read` understands mail by the house that these rules tell of.
    """

    policy: Policy
    templates: TemplateSet
    read: ReadMail


@dataclass(slots=True)
class Desk:
    """Everything that is the same for all mailboxes. `accounts` are all that this installation reads.

    A desk has the rules and templates of one version and keeps them: whatever is done for one message, term, draft or
    task is done on one desk. `fresh` is asked between two of them, and nowhere else.

    `attempts` is how often a message is tried before quarantine; `grace` how long a draft may be nowhere in the
    review folder before it counts as deleted (a client saves an edit by adding the new one and removing the old).
    `shadow` are the accounts under `solo_borradores`: what would leave by itself is laid for review, with its ficha.
    `paused` says until when an account sends nothing, because its server is out of reach.
    `newest` gives the newest book where rules are watched; both are shared by all versions of a desk, as is `alarmed`.
    `unkept` are alarms that are on and that the store could not note: a full disk takes none.
    """

    store: Store
    clock: Clock
    policy: Policy
    templates: TemplateSet
    journal: Journal
    read: ReadMail
    accounts: tuple[str, ...]
    attempts: int = 3
    grace: timedelta = timedelta(seconds=90)
    uncertain_after: timedelta = timedelta(minutes=15)
    shadow: frozenset[str] = frozenset()
    alarmed: set[str] = field(default_factory=set)
    unkept: dict[str, AlarmFact] = field(default_factory=dict)
    paused: dict[str, datetime] = field(default_factory=dict)
    newest: Callable[[], Book] | None = None

    def fresh(self, *, folders: bool = False) -> Desk:
        """This desk under the newest book; itself when that is its own.

        A book that names other folders is left to the next pass (`folders`): the one under way has its folders open.
        """
        book = self.newest() if self.newest else None
        if book is None or (book.policy is self.policy and book.templates is self.templates):
            return self
        if not folders and book.policy.rules.carpetas != self.policy.rules.carpetas:
            return self
        return replace(self, policy=book.policy, templates=book.templates, read=book.read)

    def now(self) -> datetime:
        return self.clock.now()

    def folio_of(self, message_id: str) -> str | None:
        """The petition that a Message-ID signed by us belongs to."""
        return ids.folio_of(message_id, self.policy.key)

    def shelf(self, consultor: str) -> str:
        """The sub-folder of drafts into which a consultant's are laid today; '' for the folder itself."""
        rules = self.policy.rules
        return shelf(consultor, rules, self.policy.calendar.local(self.now()).date())

    def tell(self, action: str, petition: Petition | None = None, /, **fields: Any) -> None:
        """Journal one thing that happened."""
        folio = petition.folio if petition else fields.pop("folio", None)
        state = petition.state.value if petition else fields.pop("state", None)
        self.journal(Event(self.now(), action, folio, state, fields))

    def history_for(self, keys: Keys, account: str) -> History:
        """What is known that bears on a message with these keys, or on a term, of this account."""
        now = self.now()
        history = self.store.history_for(keys, self.policy.calendar.midnight(now))
        return replace(history, sent_lately=self.store.sent_by(account, now - timedelta(hours=1)))

    def checks_of(self, draft: Draft) -> tuple[Check, ...]:
        """The survival checks of a mail's petition, and those of earlier petitions that it gives a receipt of."""
        given = ids.receipts_in(draft.text)
        earlier = (self.store.checks_of(folio) for folio in dict.fromkeys(given.values()) if folio != draft.folio)
        named = (check for checks in earlier for check in checks if check.id in given)
        return (*self.store.checks_of(draft.folio), *named)

    def tell_people(
        self,
        name: str,
        to: str,
        subject: str,
        body: Markdown,
        *,
        urgent: bool = False,
        files: Sequence[File] = (),
        html: str | None = None,
    ) -> str:
        """Send one of our own people a mail that belongs to no petition; the same `name` to them is sent once.

        Returns the Message-ID under which they have it, by which an answer is known.
        """
        now, policy = self.now(), self.policy
        account = next((a for a in self.accounts if policy.rules.cuenta(a)), self.accounts[0])
        mail = compose_house(
            name,
            to,
            subject,
            body,
            account=account,
            rules=policy.rules,
            templates=self.templates,
            now=now,
            key=policy.key,
            urgent=urgent,
            files=files,
            html=html,
        )
        if not self.store.add_internal(mail, now):
            return (self.store.internal(mail.id) or mail).message_id
        self.tell("interno", interno=mail)
        return mail.message_id

    def alarm_once(self, key: str, text: str, **fields: Any) -> None:
        """Raise an alarm when it begins; silent until `calm` ends it."""
        if key not in self.alarmed:
            self.alarmed.add(key)
            self.tell("alarma", clave=key, detalle=text, **fields)
            # The store itself may be the trouble.
            self.unkept[key] = AlarmFact(key, text, self.now())
            with suppress(AcuseError):
                self.keep_alarms()

    def keep_alarms(self) -> None:
        """Let the store note every alarm that it does not hold yet; StoreUnavailable while it cannot."""
        for key, fact in list(self.unkept.items()):
            self.store.alarm_on(key, fact.text, fact.since)
            self.unkept.pop(key, None)

    def alarm_again(self, key: str, text: str, **fields: Any) -> None:
        """Raise an alarm anew, since its reason is another now."""
        if key in self.alarmed:
            self.alarmed.discard(key)
            with suppress(AcuseError):
                self.store.alarm_off(key, self.now())
        self.alarm_once(key, text, **fields)

    def calm(self, key: str) -> None:
        """End an alarm, if it was on; while the store cannot note it, it is still on."""
        if key in self.alarmed:
            self.unkept.pop(key, None)
            with suppress(AcuseError):
                self.store.alarm_off(key, self.now())
                self.alarmed.discard(key)
                self.tell("alarma_fin", clave=key)

    def commit(
        self,
        plan: Plan,
        *,
        before: Petition | None = None,
        reading: Reading | None = None,
        raw: bytes | None = None,
        delivery: Delivery | None = None,
        keys: Keys | None = None,
        move_to: str | None = None,
        copy: Copy | None = None,
        settle: tuple[str, DraftState] | None = None,
        reviewed: Draft | None = None,
    ) -> None:
        """Compose what the plan writes, store it all in one transaction, then tell the journal and raise its alarm.

        `reading` and `raw` are the message that led here, as understood and as it came.

        What follows for other petitions is stored before, each by itself, so that a crash in between repeats it; a
        petition that it opened before the crash is not opened again.
        """
        for other in plan.others:
            known = self.store.petition(other.petition.folio) if other.petition else None
            if known is None or (other.petition and other.petition.version):
                self.commit(other, before=known, reading=reading, raw=raw)
        now = self.now()
        if plan.petition and plan.petition.account in self.shadow:
            plan = in_the_shadow(plan)
        plan = briefed(plan, before, self.policy.rules, self.policy.calendar.local(now).date(), now)
        drafts, internals, records = self._compose(plan, reading, raw, now)
        self.store.commit(
            plan,
            now=now,
            delivery=delivery,
            keys=keys,
            drafts=drafts,
            internals=internals,
            move_to=move_to,
            records=records,
            copy=copy,
            settle=settle,
            reviewed=reviewed,
        )
        self._tell_plan(plan, before, drafts, internals, records)

    def _compose(
        self, plan: Plan, reading: Reading | None, raw: bytes | None, now: datetime
    ) -> tuple[tuple[Draft, ...], tuple[InternalMail, ...], tuple[Record, ...]]:
        """The mails and records that a plan's effects ask for, finished to the byte, before anything is stored."""
        petition = plan.petition
        if petition is None:
            return (), (), ()
        drafts: list[Draft] = []
        internals: list[InternalMail] = []
        written, filed, told = self.store.ordinals(petition.folio)
        story = (*self.store.story(petition.folio), *plan.history)
        for effect in plan.effects:
            if isinstance(effect, Write):
                drafts.append(self._draft(effect, petition, now, written + len(drafts) + 1))
        for effect in plan.effects:
            number = filed + len(internals) + 1
            if isinstance(effect, Ficha):
                sheet = self._ficha(effect, petition, plan.decision, reading, drafts, story, now, number)
                internals.append(sheet)
            elif isinstance(effect, SendFicha):
                lying = next((each for each in plan.effects if isinstance(each, Ficha)), Ficha(()))
                proposal = None if effect.checklist else lying.proposal
                sent = Ficha(effect.why, effect.urgent, (), effect.subject, proposal, effect.checklist)
                internals.append(
                    self._ficha(
                        sent, petition, plan.decision, reading, drafts, story, now, number, to=effect.to, original=raw
                    )
                )
            elif isinstance(effect, Notify):
                internals.append(self._notice(effect, petition, now, number))
        registers = [effect for effect in plan.effects if isinstance(effect, Register)]
        records = tuple(_record(each, petition, now, number) for number, each in enumerate(registers, told + 1))
        return tuple(drafts), tuple(internals), records

    def _draft(self, write: Write, petition: Petition, now: datetime, ordinal: int) -> Draft:
        return compose(
            write,
            petition=petition,
            rules=self.policy.rules,
            templates=self.templates,
            now=now,
            ordinal=ordinal,
            key=self.policy.key,
        )

    def _ficha(
        self,
        ficha: Ficha,
        petition: Petition,
        decision: Decision | None,
        reading: Reading | None,
        drafts: Sequence[Draft],
        story: Sequence[HistoryEntry],
        now: datetime,
        ordinal: int,
        *,
        to: str | None = None,
        original: bytes | None = None,
    ) -> InternalMail:
        return compose_ficha(
            ficha,
            petition=petition,
            decision=decision,
            reading=reading,
            drafts=drafts,
            history=story,
            rules=self.policy.rules,
            templates=self.templates,
            now=now,
            ordinal=ordinal,
            key=self.policy.key,
            to=to,
            original=original,
        )

    def _notice(self, notify: Notify, petition: Petition, now: datetime, ordinal: int) -> InternalMail:
        return compose_notice(
            notify,
            petition=petition,
            rules=self.policy.rules,
            templates=self.templates,
            now=now,
            ordinal=ordinal,
            key=self.policy.key,
        )

    def _tell_plan(
        self,
        plan: Plan,
        before: Petition | None,
        drafts: Sequence[Draft],
        internals: Sequence[InternalMail],
        records: Sequence[Record],
    ) -> None:
        petition = plan.petition
        if plan.decision:
            self.tell("decidido", petition, decision=plan.decision)
        if petition is None:
            return
        if before is None or before.state is not petition.state:
            numeral = next((e.numeral for e in reversed(plan.history) if e.state is petition.state), "")
            origin = before.state.value if before else "nueva"
            self.tell("estado", petition, de=origin, a=petition.state.value, numeral=numeral)
        if petition.consultor and (before is None or before.consultor != petition.consultor):
            self.tell("asignado", petition, consultor=petition.consultor)
        for record in records:
            self.tell("siade", petition, registro=record)
        for draft in drafts:
            self.tell("borrador", petition, borrador=draft)
        for term in petition.terms:
            if before is None or term not in before.terms:
                self.tell("plazo", petition, plazo=term)
        for mail in internals:
            self.tell("interno", petition, interno=mail)
        if plan.flag:
            self.alarm_once(*plan.flag, folio=petition.folio, buzon=petition.account)
        elif petition.state.closed:
            self.calm(alarm(petition))


def _record(register: Register, petition: Petition, now: datetime, number: int) -> Record:
    return Record(
        id=f"{petition.folio}/s{number}",
        folio=petition.folio,
        clase=register.clase,
        account=petition.account,
        created_at=now,
        texto=register.texto,
        motivo=register.motivo,
        numeral=register.numeral,
        message_ids=register.message_ids,
    )
