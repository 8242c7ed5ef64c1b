"""Messages of which a wrong amount, month or name was once read: each is read right, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from bot.inbound.parse import parse_line
from handlers import INTENTS


def read(text: str) -> list[dict[str, Any]]:
    """Read a message said to the bot on Monday, 16 November 2026."""
    line = {"text": text, "now": "2026-11-16T10:00:00+08:00", "chat": "private", "mentioned": True}
    found: list[dict[str, Any]] = parse_line(line, INTENTS)["intents"]
    return found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("组长张三11月党费交了15", "张三"),
        ("一组王五11月党费15", "王五"),
        ("预备党员小赵11月党费15交了", "小赵"),
        ("老党员李桂兰11月党费15我代收了", "李桂兰"),
        ("邻居老周11月党费15我帮着交了", "老周"),
        ("11月丈母娘党费15块钱我代交", "丈母娘"),
        ("表弟11月党费15元帮他交了", "表弟"),
        ("帮秀英交11月党费15", "秀英"),
        ("帮liqiang交11月党费15", "liqiang"),
        ("张三11月党费没交，孙丽11月交了15", "孙丽"),
    ],
)
def test_what_is_paid_for_another_is_not_the_senders(text: str, name: str) -> None:
    (paid,) = read(text)

    assert (paid["intent"], paid["names"]) == ("dues_paid", [name])
    assert (paid["months"], paid["amount"]) == (["2026-11"], "15")


@pytest.mark.parametrize(
    ("text", "months", "amount"),
    [
        ("11月交10月党费30", ["2026-10"], "30"),
        ("这个月补上个月的党费30", ["2026-10"], "30"),
        ("11月份以前的党费都交清了", None, None),
        ("党费已交至11月", None, None),
    ],
)
def test_the_month_of_paying_is_not_the_month_paid(
    text: str, months: list[str] | None, amount: str | None
) -> None:
    (paid,) = read(text)

    assert (paid.get("months"), paid.get("amount")) == (months, amount)


@pytest.mark.parametrize(
    "text",
    [
        "1-3月每月15，4-6月每月20，党费交了",
        "党费二十几交了",
        "党费30左右交了",
        "党费3O元已交",
        "党费l5元已交",
        "党费从这个月起每月15",
        "入党50年交党费从没落下",
        "教 老规矩 党费 11月 40",
        "说法 好 签到",
        "明天不是请假，是晚到",
        "不是我签到，是王五签到",
    ],
)
def test_what_cannot_be_told_is_not_written(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize("text", ["11月党费交15就可以了吧", "侬11月党费交了伐"])
def test_a_question_is_no_claim(text: str) -> None:
    assert [found["intent"] for found in read(text)] == ["dues_query"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("报名参加植树，不带家属", None), ("植树报名，加我4个人", 4), ("植树报名，带2个家属", 3)],
)
def test_whoever_does_not_come_is_not_counted(text: str, count: int | None) -> None:
    (joined,) = read(text)

    assert (joined["title"], joined.get("count")) == ("植树", count)


@pytest.mark.parametrize("text", ["一组张三签到", "党小组长张三签到"])
def test_a_name_behind_a_group_is_kept(text: str) -> None:
    assert read(text) == [{"intent": "checkin", "names": ["张三"]}]
