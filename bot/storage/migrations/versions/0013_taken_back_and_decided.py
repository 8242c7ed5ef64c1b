"""Changes of organisations that were taken back; why a unit's setting was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    # Both databases add a column that refers elsewhere themselves; a table made anew would lose
    # what refers to it.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE unit_change ADD COLUMN refers_to {kind}"
        " CONSTRAINT fk_unit_change_refers_to_unit_change REFERENCES unit_change (id)"
    )
    op.create_index("ix_unit_change_refers_to", "unit_change", ["refers_to"])
    op.add_column(
        "unit_policy",
        sa.Column("reason", sa.String(length=120), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_column("unit_policy", "reason")
    op.drop_index("ix_unit_change_refers_to", "unit_change")
    op.execute("ALTER TABLE unit_change DROP COLUMN refers_to")
