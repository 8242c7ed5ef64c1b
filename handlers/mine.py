"""One's own records (我的).

Example:
    张三: 我的出勤
    » 张三，今年应到6次，实到5次，请假1次。
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, cast

from bot.clock import at
from bot.domain.attendance import MARK_NAMES, THERE, MakeUp, Mark
from bot.domain.dues import STATE_NAMES, MonthState
from bot.domain.meeting_stages import STAGE_NAMES
from bot.domain.members import KIND_NAMES
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, join, say
from bot.domain.privacy import dues as private
from bot.domain.roll_call import NOBODY, Stand, total
from bot.domain.wording import (
    clock_words,
    day_words,
    moment_words,
    month_list,
    month_ranges,
    month_words,
)
from bot.inbound.context import Context
from bot.inbound.hours_words import my_hours, total_words
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.my_tasks import show_tasks, todo
from bot.inbound.patterns import one_of
from bot.inbound.replies import Reply
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.inbound.whom_asked import find_asked
from bot.services import (
    attendance,
    attendance_rates,
    dues,
    meeting_stages,
    meetings,
    roll_lists,
    studied,
    study,
    study_hours,
)
from bot.services.attendance import Own
from bot.services.meetings import MeetingView
from bot.services.roll_books import Book

SIGNED = "报名：{title}，{when}"
WAITS_FOR = "候补：{title}，{when}，排第{position}位"
NO_SIGNUP = "您现在没有报名。"
PRESENT = "{period}应到{expected}次，实到{present}次，请假{leave}次{studied}。"
STUDIED_LATER = "，补学{n}次"
LATELY = "近三个月"
NO_MEETING = "{period}没有您要到的会。"
AT_MEETING = "{title}（{when}）：{mark}"
STANDS = "{title}（{when}）：{mark}（{stage}）"
NO_MARK = "没有签到记录"
STUDY = "{period}学习：{titles}"
NO_STUDY = "{period}还没有登记过学习。学完了回复 已学 加内容就行，不记学时、不记分。"
HOURS = "今年学时：{hours}"
STATES = "党费：{months}"
WAITS = "等组织委员办：{requests}"
ASKED_LEAVE = "{title}的请假"
ASKED_MAKEUP = "{title}的补签"
DECLARED = "{months}党费核对"
NO_POINTS = "这里不记积分，也不排名。"
IS_THERE = "{name}，{title}您{time}已签到。"
IS_PENDING = "{name}，{title}的补签已经记下，等组织委员同意。"
IS_PROXIED = "{name}，{title}有人替您签了到，等组织委员同意。"
IS_AWAY = "{name}，{title}您请了假。"
NOT_THERE = "{name}，{title}还没有您的签到。到了回复 签到"
MISSED = "{name}，{title}没有您的签到。到过会的话，{until}前回复 补签"


RELATION = "您的组织关系在{branch}{cell}，{kind}{dates}。有出入请告诉书记。"
DATE = "，{what}{day}"
ON_ITS_WAY = "正在转往{to}，对方接收以前仍在这里参加活动、交党费（交到{until}）。"
NO_RELATION = "您现在不在任何支部的名册里，请问问书记。"


@dataclass(frozen=True, slots=True)
class MyStatusSlots:
    """A question about one's own records.

    Attributes:
        topic: What it is about (CHECKIN, ATTENDANCE, SIGNUP, STUDY, TASKS, POINTS, PROFILE),
            None for everything (我的).
        months: The months named; a bare 今年 names none.
        day: The day named, or the first of a span.
        until: The last day of a span, inclusive.
        hours: Of the studies the class hours are asked about.
    """

    topic: Topic | None = None
    months: tuple[Month, ...] = ()
    day: date | None = None
    until: date | None = None
    hours: bool = False


@dataclass(frozen=True, slots=True)
class _Days:
    """The days asked about, both included, and their words."""

    first: date
    last: date
    words: str


EXAMPLES = (
    "我的",
    "我的出勤",
    "我的待办",
    "我的报名",
    "我的学习",
    "我10月的出勤",
    "我签到成功了吗",
    "我的积分多少",
    "我今年参加了几次活动",
    "我的组织关系",
    "我的学时",
    "我还差几个学时",
)
SILENT = ("我的手机没电了", "我的党费", "我们几点开会", "你签到了吗", "我的书在哪")

_DID = re.compile(
    r"没有?(?:签|报|算|记)上.{0,4}(?:怎么回事|为什么)|(?:来|到|去|签|报|学|参加|请|算|记|补)(?:了|过|上|到|成|进去)(?:了|名|假|签)*.{0,4}(?:没有?$|吗|几|多少|哪些|哪个|不$)|没签上|没.{0,2}上名"
)
_UNDECIDED = re.compile(r"([报去来参])不\1|要不要|没想好|考虑")
_MAY_I = re.compile(r"(?:行|中|成|可以)[不吗么]$|能不能|可不可以")
_TOPICS = (
    (re.compile(r"待办|任务|要做什么|还有什么没"), Topic.TASKS),
    (
        re.compile(
            r"出勤|考勤|缺勤|到会|出席|参加(?:了|过)|缺席|缺了?几|几[次回][会活]|[算记]到|[算记]进|[算记]上|来了几次"
        ),
        Topic.ATTENDANCE,
    ),
    (re.compile(r"签|打卡|报到"), Topic.CHECKIN),
    (re.compile(r"报.{0,2}名|报了哪|报上"), Topic.SIGNUP),
    (re.compile(r"积分|得分|多少分|几分"), Topic.POINTS),
    (re.compile(r"学习|学时|课时|强国|学了(?:几|多少)"), Topic.STUDY),
    (re.compile(r"请.{0,5}假"), Topic.LEAVE),
    (
        re.compile(r"资料|档案|个人信息|组织关系|党龄|哪个(?:支部|小组)|身份|入党|转正|手机号"),
        Topic.PROFILE,
    ),
)
_RIGHTLY_KEPT = re.compile(
    r"(?:查一?下|看一?下|帮我查一?下|问一?下|请问|，)*(?:我|俺|本人)(?:登记|填|名下)?的?(?:个人|党员)?(?:信息|资料|档案|登记信息|登记资料)"
    r"(?:登记|录|填|写|记)*[得的]?(?:都|是|还)*(?:对不对|对吗|对不|对没对|准不准|准确吗|有没有错|有错吗|有没有误|有误吗|正确吗|错没错)[啊呀呢？]*"
)
_HOURS = re.compile(r"学时|课时")
_WHOLE = frozenset(("我的", "我的记录", "我的情况", "我的信息", "个人中心", "查询我的", "我的台账"))
_MINE = re.compile(r"我的|俺|我(?!们|国|家|市|区|县|省|军|党)|本人|自己|个人")
_LOOKUP = one_of(
    r"查|(?<!我)(?<!我先)(?<!我再)看(?:一?下|看)|(?<=[给帮替发]我)看(?:一?下|看)|^我(?![们是在想要帮给替])[^，。]{0,10}的(?:出勤|考勤|签到|待办|任务|报名|学习|积分"
    r"|学时|请假|资料|档案|个人信息|党龄|组织关系|活动|参会)(?:情况|记录|率|统计|分数|进度|明细"
    r"|次数)?$|^我(?:的|今年|本月|这个月|上个?月|\d{1,2}月){0,3}(?:出勤|考勤|签到|报名|学习"
    r"|积分|学时|请假)"
    r"(?:情况|记录|率|统计|分数|进度|明细|次数)$"
)
_CERTAIN = one_of(
    r"(?:成功|上|好|到|名|进去|完成|通过|生效).{0,3}(?:没|吗|么|不)|了吗|了没|了没有"
    r"|多少|几|怎么?样|咋样|如何|哪|算不算|算数?吗|有没有|是不是|没有?$"
)
_HOW_TO = re.compile(r"(?:怎么|怎样|如何|咋|在哪)(?:才能|能|去)?[查看]")
_NOT_MINE = re.compile(
    r"怎么(?!样)|如何(?!$)|为什么|帮我|谁|[他她]|我(?:想|要)问|可以.{0,6}吗|能.{0,6}吗"
    r"|能不能|几点|什么时候|在哪|哪里"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a question about one's own attendance, tasks, sign-ups, study, profile."""
    text = utterance.text
    if text in _WHOLE:
        return [Reading(MyStatusSlots(), Strength.CLEAR, (0, len(text)))]
    if _RIGHTLY_KEPT.fullmatch(text):
        return [Reading(MyStatusSlots(Topic.PROFILE), Strength.CLEAR, (0, len(text)))]
    if not utterance.clauses or Topic.DUES in utterance.topics or utterance.elsewhere:
        return []
    if not _MINE.search(text) or _of_another(utterance):
        return []
    for clause in utterance.clauses:
        topic = _asked(clause, utterance)
        if topic:
            whole = utterance.stretch(utterance.clauses)
            months = utterance.months_in(whole) or _past_years(utterance)
            over = topic is not Topic.SIGNUP
            hours = topic is Topic.STUDY and bool(_HOURS.search(clause.text))
            slots = MyStatusSlots(topic, months, *utterance.days_in(whole, past=over), hours)
            return [Reading(slots, Strength.CLEAR, (clause.start, clause.end))]
    return []


