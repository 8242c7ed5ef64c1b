"""Open items: actions of minutes and issues, what became of them, and what was published of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.open_items import ItemAct, ItemKind
from bot.storage.types import Base, by_value


class OpenItem(Base):
    """Something somebody is to see to; what becomes of it are its steps.

    Who sees to an issue, until when and how are those in force: each change of them is a step, and
    the audit trail keeps what stood before. Nothing else of it ever changes.

    Attributes:
        key: Makes it single: `minutes:<meeting>:<seq>`, `inbound:<message>`, …
        number: Counts the items of a branch, for people.
        owner_id: Who sees to it; None where nobody was named.
        meeting_id: The meeting it was decided at.
        source: The list an issue comes from (观摩, 2016述职评议); "" for what people report.
        category: Its heading in that list.
        measure: How it is to be put right.
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
    source: Mapped[str] = mapped_column(String(40), default="", server_default="")
    category: Mapped[str] = mapped_column(String(40), default="", server_default="")
    measure: Mapped[str] = mapped_column(String(200), default="", server_default="")


class OpenItemStep(Base):
    """What was done to an item; in order of `seq`; none means open."""

    __tablename__ = "open_item_step"
    __table_args__ = (UniqueConstraint("item_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    seq: Mapped[int]
    act: Mapped[ItemAct] = mapped_column(by_value(ItemAct))
    note: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class IssuePublication(Base):
    """How far issues are, as it was told: the text, to whom, by whom; it never changes.

    Attributes:
        unit_id: Whose issues, and who was told.
        readers: How many belong there.
        to_group: It went to the group; else it was given to be passed on by hand.
        items: The ids of the issues it tells of.
    """

    __tablename__ = "issue_publication"
    __table_args__ = (Index("ix_issue_publication_unit", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    source: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    readers: Mapped[int]
    to_group: Mapped[bool]
    items: Mapped[list[int]] = mapped_column(JSON)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
