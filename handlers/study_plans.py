"""Plans of study (学习计划): laid as one message, read by everybody of the branch.

Example:
    李书记: 学习计划 2026年党员教育
    | 3月20日 9:00 党章专题 社区三楼 30人 4学时 3月18日截止
    » 预览（未建）：学习计划“2026年党员教育”，新建1堂课。
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import day_of
from bot.domain import study_hours as rules
from bot.domain.errors import DomainError
from bot.domain.privacy import Text, event, join, say
from bot.domain.study import deadline_words
from bot.domain.study_hours import hours_words
from bot.domain.study_plan import Lesson, check_link, check_plan, check_title
from bot.domain.wording import moment_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.offers import tell_promoted
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, reply
from bot.inbound.study_plans import LessonWords, PlanWords, read_plan
from bot.inbound.utterance import Utterance
from bot.services import study_hours, study_materials, study_programmes, study_seats
from bot.services.meetings import MeetingView
from bot.services.study import find_class
from bot.services.study_programmes import Planned, Programme

PREVIEW = "预览（未建）：学习计划“{title}”，{n}堂课{own}。\n{lines}\n回复 确认 建立，回复 取消 作罢"
OWN = "，自学也算学时"
DONE = "✓ 学习计划“{title}”建好了，新建{n}堂课{known}。大家回复 学习计划 就能看、能报名。"
ADDED = "✓ 学习计划“{title}”加了{n}堂课{known}。大家回复 学习计划 就能看、能报名。"
KNOWN = "，{n}堂本来就有"
NOT_BACK = "学习计划不能整个撤销。哪一堂不上了请回复 取消会议 {title}"
LESSON = "{title}：{when}{seats}{hours}{closes}"
MATERIAL = "资料：{title}"
SEATS, HOURS, CLOSES = "，{n}个名额", "，{n}学时", "，{when}报名截止"
NO_TIME = "“{line}”没看懂日期或时间。这一行写成：3月20日 9:00 党章专题 社区三楼 30人 4学时"
NO_TITLE = "“{line}”没看懂课名。这一行写成：3月20日 9:00 党章专题 社区三楼 30人 4学时"
NO_DEADLINE = "“{line}”没看懂报名截止，应写成：3月18日截止"
NONE = "还没有学习计划。支部定了会在这里，也可以回复 资料"
NONE_SO = "没有叫“{words}”的学习计划。现在有：{known}。"
PLAN = "【{title}】已上{held}堂，还有{left}堂{own}。"
COMING = "{number} {title}：{when}{seats}{hours}{closes}"
LEFT, FULL = "，还剩{n}个名额", "，名额满了，可以排候补"
JOIN_SO = "报名回复 报名 加前面的编号。"
GREW = "✓ {title}的名额改为{seats}个。{more}"
SEATS_NOT_BACK = "改名额不能撤销。要改回去请再发一次：名额 {title} 30"
WAITED = "候补的已经补上，正在告诉他们。"
_SHOWN, _LESSONS_SHOWN = 3, 8


@dataclass(frozen=True, slots=True)
class PlanSlots:
    """A plan to lay; without lines, one to look at."""

    title: str
    words: PlanWords


@dataclass(frozen=True, slots=True)
class ViewSlots:
    """A look at the plans of study."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class SeatsSlots:
    """Another number of seats for a class."""

    title: str
    seats: int


PLAN_EXAMPLES = (
    "学习计划 2026年党员教育\n3月20日 9:00 党章专题 社区三楼 30人 4学时 3月18日截止",
    "建学习计划 冬训\n12月1日 14:00 冬训第一课 社区三楼\n资料 党章全文 https://www.12371.cn/",
)
PLAN_SILENT = ("学习计划发了吗", "我的学习计划", "学习计划", "学习计划什么时候定")
VIEW_EXAMPLES = ("学习计划", "看学习计划", "学习计划 冬训")
VIEW_SILENT = ("学习计划发了吗", "学习计划怎么写", "我下周的学习计划还没写", "个人学习计划")
SEATS_EXAMPLES = ("名额 党史学习班 40", "改名额 党史学习班 40人")
SEATS_SILENT = ("名额满了", "名额还有吗", "名额 40", "让出名额")

_PLAN = re.compile(
    r"\s*(?:新?建|定|发布)?学习计划[\s:：]+(?P<title>[^\n]{1,60}?)\s*\n(?P<lines>.+)", re.DOTALL
)
_VIEW = re.compile(r"(?:查?看(?:一下)?|查一?下?)?学习计划(?:[\s:，]+(?P<words>[^，。？\n]{2,40}))?")
_ASKED = re.compile(r"[吗呢？?]$|怎么|什么时候|为什么|没有?$|[了吧]$")
_SEATS = re.compile(
    r"(?:改|扩)?名额[\s:，]+(?P<title>[^\s，。？]{2,30})[\s:，]+(?P<n>\d{1,4})[人个名]?"
)


