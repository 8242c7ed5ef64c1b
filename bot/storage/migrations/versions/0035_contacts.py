"""Places, who looks after whom, visits, and the plans of leaders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.create_table(
        "place",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("unmanaged", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(60), nullable=False),
        sa.Column("org_id", _ID, nullable=True),
        sa.Column("full_members", _ID, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_place_unit_id_unit")),
        sa.ForeignKeyConstraint(["org_id"], ["unit.id"], name=op.f("fk_place_org_id_unit")),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_place_by_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("key", name=op.f("uq_place_key")),
    )
    op.create_index("ix_place_unit", "place", ["unit_id"])
    op.create_table(
        "contact",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("member_id", _ID, nullable=True),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("to_member_id", _ID, nullable=True),
        sa.Column("to_unit_id", _ID, nullable=True),
        sa.Column("place_id", _ID, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_contact_member_id_member")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_contact_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["to_member_id"], ["member.id"], name=op.f("fk_contact_to_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_id"], ["unit.id"], name=op.f("fk_contact_to_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_contact_place_id_place")),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_contact_by_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("key", name=op.f("uq_contact_key")),
    )
    op.create_index("ix_contact_member", "contact", ["member_id"])
    op.create_index("ix_contact_unit", "contact", ["unit_id"])
    op.create_table(
        "visit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("to_member_id", _ID, nullable=True),
        sa.Column("to_unit_id", _ID, nullable=True),
        sa.Column("place_id", _ID, nullable=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("findings", sa.String(200), nullable=False),
        sa.Column("item_id", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_visit_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["to_member_id"], ["member.id"], name=op.f("fk_visit_to_member_id_member")
        ),
        sa.ForeignKeyConstraint(["to_unit_id"], ["unit.id"], name=op.f("fk_visit_to_unit_id_unit")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_visit_place_id_place")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["open_item.id"], name=op.f("fk_visit_item_id_open_item")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_visit_by_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("key", name=op.f("uq_visit_key")),
    )
    op.create_index("ix_visit_member", "visit", ["member_id", "on_day"])
    op.create_table(
        "work_plan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("year", _ID, nullable=False),
        sa.Column("words", sa.String(400), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_work_plan_member_id_member")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_work_plan_unit_id_unit")),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_work_plan_by_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_plan")),
        sa.UniqueConstraint("key", name=op.f("uq_work_plan_key")),
    )
    op.create_index("ix_work_plan_member", "work_plan", ["member_id", "year"])


def downgrade() -> None:
    """Go one version down."""
    op.drop_table("work_plan")
    op.drop_table("visit")
    op.drop_table("contact")
    op.drop_table("place")
