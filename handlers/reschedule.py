"""Moving and cancelling a meeting (改期, 取消会议).

Example:
    李书记: 改期 支部党员大会 3月13日 15:00
    » ✓ 已改期：3月支部党员大会，3月13日（周五）15:00 社区二楼。原来的提醒已作废，会重新提醒大家。
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from bot.clock import at as moment_at
from bot.clock import local
from bot.domain.cadence import find_kind
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.prompts import MAX_CHOICES
from bot.domain.rights import Action
from bot.domain.wording import day_words, later_words, names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply
from bot.inbound.utterance import Mood, Utterance
from bot.services import announcements, meetings, people, undo
from bot.services.announcements import Changed
from bot.services.meetings import MeetingView

MOVED = "✓ 已改期：{title}，{when}。原来的提醒已作废，会重新提醒大家。"
MOVED_SOON = "✓ 已改期：{title}，{when}。会就在眼前，要告诉大家请回复 发通知 {title}改到{when}"
MOVED_TOLD = "✓ 已改期：{title}，{when}。{told}。"
CANCELLED = "✓ {title}（{when}）已取消，不再提醒。"
CANCELLED_TOLD = "✓ {title}（{when}）已取消。{told}。"
TELLING = "正在告诉知道原来安排的{n}人{group}{left}"
TELLS_LATER = "{when}告诉知道原来安排的{n}人{group}{left}"
NOT_BACK = "改期不能撤销。要改回去请回复 改期 {title} {start} {place}"
NOT_REVIVED = "取消了的会不能恢复。还要开，请重新安排，回复 建会 {title} {start} {place}"
AND_GROUP = "和群里"
ANSWER_AGAIN = "，请他们重新答复"
LEFT = "（{names}没有账号，请打电话）"
WHEN = "{title}现在是{when}。改到什么时候？请这样写：改期 {title} {start}"
WHICH_MOVE = "要改哪个会：{choices}。回复数字就行。"
WHICH_CANCEL = "要取消哪个会：{choices}。回复数字就行。"
LABEL = "{title}（{start}）"
NO_SUCH = "没有找到这个会。已安排的有：\n{listed}"
NONE_CALLED = "现在没有已安排的会。"
_MOVE = re.compile(r"(?:会议)?(?:改期|改会)[ :：]?(?P<rest>.{0,60})")
_MOVED_TO = re.compile(
    r"(?P<title>[^，。？]{0,20}?)(?:改期?|推迟|提前)(?:到|至|在)(?P<rest>.{2,40})"
)
_NOTICE = re.compile(r"(?:请|麻烦|帮我?)?(?:发|通知|公告|告诉|转告)")
_CANCEL = re.compile(r"取消 ?会(?!议室)议?[ :：]?(?P<title>.{0,30})")
_NOT_MEANT = re.compile(r"[吗？没]|怎|什么|如何|再说|^[了啊吧]|通知|报名")


@dataclass(frozen=True, slots=True)
class MoveSlots:
    """A meeting and its new time; what is None was not said and stays, or must be asked for."""

    title: str
    day: date | None = None
    at: time | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class CancelSlots:
    """A meeting that will not be held; an empty title means the only one called."""

    title: str


def recognise_move(utterance: Utterance) -> list[Reading]:
    """Recognise `改期 会议 日期 时间 [地点]`, and 主题党日改到26号."""
    text = utterance.text
    spans = sorted((*utterance.dates, *utterance.times), key=lambda span: span.start)
    found = _MOVE.fullmatch(text) or (_said_in_passing(utterance) if spans else None)
    if found is None or not utterance.clauses or _NOT_MEANT.search(found["rest"]):
        return []
    if any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    named = found["title"] if "title" in found.groupdict() else ""
    end = spans[0].start if spans else len(text)
    day = next((span.value for span in utterance.dates), None)
    at = next((span.value for span in utterance.times), None)
    slots = MoveSlots(
        title=(named or text[found.start("rest") : end]).strip(" 到至，,"),
        day=day if isinstance(day, date) else None,
        at=at if isinstance(at, time) else None,
        place=(text[spans[-1].end :].strip(" ，,。") or None) if spans else None,
    )
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def _said_in_passing(utterance: Utterance) -> re.Match[str] | None:
    """Read 主题党日改到26号: said to us, of a meeting of ours; no notice that tells of it."""
    if _NOTICE.match(utterance.text):
        return None
    found = _MOVED_TO.fullmatch(utterance.text) if utterance.addressed else None
    ours = found is not None and (not found["title"] or find_kind(found["title"]) is not None)
    return found if ours else None


def recognise_cancel(utterance: Utterance) -> list[Reading]:
    """Recognise `取消会议 [名称]`."""
    found = _CANCEL.fullmatch(utterance.text)
    if found is None or _NOT_MEANT.search(found["title"]):
        return []
    slots = CancelSlots(found["title"].strip())
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle_move(slots: MoveSlots, context: Context) -> Reply:
    """Move a meeting; a part that is not said stays as it was."""
    found = _find(slots.title, context, "改期")
    if len(found) == 1:
        return _move(found[0], slots, context)
    kept = {
        "day": slots.day.isoformat() if slots.day else None,
        "at": slots.at.isoformat() if slots.at else None,
        "place": slots.place,
    }
    return ask(context, "event_move", WHICH_MOVE, _options(found, kept))


def resume_move(option: Mapping[str, Any], context: Context) -> Reply:
    """Move the meeting chosen."""
    slots = MoveSlots(
        title="",
        day=date.fromisoformat(option["day"]) if option["day"] else None,
        at=time.fromisoformat(option["at"]) if option["at"] else None,
        place=option["place"],
    )
    return _move(_chosen(option, context), slots, context)


def handle_cancel(slots: CancelSlots, context: Context) -> Reply:
    """Cancel a meeting."""
    found = _find(slots.title, context, "取消会议")
    if len(found) == 1:
        return _cancel(found[0], context)
    return ask(context, "event_cancel", WHICH_CANCEL, _options(found, {}))


def resume_cancel(option: Mapping[str, Any], context: Context) -> Reply:
    """Cancel the meeting chosen."""
    return _cancel(_chosen(option, context), context)


def _move(meeting: MeetingView, slots: MoveSlots, context: Context) -> Reply:
    old = local(meeting.starts_at)
    if slots.day is None and slots.at is None:
        example = f"{day_words(old.date() + timedelta(days=1))} {old:%H:%M}"
        return Reply(say(WHEN, title=event(meeting.title), when=event(meeting.when), start=example))
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
    _bar(NOT_BACK, meeting, "改期", context)
    soon = meetings.announced_at(changed.meeting.starts_at) <= context.arrived_at
    asks = ANSWER_AGAIN if changed.meeting.seats is None else ""
    return _reply(changed, MOVED_TOLD, MOVED_SOON if soon else MOVED, context, asks)


def _cancel(meeting: MeetingView, context: Context) -> Reply:
    changed = announcements.cancel(
        context.session,
        meeting_id=meeting.id,
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
    undo.bar(
        context.session,
        member_id=context.member_id,
        sentence=sentence.rstrip(),
        title=title,
        at=context.now,
    )


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


def _find(title: str, context: Context, asked: str) -> list[MeetingView]:
    """Return the meetings that may be meant, at least one."""
    branch_id = people.scope_of(context.actor, Action.CALL_MEETING, asked)
    called = meetings.list_called(context.session, branch_id, context.now)
    if not called:
        raise DomainError(NONE_CALLED)
    found = [meeting for meeting in called if not title or meeting.is_called(title)]
    if not found:
        raise DomainError(NO_SUCH.format(listed=meetings.describe(called[:MAX_CHOICES])))
    exact = [meeting for meeting in found if meeting.title == title]
    return exact if len(exact) == 1 else found


def _options(found: Sequence[MeetingView], kept: Mapping[str, Any]) -> list[Option]:
    return [
        (LABEL.format(title=m.title, start=m.start_words), {"meeting": m.id, **kept})
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
    examples=("取消会议 支部党员大会", "取消会议", "取消 会议"),
    silent=("会议取消了吗", "取消会议通知了吗"),
    for_secretaries=True,
)
