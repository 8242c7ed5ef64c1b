"""chains: what was pasted, how its names were read, what was confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "chain",
        sa.Column("id", _ID, nullable=False),
        sa.Column("branch_id", _ID, nullable=False),
        sa.Column("title_key", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column(
            "about",
            sa.Enum(
                "attendance",
                "signup",
                "dues",
                "leave",
                "receipt",
                "other",
                name="about",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("created_at", bot.storage.types.UtcMoment(timezone=True), nullable=False),
        sa.Column("settled_at", bot.storage.types.UtcMoment(timezone=True), nullable=True),
        sa.Column("dismissed_at", bot.storage.types.UtcMoment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["unit.id"], name=op.f("fk_chain_branch_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
        sa.UniqueConstraint(
            "branch_id", "title_key", "subject", name=op.f("uq_chain_branch_id_title_key_subject")
        ),
    )
    op.create_table(
        "chain_choice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("chain_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("nth", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("at", bot.storage.types.UtcMoment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["member.id"], name=op.f("fk_chain_choice_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"], ["chain.id"], name=op.f("fk_chain_choice_chain_id_chain")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_chain_choice_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_choice")),
    )
    with op.batch_alter_table("chain_choice", schema=None) as batch_op:
        batch_op.create_index("ix_chain_choice_chain", ["chain_id", "id"], unique=False)

    op.create_table(
        "chain_paste",
        sa.Column("id", _ID, nullable=False),
        sa.Column("chain_id", _ID, nullable=False),
        sa.Column("inbound_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("at", bot.storage.types.UtcMoment(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chain_id"], ["chain.id"], name=op.f("fk_chain_paste_chain_id_chain")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound.id"], name=op.f("fk_chain_paste_inbound_id_inbound")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_chain_paste_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_paste")),
        sa.UniqueConstraint(
            "chain_id", "inbound_id", name=op.f("uq_chain_paste_chain_id_inbound_id")
        ),
    )
    with op.batch_alter_table("chain_paste", schema=None) as batch_op:
        batch_op.create_index("ix_chain_paste_chain", ["chain_id", "id"], unique=False)

    op.create_table(
        "chain_line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("paste_id", _ID, nullable=False),
        sa.Column("place", _ID, nullable=False),
        sa.Column("number", _ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("nth", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("persons", _ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "plain",
                "paid",
                "leave",
                "declines",
                "unsure",
                name="notekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", _ID, nullable=True),
        sa.Column("reason_kind", sa.String(length=4), nullable=False),
        sa.Column("months", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_chain_line_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["paste_id"], ["chain_paste.id"], name=op.f("fk_chain_line_paste_id_chain_paste")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_line")),
        sa.UniqueConstraint("paste_id", "place", name=op.f("uq_chain_line_paste_id_place")),
    )
    op.create_table(
        "chain_record",
        sa.Column("id", _ID, nullable=False),
        sa.Column("paste_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("ledger", sa.String(length=20), nullable=False),
        sa.Column("row_id", _ID, nullable=False),
        sa.Column("reporter_id", _ID, nullable=False),
        sa.Column("confirmed_by", _ID, nullable=False),
        sa.Column("at", bot.storage.types.UtcMoment(timezone=True), nullable=False),
        sa.Column("undone_at", bot.storage.types.UtcMoment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["member.id"], name=op.f("fk_chain_record_confirmed_by_member")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_chain_record_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["paste_id"], ["chain_paste.id"], name=op.f("fk_chain_record_paste_id_chain_paste")
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["member.id"], name=op.f("fk_chain_record_reporter_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_record")),
    )
    with op.batch_alter_table("chain_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chain_record_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_chain_record_paste", ["paste_id"], unique=False)
        batch_op.create_index("ix_chain_record_row", ["ledger", "row_id"], unique=False)

    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("withdrawn_at", bot.storage.types.UtcMoment(timezone=True), nullable=True)
        )


def downgrade() -> None:
    """Go one version down."""
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")

    with op.batch_alter_table("chain_record", schema=None) as batch_op:
        batch_op.drop_index("ix_chain_record_row")
        batch_op.drop_index("ix_chain_record_paste")
        batch_op.drop_index(batch_op.f("ix_chain_record_member_id"))

    op.drop_table("chain_record")
    op.drop_table("chain_line")
    with op.batch_alter_table("chain_paste", schema=None) as batch_op:
        batch_op.drop_index("ix_chain_paste_chain")

    op.drop_table("chain_paste")
    with op.batch_alter_table("chain_choice", schema=None) as batch_op:
        batch_op.drop_index("ix_chain_choice_chain")

    op.drop_table("chain_choice")
    op.drop_table("chain")
