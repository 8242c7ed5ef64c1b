"""The activity day of one month: where it falls, and when whoever answers for it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.domain.calendar import (
    LONGEST_HOLIDAY,
    BeforeNotice,
    Shifted,
    ShiftPolicy,
    Workdays,
    last_workday,
    shift,
)
from bot.domain.ladders import Ladder, Step
from bot.domain.periods import Month
from bot.domain.series import LAST, Recurrence, day_in

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


def place(
    month: Month, usual: Recurrence, policy: ShiftPolicy, ladder: Ladder, workdays: Workdays
) -> Placed:
    """Return the activity day of a month, with the days on which it is told.

    Source:
        meetings.activity_day, calendar.notice
    """
    shifted = activity_day(month, usual, policy, workdays)
    estimate = activity_day(month, usual, policy, BeforeNotice(workdays))
    differs = not shifted.provisional and shifted.day != estimate.day
    return Placed(shifted, _steps(month, shifted, ladder, workdays), differs)


def _steps(month: Month, shifted: Shifted, ladder: Ladder, workdays: Workdays) -> tuple[Step, ...]:
    """Return when a branch is told: before its day, and late in the month.

    Where a long holiday lies before the day, the first step would arrive when the usual day is
    over: it moves to the last working day before that holiday.
    """
    held_on = shifted.day or shifted.original
    early = list(ladder.steps(held_on))
    if early:
        first = early[0]
        if last_workday(first.day, min(held_on, shifted.original), workdays) is None:
            moved = last_workday(first.day - timedelta(LONGEST_HOLIDAY), first.day, workdays)
            early[0] = replace(first, day=moved or first.day)
    if ladder.late is not None and not ladder.off:
        late = Step(LAST_STEP, month.last - timedelta(days=ladder.late))
        early += [late] if late.day > held_on else []
    return tuple(replace(step, number=n, of=len(early)) for n, step in enumerate(early, start=1))
