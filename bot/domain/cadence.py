"""Kinds of meetings, and which a branch owes in a period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

from bot.clock import day_of
from bot.domain import regulations
from bot.domain.periods import Month, Quarter, Year
from bot.domain.units import is_included

Period: TypeAlias = Month | Quarter | Year


class MeetingKind(Enum):
    """What is held."""

    GENERAL = "branch_general_meeting"
    COMMITTEE = "branch_committee_meeting"
    CELL = "cell_meeting"
    LECTURE = "party_lecture"
    THEME_DAY = "theme_party_day"
    ORG_LIFE = "org_life_meeting"
    APPRAISAL = "democratic_appraisal"
    TALK = "heart_to_heart_talk"
    DEMOCRATIC_LIFE = "democratic_life_meeting"
    ANNUAL_TRAINING = "annual_training"
    ELECTION = "election"
    WORKING_COMMITTEE = "work_committee_meeting"
    THEORY_GROUP = "theory_study_group"
    TRAINING = "collective_training"
    PARTY_SCHOOL = "party_school_class"
    STUDY = "study_session"
    OATH = "oath_renewal"
    PUBLICITY_TALK = "publicity_talk"
    TOUR = "observation_tour"
    OTHER = "other_meeting"


KIND_NAMES: dict[MeetingKind, str] = {
    MeetingKind.GENERAL: "支部党员大会",
    MeetingKind.COMMITTEE: "支部委员会会议",
    MeetingKind.CELL: "党小组会",
    MeetingKind.LECTURE: "党课",
    MeetingKind.THEME_DAY: "主题党日",
    MeetingKind.ORG_LIFE: "组织生活会",
    MeetingKind.APPRAISAL: "民主评议党员",
    MeetingKind.TALK: "谈心谈话",
    MeetingKind.DEMOCRATIC_LIFE: "民主生活会",
    MeetingKind.ANNUAL_TRAINING: "集中轮训",
    MeetingKind.ELECTION: "换届选举",
    MeetingKind.WORKING_COMMITTEE: "党工委会议",
    MeetingKind.THEORY_GROUP: "中心组学习",
    MeetingKind.TRAINING: "集中培训",
    MeetingKind.PARTY_SCHOOL: "党校培训",
    MeetingKind.STUDY: "集中学习",
    MeetingKind.OATH: "重温入党誓词",
    MeetingKind.PUBLICITY_TALK: "党建宣讲",
    MeetingKind.TOUR: "观摩活动",
    MeetingKind.OTHER: "会议",
}

KIND_ALIASES: dict[MeetingKind, tuple[str, ...]] = {
    MeetingKind.GENERAL: ("党员大会", "支部大会", "党员会"),
    MeetingKind.COMMITTEE: ("支委会", "支部委员会", "支委会议", "支委扩大会", "支部委员会议"),
    MeetingKind.CELL: ("小组会", "党小组会议", "党小组学习"),
    MeetingKind.LECTURE: ("上党课", "讲党课", "微党课"),
    MeetingKind.THEME_DAY: ("党员活动日", "主题党日活动", "党日活动", "党日", "活动日"),
    MeetingKind.ORG_LIFE: ("专题组织生活会", "组织生活"),
    MeetingKind.APPRAISAL: ("民主评议", "评议党员", "党员评议"),
    MeetingKind.TALK: ("谈心", "谈话"),
    MeetingKind.DEMOCRATIC_LIFE: ("民主生活",),
    MeetingKind.ANNUAL_TRAINING: ("轮训",),
    MeetingKind.ELECTION: ("换届", "选举", "选举大会"),
    MeetingKind.WORKING_COMMITTEE: ("党工委会", "党工委专题会", "党工委专题会议"),
    MeetingKind.THEORY_GROUP: ("理论学习中心组", "理论中心组", "中心组"),
    MeetingKind.TRAINING: ("培训", "培训班", "培训会"),
    MeetingKind.PARTY_SCHOOL: ("党校", "党校班", "进党校", "党校学习"),
    MeetingKind.STUDY: ("学习", "学习会", "政治学习", "理论学习", "集体学习"),
    MeetingKind.OATH: ("重温誓词", "入党誓词", "入党宣誓", "宣誓"),
    MeetingKind.PUBLICITY_TALK: ("宣讲", "宣讲会"),
    MeetingKind.TOUR: ("党建观摩", "现场观摩", "观摩会", "观摩"),
    MeetingKind.OTHER: ("开会", "例会", "座谈会"),
}

_WORDS: dict[str, MeetingKind] = {
    word: kind for kind in MeetingKind for word in (KIND_NAMES[kind], *KIND_ALIASES[kind])
}


class Every(Enum):
    """How often something is owed."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Structure:
    """What a branch consists of on a day.

    Attributes:
        full_members: Full members (正式党员), without probationary ones.
        cells: Cells (党小组) set up in it.
    """

    full_members: int
    has_committee: bool
    cells: int = 0


@dataclass(frozen=True, slots=True)
class CadencePolicy:
    """What a branch settles for itself.

    Attributes:
        lecture: How often it owes a Party lecture; None where nobody set a number (no national
            rule does).
    """

    lecture: Every | None = Every.QUARTER


