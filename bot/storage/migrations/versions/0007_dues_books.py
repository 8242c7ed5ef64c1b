"""Dues: whose money a line is, exemptions, remittances, publications, lines of bills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)
_MONTH = bot.storage.types.MonthText(length=7)
_WHY = (
    *("named", "by_amount", "nobody", "several", "masked"),
    *("amount", "settled", "too_late", "not_assessed"),
)
_DAY = {
    "sqlite": "date(dues_entry.at, '+8 hours')",
    "postgresql": "(dues_entry.at AT TIME ZONE 'Asia/Shanghai')::date",
}


def upgrade() -> None:
    """Go one version up."""
    _name_the_branch()
    op.create_table(
        "dues_exemption",
        sa.Column("id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("from_month", _MONTH, nullable=False),
        sa.Column("until_month", _MONTH, nullable=False),
        sa.Column("monthly_fen", _ID, nullable=True),
        sa.Column("superior", sa.String(length=60), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        *_keys("dues_exemption", member_id="member", by_id="member"),
        sa.UniqueConstraint("member_id", "seq", name=op.f("uq_dues_exemption_member_id_seq")),
    )
    _create_remittances()
    op.create_table(
        "dues_publication",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("first_month", _MONTH, nullable=False),
        sa.Column("last_month", _MONTH, nullable=False),
        sa.Column("payers", _ID, nullable=False),
        sa.Column("total_fen", _ID, nullable=True),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        *_keys("dues_publication", unit_id="unit", by_id="member"),
    )
    op.create_index("ix_dues_publication_unit", "dues_publication", ["unit_id", "first_month"])
    op.create_table(
        "dues_bill_line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("fen", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("months", sa.JSON(), nullable=False),
        sa.Column("why", sa.Enum(*_WHY, name="why", native_enum=False, length=40), nullable=False),
        sa.Column("imported_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_by", _ID, nullable=True),
        sa.Column("receipt_no", sa.String(length=20), nullable=False),
        *_keys("dues_bill_line", unit_id="unit", member_id="member", closed_by="member"),
        sa.UniqueConstraint("unit_id", "mark", name=op.f("uq_dues_bill_line_unit_id_mark")),
    )
    op.create_index("ix_dues_bill_line_open", "dues_bill_line", ["unit_id", "closed_at"])


def downgrade() -> None:
    """Go one version down."""
    op.drop_index("ix_dues_bill_line_open", "dues_bill_line")
    op.drop_table("dues_bill_line")
    op.drop_index("ix_dues_publication_unit", "dues_publication")
    op.drop_table("dues_publication")
    op.drop_index("ix_dues_remitted_remittance_id", "dues_remitted")
    op.drop_table("dues_remitted")
    op.drop_table("dues_remittance")
    op.drop_table("dues_exemption")
    op.drop_index("ix_dues_entry_receipt_no", "dues_entry")
    op.drop_index("ix_dues_entry_unit", "dues_entry")
    with op.batch_alter_table("dues_entry", schema=None) as batch_op:
        batch_op.drop_column("unit_id")  # and its foreign key with it


def _name_the_branch() -> None:
    """Give lines that count the branch the member belonged to on their day.

    The column is added in place: a table made anew would lose what refers to it.
    """
    dialect = op.get_bind().dialect.name
    kind = "INTEGER" if dialect == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE dues_entry ADD COLUMN unit_id {kind}"
        " CONSTRAINT fk_dues_entry_unit_id_unit REFERENCES unit (id)"
    )
    day = _DAY[dialect]
    own = "SELECT m.unit_id FROM membership m WHERE m.member_id = dues_entry.member_id"
    then = f"{own} AND m.valid_from <= {day} AND (m.valid_to IS NULL OR m.valid_to > {day})"
    op.execute(
        "UPDATE dues_entry SET unit_id ="  # noqa: S608 - of constants of this file
        f" COALESCE(({then} ORDER BY m.id DESC LIMIT 1),"
        f" ({own} ORDER BY m.valid_from DESC, m.id DESC LIMIT 1))"
        " WHERE kind IN ('confirm', 'correct', 'refund', 'extra')"
    )
    op.create_index("ix_dues_entry_unit", "dues_entry", ["unit_id", "month"])
    op.create_index("ix_dues_entry_receipt_no", "dues_entry", ["receipt_no"])


def _create_remittances() -> None:
    op.create_table(
        "dues_remittance",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("year", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("up_to_month", _MONTH, nullable=True),
        sa.Column("to_centre", sa.Boolean(), nullable=False),
        sa.Column("people", _ID, nullable=False),
        sa.Column("entries", _ID, nullable=False),
        sa.Column("total_fen", _ID, nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        *_keys("dues_remittance", unit_id="unit", by_id="member"),
        sa.UniqueConstraint(
            "unit_id", "year", "seq", name=op.f("uq_dues_remittance_unit_id_year_seq")
        ),
    )
    op.create_table(
        "dues_remitted",
        sa.Column("entry_id", _ID, autoincrement=False, nullable=False),
        sa.Column("remittance_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["dues_entry.id"], name=op.f("fk_dues_remitted_entry_id_dues_entry")
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["dues_remittance.id"],
            name=op.f("fk_dues_remitted_remittance_id_dues_remittance"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_dues_remitted")),
    )
    op.create_index("ix_dues_remitted_remittance_id", "dues_remitted", ["remittance_id"])


def _keys(table: str, **refers: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
            )
            for column, other in refers.items()
        ),
    ]
