"""Sign-ups for study classes, append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.study import SignupAction
from bot.storage.types import Base, by_value


class StudySignup(Base):
    """One step of one member for one class; the highest `seq` is the one in force."""

    __tablename__ = "study_signup"
    __table_args__ = (UniqueConstraint("meeting_id", "member_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    seq: Mapped[int]
    action: Mapped[SignupAction] = mapped_column(by_value(SignupAction))
    seats: Mapped[int] = mapped_column(default=1)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