def recognise_plan(utterance: Utterance) -> list[Reading]:
    """Recognise a plan with its lines (`EXACT`); its free text is its own."""
    match = _PLAN.fullmatch(utterance.raw) if "学习计划" in utterance.raw else None
    if match is None:
        return []
    slots = PlanSlots(match["title"].strip(), read_plan(match["lines"], utterance.now))
    return [Reading(slots, Strength.EXACT, (0, max(len(utterance.text), 1)))]


def recognise_view(utterance: Utterance) -> list[Reading]:
    """Recognise 学习计划 alone, or with the name of one (`EXACT`)."""
    text = utterance.text
    match = _VIEW.fullmatch(text) if "学习计划" in text and "\n" not in utterance.raw else None
    if match is None or _ASKED.search(text):
        return []
    return [Reading(ViewSlots((match["words"] or "").strip()), Strength.EXACT, (0, len(text)))]


def recognise_seats(utterance: Utterance) -> list[Reading]:
    """Recognise 名额, the class and a number (`EXACT`)."""
    match = _SEATS.fullmatch(utterance.text) if "名额" in utterance.text else None
    if match is None:
        return []
    return [Reading(SeatsSlots(match["title"], int(match["n"])), Strength.EXACT, match.span())]


def handle_plan(slots: PlanSlots, context: Context) -> Reply:
    """Show a plan with its classes; nothing is called yet."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    study_programmes.branch_of(context.session, context.actor)
    lessons = [_read(words) for words in slots.words.lessons]
    check_plan(slots.title, lessons, context.now)
    for title, link in slots.words.links:
        check_title(title)
        check_link(link)
    lines = [_lesson_words(lesson, context.today.year) for lesson in lessons]
    lines += [say(MATERIAL, title=event(title)) for title, _ in slots.words.links]
    text = say(
        PREVIEW,
        title=event(slots.title),
        n=len(lessons),
        own=OWN if slots.words.own_word else "",
        lines=event(join(*lines).words),
    )
    kept = {
        "title": slots.title,
        "own_word": slots.words.own_word,
        "lessons": [_stored(lesson) for lesson in lessons],
        "links": [list(link) for link in slots.words.links],
    }
    return preview(context, PLAN_NAME, None, kept, text)


def resume_plan(kept: Mapping[str, Any], context: Context) -> Reply:
    """Lay the plan of the preview."""
    lessons = [_loaded(lesson) for lesson in kept["lessons"]]
    laid = study_programmes.lay(
        context.session,
        title=kept["title"],
        lessons=lessons,
        own_word=kept["own_word"],
        by=context.actor,
        now=context.now,
    )
    for title, link in kept["links"]:
        study_materials.keep(
            context.session,
            title=title,
            link=link,
            by=context.actor,
            now=context.now,
            programme_id=laid.programme.id,
            unit_id=laid.programme.unit_id,
        )
    first = (*laid.created, *laid.known)
    bar(context, "建学习计划", NOT_BACK.format(title=first[0].meeting.title if first else "课名"))
    known = KNOWN.format(n=len(laid.known)) if laid.known else ""
    words = DONE if laid.is_new else ADDED
    return Reply(say(words, title=event(laid.programme.title), n=len(laid.created), known=known))


def handle_view(slots: ViewSlots, context: Context) -> Reply:
    """Tell the plans of study, with what one may still sign up for."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    units = study_programmes.units_seen_by(context.actor)
    every = study_programmes.list_of(context.session, units)
    if not every:
        return reply(NONE)
    found = [one for one in every if slots.words in one.title]
    if not found:
        known = "、".join(one.title for one in every[:_SHOWN])
        raise DomainError(NONE_SO.format(words=slots.words, known=known))
    shown = found[:_SHOWN]
    lessons = study_programmes.list_lessons(context.session, [one.id for one in shown])
    texts = [_plan_words(one, lessons[one.id], context.now) for one in shown]
    if any(_may_join(p, context.now) for one in shown for p in lessons[one.id]):
        texts.append(Text(JOIN_SO))
    return Reply(join(*texts))


