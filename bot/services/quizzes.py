"""Quizzes: put once by name, answered once each; what somebody chose is kept with nobody's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.quiz import Question, UnfitQuiz, check_quiz
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.services import audit, meetings, people, undo
from bot.storage.insert import insert_many_once, insert_once
from bot.storage.models import Quiz, QuizAnswered, QuizChosen, QuizQuestion, Unit

STEM = "quiz"
_ASKED = "出题"


class NoQuiz(DomainError):
    """There is no quiz (of this name)."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that somebody has not answered.

    Attributes:
        number, of: Which of how many.
    """

    id: int
    quiz: str
    number: int
    of: int
    words: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer.

    Attributes:
        new: False where it had been answered before; then nothing was counted.
    """

    new: bool
    is_right: bool
    right: int
    words: str


@dataclass(frozen=True, slots=True)
class Result:
    """How a question was answered by all together.

    Attributes:
        answered: How many have. right: How many of them chose the right one.
    """

    number: int
    words: str
    answered: int
    right: int


def check_may_put(session: Session, by: Actor) -> UnitId:
    """Return the unit an actor puts quizzes to; never a cell.

    Raises:
        Forbidden
    """
    unit_id = people.scope_of(by, Action.CALL_MEETING, _ASKED)
    if session.scalar(select(Unit.kind).where(Unit.id == unit_id)) is UnitKind.CELL:
        raise rights.refusal(Action.CALL_MEETING, _ASKED)
    return unit_id


def put(
    session: Session, *, title: str, questions: Sequence[Question], by: Actor, now: datetime
) -> None:
    """Put a quiz to the actor's unit.

    Raises:
        Forbidden, UnfitQuiz, UnfitPlan, SensitiveNumber
    """
    unit_id = check_may_put(session, by)
    check_quiz(title, questions)
    quiz_id = insert_once(
        session,
        Quiz,
        {"unit_id": unit_id, "title": title, "by_id": by.member_id, "at": now},
    )
    if quiz_id is None:
        raise UnfitQuiz(f"“{title}”已经出过了，请换个名称再发。")
    insert_many_once(
        session,
        QuizQuestion,
        [
            {
                "quiz_id": quiz_id,
                "number": number,
                "words": question.words,
                "options": list(question.options),
                "right": question.right,
            }
            for number, question in enumerate(questions, start=1)
        ],
    )
    if by.member_id is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"quiz": quiz_id},
            title=f"出题“{title}”",
            at=now,
        )
    audit.record(session, by=by, at=now, action="quiz.put", subject=f"quiz:{quiz_id}")


