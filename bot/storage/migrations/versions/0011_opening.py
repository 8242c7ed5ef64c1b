"""The opening state: dues paid up to, meetings held, class hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    _create(
        "opening_dues",
        ("member",),
        [sa.Column("until_month", bot.storage.types.MonthText(length=7), nullable=True)],
        ("member_id", "seq"),
    )
    _create(
        "opening_meeting",
        ("unit",),
        [
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("for_period", sa.String(length=10), nullable=False),
            sa.Column("held_on", sa.Date(), nullable=True),
        ],
        ("unit_id", "kind", "for_period", "seq"),
    )
    _create(
        "opening_hours",
        ("member",),
        [
            sa.Column("year", _ID, nullable=False),
            sa.Column("hours", _ID, nullable=True),
        ],
        ("member_id", "year", "seq"),
    )


def downgrade() -> None:
    """Go one version down."""
    for table in ("opening_hours", "opening_meeting", "opening_dues"):
        op.drop_table(table)


def _create(
    table: str, of: tuple[str, ...], columns: list[sa.Column[object]], single: tuple[str, ...]
) -> None:
    owners = [(f"{owner}_id", owner, False) for owner in of] + [("by_id", "member", True)]
    op.create_table(
        table,
        sa.Column("id", _ID, nullable=False),
        *(sa.Column(name, _ID, nullable=nullable) for name, _, nullable in owners),
        sa.Column("seq", _ID, nullable=False),
        *columns,
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{owner}.id"], name=op.f(f"fk_{table}_{name}_{owner}")
            )
            for name, owner, _ in owners
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(*single, name=op.f(f"uq_{table}_{'_'.join(single)}")),
    )
