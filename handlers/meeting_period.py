"""Which period a meeting counts for (1月23日组织生活会计入2025年度).

Example:
    李建国: 1月23日组织生活会计入2025年度
    » ✓ 已改：1月组织生活会（1月23日（周五））计入2025年度，原来计入2026年度。开会的日期不变。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.clock import day_of
from bot.domain.cadence import Period
from bot.domain.periods import Quarter, Year
from bot.domain.privacy import event, say
from bot.domain.rights import Action
from bot.domain.wording import period_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.minutes import Which, find_which
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import meeting_period, minutes

DONE = "✓ 已改：{title}（{when}）计入{period}，原来计入{before}。开会的日期不变。"

EXAMPLES = (
    "1月23日组织生活会计入2025年度",
    "3月党员大会算一季度的",
    "党员大会计入一季度",
    "计入2025年度",
    "民主评议 计入 2025年度 原因 去年的推迟到今年开",
)
SILENT = ("党费算一季度的", "这次会算几月的", "算一季度的吗", "报名算我一个", "党课算学时吗")

_COUNTS = re.compile(
    r"(?P<title>[^，。？?]{0,24}?)\s?(?:计入|算作|算到|算在|算|记入|记到)\s?"
    r"(?P<period>(?:(?:\d{4}|去|今|前|本)年)?(?:度)?(?:第?[一二三四1-4]季度|\d{1,2}月(?:份)?)?)(?:的)?"
    r"(?:[\s，,]+原因\s?[:：]?\s?(?P<reason>.+))?"
)


@dataclass(frozen=True, slots=True)
class PeriodSlots:
    """A meeting and the period it is to count for."""

    which: Which
    period: Period
    reason: str = ""


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise `会议 计入 时段`; without a meeting only behind 计入, said to the bot."""
    found = _COUNTS.fullmatch(utterance.text)
    if found is None or not found["period"]:
        return []
    which = find_which(utterance, found["title"])
    if which is None or (which.title is None and not utterance.text.startswith("计入")):
        return []
    if which.title is None and not utterance.addressed:
        return []
    period = _period(utterance, found)
    if period is None:
        return []
    slots = PeriodSlots(which, period, found["reason"] or "")
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _period(utterance: Utterance, found: re.Match[str]) -> Period | None:
    """Return the month, quarter or year named behind 计入."""
    start, end = found.span("period")
    within = [span.value for span in utterance.months if start <= span.start < end]
    if within and isinstance(within[0], tuple):
        months = within[0]
        return Quarter.of(months[0].first) if len(months) == 3 else months[0]
    for span in utterance.years:
        if start <= span.start < end and isinstance(span.value, tuple):
            return Year(span.value[0].year)
    return None


def handle(slots: PeriodSlots, context: Context) -> Reply:
    """Let a meeting count for another period than the one it was held in."""
    meeting = minutes.find_meeting(
        context.session,
        title=slots.which.title,
        days=slots.which.days,
        by=context.actor,
        now=context.now,
        action=Action.RECORD_ATTENDANCE,
    )
    changed, before = meeting_period.count_for(
        context.session,
        meeting_id=meeting.id,
        period=slots.period,
        by=context.actor,
        now=context.arrived_at,
        reason=slots.reason,
    )
    year = day_of(context.now).year
    return Reply(
        say(
            DONE,
            title=event(meeting.title),
            when=event(meeting.when),
            period=period_words(changed, year),
            before=period_words(before, year),
        )
    )


INTENT = Intent(
    name="meeting_period",
    title="会算哪一期的",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
