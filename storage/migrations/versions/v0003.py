"""Records for SIADE, by what people are known, imported antecedents, marks (P 5.11, 5.19, 5.73)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORD, NAME = sa.String(40), sa.String(320)


def upgrade() -> None:
    op.add_column("petitions", sa.Column("consultor", NAME))
    op.create_index("ix_petitions_consultor", "petitions", ["consultor"])
    op.create_table(
        "records",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("folio", WORD, nullable=False),
        sa.Column("clase", WORD, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("exported_at", INSTANT),
        sa.Column("batch", sa.Integer()),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_records"),
        sa.UniqueConstraint("id", name="uq_records_id"),
    )
    op.create_index("ix_records_folio", "records", ["folio"])
    op.create_index("ix_records_batch", "records", ["batch"])
    op.create_table(
        "person_keys",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", NAME, nullable=False),
        sa.Column("folio", sa.String(80), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "folio", "imported", name="pk_person_keys"),
    )
    op.create_index("ix_person_keys_folio_imported", "person_keys", ["folio", "imported"])
    op.create_table(
        "past",
        sa.Column("folio", sa.String(80), nullable=False),
        sa.Column("loaded_at", INSTANT, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("folio", name="pk_past"),
    )
    op.create_table(
        "marks",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_marks"),
    )


def downgrade() -> None:
    for table in ("marks", "past", "person_keys", "records"):
        op.drop_table(table)
    op.drop_index("ix_petitions_consultor", "petitions")
    op.drop_column("petitions", "consultor")
