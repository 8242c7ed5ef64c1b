"""A short quiz (答题): questions with options, one of them right; nobody gets a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import DomainError
from bot.domain.sensitive import check_shareable
from bot.domain.study_plan import check_title

MAX_QUESTIONS = 10
MAX_OPTIONS = 5
MAX_WORDS = 200
MAX_OPTION = 60
FEWEST_TOLD = 5
"""Below so many who answered, how many were right would tell who."""


class UnfitQuiz(DomainError):
    """A quiz cannot be put as it is."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        right: Number of the right option, from 1; None where it was not said.
    """

    words: str
    options: tuple[str, ...]
    right: int | None


def check_quiz(title: str, questions: Sequence[Question]) -> None:
    """Refuse a quiz that cannot be answered by a number.

    Raises:
        UnfitQuiz, UnfitPlan: With which question, and what is missing.
        SensitiveNumber
    """
    check_title(title)
    if not 1 <= len(questions) <= MAX_QUESTIONS:
        raise UnfitQuiz(
            f"一组写1到{MAX_QUESTIONS}题，现在读出{len(questions)}题。每题前面请写序号。"
        )
    for number, question in enumerate(questions, start=1):
        if not question.words or len(question.words) > MAX_WORDS:
            raise UnfitQuiz(f"第{number}题的题目请写1到{MAX_WORDS}个字。")
        if not 2 <= len(question.options) <= MAX_OPTIONS:
            raise UnfitQuiz(f"第{number}题请写2到{MAX_OPTIONS}个选项，一行一个（如 A. 32学时）。")
        if any(not option or len(option) > MAX_OPTION for option in question.options):
            raise UnfitQuiz(f"第{number}题的选项请写1到{MAX_OPTION}个字。")
        if question.right is None or question.right > len(question.options):
            raise UnfitQuiz(f"第{number}题没看懂哪个对。请在对的选项后面加 *，或另起一行写 答案 B")
        check_shareable("\n".join((question.words, *question.options)))
