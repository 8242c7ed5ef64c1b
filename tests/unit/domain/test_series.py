"""Meetings that recur: which days, what words, holidays shown and never moved."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import DayKind
from bot.domain.series import LAST, NoTimes, Recurrence, days_of, times_of
from bot.services.workdays import PublishedWorkdays

TODAY = date(2026, 3, 11)
YEAR_END = date(2026, 12, 31)
FIRST_FRIDAY = Recurrence(nth=1, weekday=4)


@pytest.mark.parametrize(
    ("recurrence", "words", "first"),
    [
        pytest.param(FIRST_FRIDAY, "每月第一个周五", date(2026, 4, 3), id="第一个周五"),
        pytest.param(
            Recurrence(nth=LAST, weekday=4), "每月最后一个周五", date(2026, 3, 27), id="最后一个"
        ),
        pytest.param(Recurrence(day=31), "每月31日", date(2026, 3, 31), id="31日"),
        pytest.param(Recurrence(weekday=2), "每周三", date(2026, 3, 18), id="每周，今天不算"),
    ],
)
def test_it_names_and_finds_its_days(recurrence: Recurrence, words: str, first: date) -> None:
    assert recurrence.words == words
    assert next(days_of(recurrence, TODAY, YEAR_END)) == first


def test_a_short_month_has_its_last_day_and_a_fifth_friday_may_be_missing() -> None:
    assert date(2026, 4, 30) in days_of(Recurrence(day=31), TODAY, YEAR_END)
    fifth = list(days_of(Recurrence(nth=5, weekday=4), TODAY, YEAR_END))
    assert date(2026, 5, 29) in fifth
    assert all(day.month != 4 for day in fifth)


def test_a_holiday_is_shown_and_stays() -> None:
    times = times_of(FIRST_FRIDAY, after=TODAY, until=YEAR_END, workdays=PublishedWorkdays())

    kinds = {one.day: one.kind for one in times}
    assert kinds[date(2026, 10, 2)] is DayKind.HOLIDAY
    assert kinds[date(2026, 4, 3)] is DayKind.WORKDAY
    assert len(times) == 9


def test_it_refuses_a_series_without_times_and_one_without_end() -> None:
    with pytest.raises(NoTimes):
        times_of(FIRST_FRIDAY, after=TODAY, until=TODAY, workdays=PublishedWorkdays())
    with pytest.raises(NoTimes):
        times_of(
            Recurrence(weekday=2), after=TODAY, until=date(2028, 1, 1), workdays=PublishedWorkdays()
        )


@given(
    nth=st.sampled_from([1, 2, 3, 4, 5, LAST]),
    weekday=st.integers(0, 6),
    after=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    length=st.integers(0, 400),
)
def test_every_day_is_that_weekday_within_the_span_once_a_month(
    nth: int, weekday: int, after: date, length: int
) -> None:
    until = date.fromordinal(after.toordinal() + length)

    days = list(days_of(Recurrence(nth=nth, weekday=weekday), after, until))

    assert all(day.weekday() == weekday and after < day <= until for day in days)
    assert len({(day.year, day.month) for day in days}) == len(days)
    assert days == sorted(days)
