"""Addresses of calendars; when a text that left late should have left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_LATE = sa.text("late_since IS NOT NULL")
_OPEN = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "calendar_feed",
        sa.Column("id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("created_by", _ID, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_calendar_feed_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_calendar_feed_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("fk_calendar_feed_created_by_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    for owner in ("member", "unit"):
        op.create_index(
            f"uq_calendar_feed_{owner}",
            "calendar_feed",
            [f"{owner}_id"],
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )
    op.add_column("outbox", sa.Column("late_since", _MOMENT, nullable=True))
    op.create_index(
        "ix_outbox_late", "outbox", ["late_since"], sqlite_where=_LATE, postgresql_where=_LATE
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_outbox_late", table_name="outbox")
    op.execute("ALTER TABLE outbox DROP COLUMN late_since")
    op.drop_table("calendar_feed")
