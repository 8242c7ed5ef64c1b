"""The ledger `quizzes` as rows: a row a question; nothing of who has answered, or what was chosen."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.services.importing.quizzes import LETTERS, LIVE, OVER
from bot.storage.models import Quiz, QuizQuestion

_AT_ONCE = 20  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the questions of the quizzes put on the days asked for, unit by unit."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        quizzes = session.scalars(select(Quiz).where(Quiz.unit_id.in_(some)).order_by(Quiz.id))
        put = [quiz for quiz in quizzes if first <= day_of(quiz.at) < until]
        asked: dict[int, list[QuizQuestion]] = defaultdict(list)
        for part in bulk.chunks([quiz.id for quiz in put]):
            for question in session.scalars(
                select(QuizQuestion)
                .where(QuizQuestion.quiz_id.in_(part))
                .order_by(QuizQuestion.number)
            ):
                asked[question.quiz_id].append(question)
        labels = labels_of(session, {quiz.by_id for quiz in put})
        for quiz in sorted(put, key=lambda quiz: place[quiz.unit_id]):
            for question in asked[quiz.id]:
                empty = len(LETTERS) - len(question.options)
                yield (
                    names[quiz.unit_id],
                    quiz.title,
                    question.number,
                    question.words,
                    *question.options,
                    *[""] * empty,
                    LETTERS[question.right - 1],
                    OVER if quiz.withdrawn_at else LIVE,
                    moment_words(quiz.withdrawn_at) if quiz.withdrawn_at else "",
                    labels[quiz.by_id],
                    moment_words(quiz.at),
                )


EXPORT = Export(rows, dated=True, shows=())