DEFAULT_POLICY = CadencePolicy()


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of meeting owed once in every period.

    Attributes:
        per_cell: Every cell owes its own.
        source: Key in `docs/rules.md`.
    """

    kind: MeetingKind
    every: Every
    source: str
    per_cell: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting that took place.

    Attributes:
        starts_at: Aware.
        for_period: The period it was entered for, where that is not the one it starts in.
    """

    kind: MeetingKind
    starts_at: datetime
    for_period: Period | None = None


_SOURCES: dict[MeetingKind, str] = {
    MeetingKind.GENERAL: "meetings.cadence.general",
    MeetingKind.COMMITTEE: "meetings.cadence.committee",
    MeetingKind.CELL: "meetings.cadence.cell",
    MeetingKind.THEME_DAY: "meetings.cadence.theme_day",
    MeetingKind.LECTURE: "meetings.cadence.lecture",
}
_YEARLY_SOURCES: dict[MeetingKind, str] = {
    MeetingKind.ORG_LIFE: "meetings.org_life",
    MeetingKind.APPRAISAL: "meetings.appraisal",
    MeetingKind.TALK: "meetings.talks",
}

YEARLY = frozenset({*_YEARLY_SOURCES, MeetingKind.DEMOCRATIC_LIFE})
"""Held for a year, often in the January after it (2025年度的组织生活会)."""


def find_kind(text: str) -> MeetingKind | None:
    """Return the kind of meeting a text names, or None; the longest name in it wins."""
    found = [word for word in _WORDS if word in text]
    return _WORDS[max(found, key=len)] if found else None


@lru_cache(maxsize=4096)  # few structures, however many branches
def duties(
    structure: Structure, on: date, policy: CadencePolicy = DEFAULT_POLICY
) -> tuple[Duty, ...]:
    """Return what a branch of this structure owes on a day.

    Without a committee there is no committee meeting to hold, without cells no cell meeting, and
    without full members nothing.

    Source:
        meetings.cadence, meetings.org_life, meetings.appraisal, meetings.talks
    """
    applies = {
        MeetingKind.GENERAL: structure.full_members > 0,
        MeetingKind.COMMITTEE: structure.has_committee,
        MeetingKind.CELL: structure.cells > 0,
        MeetingKind.THEME_DAY: structure.full_members > 0,
        MeetingKind.LECTURE: structure.full_members > 0,
        **dict.fromkeys(_YEARLY_SOURCES, structure.full_members > 0),
    }
    owed = []
    for kind, source in (*_SOURCES.items(), *_YEARLY_SOURCES.items()):
        every = cadence_of(kind, on, policy)
        if applies[kind] and every is not None:
            owed.append(Duty(kind, every, source, per_cell=kind is MeetingKind.CELL))
    return tuple(owed)


def cadence_of(kind: MeetingKind, on: date, policy: CadencePolicy = DEFAULT_POLICY) -> Every | None:
    """Return how often a kind is owed on a day, or None where it is not owed by the calendar.

    Source:
        meetings.cadence, meetings.org_life, meetings.appraisal, meetings.talks
    """
    if kind is MeetingKind.LECTURE:
        return policy.lecture
    if kind in _YEARLY_SOURCES:
        return Every.YEAR if regulations.find_on(_YEARLY_SOURCES[kind], on) else None
    source = _SOURCES.get(kind)
    return None if source is None else Every(regulations.on(source, on).value)


def period_at(every: Every, day: date) -> Period:
    """Return the month, quarter or year a day lies in."""
    if every is Every.YEAR:
        return Year(day.year)
    return Month.of(day) if every is Every.MONTH else Quarter.of(day)


def period_of(kind: MeetingKind, day: date, policy: CadencePolicy = DEFAULT_POLICY) -> Period:
    """Return the period a meeting of a kind on a day belongs to.

    Those held for a year belong to the year; what is owed by no calendar belongs to its month.
    """
    if kind in YEARLY:
        return Year(day.year)
    return period_at(cadence_of(kind, day, policy) or Every.MONTH, day)


def parse_period(text: str) -> Period:
    """Return the period written as `2026-03`, `2026Q1` or `2026`, as `str()` writes it."""
    if text.isdigit():
        return Year(int(text))
    year, quarter, number = text.partition("Q")
    return Quarter(int(year), int(number)) if quarter else Month.parse(text)


def period_filled(kind: MeetingKind, held: Iterable[Held], period: Period) -> bool:
    """Tell whether a branch has met its duty (三会一课) for a period.

    Args:
        held: Meetings with a confirmed record; they belong to the period they start in. Pass
            those validly scheduled too, to ask whether a reminder is still needed.

    Source:
        meetings.cadence
    """
    return any(meeting.kind is kind and _belongs(meeting, period) for meeting in held)


def is_overdue(period: Period, today: date, since: date | None = None) -> bool:
    """Tell whether a period is over and counts for the unit, so that an open duty is late.

    Args:
        since: From when the unit counts; a period begun before is 未纳入, never overdue.

    Source:
        meetings.ladder
    """
    return period.last < today and is_included(period.first, since)


def _belongs(meeting: Held, period: Period) -> bool:
    if meeting.for_period is not None:
        return meeting.for_period == period
    return period.first <= day_of(meeting.starts_at) <= period.last
