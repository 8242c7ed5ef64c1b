"""wordings that were not understood or taught; what a replay needs of a message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "unread_wording",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("times", _ID, nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("suggestion", sa.String(length=60), nullable=False),
        sa.Column("suggested_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_unread_wording_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unread_wording")),
        sa.UniqueConstraint("unit_id", "mark", name=op.f("uq_unread_wording_unit_id_mark")),
    )
    op.create_index("ix_unread_wording_last_at", "unread_wording", ["last_at"], unique=False)
    op.create_table(
        "taught_wording",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("wording", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("taught_by", _ID, nullable=True),
        sa.Column("taught_at", _MOMENT, nullable=False),
        sa.Column("revoked_by", _ID, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_taught_wording_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["taught_by"], ["member.id"], name=op.f("fk_taught_wording_taught_by_member")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["member.id"], name=op.f("fk_taught_wording_revoked_by_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taught_wording")),
    )
    op.create_index(
        "uq_taught_wording_live",
        "taught_wording",
        ["unit_id", "wording"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_quote", sa.LargeBinary(), nullable=True))
        batch_op.add_column(
            sa.Column("addressed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("event", sa.String(length=12), nullable=False, server_default="")
        )
    with op.batch_alter_table("done_action", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("what", sa.String(length=20), nullable=False, server_default="")
        )


def downgrade() -> None:
    """Go one version down."""
    with op.batch_alter_table("done_action", schema=None) as batch_op:
        batch_op.drop_column("what")
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_column("event")
        batch_op.drop_column("addressed")
        batch_op.drop_column("sealed_quote")
    op.drop_index("uq_taught_wording_live", table_name="taught_wording")
    op.drop_table("taught_wording")
    op.drop_index("ix_unread_wording_last_at", table_name="unread_wording")
    op.drop_table("unread_wording")
