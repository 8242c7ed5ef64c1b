"""The states of members' files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "member_file_entry",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("file_class", sa.String(length=40), nullable=False),
        sa.Column("location_code", sa.String(length=40), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("refers_to", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("member_id", "member"),
        _refers("refers_to", "member_file_entry"),
        _refers("by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_file_entry")),
        sa.UniqueConstraint("member_id", "seq", name=op.f("uq_member_file_entry_member_id_seq")),
    )
    op.create_index("ix_member_file_entry_refers_to", "member_file_entry", ["refers_to"])


def downgrade() -> None:
    """Go one version down; which files were put in order is not known there."""
    op.drop_table("member_file_entry")


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_member_file_entry_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
