"""The activity day of one month: where it falls, and when whoever answers for it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.domain.cadence import Step
from bot.domain.calendar import (
    LONGEST_HOLIDAY,
    BeforeNotice,
    Shifted,
    ShiftPolicy,
    Workdays,
    last_workday,
    shift,
)
from bot.domain.periods import Month
from bot.domain.series import LAST, Recurrence, day_in

STEPS = {"T-7": 7, "T-3": 3}  # days before the day it is held
LAST_STEP = "month-end"


@dataclass(frozen=True, slots=True)
class Placed:
    """The activity day of a month.

    Attributes:
        shifted: Where it falls by the calendar as it is known now.
        steps: On which days a branch without a meeting called is told.
        differs: The year's notice has put it elsewhere than the estimate before it: what was
            told by the estimate is wrong now.
    """

    shifted: Shifted
    steps: tuple[Step, ...]
    differs: bool

    @property
    def held_on(self) -> date:
        """The day it is held, or would be but for the holiday."""
        return self.shifted.day or self.shifted.original


USUAL = Recurrence(day=16)


def activity_day(
    month: Month, usual: Recurrence, policy: ShiftPolicy, workdays: Workdays
) -> Shifted:
    """Return the day a branch holds its activity day (主题党日) in a month.

    Args:
        usual: A day of the month, clamped to its last day, or one of its weekdays (第二个周五); a
            fifth one that a month does not have is its last.

    Source:
        meetings.activity_day
    """
    original = day_in(usual, month) or day_in(replace(usual, nth=LAST), month)
    return shift(original or month.last, policy, workdays)


def place(month: Month, usual: Recurrence, policy: ShiftPolicy, workdays: Workdays) -> Placed:
    """Return the activity day of a month, with the days on which it is told.

    Source:
        meetings.activity_day, calendar.notice
    """
    shifted = activity_day(month, usual, policy, workdays)
    estimate = activity_day(month, usual, policy, BeforeNotice(workdays))
    differs = not shifted.provisional and shifted.day != estimate.day
    return Placed(shifted, _steps(month, shifted, workdays), differs)


def _steps(month: Month, shifted: Shifted, workdays: Workdays) -> tuple[Step, ...]:
    """Return when a branch is told: before its day, and late in the month.

    Where a long holiday lies before the day, the first step would arrive when the usual day is
    over: it moves to the last working day before that holiday.
    """
    held_on = shifted.day or shifted.original
    days = {name: held_on - timedelta(days=days) for name, days in STEPS.items()}
    first = days["T-7"]
    if last_workday(first, min(held_on, shifted.original), workdays) is None:
        days["T-7"] = last_workday(first - timedelta(LONGEST_HOLIDAY), first, workdays) or first
    early = tuple(Step(name, day) for name, day in days.items())
    late = Step(LAST_STEP, month.last - timedelta(days=3))
    return (*early, late) if late.day > held_on else early
