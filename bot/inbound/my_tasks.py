"""What somebody has to do (待办): his own, and what waits for him of his branch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.attendance import THERE, Mark
from bot.domain.dues import MonthState
from bot.domain.meeting_stages import MeetingStage
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, join, missing, say
from bot.domain.prompts import MAX_CHOICES
from bot.domain.tasks import Task
from bot.inbound.context import Context
from bot.inbound.questions import ask
from bot.inbound.replies import Reply
from bot.services import (
    attendance,
    call_lists,
    dues,
    meeting_stages,
    meetings,
    notices,
    open_items,
    tasks,
)

NOTHING = "本周没有待办。"
OWN_TASKS = "{name}，您的待办：\n{lines}"
MEETING = "开会：{title}，{when}{moved}。{answer}"
MOVED = "（已改期）"
DUES = "党费：{month}还没登记，交了回复 党费已交"
ITEM = "{title}：{words}，办好了回复 办好了 {number}"
NOTICE = "通知：{title}，看过回复 收到"
CALLS = "打电话：{n}人的党费还没登记，提醒都发过了，名单回复 打电话名单"
CALL_UNITS = "打电话：{n}个党组织还有会没有登记，名单回复 打电话名单"
DESK = "支部里等您办的{n}件，回复 我的待办 可以看"
DESK_HEAD = "支部里等您办的{n}件：\n{lines}\n回复数字就办，例如 1"
DESK_LINE = "{number} {words}"
DESK_OVER = "· {words}，回复 {order}"
NOT_SAID = "来不了回复 请假 原因"
SAID: dict[Mark | None, str] = {
    Mark.PROMISED: "您已答应来",
    Mark.MAKEUP_REQUESTED: "您的补签等组织委员同意",
    Mark.PROXY_REQUESTED: "别人替您签的到等组织委员同意",
    **dict.fromkeys(attendance.ON_LEAVE, "您已请假"),
    **dict.fromkeys(THERE, "您已签到"),
}


def show_tasks(context: Context, intent: str) -> Reply:
    """Tell what the writer has to do himself, and what waits for him of his branch, by number."""
    context.member_id  # noqa: B018 - refuses strangers with the way to bind
    waiting = tasks.of_actor(context.session, context.actor, context.now)
    own = _own_lines(context)
    if not waiting:
        return Reply(_worded(own, context))
    desk = say(DESK_HEAD, n=len(waiting), lines=missing("\n".join(_numbered(waiting))))
    text = join(_worded(own, context), desk) if own else desk
    options = [(task.words, {"order": task.kind.order}) for task in waiting]
    return ask(context, intent, "{choices}", options, text)


def _numbered(waiting: Sequence[Task]) -> list[str]:
    """Number what a number may answer; what is over says itself what to reply."""
    return [
        DESK_LINE.format(number=n, words=task.words)
        if n <= MAX_CHOICES
        else DESK_OVER.format(words=task.words, order=task.kind.order)
        for n, task in enumerate(waiting, start=1)
    ]


def todo(context: Context) -> Text:
    """Tell what the writer has to do himself, and how much waits of his branch."""
    waiting = tasks.of_actor(context.session, context.actor, context.now)
    desk = [DESK.format(n=len(waiting))] if waiting else []
    return _worded([*_own_lines(context), *desk], context)


def _worded(lines: Sequence[str], context: Context) -> Text:
    if not lines:
        return say("{words}", words=_own(NOTHING))
    return say(OWN_TASKS, name=context.actor.name, lines=_own("\n".join(lines)))


def _own_lines(context: Context) -> list[str]:
    return [
        *_meetings(context),
        *_items(context),
        *_dues(context),
        *_notices(context),
        *_calls(context),
    ]


def _items(context: Context) -> list[str]:
    return [
        ITEM.format(title=item.title, words=item.with_deadline, number=item.number)
        for item in open_items.list_own(context.session, context.member_id)
    ]


def _meetings(context: Context) -> list[str]:
    week = context.now + timedelta(days=7)
    coming = meetings.list_near(context.session, context.actor, context.now, week)
    coming = [meeting for meeting in coming if meeting.seats is None]
    marks = attendance.current_marks(context.session, coming) if coming else {}
    stages = meeting_stages.stages_of(context.session, coming, context.now)
    return [
        MEETING.format(
            title=m.title,
            when=m.when,
            moved=MOVED if stages[m.id] is MeetingStage.MOVED else "",
            answer=SAID.get(marks.get((m.id, context.member_id)), NOT_SAID),
        )
        for m in coming
    ]


def _dues(context: Context) -> list[str]:
    month = Month.of(context.today)
    balance = dues.balances(context.session, [context.member_id], [month])
    state = balance[context.member_id][month].state
    return [DUES.format(month=f"{month.number}月")] if state is MonthState.UNPAID else []


def _notices(context: Context) -> list[str]:
    waiting = notices.list_open(context.session, context.member_id, context.now)
    return [NOTICE.format(title=notice.title) for notice in waiting]


def _calls(context: Context) -> list[str]:
    """Say how many wait to be phoned, to who keeps a branch or stands above one; no names."""
    found = call_lists.find(
        context.session,
        context.ladders,
        by=context.actor,
        today=context.today,
        now=context.now,
    )
    counts = ((CALLS, found.member_count), (CALL_UNITS, len(found.units)))
    return [words.format(n=n) for words, n in counts if n]


def _own(words: str) -> Fact:
    return Fact(FactKind.PRESENCE, words)
