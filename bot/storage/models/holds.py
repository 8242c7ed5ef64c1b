"""What people have asked of the reminders they get: both append-only, the last word counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.holds import HoldKind
from bot.domain.preferences import PreferenceKey
from bot.storage.types import Base, by_value


class ReminderHold(Base):
    """Somebody wants to be reminded of one thing later, or not any more this time.

    Attributes:
        rule, subject, period: Of the reminders, as they stand in the outbox.
        until: The Shanghai day on which it is told again.
        reason: Why not any more, of illness no words.
    """

    __tablename__ = "reminder_hold"
    __table_args__ = (
        Index("ix_reminder_hold_member", "member_id"),
        Index("ix_reminder_hold_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    rule: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))
    period: Mapped[str] = mapped_column(String(60))
    kind: Mapped[HoldKind] = mapped_column(by_value(HoldKind))
    until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[datetime]


class MemberPreference(Base):
    """One choice of how somebody wants to be reminded."""

    __tablename__ = "member_preference"
    __table_args__ = (Index("ix_member_preference_member", "member_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    key: Mapped[PreferenceKey] = mapped_column(by_value(PreferenceKey))
    value: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
