"""What waits for the organiser is found without reading whole ledgers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_WAITING = sa.text(
    "mark IN ('leave_requested', 'makeup_requested', 'proxy_requested', 'studied_later')"
    " AND decided_by_id IS NULL"
)
_DECLARED = sa.text("kind IN ('declare', 'offer')")
_FAILED = sa.text("state IN ('refused', 'uncertain')")


def upgrade() -> None:
    """Go one version up."""
    op.create_index(
        "ix_attendance_mark_waiting",
        "attendance_mark",
        ["mark", "recorded_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index(
        "ix_dues_entry_declared",
        "dues_entry",
        ["at"],
        sqlite_where=_DECLARED,
        postgresql_where=_DECLARED,
    )
    op.create_index(
        "ix_outbox_failed",
        "outbox",
        ["finished_at"],
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_outbox_failed", table_name="outbox")
    op.drop_index("ix_dues_entry_declared", table_name="dues_entry")
    op.drop_index("ix_attendance_mark_waiting", table_name="attendance_mark")
