"""Talks (谈心谈话) count for a year; the settings of one rule are found without reading all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types
from bot.clock import day_of
from bot.domain.periods import Month

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TALK = "heart_to_heart_talk"
_MEETING = sa.table(
    "meeting",
    sa.column("id", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("for_period", sa.String()),
    sa.column("starts_at", bot.storage.types.UtcMoment(timezone=True)),
)


def upgrade() -> None:
    """Go one version up: until now a talk stood under its month."""
    op.create_index("ix_unit_policy_key", "unit_policy", ["key"])
    year = sa.func.substr(_MEETING.c.for_period, 1, 4)
    op.execute(_MEETING.update().where(_MEETING.c.kind == _TALK).values(for_period=year))


def downgrade() -> None:
    """Go one version down."""
    held = sa.select(_MEETING.c.id, _MEETING.c.starts_at).where(_MEETING.c.kind == _TALK)
    for row in op.get_bind().execute(held).all():
        month = str(Month.of(day_of(row.starts_at)))
        op.execute(_MEETING.update().where(_MEETING.c.id == row.id).values(for_period=month))
    op.drop_index("ix_unit_policy_key", table_name="unit_policy")
