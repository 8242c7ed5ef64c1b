"""When somebody last wrote to an Official Account: only for a while after may it write to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_OFFICIAL = sa.text("substr(space, 1, 3) = 'oa:'")


def upgrade() -> None:
    """Go one version up."""
    op.create_index(
        "ix_inbound_official",
        "inbound",
        ["space", "sender_id", "received_at"],
        sqlite_where=_OFFICIAL,
        postgresql_where=_OFFICIAL,
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_inbound_official", table_name="inbound")
