"""When somebody left early; roll calls that are finished."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up; what was entered as held before is finished as it stands."""
    op.add_column("attendance_mark", sa.Column("left_at", _MOMENT, nullable=True))
    op.create_table(
        "roll_closing",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("revision", _ID, nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_roll_closing_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["member.id"], name=op.f("fk_roll_closing_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_closing")),
        sa.UniqueConstraint("meeting_id", "seq", name=op.f("uq_roll_closing_meeting_id_seq")),
    )
    op.execute(
        "INSERT INTO roll_closing (meeting_id, seq, revision, closed, at)"
        " SELECT id, 1, revision, (1 = 1), ends_at FROM meeting"
        " WHERE state IN ('held', 'confirmed') AND seats IS NULL"
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("roll_closing")
    op.execute("ALTER TABLE attendance_mark DROP COLUMN left_at")
