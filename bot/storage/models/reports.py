"""Copies of reports as they were made, append-only: the figures with all rows, and the text."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base


class ReportCopy(Base):
    """A report as it was at a moment; it never changes. A draft, or settled (定稿).

    People stand in it by their numbers, so that a name can go and the figures stay.

    Attributes:
        seq: Counts the copies of a unit's report of a year.
        until: The last day told of.
        digest: SHA-256 of `contents`.
        contents: JSON, as `bot.domain.reports.frozen.contents` makes it.
        reason: Why it was settled anew; "" for drafts and the first time.
    """

    __tablename__ = "report_copy"
    __table_args__ = (UniqueConstraint("unit_id", "report", "year", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    report: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    seq: Mapped[int]
    is_settled: Mapped[bool]
    until: Mapped[date]
    digest: Mapped[str] = mapped_column(String(64))
    contents: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
