"""Numbers of checks as they were fixed when a year was over, and corrections with their reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.supervision import Indicator
from bot.storage.types import Base, by_value


class SupervisionFact(Base):
    """A number of a branch for a check; `seq` 1 is the frozen one, later ones are corrections.

    Attributes:
        check: Of the stretch: `2026-03`, `2026Q1`, `2026H1`, `2026`.
        of: How many there should be; None where only what is open is counted.
        rows, gaps: References of the rows behind it (`meeting:12`), never names.
        reason: Why it was corrected; "" for what was frozen.
    """

    __tablename__ = "supervision_fact"
    __table_args__ = (UniqueConstraint("unit_id", "check", "indicator", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    check: Mapped[str] = mapped_column(String(10))
    indicator: Mapped[Indicator] = mapped_column(by_value(Indicator))
    seq: Mapped[int]
    done: Mapped[int]
    of: Mapped[int | None]
    rows: Mapped[list[str]] = mapped_column(JSON)
    gaps: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(120), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
