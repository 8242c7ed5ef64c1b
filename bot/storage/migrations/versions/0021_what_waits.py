"""What was studied later and waits, and posts that end: looked up by their day every morning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STUDIED = sa.text("mark = 'studied_later'")


def upgrade() -> None:
    """Go one version up."""
    op.create_index(
        "ix_attendance_mark_studied",
        "attendance_mark",
        ["said_at"],
        sqlite_where=_STUDIED,
        postgresql_where=_STUDIED,
    )
    op.create_index("ix_post_valid_to", "post", ["valid_to"])


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_post_valid_to", "post")
    op.drop_index("ix_attendance_mark_studied", "attendance_mark")
