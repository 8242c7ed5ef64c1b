"""Questions about the whole branch (名单, 谁没交党费).

Example:
    李书记: 名单 党费 3月
    » 3月党费：已交18人，未交3人（名单已私聊您）。
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.clock import day_of
from bot.domain.dues import STATE_NAMES, MonthState
from bot.domain.ids import UnitId
from bot.domain.periods import Month
from bot.domain.privacy import count, event, join, missing, say
from bot.domain.rights import Action
from bot.domain.wording import month_list, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.topics import Topic
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Clause, Mood, Utterance
from bot.services import attendance, dues, meetings, notices, people, scopes, study
from bot.services.meetings import MeetingView
from bot.services.people import Person

ATTENDANCE = "{title}（{when}）：应到{expected}，已到{present}，请假{leave}。\n{missing}"
NOT_YET = "未到{n}：{names}"
ALL_HERE = "都有着落了。"
ON_LEAVE = "请假{n}：{names}"
PENDING = "补签待同意{n}：{names}"
DUES = "{month}党费：\n{lines}"
DUES_LINE = "{state}{n}：{names}"
NOTICE = "通知“{title}”：{done}人已收到。\n{missing}"
NOT_ACKED = "未回复{n}：{names}"
NO_ACCOUNT = "没有账号{n}（请电话）：{names}"
NOT_ARRIVED = "没送到{n}：{names}"
SIGNUPS = "{title}：{seats}个名额，已报{taken}。\n{names}"
WHOSE = "名单 {unit}"
WHOSE_DUES = "名单 党费 {month} {unit}"
DUES_BY_BRANCH = "{month}党费，各支部：\n{lines}\n看一个支部的：{example}"
BRANCH_LINE = "{unit}：{counts}"
NOBODY = "名册里没有人"
NO_NOTICE = "还没有发过通知。"
NO_MEETING = "还没有开过会，也没有安排会。"
NO_CLASS = "现在没有可以报名的学习或活动。"
_STATES = (MonthState.UNPAID, MonthState.PART, MonthState.DECLARED, MonthState.PAID)


@dataclass(frozen=True, slots=True)
class StatsQuerySlots:
    """A question about everybody.

    Attributes:
        topic: What it is about (DUES, CHECKIN, ATTENDANCE, LEAVE, SIGNUP, STUDY, RECEIPT), None
            for what was sent last (名单).
        months: The months named; a bare 今年 names none.
        day: The day named, or the first of a span.
        until: The last day of a span, inclusive.
        unit: The branch named, as written (名单 党费 3月 三支部).
    """

    topic: Topic | None = None
    months: tuple[Month, ...] = ()
    day: date | None = None
    until: date | None = None
    unit: str | None = None


EXAMPLES = (
    "名单",
    "名单 党费 3月",
    "名单 党费 3月 三支部",
    "谁没交党费",
    "签到了多少人",
    "还有谁没报名",
    "出勤率统计",
    "统计一下请假的人",
)
SILENT = ("党费交到谁那里", "谁的钥匙掉了", "你们都交了吗", "名单上没有我", "大家签到了吗")

_TOPICS = (
    (re.compile(r"党费|[交缴]费"), Topic.DUES),
    (re.compile(r"请.{0,2}假|缺席"), Topic.LEAVE),
    (re.compile(r"出勤|考勤|到会|参会|出席"), Topic.ATTENDANCE),
    (re.compile(r"签|报到|到了|没到|没来|来了"), Topic.CHECKIN),
    (re.compile(r"报.{0,2}名|参加"), Topic.SIGNUP),
    (re.compile(r"学习|学时|强国|学完"), Topic.STUDY),
    (re.compile(r"收到|回执|回复|未答|没答|没回"), Topic.RECEIPT),
)
_TOPIC_WORDS = {
    "党费": Topic.DUES,
    "通知": Topic.RECEIPT,
    "收到": Topic.RECEIPT,
    "报名": Topic.SIGNUP,
    "签到": Topic.CHECKIN,
    "请假": Topic.LEAVE,
    "开会": Topic.ATTENDANCE,
}
_COMMAND = re.compile(rf"名单(?:\s?({'|'.join(_TOPIC_WORDS)})(?:\s?\S{{1,12}})?)?")
_LIST = re.compile(r"(?:看|查看?|发|给我|要)?(?:一下)?(?:\S{0,6})?名单(?:\s.{0,20})?")
_ORDER = re.compile(
    r"统计|汇总|[签勤会纳成率加名]率|(?:签到|出勤|党费|报名|请假|缴纳|学习"
    r"|到会)(?:的)?(?:情况|人数|名单|进度)|查|看看|列一?下|拉个"
)
_NOT_ASKED = re.compile(
    r"谁(?:的|来|去|帮|替|拿|有|在|能|会|要|家|那|说|知道)|我的|我(?!们)|催|提醒|通知|单独"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a question about the whole branch: who has, who has not, how many."""
    text = utterance.text
    order, unit = split_unit(text)
    if (command := _COMMAND.fullmatch(order)) is not None:
        topic = _TOPIC_WORDS.get(command[1] or "")
        months = utterance.months_in(utterance.stretch(utterance.clauses))
        slots = StatsQuerySlots(topic, months=months, unit=unit)
        return [Reading(slots, Strength.EXACT, (0, len(text)))]
    if not utterance.clauses or utterance.elsewhere:
        return []
    if utterance.to_others and "谁" not in text:
        return []
    for clause in utterance.clauses:
        if _is_asked(clause):
            topic = _topic(clause.text) or (_topic(text) if utterance.topics else None)
            if topic:
                return [_reading(utterance, topic, clause)]
    return []


