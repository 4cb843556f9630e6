"""Protocols that the flow needs from the world: mailbox, review folder, sender, store, clock, journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from .model.commitments import Note
from .model.decision import Plan
from .model.figures import AlarmFact, Facts
from .model.health import Health
from .model.ledger import (
    Copy,
    Cursor,
    Delivery,
    Event,
    FolderStatus,
    History,
    Keys,
    OutboxRow,
    Past,
    PastChange,
    Quarantined,
    RawMessage,
    Task,
)
from .model.outgoing import (
    Draft,
    DraftState,
    Envelope,
    InternalEnvelope,
    InternalMail,
    Lying,
    Place,
    SendResult,
)
from .model.petition import HistoryEntry, Petition
from .model.privacy import Erasure, Held, PersonKey
from .model.retention import Kind
from .model.siade import Record, SiadeBatch
from .model.survival import Check, CheckState, Export, Pensioner, Roster, RosterChange
from .model.versions import RuleVersion


class Clock(Protocol):
    """Says what time it is, aware, UTC."""

    def now(self) -> datetime: ...


class Journal(Protocol):
    """Is told of everything that happens: logs in the daemon, lines in `acuse replay`, the screen in the demo."""

    def __call__(self, event: Event) -> None: ...


class Mailbox(Protocol):
    """One account's folders. Never depends on \\Seen, never expunges what is not its own.

    Every verb may raise MailboxUnavailable (try later) or LoginRefused (alarm); folders are named as people see them.
    """

    @property
    def account(self) -> str: ...

    def status(self, folder: str) -> FolderStatus:
        """UIDVALIDITY and UIDNEXT; FolderMissing when there is no such folder."""
        ...

    def uids(self, folder: str, after: int, since: datetime | None = None) -> list[int]:
        """UIDs greater than `after`, ascending; with `since`, only those received from then on."""
        ...

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterable[RawMessage]:
        """The messages of these UIDs that are still there, without marking them as read."""
        ...

    def move(self, folder: str, uid: int, target: str) -> None:
        """File a message, making the target folder when missing; MessageGone when it is no longer there."""
        ...

    def ensure(self, folder: str) -> None:
        """Make the folder if it is missing."""
        ...

    def resolve(self, name: str) -> str:
        """The folder that the rules mean: of that name, else the server's own for that use (Sent, Junk, Drafts)."""
        ...

    def find(self, folder: str, header: str, value: str) -> list[int]:
        """UIDs, ascending, of messages whose header field holds this text; none when there is no such folder."""
        ...

    def whole(self, folder: str, uidvalidity: int, uid: int) -> bytes:
        """One message byte for byte, whatever its size; MessageGone when it is no longer there."""
        ...

    def wait(self, seconds: float) -> bool:
        """Sleep until mail may have arrived (True) or the time is over (False)."""
        ...

    def close(self) -> None:
        """Log out and forget the connection; a later verb connects again."""
        ...


class ReviewFolder(Protocol):
    """Where drafts wait for a person. Held by one contract for IMAP folders and plain directories of .eml files."""

    def lay(self, draft: Draft) -> None:
        """Put the draft, as it would be sent plus Bcc and private headers, among the pending; twice is once."""
        ...

    def lay_ficha(self, ficha: InternalMail) -> None:
        """Put the data sheet beside its draft; twice is once."""
        ...

    def survey(self) -> tuple[Lying, ...]:
        """Everything that lies in the folders of review (pending, supervisor's, approved, rejected) and in the drafts
        folder that may be ours."""
        ...

    def identity(self, place: Place = Place.PENDIENTES) -> int:
        """Which folder of this place (where drafts wait) was surveyed last: another number when it was renamed or
        deleted, and made anew."""
        ...

    def take(self, handle: str) -> bytes:
        """The bytes of one lying message; MessageGone when a person moved it meanwhile."""
        ...

    def clear(self, handle: str) -> None:
        """Remove one message of ours (draft or ficha) from where it lies; gone already is fine."""
        ...

    def file_ficha(self, handle: str) -> None:
        """Move a ficha to the folder of attended ones; gone already is fine."""
        ...

    def replace(self, handle: str, draft: Draft) -> None:
        """Put the draft as it stands now where that copy of it lies, which goes."""
        ...

    def relocate(self, handle: str, place: Place) -> None:
        """Move one message to the folder of `place`; gone already is fine."""
        ...


