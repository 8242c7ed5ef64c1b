"""Memberships are looked up by member: every export asks where somebody belongs."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    op.create_index("ix_membership_member", "membership", ["member_id"])


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_membership_member", "membership")
