"""Open items: actions of minutes and issues, with who and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "open_item",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("number", _ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("words", sa.String(400), nullable=False),
        sa.Column("owner_id", _ID, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("meeting_id", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_open_item_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["member.id"], name=op.f("fk_open_item_owner_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_open_item_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_open_item_by_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_item")),
        sa.UniqueConstraint("key", name=op.f("uq_open_item_key")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_open_item_unit_id_number")),
    )
    op.create_index("ix_open_item_owner", "open_item", ["owner_id"])
    op.create_index("ix_open_item_due", "open_item", ["due_on"])
    op.create_table(
        "open_item_step",
        sa.Column("id", _ID, nullable=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["open_item.id"], name=op.f("fk_open_item_step_item_id_open_item")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["member.id"], name=op.f("fk_open_item_step_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_item_step")),
        sa.UniqueConstraint("item_id", "seq", name=op.f("uq_open_item_step_item_id_seq")),
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("open_item_step")
    op.drop_table("open_item")
