"""A short quiz (出题, 答题): answered privately by a number; the result is the answerer's alone.

Example:
    张三: 答题
    » 党章知识 第1题（共2题）：党员每年集中学习培训一般不少于多少学时？1 16学时，2 32学时。回复数字就行。
    张三: 2
    » ✓ 答对了。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import UnitId
from bot.domain.privacy import Fact, FactKind, Text, event, say
from bot.domain.quiz import FEWEST_TOLD, Question, check_quiz
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import ask, preview
from bot.inbound.quizzes import read_quiz
from bot.inbound.replies import Reply, both
from bot.inbound.utterance import Utterance
from bot.services import quizzes, study_programmes

PREVIEW = "预览（未出题）：{title}，{n}题。\n{lines}\n回复 确认 出题，回复 取消 作罢"
LINE = "{number}. {words}\n{options}\n对的是 {right}"
DONE = "✓ 已出题：{title}，{n}题。大家私聊我回复 答题 就能做；不排名，对错只告诉本人。"
QUESTION = "{quiz} 第{number}题（共{of}题）：{words}\n{choices}。回复数字就行。"
RIGHT = "✓ 答对了。"
WRONG = "正确的是 {right} {words}。"
TWICE = "这一题您答过了。"
ALL_DONE = "题都答完了，谢谢您。"
COUNTS = "{title}：{some}人答过，其中{all}人答完。\n{lines}\n只有合计，没有谁对谁错。"
COUNT = "{number}. {words}：{n}人答，{right}人对"
TOO_FEW = "{number}. {words}：{n}人答（不足{least}人，不报对错）"
GONE = "✓ 已撤下题：{title}。"


@dataclass(frozen=True, slots=True)
class PutSlots:
    """A quiz to put."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class QuizSlots:
    """A quiz to answer, to look at, to take away."""

    words: str = ""


PUT_EXAMPLES = ("出题 党章知识\n1. 党员每年集中学习一般不少于多少学时？\nA. 16学时\nB. 32学时 *",)
PUT_SILENT = ("出题", "出题了吗", "谁来出题", "老师出题太难了")
ANSWER_EXAMPLES = ("答题", "答题 党章知识", "我要答题")
ANSWER_SILENT = ("答题了吗", "答题情况", "学习强国每日答题完成", "知识竞赛答题", "答题赢奖品")
COUNT_EXAMPLES = ("答题情况", "答题情况 党章知识")
COUNT_SILENT = ("答题情况怎么样", "谁答得最好", "答题")
TAKE_EXAMPLES = ("撤题 党章知识",)
TAKE_SILENT = ("撤题了吗", "撤题")

_PUT = re.compile(r"\s*出题[\s:：]+(?P<title>[^\n]{1,60}?)\s*\n(?P<lines>.+)", re.DOTALL)
_ANSWER = re.compile(r"(?:我要|开始)?答题(?:[\s:，]+(?P<words>[^\s，。？吗呢]{2,40}))?")
_COUNT = re.compile(r"答题情况(?:[\s:，]+(?P<words>[^\s，。？吗呢]{2,40}))?")
_TAKE = re.compile(r"撤题[\s:，]+(?P<words>[^\s，。？吗呢]{2,40})")


def recognise_put(utterance: Utterance) -> list[Reading]:
    """Recognise 出题 with its questions (`EXACT`); the free text is its own."""
    match = _PUT.fullmatch(utterance.raw) if "出题" in utterance.raw else None
    if match is None:
        return []
    slots = PutSlots(match["title"].strip(), read_quiz(match["lines"]))
    return [Reading(slots, Strength.EXACT, (0, max(len(utterance.text), 1)))]


def recognise_answer(utterance: Utterance) -> list[Reading]:
    """Recognise 答题, said to the bot (`EXACT`)."""
    return _named(utterance, _ANSWER) if utterance.addressed else []


def recognise_count(utterance: Utterance) -> list[Reading]:
    """Recognise 答题情况 (`EXACT`)."""
    return _named(utterance, _COUNT)


def recognise_take(utterance: Utterance) -> list[Reading]:
    """Recognise 撤题 (`EXACT`)."""
    return _named(utterance, _TAKE)


def _named(utterance: Utterance, pattern: re.Pattern[str]) -> list[Reading]:
    match = pattern.fullmatch(utterance.text) if "题" in utterance.text else None
    if match is None:
        return []
    return [Reading(QuizSlots(match["words"] or ""), Strength.EXACT, match.span())]


