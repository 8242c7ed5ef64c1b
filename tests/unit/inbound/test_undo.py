"""撤销 and 更正 as people write them: what is meant, which amount is right, what is not ours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.periods import Month
from bot.inbound.intents import Match, Strength, choose, to_act_on
from bot.inbound.read import read
from bot.inbound.retractions import UndoSlots
from bot.inbound.topics import Topic
from handlers import INTENTS, undo

NOW = datetime(2026, 3, 12, 1, 58, tzinfo=UTC)
FEBRUARY, MARCH = Month(2026, 2), Month(2026, 3)


def _acted_on(text: str, *, private: bool = True) -> list[Match]:
    utterance = read(text, quoted=None, private=private, addressed=private, now=NOW)
    matches = [Match(i, r) for i in INTENTS for r in i.recognise(utterance)]
    chosen, tied = choose([m for m in matches if m.reading.strength > Strength.BARE])
    assert not tied
    return to_act_on(chosen)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        pytest.param("撤销", {"alone": True}, id="撤销"),
        pytest.param("帮我撤回一下", {"alone": True}, id="帮我撤回"),
        pytest.param("刚才那条发错了，不算", {}, id="上一条不算"),
        pytest.param("取消签到", {"topic": Topic.CHECKIN}, id="取消签到"),
        pytest.param("我的签到不算，人没到", {"topic": Topic.CHECKIN}, id="签到不算"),
        pytest.param("请假不算了", {"topic": Topic.LEAVE}, id="请假不算"),
        pytest.param(
            "16号的请假取消", {"topic": Topic.LEAVE, "day": date(2026, 3, 16)}, id="哪天的假"
        ),
        pytest.param("撤销党费", {"topic": Topic.DUES}, id="撤销党费"),
        pytest.param("撤销党费 3月", {"topic": Topic.DUES, "months": (MARCH,)}, id="哪个月"),
        pytest.param(
            "2月、3月的党费作废", {"topic": Topic.DUES, "months": (FEBRUARY, MARCH)}, id="两个月"
        ),
        pytest.param(
            "撤销3月党费30元",
            {"topic": Topic.DUES, "months": (MARCH,), "wrong_fen": 3000},
            id="撤销时带金额",
        ),
        pytest.param("打错了，38", {"amount_fen": 3800}, id="打错了"),
        pytest.param("打错了，是38块5", {"amount_fen": 3850, "topic": Topic.DUES}, id="块"),
        pytest.param(
            "更正：30不是300", {"amount_fen": 3000, "wrong_fen": 30000}, id="三十不是三百"
        ),
        pytest.param(
            "写错了，不是300是30", {"amount_fen": 3000, "wrong_fen": 30000}, id="不是在前"
        ),
        pytest.param("更正 3月 38", {"amount_fen": 3800, "months": (MARCH,)}, id="月份和金额"),
        pytest.param(
            "更正 3月 38元",
            {"amount_fen": 3800, "months": (MARCH,), "topic": Topic.DUES},
            id="带元",
        ),
        pytest.param(
            "党费写错了，是105不是150",
            {"topic": Topic.DUES, "right_fen": 10500, "wrong_fen": 15000},
            id="党费写错",
        ),
        pytest.param(
            "党费写错了，每月15不是30",
            {"topic": Topic.DUES, "right_fen": 1500, "wrong_fen": 3000, "monthly": True},
            id="每月",
        ),
        pytest.param(
            "更正：3月党费是15元，不是150元",
            {"topic": Topic.DUES, "right_fen": 1500, "wrong_fen": 15000, "months": (MARCH,)},
            id="说全",
        ),
        pytest.param("更正", {"corrects": True}, id="光说更正"),
        pytest.param("更正一下", {"corrects": True}, id="更正一下"),
    ],
)
def test_it_says_what_is_taken_back_and_what_is_right(text: str, fields: dict[str, Any]) -> None:
    [match] = _acted_on(text)

    assert match.intent is undo.INTENT
    assert match.reading.slots == UndoSlots(**fields)


@pytest.mark.parametrize(
    "text",
    [
        "更正：会议改到三楼",
        "更正一下，通知里的时间是三点",
        "作废的发票",
        "怎么撤销",
        "不能撤销吗",
        "取消报名",
        "没打错",
        "电话打错了",
        "更正 张三 3月党费 15 记错了",
        "撤了吧，天晚了",
    ],
)
def test_it_leaves_alone_what_is_not_the_own_record(text: str) -> None:
    assert undo.INTENT not in [match.intent for match in _acted_on(text, private=False)]


@given(
    right=st.integers(1, 9999),
    wrong=st.integers(1, 9999),
    form=st.sampled_from(
        [
            "更正：{r}不是{w}",
            "打错了，是{r}不是{w}",
            "党费写错了，是{r}元不是{w}元",
            "不是{w}元，应该是{r}元，打错了",
        ]
    ),
)
def test_the_right_amount_is_never_the_wrong_one(right: int, wrong: int, form: str) -> None:
    [match] = _acted_on(form.format(r=right, w=wrong))
    slots = match.reading.slots

    assert (slots.amount_fen or slots.right_fen, slots.wrong_fen) == (right * 100, wrong * 100)
