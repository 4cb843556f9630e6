"""The tables: which facts have a column of their own, because something is looked up by them or they change."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
)

from daemon.model.decision import Disposition
from daemon.model.ledger import Task
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase, State
from daemon.model.siade import RecordClase
from daemon.model.survival import CheckState

# The newest migration. A test holds it equal to the head of `migrations/versions`.
REVISION = "0004"

# A Message-ID longer than a header line may be (RFC 5322 §2.1.1) is still kept whole.
_ID, _NAME = 1000, 320


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. SQLite would drop the zone of anything else, and be hours wrong."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"un instante sin zona horaria no se guarda: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """One of an enum's words, kept as the word itself."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, kept as a JSON list."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> list[str] | None:
        return None if value is None else list(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value)


class Ledger(StrEnum):
    """Where a delivery stands: claimed before work, then either decided or given up."""

    CLAIMED = "claimed"
    DECIDED = "decided"
    QUARANTINED = "quarantined"


class Row(StrEnum):
    """Where an outbox row stands; only pending rows are offered."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- receive ---------------------------------------------------------------------------------------------------------

cursors = Table(
    "cursors",
    metadata,
    Column("account", String(_NAME), primary_key=True),
    Column("folder", String(_NAME), primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("account", String(_NAME), primary_key=True),
    Column("read_to_end", Instant, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(_NAME), nullable=False),
    Column("folder", String(_NAME), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("state", Word(Ledger), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_at", Instant, nullable=False),
    Column("attempted_at", Instant),
    Column("finished_at", Instant),
    Column("message_id", String(_ID)),
    Column("digest", String(64)),
    Column("folio", String(40)),
    Column("reason", Text),
    Column("detail", Text),
    UniqueConstraint("account", "folder", "uidvalidity", "uid"),
    Index(None, "message_id", "digest"),
    Index(None, "state", "account"),
)

# --- decide ----------------------------------------------------------------------------------------------------------

petitions = Table(
    "petitions",
    metadata,
    Column("folio", String(40), primary_key=True),
    Column("account", String(_NAME), nullable=False),
    Column("state", Word(State), nullable=False, index=True),
    Column("petitioner", String(_NAME), nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("nss", String(11), index=True),
    Column("consultor", String(_NAME), index=True),
    Column("acts_at", Instant, index=True),
    Column("version", Integer, nullable=False),
    # Since when nothing of it names a person any more (P 5.22).
    Column("erased_at", Instant),
    Column("body", JSON, nullable=False),
    Index(None, "petitioner", "opened_at"),
)

# One Message-ID belongs to one petition: the first that named it. Nobody can draw another's conversation to himself
# by sending a mail under a Message-ID that he has seen.
threads = Table(
    "threads",
    metadata,
    Column("message_id", String(_ID), primary_key=True),
    Column("folio", String(40), nullable=False, index=True),
)

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folio", String(40), index=True),
    Column("at", Instant, nullable=False, index=True),
    Column("action", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("numeral", String(80), nullable=False),
    Column("actor", String(_NAME), nullable=False),
    Column("state", Word(State)),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), index=True),
    Column("folio", String(40), index=True),
    Column("at", Instant, nullable=False),
    Column("rules_version", String(80), nullable=False),
    Column("body", JSON, nullable=False),
)

# --- outgoing --------------------------------------------------------------------------------------------------------

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("folio", String(40), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("clase", Word(Clase), nullable=False),
    Column("account", String(_NAME), nullable=False),
    Column("to", String(_NAME), nullable=False),
    Column("message_id", String(_ID), nullable=False, unique=True),
    Column("disposition", Word(Disposition), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", Word(DraftState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", Instant, index=True),
    Column("laid_at", Instant),
    Column("missing_since", Instant),
    Column("attempted_at", Instant),
    Column("proposed_at", Instant),
    Column("changed_at", Instant),
    Column("detail", Text, nullable=False, default=""),
    Column("body", JSON, nullable=False),
    Index(None, "account", "state"),
    Index(None, "account", "changed_at"),
    Index(None, "to", "sent_at"),
)

internals = Table(
    "internals",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("folio", String(40), index=True),
    Column("clase", Word(Clase), nullable=False),
    Column("account", String(_NAME), nullable=False),
    Column("message_id", String(_ID), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("filed", Boolean, nullable=False, default=False),
    Column("body", JSON, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(_NAME), nullable=False),
    Column("task", Word(Task), nullable=False),
    Column("state", Word(Row), nullable=False),
    Column("folio", String(40)),
    Column("urgent", Boolean, nullable=False, default=False),
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("draft_id", String(60), ForeignKey("drafts.id"), index=True),
    Column("internal_id", String(120), ForeignKey("internals.id"), index=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), index=True),
    Column("payload", JSON, nullable=False),
    Index(None, "state", "account"),
)

# --- counting --------------------------------------------------------------------------------------------------------

copies = Table(
    "copies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", String(_ID), nullable=False),
    Column("account", String(_NAME), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("seen_at", Instant, nullable=False, index=True),
    Column("sender", String(_NAME), nullable=False),
    Column("to", Strings, nullable=False),
    Column("subject", Text, nullable=False),
    Column("draft_id", String(60), ForeignKey("drafts.id"), index=True),
    UniqueConstraint("message_id", "origin", "account"),
)

# --- survival checks (C) ---------------------------------------------------------------------------------------------

checks = Table(
    "checks",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("folio", String(40), nullable=False, index=True),
    Column("account", String(_NAME), nullable=False),
    Column("office", String(_NAME), nullable=False),
    Column("id_tramite", Text, nullable=False, index=True),
    Column("nss", Text, nullable=False, index=True),
    Column("state", Word(CheckState), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("next_due", Date),
    Column("message_id", String(_ID), nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("exported_at", Instant),
    Column("export_batch", Integer),
    Column("body", JSON, nullable=False),
    Index(None, "account", "state", "received_at"),
    Index(None, "account", "export_batch"),
)

pensioners = Table(
    "pensioners",
    metadata,
    Column("nss", String(11), primary_key=True),
    Column("nombre", String(_NAME), nullable=False),
    Column("apellido_paterno", String(_NAME), nullable=False),
    Column("apellido_materno", String(_NAME), nullable=False),
    Column("fecha_nacimiento", Date),
    Column("current", Boolean, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

# --- SIADE, antecedents, marks ---------------------------------------------------------------------------------------

records = Table(
    "records",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(60), nullable=False, unique=True),
    Column("folio", String(40), nullable=False, index=True),
    Column("clase", Word(RecordClase), nullable=False),
    Column("account", String(_NAME), nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("exported_at", Instant),
    Column("batch", Integer, index=True),
    Column("body", JSON, nullable=False),
)

# By what a person is known, so that antecedents are found over all mailboxes (P 5.11): of our petitions by our
# reference (`imported` false), of imported ones by their SIADE folio.
person_keys = Table(
    "person_keys",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("value", String(_NAME), primary_key=True),
    Column("folio", String(80), primary_key=True),
    Column("imported", Boolean, primary_key=True),
    Index(None, "folio", "imported"),
)

past = Table(
    "past",
    metadata,
    Column("folio", String(80), primary_key=True),
    Column("loaded_at", Instant, nullable=False),
    Column("erased_at", Instant),
    Column("body", JSON, nullable=False),
)

# Every term that ran, because a petition keeps only those that run: which were kept, and who let the others pass.
terms = Table(
    "terms",
    metadata,
    Column("folio", String(40), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("started_at", Instant, primary_key=True),
    Column("numeral", String(80), nullable=False),
    Column("at_due", String(20), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("acts_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

alarms = Table(
    "alarms",
    metadata,
    Column("key", String(_ID), primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("text", Text, nullable=False),
    Column("until", Instant, index=True),
    # The mails that told its beginning and its end are named by their instant.
    Column("told", Instant),
    Column("told_over", Instant),
)

marks = Table(
    "marks",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# What was noted on commitments: reminders that went out, progress that was reported. The commitments are rules.
commitment_notes = Table(
    "commitment_notes",
    metadata,
    Column("id", String(_NAME), primary_key=True),
    Column("compromiso", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", JSON, nullable=False),
)

# Each version of rules and templates that was ever in force, so that what changed between two can be told. A file is
# kept once, by its digest, however many versions have it.
rule_files = Table(
    "rule_files",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)
rule_sets = Table(
    "rule_sets",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("rules", String(40), nullable=False),
    Column("templates", String(40), nullable=False),
    Column("since", Instant, nullable=False),
    # File name below its folder → digest.
    Column("files", JSON, nullable=False),
)

# What was erased of people's data, when and why (P 5.22): who it was is not kept, only counts.
erasures = Table(
    "erasures",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("body", JSON, nullable=False),
)

# What happened stays as it was written down: the data base itself refuses to change or remove a line. Only its words
# can be blanked, and who wrote them be called «la persona» (P 5.22).
HISTORY_IS_APPEND_ONLY = (
    "CREATE TRIGGER history_keeps_its_lines BEFORE UPDATE ON history "
    "WHEN NOT (NEW.text IN (OLD.text, '[borrado]') AND NEW.actor IN (OLD.actor, 'la persona') AND NEW.id = OLD.id "
    "AND NEW.folio IS OLD.folio AND NEW.at = OLD.at AND NEW.action = OLD.action AND NEW.numeral = OLD.numeral "
    "AND NEW.state IS OLD.state) "
    "BEGIN SELECT RAISE(ABORT, 'la historia solo crece'); END",
    "CREATE TRIGGER history_loses_no_line BEFORE DELETE ON history "
    "BEGIN SELECT RAISE(ABORT, 'la historia solo crece'); END",
)


@event.listens_for(history, "after_create")
def _guard_history(_table: Table, connection: Connection, **_options: Any) -> None:
    if connection.dialect.name == "sqlite":
        for statement in HISTORY_IS_APPEND_ONLY:
            connection.exec_driver_sql(statement)
