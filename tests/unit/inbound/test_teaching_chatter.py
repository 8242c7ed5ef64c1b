"""What may not be taught: everyday talk, what people are called, and what says more than is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.wordings import NotTeachable
from bot.inbound.teaching import check_lesson
from handlers import INTENTS

NOW = datetime(2026, 3, 12, 1, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    "wording",
    [
        "吃了",
        "吃过了",
        "我吃了",
        "刚吃完",
        "睡了",
        "起床了",
        "走了",
        "下班了",
        "到家了",
        "我到家了",
        "回来了",
        "出门了",
        "在家呢",
        "买菜去了",
        "下雨了",
        "忙着呢",
        "早上好",
        "大家好",
        "好嘞",
        "知道了",
        "辛苦了",
        "不客气",
        "真不错",
        "恭喜恭喜",
        "同意",
        "马上来",
        "等等",
    ],
)
def test_everyday_talk_is_not_taught(wording: str) -> None:
    with pytest.raises(NotTeachable):
        check_lesson(wording, "签到", INTENTS, NOW)


@pytest.mark.parametrize(
    "wording",
    ["老李", "王大爷", "李书记", "张三", "王秀英", "小赵", "老伴", "刘老师", "阿芳", "孙丽"],
)
def test_what_somebody_is_called_is_not_taught(wording: str) -> None:
    with pytest.raises(NotTeachable, match="称呼人"):
        check_lesson(wording, "签到", INTENTS, NOW)


@pytest.mark.parametrize(
    ("wording", "target"),
    [
        ("好嘞明天", "请假"),
        ("明儿俺出远门", "请假"),
        ("周五俺出远门", "请假"),
        ("18号俺出远门", "请假"),
        ("俺出远门三天后回", "请假"),
        ("下礼拜俺不凑了", "请假"),
        ("组织上三月的钱清了", "党费已交"),
        ("植树俺凑两个人", "报名义务植树"),
    ],
)
def test_a_day_or_number_that_would_be_lost_is_not_taught(wording: str, target: str) -> None:
    with pytest.raises(NotTeachable):
        check_lesson(wording, target, INTENTS, NOW)


@pytest.mark.parametrize(
    ("wording", "target"),
    [
        ("签个字哈", "签到"),
        ("明儿俺出远门", "明天请假"),
        ("俺报个道", "签到"),
        ("会俺就不凑了", "请假"),
    ],
)
def test_what_says_what_it_stands_for_may_be_taught(wording: str, target: str) -> None:
    check_lesson(wording, target, INTENTS, NOW)
