"""Units (街道, 社区, 支部, 党小组), their dated policies, chat groups."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.units import UnitChangeKind, UnitForm, UnitKind
from bot.storage.types import Base, by_value


class Unit(Base):
    """An organisation in the tree, as it stands now; `UnitChange` tells how it came to that.

    Attributes:
        path: Ids from the root down, `/1/4/`, so that a subtree is a prefix.
        live_from: From when the bot watches over it; earlier periods are 未纳入, never overdue.
        valid_to: Exclusive; None while it exists.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[UnitKind] = mapped_column(by_value(UnitKind))
    form: Mapped[UnitForm] = mapped_column(
        by_value(UnitForm), default=UnitForm.ORDINARY, server_default=UnitForm.ORDINARY.value
    )
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(String(200), index=True)
    live_from: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class UnitChange(Base):
    """What happened to an organisation on a day: before and after, never overwritten.

    Attributes:
        key: Makes an entry single: `<unit>:<n>`, `void:<entry>`.
        on_day: The Shanghai day it takes effect.
        refers_to: The entry this one takes back; None for a change.
    """

    __tablename__ = "unit_change"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_unit_change_unit", "unit_id", "on_day"),
        Index("ix_unit_change_refers_to", "refers_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[UnitChangeKind] = mapped_column(by_value(UnitChangeKind))
    on_day: Mapped[date]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(80), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("unit_change.id"))


class UnitPolicy(Base):
    """A setting of a unit, dated, with who decided it and why; the latest in force counts."""

    __tablename__ = "unit_policy"
    __table_args__ = (
        Index("ix_unit_policy_lookup", "unit_id", "key", "effective_from"),
        Index("ix_unit_policy_key", "key"),  # every setting of one rule, asked at each tick
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[dict[str, Any]]
    effective_from: Mapped[date]
    decided_by: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(120), default="", server_default="")
    recorded_at: Mapped[datetime]


class ChatGroup(Base):
    """A chat group of a platform, bound to the unit it belongs to."""

    __tablename__ = "chat_group"
    __table_args__ = (
        Index(
            "uq_chat_group_bound",
            "space",
            "chat_id",
            unique=True,
            sqlite_where=text("unbound_at IS NULL"),
            postgresql_where=text("unbound_at IS NULL"),
        ),
        Index("ix_chat_group_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(String(80))
    chat_id: Mapped[str] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    bound_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    bound_at: Mapped[datetime]
    unbound_at: Mapped[datetime | None]
