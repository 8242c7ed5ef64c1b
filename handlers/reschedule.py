"""Moving and cancelling a meeting (改期, 取消会议).

Example:
    李书记: 改期 支部党员大会 3月13日 15:00
    » ✓ 已改期：3月支部党员大会，3月13日（周五）15:00 社区二楼。原来的提醒已作废，会重新提醒大家。
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from bot.clock import local
from bot.domain.errors import DomainError
from bot.domain.privacy import event, say
from bot.domain.series import Scope
from bot.domain.wording import day_words
from bot.inbound.called import LABEL, chosen, find_called, options_of, scopes_of
from bot.inbound.context import Context
from bot.inbound.intents import Intent
from bot.inbound.moving import (
    cancel_meeting,
    cancel_series,
    move_meeting,
    move_series,
    plan_series,
    traces_of,
    traces_words,
)
from bot.inbound.questions import Option, ask, preview
from bot.inbound.replies import Reply
from bot.inbound.rescheduling import CancelSlots, MoveSlots, recognise_cancel, recognise_move
from bot.services import series, study
from bot.services.meetings import MeetingView

WHEN = "{title}现在是{when}。改到什么时候？请这样写：改期 {title} {start}"
WHICH_MOVE = "要改哪个会：{choices}。回复数字就行。"
WHICH_CANCEL = "要取消哪个会：{choices}。回复数字就行。"
OWN_SIGNUP = (
    "活动要书记或组织委员才能取消。是要取消您自己的报名吗：{choices}。是请回复数字，不是就不用回。"
)
HOW_MUCH_MOVE = "这是每次都开的会，改哪些：{choices}。回复数字就行。"
HOW_MUCH_CANCEL = "这是每次都开的会，取消哪些：{choices}。回复数字就行。"
WHOLE = "整场都取消"
ALL_UNITS = "几个支部都取消"
PREVIEW_MOVE = "预览（未改期），{title}改成这{n}次：\n{days}\n回复 确认{n} 改期，回复 取消 作罢"
PREVIEW_CANCEL = (
    "预览（未取消）：{title}（{when}）已经开了，登记有{what}。\n"
    "取消以后这些都不算数，出勤、学时和任务跟着变；登记都留着，回复 恢复会议 {title} 就回来。\n"
    "回复 {confirm} 取消这个会，回复 取消 作罢"
)
_CANCELS = "取消会议"
_EVER = timedelta(days=400)
_LATELY = timedelta(days=7)  # a meeting that was called and not held


def handle_move(slots: MoveSlots, context: Context) -> Reply:
    """Move a meeting; a part that is not said stays as it was."""
    found = find_called(context, slots.title, slots.of, asked="改期", near=slots.day)
    if len(found) == 1:
        return _move(found[0], slots, context)
    return ask(context, "event_move", WHICH_MOVE, options_of(found, _kept(slots), context))


def resume_move(option: Mapping[str, Any], context: Context) -> Reply:
    """Move the meeting chosen, or show how several of a series would be moved."""
    slots = MoveSlots(
        title="",
        day=date.fromisoformat(option["day"]) if option["day"] else None,
        at=time.fromisoformat(option["at"]) if option["at"] else None,
        place=option["place"],
    )
    meeting = chosen(option, context)
    scope = Scope(option.get("scope", Scope.THIS.value))
    if scope is Scope.THIS:
        return _move(meeting, slots, context, settled="scope" in option)
    if "shown" in option:
        return move_series(meeting, scope, slots.day, slots.at, slots.place, context)
    days = plan_series(meeting, scope, slots.day, slots.at, context)
    text = say(
        PREVIEW_MOVE, title=event(meeting.short_title), n=len(days), days=event("、".join(days))
    )
    return preview(context, "event_move", len(days), {**option, "shown": True}, text, counted="次")


def handle_cancel(slots: CancelSlots, context: Context) -> Reply:
    """Cancel a meeting."""
    try:
        found = find_called(
            context,
            slots.title,
            slots.of,
            asked=_CANCELS,
            back=_EVER if slots.reason else _LATELY if slots.title else timedelta(),
            as_one=False,
            recorded=bool(slots.reason),
        )
    except DomainError:
        own = _own_signups(slots.title, context)
        if not own:
            raise
        return ask(context, "signup_cancel", OWN_SIGNUP, own)
    kept = {"reason": slots.reason}
    if len(found) == 1:
        return _cancel(found[0], kept, context)
    options = options_of(found, kept, context)
    if len({(meeting.event_id, meeting.unit_id) for meeting in found}) == 1:
        options.append((WHOLE, {**kept, "meeting": found[0].id, "whole": True}))
    if len({m.event_id for m in found}) == 1 < len({m.unit_id for m in found}):
        options.append((ALL_UNITS, {**kept, "meeting": found[0].id, "jointly": True}))
    return ask(context, "event_cancel", WHICH_CANCEL, options)


def _own_signups(title: str, context: Context) -> list[Option]:
    """Return what the writer is signed up for under this name: he may mean his own seat.

    Who may not cancel it, or has no such meeting to cancel, is asked rather than refused.
    """
    if context.actor.member_id is None or not title:
        return []
    held = study.list_held(context.session, context.actor, context.now)
    named = study.matching(held, None, title)
    return [(LABEL.format(title=m.title, start=m.start_words), {"number": m.id}) for m in named]


def resume_cancel(option: Mapping[str, Any], context: Context) -> Reply:
    """Cancel the meeting chosen, or that of a preview."""
    meeting = chosen(option, context)
    scope = Scope(option.get("scope", Scope.THIS.value))
    if scope is not Scope.THIS:
        return cancel_series(meeting, scope, context)
    if "scope" in option or option.get("whole") or option.get("jointly") or "shown" in option:
        return _cancel_one(meeting, option, context)
    return _cancel(meeting, option, context)


def _cancel(meeting: MeetingView, kept: Mapping[str, Any], context: Context) -> Reply:
    """Cancel a meeting; of a series ask first how much of it is meant."""
    following = series.list_following(context.session, meeting, context.now)
    if len(following) < 2 or meeting.starts_at <= context.now:
        return _cancel_one(meeting, kept, context)
    return ask(context, "event_cancel", HOW_MUCH_CANCEL, scopes_of(following, meeting, kept))


def _cancel_one(meeting: MeetingView, kept: Mapping[str, Any], context: Context) -> Reply:
    """Cancel a meeting; what was held and recorded only with a reason, and once it was shown."""
    whole, reason = bool(kept.get("whole")), kept.get("reason", "")
    if kept.get("jointly"):
        return cancel_meeting(meeting, context, jointly=True, reason=reason)
    if not reason or "shown" in kept:
        return cancel_meeting(meeting, context, whole=whole, reason=reason)
    traces = traces_of(meeting, context, whole=whole)
    if not traces:
        return cancel_meeting(meeting, context, whole=whole, reason=reason)
    kept = {"meeting": meeting.id, "whole": whole, "reason": reason, "shown": True}
    text = say(
        PREVIEW_CANCEL,
        title=event(meeting.title),
        when=event(meeting.when),
        what=traces_words(traces),
        confirm=f"确认{traces.marks}" if traces.marks else "确认",
    )
    return preview(context, "event_cancel", traces.marks or None, kept, text)


def _kept(slots: MoveSlots) -> dict[str, Any]:
    return {
        "day": slots.day.isoformat() if slots.day else None,
        "at": slots.at.isoformat() if slots.at else None,
        "place": slots.place,
    }


def _move(
    meeting: MeetingView, slots: MoveSlots, context: Context, *, settled: bool = False
) -> Reply:
    """Move a meeting; of a series ask first how much of it is meant, unless that is settled."""
    if slots.day is None and slots.at is None:
        old = local(meeting.starts_at)
        example = f"{day_words(old.date() + timedelta(days=1))} {old:%H:%M}"
        return Reply(say(WHEN, title=event(meeting.title), when=event(meeting.when), start=example))
    following = [] if settled else series.list_following(context.session, meeting, context.now)
    if len(following) > 1:
        options = scopes_of(following, meeting, _kept(slots))
        return ask(context, "event_move", HOW_MUCH_MOVE, options)
    return move_meeting(meeting, slots.day, slots.at, slots.place, context)


MOVE = Intent(
    name="event_move",
    title="改期",
    recognise=recognise_move,
    handle=handle_move,
    resume=resume_move,
    examples=(
        "改期 支部党员大会 3月13日 15:00",
        "改期 主题党日 17日下午3点 社区一楼",
        "改期",
        "改期 党课",
        "主题党日改到26号",
    ),
    silent=("会议改期了吗", "改期再说", "改到哪天了"),
    for_secretaries=True,
)
CANCEL = Intent(
    name="event_cancel",
    title="取消会议",
    recognise=recognise_cancel,
    handle=handle_cancel,
    resume=resume_cancel,
    examples=(
        "取消会议 支部党员大会",
        "取消会议",
        "取消 会议",
        "取消会议 3月13日的党课",
        "取消会议 3月支部党员大会 原因 重复登记",
        "支委会不开了",
    ),
    silent=("会议取消了吗", "取消会议通知了吗"),
    for_secretaries=True,
)