def _of_another(utterance: Utterance) -> bool:
    """Tell whether 帮我查下王五来了几次 asks of somebody else: 我 is only who is done a favour."""
    names, end = find_asked(utterance)
    return bool(names) and not _MINE.search(utterance.text, end)


_OWN_FIGURES = re.compile(r"情况|统计|率")


def _asked(clause: Clause, utterance: Utterance) -> Topic | None:
    text = clause.text
    if not _MINE.search(text) and not _MINE.match(utterance.text):
        return None
    did = bool(_MINE.match(text) and _DID.search(text))
    if (not did and about_everybody(_OWN_FIGURES.sub("", text))) or about_listener(text):
        return None
    lookup = _LOOKUP.search(text)
    asked = clause.mood is Mood.QUESTION and not _UNDECIDED.search(text)
    asked = asked and not _MAY_I.search(text)
    certain = _CERTAIN.search(text) and not _NOT_MINE.search(text)
    sure = asked and (certain or _DID.search(text))
    if clause.mood is Mood.FUTURE and _UNDECIDED.search(text):
        return None
    if not (lookup or sure) or _HOW_TO.search(text) or clause.mood is Mood.NEGATION:
        return None
    return next((topic for pattern, topic in _TOPICS if pattern.search(text)), None)


def _past_years(utterance: Utterance) -> tuple[Month, ...]:
    """Return the months of a year named that is not this one."""
    for span in utterance.years:
        months = cast("tuple[Month, ...]", span.value)
        if months[0].year != utterance.now.year:
            return months
    return ()


