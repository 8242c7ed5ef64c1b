"""Checking in, for oneself and for others (签到, 补签, 代签).

Example:
    张三: 签到
    » ✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销
    张三: 代王秀英签到
    » ✓ 已记下王秀英：3月支部党员大会（09:58），您代报的，等组织委员同意。打错了回复 撤销
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.ids import MeetingId
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, event, join, named, say, writer
from bot.domain.rights import Action, holds
from bot.domain.wording import clock_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Teachable, Waiting
from bot.inbound.kept import words_of
from bot.inbound.presence import (
    CheckinProxySlots,
    CheckinSlots,
    recognise_checkin,
    recognise_checkin_proxy,
    tells_of_himself,
)
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, ToMember, reply
from bot.inbound.whom import is_self, whom
from bot.services import attendance, attendance_others, meetings
from bot.services.attendance import Marked

DONE = "✓ {name}，{title}已签到（{time}）。打错了回复 撤销"
LATE = "✓ {name}，{title}已签到（{time}，会已开始{minutes}分钟）。打错了回复 撤销"
PENDING = "✓ {name}，{title}的补签已记下，等组织委员同意。打错了回复 撤销"
TWICE = "您{time}已签到，不用再签。"
TWICE_PENDING = "{title}的补签已经记过了，等组织委员同意。"
WHICH = "现在有几个会可以签到：{choices}。回复数字就行。"
OTHERS_DONE = "✓ 已登记{names}到会：{title}（{time}）。打错了回复 撤销"
OTHERS_ASKED = "✓ 已记下{names}：{title}（{time}），您代报的，等组织委员同意。打错了回复 撤销"
OTHERS_TWICE = "{names}已经签到了，不用再报。"
OTHERS_WAITING = "{names}已经报过了，等组织委员同意。"
TOLD_DONE = "{reporter}给您登记了到会：{title}（{time}）。不是这样请回复 撤销"
TOLD_ASKED = "{reporter}替您报到：{title}（{time}），等组织委员同意。不是这样请回复 撤销"
WHO_CAME = "是哪位到了？请写上姓名，例如：代王秀英签到；是您本人到了请回复 签到。还没有登记。"
WHO_IS_THERE = "是{names}到了、您替{names}签到，请回复 1；是您自己到了，请回复 2。还没有登记。"
SIGN_FOR_WHOM = "您要替哪位签到？请写上姓名，例如：代王秀英签到。您自己到了请回复 签到。"


CHECKIN_EXAMPLES = (
    "签到",
    "我签到",
    "簽到",
    "qiandao",
    "签到 张三",
    "我到会议室了，签个到",
    "补签16号的",
    "昨天的党课忘签了，补签一下",
)
CHECKIN_SILENT = (
    "签到了吗",
    "我没签到",
    "签到表在门口",
    "请大家签到",
    "不签到行吗",
    "明天再签到",
    "公司签到",
    "到期了",
    "到了的回复签到",
    "到了的都签到",
    "到会的同志扫码签到",
    "签到干嘛用的",
    "回复签到就行",
    "全部签到",
    "来了的签个到",
)
PROXY_EXAMPLES = ("代王秀英签到", "帮老李签一下", "代签：王秀英、李四", "替我老伴签到")
PROXY_SILENT = ("帮老李签到了吗", "谁帮老李签到", "帮孩子签到领积分")


def handle_checkin(slots: CheckinSlots, context: Context) -> Reply:
    """Check the writer in to what is open; whoever else is named is checked in by proxy."""
    if slots.borrowed:
        return reply(WHO_CAME)
    if slots.names and slots.names != (context.actor.name,):
        return _check_others_in(context, _kept(slots))
    return _check_in(context, slots, None)


def resume_checkin(option: Mapping[str, Any], context: Context) -> Reply:
    """Check the writer in to the meeting chosen."""
    late = bool(option.get("late"))
    chosen = option["meeting_id"]
    slots = CheckinSlots(late=late, month=_month(option))
    return _check_in(context, slots, None if chosen is None else MeetingId(chosen))


def _month(kept: Mapping[str, Any]) -> Month | None:
    return Month.parse(kept["month"]) if kept.get("month") else None


def handle_proxy(slots: CheckinProxySlots, context: Context) -> Reply:
    """Record others as present, or keep it for the organiser; each of them hears of it."""
    if slots.by_them and attendance.has_open(context.session, context.actor, context.now):
        return _ask_for_whom(slots, context)
    return _check_others_in(context, _kept(slots))


def _ask_for_whom(slots: CheckinProxySlots, context: Context) -> Reply:
    """Ask whether 孙丽代签 means that she signs, or is signed for."""
    context.require_seat()
    if slots.names == (context.actor.name,):
        return reply(SIGN_FOR_WHOM)
    names = "、".join(slots.names)
    own = {"own": True, "late": slots.late, "month": str(slots.month) if slots.month else None}
    options = [(f"替{names}", _kept(slots)), ("自己", own)]
    text = say(WHO_IS_THERE, names=named(names))
    return ask(context, "checkin_proxy", "{choices}", options, text)


def resume_proxy(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with the person or the meeting chosen."""
    if option.get("own"):
        return resume_checkin({**option, "meeting_id": None}, context)
    return _check_others_in(context, option)


def _kept(slots: CheckinSlots | CheckinProxySlots) -> dict[str, Any]:
    day = slots.day.isoformat() if slots.day else None
    month = str(slots.month) if slots.month else None
    return {"names": list(slots.names), "day": day, "late": slots.late, "month": month}


