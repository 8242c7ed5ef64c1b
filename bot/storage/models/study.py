"""Sign-ups for study classes, and what a class counts for; all append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.study import SignupAction
from bot.storage.types import Base, by_value


class StudySignup(Base):
    """One step of one member for one class; the highest `seq` is the one in force.

    Attributes:
        place: Of a step that waits: where in the list, the smallest first; kept by the step that
            gets its seats.
        promoted_at: When seats came free for one who waited; None for everybody else.
    """

    __tablename__ = "study_signup"
    __table_args__ = (
        UniqueConstraint("meeting_id", "member_id", "seq"),
        Index("ix_study_signup_promoted_at", "promoted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    seq: Mapped[int]
    action: Mapped[SignupAction] = mapped_column(by_value(SignupAction))
    seats: Mapped[int] = mapped_column(default=1)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    place: Mapped[int | None]
    promoted_at: Mapped[datetime | None]


class StudyProgramme(Base):
    """A plan of study (学习计划) of a unit; its classes are meetings that name it.

    Attributes:
        own_word: Whether classes added to it count for who says to have studied them himself.
    """

    __tablename__ = "study_programme"
    __table_args__ = (UniqueConstraint("unit_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(40))
    own_word: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class StudyTerms(Base):
    """What was settled about one session; the highest `seq` is in force.

    Attributes:
        tenths: Class hours (学时) in tenths; None leaves it to the rule.
        closes_at: Sign-ups end here, exclusive; None for the start.
        own_word: Whether the member's own word that he has studied it gives its hours.
    """

    __tablename__ = "study_terms"
    __table_args__ = (
        UniqueConstraint("meeting_id", "seq"),
        Index("ix_study_terms_programme_id", "programme_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    seq: Mapped[int]
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("study_programme.id"))
    tenths: Mapped[int | None]
    closes_at: Mapped[datetime | None]
    own_word: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class StudyMaterial(Base):
    """Something to read (学习资料), by its title in a unit; the highest `seq` is in force.

    Attributes:
        link: Where it is, https; None where it was taken back.
    """

    __tablename__ = "study_material"
    __table_args__ = (UniqueConstraint("unit_id", "title", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    link: Mapped[str | None] = mapped_column(String(500))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("study_programme.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
