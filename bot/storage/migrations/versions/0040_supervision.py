"""Numbers of checks, fixed when a year is over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_KEY = ("unit_id", "check", "indicator", "seq")


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "supervision_fact",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("check", sa.String(length=10), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("done", _ID, nullable=False),
        sa.Column("of", _ID, nullable=True),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("gaps", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("unit_id", "unit"),
        _refers("by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_fact")),
        sa.UniqueConstraint(*_KEY, name=op.f(f"uq_supervision_fact_{'_'.join(_KEY)}")),
    )


def downgrade() -> None:
    """Go one version down; what was fixed of past years is not known there."""
    op.drop_table("supervision_fact")


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_supervision_fact_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
