"""Issues: source, category and measure; what was published of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0034"
down_revision = "0030"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_COLUMNS = (("source", 40), ("category", 40), ("measure", 200))


def upgrade() -> None:
    """Go one version up."""
    for name, length in _COLUMNS:
        op.add_column(
            "open_item",
            sa.Column(name, sa.String(length), nullable=False, server_default=""),
        )
    op.create_table(
        "issue_publication",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("readers", _ID, nullable=False),
        sa.Column("to_group", sa.Boolean(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_issue_publication_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["member.id"], name=op.f("fk_issue_publication_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_publication")),
    )
    op.create_index("ix_issue_publication_unit", "issue_publication", ["unit_id"])


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("issue_publication")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("open_item", name)
