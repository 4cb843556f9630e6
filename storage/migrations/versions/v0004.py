"""Versions of rules and templates that were in force, and what was erased of people's data (P 5.22)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


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


def downgrade() -> None:
    for table in ("erasures", "rule_sets", "rule_files"):
        op.drop_table(table)
