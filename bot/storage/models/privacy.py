"""Who has read what about whom, and who was made anonymous: both append-only."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.reads import Ground, Seen
from bot.storage.types import Base, by_value


class ReadLine(Base):
    """That somebody read what members in general may not; never what it said.

    Attributes:
        on_day: The Shanghai day of `at`, which memberships are compared with.
        by_id: None for the person at the command line.
        how: `chat`, `console` or `command`.
        command: The intent or the export it was read by.
        what: Which kind of data.
        unit_id: The branch, cell or street whose people it was about: all of its roll that day.
        member_id: The one member it was about. Where neither is set, everybody.
    """

    __tablename__ = "read_line"
    __table_args__ = (
        Index("ix_read_line_unit", "unit_id", "on_day"),
        Index("ix_read_line_member", "member_id", "on_day"),
        Index("ix_read_line_by", "by_id", "on_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    on_day: Mapped[date]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    how: Mapped[str] = mapped_column(String(12))
    command: Mapped[str] = mapped_column(String(40))
    what: Mapped[Seen] = mapped_column(by_value(Seen))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Anonymised(Base):
    """A member whose name and traces were replaced for good; the key lets that happen once.

    Attributes:
        ground: What allowed it.
        reason: In the officer's words; never who it was.
    """

    __tablename__ = "anonymised"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("member.id"), primary_key=True, autoincrement=False
    )
    ground: Mapped[Ground] = mapped_column(by_value(Ground))
    reason: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
