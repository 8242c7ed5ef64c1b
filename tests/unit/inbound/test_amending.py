"""Values said alone, and values put right."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from bot.domain.periods import Month
from bot.inbound.amending import Amended, Values, amended, values_alone
from bot.inbound.read import read
from bot.inbound.utterance import Utterance

FEB, MARCH = Month(2026, 2), Month(2026, 3)


def heard(text: str) -> Utterance:
    now = datetime(2026, 3, 5, 9, tzinfo=SHANGHAI)
    return read(text, quoted=None, private=True, addressed=True, now=now)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3月", Values((MARCH,))),
        ("是3月的", Values((MARCH,))),
        ("2-3月", Values((FEB, MARCH))),
        ("18", Values((), 1800)),
        ("18元", Values((), 1800)),
        ("三十块", Values((), 3000)),
        ("党费18元", Values((), 1800)),
        ("3月 26", Values((MARCH,), 2600)),
        ("3月，共26元", Values((MARCH,), 2600)),
        ("3月党费26", Values((MARCH,), 2600)),
        ("18和20", Values()),
        ("18号", Values()),
        ("18个人", Values()),
        ("3点", Values()),
        ("不是3月", Values()),
        ("没交18", Values()),
        ("", Values()),
    ],
)
def test_values_alone(text: str, values: Values) -> None:
    assert values_alone(heard(text)) == values


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("不是18，是51", Values((), 5100), Values((), 1800)),
        ("不是18元，应该是51元", Values((), 5100), Values((), 1800)),
        ("是51不是18", Values((), 5100), Values((), 1800)),
        ("改成22", Values((), 2200), Values()),
        ("改为二十二块", Values((), 2200), Values()),
        ("应该是23", Values((), 2300), Values()),
        ("应该是23才对", Values((), 2300), Values()),
        ("把刚才的党费改成21", Values((), 2100), Values()),
        ("金额不对，是20", Values((), 2000), Values()),
        ("写错了，应该是20", Values((), 2000), Values()),
        ("18写成81了", Values((), 1800), Values((), 8100)),
        ("不是3月，是2月", Values((FEB,)), Values((MARCH,))),
        ("月份错了，是2月", Values((FEB,)), Values()),
        ("2月写成3月了", Values((FEB,)), Values((MARCH,))),
        ("改成2月", Values((FEB,)), Values()),
    ],
)
def test_put_right(text: str, right: Values, wrong: Values) -> None:
    assert amended(heard(text)) == Amended(right, wrong)


@pytest.mark.parametrize(
    "text",
    [
        "是51",
        "51",
        "应该是51吗",
        "不是18，是2月",
        "改成3月10日15:00",
        "改成3人",
        "改到下午3点",
        "不是我，是他",
        "不是18",
        "王五应该是20",
        "会议改成20号",
        "改成20，通知大家",
    ],
)
def test_what_puts_nothing_right(text: str) -> None:
    assert amended(heard(text)) is None
