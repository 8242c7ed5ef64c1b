"""Meetings that recur: 每月第一个周五, 每月16日, 每周三."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from bot.domain.calendar import DayKind, Workdays, kind_of, nth_weekday
from bot.domain.errors import DomainError
from bot.domain.periods import Month
from bot.domain.wording import weekday

MOST = 53
LAST = -1
_NUMBERS = "一二三四五"
_WEEKDAYS = "一二三四五六日"
_DAY_WORDS = re.compile(r"每个?月(?P<day>\d{1,2})[日号]")
_WEEKDAY_WORDS = re.compile(
    r"每(?:个?月(?:第(?P<nth>[一二三四五1-5])个?|(?P<last>最后一个?)))?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
)


class NoTimes(DomainError):
    """A series without a single time in it."""

    may_be_overheard = True


class Scope(Enum):
    """How much of a series a change is about."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When something recurs.

    Attributes:
        nth: Which of a month's weekdays, 1 to 5, or `LAST`; None for every week.
        weekday: 0 is Monday; None for a day of the month.
        day: Day of the month, clamped to its last day; None for a weekday.
    """

    nth: int | None = None
    weekday: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        if self.day is not None:
            return f"day:{self.day}"
        return f"week:{self.weekday}" if self.nth is None else f"month:{self.nth}:{self.weekday}"

    @property
    def words(self) -> str:
        """The recurrence as people say it: 每月第一个周五."""
        if self.day is not None:
            return f"每月{self.day}日"
        name = weekday(date(2024, 1, 1) + timedelta(days=self.weekday or 0))  # a Monday
        if self.nth is None:
            return f"每{name}"
        which = "最后一个" if self.nth == LAST else f"第{_NUMBERS[self.nth - 1]}个"
        return f"每月{which}{name}"


def parse_rule(rule: str) -> Recurrence:
    """Return what a stored rule (`month:1:4`) says."""
    what, *numbers = rule.split(":")
    if what == "day":
        return Recurrence(day=int(numbers[0]))
    if what == "week":
        return Recurrence(weekday=int(numbers[0]))
    return Recurrence(nth=int(numbers[0]), weekday=int(numbers[1]))


def read_recurrence(text: str) -> Recurrence | None:
    """Return what the words of a cell say (每月16日, 每月第一个周五, 每周三), or None."""
    found = _DAY_WORDS.fullmatch(text)
    if found is not None:
        day = int(found["day"])
        return Recurrence(day=day) if 1 <= day <= 31 else None
    found = _WEEKDAY_WORDS.fullmatch(text)
    if found is None:
        return None
    weekday_number = _WEEKDAYS.index(found["weekday"].replace("天", "日"))
    if found["last"]:
        return Recurrence(nth=LAST, weekday=weekday_number)
    nth = found["nth"]
    if nth is None:
        return Recurrence(weekday=weekday_number)
    return Recurrence(
        nth=int(nth) if nth.isdigit() else _NUMBERS.index(nth) + 1, weekday=weekday_number
    )


@dataclass(frozen=True, slots=True)
class Time:
    """One time of a series, and what sort of day it falls on: shown, never moved."""

    day: date
    kind: DayKind

    @property
    def is_rest_day(self) -> bool:
        """Whether people do not work that day."""
        return self.kind in (DayKind.WEEKEND, DayKind.HOLIDAY)


def days_of(recurrence: Recurrence, after: date, until: date) -> Iterator[date]:
    """Yield the days of a series, from the one after `after` to `until` inclusive."""
    if recurrence.day is None and recurrence.nth is None:
        day = after + timedelta(days=1 + ((recurrence.weekday or 0) - after.weekday() - 1) % 7)
        while day <= until:
            yield day
            day += timedelta(days=7)
        return
    month = Month.of(after)
    while month.first <= until:
        day_of_month = day_in(recurrence, month)
        if day_of_month is not None and after < day_of_month <= until:
            yield day_of_month
        month = month.shift(1)


def times_of(
    recurrence: Recurrence, *, after: date, until: date, workdays: Workdays
) -> tuple[Time, ...]:
    """Return the times of a series, with holidays marked; a holiday moves nothing by itself.

    Raises:
        NoTimes: There is none, or more than a year's weeks.
    """
    days = list(days_of(recurrence, after, until))
    if not days:
        raise NoTimes(
            f"到{until.month}月{until.day}日没有{recurrence.words}了，没有建。请写明到哪天为止。"
        )
    if len(days) > MOST:
        raise NoTimes(f"一次最多建{MOST}次，这样有{len(days)}次。请写明到哪天为止，例如：到6月30日")
    return tuple(Time(day, kind_of(day, workdays)) for day in days)


def day_in(recurrence: Recurrence, month: Month) -> date | None:
    """Return the day of a monthly recurrence in a month; None where the month has no such day."""
    if recurrence.day is not None:
        return month.day(recurrence.day)
    weekday_number = recurrence.weekday or 0
    if recurrence.nth == LAST:
        return nth_weekday(month, 5, weekday_number) or nth_weekday(month, 4, weekday_number)
    return nth_weekday(month, recurrence.nth or 1, weekday_number)
