"""aliases, and what was done for others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BRANCH_WIDE = sa.text("revoked_at IS NULL AND speaker_id IS NULL")
_PERSONAL = sa.text("revoked_at IS NULL AND speaker_id IS NOT NULL")


def upgrade() -> None:
    """Go one version up."""
    _create_alias()
    with op.batch_alter_table("done_action", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject_id", _ID, nullable=True))
        batch_op.add_column(
            sa.Column("batch", sa.String(length=40), nullable=False, server_default="")
        )
        batch_op.create_foreign_key(
            op.f("fk_done_action_subject_id_member"), "member", ["subject_id"], ["id"]
        )
        batch_op.create_index("ix_done_action_subject", ["subject_id", "at"], unique=False)

    with op.batch_alter_table("attendance_mark", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_by_id", _ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_attendance_mark_decided_by_id_member"), "member", ["decided_by_id"], ["id"]
        )


def _create_alias() -> None:
    op.create_table(
        "alias",
        sa.Column("id", _ID, nullable=False),
        sa.Column("text", sa.String(length=20), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("speaker_id", _ID, nullable=True),
        sa.Column("taught_by_id", _ID, nullable=True),
        sa.Column("consent", sa.String(length=12), nullable=False),
        sa.Column("taught_at", bot.storage.types.UtcMoment(timezone=True), nullable=False),
        sa.Column("revoked_at", bot.storage.types.UtcMoment(timezone=True), nullable=True),
        sa.Column("revoked_by_id", _ID, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_alias_{column}_{table}")
            )
            for column, table in (
                ("member_id", "member"),
                ("unit_id", "unit"),
                ("speaker_id", "member"),
                ("taught_by_id", "member"),
                ("revoked_by_id", "member"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
    )
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.create_index("ix_alias_member", ["member_id"], unique=False)
        for name, owner, where in (
            ("uq_alias_branch", "unit_id", _BRANCH_WIDE),
            ("uq_alias_speaker", "speaker_id", _PERSONAL),
        ):
            batch_op.create_index(
                name, [owner, "text"], unique=True, sqlite_where=where, postgresql_where=where
            )


def downgrade() -> None:
    """Go one version down."""
    with op.batch_alter_table("attendance_mark", schema=None) as batch_op:
        batch_op.drop_constraint(
            op.f("fk_attendance_mark_decided_by_id_member"), type_="foreignkey"
        )
        batch_op.drop_column("decided_by_id")
    with op.batch_alter_table("done_action", schema=None) as batch_op:
        batch_op.drop_index("ix_done_action_subject")
        batch_op.drop_constraint(op.f("fk_done_action_subject_id_member"), type_="foreignkey")
        batch_op.drop_column("batch")
        batch_op.drop_column("subject_id")
    op.drop_table("alias")
