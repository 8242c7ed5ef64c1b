"""`[reminders.<rule>]`: what an installation changes of the reminder ladders it is shipped with.

A field here for every rule of `bot/domain/ladders.py`, of the kind that its days are counted by;
a test holds both to one another. What is left out stays as shipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from bot.config_base import Section, wrong

_MOST_TO_MEMBERS, _MOST_TO_OFFICERS = 3, 4


def _days(
    lowest: int, highest: int, most: int = _MOST_TO_OFFICERS, *, backwards: bool = False
) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    def check(days: tuple[int, ...]) -> tuple[int, ...]:
        if any(not lowest <= day <= highest for day in days):
            raise wrong(f"每个数要在{lowest}到{highest}之间")
        _check_order(days, most, backwards=backwards)
        return days

    return check


def _dates(most: int) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(days: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _is_date(day) for day in days):
            raise wrong('应是每年都有的月和日，如 ["10-08", "11-15"]')
        _check_order([_number(day) for day in days], most, backwards=False)
        return days

    return check


def _check_order(days: Sequence[int], most: int, *, backwards: bool) -> None:
    if not days:
        raise wrong("至少写一个；不要这条提醒就写 off = true")
    if list(days) != sorted(set(days), reverse=backwards):
        raise wrong("要从先到后写，不能重复")
    if len(days) > most:
        raise wrong(f"最多{most}个：同一件事不多催")


def _is_date(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d\d-\d\d", text) and date.fromisoformat(f"2001-{text}"))
    except ValueError:
        return False


_OfMonth = Annotated[tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 31))]
_OfQuarter = Annotated[tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 92))]
_OfNextMonth = Annotated[tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 28))]
_ToMembers = Annotated[
    tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 31, _MOST_TO_MEMBERS))
]
_OfOwnQuarter = Annotated[
    tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 92, _MOST_TO_MEMBERS))
]
_OfYear = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_dates(_MOST_TO_OFFICERS))]
_OfOwnYear = Annotated[
    tuple[str, ...], Field(strict=False), AfterValidator(_dates(_MOST_TO_MEMBERS))
]
_Before = Annotated[
    tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 28, backwards=True))
]
_Until = Annotated[
    tuple[int, ...], Field(strict=False), AfterValidator(_days(0, 60, backwards=True))
]
_MonthsBefore = Annotated[
    tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 24, backwards=True))
]
_After = Annotated[tuple[int, ...], Field(strict=False), AfterValidator(_days(1, 60))]
_Above = Annotated[int, Field(ge=0, le=60)]


class _Reminder(Section):
    off: bool = False


class MonthlyDuty(_Reminder):
    """Days of the month; days after its end on which the unit above is told."""

    days: _OfMonth | None = None
    above: _Above | None = None


class QuarterlyDuty(_Reminder):
    """Days of the quarter; days after its end on which the unit above is told."""

    days: _OfQuarter | None = None
    above: _Above | None = None


class ActivityDay(_Reminder):
    """Days before the day; days before the end of the month; the unit above as for a duty."""

    days: _Before | None = None
    late: Annotated[int, Field(ge=0, le=15)] | None = None
    above: _Above | None = None


class OwnMonth(_Reminder):
    """Days of the month on which a member is told."""

    days: _ToMembers | None = None


class NextMonth(_Reminder):
    """Days of the month after."""

    days: _OfNextMonth | None = None


class OwnYear(_Reminder):
    """Days of the year on which a member is told, as month and day."""

    days: _OfOwnYear | None = None


class YearlyDuty(_Reminder):
    """Days of the year, as month and day; days after 31 January on which the unit above is told."""

    days: _OfYear | None = None
    above: _Above | None = None


class EachYear(_Reminder):
    """Days of the year, as month and day."""

    days: _OfYear | None = None


class EachQuarter(_Reminder):
    """Days of the quarter, about the quarter before."""

    days: _OfQuarter | None = None


class OwnQuarter(_Reminder):
    """Days of the quarter on which a member is told."""

    days: _OfOwnQuarter | None = None


class DaysUntil(_Reminder):
    """Days before a day; 0 is the day itself."""

    days: _Until | None = None


class MonthsUntil(_Reminder):
    """Months before a day."""

    days: _MonthsBefore | None = None


class DayAfter(_Reminder):
    """Days after a meeting, or after something else has happened."""

    days: _After | None = None


ReminderConfig: TypeAlias = (
    MonthlyDuty
    | QuarterlyDuty
    | YearlyDuty
    | ActivityDay
    | OwnMonth
    | NextMonth
    | OwnYear
    | EachYear
    | EachQuarter
    | OwnQuarter
    | DaysUntil
    | MonthsUntil
    | DayAfter
)


class RemindersConfig(Section):
    """`[reminders]`: a section of its own for each rule."""

    general_meeting: QuarterlyDuty = QuarterlyDuty()
    committee_meeting: MonthlyDuty = MonthlyDuty()
    cell_meeting: MonthlyDuty = MonthlyDuty()
    party_lecture: QuarterlyDuty = QuarterlyDuty()
    theme_party_day: ActivityDay = ActivityDay()
    dues_unpaid: OwnMonth = OwnMonth()
    dues_open_run: NextMonth = NextMonth()
    study_shortfall: OwnYear = OwnYear()
    meeting_unheld: DayAfter = DayAfter()
    roll_call_unfinished: DayAfter = DayAfter()
    makeup_study: DayAfter = DayAfter()
    post_vacant: DayAfter = DayAfter()
    org_life_meeting: YearlyDuty = YearlyDuty()
    democratic_appraisal: YearlyDuty = YearlyDuty()
    heart_to_heart_talk: EachYear = EachYear()
    secretary_lecture: OwnYear = OwnYear()
    democratic_life_meeting: EachYear = EachYear()
    oath_renewal: EachYear = EachYear()
    leader_lecture: OwnQuarter = OwnQuarter()
    working_committee: DayAfter = DayAfter()
    theory_group: DayAfter = DayAfter()
    committee_term: MonthsUntil = MonthsUntil()
    minutes_missing: DayAfter = DayAfter()
    minutes_unconfirmed: DayAfter = DayAfter()
    dues_unconfirmed: NextMonth = NextMonth()
    dues_unassessed: EachYear = EachYear()
    dues_unremitted: EachQuarter = EachQuarter()
    dues_unpublished: EachQuarter = EachQuarter()
    letter_open: DaysUntil = DaysUntil()
    issue_due: DaysUntil = DaysUntil()
    issue_overdue: DayAfter = DayAfter()
    issue_above: DayAfter = DayAfter()

    def written(self) -> Iterator[tuple[str, ReminderConfig]]:
        """Yield the rules something is written down of."""
        for rule in type(self).model_fields:
            section: ReminderConfig = getattr(self, rule)
            if section.model_fields_set:
                yield rule, section


def day_numbers(section: ReminderConfig) -> tuple[int, ...] | None:
    """Return the days of a section as ladders count them: 8 October is 1008."""
    if section.days is None:
        return None
    return tuple(day if isinstance(day, int) else _number(day) for day in section.days)


def _number(day: str) -> int:
    return int(day.replace("-", ""))
