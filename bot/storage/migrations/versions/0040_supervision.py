"""Numbers of checks, fixed when a year is over; screenings of units and their premises."""

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
    op.create_table(
        "unit_screening",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("year", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("met", sa.JSON(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("refers_to", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("unit_id", "unit", "unit_screening"),
        _refers("by_id", "member", "unit_screening"),
        _refers("refers_to", "unit_screening", "unit_screening"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_screening")),
        sa.UniqueConstraint(
            "unit_id", "year", "seq", name=op.f("uq_unit_screening_unit_id_year_seq")
        ),
    )
    op.create_table(
        "unit_premises",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("area", _ID, nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("refers_to", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("unit_id", "unit", "unit_premises"),
        _refers("by_id", "member", "unit_premises"),
        _refers("refers_to", "unit_premises", "unit_premises"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_premises")),
        sa.UniqueConstraint("unit_id", "seq", name=op.f("uq_unit_premises_unit_id_seq")),
    )
    for table in ("unit_screening", "unit_premises"):
        op.create_index(f"ix_{table}_refers_to", table, ["refers_to"])


def downgrade() -> None:
    """Go one version down; what was fixed of past years is not known there."""
    for table in ("unit_premises", "unit_screening", "supervision_fact"):
        op.drop_table(table)


def _refers(column: str, to: str, table: str = "supervision_fact") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
