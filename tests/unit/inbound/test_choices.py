"""A number as an answer, with or without words behind it; other things that begin with one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.inbound.questions import number_of
from bot.inbound.read import read
from handlers.confirm import ChooseSlots, recognise_choose

NOW = datetime(2026, 3, 11, 1, tzinfo=UTC)


def choice(text: str) -> ChooseSlots | None:
    utterance = read(text, quoted=None, private=True, addressed=True, now=NOW)
    found = recognise_choose(utterance)
    return found[0].slots if found else None


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        pytest.param("1", 1, None, id="只有数字"),
        pytest.param("第2个", 2, None, id="第几个"),
        pytest.param("2 出差", 2, "出差", id="空格"),
        pytest.param("2，发烧住院了", 2, "发烧住院了", id="逗号"),
        pytest.param("2出差", 2, "出差", id="不隔开"),
        pytest.param("2带孙子看病", 2, "带孙子看病", id="不隔开的一句"),
        pytest.param("２回老家", 2, "回老家", id="全角数字"),
    ],
)
def test_it_reads_a_number_with_its_reason(text: str, number: int, reason: str | None) -> None:
    assert choice(text) == ChooseSlots(number, reason)


@pytest.mark.parametrize(
    "text",
    [
        "2人",
        "2个人",
        "2名家属",
        "1号交",
        "2点开会",
        "2楼开会",
        "12出差",
        "2"[:0],
    ],
)
def test_a_number_of_something_is_no_choice(text: str) -> None:
    assert choice(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "4567",
        "尾号4567",
        "3月",
        "3月份",
        "3月党费30",
        "30元",
        "45678",
        "植树",
        "植树那个",
        "就植树吧"[:3],
        "尾号4567那个",
        "1-3月",
        "3月12日",
        "周五",
        "党课",
        "3月党课",
        "三支部",
        "王秀英",
    ],
)
def test_it_reads_what_may_be_the_words_of_an_option(text: str) -> None:
    found = choice(text)

    assert found is not None
    assert found.number == 0
    assert found.words


@pytest.mark.parametrize(
    "text",
    [
        "收到",
        "好的",
        "党课学完了",
        "他来吗",
        "哈哈",
        "谢谢",
        "人到了",
        "不是植树",
        "今天天气真不错啊哈",
    ],
)
def test_other_words_are_no_option(text: str) -> None:
    assert choice(text) is None


@pytest.mark.parametrize(
    ("said", "labels", "number"),
    [
        pytest.param("4567", ("尾号1234", "尾号4567"), 2, id="尾号"),
        pytest.param("2月", ("12月", "2月"), 2, id="整个标签"),
        pytest.param("2月", ("12月党课", "2月党课"), 2, id="不从数字中间断开"),
        pytest.param("党课", ("3月党课", "4月党课"), None, id="两个都有"),
        pytest.param("三支部", ("二支部", "四支部"), None, id="都没有"),
        pytest.param("45", ("尾号4567",), None, id="只说半截"),
    ],
)
def test_words_stand_for_the_one_option_that_holds_them(
    said: str, labels: tuple[str, ...], number: int | None
) -> None:
    assert number_of(said, labels) == number
