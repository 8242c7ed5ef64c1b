"""Bringing a cancelled meeting back with all that hung on it (恢复会议 党员大会).

Example:
    李建国: 恢复会议 支部党员大会
    » ✓ 已恢复：3月支部党员大会，3月12日（周四）10:00 社区二楼。登记、报名都照原来的。
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.errors import DomainError
from bot.inbound.called import chosen, is_called_so, options_of
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.moving import tell_restored
from bot.inbound.questions import ask
from bot.inbound.replies import Reply
from bot.inbound.utterance import Mood, Utterance
from bot.services import meeting_ends
from bot.services.meetings import MeetingView

WHICH = "要恢复哪个会：{choices}。回复数字就行。"
NONE = "没有取消过的会。"
NO_SUCH = "没有找到这个取消了的会。取消过的有：\n{listed}"
MOST = 5
_RESTORE = re.compile(r"(?:恢复|撤销取消|找回)(?:取消的)?会议[ :：]?(?P<title>.{0,40})")


@dataclass(frozen=True, slots=True)
class RestoreSlots:
    """A cancelled meeting; an empty title means the only one, or that day's."""

    title: str
    of: date | None = None


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise `恢复会议 [日期] [名称]`."""
    text = utterance.text
    found = _RESTORE.fullmatch(text) if "会议" in text else None
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    title, of = found["title"], None
    for span in utterance.past_dates:
        if isinstance(span.value, date) and span.start >= found.start("title"):
            title = title.replace(text[span.start : span.end], "", 1)
            of = span.value
    return [Reading(RestoreSlots(title.strip(" 的，,"), of), Strength.EXACT, (0, len(text)))]


def handle(slots: RestoreSlots, context: Context) -> Reply:
    """Bring a meeting back."""
    cancelled = meeting_ends.list_cancelled(context.session, by=context.actor, now=context.now)
    if not cancelled:
        raise DomainError(NONE)
    found = [
        meeting
        for meeting in cancelled
        if is_called_so(meeting, slots.title) and _is_on(meeting, slots.of)
    ]
    if not found:
        listed = "\n".join(f"{one.title}：{one.when}" for one in cancelled[:MOST])
        raise DomainError(NO_SUCH.format(listed=listed))
    if len(found) > 1:
        return ask(context, NAME, WHICH, options_of(found, {}, context))
    return _restore(found[0], context)


def resume(option: Mapping[str, Any], context: Context) -> Reply:
    """Bring the meeting chosen back."""
    return _restore(chosen(option, context), context)


def _restore(meeting: MeetingView, context: Context) -> Reply:
    back = meeting_ends.restore(
        context.session, meeting_id=meeting.id, by=context.actor, now=context.arrived_at
    )
    return tell_restored([back], context)


def _is_on(meeting: MeetingView, of: date | None) -> bool:
    """Tell whether a meeting is on a day; a day without its year may be one to come."""
    return of is None or (meeting.day.month, meeting.day.day) == (of.month, of.day)


NAME = "event_restore"
INTENT = Intent(
    name=NAME,
    title="恢复会议",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=("恢复会议 支部党员大会", "恢复会议", "恢复会议 3月12日的支部党员大会"),
    silent=("会议恢复了吗", "恢复组织生活", "会议恢复正常"),
    for_secretaries=True,
)
