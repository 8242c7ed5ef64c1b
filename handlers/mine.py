"""One's own records (我的).

Example:
    张三: 我的出勤
    » 张三，今年应到6次，实到5次，请假1次。
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from bot.domain.attendance import THERE
from bot.domain.dues import MonthState
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, join, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.replies import Reply
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.services import attendance, dues, meetings, notices, study

NOTHING = "本周没有待办。"
TODO = "{name}，您的待办：\n{lines}"
MEETING = "开会：{title}，{when}。{answer}"
DUES = "党费：{month}还没登记，交了回复 党费已交"
NOTICE = "通知：{title}，看过回复 收到"
SIGNED = "报名：{title}，{when}"
NO_SIGNUP = "您现在没有报名。"
PRESENT = "近三个月应到{expected}次，实到{present}次，请假{leave}次。"
SAID = {None: "来不了回复 请假 原因", "leave": "您已请假", "present": "您已签到"}


@dataclass(frozen=True, slots=True)
class MyStatusSlots:
    """A question about one's own records.

    Attributes:
        topic: What it is about (CHECKIN, ATTENDANCE, SIGNUP, STUDY, TASKS, POINTS, PROFILE),
            None for everything (我的).
        months: The months named; a bare 今年 names none.
        day: The day named.
    """

    topic: Topic | None = None
    months: tuple[Month, ...] = ()
    day: date | None = None


EXAMPLES = (
    "我的",
    "我的出勤",
    "我的待办",
    "我的报名",
    "我签到成功了吗",
    "我的积分多少",
    "我今年参加了几次活动",
)
SILENT = ("我的手机没电了", "我的党费", "我们几点开会", "你签到了吗", "我的书在哪")

_TOPICS = (
    (re.compile(r"待办|任务|要做什么|还有什么没"), Topic.TASKS),
    (
        re.compile(r"出勤|考勤|缺勤|到会|出席|参加(?:了|过)|缺席|缺了?几|几次[会活]|来了几次"),
        Topic.ATTENDANCE,
    ),
    (re.compile(r"签|打卡|报到"), Topic.CHECKIN),
    (re.compile(r"报.{0,2}名|报了哪|报上"), Topic.SIGNUP),
    (re.compile(r"积分|得分|多少分|几分"), Topic.POINTS),
    (re.compile(r"学习|学时|课时|强国"), Topic.STUDY),
    (re.compile(r"请.{0,5}假"), Topic.LEAVE),
    (
        re.compile(r"资料|档案|个人信息|组织关系|党龄|哪个(?:支部|小组)|身份|入党|转正|手机号"),
        Topic.PROFILE,
    ),
)
_WHOLE = frozenset(("我的", "我的记录", "我的情况", "我的信息", "个人中心", "查询我的", "我的台账"))
_MINE = re.compile(r"我的|我(?!们|国|家|市|区|县|省|军|党)|本人|自己|个人")
_LOOKUP = re.compile(
    r"查|看一?下|看看|^我的(?:\S{0,6}的)?(?:出勤|考勤|签到|待办|任务|报名|学习|积分"
    r"|学时|请假|资料|档案|个人信息|党龄|活动|参会)(?:情况|记录|率|统计|分数|进度|明细"
    r"|次数)?$|^我(?:的|今年|本月|这个月|上个?月|\d{1,2}月){0,3}(?:出勤|考勤|签到|报名|学习"
    r"|积分|学时|请假)"
    r"(?:情况|记录|率|统计|分数|进度|明细|次数)$"
)
_CERTAIN = re.compile(
    r"(?:成功|上|好|到|名|进去|完成|通过|生效).{0,3}(?:没|吗|么|不)|了吗|了没|了没有"
    r"|多少|几|怎么?样|如何|哪|算不算|算数?吗|有没有|是不是"
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
    if not utterance.clauses or Topic.DUES in utterance.topics or utterance.elsewhere:
        return []
    for clause in utterance.clauses:
        topic = _asked(clause, utterance)
        if topic:
            whole = utterance.stretch(utterance.clauses)
            months = utterance.months_in(whole) or _past_years(utterance)
            slots = MyStatusSlots(topic, months, utterance.date_in(whole, past=True))
            return [Reading(slots, Strength.CLEAR, (clause.start, clause.end))]
    return []


def _asked(clause: Clause, utterance: Utterance) -> Topic | None:
    text = clause.text
    if not _MINE.search(text) and not _MINE.match(utterance.text):
        return None
    if about_everybody(re.sub(r"情况|统计|率", "", text)) or about_listener(text):
        return None
    lookup = _LOOKUP.search(text)
    sure = clause.mood is Mood.QUESTION and _CERTAIN.search(text) and not _NOT_MINE.search(text)
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
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    if slots.topic in (Topic.ATTENDANCE, Topic.CHECKIN):
        return Reply(_attendance(context))
    if slots.topic is Topic.SIGNUP:
        lines = _signups(context)
        return Reply(join(*lines) if lines else say("{w}", w=_own(NO_SIGNUP)))
    if slots.topic is Topic.TASKS:
        return Reply(_todo(context))
    return Reply(join(_todo(context), _attendance(context), *_signups(context)))


def _todo(context: Context) -> Text:
    lines = [*_meetings(context), *_dues(context), *_notices(context)]
    if not lines:
        return say("{words}", words=_own(NOTHING))
    return say(TODO, name=context.actor.name, lines=_own("\n".join(lines)))


def _meetings(context: Context) -> list[str]:
    week = context.now + timedelta(days=7)
    coming = meetings.list_near(context.session, context.actor, context.now, week)
    coming = [meeting for meeting in coming if meeting.seats is None]
    marks = attendance.current_marks(context.session, coming) if coming else {}
    lines = []
    for meeting in coming:
        mark = marks.get((meeting.id, context.member_id))
        answer = "您已请假" if mark in attendance.ON_LEAVE else SAID[None]
        lines.append(MEETING.format(title=meeting.title, when=meeting.when, answer=answer))
    return lines


def _dues(context: Context) -> list[str]:
    month = Month.of(context.today)
    balance = dues.balances(context.session, [context.member_id], [month])
    state = balance[context.member_id][month].state
    return [DUES.format(month=f"{month.number}月")] if state is MonthState.UNPAID else []


def _notices(context: Context) -> list[str]:
    waiting = notices.list_open(context.session, context.member_id, context.now)
    return [NOTICE.format(title=notice.title) for notice in waiting[:3]]


def _signups(context: Context) -> list[Text]:
    return [
        say(SIGNED, title=_own(meeting.title), when=meeting.when)
        for meeting in study.list_joined(context.session, context.actor, context.now)
    ]


def _attendance(context: Context) -> Text:
    since = context.now - timedelta(days=92)
    past = [
        meeting
        for meeting in meetings.list_near(context.session, context.actor, since, context.now)
        if meeting.ends_at <= context.now and meeting.seats is None
    ]
    marks = attendance.current_marks(context.session, past) if past else {}
    own = [marks.get((meeting.id, context.member_id)) for meeting in past]
    return say(
        PRESENT,
        expected=_own(str(len(past))),
        present=sum(mark in THERE for mark in own),
        leave=sum(mark in attendance.ON_LEAVE for mark in own),
    )


def _own(words: str) -> Fact:
    return Fact(FactKind.PRESENCE, words)


INTENT = Intent(
    name="my_status",
    title="看自己的记录",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    teachable=Teachable.QUESTION,
)
