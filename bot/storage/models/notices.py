"""Notices, whom they went to, and who said 收到."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.notices import NoticeState
from bot.storage.types import Base, by_value


class Notice(Base):
    """A notice of a unit: a draft until its head-count is typed back.

    Attributes:
        version: Counts the corrections of one notice; each has recipients and receipts of its own.
        corrects_id: The first version, of one that puts it right.
        audience: What those it is for are called, where it is not for all of the unit.
        chosen: Their ids, as they were when it was shown; None for all of the unit.
        send_at: When it is to leave, where that was said.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_unit", "unit_id", "created_at"),
        Index("ix_notice_corrects", "corrects_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    body: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[NoticeState] = mapped_column(by_value(NoticeState))
    headcount: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    audience: Mapped[str] = mapped_column(String(80), default="", server_default="")
    chosen: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    send_at: Mapped[datetime | None]


class NoticeRecipient(Base):
    """A member a notice was meant for; `reachable` tells whether an account could be written to."""

    __tablename__ = "notice_recipient"
    __table_args__ = (UniqueConstraint("notice_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    reachable: Mapped[bool]


class Receipt(Base):
    """A member's 收到, bound to the version of the notice that was read.

    Attributes:
        source: `word` or `button` for the member's own, `chain` for a line of a pasted chain.
        withdrawn_at: A confirmation of a chain was taken back; the member's own word ends that.
    """

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("notice_id", "version", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    version: Mapped[int]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(12))
    withdrawn_at: Mapped[datetime | None]
