"""What a tick over many branches reads and writes: dues from the index, rows in fewer indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SENT = sa.text("batch_id IS NOT NULL")


def upgrade() -> None:
    """Go one version up."""
    op.drop_index("ix_dues_entry_member_month", table_name="dues_entry")
    op.create_index(
        "ix_dues_entry_member_month", "dues_entry", ["member_id", "month", "kind", "fen"]
    )
    op.drop_index("ix_outbox_batch_id", table_name="outbox")
    op.create_index(
        "ix_outbox_batch_id",
        "outbox",
        ["batch_id"],
        sqlite_where=_SENT,
        postgresql_where=_SENT,
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_outbox_batch_id", table_name="outbox")
    op.create_index("ix_outbox_batch_id", "outbox", ["batch_id"])
    op.drop_index("ix_dues_entry_member_month", table_name="dues_entry")
    op.create_index("ix_dues_entry_member_month", "dues_entry", ["member_id", "month"])
