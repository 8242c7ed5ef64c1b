"""Records of meetings, decisions, series; yearly meetings count for their year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types
from bot.clock import day_of
from bot.domain.periods import Month

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_YEARLY = ("org_life_meeting", "democratic_appraisal", "democratic_life_meeting")


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "meeting_series",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("start_at", sa.Time(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("created_by", _ID, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_meeting_series_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["member.id"], name=op.f("fk_meeting_series_created_by_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
    )
    op.create_index("ix_meeting_series_unit_id", "meeting_series", ["unit_id"], unique=False)
    # Both databases add a column that refers elsewhere themselves; a table made anew would lose
    # what refers to it.
    _add_series()
    op.create_index("ix_event_series_id", "event", ["series_id"], unique=False)
    op.create_table(
        "minutes_entry",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=True),
        sa.Column("text", sa.String(length=400), nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("refers_to", _ID, nullable=True),
        sa.Column("old", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        *_refers("minutes_entry", meeting_id="meeting", member_id="member", by_id="member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_entry")),
        sa.UniqueConstraint("meeting_id", "seq", name=op.f("uq_minutes_entry_meeting_id_seq")),
    )
    op.create_index("ix_minutes_entry_by", "minutes_entry", ["by_id", "at"], unique=False)
    op.create_index("ix_minutes_entry_member", "minutes_entry", ["member_id", "part"], unique=False)
    op.create_table(
        "frozen_attendance",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=True),
        sa.Column("reason_kind", sa.String(length=8), nullable=False),
        sa.Column("has_vote", sa.Boolean(), nullable=False),
        *_refers("frozen_attendance", meeting_id="meeting", member_id="member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_attendance")),
        sa.UniqueConstraint(
            "meeting_id",
            "seq",
            "member_id",
            name=op.f("uq_frozen_attendance_meeting_id_seq_member_id"),
        ),
    )
    op.create_table(
        "meeting_decision",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("yes", _ID, nullable=True),
        sa.Column("no", _ID, nullable=True),
        sa.Column("abstain", _ID, nullable=True),
        sa.Column("written_yes", _ID, nullable=False),
        sa.Column("written_no", _ID, nullable=False),
        sa.Column("written_abstain", _ID, nullable=False),
        sa.Column("present", _ID, nullable=True),
        sa.Column("due", _ID, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        *_refers("meeting_decision", meeting_id="meeting", by_id="member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_decision")),
        sa.UniqueConstraint(
            "meeting_id", "title", "seq", name=op.f("uq_meeting_decision_meeting_id_title_seq")
        ),
    )
    _count_by_year()


def downgrade() -> None:
    """Go one version down."""
    meeting = _meeting()
    starts = meeting.c.starts_at
    for row in op.get_bind().execute(
        sa.select(meeting.c.id, starts).where(meeting.c.kind.in_(_YEARLY))
    ):
        month = str(Month.of(day_of(row.starts_at)))
        op.execute(meeting.update().where(meeting.c.id == row.id).values(for_period=month))
    for table in ("meeting_decision", "frozen_attendance", "minutes_entry"):
        op.drop_table(table)
    op.drop_index("ix_event_series_id", table_name="event")
    op.execute("ALTER TABLE event DROP COLUMN series_id")
    op.drop_table("meeting_series")


def _refers(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in columns.items()
    ]


def _add_series() -> None:
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE event ADD COLUMN series_id {kind}"
        " CONSTRAINT fk_event_series_id_meeting_series REFERENCES meeting_series (id)"
    )


def _meeting() -> sa.TableClause:
    return sa.table(
        "meeting",
        sa.column("id", _ID),
        sa.column("kind", sa.String()),
        sa.column("for_period", sa.String()),
        sa.column("starts_at", _MOMENT),
    )


def _count_by_year() -> None:
    """Let what is held for a year count for the year: until now it stood under its month."""
    meeting = _meeting()
    year = sa.func.substr(meeting.c.for_period, 1, 4)
    op.execute(meeting.update().where(meeting.c.kind.in_(_YEARLY)).values(for_period=year))
