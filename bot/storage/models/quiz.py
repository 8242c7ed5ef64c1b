"""Short quizzes: who has answered is kept, and what was chosen, but never the two together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base


class Quiz(Base):
    """A few questions of a unit.

    Attributes:
        withdrawn_at: From then on nobody is asked any more.
    """

    __tablename__ = "quiz"
    __table_args__ = (UniqueConstraint("unit_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class QuizQuestion(Base):
    """One question.

    Attributes:
        number: From 1.
        right: Number of the right option, from 1.
    """

    __tablename__ = "quiz_question"
    __table_args__ = (UniqueConstraint("quiz_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id"))
    number: Mapped[int]
    words: Mapped[str] = mapped_column(String(200))
    options: Mapped[list[str]]
    right: Mapped[int]


class QuizAnswered(Base):
    """That a member has answered a question; what he chose is not kept with it."""

    __tablename__ = "quiz_answered"

    question_id: Mapped[int] = mapped_column(ForeignKey("quiz_question.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class QuizChosen(Base):
    """How often an option of a question was chosen, by whomever."""

    __tablename__ = "quiz_chosen"

    question_id: Mapped[int] = mapped_column(ForeignKey("quiz_question.id"), primary_key=True)
    option: Mapped[int] = mapped_column(primary_key=True)
    times: Mapped[int]
