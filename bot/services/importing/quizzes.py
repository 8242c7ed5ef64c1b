"""The ledger `quizzes`: a row a question; nothing of who has answered, or what was chosen.

Questions that were put are never changed: other ones are another quiz, under another name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.quiz import MAX_OPTION, MAX_OPTIONS, MAX_QUESTIONS, MAX_WORDS, Question, check_quiz
from bot.domain.rights import Action
from bot.domain.study_plan import MAX_TITLE
from bot.domain.units import UnitKind
from bot.services import officers
from bot.services.importing import bulk, places
from bot.services.importing.cells import Cells, shown
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.services.importing.places import UNIT, Place, Places
from bot.storage.models import Quiz, QuizQuestion

TITLE, NUMBER, WORDS, RIGHT, STATE, ENDED = "名称", "题号", "题目", "答案", "状态", "撤下时间"
LETTERS = "ABCDE"[:MAX_OPTIONS]
OPTIONS = tuple(f"选项{letter}" for letter in LETTERS)
LIVE, OVER = "在答", "已撤下"
COLUMNS = (
    places.column("出题的党委、党总支、支部，写全称"),
    Column(TITLE, "这组题的名称，2到40个字；同一组题每行都写", required=True, aliases=("题组",)),
    Column(NUMBER, f"从1开始；一组最多{MAX_QUESTIONS}题", required=True),
    Column(WORDS, f"最多{MAX_WORDS}字", required=True, aliases=("问题",)),
    *(Column(option, f"最多{MAX_OPTION}字；至少写两个选项") for option in OPTIONS),
    Column(RIGHT, "哪个选项对，写字母，如 B", required=True, aliases=("正确答案",)),
    Column(STATE, f"{LIVE}或{OVER}；留空是{LIVE}"),
    Column(ENDED, "由小助手填；自己加的行留空"),
    *SIGNED,
)
_STATES = {LIVE: True, OVER: False}
_PUT = tuple(kind for kind in UnitKind if kind is not UnitKind.CELL)
_RIGHTS = {letter: number for number, letter in enumerate(LETTERS, start=1)}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One row, read."""

    cells: Cells
    unit: Place
    title: str
    number: int
    question: Question
    is_live: bool
    ended_at: datetime | None
    signed: Signed


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The rows of one quiz."""

    rows: Sequence[_Asked]

    @property
    def first(self) -> _Asked:
        """The row that speaks for all."""
        return self.rows[0]

    @property
    def key(self) -> tuple[UnitId, str]:
        """What makes it the same quiz."""
        return self.first.unit.id, self.first.title

    @property
    def questions(self) -> list[Question]:
        """Its questions, in order."""
        return [row.question for row in self.rows]


@dataclass(frozen=True, slots=True)
class _Standing:
    """A quiz on record."""

    id: int
    is_live: bool
    questions: Sequence[Question]


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Put the quizzes of a file that were not put, and take back those it says are over.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    for lines in staged.batches("写入答题"):
        there, others = Places(session, lines, _PUT), Others.of(session, lines, BY)
        read = [_read(line, there, others, staged, source) for line in lines]
        quizzes = _together([row for row in read if row is not None])
        for path in sorted({quiz.first.unit.path for quiz in quizzes}):
            officers.require(source.by, Action.CALL_MEETING, path)
        known = _known(session, {quiz.first.unit.id for quiz in quizzes})
        new = [quiz for quiz in quizzes if quiz.key not in known]
        for quiz in quizzes:
            _check(quiz, known.get(quiz.key))
        over = [quiz for quiz in quizzes if _ends(quiz, known.get(quiz.key))]
        if not staged.problems:
            _write(session, new, source)
            _end(session, over, known, source)
        added += sum(len(quiz.rows) for quiz in new)
        changed += sum(len(quiz.rows) for quiz in over)
        unchanged += sum(len(quiz.rows) for quiz in quizzes)
    staged.problems.check()
    return Outcome(added, changed, unchanged - added - changed)


def _read(
    line: Line, there: Places, others: Others, staged: Staged, source: Source
) -> _Asked | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit, number = there.find(cells), cells.whole(NUMBER, most=MAX_QUESTIONS, unit="题")
    for column, longest in ((TITLE, MAX_TITLE), (WORDS, MAX_WORDS), (NUMBER, MAX_WORDS)):
        cells.required(column, longest=longest)
    title, words = cells.prose(TITLE, longest=MAX_TITLE), cells.prose(WORDS, longest=MAX_WORDS)
    letter = cells.text(RIGHT).upper()
    right = _RIGHTS.get(letter)
    if right is None:
        words = f"请写对的选项的字母，如 B，现在是{shown(letter)}。" if letter else "没有填。"
        cells.wrong(RIGHT, words)
        return None
    options = tuple(cells.prose(option, longest=MAX_OPTION) for option in OPTIONS)
    kept = tuple(option for option in options if option)
    if options[: len(kept)] != kept:
        cells.wrong(OPTIONS[options.index("")], "中间空了一个选项，请往前挪。")
    is_live = cells.one_of(STATE, _STATES) is not False
    ended_at = cells.moment(ENDED)
    if unit is None or not title or not words or not number:
        return None
    first, times = staged.use(f"{unit.id}/{title}/{number}", str(line.number))
    if times > 1:
        cells.wrong(NUMBER, f"与第{first}行是同一题，请留一行。")
        return None
    own = signed(cells, others, source, unit.path)
    question = Question(words, kept, right)
    return _Asked(cells, unit, title, number, question, is_live, ended_at, own)


def _together(rows: Sequence[_Asked]) -> list[_Wanted]:
    """Return the quizzes of some rows; of each the questions by their numbers."""
    found: dict[tuple[UnitId, str], list[_Asked]] = defaultdict(list)
    for row in rows:
        found[row.unit.id, row.title].append(row)
    return [_Wanted(sorted(own, key=lambda row: row.number)) for own in found.values()]


def _check(quiz: _Wanted, standing: _Standing | None) -> None:
    """Note a quiz that cannot be put, or is not the one of this name on record."""
    first = quiz.first.cells
    numbers = [row.number for row in quiz.rows]
    if numbers != list(range(1, len(numbers) + 1)):
        first.wrong(NUMBER, f"“{quiz.first.title}”的题号要从1起、不断号，请补上缺的题。")
    elif standing is None:
        try:
            check_quiz(quiz.first.title, quiz.questions)
        except DomainError as error:
            first.wrong(WORDS, error.sentence)
    elif list(standing.questions) != quiz.questions:
        words = f"“{quiz.first.title}”已经出过，题目和登记的不一样。要出新题请换个名称。"
        first.wrong(TITLE, words)


def _ends(quiz: _Wanted, standing: _Standing | None) -> bool:
    return standing is not None and standing.is_live and not quiz.first.is_live


def _known(session: Session, units: Collection[UnitId]) -> dict[tuple[UnitId, str], _Standing]:
    found: dict[tuple[UnitId, str], _Standing] = {}
    for some in bulk.chunks(sorted(units)):
        questions: dict[int, list[Question]] = defaultdict(list)
        lines = session.execute(
            select(
                QuizQuestion.quiz_id, QuizQuestion.words, QuizQuestion.options, QuizQuestion.right
            )
            .join(Quiz, Quiz.id == QuizQuestion.quiz_id)
            .where(Quiz.unit_id.in_(some))
            .order_by(QuizQuestion.number)
        )
        for quiz, words, options, right in lines:
            questions[quiz].append(Question(words, tuple(options), right))
        for quiz, unit, title, ended in session.execute(
            select(Quiz.id, Quiz.unit_id, Quiz.title, Quiz.withdrawn_at).where(
                Quiz.unit_id.in_(some)
            )
        ):
            found[UnitId(unit), title] = _Standing(quiz, ended is None, questions[quiz])
    return found


def _write(session: Session, new: Sequence[_Wanted], source: Source) -> None:
    ids = bulk.add_numbered(
        session,
        Quiz,
        Quiz.id,
        [
            {
                "unit_id": quiz.first.unit.id,
                "title": quiz.first.title,
                "by_id": quiz.first.signed.by_id,
                "at": quiz.first.signed.at,
                "withdrawn_at": None if quiz.first.is_live else quiz.first.ended_at or source.now,
            }
            for quiz in new
        ],
    )
    questions: list[dict[str, Any]] = [
        {
            "quiz_id": quiz_id,
            "number": row.number,
            "words": row.question.words,
            "options": list(row.question.options),
            "right": row.question.right,
        }
        for quiz_id, quiz in zip(ids, new, strict=True)
        for row in quiz.rows
    ]
    bulk.add(session, QuizQuestion, questions)
    _note(session, "quiz.put", ids, source)


def _end(
    session: Session,
    over: Sequence[_Wanted],
    known: Mapping[tuple[UnitId, str], _Standing],
    source: Source,
) -> None:
    ids = [known[quiz.key].id for quiz in over]
    ended = [
        {"id_": quiz_id, "withdrawn_at": quiz.first.ended_at or source.now}
        for quiz_id, quiz in zip(ids, over, strict=True)
    ]
    bulk.change(session, Quiz, Quiz.id, ended)
    _note(session, "quiz.withdraw", ids, source)


def _note(session: Session, action: str, ids: Sequence[int], source: Source) -> None:
    lines = [bulk.audit_line(source.by, source.now, action, f"quiz:{each}") for each in ids]
    bulk.add_audit(session, lines)


LEDGER = Ledger("quizzes", "答题", COLUMNS, run, group=lambda line: said(line, UNIT))