def handle(slots: MyStatusSlots, context: Context) -> Reply:
    """Tell the writer what is on record about themselves."""
    if slots.topic is Topic.TASKS:
        return show_tasks(context, INTENT.name)
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    days = _days(slots, context)
    if slots.topic is Topic.CHECKIN and not slots.months:
        own = _checked_in(context) if slots.day is None else []
        return Reply(join(*own) if own else _last_mark(slots, context))
    if slots.topic in (Topic.ATTENDANCE, Topic.CHECKIN, Topic.LEAVE):
        return Reply(_attendance(days, context))
    if slots.hours:
        return Reply(my_hours(context, slots.months[0].year if slots.months else None))
    if slots.topic is Topic.STUDY:
        return Reply(
            _studies(days, context) or say("{w}", w=_own(NO_STUDY.format(period=days.words)))
        )
    if slots.topic is Topic.SIGNUP:
        lines = _signups(context)
        return Reply(join(*lines) if lines else say("{w}", w=_own(NO_SIGNUP)))
    if slots.topic is Topic.PROFILE:
        return Reply(_relation(context))
    points = [Text(NO_POINTS)] if slots.topic is Topic.POINTS else []
    return Reply(join(*points, *_everything(days, context)))


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Do what stood behind the number chosen of the tasks."""
    return context.obey(context, option["order"])


def _relation(context: Context) -> Text:
    """Tell where the writer's organisational relation is, and of a letter on its way."""
    own = roll_lists.own_relation(context.session, context.member_id, context.today)
    if own is None:
        return Text(NO_RELATION)
    dates = [
        DATE.format(what=what, day=f"{day.year}年{day_words(day)}")
        for what, day in (("入党", own.joined_on), ("转正", own.full_since))
        if day is not None
    ]
    words = RELATION.format(
        branch=own.branch, cell=own.cell, kind=KIND_NAMES[own.kind], dates="".join(dates)
    )
    if own.letter is not None:
        until = month_words(own.letter.dues_until, context.today.year)
        words += ON_ITS_WAY.format(to=own.letter.to, until=until)
    return say("{words}", words=Fact(FactKind.ROLL, words))


