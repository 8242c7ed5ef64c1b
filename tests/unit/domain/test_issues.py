"""Issues: how they stand, in time or late, which colour, who may verify, what may be published."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.clock import SHANGHAI, at
from bot.domain.ids import MemberId
from bot.domain.issues import (
    Colour,
    Did,
    IssueState,
    WrongStep,
    check_second,
    colour_of,
    is_on_time,
    stand,
    without_complainants,
)
from bot.domain.open_items import ItemAct, UnfitItem, check_deadline

OWNER, OTHER = MemberId(1), MemberId(2)
DUE, TODAY = date(2026, 4, 20), date(2026, 4, 7)


def _did(*acts: ItemAct) -> list[Did]:
    return [Did(act, at(TODAY, 9 + n), OWNER, f"第{n}步") for n, act in enumerate(acts)]


@pytest.mark.parametrize(
    ("acts", "state", "closed_at"),
    [
        pytest.param([], IssueState.OPEN, None, id="刚登记"),
        pytest.param([ItemAct.ASSIGN, ItemAct.PROGRESS], IssueState.OPEN, None, id="在办"),
        pytest.param([ItemAct.PROPOSE], IssueState.PROPOSED, None, id="报了没核实不算"),
        pytest.param(
            [ItemAct.PROPOSE, ItemAct.CLOSE], IssueState.CLOSED, 9, id="核实了按报的时刻算"
        ),
        pytest.param([ItemAct.PROPOSE, ItemAct.RETURN], IssueState.OPEN, None, id="退回重办"),
        pytest.param(
            [ItemAct.PROPOSE, ItemAct.RETURN, ItemAct.PROPOSE, ItemAct.CLOSE],
            IssueState.CLOSED,
            11,
            id="重办以后按后一次算",
        ),
        pytest.param(
            [ItemAct.PROPOSE, ItemAct.CLOSE, ItemAct.UNVERIFY],
            IssueState.PROPOSED,
            None,
            id="核实收回了",
        ),
        pytest.param([ItemAct.CLOSE], IssueState.CLOSED, 9, id="以前一步办结的"),
        pytest.param([ItemAct.CLOSE, ItemAct.REOPEN], IssueState.OPEN, None, id="重新打开"),
        pytest.param([ItemAct.WITHDRAW], IssueState.WITHDRAWN, None, id="收回"),
    ],
)
def test_the_steps_of_an_issue_say_how_it_stands(
    acts: list[ItemAct], state: IssueState, closed_at: int | None
) -> None:
    standing = stand(_did(*acts))

    assert standing.state is state
    assert standing.closed_at == (None if closed_at is None else at(TODAY, closed_at))


@pytest.mark.parametrize(
    ("closed", "on_time"),
    [
        pytest.param(datetime(2017, 11, 30, 23, 59, tzinfo=SHANGHAI), True, id="期限当天23:59"),
        pytest.param(datetime(2017, 12, 1, 0, 0, tzinfo=SHANGHAI), False, id="过了零点"),
        pytest.param(datetime(2017, 12, 1, 0, 1, tzinfo=SHANGHAI), False, id="12月1日0:01"),
    ],
)
def test_in_time_is_until_the_end_of_the_last_day_of_shanghai(
    closed: datetime, on_time: bool
) -> None:
    assert is_on_time(closed, date(2017, 11, 30)) is on_time


@pytest.mark.parametrize(
    ("left", "settled", "colour"),
    [
        pytest.param(11, None, Colour.BLUE, id="还有11天"),
        pytest.param(10, None, Colour.YELLOW, id="还有10天"),
        pytest.param(4, None, Colour.YELLOW, id="还有4天"),
        pytest.param(3, None, Colour.RED, id="还有3天"),
        pytest.param(0, None, Colour.RED, id="当天"),
        pytest.param(-1, None, Colour.RED, id="过期"),
        pytest.param(5, {"red": 5}, Colour.RED, id="支部定5天"),
        pytest.param(12, {"yellow": 12}, Colour.YELLOW, id="支部定12天"),
    ],
)
def test_the_colour_goes_by_the_days_left(
    left: int, settled: dict[str, int] | None, colour: Colour
) -> None:
    assert colour_of(TODAY + timedelta(days=left), TODAY, settled) is colour


def test_nobody_verifies_his_own_work() -> None:
    done = Did(ItemAct.PROPOSE, at(TODAY), OTHER)

    check_second(MemberId(3), owner=OWNER, done=done)
    for own in (OWNER, OTHER):
        with pytest.raises(WrongStep):
            check_second(own, owner=OWNER, done=done)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("3号楼漏雨", "3号楼漏雨"),
        ("王大妈反映西门积水", "居民反映西门积水"),
        ("张三反映路灯不亮", "居民反映路灯不亮"),
        ("路灯不亮（张三家门口）", "路灯不亮（居民家门口）"),
        ("居民反映电梯异响", "居民反映电梯异响"),
        ("有群众投诉噪音", "有群众投诉噪音"),
        ("李先生来电说井盖坏了", "居民来电说井盖坏了"),
    ],
)
def test_what_is_published_names_nobody(words: str, told: str) -> None:
    assert without_complainants(words, {"张三", "王五"}) == told


@pytest.mark.parametrize(
    ("due_on", "words", "fits"),
    [
        pytest.param(date(2026, 4, 7), "4月7日前", True, id="今天"),
        pytest.param(date(2026, 4, 6), "2026年4月6日前", False, id="昨天"),
        pytest.param(date(2027, 4, 6), "4月6日前", False, id="没写年份的过去日子"),
        pytest.param(date(2027, 4, 6), "2027年4月6日前", True, id="写明明年"),
        pytest.param(date(2027, 4, 6), "明年4月6日前", True, id="说了明年"),
        pytest.param(date(2027, 1, 31), "1月31日前", True, id="明年一月不会误会"),
        pytest.param(None, "路灯不亮", True, id="没写"),
    ],
)
def test_a_day_that_is_over_is_asked_for_again(due_on: date | None, words: str, fits: bool) -> None:
    if fits:
        check_deadline(due_on, TODAY, words)
        return
    with pytest.raises(UnfitItem):
        check_deadline(due_on, TODAY, words)
