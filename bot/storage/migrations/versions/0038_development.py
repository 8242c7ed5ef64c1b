"""Cases of those who want to join, and whose probation runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0038"
down_revision = "0035"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_PROBATIONARY = sa.text("kind = 'probationary'")


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "development_case",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("number", _ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("development_case", "unit_id", "unit"),
        _refers("development_case", "member_id", "member"),
        _refers("development_case", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_development_case")),
        sa.UniqueConstraint("key", name=op.f("uq_development_case_key")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_development_case_unit_id_number")),
    )
    op.create_index("ix_development_case_member_id", "development_case", ["member_id"])
    op.create_index("ix_development_case_name", "development_case", ["name"])
    op.create_table(
        "development_entry",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("step", _ID, nullable=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("amount", _ID, nullable=True),
        sa.Column("words", sa.String(length=60), nullable=False),
        sa.Column("change_id", _ID, nullable=True),
        sa.Column("refers_to", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("development_entry", "case_id", "development_case"),
        _refers("development_entry", "change_id", "roll_change"),
        _refers("development_entry", "refers_to", "development_entry"),
        _refers("development_entry", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_development_entry")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_development_entry_case_id_seq")),
    )
    for column in ("change_id", "refers_to", "on_day"):
        op.create_index(f"ix_development_entry_{column}", "development_entry", [column])
    op.create_index(
        "ix_member_probationary",
        "member",
        ["joined_on"],
        sqlite_where=_PROBATIONARY,
        postgresql_where=_PROBATIONARY,
    )


def downgrade() -> None:
    """Go one version down; what was written about cases is gone."""
    op.drop_index("ix_member_probationary", table_name="member")
    op.drop_table("development_entry")
    op.drop_table("development_case")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
