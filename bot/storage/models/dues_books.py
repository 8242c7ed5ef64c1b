"""Around the dues ledger: exemptions, remittances, what was published, lines of bills."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from bot.domain.dues_bills import Why
from bot.domain.periods import Month
from bot.storage.types import Base, by_value


class DuesExemption(Base):
    """Less dues, or none, from a month to a month, as the superior approved; later rows win.

    Attributes:
        until_month: Inclusive.
        monthly_fen: What is due instead; None where the assessed amount counts again.
        superior: Who approved it, and on what day.
    """

    __tablename__ = "dues_exemption"
    __table_args__ = (UniqueConstraint("member_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    seq: Mapped[int]
    from_month: Mapped[Month]
    until_month: Mapped[Month]
    monthly_fen: Mapped[int | None]
    superior: Mapped[str] = mapped_column(String(60))
    approved_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class DuesRemittance(Base):
    """Dues a branch handed up in one go; its lines are `DuesRemitted`.

    Attributes:
        year: With `seq`, the number of the remittance: the third of 2026.
        up_to_month: Of which months, the last one; None for all that was in hand.
        to_centre: A voluntary extra that is not branch money, handed up whole.
        people: Of how many members.
    """

    __tablename__ = "dues_remittance"
    __table_args__ = (UniqueConstraint("unit_id", "year", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    seq: Mapped[int]
    up_to_month: Mapped[Month | None]
    to_centre: Mapped[bool]
    people: Mapped[int]
    entries: Mapped[int]
    total_fen: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class DuesRemitted(Base):
    """That a line of the ledger was handed up: the key lets that happen once."""

    __tablename__ = "dues_remitted"
    __table_args__ = (Index("ix_dues_remitted_remittance_id", "remittance_id"),)

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("dues_entry.id"), primary_key=True, autoincrement=False
    )
    remittance_id: Mapped[int] = mapped_column(ForeignKey("dues_remittance.id"))


class DuesPublication(Base):
    """What was told to a branch about its dues: so that no second total gives one person away.

    Attributes:
        first_month, last_month: Both included.
        payers: How many members the total is of.
        total_fen: None where it was not told.
        entries: The ids of the lines that make up the total.
    """

    __tablename__ = "dues_publication"
    __table_args__ = (Index("ix_dues_publication_unit", "unit_id", "first_month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    first_month: Mapped[Month]
    last_month: Mapped[Month]
    payers: Mapped[int]
    total_fen: Mapped[int | None]
    entries: Mapped[list[int]] = mapped_column(JSON)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class DuesBillLine(Base):
    """An incoming payment of a bill file, as a proposal; nothing else of the bill is kept.

    Attributes:
        mark: A digest of the transaction number: the same payment is proposed once.
        member_id: Whose it is by name; None where that is not clear.
        months: `YYYY-MM`, empty where not clear.
        closed_at: Set by conditional update, when it was confirmed or put aside.
        receipt_no: With what it was confirmed; "" where it was put aside.
    """

    __tablename__ = "dues_bill_line"
    __table_args__ = (
        UniqueConstraint("unit_id", "mark"),
        Index("ix_dues_bill_line_open", "unit_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    mark: Mapped[str] = mapped_column(String(64))
    paid_on: Mapped[date]
    fen: Mapped[int]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    months: Mapped[list[str]]
    why: Mapped[Why] = mapped_column(by_value(Why))
    imported_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    receipt_no: Mapped[str] = mapped_column(String(20), default="")
