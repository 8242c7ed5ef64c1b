"""Payments of a bill: proposed where name, months and amount are clear, else with why not."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain import dues_bills
from bot.domain.dues_bills import Match, Payment, Why
from bot.domain.ids import MemberId
from bot.domain.periods import Month

ZHANG, WANG, LI, LI_TOO = MemberId(1), MemberId(2), MemberId(3), MemberId(4)
NAMES = {"张三": [ZHANG], "王五": [WANG], "李伟": [LI, LI_TOO], "张三丰": [MemberId(5)]}
MARCH, FEBRUARY = Month(2026, 3), Month(2026, 2)
DUE = {Month(2026, 1): 0, FEBRUARY: 3000, MARCH: 3000}


def paid(payer: str = "", remark: str = "", fen: int = 3000, *months: Month) -> Payment:
    """Return a payment of 5 March."""
    return Payment(date(2026, 3, 5), fen, payer, remark, months)


@pytest.mark.parametrize(
    ("payment", "found"),
    [
        pytest.param(paid("张三"), ZHANG, id="对方就是本人"),
        pytest.param(paid("春暖花开", "张三3月党费"), ZHANG, id="备注写了姓名"),
        pytest.param(paid("张三", "王五党费"), WANG, id="替别人交，备注算数"),
        pytest.param(paid("", "张三丰3月"), MemberId(5), id="长的名字不算两个人"),
        pytest.param(paid("", "张三、王五党费"), Match(Why.SEVERAL), id="备注写了两个人"),
        pytest.param(paid("李伟"), Match(Why.SEVERAL), id="同名"),
        pytest.param(paid("*三"), Match(Why.MASKED), id="名字不全"),
        pytest.param(paid("春暖花开", "党费"), Match(Why.NOBODY), id="没有姓名"),
        pytest.param(paid("张三三"), Match(Why.NOBODY), id="不是同一个名字"),
    ],
)
def test_it_finds_whose_a_payment_is_and_never_guesses(
    payment: Payment, found: Match | MemberId
) -> None:
    assert dues_bills.whose(payment, NAMES) == found


@pytest.mark.parametrize(
    ("payment", "why", "months"),
    [
        pytest.param(paid("张三", "3月", 3000, MARCH), Why.NAMED, [MARCH], id="写了月份，金额对"),
        pytest.param(
            paid("张三", "", 3000), Why.BY_AMOUNT, [FEBRUARY], id="一个月的金额，最早的一个月"
        ),
        pytest.param(paid("张三", "", 6000), Why.BY_AMOUNT, [FEBRUARY, MARCH], id="两个月的金额"),
        pytest.param(paid("张三", "", 4500), Why.AMOUNT, [], id="金额对不上"),
        pytest.param(paid("张三", "3月", 2000, MARCH), Why.AMOUNT, [], id="写了月份，金额不对"),
        pytest.param(paid("张三", "1月", 3000, Month(2026, 1)), Why.SETTLED, [], id="那个月已核对"),
        pytest.param(paid("张三", "8月", 3000, Month(2025, 8)), Why.TOO_LATE, [], id="超过6个月"),
    ],
)
def test_it_puts_a_payment_to_months(payment: Payment, why: Why, months: list[Month]) -> None:
    found = dues_bills.months_of(payment, ZHANG, DUE)

    assert (found.why, [month for month, _ in found.parts]) == (why, months)
    assert found.is_proposed is bool(months)
    assert sum(fen for _, fen in found.parts) in (0, payment.fen)


def test_what_was_never_assessed_is_not_proposed() -> None:
    assert dues_bills.months_of(paid("张三"), ZHANG, {}).why is Why.NOT_ASSESSED
    assert dues_bills.months_of(paid("张三", "3月", 3000, MARCH), ZHANG, {}).why is Why.NOT_ASSESSED
