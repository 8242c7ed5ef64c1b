"""The meetings of a span of days, and where each stands (会议 3月).

Example:
    王敏: 会议 3月
    » 第三党支部3月的会：
    | 3月支部党员大会，3月12日（周四）10:00 社区二楼：已开完，记录未确认
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.domain.cadence import KIND_NAMES
from bot.domain.ids import UnitId
from bot.domain.meeting_stages import STAGE_NAMES
from bot.domain.periods import Month
from bot.domain.privacy import event, say
from bot.domain.rights import Action, may
from bot.domain.wording import day_words, month_ranges
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.roll_words import nearest_day
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import meeting_stages, meeting_topics, scopes, upper_counts

FOUND = "{unit}{days}的会：\n{lines}"
LINE = "{title}，{when}：{stage}"
MORE = "还有{n}个，请写短一点的日期再看，例如：会议 3月"
NONE = "{unit}{days}没有安排会。"
WHOSE = "会议 3月 {unit}"
YOURS = "您"
HELD = "开过的：{counts}。"
TIMES, ON_PARTY = "{kind}{n}次", "（研究党建{n}次）"
MOST_SHOWN = 30

EXAMPLES = ("会议 3月", "会议情况", "会议列表 一季度", "会议 3月 三支部", "看一下会议情况 3月12日")
SILENT = ("会议室在几楼", "会议情况怎么样", "会议 3月再定", "会议材料带了吗", "会议列表在哪看")

_LIST = re.compile(
    r"(?:请|帮我)?(?:查看|看一下|看看|看|查)?(?:(?:会议|开会)(?:情况|列表|一览)|会议(?=[\s:]))"
    r"(?P<rest>[\s:].*)?"
)
_SPARE = re.compile(r"[\s:，、到至\-~—–年度季的]")


@dataclass(frozen=True, slots=True)
class MeetingListSlots:
    """A question for the meetings of some days.

    Attributes:
        months: The months named.
        first, last: Else the days named, both included; None for this month.
        unit: The branch named, as written.
    """

    months: tuple[Month, ...] = ()
    first: date | None = None
    last: date | None = None
    unit: str | None = None


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 会议 with days, 会议情况, 会议列表, a unit, and nothing else (`EXACT`)."""
    found = _LIST.fullmatch(utterance.text)
    if found is None or not utterance.clauses:
        return []
    rest, unit = split_unit(found["rest"] or "")
    for span in (*utterance.dates, *utterance.months, *utterance.years):
        rest = rest.replace(utterance.text[span.start : span.end], "")
    if _SPARE.sub("", rest):
        return []
    whole = utterance.stretch(utterance.clauses)
    first, last = utterance.days_in(whole)
    if last is None:
        first = last = nearest_day(utterance)
    months = utterance.months_in(whole) if first is None else ()
    slots = MeetingListSlots(months, first, last, unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: MeetingListSlots, context: Context) -> Reply:
    """List the meetings of some days with where each stands."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    session, actor = context.session, context.actor
    months = slots.months or (Month.of(context.today),)
    first, last = slots.first or months[0].first, slots.last or months[-1].last
    unit_id: UnitId | None = None
    if slots.unit or not actor.branch_path or may(actor, Action.VIEW_LISTS, actor.branch_path):
        unit_id = scopes.unit_or_branch_meant(session, actor, Action.VIEW_LISTS, slots.unit, WHOSE)
        unit = scopes.name_of(session, unit_id)
        found = meeting_stages.list_of_unit(session, unit_id, first, last, by=actor)
    else:
        unit = YOURS
        found = meeting_stages.list_own(session, first, last, by=actor)
    days = _days(first, last) if slots.first else month_ranges(months, context.today.year)
    if not found:
        return Reply(say(NONE, unit=event(unit), days=days))
    stages = meeting_stages.stages_of(session, found[:MOST_SHOWN], context.now)
    lines = [
        LINE.format(title=m.title, when=m.when, stage=STAGE_NAMES[stages[m.id]])
        for m in found[:MOST_SHOWN]
    ]
    if len(found) > MOST_SHOWN:
        lines.append(MORE.format(n=len(found) - MOST_SHOWN))
    if unit_id is not None and unit_id == scopes.find_above(session, slots.unit):
        lines += _counts(unit_id, first, last, context)
    return Reply(say(FOUND, unit=event(unit), days=days, lines=event("\n".join(lines))))


def _counts(unit_id: UnitId, first: date, last: date, context: Context) -> list[str]:
    """Return how often a street or community held what is its own."""
    held = upper_counts.held_by(context.session, unit_id, first, last, context.now)
    words = [
        TIMES.format(kind=KIND_NAMES[one.kind], n=one.times)
        + (ON_PARTY.format(n=one.on_party) if one.kind in meeting_topics.ASKED_OF else "")
        for one in held
        if one.times
    ]
    return [HELD.format(counts="，".join(words))] if words else []


def _days(first: date, last: date) -> str:
    return day_words(first) if first == last else f"{day_words(first)}到{day_words(last)}"


INTENT = Intent(
    name="meeting_list",
    title="看会议情况",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
