"""Days off with a name, and meetings asked about in short words; Tuesday 10 March 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import chinese_calendar
import pytest
from chinese_calendar.constants import Holiday, holidays

from bot.inbound.parse import parse_line
from bot.inbound.spans.dates import find_dates
from bot.inbound.spans.holidays import find_holiday, holiday_of
from handlers import INTENTS

NOW = "2026-03-10T09:00:00+08:00"
TODAY = date(2026, 3, 10)
NAMES = {
    "元旦": Holiday.new_years_day,
    "春节": Holiday.spring_festival,
    "清明": Holiday.tomb_sweeping_day,
    "五一": Holiday.labour_day,
    "端午": Holiday.dragon_boat_festival,
    "国庆": Holiday.national_day,
}
SPANS = {
    "清明假期": ("2026-04-04", "2026-04-06"),
    "清明节放假期间": ("2026-04-04", "2026-04-06"),
    "清明小长假": ("2026-04-04", "2026-04-06"),
    "五一期间": ("2026-05-01", "2026-05-05"),
    "五一长假": ("2026-05-01", "2026-05-05"),
    "劳动节那几天": ("2026-05-01", "2026-05-05"),
    "端午节假期": ("2026-06-19", "2026-06-21"),
    "中秋那几天": ("2026-09-25", "2026-09-27"),
    "国庆那几天": ("2026-10-01", "2026-10-07"),
    "国庆期间": ("2026-10-01", "2026-10-07"),
    "十一长假": ("2026-10-01", "2026-10-07"),
    "十一期间": ("2026-10-01", "2026-10-07"),
    "春节期间": ("2027-02-05", "2027-02-12"),
    "过年那几天": ("2027-02-05", "2027-02-12"),
    "明年五一期间": ("2027-05-01", "2027-05-05"),
}


@pytest.mark.parametrize(("text", "days"), SPANS.items(), ids=list(SPANS))
def test_days_off_are_a_span(text: str, days: tuple[str, str]) -> None:
    ((coming, _),) = find_dates(f"{text}请假", TODAY, bare_days=True)

    first, last = (date.fromisoformat(day) for day in days)
    assert coming.value == (first, last)
    assert (coming.start, coming.end) == (0, len(text))


@pytest.mark.parametrize(
    "text", ["五一期间值班表", "春节期间慰问", "元旦放假期间安排", "十一个人期间"]
)
def test_days_off_in_the_name_of_a_thing_are_none(text: str) -> None:
    found = [span.value for span, _ in find_dates(text, TODAY, bare_days=True)]
    assert not any(isinstance(value, tuple) for value in found)


def test_holidays_that_run_are_the_coming_and_the_past_ones() -> None:
    during = date(2026, 5, 3)
    assert find_holiday("五一", during, step=1) == (date(2026, 5, 1), date(2026, 5, 5))
    assert find_holiday("五一", during, step=-1) == (date(2026, 5, 1), date(2026, 5, 5))
    assert find_holiday("五一", date(2026, 5, 6), step=1) == (date(2027, 5, 1), date(2027, 5, 5))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
@pytest.mark.parametrize("name", NAMES)
def test_the_days_are_those_of_the_published_notices(name: str, year: int) -> None:
    days = [d for d, of in holidays.items() if of == NAMES[name].value and d.year == year]

    assert holiday_of(name, year) == (min(days), max(days))
    assert all(chinese_calendar.is_holiday(day) for day in days)


ASKED: list[tuple[str, dict[str, Any]]] = [
    ("明天会几点", {"date": "2026-03-11"}),
    ("明天会几点开", {"date": "2026-03-11"}),
    ("明早的会几点", {"date": "2026-03-11"}),
    ("下周有没有会", {"date": "2026-03-16/2026-03-22"}),
    ("今晚还学不学习", {}),
    ("今天晚上还学不学习了，几点开始", {}),
    ("后天党课还上不上", {"date": "2026-03-12"}),
    ("党课还上吗", {}),
    ("明天活动还办不办", {"date": "2026-03-11"}),
    ("五一期间有没有活动", {"date": "2026-05-01/2026-05-05"}),
]


def _read(text: str) -> list[dict[str, Any]]:
    line = {"text": text, "chat": "private", "sender_role": "member", "now": NOW}
    found: list[dict[str, Any]] = parse_line(line, INTENTS)["intents"]
    return found


@pytest.mark.parametrize(("text", "slots"), ASKED, ids=[text for text, _ in ASKED])
def test_it_hears_when_a_meeting_is_asked_about(text: str, slots: dict[str, Any]) -> None:
    (found,) = _read(text)

    assert found.pop("intent") == "meeting_query"
    assert found.items() >= slots.items()


@pytest.mark.parametrize("text", ["学不学习随你", "孩子学不学习", "早上不上班"])
def test_it_hears_no_question_on_meetings(text: str) -> None:
    assert "meeting_query" not in {one["intent"] for one in _read(text)}
