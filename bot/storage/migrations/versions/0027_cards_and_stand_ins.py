"""Buttons under a text, and texts that stand in for one that another channel refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INSTEAD = sa.text("instead_of IS NOT NULL")


def upgrade() -> None:
    """Go one version up."""
    op.add_column("outbox", sa.Column("card", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("instead_of", sa.Integer(), nullable=True))
    op.create_index(
        "ix_outbox_instead",
        "outbox",
        ["instead_of"],
        sqlite_where=_INSTEAD,
        postgresql_where=_INSTEAD,
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_outbox_instead", table_name="outbox")
    op.drop_column("outbox", "instead_of")
    op.drop_column("outbox", "card")
