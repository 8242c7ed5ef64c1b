"""Shared pieces of wording."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import at
from bot.domain import wording
from bot.domain.periods import Month


def months(*texts: str) -> list[Month]:
    return [Month.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        pytest.param(date(2026, 3, 16), "3月16日（周一）", id="周一"),
        pytest.param(date(2026, 3, 22), "3月22日（周日）", id="周日"),
        pytest.param(date(2026, 11, 7), "11月7日（周六）", id="不补零"),
    ],
)
def test_it_says_a_day_with_its_weekday(day: date, words: str) -> None:
    assert wording.day_and_weekday(day) == words


def test_it_says_moments_in_shanghai_time() -> None:
    moment = at(date(2026, 3, 16), 9, 2)

    assert wording.clock_words(moment) == "09:02"
    assert wording.moment_words(moment) == "3月16日（周一）09:02"


@pytest.mark.parametrize(
    ("given_months", "year", "words"),
    [
        pytest.param(months("2026-03"), None, "3月", id="一个月"),
        pytest.param(months("2026-03", "2026-04", "2026-05"), None, "3–5月", id="相连"),
        pytest.param(months("2026-03", "2026-05"), None, "3月、5月", id="不相连"),
        pytest.param(months("2026-05", "2026-03", "2026-03"), None, "3月、5月", id="乱序重复"),
        pytest.param(
            months("2026-01", "2026-02", "2026-04", "2026-06", "2026-07"),
            None,
            "1–2月、4月、6–7月",
            id="几段",
        ),
        pytest.param(
            months("2025-12", "2026-01", "2026-02"), None, "2025年12月–2026年2月", id="跨年相连"
        ),
        pytest.param(months("2025-12", "2026-02"), None, "2025年12月、2026年2月", id="跨年不相连"),
        pytest.param(
            months("2025-11", "2025-12", "2026-02", "2026-03"),
            None,
            "2025年11–12月、2026年2–3月",
            id="跨年两段",
        ),
        pytest.param(months("2026-03"), 2026, "3月", id="今年不说年"),
        pytest.param(months("2025-11", "2025-12"), 2026, "2025年11–12月", id="去年说年"),
        pytest.param([], None, "", id="没有"),
    ],
)
def test_it_joins_neighbouring_months(
    given_months: list[Month], year: int | None, words: str
) -> None:
    assert wording.month_ranges(given_months, year) == words


def test_it_lists_months_one_by_one() -> None:
    assert wording.month_list(months("2026-05", "2026-03", "2026-04")) == "3月、4月、5月"
    assert wording.month_list(months("2025-12", "2026-01"), 2026) == "2025年12月、1月"


@pytest.mark.parametrize(
    ("people", "words"),
    [
        pytest.param(0, "", id="没有人"),
        pytest.param(1, "甲1", id="一人"),
        pytest.param(20, "、".join(f"甲{n}" for n in range(1, 21)), id="二十人不省"),
        pytest.param(37, "、".join(f"甲{n}" for n in range(1, 21)) + "…等37人", id="三十七人省"),
    ],
)
def test_it_cuts_long_lists_of_names(people: int, words: str) -> None:
    assert wording.names_words([f"甲{n}" for n in range(1, people + 1)]) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("3月16日(周一)15:00", "3月16日（周一）15:00", id="括号变，钟点不变"),
        pytest.param("收到:30元,谢谢!", "收到：30元，谢谢！", id="冒号逗号叹号"),
        pytest.param("a,b", "a,b", id="没有汉字不变"),
        pytest.param("几点?", "几点？", id="句末问号"),
    ],
)
def test_it_widens_punctuation_beside_chinese(text: str, words: str) -> None:
    assert wording.full_width(text) == words


@given(st.lists(st.builds(Month, st.integers(2000, 2030), st.integers(1, 12)), max_size=30))
def test_it_says_every_month_once(given_months: list[Month]) -> None:
    words = wording.month_list(given_months, 0)

    assert words.count("月") == len(set(given_months))


def test_a_list_that_was_asked_for_leaves_nobody_out() -> None:
    names = [f"甲{n}" for n in range(300)]

    assert wording.names_words(names, limit=None).split("、") == names


@pytest.mark.parametrize(
    ("name", "note", "words"),
    [
        pytest.param("张三", "", "张三", id="没有说明"),
        pytest.param("张三", "出差", "张三（出差）", id="有说明"),
        pytest.param("张伟（尾号4567）", "出差", "张伟（尾号4567，出差）", id="已有括号"),
    ],
)
def test_a_note_stands_in_one_pair_of_brackets(name: str, note: str, words: str) -> None:
    assert wording.with_note(name, note) == words
