"""Moving and calling off a meeting, and what is answered: who is told of it, who is not."""

from __future__ import annotations

from collections.abc import Sequence
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
from bot.services import announcements, meetings, series
from bot.services.announcements import Changed
from bot.services.meetings import MeetingView

MOVED = "✓ 已改期：{title}，{when}。原来的提醒已作废，会重新提醒大家。"
MOVED_SOON = "✓ 已改期：{title}，{when}。会就在眼前，要告诉大家请回复 发通知 {title}改到{when}"
MOVED_SOON_SOME = "✓ 已改期：{title}，{when}。会就在眼前，请直接告诉应到的人。"
MOVED_TOLD = "✓ 已改期：{title}，{when}。{told}。"
CANCELLED = "✓ {title}（{when}）已取消，不再提醒。"
CANCELLED_TOLD = "✓ {title}（{when}）已取消。{told}。"
MOVED_SEVERAL = "✓ 已改期{n}次{title}：{days}。原来的提醒已作废，知道原来安排的人会告诉到。"
CANCELLED_SEVERAL = "✓ 已取消{n}次{title}：{days}。知道原来安排的人会告诉到。"
TELLING = "正在告诉知道原来安排的{n}人{group}{left}"
TELLS_LATER = "{when}告诉知道原来安排的{n}人{group}{left}"
NOT_BACK = "改期不能撤销。要改回去请回复 改期 {title} {start} {place}"
NOT_REVIVED = "取消了的会不能恢复。还要开，请重新安排，回复 建会 {title} {start} {place}"
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
    _bar(NOT_BACK, meeting, "改期", context)
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
    _bar(NOT_REVIVED, meeting, "取消会议", context)
    return _of_several(CANCELLED_SEVERAL, meeting, [day_words(one.meeting.day) for one in gone])


def _of_several(template: str, meeting: MeetingView, days: Sequence[str]) -> Reply:
    title = event(meeting.short_title)
    return Reply(say(template, title=title, n=len(days), days=event("、".join(days))))


def cancel_meeting(meeting: MeetingView, context: Context, *, whole: bool = False) -> Reply:
    """Call a meeting off.

    Args:
        whole: With all that is held in one gathering with it.
    """
    changed = announcements.cancel(
        context.session,
        meeting_id=meeting.id,
        whole=whole,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    _bar(NOT_REVIVED, meeting, "取消会议", context)
    return _reply(changed, CANCELLED_TOLD, CANCELLED, context)


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
