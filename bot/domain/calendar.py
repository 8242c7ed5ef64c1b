"""Working days and rest days, and where a day goes that falls on a rest day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Protocol

from bot.domain.periods import Month

MAX_SHIFT_DAYS = 7


class DayKind(Enum):
    """What sort of day it is; the value names it to people."""

    WORKDAY = "工作日"
    WEEKEND = "周末"
    HOLIDAY = "放假"
    MAKEUP_WORKDAY = "调休上班"


class Workdays(Protocol):
    """Knows which days people work (the State Council's yearly notice)."""

    def is_workday(self, day: date) -> bool:
        """Tell whether a day is worked, make-up Saturdays and Sundays included."""

    def is_known(self, year: int) -> bool:
        """Tell whether a year's notice is known; without it answers are provisional."""


class ShiftPolicy(Enum):
    """Where a branch holds an activity whose day is a rest day."""

    KEEP = "keep"
    NEXT_WORKDAY = "next_workday"
    PREVIOUS_WORKDAY = "previous_workday"
    NEAREST = "nearest"


POLICY_NAMES: dict[ShiftPolicy, str] = {
    ShiftPolicy.KEEP: "不变",
    ShiftPolicy.NEXT_WORKDAY: "顺延到下一个工作日",
    ShiftPolicy.PREVIOUS_WORKDAY: "提前到上一个工作日",
    ShiftPolicy.NEAREST: "就近的工作日",
}

_DIRECTIONS: dict[ShiftPolicy, tuple[int, ...]] = {
    ShiftPolicy.KEEP: (),
    ShiftPolicy.NEXT_WORKDAY: (1,),
    ShiftPolicy.PREVIOUS_WORKDAY: (-1,),
    ShiftPolicy.NEAREST: (1, -1),
}


@dataclass(frozen=True, slots=True)
class Shifted:
    """Where a day went.

    Attributes:
        day: The day to hold it on; None where the secretary has to choose.
        original: The day it would have been.
        provisional: The year's holidays are not published yet; ask again when they are.
    """

    day: date | None
    original: date
    provisional: bool

    @property
    def moved(self) -> bool:
        """Whether it is held on another day than usual."""
        return self.day is not None and self.day != self.original

    @property
    def needs_asking(self) -> bool:
        """Whether no day within the guards was found, so that the secretary chooses."""
        return self.day is None


def kind_of(day: date, workdays: Workdays) -> DayKind:
    """Tell what sort of day it is."""
    on_weekend = day.weekday() >= 5
    if workdays.is_workday(day):
        return DayKind.MAKEUP_WORKDAY if on_weekend else DayKind.WORKDAY
    return DayKind.WEEKEND if on_weekend else DayKind.HOLIDAY


def nth_weekday(month: Month, nth: int, weekday: int) -> date | None:
    """Return the nth weekday of a month, or None where the month has no such day.

    Args:
        nth: 1 to 5.
        weekday: 0 is Monday.
    """
    offset = (weekday - month.first.weekday()) % 7 + (nth - 1) * 7
    day = month.first + timedelta(days=offset)
    return day if day <= month.last else None


def shift(original: date, policy: ShiftPolicy, workdays: Workdays) -> Shifted:
    """Move a day off a rest day: within its month, by at most seven days, else ask.

    Source:
        meetings.activity_day
    """
    provisional = not workdays.is_known(original.year)
    if policy is ShiftPolicy.KEEP or workdays.is_workday(original):
        return Shifted(original, original, provisional)
    return Shifted(_nearest(original, policy, workdays), original, provisional)


def activity_day(
    month: Month, day_of_month: int, policy: ShiftPolicy, workdays: Workdays
) -> Shifted:
    """Return the day a branch holds its activity day (主题党日) in a month.

    Args:
        day_of_month: 1 to 31, clamped to the month's last day.

    Source:
        meetings.activity_day
    """
    return shift(month.day(day_of_month), policy, workdays)


def _nearest(original: date, policy: ShiftPolicy, workdays: Workdays) -> date | None:
    for distance in range(1, MAX_SHIFT_DAYS + 1):
        for direction in _DIRECTIONS[policy]:
            day = original + timedelta(days=distance * direction)
            if workdays.is_workday(day) and Month.of(day) == Month.of(original):
                return day
    return None
