"""Asking leave from a meeting (请假).

Example:
    张三: 周五出差，请假
    » 16日主题党日已记请假：出差。组织委员会看到；会后给您发补学材料。打错了回复 撤销
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

from bot.clock import day_of
from bot.domain.attendance import Mark
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.privacy import Fact, FactKind, Text, event, join, named, say, writer
from bot.domain.prompts import MAX_CHOICES
from bot.domain.rights import Action
from bot.domain.wording import with_note
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Teachable, Waiting
from bot.inbound.leaves import LeaveSlots, recognise_leave
from bot.inbound.questions import Option, ask, is_asked
from bot.inbound.reasons import ReasonSlots, reason_to_keep, recognise_reason
from bot.inbound.replies import Reply, ToMember, both
from bot.inbound.several_chosen import SeveralSlots
from bot.inbound.taking_several import find_question, take_several
from bot.inbound.whom import is_self, whom
from bot.services import attendance, attendance_others, people
from bot.services.attendance import Marked
from bot.services.meetings import MeetingView

DONE = "{title}已记请假：{reason}。组织委员会看到；会后给您发补学材料。打错了回复 撤销"
DONE_PLAIN = "{title}已记请假。组织委员会看到；会后给您发补学材料。打错了回复 撤销"
WAITS = "{title}的请假已经记下{reason}，等组织委员同意。同意前不算请假。打错了回复 撤销"
TO_DECIDE = (
    "{name}请假：{title}{reason}。同意请回复：同意请假 {name}；不同意请回复：不同意请假 {name} 原因"
)
IN_GROUP = "✓ {name}，{title}已登记请假。"
IN_GROUP_WAITS = "✓ {name}，{title}的请假已记下，等组织委员同意。"
TWICE = "{title}您已经请过假了，不用再发。"
WHICH = "要请哪个会的假：{choices}。回复数字就行。"
THIS_ONE = "要请的是这个会的假吗：{choices}。是请回复 1；不是请写上哪天，例如：请假 3月16日 出差"
LABEL = "{title}（{start}）"
ALL = "都请假"
OTHERS_DONE = "✓ 已给{names}登记请假（{title}）。打错了回复 撤销"
OTHERS_ASKED = "✓ 已替{names}请假（{title}），组织委员会看到。打错了回复 撤销"
OTHERS_TWICE = "{names}已经请过假了（{title}），不用再发。"
TAKEN_BACK = "✓ 已撤销{title}的请假，等您来。"
NO_MEETING = "{days}没有安排会，不用请假。"
FROM_WHEN = "还没有您请假的记录。请写上从哪天到哪天，例如：请假 3月16日到20日 出差"
TOLD = "{reporter}替您请了假：{title}。不是这样请回复 撤销"


EXAMPLES = (
    "请假",
    "请假:出差",
    "有事请个假",
    "身体不舒服请假",
    "周五出差，请假",
    "请个假行不",
    "书记我请假一次",
    "明天的会参加不了，要值班",
)
SILENT = (
    "取消请假",
    "不请假",
    "请假条怎么写",
    "谁请假了",
    "你请假了吗",
    "给孩子请病假",
    "要是下雨我就请假",
    "我跟公司请假了",
)

_ANY = frozenset(("会", "会议", "活动", "学习"))  # said of whatever is next


def handle(slots: LeaveSlots, context: Context) -> Reply:
    """Record that the writer, or those named, ask leave of a meeting."""
    asked = None if slots.heads is None else find_question(context)
    if asked is not None:
        return take_several(asked, SeveralSlots((), slots.heads or None), context)
    if slots.heads is not None and slots.day is None and not slots.names:
        return _which_of_several(slots, context)
    if slots.names and slots.names != (context.actor.name,):
        return _ask_for_others(context, slots, _kept(slots))
    return _ask_leave(context, _going_on(slots, context) if slots.goes_on else slots)


def _going_on(slots: LeaveSlots, context: Context) -> LeaveSlots:
    """Return 请到20号 with its first day: that of the leave asked last, with the reason of it."""
    context.require_seat()
    last = attendance.find_latest_leave(context.session, context.actor, context.now)
    if last is None or slots.until is None:
        raise DomainError(FROM_WHEN)
    return replace(slots, day=min(last.day, slots.until))


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Record a leave of the meetings chosen, or of the one a reminder asked about (2 出差)."""
    if "names" in option:
        return _ask_for_others(context, _slots(option), option)
    slots = LeaveSlots(reason=option.get("reason"))
    return _ask_leave(context, slots, [MeetingId(found) for found in option["meetings"]])


def _kept(slots: LeaveSlots) -> dict[str, Any]:
    """Return what finishes the request of a leave for others."""
    return {
        "names": list(slots.names),
        "day": slots.day.isoformat() if slots.day else None,
        "until": slots.until.isoformat() if slots.until else None,
        "title": slots.title,
        "reason": reason_to_keep(slots.reason),
        "days": [day.isoformat() for day in slots.days],
    }


