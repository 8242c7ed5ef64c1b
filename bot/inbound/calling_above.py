"""What a street or community calls itself: naming it, a tour of several days, everybody at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.clock import day_of
from bot.domain.cadence import MeetingKind, find_kind
from bot.domain.errors import NotFound
from bot.domain.ids import UnitId
from bot.domain.meetings import title_for, when_line
from bot.domain.privacy import count, event, say
from bot.domain.rights import Action, may
from bot.domain.upper_meetings import ABOVE, CIRCLES, Circle
from bot.domain.wording import day_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.questions import preview
from bot.inbound.replies import Reply
from bot.services import gatherings, meetings, scopes
from bot.services.meetings import Called

NAMED = re.compile(
    r"^[\s:]*(?P<unit>[^\s，。:]{1,20}(?:街道|社区|党工委|党委|党总支))(?:的|\s)\s?(?=\S)"
)
EVERYBODY = (
    "预览（未建）：{unit}的{title}，{when}。应到{expected}人，到时候一个个问来不来。\n"
    "回复 确认{n} 建立，回复 取消 作罢"
)
CALLED_TEAM = (
    "✓ 已建：{unit}的{title}，{when}。应到{expected}人，前一天问应到的人。{more}"
    "改时间回复 改期，不开了回复 取消会议。"
)
CALLED_TEAM_TOLD = (
    "✓ 已建：{unit}的{title}，{when}。应到{expected}人，{told}。{more}"
    "改时间回复 改期，不开了回复 取消会议。"
)
CALLED_OPEN = "✓ 已建：{unit}的{title}，{when}。谁来都行，不点名；会后请登记来了多少人，例如：补录 {day} {title} 到会30人"
CALLED_DAYS = (
    "✓ 已建：{unit}的{title}，{first}到{last}共{n}天，每天{time}起{place}，算一次。应到{expected}人，"
    "每天各签各的到。不去了回复 取消会议。"
)
CALLED_NO_TEAM = "✓ 已建：{unit}的{title}，{when}。班子还没有登记，没有人应到，请先发：任命 姓名 班子成员。{more}"
ABOUT_PARTY = "研究党建工作的，请再发：党建议题 {title}。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A meeting to call, as it was said.

    Attributes:
        last: The last day, where it takes several.
        sure: The head-count of those expected was typed back.
    """

    kind: MeetingKind
    title: str | None
    starts_at: datetime
    place: str
    last: date | None = None
    seats: int | None = None
    sure: bool = False


def split_above(text: str) -> tuple[str, str | None]:
    """Return an order with the street or community it begins with blanked out, and that name.

    Only where a unit above holds such meetings: 西彩社区 党员大会 names a place.
    """
    found = NAMED.match(text)
    if found is None or find_kind(text[found.end() :]) not in CIRCLES:
        return text, None
    return " " * found.end() + text[found.end() :], found["unit"]


def unit_named(name: str | None, context: Context) -> UnitId | None:
    """Return the street or community a name means, if the writer calls meetings there; else None.

    Of others it is a place: a branch meets at 西彩社区.
    """
    try:
        unit = scopes.find_above(context.session, name)
    except NotFound:
        return None
    if unit is None:
        return None
    path = meetings.path_of(context.session, unit)
    return unit if may(context.actor, Action.CALL_MEETING, path) else None


def holder_of(kind: MeetingKind, unit: UnitId | None, context: Context) -> UnitId | None:
    """Return the street or community that would hold a meeting; None where it is a branch's.

    Raises:
        Forbidden, NotABranch, OnlyAbove
    """
    if kind is MeetingKind.CELL or (kind not in CIRCLES and unit is None):
        return None
    unit_id, _ = meetings.place_for(context.session, kind, context.actor, unit)
    return unit_id if meetings.kind_of(context.session, unit_id) in ABOVE else None


def show_above(
    wanted: Wanted, unit: UnitId, kept: Mapping[str, Any], context: Context
) -> Reply | None:
    """Call a tour of several days, or show a meeting of everybody below with the head-count.

    None where it is neither, and can be called as it is.
    """
    if wanted.last is not None and wanted.kind is MeetingKind.TOUR:
        return _call_days(wanted, unit, wanted.last, context)
    if CIRCLES[wanted.kind] is not Circle.ALL or wanted.sure or wanted.seats is not None:
        return None
    day = day_of(wanted.starts_at)
    due = len(meetings.expected_at(context.session, unit, unit, wanted.kind, day))
    text = say(
        EVERYBODY,
        unit=event(scopes.name_of(context.session, unit)),
        title=event(wanted.title or title_for(wanted.kind, day)),
        when=event(when_line(wanted.starts_at, wanted.place)),
        expected=count(due),
        n=due,
    )
    return preview(context, "event_create", due, {**kept, "sure": True}, text)


def _call_days(wanted: Wanted, unit: UnitId, last: date, context: Context) -> Reply:
    """Call what takes several days: one event, with a roll call of each day."""
    called = gatherings.call_days(
        context.session,
        kind=wanted.kind,
        starts_at=wanted.starts_at,
        last=last,
        place=wanted.place,
        by=context.actor,
        now=context.now,
        unit=unit,
    )
    first = called.meetings[0]
    bar(context, "建会", f"建会不能撤销。不开了请回复 取消会议 {first.short_title}")
    return Reply(
        say(
            CALLED_DAYS,
            unit=event(scopes.name_of(context.session, unit)),
            title=event(first.short_title),
            first=day_words(first.day),
            last=day_words(called.meetings[-1].day),
            n=len(called.meetings),
            time=event(first.start_words.split()[-1]),
            place=event(f"，{first.place}" if first.place else ""),
            expected=count(called.expected),
        )
    )


def called_above(called: Called, unit: UnitId, told: Any, context: Context) -> Reply:
    """Say what a street or community has called, and of whom it is expected."""
    meeting = called.meeting
    words = {
        "unit": event(scopes.name_of(context.session, unit)),
        "title": event(meeting.title),
        "when": event(meeting.when),
        "expected": count(called.expected),
    }
    if CIRCLES[meeting.kind] is Circle.OPEN:
        return Reply(say(CALLED_OPEN, day=day_words(meeting.day), **words))
    more = ABOUT_PARTY if meeting.kind is MeetingKind.WORKING_COMMITTEE else ""
    template = CALLED_TEAM if told is None else CALLED_TEAM_TOLD
    if not called.expected:
        template = CALLED_NO_TEAM
    return Reply(say(template, told=told or "", more=more.format(title=meeting.title), **words))
