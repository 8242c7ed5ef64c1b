"""How people write reminder ladders, and how they read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ladder_words import (
    BadLadder,
    Order,
    days_words,
    ladder_words,
    order_for,
    read_order,
)
from bot.domain.ladders import BACKWARDS, LADDERS, MOST, RANGES, Base, Change, Ladder, Ladders

TODAY = date(2026, 3, 12)
BY = "支委会决定"


def _ladder(rule: str, base: Base | None = None) -> Ladder:
    return Ladders().of(rule, base=base)


@pytest.mark.parametrize(
    ("rule", "text", "order"),
    [
        pytest.param("dues_unpaid", "10日、25日 支委会决定", Order(BY, (10, 25)), id="几号"),
        pytest.param("dues_unpaid", "每月25号、10号 支委会决定", Order(BY, (10, 25)), id="倒着写"),
        pytest.param("dues_unpaid", "10日 25日 支委会决定", Order(BY, (10, 25)), id="空格"),
        pytest.param("committee_meeting", "10日、月末 支委会决定", Order(BY, (10, 31)), id="月末"),
        pytest.param("general_meeting", "第30、60天 支委会决定", Order(BY, (30, 60)), id="第几天"),
        pytest.param(
            "general_meeting", "每季度第30天和第60天 支委会决定", Order(BY, (30, 60)), id="每季度"
        ),
        pytest.param("dues_open_run", "下月8日 支委会决定", Order(BY, (8,)), id="下月"),
        pytest.param(
            "study_shortfall", "9月1日、11月1日 支委会决定", Order(BY, (901, 1101)), id="月和日"
        ),
        pytest.param(
            "theme_party_day", "提前3天、10天 支委会决定", Order(BY, (10, 3)), id="提前几天"
        ),
        pytest.param(
            "theme_party_day", "月底前5天 支委会决定", Order(BY, late=5), id="只改月底那一次"
        ),
        pytest.param("makeup_study", "会后第1、3天 支委会决定", Order(BY, (1, 3)), id="会后"),
        pytest.param("letter_open", "提前10天、当天 支委会决定", Order(BY, (10, 0)), id="当天也说"),
        pytest.param(
            "committee_term", "提前6个月、3个月 支委会决定", Order(BY, (6, 3)), id="提前几个月"
        ),
        pytest.param(
            "general_meeting",
            "第30天 3月12日支委会",
            Order("3月12日支委会", (30,)),
            id="谁定的里有日期",
        ),
        pytest.param(
            "general_meeting", "过期10天告诉上级 党工委定", Order("党工委定", above=10), id="上级"
        ),
        pytest.param(
            "general_meeting", "不告诉上级 党工委定", Order("党工委定", above=0), id="不告诉上级"
        ),
        pytest.param(
            "party_lecture",
            "不提醒 支委会决定 原因 由社区统一安排",
            Order(BY, off=True, reason="由社区统一安排"),
            id="不提醒",
        ),
        pytest.param("dues_unpaid", "恢复 支委会决定", Order(BY, restored=True), id="恢复"),
        pytest.param(
            "dues_unpaid",
            "10日 从4月1日起 支委会决定",
            Order(BY, (10,), since=date(2026, 4, 1)),
            id="从哪天起",
        ),
        pytest.param(
            "dues_unpaid", "10日，支委会 3月12日决定", Order("支委会3月12日决定", (10,)), id="逗号"
        ),
    ],
)
def test_it_reads_an_order(rule: str, text: str, order: Order) -> None:
    assert read_order(_ladder(rule), text, TODAY) == order


@pytest.mark.parametrize(
    ("rule", "text", "said"),
    [
        pytest.param("general_meeting", "30日 支委会决定", "没看懂支部党员大会", id="按季的写几号"),
        pytest.param("dues_unpaid", "支委会决定", "没看懂党费哪几天提醒", id="没有日子"),
        pytest.param("dues_unpaid", "10日", "请写明是谁定的", id="没有谁定的"),
        pytest.param("dues_unpaid", "32日 支委会决定", "党费的提醒要写1到31之间的数", id="32日"),
        pytest.param(
            "dues_unpaid", "1日、2日、3日、4日 支委会", "同一件事对本人最多提醒3次", id="四次"
        ),
        pytest.param(
            "theme_party_day", "提前29天 支委会决定", "主题党日的提醒要写1到28之间的数", id="29天前"
        ),
        pytest.param("study_shortfall", "2月29日 支委会", "要写每年都有的日子", id="闰日"),
        pytest.param(
            "theme_party_day", "当天 支委会", "主题党日的提醒要写1到28之间的数", id="活动日当天"
        ),
        pytest.param("dues_unpaid", "月底前3天 支委会", "党费没有月底这一次", id="月底"),
        pytest.param("theme_party_day", "月底前16天 支委会", "写15以内的数", id="月底前16天"),
        pytest.param("dues_unpaid", "不告诉上级 支委会", "党费的提醒不告诉上级", id="党费的上级"),
        pytest.param("cell_meeting", "过期61天告诉上级 党工委", "写60以内的数", id="61天"),
        pytest.param("party_lecture", "不提醒 支委会决定", "不提醒要写明原因", id="没有原因"),
        pytest.param("dues_unpaid", "10日 从3月11日起 支委会", "或以后半年里的一天", id="昨天起"),
        pytest.param("dues_unpaid", "10日 从2月30日起 支委会", "或以后半年里的一天", id="没有那天"),
        pytest.param("dues_unpaid", f"10日 {'支' * 41}", "谁定的写40字以内", id="太长"),
    ],
)
def test_it_says_what_would_be_right(rule: str, text: str, said: str) -> None:
    with pytest.raises(BadLadder) as refused:
        read_order(_ladder(rule), text, TODAY)

    assert said in refused.value.sentence


@pytest.mark.parametrize(
    ("ladder", "words"),
    [
        (_ladder("general_meeting"), "每季度第45、75、85天，过期5天告诉上级"),
        (_ladder("committee_meeting"), "每月15日、25日、月末，过期5天告诉上级"),
        (_ladder("theme_party_day"), "提前7天、3天，月底前3天，过期5天告诉上级"),
        (_ladder("dues_unpaid"), "每月20日、27日"),
        (_ladder("dues_open_run"), "下月5日"),
        (_ladder("study_shortfall"), "每年10月8日、11月15日"),
        (_ladder("makeup_study"), "会后第1天"),
        (_ladder("letter_open"), "提前15天、5天、当天"),
        (_ladder("committee_term"), "提前12、6、3个月"),
        (_ladder("org_life_meeting"), "每年10月8日、11月15日、12月15日，过期5天告诉上级"),
        (
            Ladders({"party_lecture": Change(off=True, above=0)}).of("party_lecture"),
            "不提醒，不告诉上级",
        ),
    ],
)
def test_it_says_a_ladder(ladder: Ladder, words: str) -> None:
    assert ladder_words(ladder) == words


@pytest.mark.parametrize("rule", LADDERS)
def test_the_example_it_gives_is_understood(rule: str) -> None:
    for shipped in LADDERS[rule]:
        order = order_for(shipped)

        _, _, rest = order.split(" ", 2)
        assert read_order(shipped, rest, TODAY).days


@given(st.sampled_from([one for ladders in LADDERS.values() for one in ladders]), st.data())
def test_what_it_says_of_days_is_read_as_the_same_days(
    shipped: Ladder, data: st.DataObject
) -> None:
    lowest, highest = RANGES[shipped.base]
    lowest = 0 if shipped.on_day else lowest
    number = (
        st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda d: d.month * 100 + d.day)
        if shipped.base is Base.YEAR
        else st.integers(lowest, shipped.reach or highest)
    )
    days = data.draw(st.sets(number, min_size=1, max_size=MOST[shipped.told]))
    ordered = tuple(sorted(days, reverse=shipped.base in BACKWARDS))
    ladder = replace(shipped, days=ordered)

    assert read_order(shipped, f"{days_words(ladder)} {BY}", TODAY).days == ordered