def _everything(days: _Days, context: Context) -> list[Text]:
    lines = [todo(context), _attendance(days, context)]
    optional = (
        _studies(days, context),
        _hours(context),
        _dues_states(context),
        _requests(context),
    )
    return [*lines, *(line for line in optional if line), *_signups(context)]


def _days(slots: MyStatusSlots, context: Context) -> _Days:
    """Return the days asked about, else the last three months."""
    if slots.day is not None:
        last = slots.until or slots.day
        end = "" if last == slots.day else f"到{day_words(last)}"
        return _Days(slots.day, last, f"{day_words(slots.day)}{end}")
    if slots.months:
        words = month_ranges(slots.months, context.today.year)
        return _Days(slots.months[0].first, slots.months[-1].last, words)
    return _Days(context.today - timedelta(days=92), context.today, LATELY)


def _own_marks(of: Sequence[MeetingView], context: Context) -> list[Mark | None]:
    marks = attendance.current_marks(context.session, of) if of else {}
    return [marks.get((meeting.id, context.member_id)) for meeting in of]


def _checked_in(context: Context) -> list[Text]:
    """Tell of the meetings open now, else of the last one, while a check-in can still be made."""
    latest = attendance.list_own_latest(context.session, context.actor, context.now)
    return [_own_words(own, context) for own in latest]


def _own_words(own: Own, context: Context) -> Text:
    meeting, mark = own.meeting, own.mark
    if mark in _DECIDED:
        return say(AT_MEETING, title=_own(meeting.title), when=meeting.when, mark=MARK_NAMES[mark])
    otherwise = MISSED if isinstance(own.judgement, MakeUp) else NOT_THERE
    return say(
        _WORDS.get(mark, otherwise),
        name=context.actor.name,
        title=_own(meeting.title),
        time=clock_words(own.at) if own.at else "",
        until=moment_words(meeting.window.makeup_until),
    )


def _signups(context: Context) -> list[Text]:
    held = study.list_held(context.session, context.actor, context.now)
    waiting = study.waiting_by_class(context.session, [meeting.id for meeting in held])
    lines = []
    for meeting in held:
        before = waiting.get(meeting.id, [])
        position = before.index(context.member_id) + 1 if context.member_id in before else 0
        template = WAITS_FOR if position else SIGNED
        lines.append(say(template, title=_own(meeting.title), when=meeting.when, position=position))
    return lines


def _past(days: _Days, context: Context) -> list[Book]:
    """Return the roll calls of some days the writer was expected at, wherever that was."""
    return attendance_rates.list_books(
        context.session,
        context.member_id,
        days=attendance_rates.Days(days.first, days.last),
        now=context.now,
    )


def _attendance(days: _Days, context: Context) -> Text:
    """Tell the same figures as the organiser reads: a 补学 leaves one where one stood."""
    past, member = _past(days, context), context.member_id
    if days.first == days.last or (len(past) <= 3 and days.words != LATELY):
        held = [book.meeting for book in past]
        return _one_by_one(held, [book.standing(member).stand for book in past], days, context)
    own = total(book.one(member) or NOBODY for book in past)
    return say(
        PRESENT,
        period=days.words,
        expected=_own(str(own.expected)),
        present=own.present,
        leave=own.leave,
        studied=STUDIED_LATER.format(n=own.studied_later) if own.studied_later else "",
    )


def _one_by_one(
    past: Sequence[MeetingView], own: Sequence[Stand], days: _Days, context: Context
) -> Text:
    stages = meeting_stages.stages_of(context.session, past, context.now)
    lines = [
        say(
            STANDS,
            title=_own(m.title),
            when=m.when,
            mark=_mark_words(stand),
            stage=STAGE_NAMES[stages[m.id]],
        )
        for m, stand in zip(past, own, strict=True)
    ]
    return join(*lines) if lines else say("{w}", w=_own(NO_MEETING.format(period=days.words)))


