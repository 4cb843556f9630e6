"""Records for SIADE, by what people are known, imported antecedents, marks, second eyes (P 5.11, 5.19, 5.73, a87)."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.people import Key, known_keys

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORD, NAME = sa.String(40), sa.String(320)


def upgrade() -> None:
    op.add_column("petitions", sa.Column("consultor", NAME))
    op.create_index("ix_petitions_consultor", "petitions", ["consultor"])
    op.add_column("drafts", sa.Column("proposed_at", INSTANT))
    op.create_index("ix_drafts_account_changed_at", "drafts", ["account", "changed_at"])
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
    op.create_index("ix_records_created_at", "records", ["created_at"])
    op.create_index("ix_history_at", "history", ["at"])
    op.create_table(
        "terms",
        sa.Column("folio", WORD, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("numeral", sa.String(80), nullable=False),
        sa.Column("at_due", sa.String(20), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("acts_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("folio", "name", "started_at", name="pk_terms"),
    )
    op.create_table(
        "alarms",
        sa.Column("key", sa.String(1000), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("until", INSTANT),
        sa.PrimaryKeyConstraint("key", "since", name="pk_alarms"),
    )
    op.create_index("ix_alarms_until", "alarms", ["until"])
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

    op.create_table(
        "commitment_notes",
        sa.Column("id", NAME, nullable=False),
        sa.Column("compromiso", sa.String(80), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_commitment_notes"),
    )
    _make_findable()


def _make_findable() -> None:
    """Antecedents are looked up by what is known of a person (P 5.11): of petitions stored before, too."""
    db = op.get_bind()
    petitions = sa.table("petitions", sa.column("folio"), sa.column("petitioner"), sa.column("body", sa.JSON()))
    person_keys = sa.table("person_keys", *map(sa.column, ("kind", "value", "folio", "imported")))
    last = ""
    while rows := db.execute(
        sa.select(petitions).where(petitions.c.folio > last).order_by(petitions.c.folio).limit(1000)
    ).all():
        found = [(row.folio, key) for row in rows for key in _keys(row.petitioner, row.body)]
        keys = [{"kind": kind, "value": value, "folio": folio, "imported": False} for folio, (kind, value) in found]
        if keys:
            db.execute(sa.insert(person_keys), keys)
        last = rows[-1].folio


def _keys(petitioner: str, body: dict[str, Any]) -> tuple[Key, ...]:
    data = {name: body.get("data", {}).get(name) for name in ("nss", "curp", "telefono", "nombre")}
    return known_keys(**data, correo=petitioner or None, siade=body.get("siade"))


def downgrade() -> None:
    for table in ("commitment_notes", "alarms", "terms", "marks", "past", "person_keys", "records"):
        op.drop_table(table)
    op.drop_index("ix_drafts_account_changed_at", "drafts")
    op.drop_column("drafts", "proposed_at")
    op.drop_index("ix_history_at", "history")
    op.drop_index("ix_petitions_consultor", "petitions")
    op.drop_column("petitions", "consultor")
