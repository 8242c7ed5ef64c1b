"""Marks of attendance and the ends of roll calls, append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.attendance import Mark
from bot.storage.types import Base


class AttendanceMark(Base):
    """One mark of one member for one meeting; the highest `seq` is the one in force.

    The unique key makes two simultaneous marks meet: one gets the number, the other reads it.

    Attributes:
        revision: Of the meeting when it was said; after a move everybody is asked again.
        said_at: When it was said; of who left early, when he had checked in, if he had.
        left_at: When somebody left early.
        source: `self`, `proxy`, `organiser`, `chain`, `paper`, `code`.
        reporter_id: Who said so; the member for a mark of one's own.
        decided_by_id: Who granted or refused it, where it had to be asked for.
        reason_kind: Of a leave: 公, 病, 事, 其他. `reason` is free text, never kept with 病.
    """

    __tablename__ = "attendance_mark"
    __table_args__ = (
        UniqueConstraint("meeting_id", "member_id", "seq"),
        Index(
            "ix_attendance_mark_studied",
            "said_at",
            sqlite_where=text("mark = 'studied_later'"),
            postgresql_where=text("mark = 'studied_later'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    seq: Mapped[int]
    revision: Mapped[int] = mapped_column(default=1)
    mark: Mapped[Mark]
    said_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(12))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason_kind: Mapped[str] = mapped_column(String(4), default="")
    reason: Mapped[str] = mapped_column(String(60), default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    left_at: Mapped[datetime | None]


class RollClosing(Base):
    """The organiser says that a roll call is finished, or not yet; the highest `seq` counts.

    Who has nothing on record by then is absent; that is derived, never written down.

    Attributes:
        revision: Of the meeting; after a move it is open again.
        by_id: None where the record was confirmed before roll calls were closed.
    """

    __tablename__ = "roll_closing"
    __table_args__ = (UniqueConstraint("meeting_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    seq: Mapped[int]
    revision: Mapped[int]
    closed: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
