"""Moving and cancelling a meeting (改期, 取消会议).

Example:
    李书记: 改期 支部党员大会 3月13日 15:00
    » ✓ 已改期：3月支部党员大会，3月13日（周五）15:00 社区二楼。原来的提醒已作废，会重新提醒大家。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from bot.clock import local
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.privacy import event, say
from bot.domain.prompts import MAX_CHOICES
from bot.domain.rights import Action
from bot.domain.series import Scope
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent
from bot.inbound.moving import cancel_meeting, cancel_series, move_meeting, move_series
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply
from bot.inbound.rescheduling import CancelSlots, MoveSlots, recognise_cancel, recognise_move
from bot.services import meetings, people, scopes, series, study
from bot.services.meetings import MeetingView

WHEN = "{title}现在是{when}。改到什么时候？请这样写：改期 {title} {start}"
WHICH_MOVE = "要改哪个会：{choices}。回复数字就行。"
WHICH_CANCEL = "要取消哪个会：{choices}。回复数字就行。"
LABEL = "{title}（{start}）"
NO_SUCH = "没有找到这个会。已安排的有：\n{listed}"
NONE_CALLED = "现在没有已安排的会。"
OWN_SIGNUP = (
    "活动要书记或组织委员才能取消。是要取消您自己的报名吗：{choices}。是请回复数字，不是就不用回。"
)
HOW_MUCH_MOVE = "这是每次都开的会，改哪些：{choices}。回复数字就行。"
HOW_MUCH_CANCEL = "这是每次都开的会，取消哪些：{choices}。回复数字就行。"
WHOLE = "整场都取消"
ONLY_THIS = "只{day}这一次"
THIS_AND_AFTER = "这次和以后的，共{n}次"
ALL_OF_IT = "还没开的全部，共{n}次"
_CANCELS = "取消会议"
_LATELY = timedelta(days=7)  # a meeting that was called and not held


def handle_move(slots: MoveSlots, context: Context) -> Reply:
    """Move a meeting; a part that is not said stays as it was."""
    found = _find(slots.title, slots.of, context, "改期")
    if len(found) == 1:
        return _move(found[0], slots, context)
    return ask(context, "event_move", WHICH_MOVE, _options(found, _kept(slots), context))


def resume_move(option: Mapping[str, Any], context: Context) -> Reply:
    """Move the meeting chosen."""
    slots = MoveSlots(
        title="",
        day=date.fromisoformat(option["day"]) if option["day"] else None,
        at=time.fromisoformat(option["at"]) if option["at"] else None,
        place=option["place"],
    )
    meeting = _chosen(option, context)
    scope = Scope(option.get("scope", Scope.THIS.value))
    if scope is not Scope.THIS:
        return move_series(meeting, scope, slots.day, slots.at, slots.place, context)
    return _move(meeting, slots, context, settled="scope" in option)


def handle_cancel(slots: CancelSlots, context: Context) -> Reply:
    """Cancel a meeting."""
    try:
        found = _find(slots.title, slots.of, context, _CANCELS)
    except DomainError:
        own = _own_signups(slots.title, context)
        if not own:
            raise
        return ask(context, "signup_cancel", OWN_SIGNUP, own)
    if len(found) == 1:
        return _cancel(found[0], context)
    options = _options(found, {}, context)
    if len({(meeting.event_id, meeting.unit_id) for meeting in found}) == 1:
        options.append((WHOLE, {"meeting": found[0].id, "whole": True}))
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
    """Cancel the meeting chosen."""
    meeting = _chosen(option, context)
    scope = Scope(option.get("scope", Scope.THIS.value))
    if scope is not Scope.THIS:
        return cancel_series(meeting, scope, context)
    if "scope" in option or option.get("whole"):
        return cancel_meeting(meeting, context, whole=bool(option.get("whole")))
    return _cancel(meeting, context)


def _cancel(meeting: MeetingView, context: Context) -> Reply:
    """Cancel a meeting; of a series ask first how much of it is meant."""
    following = series.list_following(context.session, meeting, context.now)
    if len(following) < 2:
        return cancel_meeting(meeting, context)
    return ask(context, "event_cancel", HOW_MUCH_CANCEL, _scopes(following, meeting, {}))


def _scopes(
    following: Sequence[MeetingView], meeting: MeetingView, kept: Mapping[str, Any]
) -> list[Option]:
    """Return the options of a series: this one, this and those after, all that are to come."""
    kept = {**kept, "meeting": meeting.id}
    after = series.meant(following, meeting, Scope.FOLLOWING)
    options: list[Option] = [
        (ONLY_THIS.format(day=day_words(meeting.day)), {**kept, "scope": Scope.THIS.value})
    ]
    if len(after) > 1:
        words = THIS_AND_AFTER.format(n=len(after))
        options.append((words, {**kept, "scope": Scope.FOLLOWING.value}))
    if len(following) > len(after):
        options.append((ALL_OF_IT.format(n=len(following)), {**kept, "scope": Scope.ALL.value}))
    return options


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
        options = _scopes(following, meeting, _kept(slots))
        return ask(context, "event_move", HOW_MUCH_MOVE, options)
    return move_meeting(meeting, slots.day, slots.at, slots.place, context)


def _find(title: str, of: date | None, context: Context, asked: str) -> list[MeetingView]:
    """Return the meetings that may be meant, at least one."""
    lately = asked == _CANCELS and bool(title)
    called = _called(context, asked, _LATELY if lately else timedelta())
    if not called:
        raise DomainError(NONE_CALLED)
    found = [meeting for meeting in called if not title or meeting.is_called(title)]
    found = [meeting for meeting in found if of is None or meeting.day == of]
    if not found:
        raise DomainError(NO_SUCH.format(listed=meetings.describe(called[:MAX_CHOICES])))
    exact = [meeting for meeting in found if meeting.title == title]
    return exact if len(exact) == 1 else _of_each(found, context, as_one=asked != _CANCELS)


def _of_each(found: Sequence[MeetingView], context: Context, *, as_one: bool) -> list[MeetingView]:
    """Return the next time of each series, and of each gathering the first, if it changes as one."""
    series_of = series.series_of(context.session, found)
    kept: dict[object, MeetingView] = {}
    for meeting in found:
        gathering = (meeting.event_id, meeting.unit_id) if as_one else meeting.id
        of_series = series_of.get(meeting.id)
        kept.setdefault(gathering if of_series is None else ("series", of_series), meeting)
    return list(kept.values())


def _called(context: Context, asked: str, back: timedelta) -> list[MeetingView]:
    """Return the meetings called in the writer's branch, or in all that the post answers for.

    Args:
        back: How long ago they may have been called for.
    """
    unit_id = people.scope_of(context.actor, Action.CALL_MEETING, asked)
    below = scopes.list_branches_below(context.session, unit_id)
    found = {
        meeting.id: meeting
        for branch_id in dict.fromkeys((unit_id, *(branch for branch, _ in below)))
        for meeting in meetings.list_called(context.session, branch_id, context.now - back)
    }
    return sorted(found.values(), key=lambda meeting: (meeting.starts_at, meeting.id))


def _options(
    found: Sequence[MeetingView], kept: Mapping[str, Any], context: Context
) -> list[Option]:
    """Return the meetings to choose from; of several branches each with its branch."""
    branches = {meeting.branch_id for meeting in found}
    names = scopes.names_of(context.session, branches) if len(branches) > 1 else {}
    return [
        (
            names.get(m.branch_id, "") + LABEL.format(title=m.title, start=m.start_words),
            {"meeting": m.id, **kept},
        )
        for m in found[:MAX_CHOICES]
    ]


def _chosen(option: Mapping[str, Any], context: Context) -> MeetingView:
    return meetings.get_meeting(context.session, MeetingId(option["meeting"]))


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
        "支委会不开了",
    ),
    silent=("会议取消了吗", "取消会议通知了吗"),
    for_secretaries=True,
)
