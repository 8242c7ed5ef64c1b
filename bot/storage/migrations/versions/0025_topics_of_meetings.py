"""Which meetings of a working committee had Party building on the agenda."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "meeting_topic",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("party_building", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_topic_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["member.id"], name=op.f("fk_meeting_topic_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_topic")),
        sa.UniqueConstraint("meeting_id", "seq", name=op.f("uq_meeting_topic_meeting_id_seq")),
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("meeting_topic")
