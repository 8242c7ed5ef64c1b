"""Notices for some people only, and at a time that was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up; every notice so far was for all of its unit."""
    op.add_column("notice", sa.Column("audience", sa.String(80), nullable=False, server_default=""))
    op.add_column("notice", sa.Column("chosen", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("notice", sa.Column("send_at", _MOMENT, nullable=True))


def downgrade() -> None:
    """Go one version down."""
    for name in ("send_at", "chosen", "audience"):
        op.execute(f"ALTER TABLE notice DROP COLUMN {name}")
