"""Agreements of followers to subscription messages, and what a channel has used of its day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcMoment

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("used_at IS NULL")


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "subscribe_consent",
        sa.Column("id", _ID, nullable=False),
        sa.Column("space", sa.String(80), nullable=False),
        sa.Column("external_id", sa.String(120), nullable=False),
        sa.Column("template_id", sa.String(120), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("given_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("used_at", UtcMoment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribe_consent")),
        sa.UniqueConstraint("source", name=op.f("uq_subscribe_consent_source")),
    )
    op.create_index(
        "ix_subscribe_consent_open",
        "subscribe_consent",
        ["space", "external_id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )

    op.create_table(
        "send_quota",
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", _ID, nullable=False),
        sa.PrimaryKeyConstraint("channel", "day", name=op.f("pk_send_quota")),
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("send_quota")
    op.drop_table("subscribe_consent")
