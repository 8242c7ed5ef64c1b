"""What a vote rested on: its moment, and who was counted as in the room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up; of votes recorded before it is not known who was counted."""
    op.add_column("meeting_decision", sa.Column("voted_at", _MOMENT, nullable=True))
    op.add_column(
        "meeting_decision", sa.Column("voters", sa.JSON(none_as_null=True), nullable=True)
    )


def downgrade() -> None:
    """Go one version down."""
    op.execute("ALTER TABLE meeting_decision DROP COLUMN voters")
    op.execute("ALTER TABLE meeting_decision DROP COLUMN voted_at")
