"""Posts that end are looked up by their day every morning."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    op.create_index("ix_post_valid_to", "post", ["valid_to"])


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_post_valid_to", "post")
