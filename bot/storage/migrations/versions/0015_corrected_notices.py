"""Notices that put another one right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go one version up."""
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("corrects_id", _ID, nullable=True))
        notice.create_foreign_key(
            op.f("fk_notice_corrects_id_notice"), "notice", ["corrects_id"], ["id"]
        )
        notice.create_index("ix_notice_corrects", ["corrects_id"])


def downgrade() -> None:
    """Go one version down."""
    with op.batch_alter_table("notice") as notice:
        notice.drop_index("ix_notice_corrects")
        notice.drop_constraint(op.f("fk_notice_corrects_id_notice"), type_="foreignkey")
        notice.drop_column("corrects_id")
