"""What members say they have studied, append-only: one's own word, no hours, no points."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base


class StudyRecord(Base):
    """One study of one member, or the counter-entry that takes one back.

    Attributes:
        key: Makes an entry single: `done:<member>:<day>:<title>:<n>`, `void:<entry>`.
        done_on: The Shanghai day of the study.
        source: `self` or `organiser`.
        reporter_id: Who said so; the member for a study of one's own.
        refers_to: The entry this one takes back; None for a study.
    """

    __tablename__ = "study_record"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_study_record_member", "member_id", "done_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    title: Mapped[str] = mapped_column(String(40))
    done_on: Mapped[date]
    said_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(12))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("study_record.id"))
