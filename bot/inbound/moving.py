"""Moving and calling off a meeting, and what is answered: who is told of it, who is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time

from bot.clock import at as moment_at
from bot.clock import local
from bot.domain.cadence import MeetingKind
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.series import Scope
from bot.domain.wording import day_words, later_words, names_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.replies import Reply
from bot.services import announcements, meeting_ends, meetings, scopes, series
from bot.services.announcements import Changed
from bot.services.meeting_ends import Traces
from bot.services.meetings import MeetingView

MOVED = "✓ 已改期：{title}，{when}。原来的提醒已作废，会重新提醒大家。"
MOVED_SOON = "✓ 已改期：{title}，{when}。会就在眼前，要告诉大家请回复 发通知 {title}改到{when}"
MOVED_SOON_SOME = "✓ 已改期：{title}，{when}。会就在眼前，请直接告诉应到的人。"
MOVED_TOLD = "✓ 已改期：{title}，{when}。{told}。"
CANCELLED = "✓ {title}（{when}）已取消，不再提醒。取消错了回复 撤销"
CANCELLED_TOLD = "✓ {title}（{when}）已取消。{told}。取消错了回复 撤销"
RESTORED = "✓ 已恢复：{title}，{when}。登记、报名都照原来的。"
RESTORED_TOLD = "✓ 已恢复：{title}，{when}。登记、报名都照原来的。{told}。"
RESTORED_SEVERAL = "✓ 已恢复{n}次：{days}。"
MOVED_SEVERAL = "✓ 已改期{n}次{title}：{days}。原来的提醒已作废，知道原来安排的人会告诉到。"
CANCELLED_SEVERAL = "✓ 已取消{n}次{title}：{days}。知道原来安排的人会告诉到。取消错了回复 撤销"
TELLING = "正在告诉知道原来安排的{n}人{group}{left}"
TELLS_LATER = "{when}告诉知道原来安排的{n}人{group}{left}"
NOT_BACK = "改期不能撤销。要改回去请回复 改期 {title} {start} {place}"
NOT_BACK_SEVERAL = (
    "改期不能撤销。要改回去请再改一次，范围选得一样，先看预览：改期 {title} {start} {place}"
)
AND_GROUP = "和群里"
ANSWER_AGAIN = "，请他们重新答复"
LEFT = "（{names}没有账号，请打电话）"


def move_meeting(
    meeting: MeetingView, day: date | None, at: time | None, place: str | None, context: Context
) -> Reply:
    """Move a meeting; a part that is None stays as it was."""
    old = local(meeting.starts_at)
    day, clock = day or old.date(), at or old.time()
    changed = announcements.move(
        context.session,
        meeting_id=meeting.id,
        starts_at=moment_at(day, clock.hour, clock.minute),
        place=place,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    _bar(NOT_BACK, meeting, "改期", context)
    soon = meetings.announced_at(changed.meeting.starts_at) <= context.arrived_at
    asks = ANSWER_AGAIN if changed.meeting.seats is None else ""
    some = changed.meeting.kind in (MeetingKind.COMMITTEE, MeetingKind.CELL)
    untold = (MOVED_SOON_SOME if some else MOVED_SOON) if soon else MOVED
    return _reply(changed, MOVED_TOLD, untold, context, asks)


def move_series(
    meeting: MeetingView,
    scope: Scope,
    day: date | None,
    at: time | None,
    place: str | None,
    context: Context,
) -> Reply:
    """Move times of a series by as much as the one named is moved."""
    old = local(meeting.starts_at)
    on, clock = day or old.date(), at or old.time()
    changed = series.move(
        context.session,
        meeting_id=meeting.id,
        scope=scope,
        starts_at=moment_at(on, clock.hour, clock.minute),
        place=place,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    _bar(NOT_BACK_SEVERAL, meeting, "改期", context)
    return _of_several(MOVED_SEVERAL, meeting, [one.meeting.start_words for one in changed])


def cancel_series(meeting: MeetingView, scope: Scope, context: Context) -> Reply:
    """Call times of a series off."""
    gone = series.cancel(
        context.session,
        meeting_id=meeting.id,
        scope=scope,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    return _of_several(CANCELLED_SEVERAL, meeting, [day_words(one.meeting.day) for one in gone])


def _of_several(template: str, meeting: MeetingView, days: Sequence[str]) -> Reply:
    title = event(meeting.short_title)
    return Reply(say(template, title=title, n=len(days), days=event("、".join(days))))


def cancel_meeting(
    meeting: MeetingView,
    context: Context,
    *,
    whole: bool = False,
    jointly: bool = False,
    reason: str = "",
) -> Reply:
    """Call a meeting off.

    Args:
        whole: With all that is held in one gathering with it.
        jointly: With what other branches hold together with it.
        reason: Why, where it was said.
    """
    if jointly:
        held = (meeting, *meetings.list_joint(context.session, meeting))
        units = scopes.names_of(context.session, [one.unit_id for one in held])
        gone = announcements.cancel_jointly(
            context.session,
            meeting_id=meeting.id,
            reason=reason,
            by=context.actor,
            now=context.arrived_at,
            routes=context.routes,
            hours=context.hours,
        )
        title = f"{'、'.join(units[one.unit_id] for one in held)}的{meeting.short_title}"
        gone = replace(gone, meeting=replace(gone.meeting, title=title))
        return _reply(gone, CANCELLED_TOLD, CANCELLED, context)
    changed = announcements.cancel(
        context.session,
        meeting_id=meeting.id,
        whole=whole,
        reason=reason,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    return _reply(changed, CANCELLED_TOLD, CANCELLED, context)


def traces_of(meeting: MeetingView, context: Context, *, whole: bool = False) -> Traces:
    """Return what is on record of a meeting that has begun, or of its whole gathering."""
    meant = meetings.list_together(context.session, meeting) if whole else [meeting]
    found = [meeting_ends.traces_of(context.session, one, context.arrived_at) for one in meant]
    return sum(found, Traces())


def traces_words(traces: Traces) -> str:
    """Return what is on record: `签到5人、纪要3条`."""
    said = (
        ("到会{n}人", traces.present),
        ("缺席或等同意{n}人", traces.marks - traces.present),
        ("写明的人数{n}", traces.stated),
        ("纪要{n}条", traces.lines),
        ("表决{n}项", traces.votes),
    )
    words = [template.format(n=n) for template, n in said if n]
    return "、".join([*words, *(["已确认的纪要"] if traces.confirmed else [])])


def tell_restored(restored: Sequence[MeetingView], context: Context) -> Reply:
    """Say that meetings were brought back, and tell who had been told that they were off."""
    by_event: dict[int, list[MeetingView]] = {}
    for meeting in restored:
        by_event.setdefault(meeting.event_id, []).append(meeting)
    changed = [
        announcements.tell_restored(
            context.session,
            together,
            by=context.actor,
            now=context.arrived_at,
            routes=context.routes,
            hours=context.hours,
        )
        for together in by_event.values()
    ]
    if len(changed) > 1:
        days = event("、".join(day_words(one.meeting.day) for one in changed))
        return Reply(say(RESTORED_SEVERAL, n=len(changed), days=days))
    return _reply(changed[0], RESTORED_TOLD, RESTORED, context)


def plan_series(
    meeting: MeetingView, scope: Scope, day: date | None, at: time | None, context: Context
) -> list[str]:
    """Return when times of a series would be held, in words."""
    old = local(meeting.starts_at)
    on, clock = day or old.date(), at or old.time()
    planned = series.plan_move(
        context.session,
        meeting=meeting,
        scope=scope,
        starts_at=moment_at(on, clock.hour, clock.minute),
        now=context.now,
    )
    moments = [local(starts_at) for _, starts_at in planned]
    return [f"{day_words(moment.date())} {moment:%H:%M}" for moment in moments]


def _bar(words: str, old: MeetingView, title: str, context: Context) -> None:
    """Let 撤销 say how to put a meeting back as it was."""
    sentence = words.format(title=old.short_title, start=old.start_words, place=old.place)
    bar(context, title, sentence.rstrip())


def _reply(changed: Changed, told: str, untold: str, context: Context, asks: str = "") -> Reply:
    """Say what was changed, and who is told; nobody where nobody knew of it."""
    knew = changed.told or changed.unreachable or changed.in_group
    left = LEFT.format(names=names_words(changed.unreachable)) if changed.unreachable else ""
    later = changed.tells_at > context.arrived_at
    words = (TELLS_LATER if later else TELLING).format(
        when=later_words(changed.tells_at, context.arrived_at),
        n=changed.told,
        group=AND_GROUP if changed.in_group else "",
        left=left + asks,
    )
    return Reply(
        say(
            told if knew else untold,
            title=event(changed.meeting.title),
            when=event(changed.meeting.when),
            told=Fact(FactKind.ROLL, words) if left else words,
        )
    )
