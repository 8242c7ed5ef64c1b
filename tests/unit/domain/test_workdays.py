"""Published calendars, the overlay, and years nobody has published yet."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

from bot.services.workdays import PublishedWorkdays


@pytest.mark.parametrize(
    ("year", "known"),
    [
        pytest.param(2003, False, id="2003年没有"),
        pytest.param(2004, True, id="2004年起有"),
        pytest.param(2026, True, id="2026年有"),
    ],
)
def test_it_knows_published_years(year: int, known: bool) -> None:
    assert PublishedWorkdays().is_known(year) is known


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        pytest.param(date(2051, 1, 1), False, id="元旦"),
        pytest.param(date(2052, 5, 1), False, id="五一"),
        pytest.param(date(2052, 5, 2), False, id="五月二日"),
        pytest.param(date(2052, 5, 3), True, id="五月三日上班"),
        pytest.param(date(2052, 10, 3), False, id="国庆第三天"),
        pytest.param(date(2052, 10, 4), True, id="国庆第四天未知算上班"),
        pytest.param(date(2052, 4, 4), False, id="清明4月4日"),
        pytest.param(date(2051, 4, 5), False, id="清明4月5日"),
        pytest.param(date(2051, 4, 6), True, id="清明次日"),
        pytest.param(date(2052, 3, 16), False, id="周六"),
        pytest.param(date(2052, 3, 18), True, id="周一"),
    ],
)
def test_it_answers_provisionally_for_unpublished_years(day: date, worked: bool) -> None:
    workdays = PublishedWorkdays()

    assert not workdays.is_known(day.year)
    assert workdays.is_workday(day) is worked


def test_it_lets_the_overlay_win() -> None:
    saturday, monday = date(2026, 5, 16), date(2026, 5, 18)

    workdays = PublishedWorkdays({saturday: True, monday: False})

    assert workdays.is_workday(saturday)
    assert not workdays.is_workday(monday)


def test_it_knows_a_year_announced_by_hand() -> None:
    assert PublishedWorkdays({date(2052, 2, 1): False}, announced=[2052]).is_known(2052)


def test_it_agrees_with_another_calendar_for_the_whole_of_2026() -> None:
    oracle = holidays.country_holidays("CN", years=2026)
    makeup = {date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9)}
    makeup |= {date(2026, 9, 20), date(2026, 10, 10)}
    workdays = PublishedWorkdays()

    for n in range(365):
        day = date(2026, 1, 1) + timedelta(days=n)
        expected = day in makeup or (day.weekday() < 5 and day not in oracle)
        assert workdays.is_workday(day) is expected, day