def _mark_words(stand: Stand) -> str:
    if stand.mark is None:
        return NO_MARK
    if stand.mark is Mark.STUDIED_LATER and stand.under is not None:
        return f"{MARK_NAMES[stand.under]}，{MARK_NAMES[stand.mark]}"
    return MARK_NAMES[stand.mark]


def _last_mark(slots: MyStatusSlots, context: Context) -> Text:
    """Say how the check-in of a day stands, or that of the latest meeting that has opened."""
    if slots.day is not None:
        days = _days(slots, context)
        first, until = at(days.first), at(days.last + timedelta(days=1))
    else:
        days = _days(MyStatusSlots(), context)
        first, until = at(days.first), context.now + timedelta(hours=1)
    near = meetings.list_near(context.session, context.actor, first, until)
    near = [m for m in near if m.seats is None and m.window.opens_at <= context.now]
    near = near if slots.day is not None else near[-1:]
    return _one_by_one(near, [Stand(mark) for mark in _own_marks(near, context)], days, context)


def _studies(days: _Days, context: Context) -> Text | None:
    lines = studied.list_own(context.session, context.member_id, days.first, days.last)
    titles = [f"{line.title}（{day_words(line.day)}）" for line in lines[-10:]]
    titles += [
        f"补学{book.meeting.title}"
        for book in _past(days, context)
        if book.standing(context.member_id).mark is Mark.STUDIED_LATER
    ]
    return say(STUDY, period=days.words, titles=_own("、".join(titles))) if titles else None


def _hours(context: Context) -> Text | None:
    """Say how many class hours this year has, if any."""
    year = context.today.year
    found = study_hours.of_self(context.session, by=context.actor, year=year, now=context.now)
    return say(HOURS, hours=_own(total_words(found))) if found.tenths else None


def _lately(context: Context) -> list[Month]:
    this = Month.of(context.today)
    return [this.shift(-2), this.shift(-1), this]


def _dues_states(context: Context) -> Text | None:
    months = _lately(context)
    found = dues.balances(context.session, [context.member_id], months)[context.member_id]
    due = [m for m in months if found[m].assessed_fen or found[m].settled_before]
    # An open month of this very month stands among the tasks already.
    if not due or (due == months[-1:] and found[due[0]].state is MonthState.UNPAID):
        return None
    grouped = groupby(due, key=lambda month: found[month].state)
    words = [month_list(group, context.today.year) + STATE_NAMES[state] for state, group in grouped]
    return say(STATES, months=private("，".join(words)))


def _requests(context: Context) -> Text | None:
    """Name what waits for the organiser: leave, make-up check-ins, dues declared."""
    since = context.now - timedelta(days=92)
    soon = context.now + timedelta(days=366)
    near = meetings.list_near(context.session, context.actor, since, soon)
    waiting = [
        _WAITING[mark].format(title=meeting.title)
        for meeting, mark in zip(near, _own_marks(near, context), strict=True)
        if mark in _WAITING
    ]
    months = _lately(context)
    found = dues.balances(context.session, [context.member_id], months)[context.member_id]
    declared = [month for month in months if found[month].declared_fen]
    if declared:
        waiting.append(DECLARED.format(months=month_list(declared, context.today.year)))
    return say(WAITS, requests=_own("、".join(waiting))) if waiting else None


_WAITING = {Mark.LEAVE_REQUESTED: ASKED_LEAVE, Mark.MAKEUP_REQUESTED: ASKED_MAKEUP}
_DECIDED = (
    *(Mark.MAKEUP_REFUSED, Mark.PROXY_REFUSED, Mark.LEAVE_REFUSED),
    *(Mark.LEFT_EARLY, Mark.ABSENT, Mark.ELSEWHERE, Mark.STUDIED_LATER),
)
_WORDS: dict[Mark | None, str] = {
    Mark.MAKEUP_REQUESTED: IS_PENDING,
    Mark.PROXY_REQUESTED: IS_PROXIED,
    **dict.fromkeys(attendance.ON_LEAVE, IS_AWAY),
    **dict.fromkeys(THERE, IS_THERE),
}


def _own(words: str) -> Fact:
    return Fact(FactKind.PRESENCE, words)


INTENT = Intent(
    name="my_status",
    title="看自己的记录",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    teachable=Teachable.QUESTION,
    marks=frozenset("我俺本自个"),
)
