"""Changes of the roll and of organisations, transfers of the organisational relation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_WORD = sa.String(length=40)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def upgrade() -> None:
    """Go one version up."""
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("form", _WORD, server_default="ordinary", nullable=False))
    _roll_changes()
    _transfers()
    _unit_changes()


def _roll_changes() -> None:
    op.create_table(
        "roll_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("code", _WORD, nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("closed_id", _ID, nullable=True),
        sa.Column("opened_id", _ID, nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("refers_to", _ID, nullable=True),
        _refers("roll_change", "member_id", "member"),
        _refers("roll_change", "unit_id", "unit"),
        _refers("roll_change", "closed_id", "membership"),
        _refers("roll_change", "opened_id", "membership"),
        _refers("roll_change", "by_id", "member"),
        _refers("roll_change", "refers_to", "roll_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_change")),
        sa.UniqueConstraint("key", name=op.f("uq_roll_change_key")),
    )
    with op.batch_alter_table("roll_change", schema=None) as batch_op:
        batch_op.create_index("ix_roll_change_member", ["member_id", "on_day"], unique=False)
        batch_op.create_index("ix_roll_change_unit", ["unit_id", "on_day"], unique=False)
        batch_op.create_index("ix_roll_change_refers_to", ["refers_to"], unique=False)
        batch_op.create_index("ix_roll_change_closed_id", ["closed_id"], unique=False)
        batch_op.create_index("ix_roll_change_opened_id", ["opened_id"], unique=False)


def _transfers() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("from_unit_id", _ID, nullable=True),
        sa.Column("to_unit_id", _ID, nullable=True),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("letter_no", _WORD, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("days", _ID, nullable=False),
        sa.Column("dues_until", bot.storage.types.MonthText(length=7), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        _refers("transfer", "member_id", "member"),
        _refers("transfer", "from_unit_id", "unit"),
        _refers("transfer", "to_unit_id", "unit"),
        _refers("transfer", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(
            "uq_transfer_open",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index("ix_transfer_member_id", ["member_id"], unique=False)
        batch_op.create_index("ix_transfer_from_unit_id", ["from_unit_id"], unique=False)
        batch_op.create_index("ix_transfer_to_unit_id", ["to_unit_id"], unique=False)
    op.create_table(
        "transfer_step",
        sa.Column("id", _ID, nullable=False),
        sa.Column("transfer_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("change_id", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("transfer_step", "transfer_id", "transfer"),
        _refers("transfer_step", "change_id", "roll_change"),
        _refers("transfer_step", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_step")),
        sa.UniqueConstraint("transfer_id", "seq", name=op.f("uq_transfer_step_transfer_id_seq")),
    )
    with op.batch_alter_table("transfer_step", schema=None) as batch_op:
        batch_op.create_index("ix_transfer_step_change_id", ["change_id"], unique=False)


def _unit_changes() -> None:
    op.create_table(
        "unit_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("unit_change", "unit_id", "unit"),
        _refers("unit_change", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change")),
        sa.UniqueConstraint("key", name=op.f("uq_unit_change_key")),
    )
    with op.batch_alter_table("unit_change", schema=None) as batch_op:
        batch_op.create_index("ix_unit_change_unit", ["unit_id", "on_day"], unique=False)


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("unit_change")
    op.drop_table("transfer_step")
    op.drop_table("transfer")
    op.drop_table("roll_change")
    # Both databases drop a column themselves; a table made anew would lose what refers to it.
    op.execute("ALTER TABLE unit DROP COLUMN form")
