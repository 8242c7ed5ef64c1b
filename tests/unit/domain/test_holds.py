"""What is put off is a quotation: of its day, without sums, with dates for 明天 and 明年."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.holds import gist_of, is_quoted, period_of, said_again

MARCH_20, MARCH_24 = date(2026, 3, 20), date(2026, 3, 24)


@pytest.mark.parametrize(
    ("slot", "period"),
    [
        pytest.param("2026-03/first", "2026-03", id="月份"),
        pytest.param("2026-03-16T15:00/T-1", "2026-03-16T15:00", id="会的时间"),
        pytest.param("12/r2/T+1", "12/r2", id="会和第几次改期"),
        pytest.param("2026-03-12/organiser/T+1", "2026-03-12/organiser", id="哪个职务"),
        pytest.param("2026-03-12", "2026-03-12", id="没有第几次"),
    ],
)
def test_the_period_is_what_all_rungs_share(slot: str, period: str) -> None:
    assert period_of(slot) == period


@pytest.mark.parametrize(
    ("text", "said_on", "again"),
    [
        pytest.param(
            "张三您好：3月党费30元还没有登记。",
            MARCH_20,
            "您让我今天再提醒3月20日的这件事：3月党费还没有登记。",
            id="不写金额",
        ),
        pytest.param(
            "张三您好，您让我今天再提醒3月20日的这件事：3月党费还没有登记。",
            date(2026, 3, 23),
            "您让我今天再提醒3月20日的这件事：3月党费还没有登记。",
            id="推后两次仍是头一次的话",
        ),
        pytest.param(
            "赵六您好：您报名的党课培训是明天，24日（周二）15:00。",
            date(2026, 3, 23),
            "您让我今天再提醒3月23日的这件事：您报名的党课培训是24日（周二）15:00。",
            id="明天写成日期",
        ),
        pytest.param(
            "赵六您好：明天的党课培训（3月24日（周二）15:00）没有空出名额。",
            date(2026, 3, 23),
            "您让我今天再提醒3月23日的这件事：党课培训（3月24日（周二）15:00）没有空出名额。",
            id="明天的会",
        ),
        pytest.param(
            "李书记您好：2025年度的组织生活会还没有安排，最晚明年1月31日。",
            date(2025, 12, 15),
            "您让我今天再提醒2025年12月15日的这件事：2025年度的组织生活会还没有安排，最晚2026年1月31日。",
            id="跨年写明哪年",
        ),
        pytest.param(
            "李书记您好，您让我今天再提醒12月15日的这件事：最晚2026年1月31日。",
            date(2025, 12, 29),
            "您让我今天再提醒2025年12月15日的这件事：最晚2026年1月31日。",
            id="推后两次跨年",
        ),
    ],
)
def test_it_says_of_which_day_it_is_and_nothing_that_has_changed_since(
    text: str, said_on: date, again: str
) -> None:
    assert said_again(text, said_on, MARCH_24) == again


def test_its_gist_is_the_thing_itself() -> None:
    assert gist_of(
        "张三您好，您让我今天再提醒3月20日的这件事：3月党费还没有登记。交了回复 党费已交"
    ) == ("3月党费还没有登记")


@pytest.mark.parametrize(
    ("quoted", "meant"),
    [
        ("张三您好：3月党费还没有登记。", True),
        ("3月党费还没有", True),
        ("张三您好，有2件事：\n· 3月党费还没有登记。\n· 学时还差8小时。", True),
        ("（补发）张三您好：3月党费还没有登记。", True),
        ("张三您好：2月党费还没有登记。", False),
        ("", False),
    ],
)
def test_a_reply_means_the_text_it_quotes(quoted: str, meant: bool) -> None:
    assert is_quoted("张三您好：3月党费还没有登记。", quoted) is meant