def _slots(option: Mapping[str, Any]) -> LeaveSlots:
    day, until = option["day"], option["until"]
    return LeaveSlots(
        day=date.fromisoformat(day) if day else None,
        until=date.fromisoformat(until) if until else None,
        names=tuple(option["names"]),
        reason=option["reason"],
        title=option["title"],
        days=tuple(date.fromisoformat(one) for one in option.get("days", ())),
    )


def _ask_for_others(context: Context, slots: LeaveSlots, kept: Mapping[str, Any]) -> Reply:
    people = whom(context, "leave", slots.names, kept, action=Action.RECORD_ATTENDANCE)
    if isinstance(people, Reply):
        return people
    chosen = [MeetingId(found) for found in kept.get("meetings", ())]
    if is_self(people, context):
        return _ask_leave(context, replace(slots, names=()), chosen)
    try:
        marked = attendance_others.ask_leave_for_others(
            context.session,
            people=people,
            by=context.actor,
            said_at=context.now,
            now=context.arrived_at,
            reason=slots.reason or "",
            day=slots.day,
            until=slots.until,
            days=slots.days,
            title=_title(slots),
            chosen=chosen,
        )
    except attendance.WhichMeeting as several:
        # Who is meant is settled by now: the answer to this question says nothing of a name.
        asked = {key: kept[key] for key in kept if key not in ("written", "member_id")}
        return _which(several.choices, asked, context)
    batch = str(context.inbound_id)
    attendance.remember_marks(context.session, marked, context.actor, context.now, batch=batch)
    words = join(_others_words(marked), *_free(slots, marked))
    return Reply(words, send=_told(marked, context))


def _others_words(marked: Sequence[Marked]) -> Text:
    lines = []
    for template, new, mark in (
        (OTHERS_DONE, True, Mark.LEAVE),
        (OTHERS_ASKED, True, Mark.LEAVE_REQUESTED),
        (OTHERS_TWICE, False, None),
    ):
        group = [m for m in marked if m.new is new and mark in (None, m.mark)]
        if group:
            names = "、".join(dict.fromkeys(m.name for m in group))
            titles = "、".join(dict.fromkeys(m.meeting.title for m in group))
            fact = named(names) if new else Fact(FactKind.PRESENCE, names)
            lines.append(say(template, names=fact, title=event(titles)))
    return join(*lines)


def _told(marked: Sequence[Marked], context: Context) -> tuple[ToMember, ...]:
    """Tell everybody else what was said of him, and how to object."""
    titles: dict[MemberId, list[str]] = {}
    for mark in marked:
        if mark.new and mark.member_id != context.actor.member_id:
            titles.setdefault(mark.member_id, []).append(mark.meeting.title)
    return tuple(
        ToMember(
            member_id,
            say(TOLD, reporter=context.actor.name, title=event("、".join(own))),
            f"leave:{context.inbound_id}:{member_id}",
        )
        for member_id, own in titles.items()
    )


def _free(slots: LeaveSlots, marked: Sequence[Marked]) -> list[Text]:
    """Say of which of several days named nothing was recorded, because nothing is held on them."""
    held = {day_of(mark.meeting.starts_at) for mark in marked}
    free = [day for day in slots.days if day not in held]
    words = "、".join(f"{day.month}月{day.day}日" for day in free)
    return [say(NO_MEETING, days=event(words))] if free else []


def _title(slots: LeaveSlots) -> str | None:
    return None if slots.title in _ANY else slots.title


def _ask_leave(context: Context, slots: LeaveSlots, chosen: Sequence[MeetingId] = ()) -> Reply:
    context.require_seat()
    back = _taken_back(slots, context)
    try:
        marked = attendance.ask_leave(
            context.session,
            by=context.actor,
            said_at=context.now,
            now=context.arrived_at,
            reason=slots.reason or "",
            day=slots.day,
            until=slots.until,
            days=slots.days,
            title=_title(slots),
            chosen=chosen,
        )
    except attendance.WhichMeeting as several:
        return _which(several.choices, {"reason": reason_to_keep(slots.reason)}, context)
    batch = str(context.inbound_id)
    attendance.remember_marks(context.session, marked, context.actor, context.now, batch=batch)
    return reduce(both, map(Reply, [*back, *_free(slots, marked)]), _leave_words(marked, context))


def _leave_words(marked: Sequence[Marked], context: Context) -> Reply:
    """Say what was recorded of the writer's own leave, and tell who grants it."""
    title = event("、".join(dict.fromkeys(mark.meeting.title for mark in marked)))
    if not any(mark.new for mark in marked):
        return Reply(say(TWICE, title=title))
    reason = Fact(FactKind.LEAVE_REASON, marked[0].reason)
    if any(mark.pending for mark in marked):
        return _waiting(title, with_note("", marked[0].reason), context)
    return Reply(
        say(DONE if marked[0].reason else DONE_PLAIN, reason=reason, title=title),
        in_group=say(IN_GROUP, name=writer(context.actor.name), title=title),
    )


