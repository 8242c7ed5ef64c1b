"""What is due, and how a month stands."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import regulations
from bot.domain.dues import (
    CATEGORY_NAMES,
    STATE_NAMES,
    Category,
    MonthState,
    find_category,
    goes_to_the_centre,
    may_publish_total,
    month_state,
    monthly_fen,
    open_run,
    working,
)
from bot.domain.money import parse_yuan
from bot.domain.periods import Month

TODAY = date(2026, 3, 12)
WAGE, RETIRED, FARMER = Category.WAGE, Category.RETIRED, Category.FARMER


def fen(text: str) -> int:
    value = parse_yuan(text)
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("category", "base", "due"),
    [
        pytest.param(WAGE, "0", "0", id="在职0"),
        pytest.param(WAGE, "3000", "15", id="在职3000"),
        pytest.param(WAGE, "3000.01", "30", id="在职3000.01"),
        pytest.param(WAGE, "3001", "30.01", id="在职3001"),
        pytest.param(WAGE, "4900", "49", id="在职4900"),
        pytest.param(WAGE, "5000", "50", id="在职5000"),
        pytest.param(WAGE, "5000.01", "75", id="在职5000.01"),
        pytest.param(WAGE, "5100", "76.5", id="在职5100"),
        pytest.param(WAGE, "10000", "150", id="在职10000"),
        pytest.param(WAGE, "10000.01", "200", id="在职10000.01"),
        pytest.param(WAGE, "50000", "1000", id="在职50000"),
        pytest.param(WAGE, "50000.49", "1000", id="在职50000.49封顶"),
        pytest.param(WAGE, "80000", "1000", id="在职80000封顶"),
        pytest.param(RETIRED, "3000", "15", id="退休3000"),
        pytest.param(RETIRED, "3000.01", "15", id="退休3000.01"),
        pytest.param(RETIRED, "3001", "15.01", id="退休3001半分进一"),
        pytest.param(RETIRED, "4900", "24.5", id="退休4900"),
        pytest.param(RETIRED, "5000", "25", id="退休5000"),
        pytest.param(RETIRED, "5000.01", "50", id="退休5000.01"),
        pytest.param(RETIRED, "5100", "51", id="退休5100"),
        pytest.param(RETIRED, "10000", "100", id="退休10000"),
        pytest.param(RETIRED, "10000.01", "100", id="退休10000.01"),
        pytest.param(RETIRED, "50000", "500", id="退休50000"),
        pytest.param(Category.ANNUAL_SALARY, "5000.01", "75", id="年薪同工资"),
        pytest.param(Category.SELF_EMPLOYED, "3000.01", "30", id="个体同工资"),
        pytest.param(FARMER, "3000", "0.2", id="农民不看基数"),
        pytest.param(Category.STUDENT, "3000", "0.2", id="学生"),
        pytest.param(Category.UNEMPLOYED, "3000", "0.2", id="下岗"),
        pytest.param(Category.RELIEF, "3000", "0.2", id="低保"),
    ],
)
def test_it_takes_the_rate_of_the_bracket_for_the_whole_amount(
    category: Category, base: str, due: str
) -> None:
    assert monthly_fen(category, fen(base), TODAY) == fen(due)


@pytest.mark.parametrize(
    ("category", "base_fen", "on", "due"),
    [
        pytest.param(FARMER, None, TODAY, 20, id="定额不要基数"),
        pytest.param(WAGE, None, TODAY, None, id="工资要基数"),
        pytest.param(Category.OTHER, 500000, TODAY, None, id="其他没有规定"),
        pytest.param(WAGE, 300000, date(2008, 3, 31), None, id="规定施行前一天"),
        pytest.param(WAGE, 300000, date(2008, 4, 1), 1500, id="规定施行当天"),
        pytest.param(WAGE, 8000000, date(2016, 12, 31), 160000, id="2017年前不封顶"),
        pytest.param(WAGE, 8000000, date(2017, 1, 1), 100000, id="2017年起封顶"),
    ],
)
def test_it_asks_the_rule_of_the_day(
    category: Category, base_fen: int | None, on: date, due: int | None
) -> None:
    assert monthly_fen(category, base_fen, on) == due


def test_it_shows_its_working() -> None:
    rated = working(WAGE, fen("5100"), TODAY)
    fixed = working(FARMER, None, TODAY)
    capped = working(WAGE, fen("80000"), TODAY)

    assert rated is not None
    assert (rated.per_myriad, rated.capped, rated.source) == (150, False, "dues.brackets.wage")
    assert regulations.is_known(rated.source)
    assert fixed is not None
    assert fixed.per_myriad is None
    assert capped is not None
    assert capped.capped


@given(st.sampled_from([WAGE, RETIRED]), st.integers(0, 9_999_999), st.integers(0, 9_999_999))
def test_it_never_falls_as_the_base_rises(category: Category, one: int, other: int) -> None:
    low, high = sorted((one, other))
    less, more = monthly_fen(category, low, TODAY), monthly_fen(category, high, TODAY)

    assert less is not None
    assert more is not None
    assert less <= more <= 100_000


@pytest.mark.parametrize(
    ("text", "category"),
    [
        pytest.param("在职", WAGE, id="在职"),
        pytest.param(" 离退休 ", RETIRED, id="离退休带空格"),
        pytest.param("退休", RETIRED, id="退休"),
        pytest.param("农民", FARMER, id="农民"),
        pytest.param("学生", Category.STUDENT, id="学生"),
        pytest.param("其他", Category.OTHER, id="其他"),
        pytest.param("教师", None, id="不认识"),
    ],
)
def test_it_reads_the_category_of_a_roster(text: str, category: Category | None) -> None:
    assert find_category(text) is category


def test_it_names_every_category_and_state() -> None:
    assert set(CATEGORY_NAMES) == set(Category)
    assert set(STATE_NAMES) == set(MonthState)


@pytest.mark.parametrize(
    ("assessed", "declared", "confirmed", "state"),
    [
        pytest.param(None, 0, 0, MonthState.NOT_DUE, id="没有核定"),
        pytest.param(None, 3000, 0, MonthState.DECLARED, id="没核定但报了"),
        pytest.param(None, 0, 1, MonthState.OVER, id="不用交却交了"),
        pytest.param(0, 0, 0, MonthState.EXEMPT, id="免交"),
        pytest.param(0, 1, 0, MonthState.DECLARED, id="免交却报了"),
        pytest.param(0, 0, 1, MonthState.OVER, id="免交却交了"),
        pytest.param(3000, 0, 0, MonthState.UNPAID, id="没交"),
        pytest.param(3000, 1, 0, MonthState.DECLARED, id="报了待核对"),
        pytest.param(3000, 0, 1, MonthState.PART, id="交了一分"),
        pytest.param(3000, 0, 2999, MonthState.PART, id="差一分"),
        pytest.param(3000, 1, 2999, MonthState.DECLARED, id="差一分已报"),
        pytest.param(3000, 0, 3000, MonthState.PAID, id="正好"),
        pytest.param(3000, 1, 3000, MonthState.PAID, id="正好又报"),
        pytest.param(3000, 0, 3001, MonthState.OVER, id="多一分"),
        pytest.param(3000, 0, -1, MonthState.UNPAID, id="退过头算没交"),
    ],
)
def test_it_tells_how_a_month_stands(
    assessed: int | None, declared: int, confirmed: int, state: MonthState
) -> None:
    assert month_state(assessed, declared, confirmed) is state


UNPAID, PART, PAID, DECLARED = (
    MonthState.UNPAID,
    MonthState.PART,
    MonthState.PAID,
    MonthState.DECLARED,
)


@pytest.mark.parametrize(
    ("states", "months"),
    [
        pytest.param([], 0, id="没有记录"),
        pytest.param([UNPAID], 1, id="一个月"),
        pytest.param([PAID, UNPAID, PART, UNPAID], 3, id="交一部分也算没交足"),
        pytest.param([UNPAID, DECLARED, UNPAID], 1, id="待核对就断开"),
        pytest.param([UNPAID, MonthState.EXEMPT, UNPAID, UNPAID], 2, id="免交断开"),
        pytest.param([UNPAID] * 14, 14, id="跨年"),
        pytest.param([UNPAID, UNPAID, PAID], 0, id="本月交了"),
    ],
)
def test_it_counts_months_open_in_a_row(states: list[MonthState], months: int) -> None:
    until = Month(2026, 3)
    by_month = {until.shift(-back): state for back, state in enumerate(reversed(states))}

    assert open_run(by_month, until) == months


@pytest.mark.parametrize(
    ("extra", "to_centre"),
    [pytest.param("999.99", False, id="差一分"), pytest.param("1000", True, id="一千")],
)
def test_it_sends_large_extras_to_the_centre(extra: str, to_centre: bool) -> None:
    assert goes_to_the_centre(fen(extra), TODAY) is to_centre


@pytest.mark.parametrize(
    ("payers", "may"), [pytest.param(4, False, id="四人"), pytest.param(5, True, id="五人")]
)
def test_it_hides_totals_of_few_people(payers: int, may: bool) -> None:
    assert may_publish_total(payers, TODAY) is may
