"""The HTTP API: tokens and what was done with them; tries to sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None

_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "api_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("purpose", sa.String(60), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_api_token_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
    )
    op.create_index("ix_api_token_member", "api_token", ["member_id"])
    op.create_table(
        "api_request",
        sa.Column("id", _ID, nullable=False),
        sa.Column("token_id", _ID, nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_token.id"], name=op.f("fk_api_request_token_id_api_token")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_request")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_api_request_token_id_key")),
    )
    op.create_index("ix_api_request_at", "api_request", ["at"])
    op.create_table(
        "sign_in_tries",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("failed", _ID, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sign_in_tries")),
    )


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("sign_in_tries")
    op.drop_table("api_request")
    op.drop_table("api_token")