def withdraw(session: Session, quiz_id: int, *, by: Actor, now: datetime) -> None:
    """Ask nobody any more; what was answered stays counted.

    Raises:
        Forbidden
        NoQuiz: It was taken back already.
    """
    quiz = session.get_one(Quiz, quiz_id)
    rights.require(by, Action.CALL_MEETING, meetings.path_of(session, UnitId(quiz.unit_id)))
    done = session.connection().execute(
        update(Quiz).where(Quiz.id == quiz_id, Quiz.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )
    if done.rowcount != 1:
        raise NoQuiz("这组题已经撤下了。")
    audit.record(session, by=by, at=now, action="quiz.withdraw", subject=f"quiz:{quiz_id}")


def undo_put(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a quiz back (the inverse)."""
    withdraw(session, inverse["quiz"], by=by, now=now)


def find(session: Session, units: Collection[UnitId], words: str) -> tuple[int, str]:
    """Return the newest quiz of some units whose title a word names, with its title.

    Raises:
        NoQuiz
    """
    found = _open(session, units, words)
    if not found:
        named = f"叫“{words}”的" if words else "在答的"
        raise NoQuiz(f"现在没有{named}题。")
    return found[0]


def next_of(
    session: Session, member_id: MemberId, units: Collection[UnitId], words: str = ""
) -> Asked | None:
    """Return the first question a member has not answered, the newest quiz first; None if none.

    Raises:
        NoQuiz
    """
    find(session, units, words)
    quizzes = _open(session, units, words)
    answered = select(QuizAnswered.question_id).where(QuizAnswered.member_id == member_id)
    rows = session.execute(
        select(
            QuizQuestion.id,
            QuizQuestion.quiz_id,
            QuizQuestion.number,
            QuizQuestion.words,
            QuizQuestion.options,
        )
        .where(
            QuizQuestion.quiz_id.in_([quiz_id for quiz_id, _ in quizzes]),
            QuizQuestion.id.not_in(answered),
        )
        .order_by(QuizQuestion.quiz_id.desc(), QuizQuestion.number)
        .limit(1)
    ).one_or_none()
    if rows is None:
        return None
    of = session.scalar(
        select(func.count()).select_from(QuizQuestion).where(QuizQuestion.quiz_id == rows.quiz_id)
    )
    titles = dict(quizzes)
    return Asked(
        rows.id, titles[rows.quiz_id], rows.number, of or 0, rows.words, tuple(rows.options)
    )


def answer(session: Session, *, question_id: int, option: int, member_id: MemberId) -> Answered:
    """Count an answer once; the name and what was chosen are kept apart.

    Args:
        option: Its number, from 1.

    Raises:
        NoQuiz: It was taken back meanwhile.
    """
    question = session.get_one(QuizQuestion, question_id)
    if session.get_one(Quiz, question.quiz_id).withdrawn_at is not None:
        raise NoQuiz("这组题已经撤下了，不用再答。")
    row = insert_once(session, QuizAnswered, {"question_id": question_id, "member_id": member_id})
    if row is not None:
        _count(session, question_id, option)
    return Answered(
        new=row is not None,
        is_right=option == question.right,
        right=question.right,
        words=question.options[question.right - 1],
    )


def results(session: Session, quiz_id: int, *, by: Actor) -> tuple[int, int, list[Result]]:
    """Return how many have answered something, how many all of it, and every question's counts.

    Raises:
        Forbidden
    """
    quiz = session.get_one(Quiz, quiz_id)
    rights.require(by, Action.VIEW_LISTS, meetings.path_of(session, UnitId(quiz.unit_id)))
    questions = session.execute(
        select(QuizQuestion.id, QuizQuestion.number, QuizQuestion.words, QuizQuestion.right)
        .where(QuizQuestion.quiz_id == quiz_id)
        .order_by(QuizQuestion.number)
    ).all()
    ids = [question.id for question in questions]
    per_member = session.execute(
        select(QuizAnswered.member_id, func.count())
        .where(QuizAnswered.question_id.in_(ids))
        .group_by(QuizAnswered.member_id)
    ).all()
    chosen: dict[int, dict[int, int]] = defaultdict(dict)
    for question_id, option, times in session.execute(
        select(QuizChosen.question_id, QuizChosen.option, QuizChosen.times).where(
            QuizChosen.question_id.in_(ids)
        )
    ):
        chosen[question_id][option] = times
    found = [
        Result(q.number, q.words, sum(chosen[q.id].values()), chosen[q.id].get(q.right, 0))
        for q in questions
    ]
    return len(per_member), sum(count == len(ids) for _, count in per_member), found


def _open(session: Session, units: Collection[UnitId], words: str) -> list[tuple[int, str]]:
    rows = session.execute(
        select(Quiz.id, Quiz.title)
        .where(Quiz.unit_id.in_(units), Quiz.withdrawn_at.is_(None))
        .order_by(Quiz.id.desc())
    )
    return [(row[0], row[1]) for row in rows if words in row[1]]


def _count(session: Session, question_id: int, option: int) -> None:
    key = {"question_id": question_id, "option": option}
    if insert_once(session, QuizChosen, {**key, "times": 1}) is not None:
        return
    session.connection().execute(
        update(QuizChosen)
        .where(QuizChosen.question_id == question_id, QuizChosen.option == option)
        .values(times=QuizChosen.times + 1)
    )
