"""Survival checks of IMSS Digital (C), their exports, and the roster of pensioners."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORD, NAME, MESSAGE_ID = sa.String(40), sa.String(320), sa.String(1000)


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("folio", WORD, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("office", NAME, nullable=False),
        sa.Column("id_tramite", sa.Text(), nullable=False),
        sa.Column("nss", sa.Text(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("next_due", sa.Date()),
        sa.Column("message_id", MESSAGE_ID, nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("exported_at", INSTANT),
        sa.Column("export_batch", sa.Integer()),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_checks"),
    )
    op.create_index("ix_checks_folio", "checks", ["folio"])
    op.create_index("ix_checks_id_tramite", "checks", ["id_tramite"])
    op.create_index("ix_checks_nss", "checks", ["nss"])
    op.create_index("ix_checks_account_state_received_at", "checks", ["account", "state", "received_at"])
    op.create_index("ix_checks_account_export_batch", "checks", ["account", "export_batch"])
    op.create_table(
        "pensioners",
        sa.Column("nss", sa.String(11), nullable=False),
        sa.Column("nombre", NAME, nullable=False),
        sa.Column("apellido_paterno", NAME, nullable=False),
        sa.Column("apellido_materno", NAME, nullable=False),
        sa.Column("fecha_nacimiento", sa.Date()),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("loaded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("nss", name="pk_pensioners"),
    )


def downgrade() -> None:
    op.drop_table("pensioners")
    op.drop_table("checks")
