"""Meetings that recur: which days, what words, holidays shown and never moved."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import DayKind
from bot.domain.series import (
    LAST,
    NoTimes,
    Recurrence,
    days_of,
    parse_rule,
    read_recurrence,
    times_of,
)
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


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("每月16日", Recurrence(day=16), id="每月几日"),
        pytest.param("每个月16号", Recurrence(day=16), id="几号"),
        pytest.param("每月31日", Recurrence(day=31), id="最大的日子"),
        pytest.param("每月32日", None, id="没有的日子"),
        pytest.param("每月第一个周五", Recurrence(nth=1, weekday=4), id="第几个周几"),
        pytest.param("每月第2个星期天", Recurrence(nth=2, weekday=6), id="数字、星期天"),
        pytest.param("每月最后一个周五", Recurrence(nth=LAST, weekday=4), id="最后一个"),
        pytest.param("每周三", Recurrence(weekday=2), id="每周"),
        pytest.param("每天", None, id="每天不是系列"),
        pytest.param("周五", None, id="没有说每"),
    ],
)
def test_a_cell_says_how_something_recurs(text: str, meant: Recurrence | None) -> None:
    assert read_recurrence(text) == meant


@pytest.mark.parametrize(
    "recurrence",
    [
        Recurrence(day=31),
        Recurrence(weekday=6),
        Recurrence(nth=5, weekday=0),
        Recurrence(nth=LAST, weekday=4),
    ],
    ids=lambda recurrence: recurrence.words,
)
def test_what_is_stored_and_what_is_said_mean_the_same(recurrence: Recurrence) -> None:
    assert parse_rule(str(recurrence)) == recurrence
    assert read_recurrence(recurrence.words) == recurrence