class Sender(Protocol):
    """Hands one mail to the SMTP server; SenderUnavailable before anything was handed over, LoginRefused on 535."""

    def send(self, envelope: Envelope | InternalEnvelope) -> SendResult: ...

    def ready_in(self) -> float:
        """Seconds until the account's rate limit allows the next mail; 0 when it may leave now."""
        ...


class SiadeParcel(Protocol):
    """One batch on its way to SIADE. AcuseError when a file cannot be written."""

    def add(self, folder: str, name: str, content: bytes) -> str:
        """Put a file into the parcel; returns by which name the table tells it."""
        ...

    def finish(self, columns: Sequence[str], rows: Sequence[Sequence[str]], at: datetime) -> None:
        """Add the table and hand the parcel over, whole. `at` is what its files say of their own date."""
        ...


class SiadeGateway(Protocol):
    """How SIADE is told what is to be captured there (P 5.19). It has no public interface: today by files."""

    def has(self, number: int) -> bool:
        """Whether this batch was handed over, whole."""
        ...

    def handed(self) -> dict[int, tuple[str, ...]]:
        """Every batch that was handed over, by its number, with the ids of its records."""
        ...

    def parcel(self, number: int) -> AbstractContextManager[SiadeParcel]:
        """A parcel for this batch; leaving it unfinished leaves nothing behind."""
        ...


