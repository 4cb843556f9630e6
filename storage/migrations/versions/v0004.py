"""Versions of rules and templates that were in force, and what was erased of people's data (P 5.22)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# A line of history can be blanked, and nothing else: before, not even that.
_ONLY_BLANKED = (
    "WHEN NOT (NEW.text IN (OLD.text, '[borrado]') AND NEW.actor IN (OLD.actor, 'la persona') AND NEW.id = OLD.id "
    "AND NEW.folio IS OLD.folio AND NEW.at = OLD.at AND NEW.action = OLD.action AND NEW.numeral = OLD.numeral "
    "AND NEW.state IS OLD.state) "
)


def upgrade() -> None:
    op.create_table(
        "rule_files",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_rule_files"),
    )
    op.create_table(
        "rule_sets",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(40), nullable=False),
        sa.Column("templates", sa.String(40), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rule_sets"),
    )
    op.create_table(
        "erasures",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_erasures"),
    )
    op.add_column("alarms", sa.Column("told", INSTANT))
    op.add_column("alarms", sa.Column("told_over", INSTANT))
    op.add_column("petitions", sa.Column("erased_at", INSTANT))
    op.add_column("past", sa.Column("erased_at", INSTANT))
    _guard_history(_ONLY_BLANKED)


def _guard_history(condition: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER history_keeps_its_lines")
        op.execute(
            f"CREATE TRIGGER history_keeps_its_lines BEFORE UPDATE ON history {condition}"
            "BEGIN SELECT RAISE(ABORT, 'la historia solo crece'); END"
        )


def downgrade() -> None:
    _guard_history("")
    for table in ("petitions", "past"):
        op.drop_column(table, "erased_at")
    op.drop_column("alarms", "told_over")
    op.drop_column("alarms", "told")
    for table in ("erasures", "rule_sets", "rule_files"):
        op.drop_table(table)