def _is_asked(clause: Clause) -> bool:
    text = clause.text
    if not about_everybody(text) or about_listener(text) or _NOT_ASKED.search(text):
        return False
    if _ORDER.search(text) or _LIST.fullmatch(text):
        return len(text) <= 24
    return clause.mood is Mood.QUESTION and not re.search(r"大家(?!.{0,4}(?:谁|多少|几))", text)


def _topic(text: str) -> Topic | None:
    return next((topic for pattern, topic in _TOPICS if pattern.search(text)), None)


def _reading(utterance: Utterance, topic: Topic, clause: Clause) -> Reading:
    whole = utterance.stretch(utterance.clauses)
    day, until = utterance.days_in(whole, past=True)
    slots = StatsQuerySlots(topic, utterance.months_in(whole), day, until)
    return Reading(slots, Strength.CLEAR, (clause.start, clause.end))


def handle(slots: StatsQuerySlots, context: Context) -> Reply:
    """Tell the organiser who has and who has not; names only privately."""
    if slots.topic is Topic.DUES:
        month = slots.months[0] if slots.months else Month.of(context.today)
        return _dues(context, slots.unit, month)
    session, actor = context.session, context.actor
    if slots.topic in (Topic.RECEIPT, Topic.NOTICE):
        return _notice(context, slots.unit)
    branch_id = scopes.branch_meant(session, actor, Action.VIEW_LISTS, slots.unit, WHOSE)
    if slots.topic in (Topic.SIGNUP, Topic.STUDY):
        return _signups(context, branch_id)
    meeting = _meeting(context, branch_id, slots.day)
    return reply(NO_MEETING) if meeting is None else _roll_call(context, meeting)


def _roll_call(context: Context, meeting: MeetingView) -> Reply:
    found = attendance.roll_call(context.session, meeting)
    lines = [
        template.format(n=len(group), names=_names(group))
        for template, group in (
            (NOT_YET, found.missing),
            (PENDING, found.pending),
            (ON_LEAVE, found.leave),
        )
        if group
    ]
    return Reply(
        say(
            ATTENDANCE,
            title=event(meeting.title),
            when=event(meeting.when),
            expected=count(found.expected),
            present=count(len(found.present)),
            leave=count(len(found.leave)),
            missing=missing("\n".join(lines) or ALL_HERE),
        )
    )