def _check_others_in(context: Context, kept: Mapping[str, Any]) -> Reply:
    people = whom(context, "checkin_proxy", kept["names"], kept, action=Action.RECORD_ATTENDANCE)
    if isinstance(people, Reply):
        return people
    day = date.fromisoformat(kept["day"]) if kept["day"] else None
    chosen = kept.get("meeting_id")
    meeting_id = None if chosen is None else MeetingId(chosen)
    if is_self(people, context):
        own = CheckinSlots(day, late=kept["late"], month=_month(kept))
        return _check_in(context, own, meeting_id)
    try:
        marked = attendance_others.check_in_others(
            context.session,
            people=people,
            by=context.actor,
            said_at=context.now,
            now=context.arrived_at,
            day=day,
            month=_month(kept),
            meeting_id=meeting_id,
            late_entry=kept["late"],
        )
    except attendance.WhichMeeting as several:
        options = [(m.title, {**kept, "meeting_id": m.id}) for m in several.choices]
        return ask(context, "checkin_proxy", WHICH, options)
    batch = str(context.inbound_id)
    attendance.remember_marks(context.session, marked, context.actor, context.now, batch=batch)
    return Reply(_others_words(marked), send=_told(marked, context))


def _others_words(marked: Sequence[Marked]) -> Text:
    """Return one line for those newly recorded, those who wait, and those known already."""
    lines = []
    for template, new, pending in (
        (OTHERS_DONE, True, False),
        (OTHERS_ASKED, True, True),
        (OTHERS_TWICE, False, False),
        (OTHERS_WAITING, False, True),
    ):
        group = [mark for mark in marked if (mark.new, mark.pending) == (new, pending)]
        if group:
            names = "、".join(dict.fromkeys(mark.name for mark in group))
            lines.append(
                say(
                    template,
                    names=named(names) if new else Fact(FactKind.PRESENCE, names),
                    title=event(_title(group)),
                    time=clock_words(group[0].at),
                )
            )
    return join(*lines)


def _title(group: Sequence[Marked]) -> str:
    """Return the meetings of one gathering as one name."""
    of = {mark.meeting.id: mark.meeting for mark in group}
    return meetings.joined_title(list(of.values()))


def _told(marked: Sequence[Marked], context: Context) -> tuple[ToMember, ...]:
    """Tell everybody else what was said of him, once, and how to object."""
    first = {mark.member_id: mark for mark in reversed(marked) if mark.new}
    return tuple(
        ToMember(
            member_id,
            say(
                TOLD_ASKED if mark.pending else TOLD_DONE,
                reporter=context.actor.name,
                title=event(mark.meeting.title),
                time=clock_words(mark.at),
            ),
            f"proxy:{context.inbound_id}:{member_id}",
        )
        for member_id, mark in first.items()
        if member_id != context.actor.member_id
    )


def _check_in(context: Context, slots: CheckinSlots, meeting_id: MeetingId | None) -> Reply:
    context.require_seat()
    try:
        marked = attendance.check_in(
            context.session,
            by=context.actor,
            said_at=context.now,
            now=context.arrived_at,
            day=slots.day,
            month=slots.month,
            meeting_id=meeting_id,
            late_entry=slots.late,
        )
    except attendance.WhichMeeting as several:
        options = [(m.title, {"meeting_id": m.id, "late": slots.late}) for m in several.choices]
        return ask(context, "checkin", WHICH, options)
    batch = str(context.inbound_id)
    attendance.remember_marks(context.session, marked, context.actor, context.now, batch=batch)
    return Reply(_words(marked, context))


def _words(marked: Sequence[Marked], context: Context) -> Text:
    """Return the one line for a check-in, whatever number of meetings the gathering holds."""
    done = next((mark for mark in marked if mark.new), marked[0])
    template = DONE
    if done.pending:
        template = PENDING if done.new else TWICE_PENDING
    elif not done.new:
        template = TWICE
    elif done.late:
        template = LATE
    return say(
        template,
        name=writer(context.actor.name),
        title=event(_title(marked)),
        time=clock_words(done.at),
        minutes=done.late,
    )


def _others_awaited(context: Context) -> Waiting:
    """Wait for 张三、王五到了 from those who keep the roll; from others it is mere news.

    Who tells it along with his own coming (我和老王都到了) reports them all.
    """
    keeps = holds(context.actor, Action.RECORD_ATTENDANCE)
    meant = keeps or tells_of_himself(words_of(context.message))
    return _is_open(context) if meant else Waiting.NOTHING


def _is_open(context: Context) -> Waiting:
    found = attendance.has_open(context.session, context.actor, context.now)
    return Waiting.OPEN if found else Waiting.NOTHING


CHECKIN = Intent(
    name="checkin",
    title="签到",
    recognise=recognise_checkin,
    handle=handle_checkin,
    waits=_is_open,
    resume=resume_checkin,
    examples=CHECKIN_EXAMPLES,
    silent=CHECKIN_SILENT,
    teachable=Teachable.ACTION,
    marks=frozenset("签到来在好打补漏1道"),
)
PROXY_CHECKIN = Intent(
    name="checkin_proxy",
    title="代签",
    recognise=recognise_checkin_proxy,
    handle=handle_proxy,
    waits=_others_awaited,
    resume=resume_proxy,
    examples=PROXY_EXAMPLES,
    silent=PROXY_SILENT,
    marks=frozenset("签到来在打补漏"),
)
