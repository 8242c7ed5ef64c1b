"""Dues: what is assessed, and an append-only ledger of what was declared and confirmed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.dues import Category, EntryKind
from bot.domain.periods import Month
from bot.storage.types import Base, by_value

_DECLARED = text("kind IN ('declare', 'offer')")


class DuesAssessment(Base):
    """The monthly amount of a member from a month on; never the income it came from."""

    __tablename__ = "dues_assessment"
    __table_args__ = (UniqueConstraint("member_id", "effective_month", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    effective_month: Mapped[Month]
    seq: Mapped[int] = mapped_column(default=1)
    monthly_fen: Mapped[int]
    category: Mapped[Category] = mapped_column(by_value(Category))
    reason: Mapped[str] = mapped_column(String(120), default="")
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    recorded_at: Mapped[datetime]


class DuesEntry(Base):
    """One line of the dues ledger; corrections are counter-entries.

    Attributes:
        key: Makes an entry single: `confirm:<declared entry>`, `void:<entry>`, …
        refers_to: The entry this one confirms, voids or corrects.
        claim: Groups the months of one declaration.
        payer_id: Who paid, where that is somebody else.
        unit_id: The branch whose money it is, of lines that count; it hands it up, also after
            the member has moved on.
    """

    __tablename__ = "dues_entry"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_dues_entry_unit", "unit_id", "month"),
        Index("ix_dues_entry_receipt_no", "receipt_no"),
        # With what adds up: what a member has on record of a month is read without the rows.
        Index("ix_dues_entry_member_month", "member_id", "month", "kind", "fen"),
        Index("ix_dues_entry_claim", "claim"),
        Index("ix_dues_entry_declared", "at", sqlite_where=_DECLARED, postgresql_where=_DECLARED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    month: Mapped[Month]
    fen: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(by_value(EntryKind))
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("dues_entry.id"))
    claim: Mapped[str] = mapped_column(String(40), default="")
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    receipt_no: Mapped[str] = mapped_column(String(20), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(120), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))


class DuesReminder(Base):
    """That a member was to be reminded of a month on a day, on order; at most once.

    Attributes:
        batch: The order it belongs to; all of its months stand in one text.
    """

    __tablename__ = "dues_reminder"
    __table_args__ = (
        UniqueConstraint("member_id", "month", "on_day"),
        Index("ix_dues_reminder_batch", "batch"),
        Index("ix_dues_reminder_on_day", "on_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    month: Mapped[Month]
    on_day: Mapped[date]
    batch: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
