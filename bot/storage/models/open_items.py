"""Open items: actions of minutes and issues, and what became of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.open_items import ItemAct, ItemKind
from bot.storage.types import Base, by_value


class OpenItem(Base):
    """Something somebody is to see to; it never changes, what becomes of it are its steps.

    Attributes:
        key: Makes it single: `minutes:<meeting>:<seq>`, `inbound:<message>`, …
        number: Counts the items of a branch, for people.
        owner_id: Who sees to it; None where nobody was named.
        meeting_id: The meeting it was decided at.
    """

    __tablename__ = "open_item"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("unit_id", "number"),
        Index("ix_open_item_owner", "owner_id"),
        Index("ix_open_item_due", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int]
    kind: Mapped[ItemKind] = mapped_column(by_value(ItemKind))
    words: Mapped[str] = mapped_column(String(400))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    due_on: Mapped[date | None]
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class OpenItemStep(Base):
    """What was done to an item; the highest `seq` says how it stands, none means open."""

    __tablename__ = "open_item_step"
    __table_args__ = (UniqueConstraint("item_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    seq: Mapped[int]
    act: Mapped[ItemAct] = mapped_column(by_value(ItemAct))
    note: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
