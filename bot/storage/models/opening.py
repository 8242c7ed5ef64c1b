"""What was already so when the bot began: dues paid up to, meetings held, class hours; append-only.

The highest `seq` counts; a value of None takes back what stood before. Nothing of it is money
received, a meeting with a record, or a study: it only says what need not be asked for.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.cadence import MeetingKind
from bot.domain.periods import Month
from bot.storage.types import Base


class OpeningDues(Base):
    """Up to which month a member had paid, elsewhere; no line of the dues ledger."""

    __tablename__ = "opening_dues"
    __table_args__ = (UniqueConstraint("member_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    seq: Mapped[int]
    until_month: Mapped[Month | None]
    reason: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class OpeningMeeting(Base):
    """That a branch or cell had held a kind of meeting for a period before it began.

    Attributes:
        for_period: `2026-04`, `2026Q2`, `2026`.
        held_on: The Shanghai day; None takes it back.
    """

    __tablename__ = "opening_meeting"
    __table_args__ = (UniqueConstraint("unit_id", "kind", "for_period", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[MeetingKind]
    for_period: Mapped[str] = mapped_column(String(10))
    seq: Mapped[int]
    held_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class OpeningHours(Base):
    """How many class hours (学时) of a calendar year a member had before the bot counted any."""

    __tablename__ = "opening_hours"
    __table_args__ = (UniqueConstraint("member_id", "year", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    year: Mapped[int]
    seq: Mapped[int]
    hours: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