def handle_put(slots: PutSlots, context: Context) -> Reply:
    """Show the questions as they were understood, with what is right; nobody is asked yet."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    quizzes.check_may_put(context.session, context.actor)
    check_quiz(slots.title, slots.questions)
    lines = [
        LINE.format(number=number, words=one.words, options=_choices(one.options), right=one.right)
        for number, one in enumerate(slots.questions, start=1)
    ]
    text = say(
        PREVIEW,
        title=event(slots.title),
        n=len(slots.questions),
        lines=Fact(FactKind.NOTICE, "\n".join(lines)),
    )
    kept = {
        "title": slots.title,
        "questions": [[one.words, list(one.options), one.right] for one in slots.questions],
    }
    return preview(context, PUT_NAME, None, kept, text)


def resume_put(kept: Mapping[str, Any], context: Context) -> Reply:
    """Put the quiz of the preview."""
    questions = [Question(words, tuple(o), right) for words, o, right in kept["questions"]]
    quizzes.put(
        context.session,
        title=kept["title"],
        questions=questions,
        by=context.actor,
        now=context.now,
    )
    return Reply(say(DONE, title=event(kept["title"]), n=len(questions)))


def handle_answer(slots: QuizSlots, context: Context) -> Reply:
    """Put the first question that is not answered yet, privately."""
    return _next(slots.words, context)


def resume_answer(option: Mapping[str, Any], context: Context) -> Reply:
    """Take the answer, say whether it was right, and go on."""
    done = quizzes.answer(
        context.session,
        question_id=option["question"],
        option=option["option"],
        member_id=context.member_id,
    )
    if not done.new:
        text = Text(TWICE)
    elif done.is_right:
        text = say("{words}", words=_own(RIGHT))
    else:
        text = say("{words}", words=_own(WRONG.format(right=done.right, words=done.words)))
    return both(Reply(text), _next(option["words"], context))


def handle_count(slots: QuizSlots, context: Context) -> Reply:
    """Tell how many have answered, and how many were right: never who."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    quiz_id, title = quizzes.find(context.session, _units(context), slots.words)
    some, everything, found = quizzes.results(context.session, quiz_id, by=context.actor)
    lines = [
        (COUNT if one.answered >= FEWEST_TOLD else TOO_FEW).format(
            number=one.number,
            words=one.words,
            n=one.answered,
            right=one.right,
            least=FEWEST_TOLD,
        )
        for one in found
    ]
    counts = Fact(FactKind.MISSING_NAMES, "\n".join(lines))
    values: dict[str, Any] = {"some": some, "all": everything}
    return Reply(say(COUNTS, title=event(title), lines=counts, **values))


def handle_take(slots: QuizSlots, context: Context) -> Reply:
    """Take a quiz away."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    quiz_id, title = quizzes.find(context.session, _units(context), slots.words)
    quizzes.withdraw(context.session, quiz_id, by=context.actor, now=context.now)
    return Reply(say(GONE, title=event(title)))


def _next(words: str, context: Context) -> Reply:
    found = quizzes.next_of(context.session, context.member_id, _units(context), words)
    if found is None:
        return Reply(Text(ALL_DONE))
    options = [
        (label, {"question": found.id, "option": number, "words": words})
        for number, label in enumerate(found.options, start=1)
    ]
    text = say(
        QUESTION,
        quiz=event(found.quiz),
        number=found.number,
        of=found.of,
        words=Fact(FactKind.NOTICE, found.words),
        choices=Fact(FactKind.NOTICE, _choices(found.options)),
    )
    return ask(context, ANSWER_NAME, "{choices}", options, text)


def _choices(options: tuple[str, ...]) -> str:
    return "，".join(f"{number} {label}" for number, label in enumerate(options, start=1))


def _units(context: Context) -> list[UnitId]:
    return study_programmes.units_seen_by(context.actor)


def _own(words: str) -> Fact:
    return Fact(FactKind.PRESENCE, words)


PUT_NAME, ANSWER_NAME = "quiz_put", "quiz_answer"
PUT = Intent(
    name=PUT_NAME,
    title="出题",
    recognise=recognise_put,
    handle=handle_put,
    resume=resume_put,
    examples=PUT_EXAMPLES,
    silent=PUT_SILENT,
    for_secretaries=True,
)
ANSWER = Intent(
    name=ANSWER_NAME,
    title="答题",
    recognise=recognise_answer,
    handle=handle_answer,
    resume=resume_answer,
    examples=ANSWER_EXAMPLES,
    silent=ANSWER_SILENT,
)
COUNT_INTENT = Intent(
    name="quiz_count",
    title="看答题情况",
    recognise=recognise_count,
    handle=handle_count,
    examples=COUNT_EXAMPLES,
    silent=COUNT_SILENT,
    for_secretaries=True,
)
TAKE = Intent(
    name="quiz_take",
    title="撤题",
    recognise=recognise_take,
    handle=handle_take,
    examples=TAKE_EXAMPLES,
    silent=TAKE_SILENT,
    for_secretaries=True,
)