def handle_seats(slots: SeatsSlots, context: Context) -> Reply:
    """Give a class another number of seats; whoever waits and fits now gets in."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    meeting = find_class(context.session, context.actor, context.now, None, slots.title)
    study_seats.set_capacity(
        context.session, meeting, slots.seats, by=context.actor, now=context.now
    )
    bar(context, "改名额", SEATS_NOT_BACK.format(title=meeting.title))
    told = tell_promoted(context)
    more = WAITED if told else ""
    return Reply(say(GREW, title=event(meeting.title), seats=slots.seats, more=more))


def _plan_words(programme: Programme, lessons: Sequence[Planned], now: datetime) -> Text:
    coming = [one for one in lessons if one.meeting.starts_at > now]
    head = say(
        PLAN,
        title=event(programme.title),
        held=len(lessons) - len(coming),
        left=len(coming),
        own=OWN if programme.own_word else "",
    )
    return join(head, *(_coming_words(one, now) for one in coming[:_LESSONS_SHOWN]))


def _coming_words(one: Planned, now: datetime) -> Text:
    meeting = one.meeting
    free = (meeting.seats or 0) - meeting.taken
    seats = "" if not _may_join(one, now) else LEFT.format(n=free) if free > 0 else FULL
    given = sum(study_hours.as_session(meeting, one.terms).by_year().values())
    return say(
        COMING,
        number=meeting.id if meeting.seats is not None else "·",
        title=event(meeting.title),
        when=event(meeting.when),
        seats=seats,
        hours=HOURS.format(n=hours_words(given)) if given else "",
        closes=_closes(one.terms.closes_at),
    )


def _may_join(one: Planned, now: datetime) -> bool:
    meeting: MeetingView = one.meeting
    open_still = one.terms.closes_at is None or now < one.terms.closes_at
    return meeting.seats is not None and open_still and meeting.starts_at > now


def _lesson_words(lesson: Lesson, year: int) -> Text:
    held_in = day_of(lesson.starts_at).year
    prefix = "" if held_in == year else f"{held_in}年"
    when = f"{prefix}{moment_words(lesson.starts_at)} {lesson.place}".rstrip()
    return say(
        LESSON,
        title=event(lesson.title),
        when=event(when),
        seats=SEATS.format(n=lesson.seats) if lesson.seats is not None else "",
        hours=HOURS.format(n=hours_words(lesson.tenths)) if lesson.tenths is not None else "",
        closes=_closes(lesson.closes_at),
    )


def _closes(closes_at: datetime | None) -> str:
    return CLOSES.format(when=deadline_words(closes_at)) if closes_at else ""


def _read(words: LessonWords) -> Lesson:
    if words.starts_at is None:
        raise DomainError(NO_TIME.format(line=words.line))
    if len(words.title) < 2:
        raise DomainError(NO_TITLE.format(line=words.line))
    if words.closes is None and "截止" in words.line:
        raise DomainError(NO_DEADLINE.format(line=words.line))
    tenths = rules.read_tenths(words.hours) if words.hours else None
    return Lesson(words.title, words.starts_at, words.place, words.seats, tenths, words.closes)


def _stored(lesson: Lesson) -> dict[str, Any]:
    return {
        "title": lesson.title,
        "starts_at": lesson.starts_at.isoformat(),
        "place": lesson.place,
        "seats": lesson.seats,
        "tenths": lesson.tenths,
        "closes_at": lesson.closes_at.isoformat() if lesson.closes_at else None,
    }


def _loaded(kept: Mapping[str, Any]) -> Lesson:
    closes_at = kept["closes_at"]
    return Lesson(
        title=kept["title"],
        starts_at=datetime.fromisoformat(kept["starts_at"]),
        place=kept["place"],
        seats=kept["seats"],
        tenths=kept["tenths"],
        closes_at=datetime.fromisoformat(closes_at) if closes_at else None,
    )


PLAN_NAME = "study_plan"
PLAN_INTENT = Intent(
    name=PLAN_NAME,
    title="建学习计划",
    recognise=recognise_plan,
    handle=handle_plan,
    resume=resume_plan,
    examples=PLAN_EXAMPLES,
    silent=PLAN_SILENT,
    for_secretaries=True,
    numbers=True,
)
VIEW = Intent(
    name="study_plan_view",
    title="看学习计划",
    recognise=recognise_view,
    handle=handle_view,
    examples=VIEW_EXAMPLES,
    silent=VIEW_SILENT,
    teachable=Teachable.QUESTION,
)
SEATS_INTENT = Intent(
    name="study_seats",
    title="改名额",
    recognise=recognise_seats,
    handle=handle_seats,
    examples=SEATS_EXAMPLES,
    silent=SEATS_SILENT,
    for_secretaries=True,
    numbers=True,
)
