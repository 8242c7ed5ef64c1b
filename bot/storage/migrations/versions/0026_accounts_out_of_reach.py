"""Accounts that the platform could not reach, with when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    moment = bot.storage.types.UtcMoment(timezone=True)
    op.add_column("account", sa.Column("unreachable_since", moment, nullable=True))
    why = sa.Column("unreachable_why", sa.String(200), nullable=False, server_default="")
    op.add_column("account", why)


def downgrade() -> None:
    """Go one version down."""
    op.drop_column("account", "unreachable_why")
    op.drop_column("account", "unreachable_since")
