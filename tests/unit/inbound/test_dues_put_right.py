"""Dues just declared that were of another month or another person; Monday 16 November 2026."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from bot.domain.periods import Month
from bot.inbound.amending import months_put_right
from bot.inbound.intents import Strength
from bot.inbound.read import read
from bot.inbound.retractions import recognise_undo
from bot.inbound.utterance import Utterance
from handlers import dues_whose

NOW = datetime(2026, 11, 16, 10, tzinfo=SHANGHAI)
SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)
MEANT = (
    "是9月不是10月",
    "不是10月，是9月",
    "不是10月，是9月的党费",
    "说错了，是9月",
    "写错了，是9月的",
    "打错了 9月",
    "搞错了，9月的",
    "10月写错了，是9月的",
    "月份错了，9月",
    "月份写错了，应该是9月",
    "把10月改成9月",
    "更正：9月，不是10月",
    "刚才党费说错了，是9月不是10月",
    "党费月份报错了，是9月",
    "不对，是9月",
    "不对不对，九月的",
    "错了，应该是上上个月的",
    "9月写成10月了",
    "刚那个党费是9月份的不是10月份的",
    "是九月，我说成十月了",
    "記錯了，是9月的",
    "弄错哒，是九月份",
    "唔系10月，系9月",
    "那条撤了，是9月的",
)
NOT_MEANT = (
    "撤销党费 9月",
    "更正 9月",
    "更正 9月 30",
    "9月党费30元",
    "9月党费写错了",
    "9月",
    "不是9月",
    "说错了，是9月16日",
)
THEIRS = (
    "刚才那个党费是赵六的",
    "刚才那笔是赵六的不是我的",
    "那15是赵六的",
    "弄错人了，刚才那党费是赵六的",
    "刚才报的党费记到赵六名下",
    "刚刚交的党费是替赵六交的",
    "头先嗰個黨費係趙六嘅",
    "刚才说错了，党费是赵六的",
    "党费15块是赵六的那份",
    "那笔党费改到赵六名下",
    "刚才登记的党费不是我的，是赵六的",
    "上一条党费是帮赵六报的",
    "刚才那15块钱是赵六的",
    "这笔党费算赵六的",
)
BARE_THEIRS = (
    "是赵六的",
    "不是我的，是赵六的",
    "帮赵六交的，不是我的",
    "应该是赵六的",
    "记到赵六名下",
)
NOT_THEIRS = (
    "刚才那个党费是赵六收的",
    "刚才那个党费是赵六的吗",
    "党费是大家的",
    "刚才那个杯子是赵六的",
    "赵六的党费",
    "帮赵六交了党费15",
    "党费是赵六负责的",
    "赵六",
)


def _said(text: str) -> Utterance:
    return read(text, quoted=None, private=True, addressed=True, now=NOW)


@pytest.mark.parametrize("text", MEANT)
def test_the_month_that_was_meant_is_read(text: str) -> None:
    found = months_put_right(_said(text))

    assert found is not None
    assert found.right.months == (SEPTEMBER,)
    assert found.wrong.months in ((), (OCTOBER,))


@pytest.mark.parametrize("text", NOT_MEANT)
def test_nothing_else_is_taken_for_a_month_put_right(text: str) -> None:
    assert months_put_right(_said(text)) is None


@pytest.mark.parametrize("text", ["说错了，是9月", "10月写错了，是9月的", "記錯了，是9月的"])
def test_a_slip_of_the_month_takes_nothing_back(text: str) -> None:
    (reading,) = recognise_undo(_said(text))

    assert reading.slots.right_months == (SEPTEMBER,)


@pytest.mark.parametrize("text", THEIRS)
def test_whose_it_was_is_read(text: str) -> None:
    (reading,) = dues_whose.recognise(_said(text))

    assert (reading.slots.name, reading.strength) == ("赵六", Strength.EXACT)


@pytest.mark.parametrize("text", BARE_THEIRS)
def test_whose_it_was_counts_alone_only_while_something_waits(text: str) -> None:
    (reading,) = dues_whose.recognise(_said(text))

    assert (reading.slots.name, reading.strength) == ("赵六", Strength.BARE)


@pytest.mark.parametrize("text", NOT_THEIRS)
def test_what_moves_nothing_is_left_alone(text: str) -> None:
    assert dues_whose.recognise(_said(text)) == []
