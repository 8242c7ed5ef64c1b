"""Moving and cancelling a meeting (改期, 取消会议).

Example:
    李书记: 改期 支部党员大会 3月13日 15:00
    » ✓ 已改期：3月支部党员大会，3月13日（周五）15:00 社区二楼。原来的提醒已作废，会重新提醒大家。
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from bot.clock import at as moment_at
from bot.clock import local
from bot.domain.cadence import find_kind
from bot.domain.errors import DomainError
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.rights import Action
from bot.domain.wording import later_words, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import announcements, meetings, people
from bot.services.announcements import Changed
from bot.services.meetings import MeetingView

MOVED = "✓ 已改期：{title}，{when}。原来的提醒已作废，会重新提醒大家。"
MOVED_SOON = "✓ 已改期：{title}，{when}。会就在眼前，要告诉大家请回复 发通知 {title}改到{when}"
MOVED_TOLD = "✓ 已改期：{title}，{when}。{told}。"
CANCELLED = "✓ {title}（{when}）已取消，不再提醒。"
CANCELLED_TOLD = "✓ {title}（{when}）已取消。{told}。"
TELLING = "正在告诉知道原来安排的{n}人{group}{left}"
TELLS_LATER = "{when}告诉知道原来安排的{n}人{group}{left}"
AND_GROUP = "和群里"
ANSWER_AGAIN = "，请他们重新答复"
LEFT = "（{names}没有账号，请打电话）"
WRITE_SO = "没看懂改到什么时候。请这样写：改期 支部党员大会 3月13日 15:00"
NO_SUCH = "没有找到这个会。已安排的有：\n{listed}"
NONE_CALLED = "现在没有已安排的会。"
SEVERAL = "有几个会对得上，请写全名称：\n{listed}"
_MOVE = re.compile(r"(?:改期|会议改期|改会)[ :：]?")
_CANCEL = re.compile(r"(?:取消会议|取消会)[ :：]?(.{0,30})")


@dataclass(frozen=True, slots=True)
class MoveSlots:
    """A meeting and its new time."""

    title: str
    day: date | None
    at: time | None
    place: str | None


@dataclass(frozen=True, slots=True)
class CancelSlots:
    """A meeting that will not be held; an empty title means the only one called."""

    title: str


def recognise_move(utterance: Utterance) -> list[Reading]:
    """Recognise `改期 会议 日期 时间 [地点]`."""
    found = _MOVE.match(utterance.text)
    if found is None or not utterance.clauses:
        return []
    spans = sorted((*utterance.dates, *utterance.times), key=lambda span: span.start)
    if not spans:
        return []
    day = next((span.value for span in utterance.dates), None)
    at = next((span.value for span in utterance.times), None)
    slots = MoveSlots(
        title=utterance.text[found.end() : spans[0].start].strip(" 到至，,"),
        day=day if isinstance(day, date) else None,
        at=at if isinstance(at, time) else None,
        place=utterance.text[spans[-1].end :].strip(" ，,。") or None,
    )
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise `取消会议 [名称]`."""
    found = _CANCEL.fullmatch(utterance.text)
    if found is None:
        return []
    return [Reading(CancelSlots(found[1].strip()), Strength.EXACT, (0, len(utterance.text)))]


def handle_move(slots: MoveSlots, context: Context) -> Reply:
    """Move a meeting; a part that is not said stays as it was."""
    meeting = _find(slots.title, context)
    if slots.day is None and slots.at is None:
        raise DomainError(WRITE_SO)
    old = local(meeting.starts_at)
    day, clock = slots.day or old.date(), slots.at or old.time()
    changed = announcements.move(
        context.session,
        meeting_id=meeting.id,
        starts_at=moment_at(day, clock.hour, clock.minute),
        place=slots.place,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    soon = meetings.announced_at(changed.meeting.starts_at) <= context.arrived_at
    asks = ANSWER_AGAIN if changed.meeting.seats is None else ""
    return _reply(changed, MOVED_TOLD, MOVED_SOON if soon else MOVED, context, asks)


def handle_cancel(slots: CancelSlots, context: Context) -> Reply:
    """Cancel a meeting."""
    meeting = _find(slots.title, context)
    changed = announcements.cancel(
        context.session,
        meeting_id=meeting.id,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    return _reply(changed, CANCELLED_TOLD, CANCELLED, context)


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


def _find(title: str, context: Context) -> MeetingView:
    branch_id = people.scope_of(context.actor, Action.CALL_MEETING)
    called = meetings.list_called(context.session, branch_id, context.now)
    if not called:
        raise DomainError(NONE_CALLED)
    kind = find_kind(title) if title else None
    found = [m for m in called if title in m.title or (kind is not None and m.kind is kind)]
    if not found:
        raise DomainError(NO_SUCH.format(listed=_listed(called)))
    if len(found) > 1:
        exact = [meeting for meeting in found if meeting.title == title]
        if len(exact) != 1:
            raise DomainError(SEVERAL.format(listed=_listed(found)))
        return exact[0]
    return found[0]


def _listed(called: Sequence[MeetingView]) -> str:
    return meetings.describe(called[:5])


MOVE = Intent(
    name="event_move",
    title="改期",
    recognise=recognise_move,
    handle=handle_move,
    examples=("改期 支部党员大会 3月13日 15:00", "改期 主题党日 17日下午3点 社区一楼"),
    silent=("会议改期了吗", "改期再说"),
    for_secretaries=True,
)
CANCEL = Intent(
    name="event_cancel",
    title="取消会议",
    recognise=recognise_cancel,
    handle=handle_cancel,
    examples=("取消会议 支部党员大会", "取消会议"),
    silent=("会议取消了吗",),
    for_secretaries=True,
)
