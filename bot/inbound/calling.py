"""Calling one gathering of several meetings (建会 支部党员大会+党课), and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.cadence import MeetingKind
from bot.domain.ids import UnitId
from bot.domain.privacy import count, event, say
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.inviting import ask_at_once
from bot.inbound.replies import Reply
from bot.services import gatherings

CALLED_TOGETHER = (
    "✓ 已建一场{n}个会：{title}，{when}。应到{expected}人，提醒只发一条，签到一次都算；"
    "会后各记各的纪要。改时间回复 改期，不开了回复 取消会议。"
)
TOGETHER_TOLD = (
    "✓ 已建一场{n}个会：{title}，{when}。应到{expected}人，{told}，签到一次都算；"
    "会后各记各的纪要。改时间回复 改期，不开了回复 取消会议。"
)
NOT_BACK = "建会不能撤销。不开了请回复 取消会议 {title}"


def call_together(
    kinds: Sequence[MeetingKind],
    starts_at: datetime,
    place: str,
    context: Context,
    unit: UnitId | None = None,
) -> Reply:
    """Call one gathering of several meetings, each with a record of its own."""
    called = gatherings.call(
        context.session,
        kinds=kinds,
        starts_at=starts_at,
        place=place,
        by=context.actor,
        now=context.now,
        unit=unit,
    )
    bar(context, "建会", NOT_BACK.format(title=called.meetings[0].short_title))
    told = ask_at_once(called.meetings, context)
    return Reply(
        say(
            CALLED_TOGETHER if told is None else TOGETHER_TOLD,
            told=told or "",
            title=event(called.title),
            when=event(called.meetings[0].when),
            expected=count(called.expected),
            n=len(called.meetings),
        )
    )
