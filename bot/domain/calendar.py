"""Working days and rest days, and where a day goes that falls on a rest day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Protocol

from bot.domain.periods import Month

MAX_SHIFT_DAYS = 7
LONGEST_HOLIDAY = 31  # days; longer than any, so that looking for a working day ends


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

    def estimate(self, day: date) -> bool:
        """Tell what is answered for a day while its year's notice is not known."""


@dataclass(frozen=True, slots=True)
class BeforeNotice:
    """A calendar as it was before any notice: what was said by it may be different now."""

    workdays: Workdays

    def is_workday(self, day: date) -> bool:
        """Tell what was answered for a day."""
        return self.workdays.estimate(day)

    def is_known(self, year: int) -> bool:  # noqa: ARG002 - the protocol's signature
        """No notice was known."""
        return False

    def estimate(self, day: date) -> bool:
        """Tell what was answered for a day."""
        return self.workdays.estimate(day)


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
class DueDay:
    """The last day of a time given in working days.

    Attributes:
        provisional: The holidays of a year it runs through are not published yet.
    """

    day: date
    provisional: bool


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


def workdays_after(start: date, count: int, workdays: Workdays) -> DueDay:
    """Return the last of so many working days after a day; that day itself is not counted.

    Args:
        start: The day of posting (公示) or of handing over; it may be a rest day.
        count: At least one.

    Source:
        calendar.working_days
    """
    day, left, known = start, count, True
    while left > 0:
        day += timedelta(days=1)
        known = known and workdays.is_known(day.year)
        left -= workdays.is_workday(day)
    return DueDay(day, provisional=not known)


def last_workday(first: date, before: date, workdays: Workdays) -> date | None:
    """Return the last working day from `first`, inclusive, to `before`, exclusive, if any."""
    days = (before - timedelta(days=n) for n in range(1, (before - first).days + 1))
    return next((day for day in days if workdays.is_workday(day)), None)


def shift(original: date, policy: ShiftPolicy, workdays: Workdays) -> Shifted:
    """Move a day off a rest day: within its month, by at most seven days, else ask.

    Source:
        meetings.activity_day
    """
    provisional = not workdays.is_known(original.year)
    if policy is ShiftPolicy.KEEP or workdays.is_workday(original):
        return Shifted(original, original, provisional)
    return Shifted(_nearest(original, policy, workdays), original, provisional)


def _nearest(original: date, policy: ShiftPolicy, workdays: Workdays) -> date | None:
    for distance in range(1, MAX_SHIFT_DAYS + 1):
        for direction in _DIRECTIONS[policy]:
            day = original + timedelta(days=distance * direction)
            if workdays.is_workday(day) and Month.of(day) == Month.of(original):
                return day
    return None
