"""What was studied, stated counts of past meetings, dues reminders on order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("timed", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
    op.create_table(
        "stated_count",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("present", _ID, nullable=True),
        sa.Column("reporter_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_stated_count_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["member.id"], name=op.f("fk_stated_count_reporter_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_count")),
        sa.UniqueConstraint("meeting_id", "seq", name=op.f("uq_stated_count_meeting_id_seq")),
    )
    op.create_table(
        "study_record",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("reporter_id", _ID, nullable=True),
        sa.Column("refers_to", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_record_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["member.id"], name=op.f("fk_study_record_reporter_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["refers_to"], ["study_record.id"], name=op.f("fk_study_record_refers_to_study_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_record")),
        sa.UniqueConstraint("key", name=op.f("uq_study_record_key")),
    )
    with op.batch_alter_table("study_record", schema=None) as batch_op:
        batch_op.create_index("ix_study_record_member", ["member_id", "done_on"], unique=False)
    op.create_table(
        "dues_reminder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("month", bot.storage.types.MonthText(length=7), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_dues_reminder_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["member.id"], name=op.f("fk_dues_reminder_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dues_reminder")),
        sa.UniqueConstraint(
            "member_id", "month", "on_day", name=op.f("uq_dues_reminder_member_id_month_on_day")
        ),
    )
    with op.batch_alter_table("dues_reminder", schema=None) as batch_op:
        batch_op.create_index("ix_dues_reminder_batch", ["batch"], unique=False)
        batch_op.create_index("ix_dues_reminder_on_day", ["on_day"], unique=False)


def downgrade() -> None:
    """Go one version down."""
    with op.batch_alter_table("dues_reminder", schema=None) as batch_op:
        batch_op.drop_index("ix_dues_reminder_on_day")
        batch_op.drop_index("ix_dues_reminder_batch")
    op.drop_table("dues_reminder")
    with op.batch_alter_table("study_record", schema=None) as batch_op:
        batch_op.drop_index("ix_study_record_member")
    op.drop_table("study_record")
    op.drop_table("stated_count")
    # Both databases drop a column themselves; a table made anew would lose what refers to it.
    op.execute("ALTER TABLE meeting DROP COLUMN timed")