class Store(Protocol):
    """What must survive. Each method is one transaction; StoreUnavailable when the data base is out of reach."""

    # --- receive -----------------------------------------------------------------------------------------------
    def cursor(self, account: str, folder: str) -> Cursor | None:
        """How far this folder has been listed, or None on the very first run."""
        ...

    def claim(self, account: str, folder: str, uidvalidity: int, uids: Sequence[int], now: datetime) -> list[Delivery]:
        """Claim new UIDs and move the cursor in one step; returns those not finished before, in UID order."""
        ...

    def start_cursor(self, account: str, folder: str, cursor: Cursor) -> None:
        """Set where a folder starts (first run, or a changed UIDVALIDITY)."""
        ...

    def unfinished(self, account: str) -> list[Delivery]:
        """Deliveries claimed but neither decided nor quarantined: work that a crash interrupted."""
        ...

    def attempt(self, delivery: Delivery, now: datetime) -> int:
        """Note that work on it starts; returns which attempt this is (1 first)."""
        ...

    def quarantine(self, delivery: Delivery, reason: str, detail: str, now: datetime) -> None:
        """Give a delivery up with its reason; the message stays where it lies, so that a retry finds it there."""
        ...

    def quarantined(self) -> list[Quarantined]: ...

    def release(self, delivery: Delivery, now: datetime) -> None:
        """Take a delivery out of quarantine so that the next pass reads it again (`acuse quarantine retry`)."""
        ...

    def read_to_end(self, account: str, at: datetime) -> None:
        """The mailbox's listed folders were read to their end, as listed at `at`."""
        ...

    def horizon(self, accounts: Sequence[str]) -> datetime | None:
        """The earliest of their read-to-end instants: nothing sent to us before it is unread. None if one never was."""
        ...

    # --- decide ------------------------------------------------------------------------------------------------
    def history_for(self, keys: Keys, day_start: datetime) -> History:
        """What is known that bears on a message with these keys."""
        ...

    def commit(
        self,
        plan: Plan,
        *,
        now: datetime,
        delivery: Delivery | None = None,
        keys: Keys | None = None,
        drafts: Sequence[Draft] = (),
        internals: Sequence[InternalMail] = (),
        move_to: str | None = None,
        records: Sequence[Record] = (),
        copy: Copy | None = None,
        settle: tuple[str, DraftState] | None = None,
        reviewed: Draft | None = None,
    ) -> None:
        """Everything that follows from one event, in one transaction: petition, history, ledger, drafts, outbox.

        A draft under `enviar` gets an ENVIAR row, one under `revisar` a PRESENTAR row; a ficha PRESENTAR_FICHA, a
        notice ENVIAR_INTERNO; Withdraw effects turn waiting drafts to retirado with RETIRAR rows; `closes_fichas`
        gives ARCHIVAR_FICHA rows; `move_to` a MOVER row for `delivery`, which is marked as decided. `settle` sets
        the state of one draft; `reviewed` is a waiting draft as a person left it: its words, when it was proposed, and
        in state aprobado with its ENVIAR row. The plan's checks are stored by their id, whether it moves a petition or
        none; what was exported stays exported. IllegalTransition when the petition's version has moved on meanwhile.
        """
        ...

    def petition(self, folio: str) -> Petition | None: ...

    def checks_of(self, folio: str) -> tuple[Check, ...]:
        """The survival checks that a petition's mails are about, in the order of their ids."""
        ...

    def drafts_of(self, folio: str) -> tuple[Draft, ...]:
        """All drafts of a petition, oldest first."""
        ...

    def sent_by(self, account: str, since: datetime) -> int:
        """How many automatic mails of this account left since then, or are about to."""
        ...

    def due(self, until: datetime, accounts: Sequence[str]) -> list[str]:
        """Folios of these accounts' petitions with a term whose `acts_at` is at or before `until`, earliest first."""
        ...

    def next_due(self, accounts: Sequence[str]) -> datetime | None:
        """The earliest `acts_at` of these accounts' terms that lead to something, or None when none runs."""
        ...

    # --- outbox and sending ------------------------------------------------------------------------------------
    def tasks(self, account: str, now: datetime, limit: int = 100, only: Sequence[Task] = ()) -> list[OutboxRow]:
        """Outbox rows of this account that may be carried out now, urgent first, then oldest first."""
        ...

    def task_done(self, row: int, now: datetime) -> None: ...

    def task_failed(self, row: int, error: str, retry_at: datetime | None, now: datetime) -> None:
        """Note the failure; without `retry_at` the row is given up and shown in `acuse status`."""
        ...

    def internals_told(self, until: datetime, now: datetime) -> None:
        """Mails to our own people written up to `until` have left already: they are not sent again after a restore."""
        ...

    def draft(self, draft_id: str) -> Draft | None: ...

    def internal(self, internal_id: str) -> InternalMail | None: ...

    def waiting(self, account: str, states: Sequence[DraftState]) -> tuple[Draft, ...]:
        """Drafts of this account in these states, oldest first."""
        ...

    def decided_since(self, account: str, since: datetime) -> tuple[Draft, ...]:
        """Drafts of this account that left review (approved, sent, rejected, deleted, withdrawn) since then."""
        ...

    def mark_laid(self, draft_id: str, now: datetime) -> None:
        """The draft lies in the review folder (state en_revision)."""
        ...

    def mark_missing(self, draft_id: str, since: datetime | None) -> None:
        """Note since when a draft is not to be found in the review folder, or that it is there again (None)."""
        ...

    def approve(self, draft_id: str, raw: bytes, text: str, now: datetime) -> None:
        """Take the approved bytes as what will be sent and write its ENVIAR row; state aprobado. Twice is once."""
        ...

    def sending(self, draft_id: str, now: datetime) -> bool:
        """Mark as enviando before the first byte leaves; False when it may not be sent (withdrawn, sent already)."""
        ...

    def interrupted(self, account: str) -> tuple[Draft, ...]:
        """Drafts found in state enviando at the start of a pass: a crash interrupted their sending."""
        ...

    def resend(self, draft_id: str, now: datetime) -> None:
        """An uncertain sending is proven not to have happened: back to aprobado with a new ENVIAR row."""
        ...

    def add_internal(self, mail: InternalMail, now: datetime) -> bool:
        """Keep a mail to our own people that follows from no petition, to be sent; False when it is there already."""
        ...

    def ordinals(self, folio: str) -> tuple[int, int, int]:
        """The last draft's number, how many internal mails and SIADE records: by these the next are numbered."""
        ...

    def settled(self, draft_id: str, state: DraftState, detail: str, now: datetime) -> None:
        """Note what an attempt came to when the petition itself does not move."""
        ...

    # --- counting ----------------------------------------------------------------------------------------------
    def copies(self, message_id: str) -> tuple[Copy, ...]: ...

    def copy_after(self, account: str, at: datetime) -> bool:
        """Whether this counting account has seen the blind copy of a mail sent after `at` (the watermark of §7)."""
        ...

    def last_copy(self, account: str) -> Copy | None:
        """The blind copy that this counting account saw last."""
        ...

    def missing_copies(self, before: datetime) -> tuple[Draft, ...]:
        """Sent drafts older than `before` whose blind copy has not been seen."""
        ...

    def foreign_copies(self, since: datetime) -> tuple[Copy, ...]:
        """Copies that belong to no draft of ours (sent outside the daemon), newest first."""
        ...

    # --- survival checks (C) -----------------------------------------------------------------------------------
    def checks(
        self,
        account: str,
        *,
        states: Collection[CheckState] = (),
        due_before: date | None = None,
        limit: int | None = None,
    ) -> tuple[Check, ...]:
        """This account's checks in these states (all when empty), newest first.

        With `due_before` only each pensioner's latest confirmed check, and only where the next one is due by that
        day, the most pressing first.
        """
        ...

    def never_checked(self, account: str) -> tuple[Pensioner, ...]:
        """Who is in force on the roster and has no confirmed check at this account, by NSS."""
        ...

    def export_checks(self, account: str, now: datetime, *, mark: bool = True) -> Export | None:
        """Confirmed checks never exported, as the next numbered batch, marked in the same step; None without any.

        A batch is never changed afterwards: `exported` gives the same again when its file was lost. Without `mark`
        it is only shown.
        """
        ...

    def exported(self, account: str, number: int | None = None) -> Export | None:
        """The batch of that number (the last one without a number), or None when there is none."""
        ...

    def load_roster(self, rows: Iterable[Pensioner], now: datetime, keep: Collection[str] = ()) -> RosterChange:
        """Replace the roster by these rows in one step; pensioners with an NSS in `keep` stay as they were."""
        ...

    def roster(self) -> Roster:
        """How large the roster is, and since when it stands."""
        ...

    # --- SIADE (P 5.19, 5.73) ----------------------------------------------------------------------------------
    def unexported(self) -> tuple[Record, ...]:
        """Records for SIADE that no batch holds yet, oldest first."""
        ...

    def adopt_batch(self, number: int, ids: Sequence[str], now: datetime) -> None:
        """These unexported records were handed over in that batch before the store was restored."""
        ...

    def export_records(self, now: datetime, after: int = 0) -> SiadeBatch | None:
        """All unexported records as the next batch (above `after`), marked in the same step; None without any."""
        ...

    def exported_records(self, number: int | None = None) -> SiadeBatch | None:
        """The batch of that number (the last one without a number), or None when there is none."""
        ...

    def records_of(self, folio: str) -> tuple[Record, ...]:
        """A petition's records, oldest first."""
        ...

    def by_siade(self, folio: str) -> Petition | None:
        """The petition that SIADE gave this folio."""
        ...

    # --- antecedents (P 5.11, 5.19) ----------------------------------------------------------------------------
    def load_past(self, rows: Iterable[Past], now: datetime) -> PastChange:
        """Take in petitions from before our time, by their folio: new and changed rows are stored in one step."""
        ...

    # --- commitments -------------------------------------------------------------------------------------------
    def add_commitment_note(self, note: Note) -> bool:
        """Keep a reminder that went out, or reported progress; False when a note of that id is there already."""
        ...

    def commitment_notes(self) -> tuple[Note, ...]:
        """Everything noted on commitments, oldest first."""
        ...

    # --- versions of the rules ---------------------------------------------------------------------------------
    def keep_rules(self, rules: str, templates: str, files: Mapping[str, bytes], now: datetime) -> bool:
        """Keep what comes into force: two short versions and the files by name. False when the newest is just that."""
        ...

    def rule_versions(self) -> tuple[RuleVersion, ...]:
        """Every version that came into force, oldest first."""
        ...

    def rule_texts(self, number: int) -> dict[str, str | None]:
        """The files of that version by name; None for one that is no text."""
        ...

    # --- marks -------------------------------------------------------------------------------------------------
    def mark(self, key: str) -> str | None:
        """A remembered word: an outage of SIADE since when, the day of the last morning mail."""
        ...

    def set_mark(self, key: str, value: str | None, now: datetime) -> None:
        """Remember a word under a key; None forgets it."""
        ...

    # --- personal data (P 5.22) --------------------------------------------------------------------------------
    def held_about(self, key: PersonKey, today: date) -> Held:
        """Everything that is held under this datum of a person, petition by petition and row by row."""
        ...

    def erase(
        self, key: PersonKey | None, folios: Sequence[str], record: Erasure, today: date, survey: str | None = None
    ) -> Erasure:
        """Blank what names this person, and of these petitions those that nothing waits for; returns the record.

        What holds others' data, too, is blanked only where it names the person; without `key` the petitions are blanked
        whole. Dates, states and figures stay; `survey` is the survey's base address, so that invitations stay counted.
        """
        ...

    def expire(
        self, kind: Kind, before: datetime, record: Erasure, today: date, limit: int, survey: str | None = None
    ) -> int:
        """Blank at most `limit` petitions or rows of this kind that nothing has moved since `before`; how many it did.

        Nothing open, waiting, unsettled or uncounted is touched. The records of one night are summed up in one.
        """
        ...

    def erasures(self) -> tuple[Erasure, ...]:
        """The records of what was erased, oldest first."""
        ...

    def forget(self) -> bool:
        """Leave no trace of replaced words in the data base's files; False when somebody reads just now: try later."""
        ...

    # --- for people --------------------------------------------------------------------------------------------
    def story(self, folio: str) -> tuple[HistoryEntry, ...]: ...

    def petitions(self, *, open_only: bool = False, limit: int = 500) -> tuple[Petition, ...]:
        """Petitions, newest first."""
        ...

    def petitions_about(self, account: str, topic: str) -> tuple[Petition, ...]:
        """This account's petitions of one topic, newest first; each connectivity test of an office is one (C)."""
        ...

    def facts(self, since: datetime, until: datetime, survey: str | None = None) -> Facts:
        """What figures of the time from `since` to before `until` rest on; `survey` is our survey's base address."""
        ...

    def alarm_on(self, key: str, text: str, now: datetime) -> None:
        """Remember that an alarm was raised; one that is on already stays as it is."""
        ...

    def alarm_off(self, key: str | None, now: datetime) -> None:
        """Remember that it is over; None ends all of them (the service starts afresh)."""
        ...

    def alarms(self, since: datetime) -> tuple[AlarmFact, ...]:
        """Alarms that are on, and those that ended at or after `since`, oldest first."""
        ...

    def tell_alarms(self, began: Sequence[AlarmFact], ended: Sequence[AlarmFact], mail: datetime) -> None:
        """Note that the mail of that instant tells these beginnings and ends, and that it is to be sent (the mark
        ALARM_MAIL), in one step: whatever happens afterwards, it is that mail and no other."""
        ...

    def health(self, now: datetime, patience: timedelta = timedelta(minutes=30)) -> Health:
        """How things stand at `now`, for `acuse status`, metrics and alarms: cheap, whatever the size of the store.

        `patience` is how long a copy may take before it is missed.
        """
        ...

    def close(self) -> None: ...
