"""The activity day and rest days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import (
    MAX_SHIFT_DAYS,
    POLICY_NAMES,
    DayKind,
    ShiftPolicy,
    kind_of,
    nth_weekday,
    shift,
)
from bot.domain.periods import Month, months_between, quarters_between
from bot.services.workdays import PublishedWorkdays

WORKDAYS = PublishedWorkdays()
MONTHS = st.builds(Month, st.integers(2005, 2025), st.integers(1, 12))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        pytest.param(date(2013, 2, 16), DayKind.MAKEUP_WORKDAY, id="2013年2月16日周六上班"),
        pytest.param(date(2026, 2, 14), DayKind.MAKEUP_WORKDAY, id="2026年2月14日周六上班"),
        pytest.param(date(2026, 10, 10), DayKind.MAKEUP_WORKDAY, id="国庆后周六上班"),
        pytest.param(date(2026, 2, 16), DayKind.HOLIDAY, id="春节周一放假"),
        pytest.param(date(2026, 5, 16), DayKind.WEEKEND, id="普通周六"),
        pytest.param(date(2026, 3, 16), DayKind.WORKDAY, id="普通周一"),
    ],
)
def test_it_knows_rest_days_and_makeup_days(day: date, kind: DayKind) -> None:
    assert kind_of(day, WORKDAYS) is kind


NEXT, PREVIOUS = ShiftPolicy.NEXT_WORKDAY, ShiftPolicy.PREVIOUS_WORKDAY
NEAREST, KEEP = ShiftPolicy.NEAREST, ShiftPolicy.KEEP


@pytest.mark.parametrize(
    ("month", "day_of_month", "policy", "day"),
    [
        pytest.param("2017-04", 16, NEXT, date(2017, 4, 17), id="2017年4月16日周日顺延"),
        pytest.param("2017-07", 16, NEXT, date(2017, 7, 17), id="2017年7月16日周日顺延"),
        pytest.param("2017-09", 16, NEXT, date(2017, 9, 18), id="2017年9月16日周六顺延"),
        pytest.param("2017-12", 16, NEXT, date(2017, 12, 18), id="2017年12月16日周六顺延"),
        pytest.param("2017-03", 16, NEXT, date(2017, 3, 16), id="2017年3月16日不动"),
        pytest.param("2026-02", 16, NEXT, None, id="2026年春节顺延8天要问"),
        pytest.param("2026-02", 16, PREVIOUS, date(2026, 2, 14), id="2026年春节提前到调休周六"),
        pytest.param("2026-02", 16, NEAREST, date(2026, 2, 14), id="2026年春节就近"),
        pytest.param("2026-02", 17, NEXT, date(2026, 2, 24), id="正好7天可以"),
        pytest.param("2026-05", 16, NEXT, date(2026, 5, 18), id="2026年5月16日周六顺延"),
        pytest.param("2026-05", 16, PREVIOUS, date(2026, 5, 15), id="2026年5月16日提前"),
        pytest.param("2026-05", 16, NEAREST, date(2026, 5, 15), id="周六就近是周五"),
        pytest.param("2026-08", 16, NEXT, date(2026, 8, 17), id="2026年8月16日周日顺延"),
        pytest.param("2026-08", 16, NEAREST, date(2026, 8, 17), id="周日就近是周一"),
        pytest.param("2026-05", 16, KEEP, date(2026, 5, 16), id="不变就是不变"),
        pytest.param("2013-02", 16, NEXT, date(2013, 2, 16), id="调休上班的周六不动"),
        pytest.param("2026-05", 31, NEXT, None, id="月末周日不能顺延到下月"),
        pytest.param("2026-05", 31, NEAREST, date(2026, 5, 29), id="月末就近只能往前"),
        pytest.param("2026-10", 1, NEXT, date(2026, 10, 8), id="国庆顺延正好7天"),
        pytest.param("2026-10", 1, PREVIOUS, None, id="国庆不能提前到上月"),
        pytest.param("2026-04", 31, KEEP, date(2026, 4, 30), id="31日在小月是30日"),
        pytest.param("2025-02", 30, KEEP, date(2025, 2, 28), id="30日在平年二月是28日"),
        pytest.param("2024-02", 29, KEEP, date(2024, 2, 29), id="闰年29日"),
    ],
)
def test_it_moves_the_activity_day(
    month: str, day_of_month: int, policy: ShiftPolicy, day: date | None
) -> None:
    shifted = shift(Month.parse(month).day(day_of_month), policy, WORKDAYS)

    assert shifted.day == day
    assert shifted.needs_asking is (day is None)
    assert shifted.moved is (day is not None and day != shifted.original)
    assert not shifted.provisional


def test_it_is_provisional_until_the_year_is_published() -> None:
    shifted = shift(date(2030, 3, 16), NEXT, WORKDAYS)

    assert shifted.provisional
    assert shifted.day == date(2030, 3, 18)


@pytest.mark.parametrize(
    ("nth", "weekday", "day"),
    [
        pytest.param(2, 4, date(2017, 4, 14), id="第二个周五"),
        pytest.param(1, 5, date(2017, 4, 1), id="1日就是周六"),
        pytest.param(5, 6, date(2017, 4, 30), id="第五个周日是月末"),
        pytest.param(5, 0, None, id="没有第五个周一"),
    ],
)
def test_it_finds_the_nth_weekday(nth: int, weekday: int, day: date | None) -> None:
    assert nth_weekday(Month(2017, 4), nth, weekday) == day


def test_it_names_every_policy() -> None:
    assert set(POLICY_NAMES) == set(ShiftPolicy)


@given(MONTHS, st.integers(1, 31), st.sampled_from(ShiftPolicy))
def test_it_stays_near_and_within_the_month(
    month: Month, day_of_month: int, policy: ShiftPolicy
) -> None:
    original = month.day(day_of_month)

    shifted = shift(original, policy, WORKDAYS)

    if shifted.day is not None:
        assert Month.of(shifted.day) == month
        assert abs((shifted.day - original).days) <= MAX_SHIFT_DAYS
        assert policy is KEEP or WORKDAYS.is_workday(shifted.day)


@given(MONTHS, st.integers(-600, 600), st.integers(-600, 600))
def test_it_adds_months_like_numbers(month: Month, one: int, other: int) -> None:
    assert month.shift(one).shift(other) == month.shift(one + other)
    assert (month.shift(one) > month) is (one > 0)


@given(MONTHS, st.integers(1, 31))
def test_it_clamps_days_to_the_month(month: Month, number: int) -> None:
    day = month.day(number)

    assert Month.of(day) == month
    assert day.day == min(number, month.last.day)
    assert month.first <= day <= month.last


@given(MONTHS, st.integers(0, 40))
def test_it_counts_months_and_quarters_in_order(month: Month, more: int) -> None:
    months = list(months_between(month, month.shift(more)))
    quarters = list(quarters_between(month.quarter, month.shift(more).quarter))

    assert len(months) == more + 1
    assert months == sorted(months)
    assert quarters == sorted({m.quarter for m in months})
    assert quarters[0].first <= month.first <= quarters[0].last
    assert Month.parse(str(month)) == month
