"""Quizzes: an answer counts once, and nobody can tell who chose what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from bot.domain.ids import MemberId
from bot.domain.quiz import Question, UnfitQuiz, check_quiz
from bot.services import quizzes, undo
from bot.services.inverses import INVERSES
from bot.services.quizzes import Answered, NoQuiz
from bot.storage.engine import Database
from bot.storage.models import QuizAnswered, QuizChosen, QuizQuestion
from tests.support.hall import Hall

QUESTION = Question("一年多少学时？", ("16", "32"), 2)


class Quizzed(Hall):
    """The hall with one quiz of one question."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.wang = self.world.actor(self.members["王敏"])
        with database.writing() as session:
            quizzes.put(
                session, title="党章知识", questions=[QUESTION], by=self.wang, now=self.world.now
            )
        with database.reading() as session:
            self.quiz_id = session.scalars(select(QuizQuestion.quiz_id)).one()
            self.question = session.scalars(select(QuizQuestion.id)).one()

    def answer(self, member: MemberId, option: int) -> Answered:
        """Let somebody answer."""
        with self.world.database.writing() as session:
            return quizzes.answer(
                session, question_id=self.question, option=option, member_id=member
            )

    def results(self) -> tuple[int, int, int, int]:
        """Return how many answered some, all, the question, and rightly."""
        with self.world.database.reading() as session:
            some, everything, [one] = quizzes.results(session, self.quiz_id, by=self.wang)
        return some, everything, one.answered, one.right


@pytest.fixture
def quizzed(database: Database) -> Quizzed:
    """Return the hall with a quiz."""
    return Quizzed(database)


def test_everybody_counts_once_even_at_the_same_moment(quizzed: Quizzed) -> None:
    members = list(quizzed.members.values())
    with ThreadPoolExecutor(6) as workers:
        first = list(workers.map(lambda m: quizzed.answer(m, 2), members))
        again = list(workers.map(lambda m: quizzed.answer(m, 1), members))

    assert all(one.new and one.is_right for one in first)
    assert not any(one.new for one in again)
    assert quizzed.results() == (6, 6, 6, 6)


def test_what_was_chosen_is_kept_with_nobodys_name(quizzed: Quizzed) -> None:
    quizzed.answer(quizzed.members["张三"], 1)

    assert set(QuizAnswered.__table__.columns.keys()) == {"question_id", "member_id"}
    assert set(QuizChosen.__table__.columns.keys()) == {"question_id", "option", "times"}
    assert quizzed.results() == (1, 1, 1, 0)


def test_a_quiz_taken_back_asks_nobody_and_counts_nothing(quizzed: Quizzed) -> None:
    with quizzed.world.database.writing() as session:
        undo.undo_last(session, INVERSES, by=quizzed.wang, now=quizzed.world.now)

    with pytest.raises(NoQuiz, match="已经撤下"):
        quizzed.answer(quizzed.members["张三"], 2)
    assert quizzed.say("张三", "答题") == "现在没有在答的题。"


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        pytest.param([], "现在读出0题", id="没有题"),
        pytest.param([QUESTION] * 11, "现在读出11题", id="十一题"),
        pytest.param([Question("", ("甲", "乙"), 1)], "第1题的题目", id="没有题目"),
        pytest.param([Question("问", ("甲",), 1)], "第1题请写2到5个选项", id="一个选项"),
        pytest.param([Question("问", ("甲", ""), 1)], "第1题的选项", id="空选项"),
        pytest.param(
            [QUESTION, Question("问", ("甲", "乙"), None)], "第2题没看懂", id="没说哪个对"
        ),
        pytest.param([Question("问", ("甲", "乙"), 3)], "第1题没看懂", id="对的不在选项里"),
    ],
)
def test_it_refuses_what_cannot_be_answered_by_a_number(
    questions: list[Question], words: str
) -> None:
    with pytest.raises(UnfitQuiz, match=words):
        check_quiz("党章知识", questions)