def _taken_back(slots: LeaveSlots, context: Context) -> list[Text]:
    """Take back the leave of the day that is said not to be meant, if there is one."""
    if slots.not_on is None or slots.not_on == slots.day:
        return []
    try:
        back = attendance.withdraw_leave(
            context.session, by=context.actor, now=context.now, day=slots.not_on
        )
    except (attendance.NoLeave, attendance.WhichMeeting):
        return []  # nothing asked that day, or it cannot be told which: 取消请假 asks
    titles = "、".join(dict.fromkeys(meeting.title for meeting in back))
    return [say(TAKEN_BACK, title=event(titles))]


def _waiting(title: Fact, why: str, context: Context) -> Reply:
    """Say that it waits to be granted, and tell who grants it."""
    reason = Fact(FactKind.LEAVE_REASON, why)
    name = context.actor.name
    posts = (*context.actor.grants, *context.actor.seats)
    unit_id = context.actor.branch_id or posts[0].unit_id  # of a team above
    organiser = people.find_organiser(
        context.session, unit_id, context.today, but=context.member_id
    )
    told = say(TO_DECIDE, name=name, title=title, reason=reason)
    key = f"leave_asked:{context.inbound_id}"
    send = (ToMember(organiser.id, told, key),) if organiser else ()
    in_group = say(IN_GROUP_WAITS, name=writer(name), title=title)
    return Reply(say(WAITS, title=title, reason=reason), in_group=in_group, send=send)


def _which_of_several(slots: LeaveSlots, context: Context) -> Reply:
    """Ask which meetings 这两次会都请假 speaks of: those that come next, or all of them."""
    context.require_seat()
    coming = attendance.list_missable(context.session, context.actor, context.now)
    offered = coming[: min(slots.heads or MAX_CHOICES - 1, MAX_CHOICES - 1)]
    kept = {"reason": reason_to_keep(slots.reason)}
    if len(offered) < _LEAST_OF_SEVERAL:
        return _ask_leave(context, slots)
    options: list[Option] = [
        (LABEL.format(title=m.title, start=m.start_words), {**kept, "meetings": [m.id]})
        for m in offered
    ]
    options.append((ALL, {**kept, "meetings": [m.id for m in offered]}))
    return ask(context, "leave", WHICH, options)


_LEAST_OF_SEVERAL = 2


def _which(choices: Sequence[MeetingView], kept: Mapping[str, Any], context: Context) -> Reply:
    """Ask which meeting is meant; the option adds its `meetings` to what was kept."""
    offered = choices[:MAX_CHOICES]
    options: list[Option] = [
        (
            LABEL.format(title=meeting.title, start=meeting.start_words),
            {**kept, "meetings": [meeting.id]},
        )
        for meeting in offered
    ]
    if 1 < len(offered) < MAX_CHOICES and len({day_of(m.starts_at) for m in offered}) == 1:
        options.append((ALL, {**kept, "meetings": [meeting.id for meeting in offered]}))
    return ask(context, "leave", WHICH if len(options) > 1 else THIS_ONE, options)


def _waits(context: Context) -> Waiting:
    """来不了 is for us where we are spoken to; among people only while a meeting is at hand."""
    addressed = context.private or context.message.mentions_bot
    meant = addressed or attendance.has_soon(context.session, context.actor, context.now)
    return Waiting.OPEN if meant else Waiting.NOTHING


def handle_reason(slots: ReasonSlots, context: Context) -> Reply:
    """Add why to the leave asked just now."""
    marked = attendance.explain_leave(
        context.session,
        by=context.actor,
        said_at=context.now,
        now=context.arrived_at,
        reason=slots.reason,
        batch=str(context.inbound_id),
    )
    return _leave_words(marked, context)


def _reason_waits(context: Context) -> Waiting:
    """出差 alone says why only right after a leave without a reason, and while nothing is asked."""
    if not context.private or context.actor.member_id is None or is_asked(context):
        return Waiting.NOTHING
    found = attendance.find_unexplained(context.session, context.actor, context.now)
    return Waiting.ASKED if found else Waiting.NOTHING


REASON = Intent(
    name="leave_reason",
    title="补说请假原因",
    recognise=recognise_reason,
    handle=handle_reason,
    waits=_reason_waits,
    examples=("出差", "家里有事", "因为孩子病了", "要去医院复查"),
    silent=("出差回来了", "孩子病了吗", "没事", "家里有事请假"),
)
INTENT = Intent(
    name="leave",
    title="请假",
    recognise=recognise_leave,
    handle=handle,
    waits=_waits,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    teachable=Teachable.ABSENCE,
)
