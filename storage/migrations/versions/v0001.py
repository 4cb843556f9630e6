"""The first schema: the ledger of deliveries, petitions and their history, drafts, outbox and copies."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORD, NAME, MESSAGE_ID = sa.String(40), sa.String(320), sa.String(1000)


def upgrade() -> None:
    _receiving()
    _petitions()
    _drafts()
    _internals()
    _outbox()
    _counting()


def _receiving() -> None:
    op.create_table(
        "cursors",
        sa.Column("account", NAME, nullable=False),
        sa.Column("folder", NAME, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "folder", name="pk_cursors"),
    )
    op.create_table(
        "mailboxes",
        sa.Column("account", NAME, nullable=False),
        sa.Column("read_to_end", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_mailboxes"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("folder", NAME, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.Column("attempted_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("message_id", MESSAGE_ID),
        sa.Column("digest", sa.String(64)),
        sa.Column("folio", WORD),
        sa.Column("reason", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "account", "folder", "uidvalidity", "uid", name="uq_deliveries_account_folder_uidvalidity_uid"
        ),
    )
    op.create_index("ix_deliveries_message_id_digest", "deliveries", ["message_id", "digest"])
    op.create_index("ix_deliveries_state_account", "deliveries", ["state", "account"])


def _petitions() -> None:
    op.create_table(
        "petitions",
        sa.Column("folio", WORD, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("petitioner", NAME, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("nss", sa.String(11)),
        sa.Column("acts_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("folio", name="pk_petitions"),
    )
    op.create_index("ix_petitions_acts_at", "petitions", ["acts_at"])
    op.create_index("ix_petitions_nss", "petitions", ["nss"])
    op.create_index("ix_petitions_opened_at", "petitions", ["opened_at"])
    op.create_index("ix_petitions_petitioner_opened_at", "petitions", ["petitioner", "opened_at"])
    op.create_index("ix_petitions_state", "petitions", ["state"])
    op.create_table(
        "threads",
        sa.Column("message_id", MESSAGE_ID, nullable=False),
        sa.Column("folio", WORD, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_threads"),
    )
    op.create_index("ix_threads_folio", "threads", ["folio"])
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folio", WORD),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("numeral", sa.String(80), nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("state", WORD),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
    )
    op.create_index("ix_history_folio", "history", ["folio"])
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer()),
        sa.Column("folio", WORD),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("rules_version", sa.String(80), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_decisions_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_delivery_id", "decisions", ["delivery_id"])
    op.create_index("ix_decisions_folio", "decisions", ["folio"])
    if op.get_bind().dialect.name == "sqlite":
        for moment, name in (("UPDATE", "history_keeps_its_lines"), ("DELETE", "history_loses_no_line")):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {moment} ON history "
                "BEGIN SELECT RAISE(ABORT, 'la historia solo crece'); END"
            )


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("folio", WORD, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("clase", WORD, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("to", NAME, nullable=False),
        sa.Column("message_id", MESSAGE_ID, nullable=False),
        sa.Column("disposition", WORD, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT),
        sa.Column("laid_at", INSTANT),
        sa.Column("missing_since", INSTANT),
        sa.Column("attempted_at", INSTANT),
        sa.Column("changed_at", INSTANT),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.UniqueConstraint("message_id", name="uq_drafts_message_id"),
    )
    op.create_index("ix_drafts_account_state", "drafts", ["account", "state"])
    op.create_index("ix_drafts_folio", "drafts", ["folio"])
    op.create_index("ix_drafts_sent_at", "drafts", ["sent_at"])
    op.create_index("ix_drafts_to_sent_at", "drafts", ["to", "sent_at"])


def _internals() -> None:
    op.create_table(
        "internals",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("folio", WORD),
        sa.Column("clase", WORD, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("message_id", MESSAGE_ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_internals"),
    )
    op.create_index("ix_internals_folio", "internals", ["folio"])
    op.create_index("ix_internals_message_id", "internals", ["message_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("task", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("folio", WORD),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("draft_id", sa.String(60)),
        sa.Column("internal_id", sa.String(120)),
        sa.Column("delivery_id", sa.Integer()),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_outbox_delivery_id"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_outbox_draft_id"),
        sa.ForeignKeyConstraint(["internal_id"], ["internals.id"], name="fk_outbox_internal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_delivery_id", "outbox", ["delivery_id"])
    op.create_index("ix_outbox_draft_id", "outbox", ["draft_id"])
    op.create_index("ix_outbox_internal_id", "outbox", ["internal_id"])
    op.create_index("ix_outbox_state_account", "outbox", ["state", "account"])


def _counting() -> None:
    op.create_table(
        "copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", MESSAGE_ID, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("sender", NAME, nullable=False),
        sa.Column("to", sa.JSON(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.String(60)),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_copies_draft_id"),
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sa.UniqueConstraint("message_id", "origin", "account", name="uq_copies_message_id_origin_account"),
    )
    op.create_index("ix_copies_draft_id", "copies", ["draft_id"])
    op.create_index("ix_copies_seen_at", "copies", ["seen_at"])


def downgrade() -> None:
    for table in (
        "copies",
        "outbox",
        "internals",
        "drafts",
        "decisions",
        "history",
        "threads",
        "petitions",
        "deliveries",
        "mailboxes",
        "cursors",
    ):
        op.drop_table(table)
