"""A number as an answer, with or without words behind it; other things that begin with one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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
        "2月党费",
        "2楼开会",
        "2块钱",
        "12出差",
        "2"[:0],
    ],
)
def test_a_number_of_something_is_no_choice(text: str) -> None:
    assert choice(text) is None
