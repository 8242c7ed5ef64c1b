"""Who has read what about whom; who was made anonymous."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "read_line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("how", sa.String(12), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("member_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_read_line_by_id_member")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_read_line_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_read_line_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_line")),
    )
    op.create_index("ix_read_line_unit", "read_line", ["unit_id", "on_day"])
    op.create_index("ix_read_line_member", "read_line", ["member_id", "on_day"])
    op.create_index("ix_read_line_by", "read_line", ["by_id", "on_day"])
    op.create_table(
        "anonymised",
        sa.Column("member_id", _ID, autoincrement=False, nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_anonymised_member_id_member")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_anonymised_by_id_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_anonymised")),
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("anonymised")
    op.drop_table("read_line")