def _dues(context: Context, unit: str | None, month: Month) -> Reply:
    session, actor = context.session, context.actor
    try:
        branch_id = scopes.branch_meant(session, actor, Action.CONFIRM_DUES, unit, WHOSE)
    except scopes.WhichBranch:
        return _dues_by_branch(context, unit, month)
    grouped = dues.month_list(context.session, branch_id, month, context.today)
    lines = [
        DUES_LINE.format(
            state=STATE_NAMES[state], n=len(grouped[state]), names=_names(grouped[state])
        )
        for state in (*_STATES, *(s for s in grouped if s not in _STATES))
        if grouped.get(state)
    ]
    month_words = month_list([month], context.today.year)
    return Reply(say(DUES, month=month_words, lines=missing("\n".join(lines))))


def _dues_by_branch(context: Context, unit: str | None, month: Month) -> Reply:
    """Tell who answers for several branches how many stand how; names are asked for by branch."""
    scope = scopes.unit_meant(context.session, context.actor, Action.CONFIRM_DUES, unit)
    counts = dues.month_counts(context.session, scope, month, context.today)
    lines = [
        BRANCH_LINE.format(
            unit=name,
            counts="，".join(
                f"{STATE_NAMES[state]}{found[state]}" for state in MonthState if found[state]
            )
            or NOBODY,
        )
        for name, found in counts
    ]
    words = month_list([month], context.today.year)
    return Reply(
        say(
            DUES_BY_BRANCH,
            month=words,
            lines=missing("\n".join(lines)),
            example=WHOSE_DUES.format(month=words, unit=counts[0][0] if counts else ""),
        )
    )


def _notice(context: Context, unit: str | None) -> Reply:
    found = notices.receipts(context.session, by=context.actor, now=context.now, unit=unit)
    if found is None:
        return reply(NO_NOTICE)
    lines = [
        template.format(n=len(names), names=names_words(names))
        for template, names in (
            (NOT_ACKED, [person.name for person in found.silent]),
            (NO_ACCOUNT, [person.name for person in found.unreachable]),
            (NOT_ARRIVED, [f"{missed.to}（{missed.why}）" for missed in found.missed]),
        )
        if names
    ]
    return Reply(
        say(
            NOTICE,
            title=event(found.notice.title),
            done=count(found.acknowledged),
            missing=missing("\n".join(lines) or ALL_HERE),
        )
    )


def _signups(context: Context, branch_id: UnitId) -> Reply:
    called = meetings.list_called(context.session, branch_id, context.now)
    classes = [meeting for meeting in called if meeting.seats is not None]
    if not classes:
        return reply(NO_CLASS)
    texts = []
    for meeting in classes[:3]:
        joined = study.joined_members(context.session, meeting.id)
        persons = people.list_by_ids(context.session, set(joined), context.today)
        texts.append(
            say(
                SIGNUPS,
                title=event(meeting.title),
                seats=meeting.seats or 0,
                taken=meeting.taken,
                names=missing(_names(persons) or "还没有人报名"),
            )
        )
    return Reply(join(*texts))


def _meeting(context: Context, branch_id: UnitId, day: date | None) -> MeetingView | None:
    """Return the meeting meant: of the day named, else the last one that opened, else the next."""
    soon = context.now + timedelta(minutes=30)
    past = meetings.list_latest(context.session, branch_id, soon)
    past = [meeting for meeting in past if meeting.seats is None]
    if day is not None:
        past = [meeting for meeting in past if day_of(meeting.starts_at) == day]
    if past:
        return past[0]
    coming = meetings.list_called(context.session, branch_id, context.now)
    return next((m for m in coming if day is None or day_of(m.starts_at) == day), None)


def _names(persons: Sequence[Person]) -> str:
    return names_words([person.name for person in persons])


INTENT = Intent(
    name="stats_query",
    title="看名单",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
