"""Copies of reports as they were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0041"
down_revision = "0039"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "report_copy",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("report", sa.String(20), nullable=False),
        sa.Column("year", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_copy_unit_id_unit")),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_report_copy_by_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_copy")),
        sa.UniqueConstraint(
            "unit_id", "report", "year", "seq", name=op.f("uq_report_copy_unit_id_report_year_seq")
        ),
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("report_copy")
